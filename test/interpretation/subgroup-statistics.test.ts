// Comparisons of groups: against R (test/golden/make_subgroups.R), in random divisions of the subjects, and with
// differences that were planted.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  brownForsytheTest,
  deviationOf,
  differenceOf,
  interval95,
  welchTest,
  type GroupFigure,
} from '../../src/interpretation/subgroups/equality.js';
import { correlationDifference, groupCorrelation } from '../../src/interpretation/subgroups/group-correlation.js';
import { compareMeans } from '../../src/interpretation/subgroups/group-means.js';
import { groupSlopes } from '../../src/interpretation/subgroups/group-slopes.js';
import { equality } from '../../src/interpretation/subgroups/results.js';
import { holm } from '../../src/quality/pair-test.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface Tested {
  readonly statistic: number;
  readonly degrees: readonly number[];
  readonly p: number;
}
interface Figures extends Tested {
  readonly estimate: readonly number[];
  readonly variance: readonly number[];
  readonly df: readonly number[];
}
interface Golden extends Record<'age' | 'group' | 'other' | 'x' | 'y', readonly number[]> {
  readonly site: readonly string[];
  readonly means: {
    readonly plain: Tested & { readonly means: readonly number[] };
    readonly pair: { readonly difference: number; readonly interval: readonly number[]; readonly p: number };
    readonly adjusted: Tested & Record<'half' | 'lower' | 'means' | 'upper', readonly number[]>;
  };
  readonly spreads: Tested & { readonly sd: readonly number[] };
  readonly slopes: Figures & { readonly interaction: { readonly difference: number; readonly variance: number } };
  readonly correlations: Record<'partial' | 'plain', Figures>;
  readonly holm: Record<'p' | 'q', readonly number[]>;
}

const golden = JSON.parse(readFileSync(new URL('../golden/subgroups.json', import.meta.url), 'utf8')) as Golden;
const column = (name: 'age' | 'other' | 'x' | 'y') => Float64Array.from(golden[name]);
const sites = ['b', 'c'].map((level) => Float64Array.from(golden.site, (value) => Number(value === level)));
const isIn = (g: number) => (_: number, row: number) => golden.group[row] === g;
const of = (values: Float64Array, g: number) => values.filter(isIn(g));
const rowsOf = (g: number) => Int32Array.from(golden.group.keys()).filter((row) => golden.group[row] === g);

/** Expects the six digits that the golden files have. */
function expectNear(values: readonly (number | undefined)[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) {
    expect(Math.abs(value! - expected[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i])));
  }
}

function expectTest(tested: Tested | undefined, { statistic, degrees, p }: Tested): void {
  expectNear([tested?.statistic, ...tested!.degrees, tested?.p], [statistic, ...degrees, p]);
}

function expectFigures(figures: readonly (GroupFigure | undefined)[], expected: Figures): void {
  expectNear(
    figures.map((one) => one?.estimate),
    expected.estimate,
  );
  expectNear(
    figures.map((one) => one?.variance),
    expected.variance,
  );
  expectNear(
    figures.map((one) => one?.degrees),
    expected.df,
  );
  expectTest(welchTest(figures as GroupFigure[]), expected);
}

describe('figures of groups equal those of R', () => {
  const [x, y, other, age] = [column('x'), column('y'), column('other'), column('age')];

  test('means', () => {
    const all = compareMeans(y, golden.group, 3, [])!;
    expectTest(all.test, golden.means.plain);
    expectNear(
      all.intervals.map(({ estimate }) => estimate),
      golden.means.plain.means,
    );
    const isOfTwo = golden.group.map((g) => g < 2);
    const two = compareMeans(
      y.filter((_, row) => isOfTwo[row]),
      golden.group.filter((g) => g < 2),
      2,
      [],
    )!;
    const { difference, interval, p } = golden.means.pair;
    const [{ estimate, lower, upper }] = two.differences;
    expectNear([estimate, lower, upper, two.test.p], [difference, ...interval, p]);
  });

  test('adjusted means', () => {
    const { test: tested, intervals, differences } = compareMeans(y, golden.group, 3, [age, ...sites])!;
    expectTest(tested, golden.means.adjusted);
    expectNear(
      intervals.map(({ estimate }) => estimate),
      golden.means.adjusted.means,
    );
    expectNear(
      intervals.map(({ lower, upper }) => (upper - lower) / 2),
      golden.means.adjusted.half,
    );
    expectNear(
      differences.map(({ lower }) => lower),
      golden.means.adjusted.lower,
    );
    expectNear(
      differences.map(({ upper }) => upper),
      golden.means.adjusted.upper,
    );
  });

  test('spreads', () => {
    const groups = [0, 1, 2].map((g) => of(y, g));
    expectTest(brownForsytheTest(groups), golden.spreads);
    expectNear(groups.map(deviationOf), golden.spreads.sd);
  });

  test('slopes with robust errors, as the interaction of one regression', () => {
    const table = { samples: { values: y, rows: y.length, columns: 1 }, observed: undefined };
    const slopes = [0, 1, 2].map((g) =>
      groupSlopes([x, other], [age, ...sites], table, { rows: rowsOf(g), minimum: 20 }),
    );
    const figures = slopes.map(([first]) => first![0]);
    expectFigures(figures, golden.slopes);
    const { difference, variance } = golden.slopes.interaction;
    expectNear(
      [figures[1]!.estimate - figures[0]!.estimate, figures[0]!.variance + figures[1]!.variance],
      [difference, variance],
    );
  });

  test('correlations with jackknife errors', () => {
    const all = (covariates: readonly Float64Array[]) =>
      [0, 1, 2].map((g) =>
        groupCorrelation(
          of(x, g),
          of(y, g),
          covariates.map((one) => of(one, g)),
        ),
      );
    expectFigures(all([]), golden.correlations.plain);
    expectFigures(all([other, age]), golden.correlations.partial);
    expectNear(holm(golden.holm.p), golden.holm.q);
  });
});

