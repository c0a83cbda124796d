// Parquet tables of flat columns, read column by column. What the footer, the page headers and the runs in the pages
// claim is compared with the file before hyparquet decodes anything: it trusts them, and a forged count would take all
// memory, or for ever.

import { parquetMetadataAsync, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetHeader } from 'hyparquet/src/column.js';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { InputError, InterlatentError } from '../errors.js';
import { writeFileAtomic } from './atomic.js';
import { damagedFile, MAX_BYTES, readBytes, tooLarge } from './bytes.js';
import { causeMessage } from './cause.js';
import type { OutputColumn } from './csv.js';
import { checkRuns, type PackedColumn } from './parquet-runs.js';
import { selectColumns, Table, type Column, type NumberReader, type TableOptions } from './table.js';

/**
 * Read a .parquet file. Nested columns count as text; booleans read as 0 and 1; nulls are missing.
 *
 * @throws InputError `missing-file`, `damaged-file`, `missing-column`, `too-large`; FileError `unreadable`
 */
export async function readParquet(path: string, options: TableOptions = {}): Promise<Table> {
  const bytes = await readBytes(path);
  const file: AsyncBuffer = { byteLength: bytes.length, slice: (start, end) => bytes.buffer.slice(start, end) };
  try {
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    const columns = flatColumns(metadata);
    const available = [...columns.keys()];
    const isKept = selectColumns(available, options, path);
    const rows = checkMetadata(metadata, isKept, bytes, path);
    const read: Column[] = [];
    for (const [name, layout] of columns) {
      if (!isKept(name)) continue;
      const asText = options.text?.includes(name) ?? false;
      read.push(
        layout === 'nested'
          ? nestedColumn(name, rows)
          : await readColumn({ file, metadata, name, rows, asText, numberOf: options.numberOf?.(name) }),
      );
    }
    return new Table(path, { rows, columns: read, available });
  } catch (cause) {
    if (cause instanceof InterlatentError) throw cause;
    throw damagedFile(path, causeMessage(cause), cause);
  }
}

/**
 * Columns as a Parquet file (doubles and texts), written whole or not at all. @throws FileError `unwritable`,
 * `disk-full`
 */
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

/** hyparquet keeps a column in plain arrays, whose memory limit ends the process instead of throwing. */
const MAX_ROWS = 2 ** 26;
/** Values of a nested column, which are counted but not read. */
const MAX_NESTED = 2 ** 30;

/**
 * The number of rows, once every size in the footer and in the page headers, and the runs of what is read, have been
 * found possible.
 */
function checkMetadata(
  metadata: FileMetaData,
  isKept: (column: string) => boolean,
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
): number {
  const kept = parquetSchema(metadata).children.filter(({ element }) => isKept(element.name));
  const elements = new Map(kept.map(({ element }) => [element.name, element]));
  let rows = 0;
  let unpacked = 0;
  for (const { num_rows, columns } of metadata.row_groups) {
    const groupRows = Number(num_rows);
    if (!(groupRows >= 0)) throw damagedFile(path, `a row group claims ${groupRows} rows`);
    rows += groupRows;
    if (rows > MAX_ROWS) {
      throw new InputError('too-large', `${path} claims ${rows} rows or more; up to ${MAX_ROWS} are read`, {
        path,
        rows,
      });
    }
    for (const { meta_data: meta } of columns) {
      if (!meta) throw damagedFile(path, 'a column has no description');
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
      const length = Number(meta.total_compressed_size);
      if (!(start >= 4 && length >= 0 && start + length <= bytes.length)) {
        throw damagedFile(path, `column '${meta.path_in_schema.join('.')}' lies outside the file`);
      }
      const flat = meta.path_in_schema.length === 1;
      const element = flat ? elements.get(meta.path_in_schema[0]) : undefined;
      const pages = checkPages(
        new DataView(bytes.buffer, start, length),
        { maxValues: flat ? groupRows : MAX_NESTED, column: element && { element, codec: meta.codec } },
        path,
      );
      if (flat && pages.values !== groupRows) {
        throw damagedFile(path, `column '${meta.path_in_schema[0]}' has ${pages.values} of ${groupRows} rows`);
      }
      unpacked += pages.bytes + 8 * groupRows;
      if (unpacked > MAX_BYTES) throw tooLarge(path, unpacked, MAX_BYTES);
    }
  }
  if (Number(metadata.num_rows) !== rows) {
    throw damagedFile(path, `it claims ${metadata.num_rows} rows, its parts ${rows}`);
  }
  return rows;
}

