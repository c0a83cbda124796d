// Sums, means and maxima over axes.

import { sub, mul } from './binary.js';
import { broadcastTo, reshape } from './layout.js';
import { apply, listAttribute } from './node.js';
import type { Attributes, Node, Operation, Reduce } from './operation.js';
import {
  contiguousStrides,
  formatShape,
  positions,
  resolveAxis,
  sameShape,
  shapeError,
  sizeOf,
  type Shape,
} from './shapes.js';
import { reciprocal, sign } from './unary.js';

export interface ReduceOptions {
  /** Keeps the reduced axes with extent 1. Default false. */
  readonly keep?: boolean;
}

function keepDimsShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

function reducedShape([x]: readonly Node[], attributes: Attributes): Shape {
  const axes = attributes['axes'] as readonly number[];
  return attributes['keep'] === true ? keepDimsShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis));
}

/** Inserts the axes that the reduction `node` removed into `value` again, with extent 1. */
function restoreAxes(node: Node, value: Node): Node {
  return reshape(value, keepDimsShape(node.inputs[0].shape, listAttribute(node, 'axes')));
}

interface Spec {
  readonly start: number;
  readonly combine: (total: number, element: number) => number;
  readonly derivative: (node: Node, upstream: Node) => Node;
  readonly lowering: Omit<Reduce, 'kind'>;
}

function row(name: string, { start, combine, derivative, lowering }: Spec): Operation {
  return {
    name,
    shape: reducedShape,
    derivative: (node, upstream) => [derivative(node, upstream)],
    reference(node, [x]) {
      const axes = listAttribute(node, 'axes');
      const keepDims = keepDimsShape(x.shape, axes);
      const strides = contiguousStrides(keepDims).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
      const targets = positions(x.shape, strides);
      const result = new Float64Array(sizeOf(keepDims)).fill(start);
      x.values.forEach((element, i) => (result[targets[i]] = combine(result[targets[i]], element)));
      return result;
    },
    keepsRunsApart: (node, hasRuns) => !listAttribute(node, 'axes').includes(0) && node.inputs.every(hasRuns),
    lowering: { kind: 'reduce', ...lowering },
  };
}

/**
 * Returns 1 / n for each of the n elements equal to their maximum, else 0. The derivative is therefore symmetric in
 * ties.
 */
function maxShare(node: Node): Node {
  const [x] = node.inputs;
  const hit = sub(1, sign(sub(restoreAxes(node, node), x)));
  const count = sum(hit, listAttribute(node, 'axes'), { keep: true });
  return mul(hit, reciprocal(count));
}

export const reductionRows = {
  sum: row('sum', {
    start: 0,
    combine: (total, element) => total + element,
    derivative: (node, upstream) => broadcastTo(restoreAxes(node, upstream), node.inputs[0].shape),
    lowering: { takesMaximum: false },
  }),
  max: row('max', {
    start: -Infinity,
    combine: Math.max,
    derivative: (node, upstream) => mul(restoreAxes(node, upstream), maxShare(node)),
    lowering: { takesMaximum: true },
  }),
} satisfies Record<string, Operation>;

function reduce(operation: Operation, x: Node, axes: readonly number[], options: ReduceOptions): Node {
  const resolved = axes.map((axis) => resolveAxis(operation.name, axis, x.shape.length)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length) {
    throw shapeError(operation.name, `axes ${formatShape(axes)} contain an axis twice`);
  }
  return apply(operation, [x], { axes: resolved, keep: options.keep ?? false });
}

/** Returns the sum over `axes`. Negative axes count from the back. */
export function sum(x: Node, axes: readonly number[], options: ReduceOptions = {}): Node {
  return reduce(reductionRows.sum, x, axes, options);
}

export function mean(x: Node, axes: readonly number[], options: ReduceOptions = {}): Node {
  const total = sum(x, axes, options);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}

/** Returns the maximum over `axes`. Equal maxima share the derivative evenly. */
export function max(x: Node, axes: readonly number[], options: ReduceOptions = {}): Node {
  return reduce(reductionRows.max, x, axes, options);
}

/** Sums `x` over the axes along which `shape` was broadcast to the shape of `x`. */
export function sumTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const missing = x.shape.length - shape.length;
  const axes = [...x.shape.keys()].filter(
    (axis) => axis < missing || (shape[axis - missing] === 1 && x.shape[axis] !== 1),
  );
  return reshape(sum(x, axes), shape);
}
