// Tests of differences between levels that allow every level its variance. They equal R's oneway.test, and Wald tests
// with the covariance of car's hccm (test/golden/make_associations.R).

import { inverse, Matrix } from 'ml-matrix';
import { fTail } from '../../causal/discovery/independence/distributions.js';
import { orthonormalBasis, without } from '../../evidence/causes/clustered-regression.js';
import { dot, mean } from '../../metrics/vectors.js';
import type { LinearTest } from './linear-tests.js';

type VarianceTest = Pick<LinearTest, 'degrees' | 'p' | 'statistic'>;

/**
 * Returns Welch's test that the means of all levels are equal (Welch 1951); undefined for one level, or for a level
 * without variance.
 */
export function welchTest(values: Float64Array, levels: Float64Array): VarianceTest | undefined {
  const groups = new Map<number, number[]>();
  for (const [i, level] of levels.entries()) groups.set(level, [...(groups.get(level) ?? []), values[i]]);
  const count = groups.size;
  const all = [...groups.values()].map((group) => {
    const middle = mean(group);
    const variance = group.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (group.length - 1);
    return { middle, size: group.length, weight: group.length / variance };
  });
  if (count < 2 || !all.every(({ weight }) => weight > 0 && Number.isFinite(weight))) return undefined;
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const centre = all.reduce((sum, { weight, middle }) => sum + weight * middle, 0) / total;
  const between = all.reduce((sum, { weight, middle }) => sum + weight * (middle - centre) ** 2, 0) / (count - 1);
  const spread = all.reduce((sum, { weight, size }) => sum + (1 - weight / total) ** 2 / (size - 1), 0);
  const inflation = spread / (count ** 2 - 1);
  const statistic = between / (1 + 2 * (count - 2) * inflation);
  const degrees = [count - 1, 1 / (3 * inflation)];
  return { statistic, degrees, p: fTail(statistic, degrees[0], degrees[1]) };
}

/**
 * Returns Wald's test of some columns in a regression of variables on them and covariates, with the covariance HC3
 * (MacKinnon & White 1985). For several variables, the degrees of freedom are those of Hotelling's T². The test does
 * not depend on the axes of the variables. Undefined if nothing can be tested.
 */
export function robustTest(
  variables: readonly Float64Array[],
  columns: readonly Float64Array[],
  covariates: readonly Float64Array[],
): VarianceTest | undefined {
  const count = variables[0].length;
  const basis = orthonormalBasis([new Float64Array(count).fill(1), ...covariates, ...columns]);
  const tested = basis.filter(({ position }) => position > covariates.length);
  const free = count - basis.length;
  const width = tested.length * variables.length;
  if (tested.length < 1 || free <= width) return undefined;
  const leverages = new Float64Array(count);
  for (const { values } of basis) for (let i = 0; i < count; i++) leverages[i] += values[i] ** 2;
  // A unit that alone determines a coefficient has no residual, and says nothing about the other coefficients.
  const scaled = variables.map((variable) =>
    without(variable, basis).map((residual, i) => (leverages[i] < 1 - 1e-9 ? residual / (1 - leverages[i]) : 0)),
  );
  const influences = variables.flatMap((_, v) =>
    tested.map(({ values }) => values.map((value, i) => value * scaled[v][i])),
  );
  const covariance = new Matrix(influences.map((one) => influences.map((other) => dot(one, other))));
  const estimates = Matrix.columnVector(
    variables.flatMap((variable) => tested.map(({ values }) => dot(values, variable))),
  );
  let inner: Matrix;
  try {
    inner = inverse(covariance);
  } catch {
    return undefined;
  }
  const chiSquare = estimates.transpose().mmul(inner).mmul(estimates).get(0, 0);
  if (!Number.isFinite(chiSquare)) return undefined;
  const second = variables.length > 1 ? free - width + 1 : free;
  const statistic = variables.length > 1 ? (chiSquare * second) / (free * width) : chiSquare / width;
  return { statistic, degrees: [width, second], p: fTail(statistic, width, second) };
}
