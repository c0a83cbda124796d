// Measurement noise of linear encodings: its covariance follows from the residuals of the columns, and what is left is
// the covariance of the true values.

import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { leastSquares } from '../../src/linear/index.js';
import type { Samples } from '../../src/metrics/index.js';
import { noiseOf } from '../../src/training/measurement-noise.js';
import { generator, normals } from '../fixtures/numbers.js';

const ROWS = 20_000;
const samplesOf = (matrix: Matrix): Samples => {
  const { rows, columns } = matrix;
  return { values: Float64Array.from(matrix.to1DArray()), rows, columns };
};

/** Draws two correlated numbers and columns x = z Λ + ε; encodings are the generalised least squares of z. */
function measured(sds: readonly number[], seed: number) {
  const normal = normals(generator(seed));
  const drawn = (rows: number, columns: number) =>
    new Matrix(rows, columns).apply(function fill(this: Matrix, i, j) {
      this.set(i, j, normal());
    });
  const z = drawn(ROWS, 2).mmul(
    new Matrix([
      [1, 0.6],
      [0, 0.8],
    ]),
  );
  const loadings = drawn(2, sds.length);
  const x = z.mmul(loadings).add(drawn(ROWS, sds.length).mulRowVector([...sds]));
  const weighted = loadings.clone().divRowVector(sds.map((sd) => sd ** 2));
  const information = weighted.mmul(loadings.transpose());
  const v = leastSquaresOf(x, weighted, information);
  return { z, x, v, noise: inverseOf(information), fitted: v.mmul(leastSquares(v, x)) };
}

const inverseOf = (matrix: Matrix): Matrix => {
  const [[a, b], [c, d]] = matrix.to2DArray();
  return new Matrix([
    [d, -b],
    [-c, a],
  ]).div(a * d - b * c);
};
const leastSquaresOf = (x: Matrix, weighted: Matrix, information: Matrix): Matrix =>
  x.mmul(weighted.transpose()).mmul(inverseOf(information));

describe('noise of encodings', () => {
  test.each([
    ['the same in all columns', [0.5, 0.5, 0.5, 0.5, 0.5]],
    ['different', [0.3, 0.6, 0.9, 0.4, 0.5, 0.7, 0.8, 0.3, 0.6, 0.5, 0.4, 0.9]],
  ])('%s: covariance and posterior mean', (_, sds) => {
    const { z, x, v, noise, fitted } = measured(sds, sds.length);
    const result = noiseOf(samplesOf(v), samplesOf(x), samplesOf(fitted))!;
    // Within 5 % of the larger variance.
    const scale = Math.max(...noise.diagonal());
    for (const i of [0, 1]) {
      for (const j of [0, 1]) {
        expect(Math.abs(result.covariance.get(i, j) - noise.get(i, j))).toBeLessThan(0.05 * scale);
      }
    }
    const clean = v.transpose().mmul(v).div(ROWS).sub(result.covariance);
    const truth = z.transpose().mmul(z).div(ROWS);
    for (const i of [0, 1]) for (const j of [0, 1]) expect(clean.get(i, j)).toBeCloseTo(truth.get(i, j), 1);
    // The best linear prediction of z from x.
    const best = leastSquares(v, z).transpose();
    for (const i of [0, 1]) for (const j of [0, 1]) expect(result.toMean.get(i, j)).toBeCloseTo(best.get(i, j), 1);
  });

  test('one encoding per column shows none', () => {
    const { x } = measured([0.5, 0.5], 1);
    expect(noiseOf(samplesOf(x), samplesOf(x), samplesOf(x))).toBeUndefined();
  });
});
