// Reads Parquet tables of flat columns, by column or by row group.

import { parquetMetadataAsync, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { InterlatentError } from '../errors/errors.js';
import { writeFileAtomic } from './atomic.js';
import { damagedFile, openRegular, readError } from './bytes.js';
import { causeCode, causeMessage } from '../errors/cause.js';
import type { OutputColumn } from './csv.js';
import { checkGroup, checkNames, checkRows } from './parquet-checks.js';
import { spilled, SpillPlace } from './spilling-blocks.js';
import { selectColumns, Table, type Column, type TableOptions } from './table.js';

/**
 * Reads a .parquet file. Nested columns count as text, booleans are 0 and 1, and nulls are missing.
 *
 * @throws InputError `missing-file`, `damaged-file`, `missing-column`, `too-large`; FileError `unreadable`
 */
export async function readParquet(path: string, options: TableOptions = {}): Promise<Table> {
  const { file, close } = await openParquet(path);
  try {
    const { metadata, columns, available, flat } = await readFooter(file, path, options);
    const rows = checkRows(metadata, path, { inParts: false });
    let unpacked = 0;
    for (const group of metadata.row_groups) unpacked = await checkGroup(group, flat, { file, path, unpacked });
    const read: Column[] = [];
    const place = new SpillPlace(columns.length);
    for (const { name, isNested } of columns) {
      if (isNested) {
        read.push(nestedColumn(name, rows));
        continue;
      }
      const filler = new ColumnFiller(name, rows, options);
      await readCells({ file, metadata, name }, (cells, first) => {
        filler.fill(cells, first);
      });
      read.push(spilled(filler.finish(), place));
    }
    return new Table(path, { rows, columns: read, available });
  } catch (cause) {
    throw parquetError(path, cause);
  } finally {
    await close();
  }
}

/**
 * Yields the rows of a .parquet file in parts of `rows` rows; the last may have fewer. One or two row groups are in
 * memory at the same time.
 *
 * @throws what `readParquet` throws
 */
export async function* readParquetParts(path: string, options: TableOptions, rows: number): AsyncGenerator<Table> {
  const { file, close } = await openParquet(path);
  try {
    const { metadata, columns, available, flat } = await readFooter(file, path, options);
    const total = checkRows(metadata, path, { inParts: true });
    const groups: DecodedGroup[] = [];
    let next = 0;
    let decoded = 0;
    for (let first = 0; first === 0 || first < total; first += rows) {
      const end = Math.min(first + rows, total);
      while (decoded < end) {
        const group = metadata.row_groups[next++];
        await checkGroup(group, flat, { file, path, unpacked: 0 });
        const cells = new Map<string, Cells>();
        const range = { rowStart: decoded, rowEnd: decoded + Number(group.num_rows) };
        for (const name of flat.keys()) {
          await readCells({ file, metadata, name, ...range }, (values, start) => {
            cells.set(name, values);
            if (start !== decoded) throw new Error(`column '${name}' begins in row ${start}`);
          });
        }
        groups.push({ first: decoded, end: range.rowEnd, cells });
        decoded = range.rowEnd;
      }
      const read = columns.map(({ name, isNested }) => {
        if (isNested) return nestedColumn(name, end - first);
        const filler = new ColumnFiller(name, end - first, options);
        for (const group of groups) {
          const [from, to] = [Math.max(first, group.first), Math.min(end, group.end)];
          const cells = group.cells.get(name);
          if (from < to && cells) filler.fill(cells.slice(from - group.first, to - group.first), from - first);
        }
        return filler.finish();
      });
      yield new Table(path, { rows: end - first, before: first, columns: read, available });
      while (groups.length > 0 && groups[0].end <= end) groups.shift();
    }
  } catch (cause) {
    throw parquetError(path, cause);
  } finally {
    await close();
  }
}

/** Writes columns (doubles and texts) as a Parquet file, atomically. @throws FileError `unwritable`, `disk-full` */
export async function writeParquet(path: string, columns: readonly OutputColumn[]): Promise<void> {
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, values }) =>
      isNumbers(values)
        ? { name, type: 'DOUBLE' as const, data: Float64Array.from(values) }
        : { name, type: 'STRING' as const, data: [...values] },
    ),
  });
  await writeFileAtomic(path, new Uint8Array(buffer));
}

function isNumbers(values: OutputColumn['values']): values is Float64Array | Float32Array {
  return ArrayBuffer.isView(values);
}

/** Decoded values of a column: numbers, texts, dates, null. */
interface Cells extends ArrayLike<unknown> {
  slice(from: number, to: number): Cells;
}

