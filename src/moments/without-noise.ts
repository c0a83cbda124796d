// Takes the covariance of measurement noise out of values, from their moments at every combination of levels.

import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { causeTerms, selectCauses, termCount, type Cause } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import { Factor } from '../metrics/triangular.js';
import { combinationsOf } from './moments-of-causes.js';

/**
 * Largest share of the variance of a direction that counts as noise. Beyond it, errors of a tenth in either variance
 * would leave nothing. On the light tunnel, whose third colour has a share of 0.95, 0.9 and 0.95 gave the same latents.
 */
const MAX_SHARE = 0.9;
/** Subjects in addition to two per number of a regression that a combination needs for separate moments. */
const MIN_SUBJECTS = 10;

/**
 * Returns the linear map (I − N S⁻¹)^power of values with covariance S and noise covariance N. Power 1: the posterior
 * mean of the values without noise, in a Gaussian model. Power ½: values whose covariance is S − N. The noise of
 * directions in which it is more than 90 % of the variance counts as 90 %.
 * @param covariance S, positive definite
 */
export function withoutNoiseMap(covariance: Matrix, noise: Matrix, power: 1 | 0.5): Matrix {
  const factor = new Factor(covariance, 0);
  if (!factor.isPositiveDefinite) return Matrix.eye(covariance.rows);
  const inner = factor.forward(noise);
  const shares = factor.forward(inner.transpose());
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(shares, { assumeSymmetric: true });
  const retained = realEigenvalues.map((share) => (1 - Math.min(MAX_SHARE, Math.max(0, share))) ** power);
  // L U diag(retained) Uᵀ L⁻¹ is (L⁻ᵀ U diag(retained) Uᵀ Lᵀ)ᵀ, and S L⁻ᵀ is L.
  const turned = factor.backward(eigenvectorMatrix);
  const scaled = turned.clone().mulRowVector(retained);
  return covariance.mmul(scaled).mmul(turned.transpose());
}

/**
 * Returns values without their noise: within each combination of levels of categorical causes, and given the terms of
 * all causes, their covariance is S − N; their means are the same. A search on moments, and flows that are trained on
 * the values, then find what holds for values without noise. Posterior means would have too little variance, by another
 * share at every level.
 *
 * The noise must be independent of the values, and the same at all levels. Combinations with few subjects use the
 * covariance within all combinations together.
 * @param values subjects × D
 * @param noise N, D × D
 * @param rows subjects from which moments are computed
 * @throws InputError `lengths-differ`
 */
export function withoutNoise(
  values: Float32Array,
  causes: readonly Cause[],
  noise: Matrix,
  rows: Int32Array,
): Float32Array {
  const latents = noise.rows;
  const subjects = causes[0].values.length;
  if (values.length !== subjects * latents) {
    throw new InputError('lengths-differ', `values must have ${subjects} × ${latents} elements, not ${values.length}`);
  }
  const width = termCount(causes);
  const terms = causeTerms(causes);
  const among = new Set(rows);
  const all = Int32Array.from({ length: subjects }, (_, row) => row);
  const result = values.slice();
  const pooled = Matrix.zeros(latents, latents);
  let count = 0;
  const fits = combinationsOf(selectCauses(causes, all), subjects).map((combination) => {
    const chosen = combination.rows.filter((row) => among.has(row));
    const fit = regression(values, terms, chosen, { latents, width });
    if (chosen.length > 0) pooled.add(fit.covariance.clone().mul(chosen.length));
    count += chosen.length;
    return { ...fit, members: combination.rows, chosen };
  });
  pooled.div(Math.max(1, count));
  for (const { covariance, expected, members, chosen } of fits) {
    const isLarge = chosen.length >= MIN_SUBJECTS + 2 * (latents + width);
    const map = withoutNoiseMap(isLarge ? covariance : pooled, noise, 0.5);
    for (const row of members) {
      const mean = expected(row);
      const rest = Array.from({ length: latents }, (_, i) => values[row * latents + i] - mean[i]);
      for (let i = 0; i < latents; i++) {
        result[row * latents + i] = rest.reduce((sum, value, j) => sum + map.get(i, j) * value, mean[i]);
      }
    }
  }
  return result;
}

/** Regression of values on the terms that vary among some subjects. */
function regression(
  values: Float32Array,
  terms: Float32Array,
  rows: readonly number[],
  { latents, width }: { readonly latents: number; readonly width: number },
): { covariance: Matrix; expected: (row: number) => number[] } {
  const varying = Array.from({ length: width }, (_, t) => t).filter((t) =>
    rows.some((row) => terms[row * width + t] !== terms[rows[0] * width + t]),
  );
  const numbers = 1 + varying.length;
  const of = (row: number): number[] => [1, ...varying.map((t) => terms[row * width + t])];
  const [products, cross] = [Matrix.zeros(numbers, numbers), Matrix.zeros(numbers, latents)];
  for (const row of rows) {
    const read = of(row);
    for (let a = 0; a < numbers; a++) {
      for (let b = 0; b < numbers; b++) products.set(a, b, products.get(a, b) + read[a] * read[b]);
      for (let i = 0; i < latents; i++) cross.set(a, i, cross.get(a, i) + read[a] * values[row * latents + i]);
    }
  }
  const isFitted = rows.length > 2 * numbers;
  const weights = isFitted ? inverse(products.add(Matrix.eye(numbers).mul(1e-9 * rows.length))).mmul(cross) : cross;
  if (!isFitted) weights.div(Math.max(1, rows.length));
  const expected = (row: number): number[] => {
    const read = of(row);
    const used = isFitted ? numbers : 1;
    return Array.from({ length: latents }, (_, i) => {
      let sum = 0;
      for (let a = 0; a < used; a++) sum += read[a] * weights.get(a, i);
      return sum;
    });
  };
  const covariance = Matrix.zeros(latents, latents);
  for (const row of rows) {
    const mean = expected(row);
    const rest = mean.map((value, i) => values[row * latents + i] - value);
    for (let i = 0; i < latents; i++) {
      for (let j = 0; j < latents; j++) covariance.set(i, j, covariance.get(i, j) + (rest[i] * rest[j]) / rows.length);
    }
  }
  return { covariance, expected };
}
