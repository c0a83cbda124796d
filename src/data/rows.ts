// Rows of JSON as a fitted model's values: columns found by name, in the units of the training tables, each checked.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { ColumnScale, ModalityScales, Transform } from './dataset.js';
import { encodeColumns, notEncoded } from './standardise.js';
import { columnsRead, transformColumns } from './transform.js';

/** A subject: by modality, the value of every column, as the training tables had them. */
export type Row = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Standard deviations from the training mean up to which a value is taken for one of the same kind. */
export const MAX_DEVIATIONS = 10;

/**
 * The modalities of the model that the rows have: those of the first row.
 * @throws InputError `invalid-rows`, `modality-mismatch` for a modality that the model does not know, or that only some
 *   rows have
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
    const odd = known.find((name) => Object.hasOwn(row, name) !== Object.hasOwn(rows[0], name));
    if (odd !== undefined) {
      throw mismatch(`only one of rows[0] and rows[${i}] has modality '${odd}'; encode such rows apart`, odd);
    }
  }
  return rows.length === 0 ? known : known.filter((name) => Object.hasOwn(rows[0], name));
}

/**
 * @param scales the modality's columns as the model was trained on them
 * @param maxDeviations how far from the training mean a value may lie, in standard deviations, after any transform or
 *   logarithm
 * @returns rows × columns, standardised
 * @throws InputError `invalid-rows`, `modality-mismatch`, `missing-column`, `unknown-column`, `not-numeric`,
 *   `not-finite`, `transform-domain`, `log-domain`, `too-wide-range`, `far-from-training`; `missing-covariates` for a
 *   modality that is adjusted: rows have no covariates
 */
export function rowValues(rows: readonly Row[], scales: ModalityScales, maxDeviations: number): Float32Array {
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
    if (!Object.hasOwn(row, name)) throw mismatch(`rows[${i}] lacks modality '${name}', which the model needs`, name);
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
      Float64Array.from(rows, (row, i) => valueOf(row[name], `rows[${i}].${name}`, column)),
    ]),
  );
  const ids = rows.map((_, i) => `rows[${i}]`);
  // Transforms of ranks and totals would take what is not finite for a value.
  for (const [column, values] of raw) {
    const row = values.findIndex((value) => !Number.isFinite(value));
    if (row < 0) continue;
    throw notEncoded(values[row], { name: column, log: false, offset: 0 }, { modality: name, subject: ids[row] });
  }
  const column = (one: string) => raw.get(one)!;
  const transformed =
    transform && transformColumns(transform, { modality: name, ids, names: [...names], column }, columns);
  const values = encodeColumns((c) => transformed?.[c] ?? column(columns[c].name), scales, ids);
  const far = values.findIndex((value) => Math.abs(value) > maxDeviations);
  if (far >= 0) {
    const row = Math.floor(far / columns.length);
    const scale = columns[far % columns.length];
    const value = column(scale.name)[row];
    throw farFromTraining(`rows[${row}].${name}`, scale, { value, far: values[far], transform });
  }
  return values;
}

function valueOf(row: Readonly<Record<string, unknown>>, place: string, name: string): number {
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (typeof value === 'number') return value;
  if (value === undefined) {
    throw new InputError('missing-column', `${place} lacks column '${name}', which the model was trained on`, {
      column: name,
    });
  }
  throw new InputError('not-numeric', `${place}.${name} is ${JSON.stringify(value)}; it must be a number`, {
    column: name,
  });
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
