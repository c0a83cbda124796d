// The values of observed causes in run.json: combinations of levels and ranges of numbers, without single subjects.

import { describe, expect, test } from '@jest/globals';
import type { Cause } from '../../src/data/causes.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { causeRanges } from '../../src/training/cause-ranges.js';
import { causeRangesSchema, causeScalesSchema } from '../../src/training/causes-schema.js';

const rows = 400;
const random = new RandomStream(1, 2);
const all = Int32Array.from({ length: rows }, (_, row) => row);
// Level c has five subjects, and only arm b has doses above 0.
const armOf = (row: number) => (row < 5 ? 2 : row % 2);
const cause = (name: string, kind: Cause['kind'], valueOf: (row: number) => number, levels?: string[]): Cause => ({
  name,
  kind,
  ...(levels && { levels }),
  assigned: true,
  effect: 'soft',
  terms: kind === 'categorical' ? levels!.slice(1).map((level) => ({ level })) : [{ zero: 0, sd: 1 }],
  values: Float64Array.from(all, valueOf),
});
const arm = cause('arm', 'categorical', armOf, ['a', 'b', 'c']);
const dose = cause('dose', 'ordered', (row) => (armOf(row) === 1 ? [1, 10][(row >> 1) % 2] : 0), ['0', '1', '10']);
const age = cause('age', 'continuous', (row) => 40 + 20 * armOf(row) + 5 * random.normal());

describe('causeRanges', () => {
  test('lists the combinations that occur, with their subjects and the ranges of continuous causes', () => {
    const { numbers, combinations } = causeRanges([arm, dose, age], all);
    expect(combinations!.map(({ values, subjects }) => [values['arm'], values['dose'], subjects])).toEqual([
      ['a', 0, 197],
      ...[
        ['b', 1, expect.any(Number)],
        ['b', 10, expect.any(Number)],
      ],
      ['c', 0, 5],
    ]);
    expect(combinations!.reduce((sum, { subjects }) => sum + subjects, 0)).toBe(rows);
    expect(combinations![0].numbers!['age'].mean).toBeCloseTo(40, 0);
    expect(combinations![1].numbers!['age'].mean).toBeCloseTo(60, 0);
    expect(Object.keys(numbers)).toEqual(['dose', 'age']);
    expect(numbers['dose']).toMatchObject({ low: 0, high: 10 });
  });

  test('has no number of a group of fewer than ten subjects, and no extremes', () => {
    const { numbers, combinations } = causeRanges([arm, dose, age], all);
    expect(combinations!.at(-1)).toEqual({ values: { arm: 'c', dose: 0 }, subjects: 5 });
    const values = [...age.values].sort((a, b) => a - b);
    expect(numbers['age'].low).toBeGreaterThan(values[1]);
    expect(numbers['age'].high).toBeLessThan(values.at(-2)!);
  });

  test('reads only the given rows', () => {
    const { combinations } = causeRanges([arm], all.subarray(5, 7));
    expect(combinations).toEqual([
      { values: { arm: 'b' }, subjects: 1 },
      { values: { arm: 'a' }, subjects: 1 },
    ]);
  });

  test('a thousand combinations are the maximum', () => {
    const many = Array.from({ length: 1001 }, (_, k) => `l${k}`);
    const each = { ...cause('screen', 'categorical', () => 0, many), values: Float64Array.from(many, (_, k) => k) };
    expect(
      causeRanges(
        [each],
        Int32Array.from(many, (_, k) => k),
      ).combinations,
    ).toBeUndefined();
  });

  test('results and scales survive the schemas of run.json', () => {
    const ranges = causeRanges([arm, dose, age], all);
    expect(causeRangesSchema.parse(JSON.parse(JSON.stringify(ranges)))).toEqual(ranges);
    const { values: _, ...scales } = {
      ...age,
      reference: 40,
      terms: [{ spline: { knots: [1, 2, 3], term: 0 }, zero: 1, sd: 2 }],
    };
    expect(causeScalesSchema.parse(JSON.parse(JSON.stringify(scales)))).toEqual(scales);
  });
});
