// An access says where the elements of a tensor lie in memory: an offset and one stride per axis. The shape is kept
// separately.

import { contiguousStrides, sizeOf, type Shape } from './shapes.js';

export interface Access {
  readonly offset: number;
  readonly strides: readonly number[];
}

export function contiguous(shape: Shape): Access {
  return { offset: 0, strides: contiguousStrides(shape) };
}

/** True if the elements lie without gaps in row-major order. The offset may be any. */
export function isContiguous(shape: Shape, access: Access): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (access.strides[axis] !== stride) return false;
    stride *= shape[axis];
  }
  return true;
}

/** True if the access visits a dense tensor of `size` elements once, in row-major order from its first element. */
export function isIdentity(shape: Shape, access: Access, size: number): boolean {
  return access.offset === 0 && sizeOf(shape) === size && isContiguous(shape, access);
}

/** Returns the number of elements from the first one that the access reaches to the last one. */
export function extentOf(shape: Shape, access: Access): number {
  return shape.reduce((extent, dim, axis) => extent + (dim - 1) * access.strides[axis], 1);
}

/**
 * Drops axes of extent 1. Merges neighbouring axes if all `strides` walk through them as through one axis and
 * `separate` does not forbid it. `axes` holds the first original axis of each result axis.
 */
export function collapse(
  dims: Shape,
  strides: readonly (readonly number[])[],
  separate: (axis: number, previous: number) => boolean = () => false,
): { dims: number[]; strides: number[][]; axes: number[] } {
  const result: { dims: number[]; strides: number[][]; axes: number[] } = {
    dims: [],
    strides: strides.map(() => []),
    axes: [],
  };
  dims.forEach((dim, axis) => {
    if (dim === 1) return;
    const last = result.dims.length - 1;
    const merges =
      last >= 0 &&
      !separate(axis, result.axes[last]) &&
      strides.every((operand, i) => result.strides[i][last] === operand[axis] * dim);
    if (merges) {
      result.dims[last] *= dim;
      strides.forEach((operand, i) => (result.strides[i][last] = operand[axis]));
    } else {
      result.dims.push(dim);
      result.axes.push(axis);
      strides.forEach((operand, i) => result.strides[i].push(operand[axis]));
    }
  });
  return result;
}

/**
 * Returns an access to the same elements in row-major order under the shape `target`, or undefined if no strides
 * express it.
 */
export function reshapeAccess(shape: Shape, access: Access, target: Shape): Access | undefined {
  const merged = collapse(shape, [access.strides]);
  const strides = new Array<number>(target.length).fill(0);
  let group = merged.dims.length - 1;
  let inside = 1;
  for (let axis = target.length - 1; axis >= 0; axis--) {
    if (target[axis] === 1) continue;
    if (group < 0) return undefined;
    strides[axis] = merged.strides[0][group] * inside;
    inside *= target[axis];
    if (merged.dims[group] % inside !== 0) return undefined;
    if (inside === merged.dims[group]) {
      group--;
      inside = 1;
    }
  }
  return { offset: access.offset, strides };
}
