// What an error-aware search sees: in every fold of every split the same variables, latents with their two forms and
// measured variables, by unit.

import type { Variable } from '../causal/discovery/causal-graph.js';
import type { DataColumn } from '../causal/discovery/columns.js';
import type { HeldOutFold } from './cross-fit.js';
import type { Measured } from './error-aware.js';
import { knownScores } from './known-scores.js';
import { levelsOf } from './vectors.js';

/** A variable of a search. */
export interface SearchVariable {
  readonly name: string;
  /** Modality of a latent; table or group of a measured variable, where it has one. */
  readonly modality?: string | undefined;
  /** Of a column of two texts, as `Variable` has them. */
  readonly levels?: Variable['levels'];
  /** Variables of one source share errors: the modality of a latent, a measured variable alone. */
  readonly source: string;
  readonly isLatent: boolean;
  /** False where disjoint folds find another subspace: nothing is known of such a latent. */
  readonly isReplicated: boolean;
  /** Correlation with another latent of the modality that it may owe to being mixed with it; 0 where measured. */
  readonly leak: number;
}

/** Columns that join the latents. */
export interface MeasuredColumns {
  /** Of each row: the unit of the folds, a subject or a group. */
  readonly ids: readonly string[];
  /** One value per row, NaN where missing. */
  readonly columns: readonly DataColumn[];
}

/**
 * Returns measured columns as variables of a fold's units: normal scores, or the two values of a binary column as they
 * are; without measurement error, since it is the measured value that takes part.
 * @param ids the fold's units
 */
export function measuredVariables(ids: readonly string[], { ids: rows, columns }: MeasuredColumns): Measured[] {
  const rowOf = new Map(rows.map((id, row) => [id, row]));
  const at = ids.map((id) => rowOf.get(id));
  return columns.map(({ name, values }) => {
    const own = Float64Array.from(at, (row) => (row === undefined ? NaN : values[row]));
    const levels = levelsOf(own, 3);
    // A column that does not vary in the fold says nothing there.
    const whole = levels < 2 ? own.fill(NaN) : levels === 2 ? own : knownScores(own);
    return { whole, a: whole, b: whole, source: sourceOf(name) };
  });
}

/** Returns the source of a measured variable, which no modality is called. */
export function sourceOf(name: string): string {
  return `measured ${name}`;
}

/** Returns the latents of a fold as variables. @param sources modality of each latent */
export function latentVariables(
  { units, forms }: Pick<HeldOutFold, 'units' | 'forms'>,
  sources: readonly string[],
): Measured[] {
  return units.map((whole, i) => {
    const source = sources[i];
    const own = forms[i];
    return own ? { whole, ...own, source } : { whole, a: whole, b: whole, source, isUnmeasured: true };
  });
}

/** Returns the variables without the units that lack one of them. */
export function complete(variables: readonly Measured[]): Measured[] {
  const count = variables[0].whole.length;
  const isLacking = new Uint8Array(count);
  for (const { whole } of variables) for (let i = 0; i < count; i++) if (Number.isNaN(whole[i])) isLacking[i] = 1;
  const rows = new Int32Array(count);
  let kept = 0;
  for (let i = 0; i < count; i++) if (isLacking[i] === 0) rows[kept++] = i;
  if (kept === count) return [...variables];
  return unitsAt(variables, rows.subarray(0, kept));
}

/** Returns the variables of some units; what is measured without error stays one array. */
export function unitsAt(variables: readonly Measured[], rows: ArrayLike<number>): Measured[] {
  const at = (values: Float64Array): Float64Array => {
    const some = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) some[i] = values[rows[i]];
    return some;
  };
  return variables.map(({ whole, a, b, ...rest }) => {
    const own = at(whole);
    return { whole: own, a: a === whole ? own : at(a), b: b === whole ? own : at(b), ...rest };
  });
}