interface DecodedGroup {
  /** First row in the file; `end` is the row after the last. */
  readonly first: number;
  readonly end: number;
  readonly cells: ReadonlyMap<string, Cells>;
}

async function openParquet(path: string): Promise<{ file: AsyncBuffer; close: () => Promise<void> }> {
  const { file: handle, size: byteLength } = await openRegular(path);
  const slice = async (start: number, end: number = byteLength): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw damagedFile(path, 'it became shorter while it was read');
      at += bytesRead;
    }
    return bytes.buffer;
  };
  return { file: { byteLength, slice }, close: () => handle.close() };
}

async function readFooter(file: AsyncBuffer, path: string, options: TableOptions) {
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const children = parquetSchema(metadata).children.map(({ element, children: parts }) => ({
    name: element.name,
    element,
    isNested: parts.length > 0 || element.repetition_type === 'REPEATED',
  }));
  const available = children.map(({ name }) => name);
  checkNames(available, path);
  const isSelected = selectColumns(available, options, path);
  const columns = children.filter(({ name }) => isSelected(name));
  const flat = new Map(columns.filter(({ isNested }) => !isNested).map(({ name, element }) => [name, element]));
  return { metadata, available, columns, flat };
}

interface CellRange {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly name: string;
  readonly rowStart?: number;
  readonly rowEnd?: number;
}

async function readCells(range: CellRange, take: (cells: Cells, first: number) => void): Promise<void> {
  const { name, ...rest } = range;
  // A separate module, which the package contains once for both kinds of modules.
  const { compressors } = await import('hyparquet-compressors');
  await parquetRead({
    ...rest,
    columns: [name],
    compressors,
    geoparquet: false,
    onChunk: ({ columnData, rowStart }) => {
      take(columnData as Cells, rowStart);
    },
  });
}

/** A column of known length that is filled range by range. */
class ColumnFiller {
  readonly #numbers: Float64Array;
  readonly #texts: string[];
  readonly #asText: boolean;
  readonly #numberOf: ((cell: string) => number | undefined) | undefined;
  #firstText: Column['firstText'];
  #isNumeric = false;
  #filled = 0;

  constructor(
    readonly name: string,
    readonly rows: number,
    { text, numberOf }: TableOptions,
  ) {
    this.#asText = text?.includes(name) ?? false;
    this.#numberOf = numberOf?.(name);
    this.#numbers = new Float64Array(this.#asText ? 0 : rows).fill(NaN);
    this.#texts = new Array<string>(this.#asText ? rows : 0).fill('');
  }

  fill(cells: ArrayLike<unknown>, first: number): void {
    this.#filled += cells.length;
    for (let i = 0; i < cells.length; i++) {
      const cell: unknown = cells[i];
      if (cell === null || cell === undefined) continue;
      if (this.#asText) this.#texts[first + i] = cellText(cell);
      else this.#addNumber(cell, first + i);
    }
  }

  finish(): Column {
    const { name, rows } = this;
    if (this.#filled !== rows) throw new Error(`column '${name}' has ${this.#filled} of ${rows} rows`);
    if (this.#asText) return { name, kind: 'text', texts: this.#texts };
    return {
      name,
      kind: this.#firstText === undefined ? 'number' : this.#isNumeric ? 'mixed' : 'text',
      numbers: this.#numbers,
      firstText: this.#firstText,
    };
  }

  #addNumber(cell: unknown, row: number): void {
    const isNumber = typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean';
    const text = isNumber ? '' : cellText(cell);
    const value = isNumber ? Number(cell) : this.#numberOf?.(text);
    if (value !== undefined) {
      this.#numbers[row] = value;
      if (!Number.isNaN(value)) this.#isNumeric = true;
    } else if (this.#firstText === undefined || row + 1 < this.#firstText.row) {
      this.#firstText = { row: row + 1, text };
    }
  }
}

function nestedColumn(name: string, rows: number): Column {
  return {
    name,
    kind: 'text',
    numbers: new Float64Array(rows).fill(NaN),
    firstText: { row: 1, text: 'a nested value' },
  };
}

function cellText(cell: unknown): string {
  if (typeof cell === 'number' && Number.isNaN(cell)) return '';
  return cell instanceof Date ? cell.toISOString() : String(cell).trim();
}

function parquetError(path: string, cause: unknown): unknown {
  if (cause instanceof InterlatentError) return cause;
  // Codes of the system. Those of Node (`ERR_…`) concern arguments that come from the bytes of the file.
  const isOfSystem = /^E(?!RR_)/.test(causeCode(cause));
  return isOfSystem ? readError(path, cause) : damagedFile(path, causeMessage(cause), cause);
}
