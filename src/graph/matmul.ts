// Batched matrix product.

import { apply, flagAttribute } from './node.js';
import type { Attributes, Node, Operation } from './operation.js';
import { sumTo } from './reduction.js';
import { broadcast } from './runs.js';
import {
  broadcastShapes,
  broadcastStrides,
  contiguousStrides,
  formatShape,
  positions,
  shapeError,
  type Shape,
} from './shapes.js';

export interface MatmulOptions {
  /** Multiply by the transpose of a's last two axes. Default false. */
  readonly transA?: boolean;
  /** Multiply by the transpose of b's last two axes. Default false. */
  readonly transB?: boolean;
}

/** Returns [rows, columns] of the last two axes after the optional transposition. */
function matrixShape(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = [shape[shape.length - 2], shape[shape.length - 1]];
  return transposed ? [columns, rows] : [rows, columns];
}

function matmulShape([a, b]: readonly Node[], { transA, transB }: Attributes): Shape {
  const factor = (shape: Shape, transposed: boolean): string => `${formatShape(shape)}${transposed ? 'ᵀ' : ''}`;
  const shown = `${factor(a.shape, transA === true)} × ${factor(b.shape, transB === true)}`;
  if (a.shape.length < 2 || b.shape.length < 2) throw shapeError('matmul', `needs rank 2 or more: ${shown}`);
  const [rows, inner] = matrixShape(a.shape, transA === true);
  const [innerB, columns] = matrixShape(b.shape, transB === true);
  if (inner !== innerB) throw shapeError('matmul', `inner sizes differ: ${shown}`);
  const batch = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  if (batch === undefined) throw shapeError('matmul', `batch axes do not broadcast: ${shown}`);
  return [...batch, rows, columns];
}

/** A row of a. Its elements lie `step` apart. */
interface Row {
  readonly values: Float64Array;
  readonly start: number;
  readonly step: number;
}

/** Multiplies a row of a by b, k × n. */
function rowsByColumns(
  { values, start, step }: Row,
  b: Float64Array,
  startB: number,
  k: number,
  into: Float64Array,
): void {
  const n = into.length;
  for (let j = 0; j < k; j++) {
    const factor = values[start + j * step];
    const from = startB + j * n;
    for (let column = 0; column < n; column++) into[column] += factor * b[from + column];
  }
}

/** Multiplies a row of a by the transpose of b, n × k. */
function rowsByRows(
  { values, start, step }: Row,
  b: Float64Array,
  startB: number,
  k: number,
  into: Float64Array,
): void {
  for (let column = 0; column < into.length; column++) {
    const from = startB + column * k;
    let total = 0;
    for (let j = 0; j < k; j++) total += values[start + j * step] * b[from + j];
    into[column] = total;
  }
}

export const matmulRows = {
  matmul: {
    name: 'matmul',
    shape: matmulShape,
    derivative(node, upstream) {
      const [a, b] = node.inputs;
      const transA = flagAttribute(node, 'transA');
      const transB = flagAttribute(node, 'transB');
      const slopeA = transA
        ? matmul(b, upstream, { transA: transB, transB: true })
        : matmul(upstream, b, { transB: !transB });
      const slopeB = transB
        ? matmul(upstream, a, { transA: true, transB: transA })
        : matmul(a, upstream, { transA: !transA });
      return [sumTo(slopeA, a.shape), sumTo(slopeB, b.shape)];
    },
    reference(node, [a, b]) {
      const transA = flagAttribute(node, 'transA');
      const transB = flagAttribute(node, 'transB');
      const [m, n] = matrixShape(node.shape, false);
      const [, k] = matrixShape(a.shape, transA);
      const batch = node.shape.slice(0, -2);
      const batchOffsets = (shape: Shape): Int32Array =>
        positions(batch, broadcastStrides(shape.slice(0, -2), batch, contiguousStrides(shape).slice(0, -2)));
      const [offsetsA, offsetsB] = [batchOffsets(a.shape), batchOffsets(b.shape)];
      const [rowA, innerA] = transA ? [1, m] : [k, 1];
      const result = new Float64Array(offsetsA.length * m * n);
      const [{ values: left }, { values: right }] = [a, b];
      // Both functions sum in the same order and read b in the order of memory.
      const multiply = transB ? rowsByRows : rowsByColumns;
      for (let matrix = 0; matrix < offsetsA.length; matrix++) {
        for (let row = 0; row < m; row++) {
          const factors = { values: left, start: offsetsA[matrix] + row * rowA, step: innerA };
          multiply(
            factors,
            right,
            offsetsB[matrix],
            k,
            result.subarray((matrix * m + row) * n, (matrix * m + row + 1) * n),
          );
        }
      }
      return result;
    },
    keepsRunsApart: broadcast(3),
    lowering: { kind: 'matmul' },
  },
} satisfies Record<string, Operation>;

/**
 * Returns op(a) · op(b) over the last two axes; leading axes broadcast.
 * @param a `[…, m, k]`, or `[…, k, m]` if transposed
 * @param b `[…, k, n]`, or `[…, n, k]` if transposed
 * @returns `[…, m, n]`
 * @throws InputError `shape-mismatch`
 */
export function matmul(a: Node, b: Node, options: MatmulOptions = {}): Node {
  return apply(matmulRows.matmul, [a, b], { transA: options.transA ?? false, transB: options.transB ?? false });
}
