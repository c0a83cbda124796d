// The batches of a study's subjects: which of them remain, whether their effects can be separated from those of causes,
// and the function that estimates them.

import { isRemovedWithBatches, type BatchEffects, type Batches } from '../../data/batches.js';
import { causeTerms, termCount, type Cause } from '../../data/causes.js';
import type { Dataset, Split } from '../../data/dataset.js';
import { momentsOf } from '../../data/standardise.js';
import { InputError } from '../../errors/errors.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { ReadBatches } from './batches.js';
import { batchFit, MIN_WITHIN, NEARLY_WITHIN } from './fit-batches.js';

/** Batches of the subjects of a modality, and what they do to a column. */
export interface BatchAdjustment {
  readonly batches: Batches;
  /** Position of each subject's batch; NaN for an average batch, and for subjects without the modality. */
  readonly positions: Float64Array;
  /** Other causes that few training subjects separate from the batches; left out if there are none. */
  readonly nearlySame?: readonly NearlySame[] | undefined;
  /** Returns the effects on a column. @param rows training rows with a value */
  readonly effects: (column: string, values: Float64Array, rows: Int32Array) => BatchEffects;
}

/** A cause with a combination of levels that is nearly a difference between batches. */
export interface NearlySame {
  readonly cause: string;
  /** Share of the variance of the combination within batches. */
  readonly within: number;
}

interface Subjects {
  /** Columns of the modality. */
  readonly columns: readonly string[];
  readonly ids: readonly string[];
  readonly split: Split;
  /** 1 for subjects with the modality. */
  readonly present: Uint8Array;
  readonly causes: readonly Cause[];
  /** Terms of the covariates of `adjust`, terms × subjects. */
  readonly covariates: readonly Float64Array[];
}

/** Minimum number of training subjects of a batch. */
const MIN_BATCH = 2;

/**
 * Returns the batches of a modality's subjects.
 *
 * @throws InputError with the place in the study file.
 *   `duplicate-column`: the modality has a column of this name.
 *   `constant-column`: there is one batch.
 *   `too-few-subjects`: a batch has fewer than two training subjects.
 *   `cause-is-batch`: some levels of a cause have the same subjects as batches have, and other levels do not.
 *   `collinear-columns`: a covariate of `adjust` has.
 */
export function batchAdjustment(
  file: StudyFile,
  modality: string,
  { at, config, column, levels: all, batchOf }: ReadBatches,
  { columns, ids, split, present: hasModality, causes, covariates }: Subjects,
): BatchAdjustment {
  const place = file.locate(at);
  if (columns.includes(column)) {
    throw new InputError(
      'duplicate-column',
      `${place}: '${column}' is also a column of '${modality}'; rename one of them, or omit the column there`,
      { column },
    );
  }
  const read = Float64Array.from(ids, (id, i) => (hasModality[i] === 1 ? batchOf(id) : NaN));
  const train = split.train.filter((row) => hasModality[row] === 1);
  const present = new Set(read.filter((position) => !Number.isNaN(position)));
  const levels = all.filter((_, position) => present.has(position));
  if (levels.length < 2) {
    throw new InputError(
      'constant-column',
      `${place}: all subjects with '${modality}' have the same ${column}, so there is nothing to remove; ` +
        'leave batch out',
      { column },
    );
  }
  const positionOf = all.map((level) => levels.indexOf(level));
  const positions = read.map((position) => (Number.isNaN(position) ? NaN : positionOf[position]));
  const counts = levels.map((_, batch) => train.filter((row) => positions[row] === batch).length);
  const few = counts.findIndex((count) => count < MIN_BATCH);
  if (few >= 0) {
    throw new InputError(
      'too-few-subjects',
      `${place}: ${column} ${levels[few]} has ${counts[few]} training subjects with '${modality}', and its effect ` +
        `needs ${MIN_BATCH}; merge batches (recode), leave its subjects out (missing), or change split`,
      { column, level: levels[few] },
    );
  }
  // Such causes move the columns as batches do, and no regression could separate them.
  const separable = causes.filter((cause) => !isSameAsBatches(cause, positions, train));
  const ofCauses = separable.map((cause) => columnsOfTerms([cause]));
  const fitOf = (terms: readonly Float64Array[]) => batchFit({ column, levels, positions, scale: config.scale, terms });
  const isSame = (terms: readonly Float64Array[], rows: Int32Array) => fitOf(terms).within(rows) < MIN_WITHIN;
  const fit = fitOf([...ofCauses.flat(), ...covariates]);
  const check = (rows: Int32Array, where: string): void => {
    if (fit.within(rows) >= MIN_WITHIN) return;
    if (covariates.length > 0 && isSame(covariates, rows)) throw covariateIsBatch(place, column, where);
    const same = separable.find((_, c) => isSame(ofCauses[c], rows)) ?? separable.at(0);
    throw causeIsBatch(place, { column, where, cause: same?.name ?? '' });
  };
  check(train, `'${modality}'`);
  const same = causes.flatMap((cause) => (separable.includes(cause) ? [] : [cause.name]));
  const nearlySame = separable
    .map((cause) => ({ cause: cause.name, within: fitOf(columnsOfTerms([cause])).within(train) }))
    .filter(({ within }) => within < NEARLY_WITHIN);
  return {
    batches: { column, levels, ...(same.length > 0 && { causes: same }) },
    positions,
    ...(nearlySame.length > 0 && { nearlySame }),
    effects: (name, values, rows) => {
      if (rows.length < train.length) check(rows, `column '${name}' of '${modality}', where it has values`);
      return fit.effects(values, rows);
    },
  };
}

