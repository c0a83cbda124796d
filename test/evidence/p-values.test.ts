// Tests of association and combinations of their p-values: against SciPy, in null draws, and for relations without
// correlation (docs/explanation/evidence.md).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { latentNodes } from '../../src/causal/index.js';
import { associationTest } from '../../src/evidence/association-test.js';
import { cauchy, combineFolds, edgington } from '../../src/evidence/combine.js';
import type { CrossFit, HeldOutFold } from '../../src/evidence/cross-fit.js';
import { canonicalTest, normalScores, pairEvidence } from '../../src/evidence/index.js';
import { nuisanceOf, without } from '../../src/evidence/nuisance.js';
import { FreePermutations } from '../../src/evidence/permutations.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns, shareBelow, shareWithin } from '../fixtures/draws.js';

interface Golden {
  readonly combined: readonly { p: number[]; cauchy: number; edgington: number }[];
  readonly folds: readonly { splits: number[][]; columns: number; p: number }[];
  readonly curves: readonly { units: number; strength: number; linear: number; p: number }[];
  readonly permuted: readonly { a: number[]; b: number[]; p: number }[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/evidence.json'), 'utf8')) as Golden;

/** Each call draws new permutations. */
function tested(a: readonly Float64Array[], b: readonly Float64Array[], { seed = 1, lost = 0 } = {}) {
  return associationTest(a, b, { permutations: new FreePermutations(seed), lost });
}

describe('combinations of p-values', () => {
  test.each(golden.combined)("of $p are SciPy's", ({ p, ...expected }) => {
    expect(cauchy(p) / expected.cauchy).toBeCloseTo(1, 6);
    expect(edgington(p) / expected.edgington).toBeCloseTo(1, 9);
  });

  test.each(golden.folds)("of the folds $splits, of $columns columns, are SciPy's", ({ splits, columns, p }) => {
    expect(combineFolds(splits, columns) / p).toBeCloseTo(1, 6);
  });

  test('by Cauchy give the common p of equal p-values of any size, and 1 without any', () => {
    for (const p of [0.9, 0.05, 1e-6, 1e-11, 1e-13, 1e-40, 1e-290]) {
      for (const count of [1, 2, 6]) expect(cauchy(Array<number>(count).fill(p)) / p).toBeCloseTo(1, 3);
    }
    expect([cauchy([]), edgington([])]).toEqual([1, 1]);
  });

  test('by Cauchy lie between the smallest and the largest p, and p = 1 does not cancel a small one', () => {
    const p = fc.double({ min: 1e-12, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 8 }), (ps) => {
        const result = cauchy(ps);
        expect(result).toBeGreaterThanOrEqual(Math.min(0.99, ...ps) * (1 - 1e-4));
        expect(result).toBeLessThanOrEqual(Math.max(...ps) * (1 + 1e-4));
        expect(cauchy([...ps].reverse()) / result).toBeCloseTo(1, 9);
        expect(edgington(ps)).toBeGreaterThanOrEqual(0);
        expect(edgington(ps)).toBeLessThanOrEqual(1);
      }),
    );
    expect(cauchy([1, 1e-6])).toBeLessThan(3e-6);
    expect(cauchy([0.001, 1, 1])).toBeLessThan(0.005);
  });

  test('of folds stay in (0, 1], increase with each p, and detect a small effect in each fold', () => {
    const p = fc.double({ min: 1e-12, max: 1, noNaN: true });
    const splits = fc.array(fc.tuple(p, p), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(splits, p, (folds, other) => {
        const result = combineFolds(folds);
        expect(result).toBeGreaterThan(0);
        expect(result).toBeLessThanOrEqual(1);
        const raised = folds.map(([first, second]) => [Math.max(first, other), second]);
        expect(combineFolds(raised)).toBeGreaterThanOrEqual(result);
        expect(combineFolds([...folds].reverse())).toBeCloseTo(result, 12);
      }),
    );
    expect(combineFolds([])).toBe(1);
    expect(combineFolds([[1, 1]])).toBeGreaterThan(0.999);
    const weak = Array.from({ length: 3 }, () => [0.15, 0.15]);
    expect(combineFolds(weak)).toBeLessThan(0.03);
    expect(cauchy(weak.flat())).toBeGreaterThan(0.1);
  });

  test.each([
    [1, 9, 0.2, 0],
    [3, 9, 0.2, 0.12],
    [3, 9, 0, 0],
    [1, 1, 0.6, 0],
    [3, 1, 0.6, 0.12],
  ])(
    'of %i splits of %i columns with correlations of %d and %d keep their level',
    (splits, columns, within, between) => {
      const random = new RandomStream(11, splits);
      const ps = Array.from({ length: 20_000 }, () => {
        const common = Math.sqrt(between) * random.normal();
        const scores = Array.from({ length: splits }, () => {
          const shared = common + Math.sqrt(within - between) * random.normal();
          return [0, 1].map(() => shared + Math.sqrt(1 - within) * random.normal());
        });
        return combineFolds(
          scores.map((folds) => folds.map(tail)),
          columns,
        );
      });
      for (const [level, max] of [
        [0.05, 0.055],
        [0.01, 0.013],
      ]) {
        expect(shareBelow(ps, level)).toBeLessThan(max);
      }
    },
  );
});

