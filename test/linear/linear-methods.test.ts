// Linear methods between modalities, compared with scikit-learn and SciPy (golden/make_linear.py). Also the choices of
// cross-validation, and pooled R².

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { centredMatrix, linearMethods, type LinearMethodName } from '../../src/linear/index.js';
import { principalComponents, type Components } from '../../src/linear/components.js';
import { leadingEigenpairs, leadingTriplets } from '../../src/linear/leading.js';
import {
  canonicalCorrelation,
  partialLeastSquares,
  principalComponentRegression,
  reducedRankRegression,
} from '../../src/linear/methods.js';
import { Moments } from '../../src/linear/moments.js';
import { residual, type Prediction } from '../../src/linear/prediction.js';
import { pooledR2, type Samples } from '../../src/metrics/index.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface Golden {
  k: number;
  components: number;
  shrinkage: number;
  ridge: number;
  cases: {
    name: string;
    train: number;
    columns: [number, number];
    x: number[];
    y: number[];
    r2: Record<LinearMethodName, { train: number; heldOut: number }>;
    predicted: Record<LinearMethodName, number[]>;
    classical?: number[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/linear.json', import.meta.url), 'utf8')) as Golden;
const { k } = golden;

function samples(values: readonly number[], columns: number): Samples {
  return { values: Float64Array.from(values), rows: values.length / columns, columns };
}

const rowsOf = ({ values, columns }: Samples, from: number, to?: number): Samples =>
  samples([...values.slice(from * columns, to === undefined ? undefined : to * columns)], columns);

/** Predictions of all columns of y for all subjects. */
function predict(x: Samples, train: Components, other: Components, { weights, readOut }: Prediction): Samples {
  const numbers = centredMatrix(x, train.centre).mmul(train.loadings).mmul(weights);
  const predicted = numbers
    .mmul(readOut)
    .mmul(other.loadings.transpose())
    .addRowVector([...other.centre]);
  return samples(predicted.to1DArray(), predicted.columns);
}

/** Rows × columns of normal numbers. */
function noise(rows: number, columns: number, seed: number): Matrix {
  const random = new RandomStream(seed, 0);
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => random.normal()),
  );
}

const table = (matrix: Matrix): Samples => samples(matrix.to1DArray(), matrix.columns);

describe.each(golden.cases)('$name tables', ({ train, columns: [width, other], r2, predicted, classical, ...data }) => {
  const x = samples(data.x, width);
  const y = samples(data.y, other);
  const predictors = principalComponents(rowsOf(x, 0, train), 100);
  const responses = principalComponents(rowsOf(y, 0, train), 100);
  const moments = Moments.of(joined());
  const width0 = predictors.scores.columns;
  const products = moments.about(moments.mean);
  const x0 = Array.from({ length: width0 }, (_, i) => i);
  const y0 = Array.from({ length: responses.scores.columns }, (_, i) => width0 + i);
  const sides = {
    xx: products.selection(x0, x0),
    xy: products.selection(x0, y0),
    yy: products.selection(y0, y0),
  };
  const { components, shrinkage, ridge } = golden;

  function joined(): Matrix {
    const both = Matrix.zeros(train, predictors.scores.columns + responses.scores.columns);
    both.setSubMatrix(predictors.scores, 0, 0);
    both.setSubMatrix(responses.scores, 0, predictors.scores.columns);
    return both;
  }

  test.each<[LinearMethodName, () => Prediction]>([
    ['PCA', () => principalComponentRegression(sides, k)],
    ['PLS', () => partialLeastSquares(sides, k)],
    ['CCA', () => canonicalCorrelation(sides, k, { components, shrinkage })],
    ['reduced-rank regression', () => reducedRankRegression(sides, k, { ridge })],
  ])('%s gives the predictions and the pooled R² of Python', (name, fit) => {
    const prediction = fit();
    const all = predict(x, predictors, responses, prediction);
    const first = rowsOf(all, train, train + 1);
    predicted[name].forEach((value, j) => {
      expect(first.values[j]).toBeCloseTo(value, 5);
    });
    expect(pooledR2(rowsOf(y, 0, train), rowsOf(all, 0, train), responses.centre)).toBeCloseTo(r2[name].train, 7);
    expect(pooledR2(rowsOf(y, train), rowsOf(all, train), responses.centre)).toBeCloseTo(r2[name].heldOut, 6);
    const total = sides.yy.trace();
    expect(1 - residual(prediction, sides) / total).toBeCloseTo(r2[name].train, 7);
  });

  if (classical !== undefined) {
    test('CCA without shrinkage on all components equals classical CCA', () => {
      const all = predict(x, predictors, responses, canonicalCorrelation(sides, k, { components: 100, shrinkage: 0 }));
      const first = rowsOf(all, train, train + 1);
      classical.forEach((value, j) => {
        expect(first.values[j]).toBeCloseTo(value, 4);
      });
    });
  }
});

