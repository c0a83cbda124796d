// Reads and writes tables of all formats. The extension determines the format, whose code is loaded on first use.

import { InputError } from '../errors/errors.js';
import type { OutputColumn } from './csv.js';
import { isFolder } from './exists.js';
import type { Table, TableOptions } from './table.js';

type Reader = (path: string, options: TableOptions) => Promise<Table>;
type PartReader = (path: string, options: TableOptions, rows: number) => AsyncGenerator<Table>;

/** Options about the layout of a file, which only some formats have. */
type FormatOption = 'transposed' | 'sheet' | 'part';

interface Format {
  readonly extensions: readonly string[];
  readonly takes: readonly FormatOption[];
  readonly load: () => Promise<Reader>;
  /** Reader in parts, if the format supports it. */
  readonly parts?: () => Promise<PartReader>;
}

const withGzip = (extensions: readonly string[]): string[] => extensions.flatMap((one) => [one, `${one}.gz`]);

const FORMATS: readonly Format[] = [
  {
    extensions: withGzip(['.csv', '.tsv', '.txt']),
    takes: ['transposed'],
    load: async () => (await import('./csv.js')).readCsv,
    parts: async () => (await import('./csv.js')).readCsvParts,
  },
  {
    extensions: ['.parquet'],
    takes: [],
    load: async () => (await import('./parquet.js')).readParquet,
    parts: async () => (await import('./parquet.js')).readParquetParts,
  },
  { extensions: ['.npz', '.npy'], takes: [], load: async () => (await import('./array-table.js')).readArrayTable },
  { extensions: ['.xlsx'], takes: ['sheet'], load: async () => (await import('./xlsx.js')).readWorkbook },
  { extensions: ['.arrow', '.feather'], takes: [], load: async () => (await import('./arrow.js')).readArrow },
  { extensions: ['.h5ad', '.h5mu'], takes: ['part'], load: async () => (await import('./anndata.js')).readAnnData },
  {
    extensions: withGzip(['.mtx']),
    takes: ['part'],
    load: async () => (await import('./matrix-market.js')).readMatrixMarket,
  },
];

export const TABLE_EXTENSIONS = FORMATS.flatMap(({ extensions }) => extensions);

/**
 * Reads a table: .csv, .tsv and .txt, also gzipped; .parquet, .npz, .npy; .xlsx; .arrow, .feather; .h5ad, .h5mu; .mtx,
 * also gzipped, or a folder of Cell Ranger with a matrix.mtx.
 *
 * @param options selected columns (default: all), which of them are texts, and the layout of the file
 * @throws InputError `unknown-format`, `unsupported-shape` for an option that the format does not have, `missing-file`,
 *   `missing-peer`, `damaged-file`, `missing-column`, `duplicate-column`, `empty-table`, `too-large`, and what the
 *   readers of formats throw; FileError `unreadable`
 */
export async function readTable(path: string, options: TableOptions = {}): Promise<Table> {
  const known = formatOf(path);
  const file = known === undefined && (await isFolder(path)) ? await matrixIn(path) : path;
  const format = known ?? formatOf(file);
  if (format === undefined) throw unknownFormat(path, TABLE_EXTENSIONS);
  for (const option of ['transposed', 'sheet', 'part'] as const) {
    if (options[option] !== undefined && !format.takes.includes(option)) throw unsupportedOption(path, option);
  }
  const table = await (await format.load())(file, options);
  if (table.rows === 0) throw new InputError('empty-table', `${path} has no rows`, { path });
  return table;
}

/**
 * Yields a table in parts of `rows` rows; the last may have fewer. The format must support parts.
 * @throws what `readTable` throws
 */
export async function* readTableParts(path: string, options: TableOptions, rows: number): AsyncGenerator<Table> {
  const format = formatOf(path);
  if (!format?.parts) {
    const inParts = FORMATS.filter(({ parts }) => parts).flatMap(({ extensions }) => extensions);
    throw unknownFormat(path, inParts);
  }
  let isEmpty = true;
  for await (const part of (await format.parts())(path, options, rows)) {
    if (part.rows === 0 && isEmpty) throw new InputError('empty-table', `${path} has no rows`, { path });
    isEmpty = false;
    yield part;
  }
}

const FORMAT_HINTS: Readonly<Record<FormatOption, string>> = {
  transposed: 'only .csv, .tsv and .txt can be transposed; write this table with subjects in rows',
  sheet: 'sheet is for .xlsx only; leave it out',
  part: 'part is for .h5ad and .h5mu, and for .mtx with features; leave it out',
};

function unsupportedOption(path: string, option: FormatOption): InputError {
  return new InputError('unsupported-shape', `${path}: ${FORMAT_HINTS[option]}`, { path });
}

/** Returns the format of a path; undefined for an unknown extension. */
export function formatOf(path: string): Format | undefined {
  return FORMATS.find(({ extensions }) => extensions.some((extension) => path.endsWith(extension)));
}

async function matrixIn(folder: string): Promise<string> {
  return (await import('./tenx.js')).matrixIn(folder);
}

/**
 * Writes columns of equal length as .csv, .parquet or .npz, completely or not at all.
 *
 * @throws InputError `unknown-format`; FileError `unwritable`, `disk-full`
 */
export async function writeTable(path: string, columns: readonly OutputColumn[]): Promise<void> {
  if (path.endsWith('.csv')) await (await import('./csv.js')).writeCsv(path, columns);
  else if (path.endsWith('.parquet')) await (await import('./parquet.js')).writeParquet(path, columns);
  else if (path.endsWith('.npz')) await (await import('./array-table.js')).writeArrayTable(path, columns);
  else throw unknownFormat(path, ['.csv', '.parquet', '.npz']);
}

function unknownFormat(path: string, accepted: readonly string[]): InputError {
  return new InputError('unknown-format', `${path}: a table's name must end in ${accepted.join(', ')}`, { path });
}