/** P(Z > z) by the logistic formula of Bowling et al. 2009, exact to 0.00014. */
function tail(z: number): number {
  return 1 / (1 + Math.exp(0.07056 * z ** 3 + 1.5976 * z));
}

describe('the test of association', () => {
  test.each([
    [20, 1, 1, 200],
    [20, 2, 2, 100],
    [20, 8, 8, 60],
    [50, 1, 8, 60],
    [50, 2, 2, 80],
    [50, 8, 8, 40],
    [100, 1, 1, 60],
    [100, 2, 2, 60],
    [100, 8, 8, 30],
  ])('of %i units with %i and %i latents keeps its level in %i null draws', (units, a, b, draws) => {
    const random = new RandomStream(units + a, b);
    const result = Array.from({ length: draws }, (_, seed) =>
      tested(normalColumns(random, units, a), normalColumns(random, units, b), { seed }),
    );
    for (const kind of ['p', 'linear'] as const) {
      const ps = result.map((one) => one[kind]);
      for (const level of [0.05, 0.2]) shareWithin(ps, level);
    }
  });

  test('keeps its level for binary columns and heavy tails', () => {
    const random = new RandomStream(4, 0);
    const column = (draw: () => number) => Float64Array.from({ length: 40 }, draw);
    const coin = () => Number(random.uniform() < 0.4);
    const ps = Array.from(
      { length: 150 },
      (_, seed) => tested([column(coin), column(() => random.normal() ** 5)], [column(coin)], { seed }).p,
    );
    expect(shareBelow(ps, 0.05)).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 150));
    expect(shareBelow(ps, 0.2)).toBeGreaterThan(0.1);
  });

  test.each(golden.permuted.map((one) => [one.a.length, one.p, one] as const))(
    "of %i units in pairs with ties has SciPy's permutation p %d",
    (_units, _p, { a, b, p }) => {
      const { linear } = tested([Float64Array.from(a)], [Float64Array.from(b)]);
      // The tolerance is four standard deviations of a share of 999. Small p-values come from a fitted tail.
      expect(Math.abs(linear - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 999) + 0.0007);
    },
  );

  test.each(golden.curves)("of $units units, curved by $strength, is NumPy's and SciPy's χ²", (one) => {
    const fraction = (step: number) => Float64Array.from({ length: one.units }, (_, i) => ((i + 1) * step) % 1);
    const a = fraction(0.6180339887498949);
    const b = fraction(0.41421356237309515).map((value, i) => value + one.strength * (a[i] - 0.5) ** 2);
    const result = tested([a], [b]);
    expect(result.linear / one.linear).toBeCloseTo(1, 6);
    expect(Math.log(result.p) / Math.log(one.p)).toBeCloseTo(1, 5);
  });

  test.each([
    ['a U-shape', (x: number, noise: number) => x * x + noise],
    ['an effect on the spread', (x: number, noise: number) => noise * Math.exp(0.8 * x)],
  ] as const)('detects %s, unlike the linear statistic', (_, effect) => {
    const random = new RandomStream(6, 0);
    const result = Array.from({ length: 20 }, (__, seed) => {
      const [x, noise] = normalColumns(random, 150, 2);
      return tested([x], [x.map((value, i) => effect(value, noise[i]))], { seed });
    });
    expect(result.filter(({ p }) => p < 0.05).length).toBeGreaterThanOrEqual(18);
    expect(result.filter(({ linear }) => linear < 0.05).length).toBeLessThanOrEqual(6);
  });

  test('detects a linear relation nearly as well as the linear statistic alone', () => {
    const random = new RandomStream(9, 0);
    const result = Array.from({ length: 40 }, (_, seed) => {
      const [x, noise] = normalColumns(random, 100, 2);
      return tested([x], [x.map((value, i) => 0.4 * value + noise[i])], { seed });
    });
    const power = (kind: 'p' | 'linear') =>
      shareBelow(
        result.map((one) => one[kind]),
        0.05,
      );
    expect(power('linear')).toBeGreaterThan(0.85);
    expect(power('p')).toBeGreaterThan(power('linear') - 0.15);
  });

  test('monotone maps and the order of columns change nothing, and a seed determines p', () => {
    const random = new RandomStream(2, 0);
    const [x, y, ...noise] = normalColumns(random, 80, 4);
    const b = [noise[0].map((value, i) => value + 0.4 * x[i]), noise[1]];
    const { p, linear } = tested([x, y], b);
    expect(tested([x, y], b)).toEqual({ p, linear });
    expect(tested([x, y], b, { seed: 2 }).p).not.toBe(p);
    expect(tested([x.map(Math.exp), y.map((value) => value ** 3)], b)).toEqual({ p, linear });
    // A decreasing map changes the sign of the score, which does not matter.
    for (const other of [tested([y, x], b), tested([x, y], [b[1], b[0]]), tested([x.map((value) => -value), y], b)]) {
      expect(other.p).toBeCloseTo(p, 9);
      expect(other.linear).toBeCloseTo(linear, 9);
    }
  });

  test('constant columns and copies have no effect', () => {
    const random = new RandomStream(3, 0);
    const [x, noise] = normalColumns(random, 60, 2);
    const y = noise.map((value, i) => value + x[i]);
    const flat = new Float64Array(60).fill(7);
    expect(tested([flat], [y])).toEqual({ p: 1, linear: 1 });
    expect(tested([x, flat], [y])).toEqual(tested([x], [y]));
    expect(tested([x, x.slice()], [y]).p).toBeLessThan(1e-4);
    expect(tested([x], [x]).p).toBeGreaterThanOrEqual(Number.MIN_VALUE);
    const [other] = normalColumns(random, 60, 1);
    expect(tested([x, x.slice()], [other]).p).toBeGreaterThan(0.01);
  });

  test.each([0.15, 0.2])('a p too small for permutations is the tail of χ² (correlation %d)', (rho) => {
    const random = new RandomStream(5, 0);
    const [x, y, noise] = normalColumns(random, 1500, 3);
    const b = noise.map((value, i) => value + rho * x[i]);
    const expected = canonicalTest([x, y], [b], 1500).p;
    const { linear } = tested([x, y], [b]);
    expect(expected).toBeLessThan(0.01);
    expect(Math.abs(Math.log(linear) / Math.log(expected) - 1)).toBeLessThan(0.2);
  });

  test('with 2,000 units or more is the χ² of canonical correlations', () => {
    const random = new RandomStream(8, 0);
    const [x, y, noise] = normalColumns(random, 2000, 3);
    const b = noise.map((value, i) => value + 0.05 * x[i]);
    expect(tested([x, y], [b]).linear / canonicalTest([x, y], [b], 2000).p).toBeCloseTo(1, 6);
  });
});

