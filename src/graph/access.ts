// How the elements of a tensor are reached: an offset and one stride per axis, beside the shape they belong to.

import { contiguousStrides, sizeOf, type Shape } from './shapes.js';

export interface Access {
  readonly offset: number;
  readonly strides: readonly number[];
}

export function contiguous(shape: Shape): Access {
  return { offset: 0, strides: contiguousStrides(shape) };
}

/** True when the elements lie without gaps in row-major order, wherever they start. */
export function isContiguous(shape: Shape, access: Access): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (access.strides[axis] !== stride) return false;
    stride *= shape[axis];
  }
  return true;
}

/** True when the access visits a dense tensor of `size` elements once, in its own order. */
export function isIdentity(shape: Shape, access: Access, size: number): boolean {
  return access.offset === 0 && sizeOf(shape) === size && isContiguous(shape, access);
}

/** Number of elements from the first to the last one reached. */
export function extentOf(shape: Shape, access: Access): number {
  return shape.reduce((extent, dim, axis) => extent + (dim - 1) * access.strides[axis], 1);
}

/** Axes of extent 1 dropped and neighbours that every access walks through as one merged, unless `apart` says no. */
export function collapse(
  dims: Shape,
  strides: readonly (readonly number[])[],
  apart: (axis: number, previous: number) => boolean = () => false,
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
      !apart(axis, result.axes[last]) &&
      strides.every((own, i) => result.strides[i][last] === own[axis] * dim);
    if (merges) {
      result.dims[last] *= dim;
      strides.forEach((own, i) => (result.strides[i][last] = own[axis]));
    } else {
      result.dims.push(dim);
      result.axes.push(axis);
      strides.forEach((own, i) => result.strides[i].push(own[axis]));
    }
  });
  return result;
}

/** The same elements in row-major order under another shape; undefined when no strides can say it. */
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
