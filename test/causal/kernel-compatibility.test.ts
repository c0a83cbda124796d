// The kernel test against that of causal-learn: equal p-values with its choices, and the effect of each single choice.
// Also against references without its approximations: permutations, and newly drawn tables.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { COMPATIBILITY_CHOICES, fisherZ, kci, pc, type DataColumn } from '../../src/causal/discovery/index.js';
import { KERNEL_CHOICES, type KernelChoice } from '../../src/causal/discovery/independence/kernel-choices.js';
import { generator, normals } from '../fixtures/numbers.js';
import { dataFolder, describeWithData } from '../fixtures/skipping.js';

const folder = join(dataFolder, 'causal_learn_random');

interface Answer {
  readonly test: string;
  readonly x: number;
  readonly y: number;
  /** Columns conditioned on. */
  readonly given: readonly number[];
  readonly p: number;
}

const read = (name: string): string => gunzipSync(readFileSync(join(folder, name))).toString('utf8');

function columnsOf(name: string): DataColumn[] {
  const [names, ...rows] = read(`${name}.csv.gz`)
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return names.map((column, i) => ({ name: column, values: Float64Array.from(rows, (row) => Number(row[i])) }));
}

describeWithData('causal_learn_random')('causal-learn’s answers', () => {
  // A skipped block also runs this line.
  const expected = existsSync(folder) ? read('expected.json.gz') : '[]';
  const tables = (JSON.parse(expected) as { name: string; rows: number; p: Answer[] }[])
    // The other tables take longer; `npm run bench:calibration` includes them.
    .filter(({ rows }) => rows < 200)
    .map(({ name, p }) => ({ name, answers: p.filter((answer) => answer.test === 'kci') }))
    .filter(({ answers }) => answers.length > 0);

  /** Returns the largest |p − p of causal-learn| over conditional tests. */
  function distance(compatibility: readonly KernelChoice[], limit: number): number {
    let maxDifference = 0;
    for (const { name, answers } of tables.slice(0, limit)) {
      const kernel = kci(columnsOf(name), { compatibility });
      for (const { x, y, given: conditioning, p } of answers) {
        if (conditioning.length === 0) continue;
        maxDifference = Math.max(
          maxDifference,
          Math.abs(kernel.test(Math.min(x, y), Math.max(x, y), conditioning).p - p),
        );
      }
    }
    return maxDifference;
  }

  test('equal those of causal-learn with its choices, in all relevant digits', () => {
    let count = 0;
    for (const { name, answers } of tables.slice(0, 6)) {
      const kernel = kci(columnsOf(name), { compatibility: 'causal-learn' });
      for (const { x, y, given: conditioning, p } of answers) {
        expect(Math.abs(kernel.test(Math.min(x, y), Math.max(x, y), conditioning).p - p)).toBeLessThan(1e-8);
        count++;
      }
    }
    expect(count).toBe(18);
  });

  // Bounds of the largest difference without one choice, if all other choices are those of causal-learn.
  test.each([
    ['small-ridge', 0.03, 0.2],
    ['shared-width', 0.03, 0.25],
    ['centred-regression', 1e-5, 0.006],
    ['sample-deviation', 1e-5, 0.006],
    ['cut-spectrum', 0, 0.0005],
  ] as const)('differ for a reason: %s', (reason, min, max) => {
    const difference = distance(
      KERNEL_CHOICES.filter((choice) => choice !== reason),
      2,
    );
    expect(difference).toBeGreaterThan(min);
    expect(difference).toBeLessThan(max);
  });
});

test.each([
  ['causal-lern', "'causal-lern' (did you mean 'causal-learn'?)"],
  [['small-rigde'], "'small-rigde' (did you mean 'small-ridge'?)"],
  [7, '7'],
  [[undefined], 'undefined'],
  [[Object.create(null)], 'an object'],
])('an unknown choice is refused (%#)', (compatibility, name) => {
  const columns = [0, 1].map((i) => ({
    name: `c${i}`,
    values: Float64Array.from({ length: 20 }, (_, row) => Math.sin((i + 1) * row)),
  }));
  for (const [call, known] of [
    [() => kci(columns, { compatibility: compatibility as [] }), KERNEL_CHOICES],
    [() => pc(fisherZ(columns), { compatibility: compatibility as [] }), COMPATIBILITY_CHOICES],
  ] as const) {
    expect(call).toThrow(
      expect.objectContaining({
        code: 'unknown-compatibility',
        message: `there is no compatibility ${name}: choose causal-learn, or any of ${known.join(', ')}`,
      }),
    );
  }
});

describe('an independent reference', () => {
  const ROWS = 100;
  const columns = (all: readonly Float64Array[]): DataColumn[] => all.map((values, i) => ({ name: `c${i}`, values }));

  test('p matches 499 permutations of rows with the statistic from the definition', () => {
    const kernel = (values: Float64Array): Float64Array[] => {
      const mean = values.reduce((sum, value) => sum + value, 0) / ROWS;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ROWS;
      const full = Array.from(values, (a) =>
        Float64Array.from(values, (b) => Math.exp((-0.5 * (a - b) ** 2) / variance / 0.8 ** 2)),
      );
      const means = full.map((row) => row.reduce((sum, value) => sum + value, 0) / ROWS);
      const all = means.reduce((sum, value) => sum + value, 0) / ROWS;
      return full.map((row, i) => row.map((value, j) => value - means[i] - means[j] + all));
    };
    for (const seed of [1, 2, 4]) {
      const normal = normals(generator(seed));
      const x = Float64Array.from({ length: ROWS }, normal);
      const y = x.map((value) => normal() + (seed % 3) * 0.35 * Math.cos(2 * value));
      const [a, b] = [x, y].map(kernel);
      const next = generator(100 + seed);
      const statistic = (order: readonly number[]): number =>
        a.reduce((sum, row, i) => sum + row.reduce((part, value, j) => part + value * b[order[i]][order[j]], 0), 0);
      const rows = Array.from({ length: ROWS }, (_, i) => i);
      const observed = statistic(rows);
      let reached = 1;
      for (let trial = 0; trial < 499; trial++) {
        for (let i = ROWS - 1; i > 0; i--) {
          const j = Math.floor(next() * (i + 1));
          [rows[i], rows[j]] = [rows[j], rows[i]];
        }
        if (statistic(rows) >= observed) reached++;
      }
      const permuted = reached / 500;
      const deviation = Math.sqrt((permuted * (1 - permuted)) / 500);
      // 0.015 is the error of the gamma distribution.
      expect(Math.abs(kci(columns([x, y])).test(0, 1, []).p - permuted)).toBeLessThan(0.015 + 3.5 * deviation);
    }
  });

  test('p matches 199 new draws of y given z, which use no assumption of the test', () => {
    const distances = [11, 12, 13].map((seed) => {
      const normal = normals(generator(seed));
      const z = Float64Array.from({ length: ROWS }, normal);
      const x = z.map((value) => Math.sin(2 * value) + 0.5 * normal());
      const again = Array.from({ length: 200 }, () => z.map((value) => value * value + normal()));
      // The first column is the data, all further ones are new draws.
      const kernel = kci(columns([x, z, ...again]));
      const [p, ...drawn] = again.map((_, i) => kernel.test(0, i + 2, [1]).p);
      return Math.abs(p - drawn.filter((other) => other <= p).length / drawn.length);
    });
    // A share of 199 has a standard deviation of at most 0.035.
    expect(Math.max(...distances)).toBeLessThan(0.14);
  });
});
