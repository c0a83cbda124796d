// The numbers of θ: blocks of rows, all columns' first number, then all columns' second.

import { clamp, reshape, slice, type Node } from '../graph/index.js';

/** Of two numbers per column: what is said, and the column's own. Each `[…, columns, batch]`. */
export function twoNumbers(theta: Node): readonly [said: Node, own: Node] {
  const axis = theta.shape.length - 2;
  const columns = theta.shape[axis] / 2;
  return [slice(theta, axis, 0, columns), slice(theta, axis, columns, 2 * columns)];
}

/** `[…, columns · each, batch]` as `[…, columns, each, batch]`. */
export function byColumn(node: Node, each: number): Node {
  const { shape } = node;
  const rows = shape.length - 2;
  return reshape(node, [...shape.slice(0, rows), shape[rows] / each, each, shape[rows + 1]]);
}

/** `[…, columns, each, batch]` as `[…, columns · each, batch]`. */
export function sideBySide(node: Node): Node {
  const { shape } = node;
  const rows = shape.length - 3;
  return reshape(node, [...shape.slice(0, rows), shape[rows] * shape[rows + 1], shape[rows + 2]]);
}

/**
 * ln of a column's standard deviation, in those of its values. A column that the decoder rebuilds exactly would
 * outweigh all others: its scale ends at the lower bound.
 */
export const MIN_LOG_SCALE = Math.log(0.1);
const MAX_LOG_SCALE = Math.log(10);
/** Variance ½, that of `gaussian`. */
export const FIRST_LOG_SCALE = 0.5 * Math.log(0.5);

export function logScale(own: Node): Node {
  return clamp(own, MIN_LOG_SCALE, MAX_LOG_SCALE);
}

/** The scale itself, of one column. */
export function scaleOf(own: number): number {
  return Math.exp(Math.min(Math.max(own, MIN_LOG_SCALE), MAX_LOG_SCALE));
}
