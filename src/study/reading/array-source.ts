// Images and series after they were read: rows of channels with the same number of values, of which some may be
// missing.

import { positionsOf, type RegularArray } from '../../data/regular-array.js';
import type { StoredArray, StoredCode, StoredFile } from '../../data/stored.js';
import { InputError } from '../../errors/errors.js';
import type { Table } from '../../files/table.js';
import type { ArrayReport, TableReport } from '../inspection/inspection.js';
import type { ModalityTable, TableColumn } from './modality-table.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, subjectIds } from '../grammar/subject-id.js';
import { rowOptions, subjectsOf, type TableForm } from './subject-rows.js';
import { prefixed } from './table-group.js';
import type { StudyPath } from '../grammar/tables.js';

/** Local constant, which is faster than a lookup of the global for every value. */
const isMissing = Number.isNaN;

/** Rows of a modality of images or series. */
export interface ArraySource {
  readonly ids: readonly string[];
  readonly regularArray: RegularArray;
  readonly channels: readonly string[];
  /** Images only: value of white. Default: 1. */
  readonly white?: number | undefined;
  readonly values: RowValues | RowNumbers;
  /** Recording of each row that is a window. */
  readonly recordings?: ReadonlyMap<string, string> | undefined;
  readonly tables: readonly TableReport[];
  readonly report: Omit<ArrayReport, 'kind' | 'shape' | 'seconds' | 'missing'>;
}

export interface ReadSourceOptions {
  /** True if a file that cannot be used is reported, and not an error. */
  readonly keep: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

/** Values that are read row by row. */
export interface RowValues {
  /** Writes the values of a row, channels × positions; NaN where missing. */
  readonly read: (row: number, into: Float64Array) => void;
}

/** Whole numbers of all rows, channels × positions each. */
export interface RowNumbers extends StoredCode {
  readonly numbers: StoredArray | StoredFile;
  /** 1 where a row has numbers; left out if every row has. */
  readonly present?: Uint8Array | undefined;
}

/** A table that names subjects or files. */
export interface SourceTable {
  readonly table: Table;
  /** Subject or recording of each row. */
  readonly names: readonly string[];
}

interface Wanted {
  readonly form: TableForm;
  /** Place of the entry in the study file. */
  readonly at: StudyPath;
  /** Columns that are read as texts. */
  readonly texts?: readonly string[];
  /** Selects columns that are read as numbers. */
  readonly keep?: (column: string) => boolean;
  readonly columns?: readonly string[];
  readonly numberOf?: (column: string) => ((cell: string) => number | undefined) | undefined;
}

/**
 * Reads the tables of a modality, which are stacked by rows.
 * @throws InputError `missing-id`, and what reading a table throws
 */
export async function readSources(
  file: StudyFile,
  entry: string | readonly string[],
  { form, at, texts = [], keep = () => false, columns = [], numberOf }: Wanted,
): Promise<SourceTable[]> {
  const sources: SourceTable[] = [];
  const entries = typeof entry === 'string' ? [entry] : entry;
  const place = file.locate([...at, 'table']);
  let before = 0;
  for (const [i, one] of entries.entries()) {
    const path = file.resolveTable(one, [...at, 'table', ...(typeof entry === 'string' ? [] : [i])]);
    const options = { ...rowOptions(file, form, texts), columns, keep, ...(numberOf && { numberOf }) };
    const table = await atPlace(place, () => file.readTable(path, options));
    const names = subjectsOf(file, form, table, before);
    const empty = names.indexOf('');
    if (empty >= 0) {
      const id = form.recording?.join(', ') ?? (subjectIds(file.config.id, form).column || idName(file.config.id));
      throw new InputError('missing-id', `${place}: row ${empty + 1} of ${path} has no '${id}'; every row needs one`, {
        path,
        row: empty + 1,
      });
    }
    sources.push({ table, names });
    before += table.rows;
  }
  return sources;
}

/** @throws InputError `duplicate-id` */
export function checkUnique(file: StudyFile, names: readonly string[], at: StudyPath): void {
  const seen = new Set<string>();
  for (const [row, name] of names.entries()) {
    if (seen.size !== seen.add(name).size) continue;
    throw new InputError(
      'duplicate-id',
      `${file.locate(at)}: ${idName(file.config.id)} ${name} is in row ${row + 1} and in an earlier row; a ` +
        'subject has one row',
      { id: name, row: row + 1 },
    );
  }
}

/** Runs a function whose errors get the place in the study file that led to it. */
export async function atPlace<Result>(place: string, run: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    throw prefixed(place, cause);
  }
}

/** Returns a source as a table: for each channel, which rows have values of it, and which rows lack some values. */
export function tableOfSource(file: StudyFile, name: string, { form, source }: Sourced): ModalityTable {
  const { ids, channels, tables } = source;
  const marks = channels.map((channel) => ({
    name: channel,
    values: new Float64Array(ids.length),
    holes: new Uint8Array(ids.length),
  }));
  if ('read' in source.values) markMissing(marks, source.values, positionsOf(source.regularArray));
  else for (const { values } of marks) source.values.present?.forEach((mark, row) => (values[row] = mark ? 0 : NaN));
  const columns = marks.map(({ values, ...mark }) => ({ ...mark, values: () => values }));
  checkChannels(file, name, columns);
  return {
    name,
    ids,
    columns,
    tables: [tables],
    stacked: [ids.length],
    textColumns: [],
    filtered: 0,
    excluded: [],
    few: 0,
    adjusted: [],
    censored: [],
    id: form.recording ? form.recording.join(', ') : subjectIds(file.config.id, form).description,
  };
}

/** Marks rows that have no value of a channel with NaN, and rows that lack some values with a hole. */
function markMissing(
  columns: readonly { readonly values: Float64Array; readonly holes: Uint8Array }[],
  { read }: RowValues,
  positions: number,
): void {
  const values = new Float64Array(columns.length * positions);
  for (let row = 0; row < columns[0].values.length; row++) {
    read(row, values);
    for (const [channel, column] of columns.entries()) {
      let missing = 0;
      for (let at = channel * positions; at < (channel + 1) * positions; at++) if (isMissing(values[at])) missing++;
      if (missing === positions) column.values[row] = NaN;
      else if (missing > 0) column.holes[row] = 1;
    }
  }
}

interface Sourced {
  readonly form: TableForm;
  readonly source: ArraySource;
}

/** @throws InputError `empty-column` */
function checkChannels(file: StudyFile, name: string, columns: readonly TableColumn[]): void {
  const empty = columns.filter(({ values }) => values().every(isMissing)).map((column) => column.name);
  if (empty.length === 0) return;
  throw new InputError(
    'empty-column',
    `${file.locate(['modalities', name])}: '${name}' has no value of ${empty.join(', ')}; leave it out of channels, ` +
      'or look at the files, range and ids',
    { modality: name, columns: empty },
  );
}
