// Decodes kernels that multiply matrices or sum their rows, for the recognition of networks.

import { recordOf } from '../graph/kernel-record.js';
import { decodeProgram } from './decode.js';
import type { Kernel, Operand } from './kernel.js';
import { matmulKernel } from './kernels.js';

/** Difference between the code of an activation and the code of its slope. */
export const SLOPE = 2;

/** A matrix per group: rows lie `leading` elements apart, groups lie `group` elements apart. */
export interface Matrices {
  readonly operand: Operand;
  readonly leading: number;
  readonly group: number;
}

/** A decoded matmul kernel with at most one batch axis. */
export interface Product {
  readonly kernel: Kernel;
  readonly groups: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly code: number;
  readonly slope: number;
  readonly c: Matrices;
  readonly a: Matrices;
  readonly b: Matrices;
  readonly bias: Matrices | undefined;
  readonly saved: Matrices | undefined;
  readonly sums: Matrices | undefined;
}

export function productOf(kernel: Kernel): Product[] {
  if (kernel.name !== 'matmul') return [];
  const record = recordOf(matmulKernel, kernel);
  const { m, n, k, transA, transB, activation, slope, dims } = record;
  if (dims.length > 1) return [];
  const { operands } = kernel;
  const at = (operand: Operand, leading: number, [group = 0]: readonly number[]): Matrices => {
    return { operand, leading, group };
  };
  let next = 3;
  const extra = (isThere: boolean, leading: number, strides: readonly number[]): Matrices | undefined =>
    isThere ? at(operands[next++], leading, strides) : undefined;
  return [
    {
      kernel,
      m,
      n,
      k,
      code: activation,
      slope,
      transA,
      transB,
      groups: dims[0] ?? 1,
      c: at(operands[0], record.ldc, record.cStrides),
      a: at(operands[1], record.lda, record.aStrides),
      b: at(operands[2], record.ldb, record.bStrides),
      bias: extra(record.hasBias, 1, record.biasStrides),
      saved: extra(activation > SLOPE, record.ldSaved, record.savedStrides),
      sums: extra(record.hasSums, 1, record.sumsStrides),
    },
  ];
}

/**
 * Splits a product of the rows of all groups into one product per group; the groups share the right factor. Returns
 * undefined if that is impossible.
 */
export function perGroup(product: Product, groups: number): Product | undefined {
  if (product.groups === groups) return product;
  const { m, transA, c, a, b, bias, sums } = product;
  if (product.groups !== 1 || transA || m % groups !== 0) return undefined;
  const rows = m / groups;
  const cut = (matrices: Matrices): Matrices => ({ ...matrices, group: rows * matrices.leading });
  return {
    ...product,
    groups,
    m: rows,
    c: cut(c),
    a: cut(a),
    b: { ...b, group: 0 },
    bias: bias && cut(bias),
    sums: sums && cut(sums),
  };
}

export const samePlace = (a: Operand, b: Operand): boolean => a.buffer === b.buffer && a.offset === b.offset;

export function same(a: Matrices | undefined, b: Matrices | undefined, groups: number): boolean {
  if (a === undefined || b === undefined || !samePlace(a.operand, b.operand)) return false;
  return a.leading === b.leading && (groups === 1 || a.group === b.group);
}

/** Returns where a kernel writes the row sums of matrices, or undefined if it does anything else. */
export function rowSums(
  kernel: Kernel,
  { operand, leading, group }: Matrices,
  { groups, rows, batch }: { readonly groups: number; readonly rows: number; readonly batch: number },
): Matrices | undefined {
  const { name, operands } = kernel;
  if (name !== 'reduce' || !samePlace(operands[1], operand)) return undefined;
  const { dims, inputs, strides, code, results, takesMaximum, reduced } = decodeProgram(kernel);
  const [target, source] = strides;
  const rank = dims.length;
  // The program has no instructions: it sums the input itself along the last axis.
  const isSum = inputs === 1 && code.length === 0 && results[0] === 0 && !takesMaximum;
  if (!isSum || rank < 2 || rank > 3 || dims[rank - 1] !== batch || source[rank - 1] !== 1) return undefined;
  if (reduced.join() !== dims.map((_, axis) => Number(axis === rank - 1)).join()) return undefined;
  const sumsAt = (stride: number): Matrices => ({ operand: operands[0], leading: 1, group: stride });
  if (rank === 3) {
    const fits = dims[0] === groups && dims[1] === rows && source[0] === group && source[1] === leading;
    return fits && target[1] === 1 ? sumsAt(target[0]) : undefined;
  }
  const isOneMatrix = groups === 1 || group === rows * leading;
  const fits = dims[0] === groups * rows && isOneMatrix && source[0] === leading && target[0] === 1;
  return fits ? sumsAt(rows) : undefined;
}
