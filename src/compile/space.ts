// What element-wise kernels walk through: the extents of a tensor, however they are written as axes.

import type { Shape } from '../graph/shapes.js';

/** Extents without ones: what two tensors of one iteration space are compared by. */
export function spaceOf(shape: Shape): number[] {
  return shape.filter((extent) => extent !== 1);
}

/** The coarsest factoring that splits both spaces' axes and merges none; undefined when there is none. */
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

/** Strides of `shape` spread over `dims`, a refinement of its space. */
export function splitStrides(shape: Shape, strides: readonly number[], dims: Shape): number[] {
  const result = new Array<number>(dims.length);
  let axis = dims.length - 1;
  for (let own = shape.length - 1; own >= 0; own--) {
    for (let inside = 1; inside < shape[own]; axis--) {
      result[axis] = strides[own] * inside;
      inside *= dims[axis];
    }
  }
  return result;
}
