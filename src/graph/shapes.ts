// Shapes and strides of row-major arrays, with NumPy's broadcasting rules.

import { InputError } from '../errors/errors.js';

export type Shape = readonly number[];

/** Returns the number of elements; 1 for the scalar shape []. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

export function shapeError(op: string, message: string): InputError {
  return new InputError('shape-mismatch', `[${op}] ${message}`);
}

/** @throws InputError `shape-mismatch` unless every extent is a whole number ≥ 1 */
export function checkShape(op: string, shape: Shape): void {
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    throw shapeError(op, `every extent must be a whole number of at least 1, got ${formatShape(shape)}`);
  }
}

/**
 * Returns the axis counted from the front. Negative axes count from the back.
 * @throws InputError `shape-mismatch` if there is no such axis
 */
export function resolveAxis(op: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw shapeError(op, `axis ${axis} does not exist in a tensor of rank ${rank}`);
  }
  return resolved;
}

export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Returns the NumPy broadcast of several shapes, or undefined if they do not fit. */
export function broadcastShapes(shapes: readonly Shape[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const target = axis + rank - shape.length;
      const extent = shape[axis];
      if (extent === 1 || extent === result[target]) continue;
      if (result[target] !== 1) return undefined;
      result[target] = extent;
    }
  }
  return result;
}

/**
 * Returns strides that read an array with `strides` and `shape` as if it had the broadcast shape `target`: 0 along
 * repeated axes.
 */
export function broadcastStrides(shape: Shape, target: Shape, strides: Shape = contiguousStrides(shape)): number[] {
  const missing = target.length - shape.length;
  return target.map((extent, axis) => {
    const source = axis - missing;
    return source < 0 || (shape[source] === 1 && extent !== 1) ? 0 : strides[source];
  });
}

/** Returns the element offset of every position of `dims`, in row-major order. */
export function positions(dims: Shape, strides: Shape): Int32Array {
  const offsets = new Int32Array(sizeOf(dims));
  const index = new Array<number>(dims.length).fill(0);
  let offset = 0;
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = offset;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      offset += strides[axis];
      index[axis]++;
      if (index[axis] < dims[axis]) break;
      offset -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return offsets;
}
