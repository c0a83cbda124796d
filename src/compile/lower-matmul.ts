// Kernel calls of matmuls with their epilogues (docs/engine.md, "matmul").

import { InternalError } from '../errors.js';
import { broadcastStrides } from '../graph/shapes.js';
import type { Shape } from '../graph/shapes.js';
import { collapse, contiguous } from './access.js';
import { biasOf } from './epilogue.js';
import type { Group } from './group.js';
import type { Kernel, Memory, Operand } from './kernel.js';
import { operandOf } from './kernel.js';
import { matrixForm } from './matrix.js';
import type { MatrixForm } from './matrix.js';
import { isView } from './value.js';
import type { View } from './value.js';

const ACTIVATIONS: Readonly<Record<string, number>> = { leakyRelu: 1, tanh: 2 };

interface Matrix extends MatrixForm {
  readonly operand: Operand;
  /** Along the batch axes of the product. */
  readonly batch: readonly number[];
}

function matrix(memory: Memory, view: View, batchShape: Shape, written = false): Matrix {
  const { operand, strides } = operandOf(memory, view, written);
  const form = matrixForm(view.shape, { offset: 0, strides });
  if (form === undefined) {
    throw new InternalError(
      'no-unit-stride',
      `[compile] "${view.value.label}" cannot be given to matmul; please report this`,
    );
  }
  const own = view.shape.slice(0, -2);
  return { ...form, operand, batch: broadcastStrides(own, batchShape, strides.slice(0, -2)) };
}

export function lowerMatmul(memory: Memory, { members }: Group): Kernel {
  const product = members[0];
  const last = members[members.length - 1];
  const [viewA, viewB] = product.readings.filter(isView);
  const batchShape = product.shape.slice(0, -2);
  const [m, n] = product.shape.slice(-2);
  const transA = product.attributes['transA'] === true;
  const transB = product.attributes['transB'] === true;
  const k = viewA.shape[viewA.shape.length - (transA ? 2 : 1)];
  const written = { value: last, shape: product.shape, access: contiguous(product.shape) };
  const c = matrix(memory, written, batchShape, true);
  const [a, b] = [matrix(memory, viewA, batchShape), matrix(memory, viewB, batchShape)];
  const biasView = members.length > 1 ? biasOf(members[1], product) : undefined;
  const bias = biasView && operandOf(memory, biasView);
  const biasBatch = bias ? bias.strides.slice(0, -2) : batchShape.map(() => 0);
  const activation = members.find((member) => member.op in ACTIVATIONS && member !== product);
  const batch = collapse(batchShape, [c.batch, a.batch, b.batch, biasBatch]);
  return {
    name: 'matmul',
    label: last.label,
    operands: [c.operand, a.operand, b.operand, ...(bias ? [bias.operand] : [])],
    ints: [
      ...[m, n, k, Number(a.transposed !== transA), Number(b.transposed !== transB)],
      ...[c.leading, a.leading, b.leading],
      activation ? ACTIVATIONS[activation.op] : 0,
      ...[batch.dims.length, ...batch.dims, ...batch.strides.flat()],
    ],
    floats: [activation?.op === 'leakyRelu' ? Number(activation.attributes['slope']) : 0],
    shareable: [],
    reads: [viewA, viewB, ...(biasView ? [biasView] : [])].map((view) => view.value),
    writes: [last],
  };
}
