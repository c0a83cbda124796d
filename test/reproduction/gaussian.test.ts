// A Gaussian over columns with missing cells, checked against NumPy and scikit-learn (golden/make_gaussian.py): its
// moments, its predictions of missing cells, and its shrinkage.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { chooseGaussian, hiddenFolds } from '../../src/linear/choose-gaussian.js';
import { fitGaussian, Gaussian, type PartialTable } from '../../src/linear/gaussian.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface MomentsGolden {
  mean: number[];
  covariance: number[];
}

interface Golden {
  rows: number;
  columns: number;
  shrinkage: number;
  complete: number[];
  x: number[];
  observed: number[];
  three: MomentsGolden;
  settled: MomentsGolden;
  conditional: { mean: number[]; sd: number[] };
  regression: { new: number[]; predicted: number[]; sd: number };
}

const golden = JSON.parse(readFileSync(new URL('../golden/gaussian.json', import.meta.url), 'utf8')) as Golden;
const { columns, shrinkage } = golden;

function table(values: readonly number[], observed?: readonly number[], width = columns): PartialTable {
  return {
    samples: { values: Float64Array.from(values), rows: values.length / width, columns: width },
    observed: observed && Uint8Array.from(observed),
  };
}

function expectClose(actual: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThan(tolerance);
  });
}

const holey = table(golden.x, golden.observed);

describe('the moments', () => {
  test('after three steps equal those of row-by-row regressions', () => {
    const { mean, covariance } = fitGaussian(holey, { shrinkage, iterations: 3 });
    expectClose(mean, golden.three.mean, 1e-9);
    expectClose(covariance.to1DArray(), golden.three.covariance, 1e-9);
  });

  test('converge to the same limit', () => {
    const { mean, covariance } = fitGaussian(holey, { shrinkage, iterations: 200 });
    expectClose(mean, golden.settled.mean, 0.02);
    expectClose(covariance.to1DArray(), golden.settled.covariance, 0.05);
  });

  test('of a complete table are its sample moments after one step', () => {
    const { mean, covariance } = fitGaussian(table(golden.complete), { shrinkage: 0, iterations: 20 });
    const matrix = Matrix.from1DArray(golden.rows, columns, golden.complete);
    const centred = matrix.clone().subRowVector(matrix.mean('column'));
    expectClose(mean, matrix.mean('column'), 1e-12);
    expectClose(covariance.to1DArray(), centred.transpose().mmul(centred).div(golden.rows).to1DArray(), 1e-12);
  });
});

describe('missing cells', () => {
  test('have the conditional means and sds given the observed cells, which do not change', () => {
    const { mean, covariance } = golden.three;
    const gaussian = new Gaussian(Float64Array.from(mean), Matrix.from1DArray(columns, columns, covariance));
    const conditional = gaussian.conditional(holey);
    expectClose(conditional.mean, golden.conditional.mean, 1e-9);
    expectClose(conditional.sd, golden.conditional.sd, 1e-7);
    golden.observed.forEach((isSeen, at) => {
      if (isSeen === 1) expect(conditional.mean[at]).toBe(golden.x[at]);
    });
  });

  test('of two columns match the closed form', () => {
    const gaussian = new Gaussian(
      Float64Array.of(1, -2),
      new Matrix([
        [4, 1.2],
        [1.2, 1],
      ]),
    );
    const { mean, sd } = gaussian.conditional(table([0, -1, 3, 0, 0, 0], [0, 1, 1, 0, 0, 0], 2));
    expectClose(mean, [1 + 1.2, -1, 3, -2 + 0.3 * 2, 1, -2], 1e-12);
    expectClose(sd, [Math.sqrt(4 - 1.44), 0, 0, Math.sqrt(1 - 0.36), 2, 1], 1e-12);
  });

  test('have the predictions of linear regression on complete tables', () => {
    const { new: values, predicted, sd } = golden.regression;
    const gaussian = fitGaussian(table(golden.complete), { shrinkage: 0, iterations: 1 });
    const lacking = values.map((_, at) => (at % columns === 0 ? 0 : 1));
    const conditional = gaussian.conditional(table(values, lacking));
    const first = (all: Float64Array) => all.filter((_, at) => at % columns === 0);
    expectClose(first(conditional.mean), predicted, 1e-9);
    expectClose(
      first(conditional.sd),
      predicted.map(() => sd),
      1e-9,
    );
  });

  test('of two equal columns are predicted by each other, because shrinkage keeps the covariance regular', () => {
    const random = new RandomStream(1, 0);
    const pairs = Array.from({ length: 50 }, () => random.normal()).flatMap((value) => [value, value]);
    const gaussian = fitGaussian(table(pairs, undefined, 2), { shrinkage: 0.01, iterations: 1 });
    const { mean, sd } = gaussian.conditional(table([1.5, 0], [1, 0], 2));
    expect(mean[1]).toBeCloseTo(1.5, 1);
    expect(sd[1]).toBeLessThan(0.2);
  });
});

describe('shrinkage', () => {
  /** Returns a table of four factors and some noise. */
  const factorTable = (rows: number, width: number, seed: number): PartialTable => {
    const [random, loading] = [new RandomStream(seed, 0), new RandomStream(9, 0)];
    const loadings = Array.from({ length: width }, () => Array.from({ length: 4 }, () => loading.normal()));
    const values = Array.from({ length: rows }, () => {
      const factors = Array.from({ length: 4 }, () => random.normal());
      return loadings.map((weights) =>
        weights.reduce((sum, weight, k) => sum + weight * factors[k], 0.4 * random.normal()),
      );
    }).flat();
    return table(values, undefined, width);
  };

  test('is large for few subjects and small for many', async () => {
    const validation = factorTable(200, 20, 2);
    const few = await chooseGaussian(factorTable(15, 20, 1), validation);
    const many = await chooseGaussian(factorTable(2000, 20, 1), validation);
    expect(few.shrinkage).toBeGreaterThanOrEqual(0.1);
    expect(many.shrinkage).toBeLessThanOrEqual(0.05);
  });

  test('is chosen with every observed cell hidden once', () => {
    const folds = hiddenFolds(holey);
    golden.observed.forEach((isSeen, at) => {
      expect(folds.filter((shown) => shown[at] === isSeen).length).toBe(isSeen === 1 ? folds.length - 1 : folds.length);
    });
  });

  test('stops on an abort', async () => {
    const reason = new Error('stopped by the test');
    await expect(chooseGaussian(holey, holey, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
