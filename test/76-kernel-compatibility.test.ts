// The kernel test beside causal-learn's: its p-values with its choices, and what each choice alone does to them. And
// beside references that share no approximation with it: permutations, and tables drawn anew.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { COMPATIBILITY_CHOICES, fisherZ, kci, pc, type DataColumn } from '../src/causal/discovery/index.js';
import { KERNEL_CHOICES, type KernelChoice } from '../src/causal/discovery/independence/kernel-choices.js';
import { generator, normals } from './numbers.js';
import { dataFolder, describeWithData } from './skipping.js';

const folder = join(dataFolder, 'causal_learn_random');

interface Answer {
  readonly test: string;
  readonly x: number;
  readonly y: number;
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
  // A block that is skipped runs this line too.
  const expected = existsSync(folder) ? read('expected.json.gz') : '[]';
  const tables = (JSON.parse(expected) as { name: string; rows: number; p: Answer[] }[])
    // The others take longer: `npm run bench:calibration` asks them too.
    .filter(({ rows }) => rows < 200)
    .map(({ name, p }) => ({ name, answers: p.filter((answer) => answer.test === 'kci') }))
    .filter(({ answers }) => answers.length > 0);

  /** Largest |p − causal-learn's| over answers given something. */
  function distance(compatibility: readonly KernelChoice[], most: number): number {
    let largest = 0;
    for (const { name, answers } of tables.slice(0, most)) {
      const asked = kci(columnsOf(name), { compatibility });
      for (const { x, y, given, p } of answers) {
        if (given.length === 0) continue;
        largest = Math.max(largest, Math.abs(asked.test(Math.min(x, y), Math.max(x, y), given).p - p));
      }
    }
    return largest;
  }

  test('are ours with its choices, in every digit that counts', () => {
    let count = 0;
    for (const { name, answers } of tables.slice(0, 6)) {
      const asked = kci(columnsOf(name), { compatibility: 'causal-learn' });
      for (const { x, y, given, p } of answers) {
        expect(Math.abs(asked.test(Math.min(x, y), Math.max(x, y), given).p - p)).toBeLessThan(1e-8);
        count++;
      }
    }
    expect(count).toBe(18);
  });

  // Without the one choice, all others being causal-learn's: between which bounds the largest difference lies.
  test.each([
    ['small-ridge', 0.03, 0.2],
    ['shared-width', 0.03, 0.25],
    ['centred-regression', 1e-5, 0.006],
    ['sample-deviation', 1e-5, 0.006],
    ['cut-spectrum', 0, 0.0005],
  ] as const)('differ for a reason: %s', (reason, least, most) => {
    const found = distance(
      KERNEL_CHOICES.filter((choice) => choice !== reason),
      2,
    );
    expect(found).toBeGreaterThan(least);
    expect(found).toBeLessThan(most);
  });
});

test.each([
  ['causal-lern', "'causal-lern' (did you mean 'causal-learn'?)"],
  [['small-rigde'], "'small-rigde' (did you mean 'small-ridge'?)"],
  [7, '7'],
  [[undefined], 'undefined'],
  [[Object.create(null)], 'an object'],
])('an unknown choice is refused (%#)', (compatibility, told) => {
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
        message: `there is no compatibility ${told}: choose causal-learn, or some of ${known.join(', ')}`,
      }),
    );
  }
});

describe('a reference of its own', () => {
  const ROWS = 100;
  const columns = (all: readonly Float64Array[]): DataColumn[] => all.map((values, i) => ({ name: `c${i}`, values }));

  test('rows permuted: the statistic from the definition, 499 times', () => {
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
      // 0.015 is the gamma distribution's own error.
      expect(Math.abs(kci(columns([x, y])).test(0, 1, []).p - permuted)).toBeLessThan(0.015 + 3.5 * deviation);
    }
  });

  test('y drawn anew given z, 199 times: nothing of the test is assumed', () => {
    const distances = [11, 12, 13].map((seed) => {
      const normal = normals(generator(seed));
      const z = Float64Array.from({ length: ROWS }, normal);
      const x = z.map((value) => Math.sin(2 * value) + 0.5 * normal());
      const again = Array.from({ length: 200 }, () => z.map((value) => value * value + normal()));
      // The first is the table, the others what could have been.
      const asked = kci(columns([x, z, ...again]));
      const [p, ...others] = again.map((_, i) => asked.test(0, i + 2, [1]).p);
      return Math.abs(p - others.filter((other) => other <= p).length / others.length);
    });
    // A share of 199 has a standard deviation of at most 0.035.
    expect(Math.max(...distances)).toBeLessThan(0.14);
  });
});
