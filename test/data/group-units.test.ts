// Groups of unequal sizes as units of a test: variances, exchangeable means, and tests within groups.

import { describe, expect, test } from '@jest/globals';
import {
  groupUnits,
  scaledGroupMeans,
  shuffledWithinGroups,
  varianceComponents,
  withinGroupDeviations,
} from '../../src/data/group-units.js';
import { groupMeans } from '../../src/data/split.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { generator, normals } from '../fixtures/numbers.js';

/** Rows of consecutive groups of these sizes. */
function membersOf(sizes: readonly number[]): number[][] {
  let next = 0;
  return sizes.map((size) => Array.from({ length: size }, () => next++));
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [a, b].map((values) => Array.from(values, (value) => value - mean(values)));
  const inner = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  return inner(x, y) / Math.sqrt(inner(x, x) * inner(y, y));
}

test('groups of rows are in the order of their first row', () => {
  const groups = ['a', 'b', 'a', 'c', 'b', 'a'];
  expect(groupUnits(Int32Array.from([4, 0, 5, 2, 1]), groups)).toEqual({
    names: ['b', 'a'],
    members: [
      [0, 4],
      [1, 2, 3],
    ],
    sizes: Int32Array.from([2, 3]),
  });
});

describe('variances', () => {
  test('of balanced groups equal those of the analysis of variance', () => {
    // Means 1, 4 and 10 of two rows each, ± 1: within 2; mean square between 2 · var(1, 4, 10) = 42; (42 − 2) / 2.
    const values = [0, 2, 3, 5, 9, 11];
    const components = varianceComponents(values, membersOf([2, 2, 2]));
    expect(components).toEqual({
      mean: expect.closeTo(5, 12),
      between: expect.closeTo(20, 12),
      within: expect.closeTo(2, 12),
    });
  });

  test('of unequal groups with missing values equal the simulated ones', () => {
    const sizes = Array.from({ length: 3000 }, (_, g) => 1 + (g % 7));
    const members = membersOf(sizes);
    const normal = normals(generator(5));
    const values = members.flatMap((rows) => {
      const group = Math.sqrt(2) * normal();
      return rows.map((row) => (row % 11 === 0 ? NaN : 10 + group + Math.sqrt(3) * normal()));
    });
    const components = varianceComponents(values, members);
    expect(components.mean).toBeCloseTo(10, 0);
    expect(Math.abs(components.between - 2)).toBeLessThan(0.2);
    expect(Math.abs(components.within - 3)).toBeLessThan(0.15);
    const scaled = scaledGroupMeans(values, members);
    for (const size of [1, 4, 7]) {
      const means = scaled.filter((value, g) => sizes[g] === size && !Number.isNaN(value));
      expect(Math.abs(mean(means.map((value) => value ** 2)) - 1)).toBeLessThan(0.2);
    }
    expect(Number.isNaN(scaled[0])).toBe(true);
  });

  test('of single rows are ordinary variances, and 0 for a constant', () => {
    const single = scaledGroupMeans([3, 5, 10], membersOf([1, 1, 1]));
    expect([...single]).toEqual([-3, -1, 4].map((value) => expect.closeTo(value / Math.sqrt(13), 12)));
    expect([...scaledGroupMeans([2, 2, 2], membersOf([1, 2]))]).toEqual([0, 0]);
  });
});

describe('tests of groups of 1 and of 30 rows without an association', () => {
  const sizes = Array.from({ length: 40 }, (_, g) => (g % 2 === 0 ? 1 : 30));
  const members = membersOf(sizes);
  const studies = 1500;
  /** Correlations of two columns in simulated studies, with plain and with scaled means. */
  const drawn = (icc: number) => {
    const normal = normals(generator(Math.round(100 * icc)));
    const column = () =>
      members.flatMap((rows) => {
        const group = Math.sqrt(icc) * normal();
        return rows.map(() => group + Math.sqrt(1 - icc) * normal());
      });
    return Array.from({ length: studies }, () => {
      const [a, b] = [column(), column()];
      return {
        plain: correlation(groupMeans(a, members), groupMeans(b, members)),
        scaled: correlation(scaledGroupMeans(a, members), scaledGroupMeans(b, members)),
      };
    });
  };
  /** |r| with p = 0.05 for 40 pairs of normal numbers: t = 2.0244 on 38 degrees of freedom. */
  const LIMIT = Math.sqrt(2.0244 ** 2 / (2.0244 ** 2 + 38));
  const share = (values: readonly number[]) => values.filter((r) => Math.abs(r) > LIMIT).length / values.length;

  test.each([
    { icc: 0, above: 0.08 },
    { icc: 0.1, above: 0.08 },
    { icc: 0.3, above: 0.06 },
  ])(
    'reject too often with plain means, and at the level of 5 % with scaled means (intraclass correlation $icc)',
    ({ icc, above }) => {
      const results = drawn(icc);
      const scaled = share(results.map((one) => one.scaled));
      expect(share(results.map(({ plain }) => plain))).toBeGreaterThan(above);
      expect(scaled).toBeLessThan(0.065);
      expect(scaled).toBeGreaterThan(0.035);
    },
  );
});

describe('within groups', () => {
  test('deviations are independent of the group and have one variance for all sizes', () => {
    const members = membersOf([1, 2, 3, 5]);
    const values = [7, 1, 3, 10, NaN, 14, 2, 4, 6, 8, 10];
    const deviations = withinGroupDeviations(values, members);
    const root = Math.SQRT1_2;
    expect([...deviations]).toEqual([
      NaN,
      ...[-1, 1, -2].map((value) => expect.closeTo(value / root, 12)),
      NaN,
      expect.closeTo(2 / root, 12),
      ...[-4, -2, 0, 2, 4].map((value) => expect.closeTo(value / Math.sqrt(0.8), 12)),
    ]);
    const shifted = withinGroupDeviations(
      values.map((value, row) => value + 100 * members.findIndex((rows) => rows.includes(row))),
      members,
    );
    expect([...shifted]).toEqual(
      [...deviations].map((value) => (Number.isNaN(value) ? NaN : expect.closeTo(value, 10))),
    );
  });

  test('rows are permuted only in their group', () => {
    const members = [
      [0, 3, 4, 7, 8, 9],
      [1, 2, 5, 6],
    ];
    const order = shuffledWithinGroups(members, new RandomStream(1, 2));
    expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    expect([...order]).not.toEqual([...order.keys()]);
    for (const rows of members) for (const row of rows) expect(rows).toContain(order[row]);
  });
});
