// What the description of every kind of regular array promises to the code that asks it.

import { describe, expect, test } from '@jest/globals';
import {
  ARRAY_KIND_NAMES,
  ARRAY_KINDS,
  placeOf,
  positionsOf,
  shapeText,
  sizesOf,
  type RegularArray,
} from '../../src/data/regular-array.js';
import { scalesSchema } from '../../src/training/scales-schema.js';

describe.each(ARRAY_KIND_NAMES)('%s', (kind) => {
  const { axes, units, plural } = ARRAY_KINDS[kind];
  const numbers = [...axes.map((axis, i) => [axis, i + 3]), ...units.map((unit) => [unit, 0.5])];
  const array = { kind, ...Object.fromEntries(numbers) } as RegularArray;

  test('has the lengths of its axes, whose product is the number of positions', () => {
    expect(sizesOf(array)).toEqual(axes.map((_, i) => i + 3));
    expect(positionsOf(array)).toBe(axes.reduce((product, _, i) => product * (i + 3), 1));
  });

  test('has other coordinates for every position', () => {
    const places = Array.from({ length: positionsOf(array) }, (_, at) => JSON.stringify(placeOf(array, at)));
    expect(new Set(places).size).toBe(places.length);
  });

  test('is described with its name and all lengths', () => {
    const text = shapeText(array);
    expect(text).toContain(plural);
    for (const size of sizesOf(array)) expect(text).toContain(String(size));
  });

  test('is read from run.json with all of its numbers', () => {
    const scales = { name: 'm', columns: [], regularArray: array };
    expect(scalesSchema.parse(scales)).toEqual(scales);
    for (const key of [...axes, ...units]) {
      const broken = { ...scales, regularArray: { ...array, [key]: 0 } };
      expect(scalesSchema.safeParse(broken).success).toBe(false);
    }
  });
});
