// Code that both likelihoods of counts share. Values in the table are standardised ln(1 + count). The decoder gives the
// logarithm of the expected count relative to the column's offset.

import { add, clamp, div, exp, log1p, mul, sub, type Node } from '../graph/index.js';
import { InputError } from '../errors/errors.js';
import type { NumberKind } from './kind.js';
import type { ValueScale } from './likelihood.js';

/** All that the kinds of counts have in common. */
export const COUNTS = {
  form: 'numbers',
  noun: 'a count',
  inChannels: false,
  isCount: true,
  accepts: (number) => Number.isInteger(number) && number >= 0,
  nearest: Math.round,
  nouns: 'counts',
  accepted: 'are whole numbers from 0 on',
  remedy: 'correct it, or choose another kind (gaussian, robust)',
  error: (message, details) => new InputError('not-a-count', message, details),
  link: { text: 'ln(1 + count)', logOffset: 1, of: Math.log1p, inverse: Math.expm1 },
  sd: 'fitted',
  // ln of the count that the mean value stands for. For rare counts this is ln of their mean; for other counts it is
  // close to that.
  offset: (mean) => Math.log(Math.expm1(mean)),
} as const satisfies Omit<NumberKind, 'documentation' | 'likelihood'>;

/** Maximum distance from the column's offset, in nats. Larger distances make no difference in single precision. */
const MAX = 20;

export function countOf(x: Node, { mean, sd }: ValueScale<Node | number>): Node {
  return sub(exp(add(mul(x, sd), mean)), 1);
}

/** Returns ln of the expected count. */
export function logMean(decoded: Node, { offset }: ValueScale<Node | number>): Node {
  return add(clamp(decoded, -MAX, MAX), offset);
}

/** Returns the value in the table of an expected count. */
export function valueOfMean(decoded: Node, scale: ValueScale<Node | number>): Node {
  return div(sub(log1p(exp(logMean(decoded, scale))), scale.mean), scale.sd);
}

export function countNumber(x: number, { mean, sd }: ValueScale<number>): number {
  return Math.round(Math.expm1(x * sd + mean));
}

export function meanNumber(decoded: number, { offset }: ValueScale<number>): number {
  return Math.exp(Math.min(Math.max(decoded, -MAX), MAX) + offset);
}

export function valueOfCount(count: number, { mean, sd }: ValueScale<number>): number {
  return (Math.log1p(count) - mean) / sd;
}
