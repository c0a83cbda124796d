// Which pairs of modalities are related: Bartlett's test of the canonical correlations between their latents in
// held-out subjects. If the latents of a modality read only its columns, they are independent of other modalities in
// shuffled subjects.

import { groupMeans, rowsByGroup, areRepetitions } from '../data/split.js';
import type { Samples } from '../metrics/index.js';
import { canonicalTest, holm } from '../quality/index.js';
import type { ComparedData } from './compared-data.js';

/** p below which a pair counts as related. */
export const RELATED = 0.05;

export interface Relation {
  readonly first: string;
  readonly second: string;
  /** Number of held-out subjects, or groups of repeated rows, who have both modalities. */
  readonly subjects: number;
  /** Largest canonical correlation. */
  readonly correlation: number;
  readonly p: number;
  /** p corrected for the number of pairs (Holm). */
  readonly corrected: number;
}

/** Returns the pairs that enough subjects have to be tested. */
export function relations(
  { modalities, groups }: Pick<ComparedData, 'modalities' | 'groups'>,
  latents: readonly Samples[],
  rows: Int32Array,
): Relation[] {
  const tested = modalities.flatMap(({ name: first }, a) =>
    modalities.slice(a + 1).flatMap(({ name: second }, offset) => {
      const pair = [latents[a], latents[a + 1 + offset]];
      const [one, other] = columnsOf(pair, rows, groups);
      const subjects = one[0].length;
      if (subjects <= one.length + other.length + 2) return [];
      const { correlations, p } = canonicalTest(one, other, subjects);
      return [{ first, second, subjects, correlation: correlations[0] ?? 0, p }];
    }),
  );
  const corrected = holm(tested.map(({ p }) => p));
  return tested.map((pair, i) => ({ ...pair, corrected: corrected[i] }));
}

/** Returns the columns of both modalities for the rows that have both: means of groups if rows are repetitions. */
function columnsOf(
  pair: readonly Samples[],
  rows: Int32Array,
  groups: readonly string[] | undefined,
): Float64Array[][] {
  const known = Array.from(rows).filter((row) =>
    pair.every(({ values, columns }) => !Number.isNaN(values[row * columns])),
  );
  const columns = pair.map(({ values, columns: count }) =>
    Array.from({ length: count }, (_, k) => Float64Array.from(known, (row) => values[row * count + k])),
  );
  if (!areRepetitions(groups)) return columns;
  const members = [...rowsByGroup(known.map((row) => groups[row])).values()];
  return columns.map((ofModality) => ofModality.map((values) => groupMeans(values, members)));
}
