// A score of DAGs that is a sum over variables, each with its parents.

import type { Variable } from '../causal-graph.js';

/** Larger is better. */
export interface LocalScore {
  readonly variables: readonly Variable[];
  /** Number of rows behind it. */
  readonly rows: number;
  /** @param parents ascending positions */
  score(variable: number, parents: readonly number[]): number;
}
