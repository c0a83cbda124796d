// What the README and the first tutorials show as output is what their commands print, at full size.

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from '@jest/globals';
import { commandLine } from '../fixtures/command-line.js';
import { blocksOf, type Block } from '../fixtures/documents.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';

const root = join(import.meta.dirname, '../..');
const commands = commandLine();
const { folder } = scratch();
const tutorial = join(folder, 'tutorial');
const blocksIn = (page: string): Block[] => blocksOf(readFileSync(join(root, page), 'utf8'));
const fileName = ({ text }: Block): string | undefined => /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1];

/** Returns a text without what differs between machines and terminals: line breaks and durations. */
const comparable = (text: string): string =>
  text
    .replaceAll(/Fitted in [\d a-z]+\./g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

interface Shown {
  readonly line: number;
  readonly text: string;
  /** What the commands and programs before the block print. */
  readonly printed: string;
}

/** Returns the text of all CSV files in a folder: a program may write tables that the page shows. */
const tablesIn = (at: string): string =>
  readdirSync(at)
    .filter((name) => name.endsWith('.csv'))
    .map((name) => readFileSync(join(at, name), 'utf8'))
    .join('\n');

/** Runs the blocks of a page in order, and returns its blocks of output. */
function shownBy(page: string, at: string): Shown[] {
  let printed = '';
  return blocksIn(page).flatMap((block, i) => {
    const name = fileName(block) ?? (block.language === 'js' ? `program-${i}.mjs` : undefined);
    if (name !== undefined) writeFileSync(join(at, name), block.text);
    if (block.language === 'text') return [{ line: block.line, text: block.text, printed: comparable(printed) }];
    if (block.language === 'js') printed = commands(at, [], join(at, name!)).out;
    if (block.language === 'sh') {
      const lines = block.text.split('\n').filter((line) => line.startsWith('npx interlatent'));
      const outputs = lines.map((line) => commands(at, line.split(' ').slice(2)).out);
      printed = [...outputs, ...(block.text.includes('node ') ? [tablesIn(at)] : [])].join('\n');
    }
    return [];
  });
}

function expectShown(shown: readonly Shown[]): void {
  expect(shown.length).toBeGreaterThan(0);
  for (const { line, text, printed } of shown) {
    // An empty line, or a line with an ellipsis, stands for lines that are left out.
    for (const piece of text.split(/^…?$/m).map(comparable)) {
      expect({ line, printed }).toEqual({ line, printed: expect.stringContaining(piece) });
    }
  }
}

describe('output is what the commands print', () => {
  beforeAll(() => {
    mkdirSync(join(tutorial, 'node_modules'), { recursive: true });
    symlinkSync(root, join(tutorial, 'node_modules/interlatent'));
  });

  longTest(
    'in the first tutorial',
    () => {
      expectShown(shownBy('docs/tutorials/first-study.md', tutorial));
    },
    600_000,
  );

  longTest(
    'in the README, with the tables of the first tutorial',
    () => {
      const at = join(folder, 'readme');
      for (const name of ['body.csv', 'blood.csv', 'node_modules']) {
        cpSync(join(tutorial, name), join(at, name), { recursive: true });
      }
      expectShown(shownBy('README.md', at));
    },
    600_000,
  );

  longTest(
    'in the tutorial that continues with the fit of the first',
    () => {
      expectShown(shownBy('docs/tutorials/figure-for-a-paper.md', tutorial));
    },
    600_000,
  );
});
