// Access to the numbers of θ. θ consists of blocks of rows: the first number of all columns, then the second number of
// all columns.

import { clamp, reshape, slice, type Node } from '../graph/index.js';

/** Splits θ with two numbers per column into the decoded and the per-column numbers, each `[…, columns, batch]`. */
export function twoNumbers(theta: Node): readonly [decoded: Node, perColumn: Node] {
  const axis = theta.shape.length - 2;
  const columns = theta.shape[axis] / 2;
  return [slice(theta, axis, 0, columns), slice(theta, axis, columns, 2 * columns)];
}

/** Reshapes `[…, columns · each, batch]` to `[…, columns, each, batch]`. */
export function byColumn(node: Node, each: number): Node {
  const { shape } = node;
  const rows = shape.length - 2;
  return reshape(node, [...shape.slice(0, rows), shape[rows] / each, each, shape[rows + 1]]);
}

/** Reshapes `[…, columns, each, batch]` to `[…, columns · each, batch]`. */
export function sideBySide(node: Node): Node {
  const { shape } = node;
  const rows = shape.length - 3;
  return reshape(node, [...shape.slice(0, rows), shape[rows] * shape[rows + 1], shape[rows + 2]]);
}

/**
 * Minimum of ln of a column's standard deviation, relative to that of its values. Without this bound, a column that the
 * decoder reconstructs exactly would outweigh all others.
 */
export const MIN_LOG_SCALE = Math.log(0.1);
const MAX_LOG_SCALE = Math.log(10);
/** Initial value: variance ½, as for `gaussian`. */
export const INITIAL_LOG_SCALE = 0.5 * Math.log(0.5);

export function logScale(unbounded: Node): Node {
  return clamp(unbounded, MIN_LOG_SCALE, MAX_LOG_SCALE);
}

/** Returns the scale of one column. */
export function scaleOf(logSd: number): number {
  return Math.exp(Math.min(Math.max(logSd, MIN_LOG_SCALE), MAX_LOG_SCALE));
}
