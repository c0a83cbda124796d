// A table as `interlatent init` looks at it: all columns, and the texts of those that are not numeric.

import { InputError } from '../../errors/errors.js';
import { parseNumber } from '../../files/column-builder.js';
import { isFolder } from '../../files/exists.js';
import { readTable } from '../../files/read-table.js';
import type { Table, TableOptions } from '../../files/table.js';
import { idRank, type IdColumn } from './id-names.js';

export interface DraftColumn {
  readonly name: string;
  /** `number`: every present cell is a number. `text`: none is. `mixed`: some are. */
  readonly kind: 'number' | 'text' | 'mixed';
  /** Returns the numbers, NaN where a cell is missing or a text. */
  readonly numbers: () => Float64Array;
  /** Texts of a column that is not numeric, '' where a cell is missing. */
  readonly texts: readonly string[];
}

export interface DraftTable {
  /** Paths as the user wrote them: several if tables are stacked. */
  readonly paths: readonly string[];
  readonly rows: number;
  readonly columns: readonly DraftColumn[];
  /** Columns that may identify subjects. */
  readonly ids: readonly IdColumn[];
  readonly transposed: boolean;
  /** Sheet or part of a file with several tables, as the study file names it. */
  readonly part?: { readonly key: 'sheet' | 'part'; readonly name: string } | undefined;
}

/** Maximum number of columns of texts that are read: more are levels of a wide table, which are left out. */
const MAX_TEXT_COLUMNS = 500;
/** Maximum number of columns without a telling name that are looked at as ids. */
const MAX_UNNAMED_IDS = 20;
const ROW_NAMES = /\.(?:h5ad|h5mu|mtx|mtx\.gz)$/;
const TEXT_FORMAT = /\.(?:csv|tsv|txt)(?:\.gz)?$/;

/** True if the table is a text file, which may be transposed and may have a first column without a name. */
export const isTextFormat = (path: string): boolean => TEXT_FORMAT.test(path);

interface ReadDraftOptions {
  /** True if the rows of the file are variables. */
  readonly transposed?: boolean;
  /** Column of ids, if it is known. */
  readonly id?: string | undefined;
  readonly part?: DraftTable['part'];
}

/** Returns the tables of a file: one for each sheet of a workbook, or for each part of another file with several. */
export async function readDraftTables(path: string, { id }: Pick<ReadDraftOptions, 'id'>): Promise<DraftTable[]> {
  try {
    return [await readDraftTable(path, { id })];
  } catch (error) {
    if (!(error instanceof InputError && error.code === 'ambiguous-part')) throw error;
    const key = path.endsWith('.xlsx') ? 'sheet' : 'part';
    const tables: DraftTable[] = [];
    for (const name of error.details['parts'] as readonly string[]) {
      const table = await readDraftTable(path, { id, part: { key, name } }).catch((cause: unknown) => {
        if (cause instanceof InputError && cause.code === 'empty-table') return undefined;
        throw cause;
      });
      if (table) tables.push(table);
    }
    return tables;
  }
}

/**
 * Returns a table with the texts of its columns that are not numeric.
 * @throws what `readTable` throws
 */
export async function readDraftTable(
  path: string,
  { transposed = false, id, part }: ReadDraftOptions = {},
): Promise<DraftTable> {
  const form: TableOptions = { ...(transposed && { transposed: '' }), ...(part && { [part.key]: part.name }) };
  const table = await readTable(path, form);
  const names = table.columns.filter((name) => !(transposed && name === ''));
  const texts = names.filter((name) => table.kind(name) !== 'number').slice(0, MAX_TEXT_COLUMNS);
  const numericIds = possibleIds(table, names, id);
  const second = await readTexts(path, form, { names: [...texts, ...numericIds], isTransposed: transposed });
  const textsOf = (name: string): readonly string[] => (second.has(name) ? second.texts(name) : []);
  const hasRowNames = ROW_NAMES.test(path) || (await isFolder(path));
  const candidates = [...(second.has('') ? [''] : []), ...texts, ...numericIds];
  return {
    paths: [path],
    rows: table.rows,
    transposed,
    ...(part && { part }),
    columns: names.map((name) => columnOf(table, name, textsOf(name))),
    ids: candidates.flatMap((name) =>
      idColumn(name, textsOf(name), {
        isFlexible: (hasRowNames && name === table.available[0]) || transposed,
        isRequested: name === id,
      }),
    ),
  };
}

function columnOf(table: Table, name: string, texts: readonly string[]): DraftColumn {
  const kind = table.kind(name);
  const numbers = (): Float64Array =>
    kind === 'number' ? table.numbers(name) : Float64Array.from(texts, (text) => parseNumber(text) ?? NaN);
  return { name, kind, numbers, texts: kind === 'number' ? [] : texts };
}

/** Returns the columns of whole numbers that may be ids: those with a telling name, and some of the first. */
function possibleIds(table: Table, names: readonly string[], id: string | undefined): string[] {
  const numeric = names.filter((name) => table.kind(name) === 'number');
  const named = numeric.filter((name) => name === id || idRank(name) >= 2);
  const unnamed = numeric.filter((name) => name !== id && idRank(name) < 2).slice(0, MAX_UNNAMED_IDS);
  return [...named, ...unnamed].filter((name) => name === id || isWhole(table.numbers(name)));
}

function isWhole(values: Float64Array): boolean {
  return values.every((value) => Number.isSafeInteger(value));
}

interface TextColumns {
  readonly names: readonly string[];
  readonly isTransposed: boolean;
}

/** Returns the texts of columns, and those of the ids of a transposed table or of a first column without a name. */
async function readTexts(path: string, form: TableOptions, { names, isTransposed }: TextColumns): Promise<Table> {
  const read = (text: readonly string[]): Promise<Table> => readTable(path, { ...form, text, keep: () => false });
  if (isTransposed || !isTextFormat(path)) return read(isTransposed ? ['', ...names] : names);
  try {
    return await read(['', ...names]);
  } catch (error) {
    if (!(error instanceof InputError && error.code === 'missing-column')) throw error;
    return read(names);
  }
}

/** Returns a column as a candidate for the ids; nothing if a row lacks an id, or if its texts are few. */
function idColumn(
  name: string,
  texts: readonly string[],
  { isFlexible, isRequested }: Pick<IdColumn, 'isFlexible'> & { readonly isRequested: boolean },
): readonly IdColumn[] {
  if (texts.length === 0 || texts.includes('')) return [];
  const ids = new Set(texts);
  const isUnique = ids.size === texts.length;
  if (!isUnique && idRank(name) < 2 && !isFlexible && !isRequested) return [];
  const first = Number(texts[0]);
  const isCounter = (first === 0 || first === 1) && texts.every((text, row) => Number(text) === first + row);
  return [{ name, texts, ids, isUnique, isCounter, isFlexible }];
}