/** Variables that are neither normal nor equally spread: y varies more where x is large. */
function subjectsOf(random: RandomStream, count: number) {
  const x = Float64Array.from({ length: count }, () => random.normal());
  const age = x.map((value) => 0.5 * value + random.normal());
  const y = x.map((value, row) => 0.5 * value + 0.3 * age[row] + (0.5 + 0.5 * Math.abs(value)) * random.normal());
  const skewed = x.map((value) => Math.exp(0.5 * (value + random.normal())));
  return { x, y, age, skewed };
}
type Subjects = ReturnType<typeof subjectsOf>;

/** p of every kind of test between the groups. */
function psOf({ x, y, age, skewed }: Subjects, groups: ArrayLike<number>, count: number): Record<string, number> {
  const each = Array.from({ length: count }, (_, g) => g);
  const part = (values: Float64Array, g: number) => values.filter((_, row) => groups[row] === g);
  const rows = (g: number) => Int32Array.from(x.keys()).filter((row) => groups[row] === g);
  const slopesOf = (values: Float64Array) => {
    const table = { samples: { values, rows: values.length, columns: 1 }, observed: undefined };
    return welchTest(each.map((g) => groupSlopes([x], [age], table, { rows: rows(g), minimum: 20 })[0]![0]!))!.p;
  };
  const correlations = (covariates: readonly Float64Array[]) =>
    welchTest(
      each.map((g) =>
        groupCorrelation(
          part(x, g),
          part(y, g),
          covariates.map((one) => part(one, g)),
        )!,
      ),
    )!.p;
  return {
    means: compareMeans(y, groups, count, [])!.test.p,
    adjusted: compareMeans(y, groups, count, [age])!.test.p,
    spreads: brownForsytheTest(each.map((g) => part(y, g)))!.p,
    slopes: slopesOf(y),
    skewed: slopesOf(skewed),
    correlations: correlations([]),
    partial: correlations([age]),
  };
}

/** Largest distance of the shares of p from those of a uniform distribution (Kolmogorov and Smirnov). */
function distanceFromUniform(ps: readonly number[]): number {
  const sorted = [...ps].sort((a, b) => a - b);
  return Math.max(...sorted.map((p, i) => Math.max(p - i / sorted.length, (i + 1) / sorted.length - p)));
}

const SPLITS = 300;
/** Critical distance of a test at 0.1 %. */
const MAX_DISTANCE = 1.95 / Math.sqrt(SPLITS);

describe('a random division of subjects', () => {
  const cases = [
    { name: 'two groups of 60', sizes: [60, 60] },
    { name: 'groups of 200 and 30', sizes: [200, 30] },
    { name: 'two groups of 20', sizes: [20, 20] },
    { name: 'four groups of 40', sizes: [40, 40, 40, 40] },
  ];
  test.each(cases)('gives uniform p, and no finding: $name', ({ sizes }) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const labels = sizes.flatMap((size, g) => new Array<number>(size).fill(g));
    const random = new RandomStream(7, sizes.length + sizes[1]);
    const all: Record<string, number>[] = [];
    let families = 0;
    for (let split = 0; split < SPLITS; split++) {
      // New subjects for each division, so that divisions are independent.
      const subjects = subjectsOf(random, total);
      const order = random.permutation(total);
      const ps = psOf(
        subjects,
        Float64Array.from(order, (row) => labels[row]),
        sizes.length,
      );
      all.push(ps);
      families += Number(holm(Object.values(ps)).some((q) => q <= 0.05));
    }
    const report = Object.keys(all[0]).map((kind) => {
      const ps = all.map((one) => one[kind]);
      return [kind, distanceFromUniform(ps), ps.filter((p) => p <= 0.05).length / SPLITS] as const;
    });
    for (const [, distance, share] of report) {
      expect(distance).toBeLessThan(MAX_DISTANCE);
      // 5 % ± 4 standard errors.
      expect(share).toBeLessThan(0.1);
    }
    expect(families / SPLITS).toBeLessThan(0.09);
  });
});

