// Kernel tests of independence: golden figures from NumPy, calibration under independence, power for relations without
// correlation.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { discover, fisherZ, kci, rcit, type DataColumn } from '../../src/causal/discovery/index.js';
import { factorKernel } from '../../src/causal/discovery/independence/kernel-factor.js';
import { residualMoments, ridgeBasis } from '../../src/causal/discovery/independence/kernel-moments.js';
import { longTest } from '../fixtures/long.js';
import { generator, normals } from '../fixtures/numbers.js';
import { edgeTexts } from './edge-texts.js';

type Case = [x: number, y: number, conditioning: number[], kci: number, rows: number, rcit: number | null];
interface Table {
  readonly columns: (number | null)[][];
  readonly cases: Case[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/kernel_tests.json'), 'utf8')) as Record<
  string,
  Table
>;

function columnsOf(columns: readonly ArrayLike<number | null>[]): DataColumn[] {
  return columns.map((values, i) => ({ name: `c${i}`, values: Float64Array.from(values, (value) => value ?? NaN) }));
}

describe.each(Object.entries(golden))('golden figures, %s', (_, { columns, cases }) => {
  const read = columnsOf(columns);
  const [kernel, features] = [kci(read), rcit(read)];
  test.each(cases)('%d and %d given %j', (x, y, conditioning, p, rows, randomized) => {
    const result = kernel.test(x, y, conditioning);
    expect(result.rows).toBe(rows);
    expect(Math.abs(Math.log(result.p / p))).toBeLessThan(0.002 + 1e-4 * Math.abs(Math.log(p)));
    if (randomized !== null) {
      expect(Math.abs(Math.log(features.test(x, y, conditioning).p / randomized))).toBeLessThan(1e-4);
    }
  });
});

test('a factor reproduces the kernel for every rank', () => {
  const normal = normals(generator(1));
  for (const dimensions of [1, 2, 6]) {
    const points = Array.from({ length: dimensions }, () => Float64Array.from({ length: 120 }, normal));
    const { rank, columns } = factorKernel(points, 2 / dimensions, 1e-9);
    for (let i = 0; i < 120; i += 7) {
      for (let j = 0; j < 120; j += 5) {
        let product = 0;
        for (let k = 0; k < rank; k++) product += columns[k * 120 + i] * columns[k * 120 + j];
        const square = points.reduce((sum, point) => sum + (point[i] - point[j]) ** 2, 0);
        expect(Math.abs(product - Math.exp(-square / dimensions))).toBeLessThan(1e-8);
      }
    }
  }
});

test('moments over several blocks of rows equal those of the whole matrices', () => {
  const normal = normals(generator(2));
  const rows = 1100;
  const factor = (rank: number, scale: number) => ({
    rows,
    rank,
    columns: Float64Array.from({ length: rows * rank }, () => scale * normal()),
  });
  const [x, y, conditioning] = [factor(3, 1), factor(2, 1), factor(1, 0.02)];
  const ridge = 0.3;
  const explained = conditioning.columns.reduce((sum, value) => sum + value * value, 0);
  const residual = ({ rank, columns }: typeof x) => {
    const result = columns.slice();
    for (let k = 0; k < rank; k++) {
      let weight = 0;
      for (let i = 0; i < rows; i++) weight += columns[k * rows + i] * conditioning.columns[i];
      for (let i = 0; i < rows; i++) result[k * rows + i] -= (weight * conditioning.columns[i]) / (explained + ridge);
    }
    return (i: number, j: number) => {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += result[k * rows + i] * result[k * rows + j];
      return sum;
    };
  };
  const [a, b] = [residual(x), residual(y)];
  let [statistic, mean, variance] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    mean += a(i, i) * b(i, i);
    for (let j = 0; j < rows; j++) {
      const product = a(i, j) * b(i, j);
      statistic += product;
      variance += 2 * product * product;
    }
  }
  const result = residualMoments(x, y, ridgeBasis(conditioning, ridge));
  expect(result.statistic / statistic).toBeCloseTo(1, 4);
  expect(result.mean / mean).toBeCloseTo(1, 5);
  expect(result.variance / variance).toBeCloseTo(1, 4);
});

describe('over simulated data', () => {
  /** Returns the number of `trials` data sets that a test calls dependent at 0.05. */
  function rejections(
    make: (columns: readonly DataColumn[]) => ReturnType<typeof kci>,
    { trials, rows, conditioning }: { trials: number; rows: number; conditioning: number[] },
    draw: (normal: () => number) => number[],
  ): number {
    let count = 0;
    for (let trial = 0; trial < trials; trial++) {
      const normal = normals(generator(1000 + trial));
      const data = Array.from({ length: rows }, () => draw(normal));
      const columns = columnsOf(data[0].map((_, i) => data.map((row) => row[i])));
      if (make(columns).test(0, 1, conditioning).p < 0.05) count++;
    }
    return count;
  }

  const apart = (normal: () => number) => [normal(), normal()];
  const common = (normal: () => number) => {
    const z = normal();
    return [Math.sin(2 * z) + 0.5 * normal(), z * z + normal(), z];
  };
  const circle = (normal: () => number) => {
    const [z, x] = [normal(), normal()];
    return [x + z, Math.cos(2 * x) + 0.3 * z + 0.4 * normal(), z];
  };

  // 99.8 % of Binomial(200, 0.05) lies in 2 … 20, of Binomial(100, 0.05) in 1 … 13.
  const NULL_DATA = [
    ['KCI', kci, { rows: 150, trials: 200, conditioning: [] }, [2, 20], apart],
    ['KCI given a common cause', kci, { rows: 150, trials: 200, conditioning: [2] }, [2, 20], common],
    ['RCIT', rcit, { rows: 400, trials: 200, conditioning: [] }, [2, 20], apart],
    ['RCIT given a common cause', rcit, { rows: 500, trials: 100, conditioning: [2] }, [1, 13], common],
  ] as const;
  const NAME = '%s rejects about 5 %% of independent data sets';
  test.each(NULL_DATA.slice(0, 2))(NAME, errsAsItSays);
  longTest.each(NULL_DATA.slice(2))(NAME, errsAsItSays);

  function errsAsItSays(...[, make, design, [min, max], draw]: (typeof NULL_DATA)[number]): void {
    const count = rejections(make, { ...design, conditioning: [...design.conditioning] }, draw);
    expect(count).toBeGreaterThanOrEqual(min);
    expect(count).toBeLessThanOrEqual(max);
  }

  test.each([
    ['KCI', kci, 200, 36],
    ['RCIT', rcit, 600, 36],
    ['Fisher z', fisherZ, 600, 0],
  ] as const)('%s on a dependence without correlation', (_name, make, rows, minCount) => {
    const count = rejections(make, { trials: 40, rows, conditioning: [2] }, circle);
    if (minCount > 0) expect(count).toBeGreaterThanOrEqual(minCount);
    else expect(count).toBeLessThan(12);
  });
});

test.each(['kci', 'rcit'] as const)('%s finds the chain that Fisher z misses', (name) => {
  const normal = normals(generator(77));
  const a = Float64Array.from({ length: 400 }, normal);
  const b = a.map((value) => 0.7 * value * value + 0.3 * normal());
  const c = b.map((value) => value + 0.5 * normal());
  const columns = [a, b, c].map((values, i) => ({ name: 'abc'[i], values }));
  expect(edgeTexts(discover(columns, { test: name, alpha: 0.01 }).graph)).toEqual(['a --- b', 'b --- c']);
  expect(edgeTexts(discover(columns, { alpha: 0.01 }).graph)).not.toContain('a --- b');
});

test('a constant column and too few rows are input errors', () => {
  const values = Float64Array.from({ length: 30 }, (_, i) => i % 7);
  const columns = [values, values.map((v) => v * v), values.map(() => 3)].map((v, i) => ({ name: `c${i}`, values: v }));
  expect(() => kci(columns).test(0, 2, [])).toThrow(expect.objectContaining({ code: 'constant-column' }));
  const short = columns.map((column) => ({ ...column, values: column.values.slice(0, 8) }));
  expect(() => kci(short).test(0, 1, [])).toThrow(expect.objectContaining({ code: 'too-few-rows' }));
  expect(() => rcit(columns).test(0, 1, [])).toThrow(/200 rows/);
});
