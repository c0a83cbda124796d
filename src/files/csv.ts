// Text tables in files, plain or gzipped: read as a stream, written whole or not at all.

import { writeFileAtomic } from './atomic.js';
import { regularFileSize } from './bytes.js';
import { headerLine, lines, type OutputColumn } from './csv-text.js';
import type { Table, TableOptions } from './table.js';
import { textChunks, textHead } from './text-chunks.js';
import { tableParts } from './text-table.js';

export type { OutputColumn } from './csv-text.js';

/**
 * Read a text table with a header: .csv, .tsv or .txt, or one of them with .gz. Columns without a name (row numbers
 * written by R) are left out, but for the first one where `text` asks for ''.
 *
 * @throws InputError `missing-file`, `damaged-file` (names the line), `missing-column`, `duplicate-column`,
 *   `empty-table`, `too-large`; FileError `unreadable`
 */
export async function readCsv(path: string, options: TableOptions = {}): Promise<Table> {
  let table: Table | undefined;
  for await (const part of readCsvParts(path, options)) table = part;
  return table!;
}

/**
 * The rows of a text table in parts, each a table; one part, perhaps without rows, where it has no more.
 *
 * @param rows of a part; all in one when left out
 * @throws what `readCsv` throws
 */
export async function* readCsvParts(
  path: string,
  options: TableOptions = {},
  rows: number = Infinity,
): AsyncGenerator<Table> {
  await regularFileSize(path);
  yield* tableParts({ path, head: () => textHead(path), chunks: () => textChunks(path) }, options, rows);
}

/** The columns of a table as CSV, written whole or not at all. @throws FileError `unwritable`, `disk-full` */
export async function writeCsv(path: string, columns: readonly OutputColumn[]): Promise<void> {
  await writeCsvParts(path, [columns]);
}

/**
 * As `writeCsv`, of rows that come in parts with the same columns.
 * @throws what `parts` throws; FileError `unwritable`, `disk-full`: then nothing is written
 */
export async function writeCsvParts(
  path: string,
  parts: AsyncIterable<readonly OutputColumn[]> | Iterable<readonly OutputColumn[]>,
): Promise<void> {
  await writeFileAtomic(path, async (file) => {
    let text = '';
    let isFirst = true;
    for await (const columns of parts) {
      if (isFirst) text += headerLine(columns);
      isFirst = false;
      for (const line of lines(columns)) {
        text += line;
        if (text.length > 2 ** 20) {
          await file.writeFile(text);
          text = '';
        }
      }
    }
    await file.writeFile(text);
  });
}
