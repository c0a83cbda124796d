// A score of DAGs that is a sum of local scores: one for each variable and its parents.

import type { Variable } from '../causal-graph.js';

/** For each intervention, the positions of the variables that it sets. */
export type Targets = readonly (readonly number[])[];

/** A local score. Larger is better. */
export interface LocalScore {
  readonly variables: readonly Variable[];
  /** Interventions that the score distinguishes; none when left out. */
  readonly targets?: Targets;
  /** Number of rows that it is computed from. */
  readonly rows: number;
  /** @param parents ascending positions */
  score(variable: number, parents: readonly number[]): number;
}
