// Rank correlation of every latent with every observed column: what a latent stands for.

import { isSize } from '../../data/kinds.js';
import { channelMeans } from '../../data/channel-means.js';
import type { Dataset } from '../../data/dataset.js';
import { presenceOf } from '../../data/presence.js';
import { momentsOf } from '../../data/standardise.js';
import { averageRanks, column, selectRows, type Samples } from '../../metrics/index.js';

/** Enough for a standard error of 0.01; of more subjects an even sample is taken. */
const MAX_SUBJECTS = 10_000;

export interface ColumnCorrelations {
  readonly modality: string;
  readonly column: string;
  /** Rank correlation with each latent, in the graph's order: Spearman's ρ where nothing is missing. */
  readonly rho: readonly number[];
}

export interface Correlations {
  readonly subjects: number;
  readonly columns: readonly ColumnCorrelations[];
}

/**
 * Of ranks among those who have the column, or the latent's modality, over the subjects who have both.
 * @param latents subjects × the graph's latents, in its order
 */
export function correlations({ ids, modalities }: Dataset, latents: Samples): Correlations {
  const subjects = evenly(ids.length, MAX_SUBJECTS);
  const present = modalities.flatMap((modality) => new Array<Uint8Array>(modality.latents).fill(presenceOf(modality)));
  const ofLatents = selectRows(latents, subjects);
  const latentRanks = present.map((has, i) =>
    knownRanks(column(ofLatents, i).map((z, row) => (has[subjects[row]] === 1 ? z : NaN))),
  );
  return {
    subjects: subjects.length,
    // Of pictures and series the means of their channels.
    columns: modalities.map(channelMeans).flatMap(({ name, columns, values, observed }) =>
      columns.flatMap((scale, c) => {
        if (isSize(scale.kind)) return [];
        const at = (row: number): number => row * columns.length + c;
        const ranks = knownRanks(
          Float64Array.from(subjects, (row) => (observed?.[at(row)] === 0 ? NaN : values[at(row)])),
        );
        return [{ modality: name, column: scale.name, rho: latentRanks.map((other) => correlation(ranks, other)) }];
      }),
    ),
  };
}

interface KnownRanks {
  /** NaN where there is no value. */
  readonly ranks: Float64Array;
  readonly isComplete: boolean;
}

function knownRanks(values: Float64Array): KnownRanks {
  const known = values.filter((value) => !Number.isNaN(value));
  const ranks = standardRanks(known);
  if (known.length === values.length) return { ranks, isComplete: true };
  let next = 0;
  return { ranks: values.map((value) => (Number.isNaN(value) ? NaN : ranks[next++])), isComplete: false };
}

/** Pearson's, over the rows at which neither is missing; 0 where one does not vary there. */
function correlation(a: KnownRanks, b: KnownRanks): number {
  if (a.isComplete && b.isComplete) return dot(a.ranks, b.ranks);
  const rows = Int32Array.from([...a.ranks.keys()].filter((row) => !Number.isNaN(a.ranks[row] + b.ranks[row])));
  const [first, second] = [momentsOf(a.ranks, rows), momentsOf(b.ranks, rows)];
  if (!(first.sd * second.sd > 0)) return 0;
  const product = rows.reduce((sum, row) => sum + (a.ranks[row] - first.mean) * (b.ranks[row] - second.mean), 0);
  return product / (rows.length * first.sd * second.sd);
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
