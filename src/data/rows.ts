// Rows of JSON as a fitted model's values: columns found by name, in the units of the training tables, each checked.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import { columnValues } from './column-values.js';
import type { ColumnScale, ModalityScales, ObservedValues, Transform } from './dataset.js';
import { checkKind, columnOf, kindsOf, namesOfLevels } from './kinds.js';
import { encodeColumns, notEncoded } from './standardise.js';
import { columnsRead } from './transform.js';

/**
 * A subject: by modality, the value of every column, as the training tables had them, levels by name; null is a missing
 * value.
 */
export type Row = Readonly<Record<string, Readonly<Record<string, string | number | null>>>>;

export interface RowOptions {
  /** How far from the training mean a value may lie, in standard deviations, after any transform or logarithm. */
  readonly maxDeviations: number;
  /** Columns and modalities that a row does not have are missing values. */
  readonly partial: boolean;
}

/** Standard deviations from the training mean up to which a value is taken for one of the same kind. */
export const MAX_DEVIATIONS = 10;

/**
 * The modalities of the model that one row or more has.
 * @throws InputError `invalid-rows`, also for a row without a value, `modality-mismatch` for a modality that the model
 *   does not know
 */
export function modalitiesOf(rows: readonly Row[], scales: readonly ModalityScales[]): readonly string[] {
  const given: unknown = rows;
  if (!Array.isArray(given)) throw invalidRows('rows', `must be a list of rows, not ${typeof given}`);
  const known = scales.map(({ name }) => name);
  for (const [i, row] of rows.entries()) {
    if (!isRecord(row)) throw invalidRows(`rows[${i}]`, 'must be an object by modality');
    for (const name of Object.keys(row)) {
      if (known.includes(name)) continue;
      throw mismatch(`rows[${i}] has '${name}'${didYouMean(name, known)}; the model has ${known.join(', ')}`, name);
    }
    const values: unknown[] = Object.values(row).flatMap((modality) =>
      isRecord(modality) ? Object.values(modality) : [modality],
    );
    if (values.every((value) => value === null || value === undefined)) {
      throw invalidRows(`rows[${i}]`, 'has no value; leave the row out');
    }
  }
  return rows.length === 0 ? known : known.filter((name) => rows.some((row) => Object.hasOwn(row, name)));
}

/**
 * @param scales the modality's columns as the model was trained on them
 * @returns rows × columns
 * @throws InputError `invalid-rows`, `modality-mismatch`, `missing-column`, `unknown-column`, `not-numeric`,
 *   `not-finite`, `unknown-level`, `not-a-count`, `transform-domain`, `log-domain`, `too-wide-range`,
 *   `far-from-training`; `missing-covariates` for a modality that is adjusted: rows have no covariates
 */
