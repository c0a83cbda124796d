// Compares the claims of a Parquet file with its size before hyparquet decodes it. hyparquet trusts the footer, the
// page headers and the runs in the pages. A forged count could take all memory or never end.

import type { AsyncBuffer, FileMetaData, RowGroup, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { InputError } from '../errors/errors.js';
import { damagedFile, MAX_BYTES, tooLarge } from './bytes.js';
import { checkRuns, type PackedColumn } from './parquet-runs.js';

/**
 * Maximum number of rows. hyparquet uses plain arrays, and a process that exceeds their memory ends without an error.
 */
const MAX_ROWS = 2 ** 26;

/** Checks the names of columns. A damaged schema may lack them, although their type does not allow it. */
export function checkNames(names: readonly unknown[], path: string): void {
  if (names.some((name) => typeof name !== 'string')) throw damagedFile(path, 'a column has no name');
}

/**
 * Returns the number of rows of all row groups.
 * @param inParts true if only one row group is in memory at the same time
 * @throws InputError `damaged-file`, `too-large`
 */
export function checkRows(metadata: FileMetaData, path: string, { inParts }: { readonly inParts: boolean }): number {
  let rows = 0;
  for (const { num_rows } of metadata.row_groups) {
    const groupRows = Number(num_rows);
    if (!(groupRows >= 0)) throw damagedFile(path, `a row group claims ${groupRows} rows`);
    rows += groupRows;
    if ((inParts ? groupRows : rows) > MAX_ROWS) {
      throw new InputError('too-large', `${path} claims ${rows} rows or more; up to ${MAX_ROWS} are read`, {
        path,
        rows,
      });
    }
  }
  if (Number(metadata.num_rows) !== rows) {
    throw damagedFile(path, `it claims ${metadata.num_rows} rows, its parts ${rows}`);
  }
  return rows;
}

/**
 * Checks the sizes in the page headers and the runs of the columns that are read.
 * @param elements schema elements of the flat columns that are read
 * @param unpacked bytes of earlier groups that are in memory at the same time
 * @returns the sum of these bytes and those of the group
 */
export async function checkGroup(
  { num_rows, columns }: RowGroup,
  elements: ReadonlyMap<string, SchemaElement>,
  { file, path, unpacked }: { readonly file: AsyncBuffer; readonly path: string; readonly unpacked: number },
): Promise<number> {
  const groupRows = Number(num_rows);
  const { compressors } = await import('hyparquet-compressors');
  let bytes = unpacked;
  for (const { meta_data: meta } of columns) {
    if (!meta) throw damagedFile(path, 'a column has no description');
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const length = Number(meta.total_compressed_size);
    if (!(start >= 4 && length >= 0 && start + length <= file.byteLength)) {
      throw damagedFile(path, `column '${meta.path_in_schema.join('.')}' is outside the file`);
    }
    const element = meta.path_in_schema.length === 1 ? elements.get(meta.path_in_schema[0]) : undefined;
    // A column that is not decoded can do no harm.
    if (!element) continue;
    const pages = checkPages(
      new DataView(await file.slice(start, start + length)),
      { maxValues: groupRows, column: { element, codec: meta.codec, compressors } },
      path,
    );
    if (pages.values !== groupRows) {
      throw damagedFile(path, `column '${meta.path_in_schema[0]}' has ${pages.values} of ${groupRows} rows`);
    }
    bytes += pages.bytes + 8 * groupRows;
    if (bytes > MAX_BYTES) throw tooLarge(path, bytes, MAX_BYTES);
  }
  return bytes;
}

interface ChunkLimits {
  readonly maxValues: number;
  /** Flat column that will be decoded. */
  readonly column: PackedColumn;
}

/** Checks page headers and runs of one column chunk; returns its numbers of values and unpacked bytes. */
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
      throw damagedFile(path, 'a page is outside its column');
    }
    // A dictionary value takes at least one bit. A data page may pack a long run into a few bytes.
    if (!data && count > 8 * size) throw damagedFile(path, `a dictionary of ${size} bytes claims ${count} values`);
    if (data) values += count;
    if (values > maxValues) throw damagedFile(path, 'a column has more values than rows');
    bytes += size;
    if (bytes > MAX_BYTES) throw tooLarge(path, bytes, MAX_BYTES);
    checkRuns(new Uint8Array(view.buffer, view.byteOffset + reader.offset, packed), header, column);
    reader.offset += packed;
  }
  return { values, bytes };
}
