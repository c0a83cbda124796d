// Reads a text table from any source as typed columns, without row objects and without a second copy of the text.

import { InputError } from '../errors/errors.js';
import { damagedFile, outOfMemory } from './bytes.js';
import { delimiterIn } from './delimiter.js';
import { columnReader, transposedReader, type RecordReader } from './record-readers.js';
import { RecordError, RecordScanner, type Cells } from './record-scanner.js';
import type { Table, TableOptions } from './table.js';

/** Source of a text table. */
export interface TextSource {
  /** Path for errors. Its extension determines the possible delimiters. */
  readonly path: string;
  /** Returns the text of the first bytes, without a byte order mark. */
  readonly head: () => Promise<string>;
  /** Returns the bytes in UTF-8 without a byte order mark. A piece is valid until the next one is requested. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

/**
 * Yields the rows of a text table in parts, each a table. There is at least one part, which may have no rows.
 *
 * @param rows number of rows of a part; all when left out
 * @throws InputError `damaged-file` (with the line), `missing-column`, `duplicate-column`, `empty-table`, `too-large`;
 *   what reading the source throws
 */
export async function* tableParts(
  source: TextSource,
  options: TableOptions = {},
  rows: number = Infinity,
): AsyncGenerator<Table> {
  const { path } = source;
  const requested = [...(options.columns ?? []), ...(options.text ?? [])];
  const scanner = new RecordScanner(options.delimiter ?? delimiterIn(path, await source.head(), requested));
  const open = options.transposed === undefined ? columnReader : transposedReader;
  let header: readonly string[] | undefined;
  let reader: RecordReader | undefined;
  let width = 0;
  let before = 0;
  let count = 0;
  try {
    for await (const chunk of withEnd(source.chunks())) {
      if (chunk) scanner.append(chunk);
      else scanner.end();
      while (scanner.next()) {
        if (header === undefined) {
          header = textsOf(scanner);
          continue;
        }
        if (width === 0) width = rowWidth(header, scanner, options);
        if (scanner.count !== width) throw unequalRow(path, scanner.line, scanner.count - width);
        // A part after a complete one is probably complete too.
        reader ??= open(path, { header, width, before, rows: before > 0 ? rows : undefined }, options);
        reader.add(scanner);
        if (++count < rows) continue;
        yield reader.finish();
        reader = undefined;
        before += count;
        count = 0;
      }
    }
  } catch (cause) {
    if (cause instanceof RecordError) throw damagedFile(path, `line ${cause.line}: ${cause.message}`, cause);
    throw outOfMemory(path, cause);
  }
  if (header === undefined) throw new InputError('empty-table', `${path} is empty: not even a header`, { path });
  if (before > 0 && count === 0) return;
  reader ??= open(path, { header, width: header.length, before }, options);
  yield reader.finish();
}

/** Yields the chunks, then undefined. */
async function* withEnd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | undefined> {
  yield* chunks;
  yield undefined;
}

function textsOf(cells: Cells): string[] {
  return Array.from({ length: cells.count }, (_, cell) => cells.text(cell));
}

/** Returns the number of cells of every row: that of the header, or one more for a first column without a name. */
function rowWidth(header: readonly string[], first: Cells, { text, transposed }: TableOptions): number {
  const mayBeShorter = transposed !== undefined || (text?.includes('') ?? false);
  return mayBeShorter && first.count === header.length + 1 ? first.count : header.length;
}

function unequalRow(path: string, line: number, more: number): InputError {
  const hint = more === 1 ? "; if the first column has no name, as R writes row names, request it as ''" : '';
  return damagedFile(path, `line ${line}: its number of cells differs from the header${hint}`);
}
