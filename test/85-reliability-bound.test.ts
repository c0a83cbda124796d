// What is left of a correlation where what could explain it has errors that are not known, but a reliability of 0.7 at
// least: the closed form beside a search, its standard error beside resampling, and its level in chains.

import { describe, expect, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import { boundedCovariance, MIN_RELIABILITY } from '../src/evidence/reliability-bound.js';
import { RandomStream } from '../src/random/random-stream.js';
import { normalColumns } from './draws.js';

const scaled = (values: Float64Array): Float64Array => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (value - mean) / sd);
};

/** x and y of a common cause with two parts, which are measured with a reliability. */
function fork(random: RandomStream, units: number, { reliability = 1, direct = 0 } = {}) {
  const [s, t, e, f, g, h] = normalColumns(random, units, 6);
  const x = scaled(s.map((value, i) => 0.8 * value + 0.4 * t[i] + 0.6 * e[i]));
  const y = scaled(s.map((value, i) => 0.7 * value + 0.6 * f[i] + direct * x[i]));
  const measured = (of: Float64Array, error: Float64Array) =>
    scaled(of.map((value, i) => Math.sqrt(reliability) * value + Math.sqrt(1 - reliability) * error[i]));
  return { x, y, given: [measured(s, g), measured(t, h)] };
}

const covarianceOf = (u: Float64Array, v: Float64Array) =>
  u.reduce((sum, value, i) => sum + value * v[i], 0) / u.length;

test('is the least that any covariance between 0.7 C and C leaves', () => {
  const { x, y, given } = fork(new RandomStream(3, 0), 400, { reliability: 0.8, direct: 0.6 });
  const found = boundedCovariance(x, y, given);
  const c = new Matrix(given.map((u) => given.map((v) => covarianceOf(u, v))));
  const [toX, toY] = [x, y].map((z) => given.map((s) => covarianceOf(s, z)));
  // C* = C^½ (I − (1 − 0.7) P) C^½ for every projection P, and both ends: explained = u′ C*⁻¹ v.
  let least = Infinity;
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
    least = Math.min(least, covarianceOf(x, y) - explained);
  }
  expect(found.correlation).toBeCloseTo(least, 4);
  expect(found.z).toBeGreaterThan(2);
});

test('has the standard error of new samples', () => {
  const random = new RandomStream(4, 0);
  const found = Array.from({ length: 300 }, () => {
    const { x, y, given } = fork(random, 300, { reliability: 0.9, direct: 2 });
    return boundedCovariance(x, y, given.slice(0, 1));
  });
  const mean = found.reduce((sum, { correlation }) => sum + correlation, 0) / found.length;
  const spread = Math.sqrt(found.reduce((sum, { correlation }) => sum + (correlation - mean) ** 2, 0) / found.length);
  const error = found.reduce((sum, one) => sum + one.error, 0) / found.length;
  expect(error / spread).toBeGreaterThan(0.85);
  expect(error / spread).toBeLessThan(1.15);
});

describe('without a direct effect', () => {
  test.each([1, 0.85, 0.7])('and with a reliability of %d, hardly ever rejects', (reliability) => {
    const random = new RandomStream(5, reliability * 100);
    const zs = Array.from({ length: 200 }, () => {
      const { x, y, given } = fork(random, 1000, { reliability });
      return Math.abs(boundedCovariance(x, y, given).z);
    });
    expect(zs.filter((z) => z > 2.576).length).toBeLessThanOrEqual(4);
  });
});

test('what has no errors is taken out as it is', () => {
  const { x, y, given } = fork(new RandomStream(7, 0), 4000);
  const [s, t] = given;
  // Everything is explained by both; the second one may hide a little of what it explains.
  expect(Math.abs(boundedCovariance(x, y, [t], [{ a: s, b: s }]).correlation)).toBeLessThan(0.03);
  const more = x.map((value, i) => value + y[i] / 4);
  const hidden = boundedCovariance(more, y, [t], [{ a: s, b: s }]);
  expect(hidden.z).toBeGreaterThan(4);
  expect(boundedCovariance(more, y, [s, t]).z).toBeLessThan(hidden.z);
});

test('errors that two forms show are taken out', () => {
  const random = new RandomStream(8, 0);
  const { x, y, given } = fork(random, 20_000);
  const [s, t] = given;
  const formOf = () => s.map((value) => value + random.normal());
  const [a, b] = [formOf(), formOf()];
  expect(Math.abs(boundedCovariance(x, y, [t], [{ a, b }]).correlation)).toBeLessThan(0.03);
  expect(boundedCovariance(x, y, [t], [{ a, b: a }]).correlation).toBeGreaterThan(0.1);
});

test('is finite where forms take out more than there is', () => {
  const random = new RandomStream(9, 0);
  for (let draw = 0; draw < 40; draw++) {
    const { x, y, given } = fork(random, 30);
    // Forms that hardly go together say that the latent varies hardly at all, and explains nearly everything.
    const [a, b] = normalColumns(random, 30, 2).map((noise) => noise.map((value, i) => 3 * value + x[i] + y[i]));
    const found = boundedCovariance(x, y, given, [{ a, b }]);
    for (const value of [found.correlation, found.error, found.z]) expect(Number.isFinite(value)).toBe(true);
  }
});

test('has the sign of the correlation, and is 0 where the others can explain it all', () => {
  const { x, y, given } = fork(new RandomStream(6, 0), 1000, { direct: 1 });
  const { correlation, z } = boundedCovariance(x, y, given);
  const turned = boundedCovariance(
    x,
    y.map((value) => -value),
    given,
  );
  expect(turned.correlation).toBeCloseTo(-correlation, 12);
  expect(turned.z).toBeCloseTo(-z, 9);
  expect(boundedCovariance(x, y, [x])).toMatchObject({ correlation: 0, z: 0 });
});
