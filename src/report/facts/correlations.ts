// Rank correlation of every latent with every observed column: what a latent stands for.

import type { Dataset } from '../../data/dataset.js';
import { averageRanks } from '../../metrics/index.js';

/** Enough for a standard error of 0.01; more subjects are picked from evenly. */
const MOST_SUBJECTS = 10_000;

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

/** @param latents subjects × `width`, of which the first entries of `entries` are the graph's latents in its order */
export function correlations(
  dataset: Dataset,
  latents: Float32Array,
  width: number,
  entries: readonly number[],
): Correlations {
  const rows = evenly(dataset.ids.length, MOST_SUBJECTS);
  const column = (values: Float32Array, columns: number, c: number) =>
    standardRanks(Float64Array.from(rows, (row) => values[row * columns + c]));
  const ranks = entries.map((entry) => column(latents, width, entry));
  return {
    subjects: rows.length,
    columns: dataset.modalities.flatMap(({ name, columns, values }) =>
      columns.map((scale, c) => {
        const own = column(values, columns.length, c);
        return { modality: name, column: scale.name, rho: ranks.map((other) => dot(own, other)) };
      }),
    ),
  };
}

/** At most `most` row numbers, evenly spread over `rows`. */
export function evenly(rows: number, most: number): Int32Array {
  const taken = Math.min(rows, most);
  return Int32Array.from({ length: taken }, (_, i) => Math.floor((i * rows) / taken));
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