test('a block has the smallest p of its latents, times their number, and no figures', () => {
  const subgroups = {
    column: 'sex',
    levels: ['a', 'b', 'c'],
    covariates: [],
    terms: 'linear',
    measuredIn: [],
  } as const;
  const groups = Int32Array.from({ length: 60 }, (_, row) => row % 2);
  const sample = {
    ...{ compared: [0, 2], sizes: Int32Array.from([30, 4, 30]), groups, variables: [], covariates: [], members: [] },
    rowsOf: () => new Int32Array(),
  };
  const figure = (estimate: number): GroupFigure => ({ estimate, variance: 0.02, degrees: 29 });
  const scale = { intervals: interval95, differences: differenceOf };
  const tested = [
    [figure(0), figure(0.5)],
    [figure(0), figure(0.1)],
  ] as const;
  const values = Float64Array.from(groups);
  const block = equality({ ...subgroups, values }, sample, tested, scale);
  expect(block.p).toBeCloseTo(2 * welchTest(tested[0])!.p, 12);
  expect(block.groups).toEqual([
    { name: 'a', subjects: 30, isCompared: true },
    { name: 'b', subjects: 4, isCompared: false },
    { name: 'c', subjects: 30, isCompared: true },
  ]);
  const single = equality({ ...subgroups, values }, sample, [tested[0]], scale);
  expect(single.groups.map(({ difference }) => difference?.estimate)).toEqual([undefined, undefined, 0.5]);
});

describe('a planted difference is found', () => {
  const random = new RandomStream(5, 1);
  const count = 400;
  const groups = Float64Array.from({ length: count }, (_, row) => row % 2);
  const subjects = subjectsOf(random, count);
  const { x, age } = subjects;
  const changed = (change: (value: number, row: number) => number) => ({ ...subjects, y: subjects.y.map(change) });
  const kinds = (data: Subjects) =>
    Object.entries(psOf(data, groups, 2)).flatMap(([kind, p]) => (p < 1e-3 ? [kind] : []));

  test('in a mean', () => {
    expect(kinds(changed((value, row) => value + 0.6 * groups[row]))).toEqual(['means', 'adjusted']);
    // The difference is that of a covariate, and adjustment removes it.
    const older = {
      ...changed((value, row) => value + 0.6 * groups[row]),
      age: age.map((one, i) => one + 2 * groups[i]),
    };
    expect(kinds(older)).toEqual(['means']);
  });

  test('in a spread', () => {
    expect(kinds(changed((value, row) => (groups[row] === 1 ? 2 * value : value)))).toContain('spreads');
  });

  test('in a slope and a correlation', () => {
    const flat = changed((value, row) => (groups[row] === 1 ? value - x[row] : value));
    expect(kinds(flat)).toEqual(expect.arrayContaining(['slopes', 'correlations', 'partial']));
    const part = (values: Float64Array, g: number) => values.filter((_, row) => groups[row] === g);
    const figures = [0, 1].map((g) => groupCorrelation(part(x, g), part(flat.y, g), [])!);
    const { estimate, lower, upper } = correlationDifference(figures[0], figures[1]);
    expect(upper).toBeLessThan(0);
    expect(lower).toBeLessThan(estimate);
  });
});

test('the interval of a difference of correlations covers it in 95 % of samples', () => {
  const random = new RandomStream(9, 1);
  let covered = 0;
  const samples = 1000;
  for (let sample = 0; sample < samples; sample++) {
    const figures = [0.6, 0.2].map((r, g) => {
      const first = Float64Array.from({ length: 50 + 30 * g }, () => random.normal());
      return groupCorrelation(
        first,
        first.map((value) => r * value + Math.sqrt(1 - r * r) * random.normal()),
        [],
      )!;
    });
    const { lower, upper } = correlationDifference(figures[0], figures[1]);
    covered += Number(lower <= -0.4 && -0.4 <= upper);
  }
  expect(covered / samples).toBeGreaterThan(0.93);
  expect(covered / samples).toBeLessThan(0.97);
});
