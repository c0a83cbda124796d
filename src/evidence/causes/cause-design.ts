// The regression of a latent on one observed cause in one fold, given the covariates of the study and other causes that
// cannot be effects of this one.

import { termsAt, type Cause } from '../../data/causes.js';
import { rowsByGroup } from '../../data/split.js';
import { heldCauses, type CauseStudy } from './cause-study.js';
import { ClusteredRegression, determinedColumns } from './clustered-regression.js';

/** Minimum number of units (subjects, groups or batches) of a level, and of the reference, in each fold. */
const MIN_LEVEL_UNITS = 5;
/** Minimum number of units of a number in each fold, and of groups in which it varies for a test within groups. */
const MIN_NUMBER_UNITS = 10;

export interface CauseDesign {
  /** Positions of the used rows among the rows of the fold. */
  readonly at: Int32Array;
  readonly regression: ClusteredRegression;
  /** Column of each tested term: by level for a categorical cause, by term for a number. */
  readonly columnOf: ReadonlyMap<number, number>;
  /** Positions among the used rows with the reference level; empty for a number. */
  readonly reference: readonly number[];
  /**
   * Returns the positions among the used rows that a term compares: those with the level or the reference, and all for
   * a number. Left out for an assigned cause, which has no common cause with a latent.
   */
  readonly comparedRows?: ((key: number) => readonly number[]) | undefined;
  /** Units of the used rows; left out if each row is a unit. */
  readonly units?: readonly (readonly number[])[] | undefined;
  /** Returns a response of the used rows. Differences between groups are removed if the cause varies within groups. */
  readonly responseOf: (values: Float64Array) => Float64Array;
}

/** Levels of a cause that can be tested in all folds, and the number of units of each level. */
interface TestableLevels {
  readonly units: readonly number[];
  readonly testable: ReadonlySet<number>;
  /** True if the cause is tested within groups. */
  readonly isWithin: boolean;
}

/** Returns the units of some rows: one list of positions for each group. */
function unitsOf(rows: Int32Array, groups: readonly string[] | undefined): number[][] | undefined {
  return groups && [...rowsByGroup(Array.from(rows, (row) => groups[row])).values()];
}

/**
 * Finds the levels with enough units in every fold.
 * @param folds rows with the latent in each fold of each split; the first two are one split
 */
export function testableLevels(
  cause: Cause,
  { groups, hasBatchUnits = false }: CauseStudy,
  folds: readonly Int32Array[],
): TestableLevels {
  const counts = folds.map((rows) => countUnits(cause, rows, groups));
  const isEnough = (of: (count: UnitCounts) => readonly number[], level: number) =>
    counts.every((count) => of(count)[level] >= (cause.kind === 'categorical' ? MIN_LEVEL_UNITS : MIN_NUMBER_UNITS));
  const levels = [...counts[0].all.keys()];
  const within = (level: number) => isEnough((count) => count.within, level);
  const between = (level: number) => isEnough((count) => count.all, level);
  const compared = cause.kind === 'categorical' ? levels.slice(1) : levels;
  // Differences between groups cannot mislead a test within groups, so it is made if one level allows it.
  const isWithin = groups !== undefined && compared.some(within);
  const holds = isWithin ? within : between;
  const of = (count: UnitCounts) => (isWithin ? count.within : count.all);
  const hasReference = cause.kind !== 'categorical' || isWithin || between(0);
  return {
    units: levels.map((level) => of(counts[0])[level] + (hasBatchUnits ? 0 : of(counts[1])[level])),
    testable: new Set(hasReference ? compared.filter(holds) : []),
    isWithin,
  };
}

interface UnitCounts {
  /** Units with the level; one entry for a number. */
  readonly all: readonly number[];
  /** Units with the level and another one; units in which a number varies. */
  readonly within: readonly number[];
}