/** True if each batch has only one value of the cause, among some subjects with a batch. */
function isSameAsBatches({ values }: Cause, positions: Float64Array, rows: Int32Array): boolean {
  const valueOf = new Map<number, number>();
  return rows.every((row) => {
    const first = valueOf.get(positions[row]) ?? values[row];
    valueOf.set(positions[row], first);
    return values[row] === first;
  });
}

/** Returns the batches, by subject, for the split. Modalities with the study's batches count once. */
export function strataOfBatches(batches: readonly (ReadBatches | undefined)[], ids: readonly string[]): string[][] {
  return distinctBatches(batches).map(({ batchOf }) => Array.from(ids, (id) => String(batchOf(id))));
}

/** Returns the batches without repetitions. */
export function distinctBatches(batches: readonly (ReadBatches | undefined)[]): ReadBatches[] {
  const byPlace = new Map(batches.flatMap((one) => (one ? [[one.at.join('.'), one] as const] : [])));
  return [...byPlace.values()];
}

/** Returns the batches of new subjects of a fitted model. */
export function fittedBatches(
  { column, levels, causes, batchOf }: ReadBatches,
  ids: readonly string[],
): BatchAdjustment {
  const positions = Float64Array.from(ids, batchOf);
  return { batches: { column, levels, ...(causes && { causes }) }, positions, effects: () => ({ offsets: [] }) };
}

/**
 * Returns indicators of all batches, standardised on the training split, levels × subjects. Subjects without a batch
 * are at the mean.
 */
export function batchIndicators(
  batches: readonly (ReadBatches | undefined)[],
  ids: readonly string[],
  train: Int32Array,
): Float64Array[] {
  return distinctBatches(batches).flatMap(({ levels, batchOf }) => {
    const positions = Float64Array.from(ids, batchOf);
    const known = train.filter((row) => !Number.isNaN(positions[row]));
    return levels.flatMap((_, level) => {
      const marks = positions.map((position) => Number(position === level));
      const { mean, sd } = momentsOf(marks, known);
      if (!(sd > 0)) return [];
      return [marks.map((mark, row) => (Number.isNaN(positions[row]) ? 0 : (mark - mean) / sd))];
    });
  });
}

/** Returns the terms of causes, terms × subjects. */
function columnsOfTerms(causes: readonly Cause[]): Float64Array[] {
  const width = termCount(causes);
  const table = causeTerms(causes);
  return Array.from({ length: width }, (_, t) =>
    Float64Array.from({ length: table.length / width }, (_row, row) => table[row * width + t]),
  );
}

/**
 * Refuses a cause that every modality's batches are the same as: its effect is not identifiable in any of them.
 * @throws InputError `cause-is-batch`
 */
export function checkBatchCauses(
  file: StudyFile,
  batches: readonly (ReadBatches | undefined)[],
  { modalities, causes = [] }: Pick<Dataset, 'modalities' | 'causes'>,
): void {
  const cause = causes.find(({ name }) => modalities.every((modality) => isRemovedWithBatches(name, modality)));
  if (!cause) return;
  const { at, column } = batches[0]!;
  const where = modalities.map(({ name }) => `'${name}'`).join(', ');
  throw causeIsBatch(file.locate(at), { column, where, cause: cause.name });
}

interface SamePartition {
  readonly column: string;
  readonly where: string;
  readonly cause: string;
}

function causeIsBatch(place: string, { column, where, cause }: SamePartition): InputError {
  return new InputError(
    'cause-is-batch',
    `${place}: batches (${column}) differ in '${cause}' exactly as its levels do, so in ${where} the effect of the ` +
      'cause and that of the batch cannot be separated: what the cause does here is not identifiable. Leave batch ' +
      'out, and read an effect on this modality as that of either; or measure levels of the cause in the same batch',
    { column, cause },
  );
}

function covariateIsBatch(place: string, column: string, where: string): InputError {
  return new InputError(
    'collinear-columns',
    `${place}: a covariate of adjust is the same as a difference between batches (${column}) in ${where}, so their ` +
      'effects cannot be separated; leave it out of adjust, or leave batch out',
    { column },
  );
}
