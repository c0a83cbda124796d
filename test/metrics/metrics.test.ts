// Metrics against a known truth, checked with SciPy and scikit-learn (golden/make_metrics.py), brute force and by hand.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  assign,
  aboveChance,
  averageRanks,
  chanceFloors,
  evaluate,
  meanCorrelation,
  pearson,
  r2,
  spearman,
  structuralHammingDistance,
  type Samples,
} from '../../src/metrics/index.js';
import { generator } from '../fixtures/numbers.js';

interface GoldenMatch {
  correlation: number[];
  matching: number[];
  perModality: number[];
  mean: number;
  global: number;
  globalMatching: number[];
}

interface Golden {
  rows: number;
  true: number[];
  estimated: number[];
  z: number[];
  zHat: number[];
  ranksOfSecond: number[];
  pearson: GoldenMatch;
  spearman: GoldenMatch;
  r2: { fitRows: number; scoreRows: number; alpha: number; perLatent: number[] };
  chanceFloor: { z: number[] } & Record<'pearson' | 'spearman', { mean: number; error: number }>;
  assignments: { rows: number; columns: number; values: number[]; minimum: number; maximum: number }[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8')) as Golden;
const layout = { modalities: golden.true, estimated: golden.estimated };
const z = samples(golden.z, golden.rows);
const zHat = samples(golden.zHat, golden.rows);

function samples(values: readonly number[], rows: number): Samples {
  return { values: Float64Array.from(values), rows, columns: values.length / rows };
}

/** Rows × columns of fixed pseudo-random numbers in [−1, 1): an integer hash of the position and `seed`. */
function spread(rows: number, columns: number, seed = 0): Samples {
  const values = Array.from({ length: rows * columns }, (_, k) => {
    let hash = Math.imul(k + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    return (hash ^ (hash >>> 15)) / 2 ** 31;
  });
  return samples(values, rows);
}

function replaceColumn(table: Samples, column: number, value: (row: number) => number): Samples {
  const values = table.values.slice();
  for (let i = 0; i < table.rows; i++) values[i * table.columns + column] = value(i);
  return { ...table, values };
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, k) => {
    expect(Math.abs(actual[k] - value)).toBeLessThanOrEqual(tolerance);
  });
}

describe('assign', () => {
  test.each(golden.assignments)('reaches the optimum of SciPy on $rows × $columns', (problem) => {
    for (const goal of ['minimum', 'maximum'] as const) {
      const { columnOfRow, total } = assign(problem, { goal });
      expect(total).toBeCloseTo(problem[goal], 12);
      const taken = [...columnOfRow].filter((column) => column >= 0);
      expect(taken).toHaveLength(Math.min(problem.rows, problem.columns));
      expect(new Set(taken).size).toBe(taken.length);
    }
  });

  test('finds the best of all permutations, also with ties', () => {
    const square = fc
      .integer({ min: 1, max: 5 })
      .chain((n) => fc.array(fc.integer({ min: -3, max: 3 }), { minLength: n * n, maxLength: n * n }));
    fc.assert(
      fc.property(square, (values) => {
        const n = Math.sqrt(values.length);
        const best = Math.min(
          ...permutations(n).map((p) => p.reduce((sum, column, row) => sum + values[row * n + column], 0)),
        );
        expect(assign({ values, rows: n, columns: n }).total).toBe(best);
      }),
    );
  });

  test('refuses entries that are not finite and wrong shapes', () => {
    expect(() => assign({ values: [1, NaN], rows: 1, columns: 2 })).toThrow(/entry \(0, 1\) is NaN/);
    expect(() => assign({ values: [1, 2, 3], rows: 2, columns: 2 })).toThrow(/does not fit 3 values/);
  });
});

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

describe('correlation', () => {
  test('equals pearsonr and spearmanr of SciPy, also with ties', () => {
    expectClose(pearson(z, zHat).values, golden.pearson.correlation, 1e-12);
    expectClose(spearman(z, zHat).values, golden.spearman.correlation, 1e-12);
  });

  test('has the ranks of rankdata of SciPy', () => {
    const second = Float64Array.from({ length: z.rows }, (_, i) => z.values[i * z.columns + 1]);
    expect([...averageRanks(second)]).toEqual(golden.ranksOfSecond);
  });

  test('accepts single precision', () => {
    const single = { ...zHat, values: Float32Array.from(zHat.values) };
    expectClose(pearson(z, single).values, golden.pearson.correlation, 1e-6);
  });

  test('does not overflow or underflow for values far from 1', () => {
    const scaled = { ...z, values: z.values.map((value) => value * 1e200) };
    const tiny = { ...zHat, values: zHat.values.map((value) => value * 1e-200) };
    expectClose(pearson(scaled, tiny).values, golden.pearson.correlation, 1e-12);
  });

  test('of a constant column is 0, and the column is listed', () => {
    const constant = replaceColumn(z, 3, () => 0.1);
    const { values, constant: listed } = pearson(constant, zHat);
    expect([...values.slice(15, 20)]).toEqual([0, 0, 0, 0, 0]);
    expect(listed).toEqual({ first: [3], second: [] });
  });

  test('refuses invalid tables and names them', () => {
    expect(() => pearson({ ...z, rows: 59 }, zHat)).toThrow(
      /true latents: 59 rows × 5 columns need 295 values, got 300/,
    );
    expect(() => pearson(spread(2, 1), spread(2, 1))).toThrow(/2 samples; at least 3/);
    expect(() => pearson(spread(4, 1), spread(5, 1))).toThrow(/true latents have 4 samples, estimated latents 5/);
    const holed = replaceColumn(zHat, 2, (row) => (row === 7 ? NaN : 0));
    expect(() => pearson(z, holed)).toThrow(/estimated latents: row 7, column 2 is NaN/);
  });
});

describe('meanCorrelation', () => {
  const result = meanCorrelation(z, zHat, layout);

  test.each(['pearson', 'spearman'] as const)('%s: matching and means equal those of SciPy', (kind) => {
    const expected = golden[kind];
    expect([...result[kind].matching]).toEqual(expected.matching);
    expect([...result[kind].globalMatching]).toEqual(expected.globalMatching);
    expectClose(result[kind].perModality, expected.perModality, 1e-12);
    expect(result[kind].mean).toBeCloseTo(expected.mean, 12);
    expect(result[kind].global).toBeCloseTo(expected.global, 12);
  });

  test('warns about a modality with too few estimated latents', () => {
    expect(result.warnings).toEqual([
      { code: 'unmatched-latent', message: expect.stringMatching(/modality 1 has 1 more true than estimated/) },
    ]);
  });

  test('of a monotone, sign-flipped, permuted copy is 1 for Spearman and lower for Pearson', () => {
    const truth = spread(200, 3);
    const values = truth.values.map((_, k) => {
      const row = k - (k % 3);
      return [Math.exp(3 * truth.values[row + 2]), -truth.values[row], truth.values[row + 1] ** 3][k % 3];
    });
    const { spearman: ranks, pearson: linear } = meanCorrelation(truth, { ...truth, values }, { modalities: [3] });
    expect(ranks.mean).toBeCloseTo(1, 12);
    expect([...ranks.matching]).toEqual([1, 2, 0]);
    expect(linear.mean).toBeLessThan(0.99);
  });

  test('matches within modalities, and globally across them', () => {
    const truth = spread(50, 2);
    const swapped = { ...truth, values: truth.values.map((_, k) => truth.values[k ^ 1]) };
    const { spearman: ranks } = meanCorrelation(truth, swapped, { modalities: [1, 1] });
    expect([...ranks.matching]).toEqual([0, 1]);
    expect([...ranks.globalMatching]).toEqual([1, 0]);
    expect(ranks.global).toBeCloseTo(1, 12);
    expect(ranks.mean).toBeLessThan(0.5);
  });

  test('refuses layouts that do not fit', () => {
    expect(() => meanCorrelation(z, zHat, { modalities: [2, 2], estimated: [3, 2] })).toThrow(
      /2 \+ 2 = 4 latents, but the table has 5 columns/,
    );
    expect(() => meanCorrelation(z, zHat, { modalities: [2, 3], estimated: [5] })).toThrow(/2 true modalities but 1/);
    expect(() => meanCorrelation(z, zHat, { modalities: [5, 0], estimated: [3, 2] })).toThrow(
      /modality 1 has 0 latents/,
    );
  });
});

describe('chance floor', () => {
  /** Uncorrelated columns of variance 1. */
  const crossed = samples([1, 1, 1, -1, -1, 1, -1, -1], 4);

  test('of two uncorrelated latents is 2√2/π, the mean of max(|cos|, |sin|) over all angles', () => {
    const draws = 40_000;
    const { pearson: floor } = chanceFloors(crossed, { modalities: [2] }, { draws });
    // The variance of max(|cos|, |sin|) is 1/2 + 1/π − 8/π².
    const error = Math.sqrt((1 / 2 + 1 / Math.PI - 8 / Math.PI ** 2) / draws);
    expect(Math.abs(floor.mean - (2 * Math.SQRT2) / Math.PI)).toBeLessThan(4 * error);
  });

  test('of two Gaussian latents by ranks is the mean of 6/π · asin(cos/2) over an eighth of a turn', () => {
    const next = generator(11);
    const normal = (): number => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    const z = samples(Array.from({ length: 6000 }, normal), 3000);
    const { spearman: floor, pearson: linear } = chanceFloors(z, { modalities: [2] }, { draws: 2000 });
    const steps = 1000;
    const angles = Array.from({ length: steps }, (_, i) => ((i + 0.5) / steps) * (Math.PI / 4));
    const expected = angles.reduce((sum, t) => sum + (6 / Math.PI) * Math.asin(Math.cos(t) / 2), 0) / steps;
    expect(expected).toBeCloseTo(0.8929, 4);
    expect(Math.abs(floor.mean - expected)).toBeLessThan(0.01);
    expect(floor.mean).toBeLessThan(linear.mean);
  });

  test.each(['pearson', 'spearman'] as const)('of four correlated latents, %s: equals that made with SciPy', (kind) => {
    const draws = 4000;
    const floors = chanceFloors(samples(golden.chanceFloor.z, golden.rows), { modalities: [4] }, { draws });
    const { mean, error } = golden.chanceFloor[kind];
    expect(Math.abs(floors[kind].mean - mean)).toBeLessThan(4 * Math.SQRT2 * error);
  });

  test('of a single latent is 1 and allows no correction; modalities have equal weight', () => {
    const three = samples([1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1], 4);
    const { pearson: floor } = chanceFloors(three, { modalities: [1, 2] });
    expect(floor.perModality[0]).toBe(1);
    expect(floor.perModality[1]).toBeLessThan(0.95);
    expect(floor.mean).toBe((1 + floor.perModality[1]) / 2);
    expect(aboveChance(0.9, 1)).toBeNull();
    expect(aboveChance(0.75, 0.5)).toBe(0.5);
  });

  test('counts 0 for true latents without an estimated one', () => {
    expect(chanceFloors(crossed, { modalities: [2], estimated: [1] }, { draws: 2000 }).pearson.mean).toBeCloseTo(
      Math.SQRT2 / Math.PI,
      2,
    );
  });

  test('depends only on the latents, the number of draws and the seed', () => {
    const floors = chanceFloors(z, { modalities: golden.true });
    expect(chanceFloors(z, { modalities: golden.true })).toEqual(floors);
    expect(chanceFloors(z, { modalities: golden.true }, { seed: 1 }).pearson.mean).not.toBe(floors.pearson.mean);
    const scaled = { ...z, values: z.values.map((value, at) => value * (at % z.columns === 1 ? 1000 : 1)) };
    expect(chanceFloors(scaled, { modalities: golden.true }).pearson.mean).toBeCloseTo(floors.pearson.mean, 10);
  });

  test('accompanies every MCC of evaluate', () => {
    const modalities = [
      { name: 'a', latents: 2 },
      { name: 'b', latents: 3 },
    ];
    const { chance, mcc, mccSpearman, modalities: each } = evaluate({ z, modalities }, { z, modalities });
    const floors = chanceFloors(z, { modalities: golden.true });
    expect(chance).toEqual({
      mcc: { floor: floors.pearson.mean, corrected: aboveChance(mcc, floors.pearson.mean) },
      mccSpearman: { floor: floors.spearman.mean, corrected: aboveChance(mccSpearman, floors.spearman.mean) },
      draws: 500,
    });
    expect(chance.mcc.corrected).toBeCloseTo(1, 12);
    expect(each['b'].chance.mcc.floor).toBe(floors.pearson.perModality[1]);
  });
});

describe('r2', () => {
  test('equals KernelRidge of scikit-learn', () => {
    const { fitRows, scoreRows, alpha } = golden.r2;
    const result = r2(zHat, z, { ...layout, fitRows, scoreRows, alpha });
    expectClose(result.perLatent, golden.r2.perLatent, 1e-9);
    const [a, b, c, d, e] = golden.r2.perLatent;
    expectClose(result.perModality, [(a + b) / 2, (c + d + e) / 3], 1e-9);
  });

  test('is close to 1 for a smooth mixture of the modality, and close to or below 0 for unrelated latents', () => {
    const truth = spread(600, 2);
    const mixed = truth.values.map((value, k) => value + 0.4 * Math.tanh(truth.values[k ^ 1]));
    expect(r2({ ...truth, values: mixed }, truth, { modalities: [2] }).mean).toBeGreaterThan(0.99);
    expect(r2(spread(600, 2, 5), truth, { modalities: [2] }).mean).toBeLessThan(0.1);
  });

  test('is not inflated by overfitting: scored rows are not fitted', () => {
    const truth = spread(90, 1);
    const noise = spread(90, 1, 9);
    const { mean, fitRows, scoreRows } = r2(noise, truth, { modalities: [1] });
    expect([fitRows, scoreRows]).toEqual([60, 30]);
    expect(mean).toBeLessThan(0.3);
  });

  test('is 0 with a warning for a constant true latent, and allows a constant estimated one', () => {
    const flat = r2(
      zHat,
      replaceColumn(z, 0, () => 3),
      layout,
    );
    expect(flat.perLatent[0]).toBe(0);
    expect(flat.warnings).toEqual([{ code: 'constant-latent', message: expect.stringMatching(/true latent 0/) }]);
    expect(
      r2(
        replaceColumn(zHat, 1, () => 3),
        z,
        layout,
      ).perLatent.every(Number.isFinite),
    ).toBe(true);
  });

  test('refuses too few samples', () => {
    expect(() => r2(spread(29, 1), spread(29, 1), { modalities: [1] })).toThrow(/29 samples; at least 30/);
    expect(() => r2(zHat, z, { ...layout, fitRows: 50, scoreRows: 20 })).toThrow(/fit on 50 and score on 20 of 60/);
  });
});

describe('structuralHammingDistance', () => {
  // Modalities {0, 1} and {2, 3}; entry (child, parent).
  const adjacency = (...edges: [number, number][]) => {
    const matrix = new Uint8Array(16);
    for (const [parent, child] of edges) matrix[child * 4 + parent] = 1;
    return matrix;
  };
  const truth = adjacency([0, 2], [1, 3], [0, 1]);
  const identity = [0, 1, 2, 3];
  const modalities = [2, 2];

  test('counts missing, extra and reversed edges, across and within modalities', () => {
    const estimate = adjacency([2, 0], [1, 2], [1, 0], [2, 3]);
    const { cross, within, perModality } = structuralHammingDistance(truth, estimate, identity, { modalities });
    expect(cross).toEqual({
      distance: 3,
      distanceReversalTwice: 4,
      missing: 1,
      extra: 1,
      reversed: 1,
      trueEdges: 2,
      estimatedEdges: 2,
    });
    expect(within).toMatchObject({ distance: 2, distanceReversalTwice: 3, reversed: 1, extra: 1, trueEdges: 1 });
    expect(perModality.map(({ distance }) => distance)).toEqual([3, 3]);
  });

  test('first aligns the estimate by the matching', () => {
    const swapped = adjacency([1, 3], [0, 2], [1, 0]);
    const matched = structuralHammingDistance(truth, swapped, [1, 0, 3, 2], { modalities });
    expect([matched.cross.distance, matched.within.distance]).toEqual([0, 0]);
    expect(structuralHammingDistance(truth, swapped, identity, { modalities }).within.distance).toBe(1);
  });

  test('counts edges of a true latent without a partner as missing, and edges of a surplus latent separately', () => {
    const withoutLast = structuralHammingDistance(truth, truth, [0, 1, 2, -1], { modalities });
    expect(withoutLast.cross).toMatchObject({ distance: 1, missing: 1 });
    expect(withoutLast.unmatchedEdges).toBe(1);
  });

  test('is the number of different entries if a reversal counts twice', () => {
    const graph = fc
      .array(fc.boolean(), { minLength: 16, maxLength: 16 })
      .map((bits) => bits.map((bit, k) => Number(bit && k % 5 !== 0)));
    fc.assert(
      fc.property(graph, graph, (a, b) => {
        const { cross, within } = structuralHammingDistance(a, b, identity, { modalities });
        const differing = a.filter((value, k) => value !== b[k]).length;
        expect(cross.distanceReversalTwice + within.distanceReversalTwice).toBe(differing);
        expect(cross.distance).toBe(cross.distanceReversalTwice - cross.reversed);
      }),
    );
  });

  test('refuses self-edges, wrong sizes and matchings that are not one to one', () => {
    const loop = truth.slice();
    loop[0] = 1;
    expect(() => structuralHammingDistance(loop, truth, identity, { modalities })).toThrow(
      /latent 0 is a parent of itself/,
    );
    expect(() => structuralHammingDistance(truth, truth, identity, { modalities: [2, 3] })).toThrow(/need 5 × 5 = 25/);
    expect(() => structuralHammingDistance(truth, truth, [0, 0, 2, 3], { modalities })).toThrow(
      /latent 1 the estimated/,
    );
    expect(() => structuralHammingDistance(truth, truth, [0, 1, 2], { modalities })).toThrow(/3 entries for 4/);
  });
});

describe('evaluate', () => {
  const modalities = [
    { name: 'sleep', latents: 2 },
    { name: '__proto__', latents: 3 },
  ];
  const estimated = [
    { name: 'sleep', latents: 3 },
    { name: '__proto__', latents: 2 },
  ];
  const edge = (child: number, parent: number) => {
    const adjacency = new Uint8Array(25);
    adjacency[child * 5 + parent] = 1;
    return adjacency;
  };

  test('returns metrics per modality by name and in total', () => {
    const figures = evaluate(
      { z, modalities, adjacency: edge(2, 0) },
      { z: zHat, modalities: estimated, adjacency: edge(4, 2) },
      { fitRows: golden.r2.fitRows, scoreRows: golden.r2.scoreRows },
    );
    expect(figures.subjects).toBe(60);
    expect(figures.mcc).toBeCloseTo(golden.pearson.mean, 12);
    expect(figures.mccSpearman).toBeCloseTo(golden.spearman.mean, 12);
    expect(figures.globalMccSpearman).toBeCloseTo(golden.spearman.global, 12);
    expect(figures.shd).toBe(0);
    expect(Object.keys(figures.modalities)).toEqual(['sleep', '__proto__']);
    expect(figures.modalities.sleep).toMatchObject({ mcc: golden.pearson.perModality[0], shd: 0 });
    expect(figures.modalities.sleep.latents.map(({ name, estimate }) => [name, estimate])).toEqual([
      ['sleep.z1', 'sleep.z3'],
      ['sleep.z2', 'sleep.z1'],
    ]);
    const second = Object.entries(figures.modalities)[1][1];
    expect(second.latents[1]).toMatchObject({ name: '__proto__.z2', estimate: null, spearman: 0 });
    expect(second.latents[2].r2).toBeCloseTo(golden.r2.perLatent[4], 9);
    expect(figures.warnings.map(({ code }) => code)).toEqual(['unmatched-latent']);
    expect(JSON.parse(JSON.stringify(figures))).toMatchObject({ structure: { cross: { distance: 0 } } });
  });

  test('omits the structural distance if one side has no graph', () => {
    const figures = evaluate({ z, modalities }, { z: zHat, modalities: estimated, adjacency: edge(4, 2) });
    expect([figures.shd, figures.shdReversalTwice, figures.structure]).toEqual([null, null, null]);
  });

  test('names constant latents and refuses different modalities', () => {
    const flat = replaceColumn(zHat, 2, () => 0.1);
    const { warnings } = evaluate({ z, modalities }, { z: flat, modalities: estimated });
    expect(warnings.map(({ message }) => message)).toContain(
      'estimated latent sleep.z3 does not vary in these samples; its correlations count as 0',
    );
    expect(() => evaluate({ z, modalities }, { z: zHat, modalities: [...estimated].reverse() })).toThrow(
      /truth has the modalities sleep, __proto__, the estimate __proto__, sleep/,
    );
  });
});
