// Reads text tables, plain or gzipped, as a stream, and writes them atomically.

import { writeFileAtomic } from './atomic.js';
import { regularFileSize } from './bytes.js';
import { headerLine, lines, type OutputColumn } from './csv-text.js';
import type { Table, TableOptions } from './table.js';
import { textChunks, textHead } from './text-chunks.js';
import { tableParts } from './text-table.js';

export type { OutputColumn } from './csv-text.js';

/**
 * Reads a text table with a header: .csv, .tsv or .txt, also gzipped. Skips columns without a name (row numbers written
 * by R), except a first one that `text` requests as ''.
 *
 * @throws InputError `missing-file`, `damaged-file` (with the line), `missing-column`, `duplicate-column`,
 *   `empty-table`, `too-large`; FileError `unreadable`
 */
export async function readCsv(path: string, options: TableOptions = {}): Promise<Table> {
  let table: Table | undefined;
  for await (const part of readCsvParts(path, options)) table = part;
  return table!;
}

/**
 * Yields the rows of a text table in parts, each a table. There is at least one part, which may have no rows.
 *
 * @param rows number of rows of a part; all when left out
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

/** Writes columns as CSV, completely or not at all. @throws FileError `unwritable`, `disk-full` */
export async function writeCsv(path: string, columns: readonly OutputColumn[]): Promise<void> {
  await writeCsvParts(path, [columns]);
}

/**
 * As `writeCsv`, for rows in parts with the same columns. Writes nothing if it throws.
 * @throws what `parts` throws; FileError `unwritable`, `disk-full`
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
