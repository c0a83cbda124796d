// Determinants of many small matrices as operations: log|det A|, its derivative A⁻ᵀ (Petersen & Pedersen, The Matrix
// Cookbook, equation 49) and the sign. Matrices lie beside each other: A [..., d, d, B].

import { InputError } from '../errors.js';
import { flooredLog, flooredLogGradient, invert } from './determinant-reference.js';
import { apply, noFurtherDerivative, numberAttribute } from './node.js';
import type { Dense, Node, Operation, OwnKernel } from './operation.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf, type Shape } from './shapes.js';

/** The largest matrix: native kernels keep 16 of them in cache. */
export const MAX_DETERMINANT = 64;

export interface DeterminantOptions {
  /**
   * Below |det A| = floor the logarithm goes on as its tangent, log floor − 1 + |det A| / floor, so that singular
   * matrices have a finite value and a slope that leads away from them. In (0, 1]; default 1e-8.
   */
  readonly floor?: number;
}

function determinantShape(op: string, { shape }: Node): Shape {
  const [rows, columns, batch] = shape.slice(-3);
  if (shape.length < 3 || rows !== columns || rows > MAX_DETERMINANT) {
    const needed = `[..., d, d, B] with d up to ${MAX_DETERMINANT}`;
    throw shapeError(op, `needs ${needed}, got ${formatShape(shape)}`);
  }
  return [...shape.slice(0, -3), batch];
}

/** Calls `fn` for every matrix; what it returns, one value or d × d, goes into the result. */
function overMatrices(
  node: Node,
  { shape, values }: Dense,
  fn: (matrix: Float64Array, d: number, index: number) => ArrayLike<number>,
): Float64Array {
  const [d, , batch] = shape.slice(-3);
  const result = new Float64Array(sizeOf(node.shape));
  const matrices = values.length / (d * d);
  const elements = result.length / matrices;
  for (let index = 0; index < matrices; index++) {
    const [group, b] = [Math.floor(index / batch), index % batch];
    const matrix = Float64Array.from({ length: d * d }, (_, at) => values[(group * d * d + at) * batch + b]);
    const own = fn(matrix, d, index);
    for (let at = 0; at < elements; at++) result[(group * elements + at) * batch + b] = own[at];
  }
  return result;
}

function kernel(name: string): OwnKernel {
  return {
    kind: 'opaque',
    kernel: name,
    record({ inputs: [{ shape }], attributes }) {
      const [d, , batch] = shape.slice(-3);
      const floats = 'logFloor' in attributes ? [Number(attributes['logFloor'])] : [];
      return { ints: [sizeOf(shape) / (d * d * batch), d, batch], floats };
    },
  };
}

/** Runs are the first axis before those of a matrix and the batch. */
const keepsRunsApart = before(3);

const logAbsDetGrad: Operation = {
  name: 'logAbsDetGrad',
  shape([matrix, upstream]) {
    const expected = determinantShape('logAbsDetGrad', matrix);
    if (sameShape(expected, upstream.shape)) return matrix.shape;
    const shapes = `${formatShape(expected)}, got ${formatShape(upstream.shape)}`;
    throw shapeError('logAbsDetGrad', `upstream must be ${shapes}`);
  },
  derivative: noFurtherDerivative,
  reference: (node, [matrix, upstream]) =>
    overMatrices(node, matrix, (a, d, index) =>
      flooredLogGradient(a, d, numberAttribute(node, 'logFloor')).map((slope) => slope * upstream.values[index]),
    ),
  keepsRunsApart,
  lowering: kernel('logAbsDetGrad'),
};

export const determinantRows = {
  logAbsDet: {
    name: 'logAbsDet',
    shape: ([matrix]) => determinantShape('logAbsDet', matrix),
    derivative: (node, upstream) => [apply(logAbsDetGrad, [node.inputs[0], upstream], node.attributes)],
    reference: (node, [matrix]) =>
      overMatrices(node, matrix, (a, d) => [flooredLog(invert(a, d).log, numberAttribute(node, 'logFloor'))]),
    keepsRunsApart,
    lowering: kernel('logAbsDet'),
  },
  logAbsDetGrad,
  detSign: {
    name: 'detSign',
    shape: ([matrix]) => determinantShape('detSign', matrix),
    reference: (node, [matrix]) => overMatrices(node, matrix, (a, d) => [invert(a, d).sign]),
    keepsRunsApart,
    lowering: kernel('detSign'),
  },
} satisfies Record<string, Operation>;

/**
 * log|det A| of A [..., d, d, B], d ≤ 64 → [..., B]; differentiable once. Throws InputError `shape-mismatch` for other
 * shapes and `out-of-range` for a floor outside (0, 1].
 */
export function logAbsDet(matrix: Node, { floor = 1e-8 }: DeterminantOptions = {}): Node {
  if (!(floor > 0 && floor <= 1)) {
    throw new InputError('out-of-range', `[logAbsDet] needs a floor above 0 and at most 1, got ${floor}`);
  }
  return apply(determinantRows.logAbsDet, [matrix], { logFloor: Math.log(floor) });
}

/** The sign of det A, −1, 0 or 1, of A [..., d, d, B], d ≤ 64 → [..., B]. Constant to differentiation. */
export function detSign(matrix: Node): Node {
  return apply(determinantRows.detSign, [matrix]);
}
