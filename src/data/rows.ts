// Converts subjects in JSON, as rows or as columns, to values of a fitted model. Finds columns by name and checks every
// value; units are those of the training tables.

import { checkAccepted } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { columnValues } from './column-values.js';
import type { ColumnScale, ModalityScales, ObservedValues, Subjects, Transform } from './dataset.js';
import { checkKind, columnOf, kindsOf, namesOfLevels } from './kinds.js';
import { storedInKind } from './link.js';
import { MAX_DEVIATIONS, subjectNames, type Columns, type Row, type RowOptions } from './row.js';
import { isRecord, rowReader, type RowReader } from './row-reader.js';
import { encodeColumns, notEncoded } from './standardise.js';
import { columnsRead } from './transform.js';

const readers = new WeakMap<ModalityScales, RowReader | 'long way'>();

/**
 * Returns the subjects as input of a model with these modalities.
 * @throws InputError as `rowValues`, `modalitiesOf` and `modalitiesOfColumns`; `no-table`, `invalid-option`
 */
export function readSubjects(
  subjects: readonly Row[] | Columns,
  scales: readonly ModalityScales[],
  { maxDeviations = MAX_DEVIATIONS, partial = false }: Partial<RowOptions>,
): Subjects {
  checkAccepted('maxDeviations', maxDeviations, maxDeviations > 0, 'is a number above 0');
  const array = scales.find(({ regularArray }) => regularArray !== undefined);
  if (array) {
    throw new InputError(
      'no-table',
      `Modality ${array.name} is not a table, so rows of JSON cannot contain it; encode a data set or a study.`,
      { modality: array.name },
    );
  }
  const options = { maxDeviations, partial };
  const isTable = isRecord(subjects);
  const { rows, modalities } = isTable ? modalitiesOfColumns(subjects, scales) : modalitiesOf(subjects, scales);
  const read = partial ? scales.filter(({ name }) => modalities.includes(name)) : scales;
  return {
    ids: subjectNames(rows),
    modalities: read.map((modality) => ({
      ...modality,
      ...(isTable ? columnTableValues(subjects, modality, rows, options) : rowValues(subjects, modality, options)),
    })),
  };
}

/** Number of subjects, and the modalities of the model that at least one of them has. */
interface Contents {
  readonly rows: number;
  readonly modalities: readonly string[];
}

/**
 * Returns the contents of rows.
 * @throws InputError `invalid-rows`, also for a row without a value; `modality-mismatch` for a modality that the model
 *   does not have
 */
function modalitiesOf(rows: readonly Row[], scales: readonly ModalityScales[]): Contents {
  const input: unknown = rows;
  if (!Array.isArray(input)) throw invalidRows('rows', `must be a list of rows, not ${typeof input}`);
  const known = scales.map(({ name }) => name);
  const present = new Set<string>();
  for (let i = 0; i < rows.length; i++) {
    const row: unknown = rows[i];
    if (!isRecord(row)) throw invalidRows(`rows[${i}]`, 'must be an object by modality', { row: i });
    let hasValue = false;
    for (const name of Object.keys(row)) {
      if (!known.includes(name)) throw unknownModality(`rows[${i}]`, name, known, { row: i });
      present.add(name);
      hasValue ||= holdsValue(row[name]);
    }
    if (!hasValue) throw invalidRows(`rows[${i}]`, 'has no value; leave the row out', { row: i });
  }
  return { rows: rows.length, modalities: rows.length === 0 ? known : known.filter((name) => present.has(name)) };
}

/**
 * Returns the standardised values of a modality.
 * @param scales columns of the modality that the model was trained on
 * @returns rows × columns
 * @throws InputError `invalid-rows`, `modality-mismatch`, `missing-column`, `unknown-column`, `not-numeric`,
 *   `not-finite`, `unknown-level`, `not-a-count`, `not-of-kind`, `transform-domain`, `log-domain`, `too-wide-range`,
 *   `far-from-training`; `missing-covariates` for an adjusted modality, since rows have no covariates
 */
export function rowValues(rows: readonly Row[], scales: ModalityScales, options: RowOptions): ObservedValues {
  let reader = readers.get(scales);
  if (!reader) readers.set(scales, (reader = rowReader(scales) ?? 'long way'));
  const read = reader === 'long way' ? undefined : reader(rows, options);
  if (read) return read;
  checkCovariates(scales);
  const { name } = scales;
  const { partial } = options;
  const names = new Set(cellsRead(scales));
  for (const [i, row] of rows.entries()) {
    const place = `rows[${i}].${name}`;
    if (!Object.hasOwn(row, name)) {
      if (partial) continue;
      throw mismatch(`rows[${i}] lacks modality '${name}', which the model needs; with partial: true it is missing`, {
        modality: name,
        row: i,
      });
    }
    const where = { modality: name, row: i };
    if (!isRecord(row[name])) throw invalidRows(place, 'must be an object by column', where);
    checkNames(place, Object.keys(row[name]), names, where);
  }
  const raw = new Map(
    Array.from(names, (column) => [
      column,
      Float64Array.from(rows, (row, i) => {
        if (!Object.hasOwn(row, name)) return NaN;
        const levels = levelsRead(scales, column);
        const value = Object.hasOwn(row[name], column) ? row[name][column] : undefined;
        return numberOf(value, { modality: name, row: i, column, partial, levels });
      }),
    ]),
  );
  return rawValues(raw, scales, rows.length, options);
}

