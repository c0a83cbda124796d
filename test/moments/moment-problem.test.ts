// From subjects and causes to environments, terms, gates, targets, and prices.

import { describe, expect, test } from '@jest/globals';
import { determinant, Matrix } from 'ml-matrix';
import type { Cause } from '../../src/data/causes.js';
import { momentProblem, type MomentProblemOptions } from '../../src/moments/moments-of-causes.js';
import { searchMoments } from '../../src/moments/search-moments.js';
import { withoutNoise } from '../../src/moments/without-noise.js';
import { generator, normals } from '../fixtures/numbers.js';
import { interventionalData, scoreOf } from './interventional-data.js';

const OPTIONS: MomentProblemOptions = {
  modalities: [
    { name: 'proteins', latents: 2 },
    { name: 'scans', latents: 1 },
  ],
  order: 'free',
  seed: 0,
};

/** Values of 3 latents, and levels or numbers of causes. */
function study(rows: number, causes: readonly Cause[], options: Partial<MomentProblemOptions> = {}) {
  const normal = normals(generator(rows));
  const values = Float32Array.from({ length: 3 * rows }, normal);
  const subjects = Int32Array.from({ length: rows }, (_, row) => row);
  return momentProblem(values, subjects, causes, { ...OPTIONS, ...options });
}

function categorical(name: string, values: readonly number[], changes: Partial<Cause> = {}): Cause {
  const levels = ['none', 'a', 'b', 'c'].slice(0, Math.max(...values) + 1);
  const terms = levels.slice(1).map((level) => ({ level }));
  const fixed = { kind: 'categorical', levels, assigned: true, effect: 'soft' } as const;
  return { name, ...fixed, terms, values: Float64Array.from(values), ...changes };
}

const repeated = (count: number, value: (row: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i));