export function rowValues(
  rows: readonly Row[],
  scales: ModalityScales,
  { maxDeviations, partial }: RowOptions,
): ObservedValues {
  const { name, columns, transform, covariates } = scales;
  if (covariates) {
    const needed = [...new Set(covariates.map(({ column }) => column))];
    throw new InputError(
      'missing-covariates',
      `modality '${name}' is adjusted for ${needed.join(', ')}, which rows do not have; write the subjects into a ` +
        'study with adjust, and encode what readStudy(path, { scales: model.columnScales }) makes of it',
      { modality: name, columns: needed },
    );
  }
  const names = new Set(columnsRead(scales));
  for (const [i, row] of rows.entries()) {
    const place = `rows[${i}].${name}`;
    if (!Object.hasOwn(row, name)) {
      if (partial) continue;
      throw mismatch(
        `rows[${i}] lacks modality '${name}', which the model needs; with partial: true it is missing`,
        name,
      );
    }
    if (!isRecord(row[name])) throw invalidRows(place, 'must be an object by column');
    const unknown = Object.keys(row[name]).find((column) => !names.has(column));
    if (unknown === undefined) continue;
    const hint = didYouMean(unknown, names) || '; leave it out';
    throw new InputError('unknown-column', `${place}: the model was not trained on column '${unknown}'${hint}`, {
      modality: name,
      column: unknown,
    });
  }
  const raw = new Map(
    Array.from(names, (column) => [
      column,
      Float64Array.from(rows, (row, i) =>
        Object.hasOwn(row, name)
          ? valueOf(row[name], {
              modality: name,
              subject: `rows[${i}]`,
              column,
              partial,
              levels: namesOfLevels(scales, column),
            })
          : NaN,
      ),
    ]),
  );
  const ids = rows.map((_, i) => `rows[${i}]`);
  if (transform && 'over' in transform) checkWholeRows(name, transform.over, raw, ids);
  const column = (one: string) => raw.get(one)!;
  for (const [one, kind] of Object.entries(kindsOf(scales).kinds)) {
    checkKind(`rows: modality '${name}'`, { name: one, kind, values: column(one), levels: namesOfLevels(scales, one) });
  }
  const encoded = encodeColumns(columnValues(scales, { modality: name, ids, names: [...names], column }), scales, ids);
  const { values } = encoded;
  const far = values.findIndex((value, at) => Math.abs(value) > maxDeviations && !columns[at % columns.length].total);
  if (far >= 0) {
    const row = Math.floor(far / columns.length);
    const scale = columns[far % columns.length];
    const value = column(columnOf(scale))[row];
    throw farFromTraining(`rows[${row}].${name}`, scale, { value, far: values[far], transform });
  }
  return encoded;
}

interface Cell extends Pick<RowOptions, 'partial'> {
  readonly modality: string;
  readonly subject: string;
  readonly column: string;
  /** Of a column that has some. */
  readonly levels: readonly string[] | undefined;
}

/** NaN for a missing value; a number that is none is an error. */
function valueOf(row: Readonly<Record<string, unknown>>, { modality, subject, column, partial, levels }: Cell): number {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  const place = `${subject}.${modality}`;
  if (value === null || (value === undefined && partial)) return NaN;
  if (value === undefined) {
    throw new InputError(
      'missing-column',
      `${place} lacks column '${column}', which the model was trained on; a missing value is null`,
      { column },
    );
  }
  if (levels && (typeof value === 'number' || typeof value === 'string')) {
    const position = levels.indexOf(String(value));
    if (position >= 0) return position;
    throw new InputError(
      'unknown-level',
      `${place}.${column} is ${JSON.stringify(value)}; the model knows ${levels.join(', ')}`,
      { column, level: String(value) },
    );
  }
  if (typeof value !== 'number') {
    throw new InputError(
      'not-numeric',
      `${place}.${column} is ${JSON.stringify(value)}; it must be a number, or null where it is missing`,
      { column },
    );
  }
  if (!Number.isFinite(value)) throw notEncoded(value, { name: column, log: false, offset: 0 }, { modality, subject });
  return value;
}

/** @throws InputError `transform-domain` for a row that has some of the values that its transform needs together */
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
        '(cpm, clr): give all of its values, or none',
      { modality, subject, columns: missing },
    );
  }
}

function farFromTraining(
  place: string,
  { name, log, mean, sd }: ColumnScale,
  {
    value,
    far,
    transform,
  }: { readonly value: number; readonly far: number; readonly transform?: Transform | undefined },
): InputError {
  const typical = log ? `e^${mean.toPrecision(3)}` : mean.toPrecision(3);
  const spread = transform ? `after ${transform.kind}` : log ? 'of the logarithm' : `of ${sd.toPrecision(3)}`;
  return new InputError(
    'far-from-training',
    `${place}.${name} is ${value}: ${Math.abs(far).toFixed(0)} standard deviations ${spread} from the training mean ` +
      `${typical}; correct the value or its unit, or raise maxDeviations`,
    { column: name, value },
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidRows(place: string, problem: string): InputError {
  return new InputError('invalid-rows', `${place} ${problem}`);
}

function mismatch(problem: string, modality: string): InputError {
  return new InputError('modality-mismatch', problem, { modality });
}
