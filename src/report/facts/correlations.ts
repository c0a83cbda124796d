// Rank correlation of every latent with the columns of its modality. It shows the meaning of a latent. Associations
// with other modalities are in associations.ts.

import { isSize } from '../../data/kinds.js';
import { channelMeans } from '../../data/channel-means.js';
import type { Dataset } from '../../data/dataset.js';
import { presenceOf } from '../../data/presence.js';
import { column, selectRows, type Samples } from '../../metrics/index.js';
import { knownRanks, rankCorrelation } from '../../metrics/known-ranks.js';

/** Maximum number of subjects, enough for a standard error of 0.01. More subjects are sampled evenly. */
export const MAX_SUBJECTS = 10_000;

export interface ColumnCorrelations {
  readonly modality: string;
  readonly column: string;
  /**
   * Rank correlation with each latent, in the graph's order: Spearman's ρ if nothing is missing. NaN for latents of
   * other modalities.
   */
  readonly rho: readonly number[];
}

export interface Correlations {
  readonly subjects: number;
  readonly columns: readonly ColumnCorrelations[];
}

/**
 * Returns the correlations over subjects who have both column and modality. Ranks are among all who have the column, or
 * the latent's modality.
 * @param latents subjects × the graph's latents, in its order
 */
export function correlations({ ids, modalities }: Dataset, latents: Samples): Correlations {
  const subjects = evenly(ids.length, MAX_SUBJECTS);
  const present = modalities.flatMap((modality) => new Array<Uint8Array>(modality.latents).fill(presenceOf(modality)));
  const modalityOf = modalities.flatMap(({ name, latents: width }) => new Array<string>(width).fill(name));
  const ofLatents = selectRows(latents, subjects);
  const latentRanks = present.map((has, i) =>
    knownRanks(column(ofLatents, i).map((z, row) => (has[subjects[row]] === 1 ? z : NaN))),
  );
  return {
    subjects: subjects.length,
    // Images and series are represented by the means of their channels.
    columns: modalities
      .map((modality) => channelMeans(modality))
      .flatMap(({ name, columns, values, observed }) =>
        columns.flatMap((scale, c) => {
          if (isSize(scale.kind)) return [];
          const at = (row: number): number => row * columns.length + c;
          const ranks = knownRanks(
            Float64Array.from(subjects, (row) => (observed?.[at(row)] === 0 ? NaN : values[at(row)])),
          );
          return [
            {
              modality: name,
              column: scale.name,
              rho: latentRanks.map((other, i) => (modalityOf[i] === name ? rankCorrelation(ranks, other) : NaN)),
            },
          ];
        }),
      ),
  };
}

/** Returns at most `max` row numbers, evenly spread over `rows`. */
export function evenly(rows: number, max: number): Int32Array {
  const count = Math.min(rows, max);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
}
