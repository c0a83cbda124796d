// The input of an error-aware search: in every fold of every split the same variables by unit. These are latents with
// their two forms, and measured variables.

import type { Variable } from '../causal/discovery/causal-graph.js';
import type { DataColumn } from '../causal/discovery/columns.js';
import type { Measured } from './error-aware.js';
import type { HeldOutFold } from './cross-fit.js';
import { knownScores } from './known-scores.js';
import { levelsOf } from '../metrics/vectors.js';

/** The data of a fold that a search needs. */
export type FoldUnits = Pick<HeldOutFold, 'ids' | 'units' | 'forms'> & {
  /** Number of directions of causes that were removed from the units; 0 when left out. */
  readonly lost?: number | undefined;
};

/** A variable of a search. */
export interface SearchVariable {
  readonly name: string;
  /** Modality of a latent; table or group of a measured variable, if it has one. */
  readonly modality?: string | undefined;
  /** The levels of a column with two text levels, as in `Variable`. */
  readonly levels?: Variable['levels'];
  /** Variables of the same source share errors. It is the modality of a latent, and unique for a measured variable. */
  readonly source: string;
  readonly isLatent: boolean;
  /** False if disjoint folds find different subspaces. Nothing is known about such a latent. */
  readonly isReplicated: boolean;
  /** Possible correlation with another latent of the modality because of mixing; 0 for a measured variable. */
  readonly leak: number;
}

/** Measured columns in addition to the latents. */
export interface MeasuredColumns {
  /** The unit (subject or group) of each row. */
  readonly ids: readonly string[];
  /** Columns with one value per row, NaN if missing. */
  readonly columns: readonly DataColumn[];
}

/**
 * Returns measured columns as variables by unit of a fold: normal scores, or the two values of a binary column. They
 * have no measurement error, because the variable is the measured value itself.
 * @param ids units of the fold
 */
export function measuredVariables(ids: readonly string[], { ids: rows, columns }: MeasuredColumns): Measured[] {
  const rowOf = new Map(rows.map((id, row) => [id, row]));
  const at = ids.map((id) => rowOf.get(id));
  return columns.map(({ name, values }) => {
    const column = Float64Array.from(at, (row) => (row === undefined ? NaN : values[row]));
    const levels = levelsOf(column, 3);
    // A column that is constant in the fold counts as missing there.
    const whole = levels < 2 ? column.fill(NaN) : levels === 2 ? column : knownScores(column);
    return { whole, a: whole, b: whole, source: sourceOf(name) };
  });
}

/** Returns the source of a measured variable, which differs from the name of every modality. */
export function sourceOf(name: string): string {
  return `measured ${name}`;
}

/** Returns the latents of a fold as variables. @param sources modality of each latent */
export function latentVariables(
  { units, forms, lost }: Pick<FoldUnits, 'units' | 'forms' | 'lost'>,
  sources: readonly string[],
): Measured[] {
  return units.map((whole, i) => {
    const source = sources[i];
    const two = forms[i];
    const removed = lost === undefined ? {} : { lost };
    return two
      ? { whole, ...two, source, ...removed }
      : { whole, a: whole, b: whole, source, isUnmeasured: true, ...removed };
  });
}

/** Returns the variables without the units that lack one of them. */
export function complete(variables: readonly Measured[]): Measured[] {
  const count = variables[0].whole.length;
  const isLacking = new Uint8Array(count);
  for (const { whole } of variables) for (let i = 0; i < count; i++) if (Number.isNaN(whole[i])) isLacking[i] = 1;
  const rows = new Int32Array(count);
  let length = 0;
  for (let i = 0; i < count; i++) if (isLacking[i] === 0) rows[length++] = i;
  if (length === count) return [...variables];
  return unitsAt(variables, rows.subarray(0, length));
}

/** Returns the variables of some units. A variable without measurement error still shares one array. */
export function unitsAt(variables: readonly Measured[], rows: ArrayLike<number>): Measured[] {
  const at = (values: Float64Array): Float64Array => {
    const some = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) some[i] = values[rows[i]];
    return some;
  };
  return variables.map(({ whole, a, b, ...rest }) => {
    const selected = at(whole);
    return { whole: selected, a: a === whole ? selected : at(a), b: b === whole ? selected : at(b), ...rest };
  });
}