describe('leading eigenpairs', () => {
  test('of a large matrix come from iteration and equal those of a complete decomposition', () => {
    // 30 strong directions in 260 dimensions.
    const strong = noise(260, 30, 1).mulRowVector(Array.from({ length: 30 }, (_, i) => 30 - i));
    const matrix = strong.mmul(strong.transpose());
    const { values, vectors } = leadingEigenpairs(matrix, 20);
    values.forEach((value, i) => {
      const vector = vectors.getColumnVector(i);
      const error = Matrix.sub(matrix.mmul(vector), Matrix.mul(vector, value)).norm();
      expect(error / value).toBeLessThan(1e-6);
      if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]);
    });
  });

  test('of a matrix of low rank include no triplet of singular value 0', () => {
    const matrix = noise(12, 2, 2).mmul(noise(2, 5, 3));
    const { left, values, right } = leadingTriplets(matrix, 4);
    expect(values).toHaveLength(2);
    const again = Matrix.mul(left, 1)
      .mulRowVector([...values])
      .mmul(right.transpose());
    expect(Matrix.sub(again, matrix).norm()).toBeLessThan(1e-9);
    expect(leadingTriplets(Matrix.zeros(3, 4), 2).values).toEqual([]);
  });
});

describe('the comparison', () => {
  test('predicts held-out columns well with all methods if there is a strong shared factor', async () => {
    const factor = noise(200, 1, 4);
    const sides = [5, 6, 7].map((seed, m) => {
      const loading = noise(1, 8 + m, seed + 10);
      return table(factor.mmul(loading).add(noise(200, 8 + m, seed).mul(0.5)));
    });
    const methods = await linearMethods(
      sides.map((side) => rowsOf(side, 0, 150)),
      [1, 1, 1],
    );
    for (const [m, ofModality] of methods.entries()) {
      expect(ofModality.map(({ name }) => name)).toEqual(['PCA', 'PLS', 'CCA', 'reduced-rank regression']);
      const otherSides = sides.filter((_, i) => i !== m);
      const rows = Array.from({ length: 50 }, (_, i) => 150 + i);
      const actual = table(
        new Matrix(rows.map((row) => otherSides.flatMap((o) => [...rowsOf(o, row, row + 1).values]))),
      );
      for (const { weights, readOut } of ofModality) {
        expect([weights.rows, readOut.columns]).toEqual([sides[m].columns, actual.columns]);
        const zero = new Array<number>(sides[m].columns).fill(0);
        const predicted = table(centredMatrix(rowsOf(sides[m], 150), zero).mmul(weights).mmul(readOut));
        const share = pooledR2(actual, predicted, new Float64Array(actual.columns))!;
        expect(share).toBeGreaterThan(0.6);
      }
    }
  });

  test('chooses strong shrinkage and a large ridge for many columns and weak shared factors', async () => {
    const factor = noise(40, 1, 20);
    const side = (seed: number) =>
      table(
        factor
          .mmul(noise(1, 60, seed))
          .mul(0.4)
          .add(noise(40, 60, seed + 1)),
      );
    const [[, , canonical, reduced]] = await linearMethods([side(21), side(23)], [2, 2]);
    expect(canonical.setting['shrinkage']).toBeGreaterThanOrEqual(0.1);
    expect(reduced.setting['ridge']).toBeGreaterThanOrEqual(0.1);
    const strong = (seed: number) =>
      table(
        noise(400, 3, 30)
          .mmul(noise(3, 6, seed))
          .add(noise(400, 6, seed + 1)),
      );
    const [[, , , plain]] = await linearMethods([strong(31), strong(33)], [2, 2]);
    expect(plain.setting['ridge']).toBeLessThanOrEqual(0.03);
  });

  test('is deterministic, and stops when aborted', async () => {
    const sides = [table(noise(30, 4, 40)), table(noise(30, 5, 41))];
    const [once, again] = [await linearMethods(sides, [2, 2]), await linearMethods(sides, [2, 2])];
    expect(again.flat().map(({ weights }) => weights.to1DArray())).toEqual(
      once.flat().map(({ weights }) => weights.to1DArray()),
    );
    await expect(linearMethods(sides, [2, 2], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });

  test('gives finite weights for more latents than columns, constant columns and few subjects', async () => {
    const sides = [table(noise(6, 2, 50)), table(Matrix.zeros(6, 3)), table(noise(6, 4, 51))];
    const methods = await linearMethods(sides, [5, 1, 1]);
    expect(methods.map((ofModality) => ofModality.length)).toEqual([4, 0, 4]);
    for (const { weights, readOut } of methods.flat()) {
      expect([...weights.to1DArray(), ...readOut.to1DArray()].every(Number.isFinite)).toBe(true);
    }
  });
});

describe('pooled R²', () => {
  test('is one share of the total sum of squares and not a mean over columns', () => {
    // Column 2 hardly varies: its R² alone would be 1 − 1/0.0001.
    const actual = samples([1, 0.01, -1, 0.01], 2);
    const predicted = samples([1, 0.01, -1, 1.01], 2);
    expect(pooledR2(actual, predicted, [0, 0])).toBeCloseTo(1 - 1 / 2.0002, 12);
  });

  test('is relative to the centre, and ignores missing values', () => {
    const actual = samples([3, 5], 1);
    expect(pooledR2(actual, samples([2, 2], 1), [2])).toBe(0);
    expect(pooledR2(actual, samples([3, 2], 1), [2], Uint8Array.of(1, 0))).toBe(1);
    expect(pooledR2(actual, samples([9, 9], 1), [4])).toBe(1 - (36 + 16) / 2);
  });

  test('is null if nothing varies or a prediction is not finite', () => {
    expect(pooledR2(samples([2, 2], 1), samples([1, 1], 1), [2])).toBeNull();
    expect(pooledR2(samples([2, 3], 1), samples([NaN, 1], 1), [2])).toBeNull();
  });
});
