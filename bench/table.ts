// Formats tables of results: aligned on the terminal, and as Markdown between two marker comments in documents.

import { readFileSync } from 'node:fs';
import { table as aligned } from '../src/cli/output.js';
import { writeFileAtomic } from '../src/files/atomic.js';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Text below the table. */
  readonly note?: string;
}

export function terminalTable({ head, rows, note }: Table): string {
  return aligned(head, rows) + (note === undefined ? '' : `\n\n${note}`);
}

export function markdownTable({ head, rows, note }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const lines = [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
  return [...lines, ...(note === undefined ? [] : ['', note])].join('\n');
}

/**
 * Puts each text between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. Places without a text do not change.
 */
export function fillMarkers(document: string, texts: ReadonlyMap<string, string>): string {
  return document.replaceAll(
    /(<!-- bench:([\w-]+) -->\n)[^]*?(<!-- \/bench:\2 -->)/g,
    (whole, open: string, name: string, close: string) => {
      const text = texts.get(name);
      return text === undefined ? whole : `${open}\n${text}\n\n${close}`;
    },
  );
}

export async function fillDocument(path: string, texts: ReadonlyMap<string, string>): Promise<void> {
  await writeFileAtomic(path, fillMarkers(readFileSync(path, 'utf8'), texts));
}