/**
 * Returns the contents of a table of columns.
 * @throws InputError `invalid-columns`, also for columns of different lengths; `modality-mismatch`
 */
function modalitiesOfColumns(table: Columns, scales: readonly ModalityScales[]): Contents {
  const known = scales.map(({ name }) => name);
  let rows: number | undefined;
  for (const [name, columns] of Object.entries<unknown>(table)) {
    if (!known.includes(name)) throw unknownModality('columns', name, known);
    if (!isRecord(columns)) throw invalidColumns(`columns.${name}`, 'must be an object by column', { modality: name });
    for (const [column, values] of Object.entries(columns)) {
      const place = { modality: name, column };
      if (!Array.isArray(values)) throw invalidColumns(`columns.${name}.${column}`, 'must be a list of values', place);
      rows ??= values.length;
      if (values.length === rows) continue;
      throw invalidColumns(
        `columns.${name}.${column}`,
        `has ${values.length} values, but an earlier column has ${rows}; give one value per subject, or null`,
        place,
      );
    }
  }
  if (rows === undefined) throw invalidColumns('columns', 'has no column');
  return { rows, modalities: known.filter((name) => Object.hasOwn(table, name)) };
}

/** As `rowValues`, for a table of columns that `modalitiesOfColumns` has checked. */
function columnTableValues(table: Columns, scales: ModalityScales, rows: number, options: RowOptions): ObservedValues {
  checkCovariates(scales);
  const { name } = scales;
  const { partial } = options;
  const columns = Object.hasOwn(table, name) ? table[name] : {};
  if (!Object.hasOwn(table, name) && !partial) {
    throw mismatch(`columns lacks modality '${name}', which the model needs; with partial: true it is missing`, {
      modality: name,
    });
  }
  const names = new Set(cellsRead(scales));
  checkNames(`columns.${name}`, Object.keys(columns), names, { modality: name });
  const raw = new Map(
    Array.from(names, (column) => {
      const levels = levelsRead(scales, column);
      const values = Object.hasOwn(columns, column) ? columns[column] : undefined;
      const numbers = new Float64Array(rows).fill(NaN);
      for (let row = 0; row < rows; row++) {
        const value = values?.[row];
        const isPlain = typeof value === 'number' && !levels && Number.isFinite(value);
        numbers[row] = isPlain ? value : numberOf(value, { modality: name, row, column, partial, levels });
      }
      return [column, numbers];
    }),
  );
  return rawValues(raw, scales, rows, options);
}

/** Standardises and checks each value. @param raw values by column, NaN where missing */
function rawValues(
  raw: ReadonlyMap<string, Float64Array>,
  scales: ModalityScales,
  rows: number,
  { maxDeviations }: RowOptions,
): ObservedValues {
  const { name, columns, transform, batches } = scales;
  const ids = subjectNames(rows);
  if (transform && 'over' in transform) checkWholeRows(name, transform.over, raw, ids);
  const column = (one: string) => raw.get(one)!;
  for (const [one, kind] of Object.entries(kindsOf(scales).kinds)) {
    checkKind(`rows: modality '${name}'`, { name: one, kind, values: column(one), levels: namesOfLevels(scales, one) });
  }
  const names = [...raw.keys()];
  const encoded = encodeColumns(columnValues(scales, { modality: name, ids, names, column }), scales, ids, {
    batches: batches && column(batches.column),
  });
  const { values } = encoded;
  const far = values.findIndex((value, at) => Math.abs(value) > maxDeviations && !columns[at % columns.length].total);
  if (far >= 0) {
    const row = Math.floor(far / columns.length);
    const scale = columns[far % columns.length];
    const value = column(columnOf(scale))[row];
    throw farFromTraining({ modality: name, row }, scale, { value, far: values[far], transform });
  }
  return encoded;
}

/** Returns the names of a row's cells: the columns, and the batch if its effect is removed (null: an average batch). */
function cellsRead(scales: ModalityScales): readonly string[] {
  return [...columnsRead(scales), ...(scales.batches ? [scales.batches.column] : [])];
}

/** Returns the levels of a cell; undefined for numbers. */
function levelsRead(scales: ModalityScales, column: string): readonly string[] | undefined {
  return column === scales.batches?.column ? scales.batches.levels : namesOfLevels(scales, column);
}

