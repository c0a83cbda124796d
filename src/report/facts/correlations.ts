// Rank correlation of every latent with every observed column: what a latent stands for.

import type { Dataset } from '../../data/dataset.js';
import { averageRanks, column, selectRows, type Samples } from '../../metrics/index.js';

/** Enough for a standard error of 0.01; of more subjects an even sample is taken. */
const MAX_SUBJECTS = 10_000;

export interface ColumnCorrelations {
  readonly modality: string;
  readonly column: string;
  /** Spearman's ρ with each latent, in the graph's order. */
  readonly rho: readonly number[];
}

export interface Correlations {
  readonly subjects: number;
  readonly columns: readonly ColumnCorrelations[];
}

/** @param latents subjects × the graph's latents, in its order */
export function correlations({ ids, modalities }: Dataset, latents: Samples): Correlations {
  const subjects = evenly(ids.length, MAX_SUBJECTS);
  const ranksOf = (samples: Samples) => {
    const selected = selectRows(samples, subjects);
    return Array.from({ length: samples.columns }, (_, c) => standardRanks(column(selected, c)));
  };
  const latentRanks = ranksOf(latents);
  return {
    subjects: subjects.length,
    columns: modalities.flatMap(({ name, columns, values }) =>
      ranksOf({ values, rows: ids.length, columns: columns.length }).map((ranks, c) => ({
        modality: name,
        column: columns[c].name,
        rho: latentRanks.map((other) => dot(ranks, other)),
      })),
    ),
  };
}

/** At most `max` row numbers, evenly spread over `rows`. */
export function evenly(rows: number, max: number): Int32Array {
  const count = Math.min(rows, max);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
}

/** Ranks with mean 0 and length 1; all 0 for a column that does not vary. */
export function standardRanks(values: Float64Array): Float64Array {
  const ranks = averageRanks(values);
  const mean = (values.length + 1) / 2;
  let square = 0;
  for (const rank of ranks) square += (rank - mean) ** 2;
  const length = Math.sqrt(square);
  return ranks.map((rank) => (length === 0 ? 0 : (rank - mean) / length));
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
