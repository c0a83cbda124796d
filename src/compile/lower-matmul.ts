// Kernel calls of matmuls with their epilogues (docs/engine.md, "matmul").

import { InternalError } from '../errors.js';
import { broadcastStrides, type Shape } from '../graph/shapes.js';
import { collapse, contiguous, type Access } from './access.js';
import { biasOf, slopeIn, type Slope } from './epilogue.js';
import type { Group } from './group.js';
import { type Kernel, type Memory, type Operand, operandOf } from './kernel.js';
import { matrixForm, type MatrixForm } from './matrix.js';
import { isView, type Value, type View } from './value.js';

const ACTIVATIONS: Readonly<Record<string, number>> = { leakyRelu: 1, tanh: 2 };
const SLOPES = { leakyRelu: 3, tanh: 4 } as const;

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

/** Which activation or slope comes last, and its constant. */
function activationOf(members: readonly Value[], slope: Slope | undefined): { code: number; constant: number } {
  if (slope !== undefined) return { code: SLOPES[slope.of], constant: slope.slope };
  const activation = members.find((member) => member.op in ACTIVATIONS && member !== members[0]);
  if (activation === undefined) return { code: 0, constant: 0 };
  const constant = activation.op === 'leakyRelu' ? Number(activation.attributes['slope']) : 0;
  return { code: ACTIVATIONS[activation.op], constant };
}

export function lowerMatmul(memory: Memory, { members, rowSums }: Group): Kernel {
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
  const none = batchShape.map(() => 0);
  const biasView = members.length > 1 ? biasOf(members[1], product) : undefined;
  const bias = biasView && operandOf(memory, biasView);
  const slope = members.length > 1 ? slopeIn(members) : undefined;
  const saved = slope && matrix(memory, slope.saved, batchShape);
  const sums = rowSums && operandOf(memory, { value: rowSums, ...rowsOf(product.shape) }, true);
  const { code, constant } = activationOf(members, slope);
  const batch = collapse(batchShape, [
    ...[c.batch, a.batch, b.batch, bias?.strides.slice(0, -2) ?? none],
    ...[saved?.batch ?? none, sums?.strides.slice(0, -2) ?? none],
  ]);
  const extras = [bias?.operand, saved?.operand, sums?.operand].filter((operand) => operand !== undefined);
  const reads = [viewA, viewB, ...(biasView ? [biasView] : []), ...(slope ? [slope.saved] : [])];
  return {
    name: 'matmul',
    label: last.label,
    operands: [c.operand, a.operand, b.operand, ...extras],
    ints: [
      ...[m, n, k, Number(a.transposed !== transA), Number(b.transposed !== transB)],
      ...[c.leading, a.leading, b.leading],
      ...[code, Number(bias !== undefined), saved?.leading ?? 0, Number(sums !== undefined)],
      ...[batch.dims.length, ...batch.dims, ...batch.strides.flat()],
    ],
    floats: [constant],
    shareable: [],
    reads: reads.map((view) => view.value),
    writes: rowSums ? [last, rowSums] : [last],
  };
}

/** One number per row of a matrix. */
function rowsOf(matrixShape: Shape): { shape: Shape; access: Access } {
  const shape = [...matrixShape.slice(0, -1), 1];
  return { shape, access: contiguous(shape) };
}
