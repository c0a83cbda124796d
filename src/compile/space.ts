// The iteration space of an element-wise kernel: the extents of a tensor without ones, so that shapes that differ only
// in axes of extent 1 have the same space.

import type { Shape } from '../graph/shapes.js';

/** Returns the extents without ones, by which two tensors of one iteration space are compared. */
export function spaceOf(shape: Shape): number[] {
  return shape.filter((extent) => extent !== 1);
}

/** Returns the coarsest factoring that splits the axes of both spaces and merges none; undefined if there is none. */
export function refine(a: Shape, b: Shape): number[] | undefined {
  const dims: number[] = [];
  let [i, j] = [a.length - 1, b.length - 1];
  let [restA, restB] = [a[i] ?? 1, b[j] ?? 1];
  while (i >= 0 && j >= 0) {
    const dim = Math.min(restA, restB);
    if (restA % dim !== 0 || restB % dim !== 0) return undefined;
    dims.push(dim);
    restA /= dim;
    restB /= dim;
    if (restA === 1) restA = a[--i] ?? 1;
    if (restB === 1) restB = b[--j] ?? 1;
  }
  return i < 0 && j < 0 ? dims.reverse() : undefined;
}

/** Returns the strides of `shape` spread over `dims`, a refinement of its space. */
export function splitStrides(shape: Shape, strides: readonly number[], dims: Shape): number[] {
  const result = new Array<number>(dims.length);
  let axis = dims.length - 1;
  for (let source = shape.length - 1; source >= 0; source--) {
    for (let inside = 1; inside < shape[source]; axis--) {
      result[axis] = strides[source] * inside;
      inside *= dims[axis];
    }
  }
  return result;
}
