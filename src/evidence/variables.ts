// What an error-aware search sees: in every fold of every split the same variables, latents with their two forms and
// measured variables, by unit.

import type { HeldOutFold } from './cross-fit.js';
import type { Measured } from './error-aware.js';

/** The variables of one fold's held-out units, in one order; NaN where a unit lacks one. */
export interface FoldVariables {
  readonly variables: readonly Measured[];
}

/** A variable of a search. */
export interface SearchVariable {
  readonly name: string;
  /** Modality of a latent; of a measured variable its table, or its name. */
  readonly source: string;
  readonly isLatent: boolean;
  /** False for latents without forms, which cannot be conditioned on. */
  readonly hasForms: boolean;
}

/** Returns the latents of a fold as variables. @param sources modality of each latent */
export function latentVariables({ units, forms }: HeldOutFold, sources: readonly string[]): Measured[] {
  return units.map((whole, i) => ({ whole, ...(forms[i] ?? { a: whole, b: whole }), source: sources[i] }));
}

/** Returns the variables without the units that lack one of them. */
export function complete(variables: readonly Measured[]): Measured[] {
  const count = variables[0].whole.length;
  const rows: number[] = [];
  for (let i = 0; i < count; i++) if (variables.every(({ whole }) => !Number.isNaN(whole[i]))) rows.push(i);
  if (rows.length === count) return [...variables];
  return variables.map(({ whole, a, b, source }) => {
    const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
    return { whole: at(whole), a: at(a), b: at(b), source };
  });
}

/** Returns the variables of some units. */
export function unitsAt(variables: readonly Measured[], rows: Int32Array): Measured[] {
  const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
  return variables.map(({ whole, a, b, source }) => ({ whole: at(whole), a: at(a), b: at(b), source }));
}
