// Tests if hazards are proportional: if the coefficients of a Cox regression change with time (Grambsch & Therneau
// 1994). As in R's cox.zph, it is a score test of x·g(t), where g is 1 minus the Kaplan–Meier estimate just before t.

import { inverse, Matrix } from 'ml-matrix';
import { chiSquareTail } from '../../causal/discovery/independence/distributions.js';
import { riskModel, type CoxEstimates, type CoxInput } from './cox.js';
import { forEachEvent } from './risk-sums.js';
import { timeGroups } from './survival-times.js';

export interface HazardsTest {
  readonly chiSquare: number;
  readonly degrees: number;
  readonly p: number;
}

export interface ProportionalHazards {
  /** A test of each column, given that the coefficients of the other columns are constant. */
  readonly columns: readonly HazardsTest[];
  /** A test of some columns together, by name. */
  readonly together: HazardsTest;
}

/** Returns the tests of a fitted regression. @param input the input of the regression */
export function proportionalHazards(
  { columns, ...outcome }: CoxInput,
  { linearPredictor }: Pick<CoxEstimates, 'linearPredictor'>,
): ProportionalHazards {
  const groups = timeGroups(outcome);
  const width = columns.length;
  const centred = columns.map((column) => {
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    return column.map((value) => value - mean);
  });
  const g = transformedTimes(outcome.times.length, groups);
  const score = new Float64Array(width);
  const [plain, once, twice] = [0, 0, 0].map(() => Matrix.zeros(width, width));
  forEachEvent(groups, riskModel(centred, linearPredictor), ({ group, means, covariance }) => {
    const at = g.get(group.time)!;
    for (const [i, column] of centred.entries()) {
      const observed = group.deaths.reduce((sum, subject) => sum + column[subject], 0) / group.deaths.length;
      score[i] += at * (observed - means[i]);
    }
    plain.add(covariance);
    once.add(Matrix.mul(covariance, at));
    twice.add(Matrix.mul(covariance, at * at));
  });
  const test = (tested: readonly number[]): HazardsTest => {
    // The variance of the score given the coefficients: the part of the information that they leave.
    const all = Array.from({ length: width }, (_, i) => i);
    const cross = once.selection([...tested], all);
    const left = Matrix.sub(
      twice.selection([...tested], [...tested]),
      cross.mmul(inverse(plain, true)).mmul(cross.transpose()),
    );
    const u = Matrix.columnVector(tested.map((i) => score[i]));
    const chiSquare = Math.max(0, u.transpose().mmul(inverse(left, true)).mmul(u).get(0, 0));
    return { chiSquare, degrees: tested.length, p: chiSquareTail(chiSquare, tested.length) };
  };
  return { columns: columns.map((_, i) => test([i])), together: test(columns.map((_, i) => i)) };
}

/** Returns g of each time with events, centred over the events. */
function transformedTimes(subjects: number, groups: ReturnType<typeof timeGroups>): ReadonlyMap<number, number> {
  let [atRisk, survival, sum, events] = [subjects, 1, 0, 0];
  const values = new Map<number, number>();
  for (const { time, deaths, censored } of groups) {
    if (deaths.length > 0) {
      values.set(time, 1 - survival);
      sum += deaths.length * (1 - survival);
      events += deaths.length;
      survival *= 1 - deaths.length / atRisk;
    }
    atRisk -= deaths.length + censored.length;
  }
  return new Map([...values].map(([time, value]) => [time, value - sum / events]));
}