describe('environments', () => {
  test('are the combinations of levels that occur, and a gate holds where its level does', () => {
    const problem = study(400, [
      categorical(
        'drug',
        repeated(400, (row) => row % 2),
      ),
      categorical(
        'gene',
        repeated(400, (row) => Math.floor(row / 2) % 2),
        { effect: 'perfect' },
      ),
    ]);
    expect(problem.terms).toBe(0);
    expect(problem.environments.map(({ weight }) => weight)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(problem.gates).toEqual([
      { effect: 'soft', environments: [1, 3] },
      { effect: 'perfect', environments: [2, 3] },
    ]);
  });

  test('have the moments of their subjects', () => {
    const rows = 90;
    const problem = study(rows, [
      categorical(
        'drug',
        repeated(rows, (row) => (row < 40 ? 0 : 1)),
      ),
    ]);
    const normal = normals(generator(rows));
    const values = Float32Array.from({ length: 3 * rows }, normal);
    const column = (i: number): number[] => repeated(50, (row) => values[3 * (row + 40) + i]);
    const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
    const [x, y] = [column(0), column(2)];
    const { mean: means, covariance } = problem.environments[1];
    expect(means[0]).toBeCloseTo(mean(x), 10);
    const products = x.map((value, row) => (value - mean(x)) * (y[row] - mean(y)));
    expect(covariance[2]).toBeCloseTo(mean(products), 10);
    expect(covariance[6]).toBe(covariance[2]);
  });

  test('leave out combinations with too few subjects, whose gates stay closed', () => {
    const problem = study(300, [
      categorical(
        'drug',
        repeated(300, (row) => (row < 15 ? 2 : row % 2)),
      ),
    ]);
    expect(problem.environments).toHaveLength(2);
    expect(problem.gates[1]).toEqual({ effect: 'soft', environments: [] });
    expect([...problem.allowedGates]).toEqual([1, 1, 1, 0, 0, 0]);
  });

  test('count equally, except that small ones count by their subjects', () => {
    const problem = study(1000, [
      categorical(
        'drug',
        repeated(1000, (row) => (row < 700 ? 0 : row < 950 ? 1 : 2)),
      ),
    ]);
    // The average has 333 subjects; the reference counts as many.
    const shares = [1000 / 3, 250, 50];
    const total = shares.reduce((sum, share) => sum + share);
    problem.environments.forEach(({ weight }, i) => expect(weight).toBeCloseTo(shares[i] / total, 12));
  });

  test('have the same weights, prices, and gates if each subject has several imputed copies', () => {
    // 15 subjects of the last level are too few; four copies of them are too.
    const levels = repeated(300, (row) => (row < 15 ? 2 : row % 2));
    const drugs = [categorical('drug', levels), categorical('dose', levels, { effect: 'shift' })];
    const values = Float32Array.from({ length: 900 }, normals(generator(1)));
    const subjects = Int32Array.from({ length: 300 }, (_, row) => row);
    for (const causes of [drugs.slice(0, 1), drugs.slice(1)]) {
      const once = momentProblem(values, subjects, causes, OPTIONS);
      const copies = Float32Array.from({ length: 3600 }, (_, at) => values[at % 900]);
      const rows = Int32Array.from({ length: 1200 }, (_, row) => row % 300);
      const copied = momentProblem(copies, rows, causes, OPTIONS);
      expect(copied.environments.map(({ weight }) => weight)).toEqual(once.environments.map(({ weight }) => weight));
      expect(copied.allowedGates).toEqual(once.allowedGates);
      expect(copied.gatePrices).toEqual(once.gatePrices);
      expect(copied.edgePrices).toEqual(once.edgePrices);
    }
  });

  test('are one without categorical causes', () => {
    const problem = study(100, []);
    expect(problem.environments.map(({ weight }) => weight)).toEqual([1]);
    expect(problem.gates).toEqual([]);
  });

  test('too few subjects are refused', () => {
    const drug = categorical(
      'drug',
      repeated(20, (row) => row % 2),
    );
    expect(() => study(20, [drug])).toThrow(/fewer than 16 subjects, the largest 10/);
  });
});

describe('terms', () => {
  const dose: Cause = {
    name: 'dose',
    kind: 'ordered',
    levels: ['0', '1', '2'],
    reference: 0,
    assigned: true,
    effect: 'soft',
    terms: [
      { zero: 0, sd: 1 },
      { zero: 0, sd: 1, spline: { knots: [0, 1, 2], term: 0 } },
    ],
    values: Float64Array.from(repeated(300, (row) => row % 3)),
  };

  test('are levels that shift, each with a gate, and the terms of a number with one gate', () => {
    const drug = categorical(
      'drug',
      repeated(300, (row) => Math.floor(row / 100)),
      { effect: 'shift' },
    );
    const problem = study(300, [drug, dose]);
    expect(problem.terms).toBe(4);
    expect(problem.environments).toHaveLength(1);
    expect(problem.gates).toEqual([
      { effect: 'shift', terms: [0] },
      { effect: 'shift', terms: [1] },
      { effect: 'shift', terms: [2, 3] },
    ]);
    const { mean, covariance } = problem.environments[0];
    expect(mean[3]).toBeCloseTo(1 / 3, 6);
    expect(mean[5]).toBeCloseTo(1, 6);
    expect(covariance[5 * 7 + 5]).toBeCloseTo(2 / 3, 6);
  });

  test('skip the terms of levels with environments', () => {
    const drug = categorical(
      'drug',
      repeated(300, (row) => Math.floor(row / 100)),
    );
    const problem = study(300, [drug, dose]);
    expect(problem.terms).toBe(2);
    expect(problem.gates[2]).toEqual({ effect: 'shift', terms: [0, 1] });
    expect(problem.environments[0].mean[3]).toBeCloseTo(1, 1);
  });

  test('let a dose act on the latent that it moves', async () => {
    const rows = 3000;
    const data = interventionalData({
      blocks: [1, 1, 1],
      parents: [[], [0], []],
      targets: [],
      kind: 'soft',
      rows,
      seed: 161,
    });
    const cause: Cause = { ...dose, values: Float64Array.from(repeated(rows, (row) => row % 3)) };
    const values = data.values.map((value, at) => value + (at % 3 === 2 ? ((Math.floor(at / 3) % 3) - 1) ** 2 : 0));
    const problem = momentProblem(values, data.subjects, [cause], { ...OPTIONS, modalities: data.modalities });
    const [fit] = await searchMoments(problem, { threads: 1 });
    expect([...fit.gates]).toEqual([0, 0, 1]);
    const score = scoreOf(data, fit);
    expect(score.open).toBe(1);
  });
});

describe('targets', () => {
  const drug = (targets: Cause['targets']): Cause =>
    categorical(
      'drug',
      repeated(300, (row) => row % 3),
      { targets },
    );

  test('that are a modality limit the gates', () => {
    const problem = study(300, [drug({ a: ['proteins'] })]);
    expect([...problem.allowedGates]).toEqual([1, 1, 0, 1, 1, 1]);
    expect([...problem.known!]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('that are one latent are known', () => {
    const problem = study(300, [drug({ a: ['scans'], b: ['proteins.z2'] })]);
    expect([...problem.allowedGates]).toEqual([0, 0, 1, 0, 1, 0]);
    expect(problem.known).toEqual(problem.allowedGates);
  });

  test('without latents close the gates', () => {
    const problem = study(300, [drug({ a: [] })]);
    expect([...problem.allowedGates]).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test('that do not exist are refused', () => {
    expect(() => study(300, [drug({ a: ['blood'] })])).toThrow(/target 'blood' of 'a' is neither a modality/);
  });
});

describe('prices', () => {
  test('are 0.1 w (1 − w) nats of a level with the share w, and 0.01 of an edge', () => {
    const problem = study(3000, [
      categorical(
        'drug',
        repeated(3000, (row) => row % 3),
      ),
    ]);
    expect([...problem.gatePrices].map((price) => price.toFixed(6))).toEqual(['0.022222', '0.022222']);
    expect(problem.edgePrices).toEqual(new Float64Array(9).fill(0.01));
  });

  test('rise if there are few subjects', () => {
    const few = study(60, [
      categorical(
        'drug',
        repeated(60, (row) => row % 2),
        { effect: 'perfect' },
      ),
    ]);
    expect(few.edgePrices[0]).toBeCloseTo(Math.log(60) / 120, 12);
    // A direction within two latents, and a variance, in half of the likelihood.
    expect(few.gatePrices[0]).toBeCloseTo(((2 + 1) * Math.log(30)) / 60 / 2, 12);
  });
});

describe('noise', () => {
  const rows = 300;
  const normal = normals(generator(rows));
  const values = Float32Array.from({ length: 3 * rows }, normal);
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const drug = categorical(
    'drug',
    repeated(rows, (row) => row % 2),
  );
  const momentsOf = (of: Float32Array) => momentProblem(of, all, [drug], OPTIONS).environments;

  test('is subtracted from the covariance of the values in every environment', () => {
    const noise = new Matrix([
      [0.2, 0.1, 0],
      [0.1, 0.3, 0],
      [0, 0, 0.1],
    ]);
    const before = momentsOf(values);
    momentsOf(withoutNoise(values, [drug], noise, all)).forEach(({ covariance, mean }, e) => {
      covariance.forEach((value, i) =>
        expect(value).toBeCloseTo(before[e].covariance[i] - noise.get(Math.floor(i / 3), i % 3), 5),
      );
      mean.forEach((value, i) => expect(value).toBeCloseTo(before[e].mean[i], 5));
    });
  });

  test('that exceeds the variance leaves a tenth of it', () => {
    const before = momentsOf(values);
    const after = momentsOf(withoutNoise(values, [drug], Matrix.diag([0, 0, 5]), all));
    after.forEach(({ covariance }, e) => {
      const [was, is] = [before[e].covariance, covariance].map((flat) => Matrix.from1DArray(3, 3, [...flat]));
      expect(determinant(is) / determinant(was)).toBeCloseTo(0.1, 5);
      expect(is.get(0, 1)).toBeCloseTo(was.get(0, 1), 5);
    });
    expect(() => withoutNoise(values, [drug], Matrix.eye(2), all)).toThrow(/300 × 2 elements, not 900/);
  });

  test('of values that follow a dose leaves the effect of the dose', () => {
    const dose = Float64Array.from({ length: rows }, (_, row) => row / rows);
    const moved = values.map((value, at) => value + 4 * dose[Math.floor(at / 3)]);
    const number: Cause = {
      name: 'dose',
      kind: 'continuous',
      assigned: true,
      effect: 'shift',
      terms: [{ zero: 0, sd: 1 }],
      values: dose,
    };
    const problemOf = (of: Float32Array) => momentProblem(of, all, [number], OPTIONS).environments[0].covariance;
    const [before, after] = [moved, withoutNoise(moved, [number], Matrix.eye(3).mul(0.5), all)].map(problemOf);
    // Values, then the term.
    for (let i = 0; i < 3; i++) {
      expect(after[4 * i + 3]).toBeCloseTo(before[4 * i + 3], 5);
      expect(after[5 * i]).toBeCloseTo(before[5 * i] - 0.5, 4);
    }
  });
});

test('means that were removed from a modality say nothing about directions', async () => {
  // The level acts on p, and through p on s. Its means are removed from s, as those of batches are.
  const normal = normals(generator(5));
  const rows = 6000;
  const level = repeated(rows, (row) => row % 2);
  const p = level.map((value) => 1.2 * value + normal());
  const s = p.map((value) => 0.8 * value + normal());
  const meansOf = [0, 1].map(
    (value) => s.reduce((sum, one, row) => sum + (level[row] === value ? one : 0), 0) / (rows / 2),
  );
  const values = Float32Array.from({ length: 2 * rows }, (_, at) => {
    const row = at >> 1;
    return at % 2 === 0 ? p[row] : s[row] - meansOf[level[row]];
  });
  const modalities = ['p', 's'].map((name) => ({ name, latents: 1 }));
  const subjects = Int32Array.from({ length: rows }, (_, row) => row);
  for (const effect of ['soft', 'shift'] as const) {
    const search = async (removed?: MomentProblemOptions['removed']) => {
      const options = { ...OPTIONS, modalities, edgePrice: 0.003, removed };
      const problem = momentProblem(values, subjects, [categorical('arm', level, { effect })], options);
      const [best, next] = await searchMoments(problem, { threads: 1 });
      // Row s, column p; row p, column s.
      return { edges: [best, next].map(({ edges }) => [edges[2], edges[1]]), lead: next.objective - best.objective };
    };
    const misled = await search();
    expect(misled.edges[0]).toEqual([0, 1]);
    expect(misled.lead).toBeGreaterThan(0.02);
    const fair = await search({ s: ['arm'] });
    expect(fair.edges.flat().sort()).toEqual([0, 0, 1, 1]);
    expect(fair.edges[0]).not.toEqual(fair.edges[1]);
    expect(fair.lead).toBeLessThan(0.001);
  }
});
