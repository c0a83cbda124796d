// Operations that only move or repeat elements. The compiler turns most of them into strides.

import { reshapeAccess } from './access.js';
import { zeros } from './leaves.js';
import { apply, listAttribute, numberAttribute } from './node.js';
import type { Node, Operation } from './operation.js';
import { sumTo } from './reduction.js';
import { alongAxis, broadcast, everyInput } from './runs.js';
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  contiguousStrides,
  formatShape,
  positions,
  resolveAxis,
  sameShape,
  shapeError,
  sizeOf,
  type Shape,
} from './shapes.js';

/** Sets the attribute `shape` to the shape of the result of one run. */
const singleRunAttributes: Operation['singleRunAttributes'] = (attributes, shape) => ({ ...attributes, shape });
const list = (value: unknown): readonly number[] => value as readonly number[];
const pick = (values: Float64Array, offsets: Int32Array): Float64Array =>
  Float64Array.from(offsets, (offset) => values[offset]);

function inverse(axes: readonly number[]): number[] {
  const result = new Array<number>(axes.length);
  axes.forEach((axis, position) => (result[axis] = position));
  return result;
}

/** Puts `x` at `start` of an axis of extent `extent`, zeros elsewhere. */
function embed(x: Node, axis: number, start: number, extent: number): Node {
  const gap = (size: number): Node[] => (size === 0 ? [] : [zeros(withExtent(x.shape, axis, size))]);
  return concat([...gap(start), x, ...gap(extent - start - x.shape[axis])], axis);
}

function withExtent(shape: Shape, axis: number, extent: number): number[] {
  return shape.map((unchanged, i) => (i === axis ? extent : unchanged));
}

export const layoutRows = {
  reshape: {
    name: 'reshape',
    shape: (_, attributes) => list(attributes['shape']),
    derivative: (node, upstream) => [reshape(upstream, node.inputs[0].shape)],
    reference: (_, [x]) => x.values,
    keepsRunsApart: everyInput,
    singleRunAttributes,
    lowering: {
      kind: 'view',
      access: (node, input) => reshapeAccess(node.inputs[0].shape, input, node.shape),
    },
  },
  broadcastTo: {
    name: 'broadcastTo',
    shape: (_, attributes) => list(attributes['shape']),
    derivative: (node, upstream) => [sumTo(upstream, node.inputs[0].shape)],
    reference: (node, [x]) => pick(x.values, positions(node.shape, broadcastStrides(x.shape, node.shape))),
    keepsRunsApart: broadcast(1),
    singleRunAttributes,
    lowering: {
      kind: 'view',
      access: (node, { offset, strides }) => ({
        offset,
        strides: broadcastStrides(node.inputs[0].shape, node.shape, strides),
      }),
    },
  },
  permute: {
    name: 'permute',
    shape: ([x], attributes) => list(attributes['axes']).map((axis) => x.shape[axis]),
    derivative: (node, upstream) => [permute(upstream, inverse(listAttribute(node, 'axes')))],
    reference(node, [x]) {
      const strides = contiguousStrides(x.shape);
      return pick(
        x.values,
        positions(
          node.shape,
          listAttribute(node, 'axes').map((axis) => strides[axis]),
        ),
      );
    },
    keepsRunsApart: (node, hasRuns) => listAttribute(node, 'axes')[0] === 0 && node.inputs.every(hasRuns),
    lowering: {
      kind: 'view',
      access: (node, { offset, strides }) => ({
        offset,
        strides: listAttribute(node, 'axes').map((axis) => strides[axis]),
      }),
    },
  },
  slice: {
    name: 'slice',
    shape: ([x], { axis, start, stop }) => withExtent(x.shape, Number(axis), Number(stop) - Number(start)),
    derivative(node, upstream) {
      const axis = numberAttribute(node, 'axis');
      return [embed(upstream, axis, numberAttribute(node, 'start'), node.inputs[0].shape[axis])];
    },
    reference(node, [x]) {
      const strides = contiguousStrides(x.shape);
      const first = numberAttribute(node, 'start') * strides[numberAttribute(node, 'axis')];
      return pick(x.values.subarray(first), positions(node.shape, strides));
    },
    keepsRunsApart: alongAxis,
    lowering: {
      kind: 'view',
      access: (node, { offset, strides }) => ({
        offset: offset + numberAttribute(node, 'start') * strides[numberAttribute(node, 'axis')],
        strides,
      }),
    },
  },
  concat: {
    name: 'concat',
    shape(inputs, attributes) {
      const axis = Number(attributes['axis']);
      const total = inputs.reduce((extent, input) => extent + input.shape[axis], 0);
      return withExtent(inputs[0].shape, axis, total);
    },
    derivative(node, upstream) {
      const axis = numberAttribute(node, 'axis');
      let start = 0;
      return node.inputs.map((input) => slice(upstream, axis, start, (start += input.shape[axis])));
    },
    reference(node, inputs) {
      const axis = numberAttribute(node, 'axis');
      const strides = contiguousStrides(node.shape);
      const result = new Float64Array(sizeOf(node.shape));
      let start = 0;
      for (const input of inputs) {
        const first = start * strides[axis];
        positions(input.shape, strides).forEach((offset, i) => (result[first + offset] = input.values[i]!));
        start += input.shape[axis];
      }
      return result;
    },
    keepsRunsApart: alongAxis,
    lowering: { kind: 'concat' },
  },
} satisfies Record<string, Operation>;

