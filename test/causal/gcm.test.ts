// The generalised covariance measure: golden figures from NumPy and SciPy, level and power over simulated data, and
// what follows from ranks.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { discover, discoverInParallel, gcm, type DataColumn } from '../../src/causal/discovery/index.js';
import { longTest } from '../fixtures/long.js';
import { generator, normals } from '../fixtures/numbers.js';
import { edgeTexts } from './edge-texts.js';

function columnsOf(columns: readonly ArrayLike<number | null>[]): DataColumn[] {
  return columns.map((values, i) => ({ name: `c${i}`, values: Float64Array.from(values, (value) => value ?? NaN) }));
}

describe('golden figures', () => {
  type Case = [x: number, y: number, conditioning: number[], p: number, rows: number];
  const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/gcm.json'), 'utf8')) as {
    readonly columns: (number | null)[][];
    readonly cases: Case[];
  };
  const measured = gcm(columnsOf(golden.columns));
  test.each(golden.cases)('%d and %d given %j', (x, y, conditioning, p, rows) => {
    const result = measured.test(x, y, conditioning);
    expect(result.rows).toBe(rows);
    expect(Math.abs(Math.log(result.p / p))).toBeLessThan(1e-6 * (1 + Math.abs(Math.log(p))));
  });
});

describe('over simulated data', () => {
  type Draw = (normal: () => number) => number[];

  /** Returns the number of `trials` data sets that the test calls dependent at 0.05, given all columns after two. */
  function rejections(draw: Draw, rows: number, trials: number): number {
    let count = 0;
    for (let trial = 0; trial < trials; trial++) {
      const normal = normals(generator(500 + trial));
      const data = Array.from({ length: rows }, () => draw(normal));
      const columns = columnsOf(data[0].map((_, i) => data.map((row) => row[i])));
      const conditioning = [...columns.keys()].slice(2);
      if (gcm(columns).test(0, 1, conditioning).p < 0.05) count++;
    }
    return count;
  }

  // 99.8 % of Binomial(200, 0.05) lies in 2 … 20.
  const NULL_DATA: [string, Draw][] = [
    ['no condition', (normal) => [normal(), normal()]],
    [
      'a common cause through waves',
      (normal) => {
        const z = normal();
        return [Math.sin(2 * z) + 0.5 * normal(), z * z + normal(), z];
      },
    ],
    [
      'unequal variances',
      (normal) => {
        const z = normal();
        return [Math.exp(z / 1.5) * normal(), Math.exp(z / 1.5) * normal(), z];
      },
    ],
    [
      'two common causes and their product',
      (normal) => {
        const [z, w] = [normal(), normal()];
        return [Math.sin(2 * z) + w + 0.7 * normal(), z * w + normal(), z, w];
      },
    ],
  ];
  const NAME = 'about 5 %% of independent data sets are rejected: %s';
  test.each(NULL_DATA.slice(0, 3))(NAME, keepsLevel);
  longTest.each(NULL_DATA.slice(3))(NAME, keepsLevel);

  function keepsLevel(_name: string, draw: Draw): void {
    const count = rejections(draw, 300, 200);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(20);
  }

  test('the level holds if one of the two regressions has many degrees of freedom', () => {
    const waves: Draw = (normal) => {
      const z = normal();
      return [Math.sin(6 * z) + 0.1 * normal(), normal(), z];
    };
    // Binomial(300, 0.05) is below 5 in 0.1 % of cases; with the larger of both degrees, there are 2.
    const count = rejections(waves, 200, 300);
    expect(count).toBeGreaterThanOrEqual(5);
    expect(count).toBeLessThanOrEqual(27);
  });

  test.each([1000, 5000])('a strong dependence of small residuals is found in %d rows', (rows) => {
    const close: Draw = (normal) => {
      const [z, noise] = [normal(), normal()];
      return [z + 0.001 * noise, z + 0.001 * (0.8 * noise + 0.6 * normal()), z];
    };
    expect(rejections(close, rows, 3)).toBe(3);
  });

  test('a dependence without correlation is found', () => {
    const circle: Draw = (normal) => {
      const [z, x] = [normal(), normal()];
      return [x + z, Math.cos(2 * x) + 0.3 * z + 0.4 * normal(), z];
    };
    expect(rejections(circle, 600, 40)).toBeGreaterThanOrEqual(36);
  });
});

describe('columns', () => {
  const normal = normals(generator(78));
  const a = Float64Array.from({ length: 400 }, normal);
  const b = a.map((value) => 0.7 * value * value + 0.3 * normal());
  const c = b.map((value) => value + 0.5 * normal());
  const chain = [a, b, c].map((values, i) => ({ name: 'abc'[i], values }));

  test('of a chain without correlation are found, with any number of threads and in half-samples', async () => {
    const options = { test: 'gcm', alpha: 0.01 } as const;
    const whole = discover(chain, options);
    expect(edgeTexts(whole.graph)).toEqual(['a --- b', 'b --- c']);
    expect(await discoverInParallel(chain, { ...options, threads: 2 })).toEqual(whole);
    const sampled = { ...options, halfSamples: 2 };
    expect(await discoverInParallel(chain, { ...sampled, threads: 2 })).toEqual(discover(chain, sampled));
  });

  test('may have any unit: p has the same bits after a monotone change', () => {
    const changed = chain.map((column) => ({ ...column, values: column.values.map((value) => Math.exp(3 * value)) }));
    expect(gcm(changed).test(0, 2, [1])).toEqual(gcm(chain).test(0, 2, [1]));
  });

  test('that the condition determines are independent of everything', () => {
    const code = Float64Array.from({ length: 400 }, (_, i) => i % 2);
    const columns = columnsOf([code, c, code.map((value) => 5 - value)]);
    expect(gcm(columns).test(0, 1, [2]).p).toBe(1);
    expect(gcm(columns).test(0, 2, []).p).toBeLessThan(1e-12);
  });

  test('that are constant, or have too few common rows, are input errors', () => {
    const constant = [...chain, { name: 'd', values: a.map(() => 3) }];
    expect(() => gcm(constant).test(0, 3, [])).toThrow(expect.objectContaining({ code: 'constant-column' }));
    expect(() => gcm(constant).test(0, 1, [3])).toThrow(expect.objectContaining({ code: 'constant-column' }));
    const first = a.map((value, i) => (i < 250 ? value : NaN));
    const last = b.map((value, i) => (i < 170 ? NaN : value));
    const short = columnsOf([first, last, c]);
    expect(gcm(short).test(0, 2, [])).toMatchObject({ rows: 250 });
    expect(() => gcm(short).test(0, 1, [2])).toThrow(/at least 100 rows.*80 rows have all of c0, c1, c2/);
  });
});