/** @throws InputError `missing-covariates` */
function checkCovariates({ name, covariates }: ModalityScales): void {
  if (!covariates) return;
  const needed = [...new Set(covariates.map(({ column }) => column))];
  throw new InputError(
    'missing-covariates',
    `modality '${name}' is adjusted for ${needed.join(', ')}, which rows do not have; write the subjects into a ` +
      'study with adjust, and encode what readStudy(path, { scales: model.columnScales }) returns',
    { modality: name, columns: needed },
  );
}

/** @throws InputError `unknown-column` */
function checkNames(place: string, columns: readonly string[], names: ReadonlySet<string>, where: Place): void {
  const unknown = columns.find((column) => !names.has(column));
  if (unknown === undefined) return;
  const hint = didYouMean(unknown, names) || '; leave it out';
  throw new InputError('unknown-column', `${place}: the model was not trained on column '${unknown}'${hint}`, {
    ...where,
    column: unknown,
  });
}

/** Place of an error, for programs. */
interface Place {
  readonly modality?: string;
  readonly row?: number;
  readonly column?: string;
}

interface Cell extends Pick<RowOptions, 'partial'> {
  readonly modality: string;
  readonly row: number;
  readonly column: string;
  /** Levels of the column, if it has some. */
  readonly levels: readonly string[] | undefined;
}

/** Returns the number or the position of the level; NaN for a missing value. Throws for all else. */
function numberOf(value: unknown, { partial, levels, ...where }: Cell): number {
  const { modality, row, column } = where;
  const place = `rows[${row}].${modality}`;
  if (value === null || (value === undefined && partial)) return NaN;
  if (value === undefined) {
    throw new InputError(
      'missing-column',
      `${place} lacks column '${column}', which the model was trained on; a missing value is null`,
      where,
    );
  }
  if (levels && (typeof value === 'number' || typeof value === 'string')) {
    const position = levels.indexOf(String(value));
    if (position >= 0) return position;
    throw new InputError(
      'unknown-level',
      `${place}.${column} is ${JSON.stringify(value)}; the model knows ${levels.join(', ')}`,
      { ...where, level: String(value) },
    );
  }
  if (typeof value !== 'number') {
    throw new InputError(
      'not-numeric',
      `${place}.${column} is ${JSON.stringify(value)}; it must be a number, or null where it is missing`,
      where,
    );
  }
  if (!Number.isFinite(value)) {
    throw notEncoded(value, { name: column, log: false, offset: 0 }, { modality, subject: `rows[${row}]` });
  }
  return value;
}

/** @throws InputError `transform-domain` for a row with some, but not all, of the values that its transform needs */
function checkWholeRows(
  modality: string,
  over: readonly string[],
  raw: ReadonlyMap<string, Float64Array>,
  ids: readonly string[],
): void {
  for (const [row, subject] of ids.entries()) {
    const missing = over.filter((column) => Number.isNaN(raw.get(column)![row]));
    if (missing.length === 0 || missing.length === over.length) continue;
    throw new InputError(
      'transform-domain',
      `${subject}.${modality} lacks ${missing.slice(0, 3).join(', ')}; the modality is transformed by whole rows ` +
        '(cpm, clr): give all of its values or none',
      { modality, subject, columns: missing },
    );
  }
}

function farFromTraining(
  where: Required<Omit<Place, 'column'>>,
  { name, kind, log, mean, sd }: ColumnScale,
  {
    value,
    far,
    transform,
  }: { readonly value: number; readonly far: number; readonly transform?: Transform | undefined },
): InputError {
  const link = storedInKind(kind);
  const typical = log ? `e^${mean.toPrecision(3)}` : (link?.inverse(mean) ?? mean).toPrecision(3);
  const ofWhat = log ? 'the logarithm' : (link?.text ?? sd.toPrecision(3));
  const spread = transform ? `after ${transform.kind}` : `of ${ofWhat}`;
  return new InputError(
    'far-from-training',
    `rows[${where.row}].${where.modality}.${name} is ${value}: ${Math.abs(far).toFixed(0)} standard deviations ` +
      `${spread} from the training mean ${typical}; correct the value or its unit, or raise maxDeviations`,
    { ...where, column: name, value },
  );
}

/** True if a modality of a row has a value, or is neither an object nor null, which is an error later. */
function holdsValue(modality: unknown): boolean {
  if (!isRecord(modality)) return modality !== null && modality !== undefined;
  for (const column in modality) if (modality[column] !== null && modality[column] !== undefined) return true;
  return false;
}

function invalidRows(place: string, problem: string, where: Place = {}): InputError {
  return new InputError('invalid-rows', `${place} ${problem}`, { ...where });
}

function invalidColumns(place: string, problem: string, where: Place = {}): InputError {
  return new InputError('invalid-columns', `${place} ${problem}`, { ...where });
}

function unknownModality(place: string, name: string, known: readonly string[], where: Place = {}): InputError {
  const hint = didYouMean(name, known);
  return mismatch(`${place} has '${name}'${hint}; the model has ${known.join(', ')}`, { ...where, modality: name });
}

function mismatch(problem: string, where: Place): InputError {
  return new InputError('modality-mismatch', problem, { ...where });
}
