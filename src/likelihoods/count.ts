// Code that both likelihoods of counts share. Values in the table are standardised ln(1 + count). The decoder gives the
// logarithm of the expected count relative to the column's offset.

import { add, clamp, div, exp, log1p, mul, sub, type Node } from '../graph/index.js';
import type { CountScale } from './likelihood.js';

/** Maximum distance from the column's offset, in nats. Larger distances make no difference in single precision. */
const MAX = 20;

export function countOf(x: Node, { mean, sd }: CountScale<Node | number>): Node {
  return sub(exp(add(mul(x, sd), mean)), 1);
}

/** Returns ln of the expected count. */
export function logMean(decoded: Node, { offset }: CountScale<Node | number>): Node {
  return add(clamp(decoded, -MAX, MAX), offset);
}

/** Returns the value in the table of an expected count. */
export function valueOfMean(decoded: Node, scale: CountScale<Node | number>): Node {
  return div(sub(log1p(exp(logMean(decoded, scale))), scale.mean), scale.sd);
}

export function countNumber(x: number, { mean, sd }: CountScale<number>): number {
  return Math.round(Math.expm1(x * sd + mean));
}

export function meanNumber(decoded: number, { offset }: CountScale<number>): number {
  return Math.exp(Math.min(Math.max(decoded, -MAX), MAX) + offset);
}

export function valueOfCount(count: number, { mean, sd }: CountScale<number>): number {
  return (Math.log1p(count) - mean) / sd;
}

/**
 * Returns a scale whose offset is ln of the count that the mean value stands for. For rare counts this is ln of their
 * mean; for other counts it is close to that.
 */
export function countScale({ mean, sd }: Pick<CountScale<number>, 'mean' | 'sd'>): CountScale<number> {
  return { mean, sd, offset: Math.log(Math.expm1(mean)) };
}
