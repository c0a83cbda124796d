// The log-rank test: if groups of subjects have the same survival. Equal to R's survdiff.

import { inverse, Matrix } from 'ml-matrix';
import { chiSquareTail } from '../../causal/discovery/independence/distributions.js';
import { timeGroups, type SurvivalTimes } from './survival-times.js';

export interface LogRank {
  /** By group. */
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  readonly chiSquare: number;
  readonly degrees: number;
  readonly p: number;
}

/** Compares groups. @param groups position of the group of each subject, from 0 */
export function logRank(outcome: SurvivalTimes, groups: ArrayLike<number>): LogRank {
  const count = 1 + Array.from(groups).reduce((max, group) => Math.max(max, group), 0);
  const atRisk = new Float64Array(count);
  for (let i = 0; i < outcome.times.length; i++) atRisk[groups[i]]++;
  const [observed, expected] = [new Float64Array(count), new Float64Array(count)];
  const variance = Matrix.zeros(count, count);
  for (const { deaths, censored } of timeGroups(outcome)) {
    const total = atRisk.reduce((sum, value) => sum + value, 0);
    const events = deaths.length;
    for (const subject of deaths) observed[groups[subject]]++;
    const scale = total > 1 ? (events * (total - events)) / (total - 1) : 0;
    for (let i = 0; i < count; i++) {
      const share = atRisk[i] / total;
      expected[i] += events * share;
      for (let j = 0; j < count; j++) {
        const value = scale * share * (Number(i === j) - atRisk[j] / total);
        variance.set(i, j, variance.get(i, j) + value);
      }
    }
    for (const subject of [...deaths, ...censored]) atRisk[groups[subject]]--;
  }
  // Groups in which no event is possible add nothing. One of the others follows from the rest.
  const possible = [...expected.keys()].filter((group) => expected[group] > 0);
  const tested = possible.slice(1);
  if (tested.length === 0) return { observed, expected, chiSquare: 0, degrees: 0, p: NaN };
  const difference = Matrix.columnVector(tested.map((group) => observed[group] - expected[group]));
  const chiSquare = difference
    .transpose()
    .mmul(inverse(variance.selection(tested, tested), true))
    .mmul(difference)
    .get(0, 0);
  return { observed, expected, chiSquare, degrees: tested.length, p: chiSquareTail(chiSquare, tested.length) };
}