function countUnits({ kind, levels = [], values }: Cause, rows: Int32Array, groups?: readonly string[]): UnitCounts {
  const size = kind === 'categorical' ? levels.length : 1;
  const [all, within] = [new Array<number>(size).fill(0), new Array<number>(size).fill(0)];
  const count = (present: ReadonlySet<number>) => {
    const which = kind === 'categorical' ? [...present] : [0];
    for (const level of which) {
      all[level] += 1;
      if (present.size > 1) within[level] += 1;
    }
  };
  const units = unitsOf(rows, groups);
  if (units) for (const members of units) count(new Set(members.map((at) => values[rows[at]])));
  else for (const row of rows) count(new Set([values[row]]));
  return { all, within };
}

/**
 * Returns the regression of the rows of a fold on a cause.
 * @param rows rows of the data set that have the latent
 * @param position of the cause in the study
 */
export function causeDesign(
  rows: Int32Array,
  position: number,
  study: CauseStudy,
  { testable, isWithin }: TestableLevels,
): CauseDesign {
  const { causes, covariates = [], groups } = study;
  const cause = causes[position];
  const isCategorical = cause.kind === 'categorical';
  const isUsed = (at: number) => {
    const value = cause.values[rows[at]];
    return !isCategorical || value === 0 || testable.has(value);
  };
  const at = Int32Array.from(rows.keys()).filter(isUsed);
  const used = Int32Array.from(at, (i) => rows[i]);
  const units = unitsOf(used, groups);
  const within = (values: Float64Array) => (isWithin && units ? withoutGroups(values, units) : values);
  const termsOf = (one: Cause): Float64Array[] => {
    const table = Array.from(used, (row) => termsAt(one, one.values[row]));
    return one.terms.map((_, term) => Float64Array.from(table, (terms) => terms[term]));
  };
  const covariateTerms: Float64Array[] = covariates.map((term) => Float64Array.from(used, (row) => term[row]));
  const held = heldCauses(causes, position);
  covariateTerms.push(...held.flatMap(termsOf));
  // Another cause with the same partition cannot be distinguished from this one, also if it is not held constant.
  const free = causes.filter((other, i) => i !== position && !held.includes(other)).flatMap(termsOf);
  const terms = isCategorical
    ? [...testable].map((level) => Float64Array.from(used, (row) => Number(cause.values[row] === level)))
    : termsOf(cause);
  const all = [new Float64Array(used.length).fill(1), ...[...covariateTerms, ...free, ...terms].map(within)];
  const firstFree = 1 + covariateTerms.length;
  const firstTerm = firstFree + free.length;
  const determined = determinedColumns(all).filter((column) => column < firstFree || column >= firstTerm);
  const keys = isCategorical ? [...testable] : [...terms.keys()];
  const columnOf = new Map(
    determined.flatMap((column, i) => (column >= firstTerm ? [[keys[column - firstTerm], i] as const] : [])),
  );
  const strata = isCategorical ? strataOf(cause.values, used, units) : undefined;
  return {
    at,
    regression: new ClusteredRegression({ columns: determined.map((column) => all[column]), units, strata }),
    columnOf,
    reference: isCategorical ? [...used.keys()].filter((i) => cause.values[used[i]] === 0) : [],
    ...(!cause.assigned && {
      comparedRows: (key: number) =>
        [...used.keys()].filter((i) => !isCategorical || [0, key].includes(cause.values[used[i]])),
    }),
    units,
    responseOf: (values) => within(Float64Array.from(at, (i) => values[i])),
  };
}

/** Replaces the means of groups by the mean of all rows. */
function withoutGroups(values: Float64Array, units: readonly (readonly number[])[]): Float64Array {
  const grand = values.reduce((sum, value) => sum + value, 0) / values.length;
  const result = new Float64Array(values.length);
  for (const members of units) {
    const middle = members.reduce((sum, at) => sum + values[at], 0) / members.length;
    for (const at of members) result[at] = values[at] - middle + grand;
  }
  return result;
}

/** Returns the level of each unit; −1 for units with several levels. */
function strataOf(values: Float64Array, rows: Int32Array, units?: readonly (readonly number[])[]): number[] {
  if (!units) return Array.from(rows, (row) => values[row]);
  return units.map((members) => {
    const [first, ...more] = new Set(members.map((at) => values[rows[at]]));
    return more.length > 0 ? -1 : first;
  });
}
