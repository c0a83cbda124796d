// Code that both likelihoods of counts share. Values in the table are standardised ln(1 + count). The decoder gives the
// logarithm of the expected count relative to the column's offset.

import { add, clamp, div, exp, log1p, mul, sub, type Node } from '../graph/index.js';
import type { ValueScale } from './likelihood.js';

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
