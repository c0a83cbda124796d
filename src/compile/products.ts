// Decodes kernels that multiply matrices or sum their rows, for the recognition of networks.

import type { Kernel, Operand } from './kernel.js';

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
  readonly c: Matrices;
  readonly a: Matrices;
  readonly b: Matrices;
  readonly bias: Matrices | undefined;
  readonly saved: Matrices | undefined;
  readonly sums: Matrices | undefined;
}

export function productOf(kernel: Kernel): Product[] {
  const { name, ints, operands } = kernel;
  const rank = ints[12];
  if (name !== 'matmul' || rank > 1) return [];
  const [m, n, k, transA, transB, ldc, lda, ldb, code, hasBias, ldSaved, hasSums] = ints;
  const strides = rank === 1 ? ints.slice(14) : [0, 0, 0, 0, 0, 0];
  let next = 3;
  const extra = (isThere: boolean, leading: number, stride: number): Matrices | undefined =>
    isThere ? { operand: operands[next++], leading, group: strides[stride] } : undefined;
  return [
    {
      ...{ kernel, m, n, k, code, transA: transA === 1, transB: transB === 1, groups: rank === 1 ? ints[13] : 1 },
      c: { operand: operands[0], leading: ldc, group: strides[0] },
      a: { operand: operands[1], leading: lda, group: strides[1] },
      b: { operand: operands[2], leading: ldb, group: strides[2] },
      bias: extra(hasBias === 1, 1, 3),
      saved: extra(code > SLOPE, ldSaved, 4),
      sums: extra(hasSums === 1, 1, 5),
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
    ...{ ...product, groups, m: rows, c: cut(c), a: cut(a), b: { ...b, group: 0 } },
    ...{ bias: bias && cut(bias), sums: sums && cut(sums) },
  };
}

export const samePlace = (a: Operand, b: Operand): boolean => a.buffer === b.buffer && a.offset === b.offset;

export function same(a: Matrices | undefined, b: Matrices | undefined, groups: number): boolean {
  if (a === undefined || b === undefined || !samePlace(a.operand, b.operand)) return false;
  return a.leading === b.leading && (groups === 1 || a.group === b.group);
}

/** Returns where a kernel writes the row sums of matrices, or undefined if it does anything else. */
export function rowSums(
  { name, ints, operands }: Kernel,
  { operand, leading, group }: Matrices,
  { groups, rows, batch }: { readonly groups: number; readonly rows: number; readonly batch: number },
): Matrices | undefined {
  const [rank] = ints;
  const dims = ints.slice(1, 1 + rank);
  const [outputs, inputs] = ints.slice(1 + rank, 3 + rank);
  const isSum = name === 'reduce' && outputs === 1 && inputs === 1 && samePlace(operands[1], operand);
  if (!isSum || rank < 2 || rank > 3 || dims[rank - 1] !== batch) return undefined;
  const at = 3 + rank;
  const [target, source] = [ints.slice(at, at + rank), ints.slice(at + rank, at + 2 * rank)];
  // The program has no instructions: it sums the input itself along the last axis.
  const [instructions, result, kind] = [ints[at + 2 * rank + 1], ints[at + 2 * rank + 2], ints[at + 2 * rank + 3]];
  const reduced = ints.slice(at + 2 * rank + 4);
  const isPlain = instructions === 0 && result === 0 && kind === 0 && source[rank - 1] === 1;
  if (!isPlain || reduced.join() !== dims.map((_, axis) => Number(axis === rank - 1)).join()) return undefined;
  const sumsAt = (stride: number): Matrices => ({ operand: operands[0], leading: 1, group: stride });
  if (rank === 3) {
    const fits = dims[0] === groups && dims[1] === rows && source[0] === group && source[1] === leading;
    return fits && target[1] === 1 ? sumsAt(target[0]) : undefined;
  }
  const isOneMatrix = groups === 1 || group === rows * leading;
  const fits = dims[0] === groups * rows && isOneMatrix && source[0] === leading && target[0] === 1;
  return fits ? sumsAt(rows) : undefined;
}
