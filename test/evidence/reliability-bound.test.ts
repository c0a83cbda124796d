// The residual of a correlation given variables with unknown errors and a reliability of at least 0.7: the closed form
// against a search, its standard error against resampling, and its level in chains.

import { describe, expect, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import { MIN_RELIABILITY } from '../../src/causal/discovery/link-power.js';
import { boundedCovariance } from '../../src/evidence/reliability-bound.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns } from '../fixtures/draws.js';

const scaled = (values: Float64Array): Float64Array => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
};

/** Returns x and y with two common causes, which are measured with a reliability. */
function fork(random: RandomStream, units: number, { reliability = 1, direct = 0 } = {}) {
  const [s, t, e, f, g, h] = normalColumns(random, units, 6);
  const x = scaled(s.map((value, i) => 0.8 * value + 0.4 * t[i] + 0.6 * e[i]));
  const y = scaled(s.map((value, i) => 0.7 * value + 0.6 * f[i] + direct * x[i]));
  const measured = (of: Float64Array, error: Float64Array) =>
    scaled(of.map((value, i) => Math.sqrt(reliability) * value + Math.sqrt(1 - reliability) * error[i]));
  return { x, y, conditioning: [measured(s, g), measured(t, h)] };
}

const covarianceOf = (u: Float64Array, v: Float64Array) =>
  u.reduce((sum, value, i) => sum + value * v[i], 0) / u.length;

test('is the minimum over all covariances between 0.7 C and C', () => {
  const { x, y, conditioning } = fork(new RandomStream(3, 0), 400, { reliability: 0.8, direct: 0.6 });
  const result = boundedCovariance(x, y, conditioning);
  const c = new Matrix(conditioning.map((u) => conditioning.map((v) => covarianceOf(u, v))));
  const [toX, toY] = [x, y].map((z) => conditioning.map((s) => covarianceOf(s, z)));
  // C* = C^½ (I − (1 − 0.7) P) C^½ for every projection P, and both ends: explained = u′ C*⁻¹ v.
  let minimum = Infinity;
  const root = new Matrix([
    [Math.sqrt(c.get(0, 0)), 0],
    [c.get(1, 0) / Math.sqrt(c.get(0, 0)), Math.sqrt(c.get(1, 1) - c.get(1, 0) ** 2 / c.get(0, 0))],
  ]);
  for (let angle = 0; angle < Math.PI; angle += Math.PI / 500) {
    const p = [Math.cos(angle), Math.sin(angle)];
    const inner = new Matrix(
      [0, 1].map((i) => [0, 1].map((j) => Number(i === j) - (1 - MIN_RELIABILITY) * p[i] * p[j])),
    );
    const star = inverse(root.mmul(inner).mmul(root.transpose()));
    const explained = toX.reduce((sum, u, i) => sum + toY.reduce((more, v, j) => more + u * star.get(i, j) * v, 0), 0);
    minimum = Math.min(minimum, covarianceOf(x, y) - explained);
  }
  expect(result.correlation).toBeCloseTo(minimum, 4);
  expect(result.z).toBeGreaterThan(2);
});

test('has the standard error of new samples', () => {
  const random = new RandomStream(4, 0);
  const result = Array.from({ length: 300 }, () => {
    const { x, y, conditioning } = fork(random, 300, { reliability: 0.9, direct: 2 });
    return boundedCovariance(x, y, conditioning.slice(0, 1));
  });
  const mean = result.reduce((sum, { correlation }) => sum + correlation, 0) / result.length;
  const spread = Math.sqrt(result.reduce((sum, { correlation }) => sum + (correlation - mean) ** 2, 0) / result.length);
  const error = result.reduce((sum, one) => sum + one.error, 0) / result.length;
  expect(error / spread).toBeGreaterThan(0.85);
  expect(error / spread).toBeLessThan(1.15);
});

describe('without a direct effect', () => {
  test.each([1, 0.85, 0.7])('and with a reliability of %d hardly ever rejects', (reliability) => {
    const random = new RandomStream(5, reliability * 100);
    const zs = Array.from({ length: 200 }, () => {
      const { x, y, conditioning } = fork(random, 1000, { reliability });
      return Math.abs(boundedCovariance(x, y, conditioning).z);
    });
    expect(zs.filter((z) => z > 2.576).length).toBeLessThanOrEqual(4);
  });
});

test('a variable without errors is removed exactly', () => {
  const { x, y, conditioning } = fork(new RandomStream(7, 0), 4000);
  const [s, t] = conditioning;
  // Both explain everything; errors of the second one may hide a small part of it.
  expect(Math.abs(boundedCovariance(x, y, [t], [{ a: s, b: s }]).correlation)).toBeLessThan(0.03);
  const more = x.map((value, i) => value + y[i] / 4);
  const hidden = boundedCovariance(more, y, [t], [{ a: s, b: s }]);
  expect(hidden.z).toBeGreaterThan(4);
  expect(boundedCovariance(more, y, [s, t]).z).toBeLessThan(hidden.z);
});

test('errors that two forms show are corrected for', () => {
  const random = new RandomStream(8, 0);
  const { x, y, conditioning } = fork(random, 20_000);
  const [s, t] = conditioning;
  const formOf = () => s.map((value) => value + random.normal());
  const [a, b] = [formOf(), formOf()];
  expect(Math.abs(boundedCovariance(x, y, [t], [{ a, b }]).correlation)).toBeLessThan(0.03);
  expect(boundedCovariance(x, y, [t], [{ a, b: a }]).correlation).toBeGreaterThan(0.1);
});

test('is finite if forms remove more than the variance', () => {
  const random = new RandomStream(9, 0);
  for (let draw = 0; draw < 40; draw++) {
    const { x, y, conditioning } = fork(random, 30);
    // Nearly uncorrelated forms suggest that the latent has almost no variance and explains nearly everything.
    const [a, b] = normalColumns(random, 30, 2).map((noise) => noise.map((value, i) => 3 * value + x[i] + y[i]));
    const result = boundedCovariance(x, y, conditioning, [{ a, b }]);
    for (const value of [result.correlation, result.error, result.z]) expect(Number.isFinite(value)).toBe(true);
  }
});

test('has the sign of the correlation, and is 0 if the conditioning variables can explain all of it', () => {
  const { x, y, conditioning } = fork(new RandomStream(6, 0), 1000, { direct: 1 });
  const { correlation, z } = boundedCovariance(x, y, conditioning);
  const turned = boundedCovariance(
    x,
    y.map((value) => -value),
    conditioning,
  );
  expect(turned.correlation).toBeCloseTo(-correlation, 12);
  expect(turned.z).toBeCloseTo(-z, 9);
  expect(boundedCovariance(x, y, [x])).toMatchObject({ correlation: 0, z: 0 });
});
