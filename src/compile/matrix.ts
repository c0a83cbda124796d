// The form in which the matmul kernel can read the last two axes of a tensor: one of them must have stride 1.

import type { Access } from '../graph/access.js';
import type { Shape } from '../graph/shapes.js';

export interface MatrixForm {
  /** True if stored transposed: the second-last axis is the contiguous one. */
  readonly transposed: boolean;
  /** Elements from one stored row to the next. */
  readonly leading: number;
}

/** Returns the form of a matrix; undefined if neither of the last two axes is contiguous, or stored rows overlap. */
export function matrixForm(shape: Shape, access: Access): MatrixForm | undefined {
  const [rows, columns] = shape.slice(-2);
  const [rowStride, columnStride] = access.strides.slice(-2);
  if (columns === 1 || columnStride === 1) {
    const leading = rows === 1 ? columns : rowStride;
    if (leading >= columns) return { transposed: false, leading };
  }
  if (rows === 1 || rowStride === 1) {
    const leading = columns === 1 ? rows : columnStride;
    if (leading >= rows) return { transposed: true, leading };
  }
  return undefined;
}
