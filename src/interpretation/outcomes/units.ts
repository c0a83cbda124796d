// The units of a test: subjects, or groups of rows that belong together. A group counts once, with the means of its
// numbers and its most frequent levels.

import { hasOutcome, type Outcome, type SubjectVariable } from '../../data/outcomes.js';

/** Minimum number of units of a level: a variance of fewer is not known. Units of rarer levels are left out. */
export const MIN_LEVEL_UNITS = 3;

/** Variables of the units that have all of them. */
export interface Units {
  /** Number of units. */
  readonly count: number;
  /** Rows of the data set of each unit. */
  readonly members: readonly (readonly number[])[];
  /** Latents × units, standardised to mean 0 and standard deviation 1 (n − 1). */
  readonly latents: readonly Float64Array[];
  /** Value or level of a measured outcome; time of an outcome with events. */
  readonly values: Float64Array;
  /** Outcomes with events only. */
  readonly events?: Float64Array | undefined;
  readonly covariates: readonly SubjectVariable[];
  /** Groups whose rows have different times. They stay apart, and standard errors allow for their dependence. */
  readonly clusters?: readonly string[] | undefined;
}

/**
 * Returns the units with the outcome, its covariates, and the latents.
 * @param latents out-of-fold latents × subjects, NaN where a subject has none
 * @param groups group of each subject, if rows belong together
 */
export function unitsOf(
  outcome: Outcome,
  latents: readonly Float64Array[],
  groups: readonly string[] | undefined,
): Units {
  const known = [...latents[0].keys()].filter((row) => {
    const all = [...latents, ...outcome.covariates.map(({ values }) => values)];
    return hasOutcome(outcome, row) && all.every((values) => !Number.isNaN(values[row]));
  });
  const members = membersOf(known, groups);
  const values = outcome.kind === 'time-to-event' ? outcome.times : outcome.values;
  const events = outcome.kind === 'time-to-event' ? outcome.events : undefined;
  const differ = events !== undefined && members.some((rows) => !isSame(rows, values) || !isSame(rows, events));
  const isLevelled = outcome.kind === 'categorical';
  const all = differ ? known.map((row) => [row]) : members;
  const units = isLevelled ? withCommonLevel(all, summarised(values, all, true)) : all;
  return {
    count: units.length,
    members: units,
    latents: latents.map((column) => standardised(summarised(column, units, false))),
    values: summarised(values, units, isLevelled),
    ...(events && { events: summarised(events, units, false) }),
    covariates: outcome.covariates.map((covariate) => ({
      ...covariate,
      values: summarised(covariate.values, units, covariate.levels !== undefined),
    })),
    ...(differ && { clusters: known.map((row) => groups![row]) }),
  };
}

function withCommonLevel(units: readonly (readonly number[])[], levels: Float64Array): readonly (readonly number[])[] {
  const counts = new Map<number, number>();
  for (const level of levels) counts.set(level, (counts.get(level) ?? 0) + 1);
  return units.filter((_, i) => counts.get(levels[i])! >= MIN_LEVEL_UNITS);
}

function membersOf(rows: readonly number[], groups: readonly string[] | undefined): readonly number[][] {
  if (!groups) return rows.map((row) => [row]);
  const members = new Map<string, number[]>();
  for (const row of rows) {
    const group = members.get(groups[row]);
    if (group) group.push(row);
    else members.set(groups[row], [row]);
  }
  return [...members.values()];
}

function isSame(rows: readonly number[], values: Float64Array): boolean {
  return rows.every((row) => values[row] === values[rows[0]]);
}

/** Returns the mean of each unit, or its most frequent level. */
function summarised(values: Float64Array, units: readonly (readonly number[])[], isLevelled: boolean): Float64Array {
  return Float64Array.from(units, (rows) => {
    if (rows.length === 1) return values[rows[0]];
    if (!isLevelled) return rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
    const counts = new Map<number, number>();
    for (const row of rows) counts.set(values[row], (counts.get(values[row]) ?? 0) + 1);
    return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
  });
}

function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return values.map((value) => (sd > 0 ? (value - mean) / sd : 0));
}