interface ChunkLimits {
  readonly maxValues: number;
  /** Of a flat column that will be decoded. */
  readonly column: PackedColumn | undefined;
}

/** Walk the page headers of one column chunk, and the runs in its pages: values and unpacked bytes in all. */
function checkPages(
  view: DataView<ArrayBuffer>,
  { maxValues, column }: ChunkLimits,
  path: string,
): { values: number; bytes: number } {
  const reader = { view, offset: 0 };
  let values = 0;
  let bytes = 0;
  while (reader.offset < view.byteLength - 1 && values < maxValues) {
    const header = parquetHeader(reader);
    const packed = header.compressed_page_size;
    const size = header.uncompressed_page_size;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const count = (data ?? header.dictionary_page_header)?.num_values ?? 0;
    if (!(packed >= 0 && reader.offset + packed <= view.byteLength && size >= 0 && count >= 0)) {
      throw damagedFile(path, 'a page lies outside its column');
    }
    // Every dictionary value takes at least a bit; data pages may pack a long run into a few bytes.
    if (!data && count > 8 * size) throw damagedFile(path, `a dictionary of ${size} bytes claims ${count} values`);
    if (data) values += count;
    if (values > maxValues) throw damagedFile(path, 'a column has more values than rows');
    bytes += size;
    if (bytes > MAX_BYTES) throw tooLarge(path, bytes, MAX_BYTES);
    if (column) checkRuns(new Uint8Array(view.buffer, view.byteOffset + reader.offset, packed), header, column);
    reader.offset += packed;
  }
  return { values, bytes };
}

/** Top-level columns in file order. */
function flatColumns(metadata: FileMetaData): Map<string, 'flat' | 'nested'> {
  return new Map(
    parquetSchema(metadata).children.map(({ element, children }) => [
      element.name,
      children.length > 0 || element.repetition_type === 'REPEATED' ? 'nested' : 'flat',
    ]),
  );
}

interface ColumnRequest {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly name: string;
  readonly rows: number;
  readonly asText: boolean;
  /** How texts are read as numbers; without it they are none. */
  readonly numberOf: NumberReader | undefined;
}

async function readColumn({ file, metadata, name, rows, asText, numberOf }: ColumnRequest): Promise<Column> {
  const numbers = new Float64Array(asText ? 0 : rows).fill(NaN);
  const texts = new Array<string>(asText ? rows : 0).fill('');
  let firstText: { row: number; text: string } | undefined;
  let numeric = 0;
  let filled = 0;
  await parquetRead({
    file,
    metadata,
    columns: [name],
    compressors,
    geoparquet: false,
    onChunk: ({ columnData, rowStart }) => {
      filled += columnData.length;
      for (let i = 0; i < columnData.length; i++) {
        const cell: unknown = columnData[i];
        const row = rowStart + i;
        if (cell === null || cell === undefined) continue;
        if (asText) {
          texts[row] = cellText(cell);
        } else if (typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean') {
          const value = Number(cell);
          numbers[row] = value;
          if (!Number.isNaN(value)) numeric++;
        } else {
          const text = cellText(cell);
          const value = numberOf?.(text);
          if (value !== undefined) {
            numbers[row] = value;
            if (!Number.isNaN(value)) numeric++;
          } else if (firstText === undefined || row + 1 < firstText.row) {
            firstText = { row: row + 1, text };
          }
        }
      }
    },
  });
  if (filled !== rows) throw new Error(`column '${name}' has ${filled} of ${rows} rows`);
  if (asText) return { name, kind: 'text', texts };
  return {
    name,
    kind: firstText === undefined ? 'number' : numeric === 0 ? 'text' : 'mixed',
    numbers,
    firstText,
  };
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