/** Returns the same elements in row-major order under another shape of equal size. */
export function reshape(x: Node, shape: Shape): Node {
  checkShape('reshape', shape);
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw shapeError('reshape', `${formatShape(x.shape)} does not fit into ${formatShape(shape)}`);
  }
  return sameShape(x.shape, shape) ? x : apply(layoutRows.reshape, [x], { shape: [...shape] });
}

/** Repeats `x` along missing axes and axes of extent 1, as NumPy does. */
export function broadcastTo(x: Node, shape: Shape): Node {
  checkShape('broadcastTo', shape);
  const result = broadcastShapes([x.shape, shape]);
  if (result === undefined || !sameShape(result, shape)) {
    throw shapeError('broadcastTo', `${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  }
  return sameShape(x.shape, shape) ? x : apply(layoutRows.broadcastTo, [x], { shape: [...shape] });
}

/** Reorders axes: axis i of the result is axis `axes[i]` of `x`. */
export function permute(x: Node, axes: readonly number[]): Node {
  const resolved = axes.map((axis) => resolveAxis('permute', axis, x.shape.length));
  if (resolved.length !== x.shape.length || new Set(resolved).size !== resolved.length) {
    throw shapeError('permute', `axes ${formatShape(axes)} are not a permutation of those of ${formatShape(x.shape)}`);
  }
  return resolved.every((axis, i) => axis === i) ? x : apply(layoutRows.permute, [x], { axes: resolved });
}

/** Returns positions start … stop − 1 of one axis. */
export function slice(x: Node, axis: number, start: number, stop: number): Node {
  const resolved = resolveAxis('slice', axis, x.shape.length);
  const extent = x.shape[resolved];
  if (!Number.isInteger(start) || !Number.isInteger(stop) || start < 0 || stop > extent || start >= stop) {
    throw shapeError('slice', `${start} … ${stop} is not a range of axis ${resolved} of ${formatShape(x.shape)}`);
  }
  return stop - start === extent ? x : apply(layoutRows.slice, [x], { axis: resolved, start, stop });
}

/** Joins tensors along one axis; the other extents must be equal. */
export function concat(nodes: readonly Node[], axis: number): Node {
  const [first, ...rest] = nodes;
  if (nodes.length === 0) throw shapeError('concat', 'needs at least one tensor');
  const resolved = resolveAxis('concat', axis, first.shape.length);
  for (const other of rest) {
    const fits = sameShape(withExtent(first.shape, resolved, 1), withExtent(other.shape, resolved, 1));
    if (!fits || other.shape.length !== first.shape.length) {
      const shapes = nodes.map((node) => formatShape(node.shape)).join(', ');
      throw shapeError('concat', `tensors differ outside axis ${resolved}: ${shapes}`);
    }
  }
  return rest.length === 0 ? first : apply(layoutRows.concat, nodes, { axis: resolved });
}
