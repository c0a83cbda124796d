// FastICA and Bayesian group factor analysis, checked against scikit-learn and a row-by-row version in NumPy
// (golden/make_factor_methods.py).

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { fastIca, groupFactors, negentropy, unmix } from '../../src/linear/index.js';
import { meanCorrelation, type Samples } from '../../src/metrics/index.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface Golden {
  fastIca: { x: number[]; columns: number; sources: number[] };
  groupFactors: {
    x: number[];
    views: number[];
    start: number[];
    covariance: number[];
    after20: { loadings: number[]; noise: number[] };
  };
}

const golden = JSON.parse(readFileSync(new URL('../golden/factor_methods.json', import.meta.url), 'utf8')) as Golden;

function samples(values: readonly number[], columns: number): Samples {
  return { values: Float64Array.from(values), rows: values.length / columns, columns };
}

function normal(rows: number, columns: number, seed: number): Matrix {
  const random = new RandomStream(seed, 0);
  const values = Array.from({ length: rows * columns }, () => random.normal());
  return Matrix.from1DArray(rows, columns, values);
}

describe('FastICA', () => {
  const x = samples(golden.fastIca.x, golden.fastIca.columns);

  test('finds the components of scikit-learn, up to order and sign', () => {
    const components = unmix(x, fastIca(x, { start: normal(3, 3, 1), iterations: 5000, tolerance: 1e-14 }));
    const expected = samples(golden.fastIca.sources, 3);
    const result = samples(components.to1DArray(), 3);
    const { pearson } = meanCorrelation(expected, result, { modalities: [3] });
    expect(Math.min(...pearson.perLatent)).toBeGreaterThan(1 - 1e-9);
  });

  test('components are uncorrelated and have variance 1', () => {
    const components = unmix(x, fastIca(x, { start: normal(3, 3, 2) }));
    const covariance = components.transpose().mmul(components).div(components.rows);
    expect(Matrix.sub(covariance, Matrix.eye(3)).abs().max()).toBeLessThan(1e-10);
  });

  test('its components are farther from normal than their rotation', () => {
    const components = unmix(x, fastIca(x, { start: normal(3, 3, 1) }));
    const [cos, sin] = [Math.cos(0.6), Math.sin(0.6)];
    const turned = components.mmul(
      new Matrix([
        [cos, sin, 0],
        [-sin, cos, 0],
        [0, 0, 1],
      ]),
    );
    expect(negentropy(components)).toBeGreaterThan(1.5 * negentropy(turned));
  });

  test('finds no more components than the rank of the columns', () => {
    const copied = new Matrix([1, 4, 2, 8, 5, 7].map((value) => [value, 2 * value]));
    const { weights } = fastIca(samples(copied.to1DArray(), 2), { start: Matrix.eye(2) });
    expect([weights.rows, weights.columns]).toEqual([2, 1]);
  });
});

describe('group factor analysis', () => {
  const { views, start, covariance, after20 } = golden.groupFactors;
  const columns = views.length;
  const x = Matrix.from1DArray(golden.groupFactors.x.length / columns, columns, golden.groupFactors.x);
  const products = x.transpose().mmul(x);
  const options = { rows: x.rows, views, start: Matrix.from1DArray(columns, start.length / columns, start) };

  test('makes the updates of the row-by-row version', () => {
    const { loadings, noiseVariances } = groupFactors(products, { ...options, iterations: 20, tolerance: -Infinity });
    loadings.to1DArray().forEach((value, at) => expect(value).toBeCloseTo(after20.loadings[at], 8));
    noiseVariances.forEach((value, d) => expect(value).toBeCloseTo(after20.noise[d], 8));
  });

  test('never lowers its bound', () => {
    const { bounds } = groupFactors(products, { ...options, iterations: 300, tolerance: -Infinity });
    const steps = bounds.slice(1).map((bound, i) => bound - bounds[i]);
    expect(steps).toHaveLength(299);
    expect(Math.min(...steps)).toBeGreaterThan(-1e-6);
  });

  test('has nearly the covariance of the maximum-likelihood factors of scikit-learn', () => {
    const { loadings, noiseVariances } = groupFactors(products, options);
    const result = loadings.mmul(loadings.transpose()).add(Matrix.diag([...noiseVariances]));
    const expected = Matrix.from1DArray(columns, columns, covariance);
    const sds = expected.diagonal().map(Math.sqrt);
    const difference = Matrix.sub(result, expected).divRowVector(sds).divColumnVector(sds);
    // With 1,500 rows, the prior shrinks loadings by a relative amount of about 1 / 1500.
    expect(difference.abs().max()).toBeLessThan(0.01);
  });

  test('switches a factor off in the view that does not have it, and a surplus one everywhere', () => {
    const each = 15;
    const viewOf = Array.from({ length: 2 * each }, (_, d) => (d < each ? 0 : 1));
    const random = new RandomStream(5, 0);
    const mixing = Matrix.zeros(2 * each, 3);
    viewOf.forEach((view, d) => {
      for (const k of [0, 1 + view]) mixing.set(d, k, random.normal());
    });
    const rows = normal(1000, 3, 6)
      .mmul(mixing.transpose())
      .add(normal(1000, 2 * each, 7));
    const fits = [1, 2, 3, 4, 5, 6].map((seed) =>
      groupFactors(rows.transpose().mmul(rows), { rows: 1000, views: viewOf, start: normal(2 * each, 5, seed) }),
    );
    const best = fits.reduce((a, b) => (b.bounds.at(-1)! > a.bounds.at(-1)! ? b : a));
    const uses = Array.from({ length: 5 }, (_, k) =>
      [0, 1]
        .map((view) => best.loadings.getColumn(k).some((w, d) => viewOf[d] === view && Math.abs(w) > 0.3))
        .join(' '),
    );
    expect(uses.sort()).toEqual(['false false', 'false false', 'false true', 'true false', 'true true']);
  });
});
