// Harrell's concordance: the share of comparable pairs of subjects in which the one with the higher score has the event
// first. Pairs with equal scores count one half. The standard error is that of the infinitesimal jackknife. Equal to
// R's concordance with reverse = TRUE.

import { timeGroups, type SurvivalTimes } from './survival-times.js';

export interface Concordance {
  readonly concordance: number;
  readonly standardError: number;
  /** Number of comparable pairs. */
  readonly pairs: number;
}

/** Counts of the ranks that were added, by binary indexing (Fenwick 1994). */
class RankCounts {
  readonly #sums: Float64Array;
  total = 0;

  constructor(size: number) {
    this.#sums = new Float64Array(size + 1);
  }

  add(rank: number): void {
    this.total++;
    for (let at = rank + 1; at < this.#sums.length; at += at & -at) this.#sums[at]++;
  }

  /** Returns the number of ranks below. */
  below(rank: number): number {
    let sum = 0;
    for (let at = rank; at > 0; at -= at & -at) sum += this.#sums[at];
    return sum;
  }

  /** Returns the number of ranks below, and half of those that are equal. */
  upTo(rank: number): number {
    return (this.below(rank) + this.below(rank + 1)) / 2;
  }
}

/** For each subject: the number of its comparable pairs, and how many of them are concordant. */
interface PairCounts {
  readonly pairs: Float64Array;
  readonly agree: Float64Array;
}

/** Returns the concordance; undefined if no pair is comparable. @param scores a higher score means an earlier event */
export function concordance(outcome: SurvivalTimes, scores: Float64Array): Concordance | undefined {
  return summary([pairCounts(outcome, scores)]);
}

/** Returns the concordance of the pairs within strata. @param strata stratum of each subject */
export function stratifiedConcordance(
  { times, events }: SurvivalTimes,
  scores: Float64Array,
  strata: ArrayLike<number>,
): Concordance | undefined {
  const rows = [...scores.keys()];
  return summary(
    [...new Set(Array.from(strata))].map((stratum) => {
      const members = rows.filter((row) => strata[row] === stratum);
      const of = (values: ArrayLike<number>) => Float64Array.from(members, (row) => values[row]);
      return pairCounts({ times: of(times), events: of(events) }, of(scores));
    }),
  );
}

function pairCounts(outcome: SurvivalTimes, scores: Float64Array): PairCounts {
  const levels = new Float64Array(new Set(scores)).sort();
  const rankOf = new Map(Array.from(levels, (value, rank) => [value, rank]));
  const ranks = Array.from(scores, (score) => rankOf.get(score)!);
  const groups = timeGroups(outcome);
  const [pairs, agree] = [new Float64Array(scores.length), new Float64Array(scores.length)];
  const later = new RankCounts(levels.length);
  for (const { deaths, censored } of [...groups].reverse()) {
    // A subject who was last observed at the time of an event has its event later.
    for (const subject of censored) later.add(ranks[subject]);
    for (const subject of deaths) {
      pairs[subject] += later.total;
      agree[subject] += later.upTo(ranks[subject]);
    }
    for (const subject of deaths) later.add(ranks[subject]);
  }
  const earlier = new RankCounts(levels.length);
  for (const { deaths, censored } of groups) {
    const count = (subject: number) => {
      pairs[subject] += earlier.total;
      agree[subject] += earlier.total - earlier.upTo(ranks[subject]);
    };
    for (const subject of deaths) count(subject);
    for (const subject of deaths) earlier.add(ranks[subject]);
    for (const subject of censored) count(subject);
  }
  return { pairs, agree };
}

function summary(strata: readonly PairCounts[]): Concordance | undefined {
  const total = (of: (counts: PairCounts) => number) => strata.reduce((sum, counts) => sum + of(counts), 0);
  const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
  const all = total(({ pairs }) => sum(pairs)) / 2;
  if (all === 0) return undefined;
  const share = total(({ agree }) => sum(agree)) / 2 / all;
  const square = total(({ pairs, agree }) => {
    return pairs.reduce((squares, count, subject) => squares + (agree[subject] - share * count) ** 2, 0);
  });
  return { concordance: share, standardError: Math.sqrt(square) / all, pairs: all };
}