test('counts directions that were removed from both sides, which keeps the level', () => {
  const random = new RandomStream(14, 0);
  const [units, terms] = [30, 12];
  const rows = Int32Array.from({ length: units }, (_, i) => i);
  const table = { name: 'm', columns: [], values: new Float32Array(), latents: 1, exogenous: 1 };
  const draws = Array.from({ length: 300 }, (_, seed) => {
    const directions = nuisanceOf(table, rows, normalColumns(random, units, terms))!;
    const [a, b] = normalColumns(random, units, 2).map((one) => [normalScores(without(one, directions))]);
    expect(directions.columns).toBe(terms);
    return { known: tested(a, b, { seed, lost: terms }).linear, unknown: tested(a, b, { seed }).linear };
  });
  const known = draws.map((one) => one.known);
  expect(shareBelow(known, 0.05)).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 300));
  // The normal approximation gives 13 %: correlations have a variance of 1/17 and not of 1/29.
  expect(
    shareBelow(
      draws.map((one) => one.unknown),
      0.05,
    ),
  ).toBeGreaterThan(0.09);
});

describe('the correlation of a pair', () => {
  test.each([
    [1, 0],
    [1, 0.5],
    [2, 0.7],
  ])('of %i latents per side, which is %d, is within its 95 %% interval', (latents, rho) => {
    const random = new RandomStream(21, latents);
    const nodes = latentNodes(['a', 'b'].map((name) => ({ name, latents })));
    const fold = (): HeldOutFold => {
      const a = normalColumns(random, 100, latents);
      const b = normalColumns(random, 100, latents);
      b[0] = b[0].map((value, i) => rho * a[0][i] + Math.sqrt(1 - rho ** 2) * value);
      const units = [...a, ...b].map(normalScores);
      const forms = units.map(() => undefined);
      return { rows: new Int32Array(), ids: [], units, unrotated: units, forms, removed: units.map(() => 0) };
    };
    const studies = 100;
    let covered = 0;
    for (let seed = 0; seed < studies; seed++) {
      const split = { folds: [fold(), fold()], replication: [], agreement: [] };
      const result: CrossFit = { splits: [split], latents: [], minUnits: 20 };
      const { lower, upper, estimate } = pairEvidence(nodes, result, seed)[0].correlation!;
      expect(lower).toBeLessThan(estimate);
      expect(estimate).toBeLessThan(upper);
      covered += Number(lower <= rho && rho <= upper);
    }
    expect(covered / studies).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.05 * 0.95) / studies));
  });
});
