// Sums over the subjects at risk, by which Cox regression goes from the last time to the first. Events at one time are
// ordered as Efron (1977) does: of d events, the k-th sees the other events with weight 1 − k/d.

import { Matrix } from 'ml-matrix';
import type { TimeGroup } from './survival-times.js';

/** A proportional-hazards model at some coefficients. */
export interface RiskModel {
  /** Columns × subjects. */
  readonly columns: readonly Float64Array[];
  /** Relative risk of each subject, exp(xβ). */
  readonly risks: Float64Array;
  /** Weight of each subject in the sums. Default: 1. */
  readonly weights?: Float64Array | undefined;
}

/** Weighted moments of the columns among the subjects at risk, for one of the events at a time. */
export interface RiskMoments {
  readonly group: TimeGroup;
  /** Mean weight of the events at the time. */
  readonly weight: number;
  /** Weighted sum of the risks. */
  readonly total: number;
  /** Share of the risk of the tied events that is left out. */
  readonly leftOut: number;
  readonly means: Float64Array;
  readonly covariance: Matrix;
}

/** Weighted sums over subjects. */
class Sums {
  total = 0;
  readonly first: Float64Array;
  readonly second: Matrix;

  constructor(readonly width: number) {
    this.first = new Float64Array(width);
    this.second = Matrix.zeros(width, width);
  }

  add({ columns, risks, weights }: RiskModel, subject: number): void {
    const risk = weights ? weights[subject] * risks[subject] : risks[subject];
    this.total += risk;
    for (let i = 0; i < this.width; i++) {
      const x = risk * columns[i][subject];
      this.first[i] += x;
      for (let j = 0; j <= i; j++) this.second.set(i, j, this.second.get(i, j) + x * columns[j][subject]);
    }
  }
}

/** Calls `visit` for each event, from the last time to the first. */
export function forEachEvent(
  groups: readonly TimeGroup[],
  model: RiskModel,
  visit: (moments: RiskMoments) => void,
): void {
  const width = model.columns.length;
  const atRisk = new Sums(width);
  for (let g = groups.length - 1; g >= 0; g--) {
    const group = groups[g];
    const { deaths, censored } = group;
    const tied = new Sums(width);
    for (const subject of censored) atRisk.add(model, subject);
    for (const subject of deaths) {
      atRisk.add(model, subject);
      tied.add(model, subject);
    }
    const { weights } = model;
    const weight = weights ? deaths.reduce((sum, subject) => sum + weights[subject], 0) / deaths.length : 1;
    for (let k = 0; k < deaths.length; k++) {
      const leftOut = k / deaths.length;
      const total = atRisk.total - leftOut * tied.total;
      const means = atRisk.first.map((sum, i) => (sum - leftOut * tied.first[i]) / total);
      const covariance = Matrix.zeros(width, width);
      for (let i = 0; i < width; i++) {
        for (let j = 0; j <= i; j++) {
          const square = (atRisk.second.get(i, j) - leftOut * tied.second.get(i, j)) / total;
          const value = square - means[i] * means[j];
          covariance.set(i, j, value);
          covariance.set(j, i, value);
        }
      }
      visit({ group, weight, total, leftOut, means, covariance });
    }
  }
}
