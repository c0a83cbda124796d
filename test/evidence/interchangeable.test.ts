// Explanations that are consistent with the graph, and groups of variables that explain each other's associations
// (docs/explanation/evidence-statistics.md).

import { describe, expect, test } from '@jest/globals';
import { mutualGroups, isPossibility, liesBetween } from '../../src/evidence/interchangeable.js';

const graph =
  (...links: readonly (readonly [number, number])[]) =>
  (x: number, y: number) =>
    links.some(([a, b]) => (a === x && b === y) || (a === y && b === x));

describe('a set lies between two variables', () => {
  test.each([
    ['in a chain', [1], graph([0, 1], [1, 2]), true],
    ['on a longer path', [1], graph([0, 3], [3, 1], [1, 2]), true],
    ['if each of its variables does so', [1, 3], graph([0, 1], [1, 2], [0, 3], [3, 2]), true],
    ['not if one of them has no link', [1, 3], graph([0, 1], [1, 2]), false],
    ['not if it is linked with only one end', [1], graph([1, 2]), false],
    ['not on paths through the ends', [1], graph([0, 2], [2, 1]), false],
    ['if it is empty', [], graph(), true],
  ] as const)('%s', (_, set, isAdjacent, expected) => {
    expect(liesBetween(set, { x: 0, y: 2 }, isAdjacent, 4)).toBe(expected);
    expect(liesBetween(set, { x: 2, y: 0 }, isAdjacent, 4)).toBe(expected);
  });
});

describe('groups', () => {
  const link = (x: number, y: number, ...conditioning: number[]) => ({ x, y, conditioning });

  test('are those that explain each other, directly or through a third one', () => {
    expect(mutualGroups([link(0, 3, 1), link(1, 3, 0)])).toEqual([{ from: 3, to: [0, 1] }]);
    const three = [link(0, 3, 1), link(1, 3, 0, 2), link(2, 3, 1)];
    expect(mutualGroups(three)).toEqual([{ from: 3, to: [0, 1, 2] }]);
    const two = [link(0, 4, 1), link(1, 4, 0), link(2, 4, 3), link(3, 4, 2)];
    expect(mutualGroups(two)).toEqual([
      { from: 4, to: [0, 1] },
      { from: 4, to: [2, 3] },
    ]);
  });

  test('are empty if the explanation has only one direction', () => {
    expect(mutualGroups([link(0, 3, 1), link(1, 3, 2)])).toEqual([]);
    expect(mutualGroups([link(0, 3, 1)])).toEqual([]);
  });

  test('have each of their pairs as a possibility', () => {
    const group = { from: 3, to: [0, 1], q: 0 };
    expect(isPossibility({ x: 0, y: 3 }, group)).toBe(true);
    expect(isPossibility({ x: 3, y: 5 }, group)).toBe(false);
    expect(isPossibility({ x: 0, y: 1 }, group)).toBe(false);
  });
});
