// Columns of random numbers, and shares of p-values within what chance allows.

import { expect } from '@jest/globals';
import type { RandomStream } from '../src/random/random-stream.js';

/** Returns columns of standard normal numbers. */
export function normalColumns(random: RandomStream, units: number, count: number): Float64Array[] {
  return Array.from({ length: count }, () => Float64Array.from({ length: units }, () => random.normal()));
}

export function shareBelow(ps: readonly number[], level: number): number {
  return ps.filter((p) => p <= level).length / ps.length;
}

/**
 * Expects the share of p-values up to a level to be that level, within three standard deviations of a binomial share.
 */
export function shareWithin(ps: readonly number[], level: number): void {
  const chance = 3 * Math.sqrt((level * (1 - level)) / ps.length);
  expect(Math.abs(shareBelow(ps, level) - level)).toBeLessThan(chance);
}
