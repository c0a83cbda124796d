// What counts of both kinds share: values in the table are standardised ln(1 + count), the decoder says the logarithm
// of the expected count, relative to the column.

import { add, clamp, div, exp, log1p, mul, sub, type Node } from '../graph/index.js';
import type { CountScale } from './likelihood.js';

/** In nats about the column's offset: beyond, nothing in single precision is lost that could be counted. */
const MAX = 20;

export function countOf(x: Node, { mean, sd }: CountScale<Node | number>): Node {
  return sub(exp(add(mul(x, sd), mean)), 1);
}

/** ln of the expected count. */
export function logMean(said: Node, { offset }: CountScale<Node | number>): Node {
  return add(clamp(said, -MAX, MAX), offset);
}

/** The value in the table of an expected count. */
export function valueOfMean(said: Node, scale: CountScale<Node | number>): Node {
  return div(sub(log1p(exp(logMean(said, scale))), scale.mean), scale.sd);
}

export function countNumber(x: number, { mean, sd }: CountScale<number>): number {
  return Math.round(Math.expm1(x * sd + mean));
}

export function meanNumber(said: number, { offset }: CountScale<number>): number {
  return Math.exp(Math.min(Math.max(said, -MAX), MAX) + offset);
}

export function valueOfCount(count: number, { mean, sd }: CountScale<number>): number {
  return (Math.log1p(count) - mean) / sd;
}

/** Where the expected count is that of the mean value: of rare counts ln of their mean, of others nearly that. */
export function countScale({ mean, sd }: Pick<CountScale<number>, 'mean' | 'sd'>): CountScale<number> {
  return { mean, sd, offset: Math.log(Math.expm1(mean)) };
}
