// Generates kernel calls for matmuls with their epilogues (docs/explanation/kernels.md, "matmul").

import { InternalError } from '../errors/errors.js';
import { collapse, contiguous, type Access } from '../graph/access.js';
import { flagAttribute } from '../graph/node.js';
import { call } from '../graph/kernel-record.js';
import { broadcastStrides, type Shape } from '../graph/shapes.js';
import { epilogueIn } from './epilogue.js';
import type { Group } from './group.js';
import { matmulKernel } from './kernels.js';
import { type Kernel, type Memory, type Operand, operandOf } from './kernel.js';
import { matrixForm, type MatrixForm } from './matrix.js';
import { isView, type View } from './value.js';

interface Matrix extends MatrixForm {
  readonly operand: Operand;
  /** Strides along the batch axes of the product. */
  readonly batch: readonly number[];
}

function matrix(memory: Memory, view: View, batchShape: Shape, written = false): Matrix {
  const { operand, strides } = operandOf(memory, view, written);
  const form = matrixForm(view.shape, { offset: 0, strides });
  if (form === undefined) {
    throw new InternalError(
      'no-unit-stride',
      `[compile] "${view.value.label}" has no form that matmul can read; please report this`,
    );
  }
  const leadingShape = view.shape.slice(0, -2);
  return { ...form, operand, batch: broadcastStrides(leadingShape, batchShape, strides.slice(0, -2)) };
}

export function lowerMatmul(memory: Memory, { members, rowSums }: Group): Kernel {
  const product = members[0];
  const last = members[members.length - 1];
  const [viewA, viewB] = product.readings.filter(isView);
  const batchShape = product.shape.slice(0, -2);
  const [m, n] = product.shape.slice(-2);
  const [transA, transB] = ['transA', 'transB'].map((name) => flagAttribute(product.node!, name));
  const k = viewA.shape[viewA.shape.length - (transA ? 2 : 1)];
  const written = { value: last, shape: product.shape, access: contiguous(product.shape) };
  const c = matrix(memory, written, batchShape, true);
  const [a, b] = [matrix(memory, viewA, batchShape), matrix(memory, viewB, batchShape)];
  const none = batchShape.map(() => 0);
  const epilogue = epilogueIn(members);
  const bias = epilogue.bias && operandOf(memory, epilogue.bias);
  const saved = epilogue.saved && matrix(memory, epilogue.saved, batchShape);
  const sums = rowSums && operandOf(memory, { value: rowSums, ...rowsOf(product.shape) }, true);
  const batch = collapse(batchShape, [
    c.batch,
    a.batch,
    b.batch,
    bias?.strides.slice(0, -2) ?? none,
    saved?.batch ?? none,
    sums?.strides.slice(0, -2) ?? none,
  ]);
  const [cStrides, aStrides, bStrides, biasStrides, savedStrides, sumsStrides] = batch.strides;
  const extras = [bias?.operand, saved?.operand, sums?.operand].filter((operand) => operand !== undefined);
  const reads = [viewA, viewB, epilogue.bias, epilogue.saved].filter((view) => view !== undefined);
  return {
    ...call(matmulKernel, {
      m,
      n,
      k,
      transA: a.transposed !== transA,
      transB: b.transposed !== transB,
      ldc: c.leading,
      lda: a.leading,
      ldb: b.leading,
      activation: epilogue.code,
      hasBias: bias !== undefined,
      ldSaved: saved?.leading ?? 0,
      hasSums: sums !== undefined,
      rank: batch.dims.length,
      dims: batch.dims,
      cStrides,
      aStrides,
      bStrides,
      biasStrides,
      savedStrides,
      sumsStrides,
      slope: epilogue.constant,
    }),
    label: last.label,
    operands: [c.operand, a.operand, b.operand, ...extras],
    shareable: [],
    reads: reads.map((view) => view.value),
    writes: rowSums ? [last, rowSums] : [last],
  };
}

/** Returns shape and access of one number per row of a matrix. */
function rowsOf(matrixShape: Shape): { shape: Shape; access: Access } {
  const shape = [...matrixShape.slice(0, -1), 1];
  return { shape, access: contiguous(shape) };
}
