// The values of observed causes among the training subjects: which combinations of levels occur, and the ranges of
// numbers. Questions need them to name extrapolations and to draw new subjects. The results describe no single subject.

import type { Cause } from '../data/causes.js';
import { quantileOf } from '../data/ranks.js';
import { meanAndSd } from '../metrics/vectors.js';
import type { CauseRanges, Range } from './causes-schema.js';

/** Tail probability of a range. Its extremes would be the values of two single subjects. */
const TAIL = 0.01;
const MAX_COMBINATIONS = 1000;
/** Fewer subjects have no range. */
const MIN_SUBJECTS = 10;

/** Returns the ranges of causes. @param rows rows of the training subjects */
export function causeRanges(causes: readonly Cause[], rows: Int32Array): CauseRanges {
  const numbers = numbersOf(
    causes.filter(({ kind }) => kind !== 'categorical'),
    rows,
  );
  const discrete = causes.filter(({ kind }) => kind !== 'continuous');
  const continuous = causes.filter(({ kind }) => kind === 'continuous');
  const members = new Map<string, number[]>();
  for (const row of rows) {
    const key = discrete.map(({ values }) => values[row]).join(' ');
    const known = members.get(key);
    if (known) known.push(row);
    else members.set(key, [row]);
  }
  if (members.size > MAX_COMBINATIONS) return { numbers };
  const combinations = Array.from(members.values(), (some) => ({
    values: Object.fromEntries(discrete.map((cause) => [cause.name, valueText(cause, some[0])])),
    subjects: some.length,
    ...(continuous.length > 0 &&
      some.length >= MIN_SUBJECTS && { numbers: numbersOf(continuous, Int32Array.from(some)) }),
  }));
  return { numbers, combinations: combinations.sort((a, b) => b.subjects - a.subjects) };
}

function valueText({ kind, levels, values }: Cause, row: number): string | number {
  return kind === 'categorical' ? levels![values[row]] : values[row];
}

function numbersOf(causes: readonly Cause[], rows: Int32Array): Record<string, Range> {
  return Object.fromEntries(
    causes.map(({ name, values }) => [name, rangeOf(Float64Array.from(rows, (row) => values[row]))]),
  );
}

/** Returns moments and the 1 and 99 % quantiles. */
export function rangeOf(values: Float64Array): Range {
  const sorted = Float64Array.from(values).sort();
  return { ...meanAndSd(values), low: quantileOf(sorted, TAIL), high: quantileOf(sorted, 1 - TAIL) };
}
