// Laws of independent and dependent columns, to measure the error rates of the kernel test.

import type { DataColumn } from '../src/causal/discovery/index.js';
import { normals } from './normal-columns.js';

/** Returns the next standard normal number. */
export type Normal = () => number;

export interface Law {
  readonly name: string;
  /** Number of variables in S. */
  readonly conditioning: number;
  readonly isDependent: boolean;
  /** Draws the variables of S. */
  readonly s: (g: Normal) => number[];
  /** Draws x given S. */
  readonly x: (s: readonly number[], g: Normal) => number;
  /** Draws y given S and x. */
  readonly y: (s: readonly number[], x: number, g: Normal) => number;
}

const none = (): number[] => [];
const one = (g: Normal): number[] => [g()];
const two = (g: Normal): number[] => [g(), g()];

export const LAWS: readonly Law[] = [
  ...[false, true].map((isDependent): Law => ({
    name: 'normal; a square',
    ...{
      conditioning: 0,
      isDependent,
      s: none,
      x: (_, g) => g(),
      y: (_, x, g) => (isDependent ? 0.4 * x * x : 0) + g(),
    },
  })),
  ...[0, 0.25].map((effect): Law => ({
    name: 'linear',
    ...{ conditioning: 1, isDependent: effect > 0, s: one },
    ...{ x: ([a], g) => a + g(), y: ([a], x, g) => a + effect * x + g() },
  })),
  ...[0, 0.3].map((effect): Law => ({
    name: 'sine and square',
    ...{ conditioning: 1, isDependent: effect > 0, s: one },
    ...{ x: ([a], g) => Math.sin(2 * a) + 0.5 * g(), y: ([a], x, g) => a * a + effect * x * x + g() },
  })),
  {
    name: 'noise that grows with S',
    ...{ conditioning: 1, isDependent: false, s: one },
    ...{ x: ([a], g) => a + (0.3 + Math.abs(a)) * g(), y: ([a], _, g) => a * a + (0.3 + Math.abs(a)) * g() },
  },
  {
    name: 'fast waves, little noise',
    ...{ conditioning: 1, isDependent: false, s: one },
    ...{ x: ([a], g) => Math.sin(3 * a) + 0.2 * g(), y: ([a], _, g) => Math.cos(3 * a) + 0.2 * g() },
  },
  ...[0, 0.3].map((effect): Law => ({
    name: 'linear',
    ...{ conditioning: 2, isDependent: effect > 0, s: two },
    ...{ x: ([a, b], g) => a + b + g(), y: ([a, b], x, g) => a - b + effect * x + g() },
  })),
  ...[0, 0.6].map((effect): Law => ({
    name: 'sine and product',
    ...{ conditioning: 2, isDependent: effect > 0, s: two },
    ...{ x: ([a, b], g) => Math.sin(2 * a) + b + 0.7 * g(), y: ([a, b], x, g) => a * b + effect * Math.abs(x) + g() },
  })),
];

export function normalNumbers(seed: number, count: number): Normal {
  const [values] = normals(count, 1, { seed, stream: 0x6b6369 });
  let next = 0;
  return () => values[next++];
}

/** Draws a table with the columns x, y and S, and `again` more draws of y. */
export function drawTable(law: Law, rows: number, seed: number, again = 0): DataColumn[] {
  const g = normalNumbers(seed, rows * (law.conditioning + 2 + again));
  const columns = Array.from({ length: 2 + law.conditioning + again }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const s = law.s(g);
    const x = law.x(s, g);
    const redrawn = Array.from({ length: again }, () => law.y(s, x, g));
    for (const [i, value] of [x, law.y(s, x, g), ...s, ...redrawn].entries()) columns[i][row] = value;
  }
  return columns.map((values, i) => ({ name: `c${i}`, values }));
}
