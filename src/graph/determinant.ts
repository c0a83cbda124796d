// Determinants of many small matrices as operations: log|det A|, its derivative A⁻ᵀ (Petersen & Pedersen, The Matrix
// Cookbook, equation 49) and the sign. The batch is the last axis: A [..., d, d, B].

import { InputError } from '../errors/errors.js';
import { flooredLog, flooredLogGradient, invert } from './determinant-reference.js';
import { apply, noFurtherDerivative, numberAttribute } from './node.js';
import { opaque, type Dense, type Node, type Operation } from './operation.js';
import { between, kernel, real, reads, size, writes } from './kernel-record.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf, type Shape } from './shapes.js';

/** Maximum d of a d × d matrix: native kernels keep 16 matrices in cache. */
export const MAX_DETERMINANT = 64;

export interface DeterminantOptions {
  /**
   * Below |det A| = floor the logarithm continues as its tangent, log floor − 1 + |det A| / floor. Singular matrices
   * therefore have a finite value and a slope that leads away from them. In (0, 1]; default 1e-8.
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

/** Calls `fn` for every matrix and stores what it returns, one value or d × d values, in the result. */
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
    const elementsOfMatrix = fn(matrix, d, index);
    for (let at = 0; at < elements; at++) result[(group * elements + at) * batch + b] = elementsOfMatrix[at];
  }
  return result;
}

const numbers = {
  family: 'determinant',
  ints: { groups: size, d: between(1, MAX_DETERMINANT), batch: size },
} as const;
const floored = {
  floats: { logFloor: real },
  requires: {
    'logFloor <= 0 && isfinite(logFloor)': 'the logarithm of the floor must be finite and at most 0',
  },
} as const;
const single = writes('groups', 'batch');
const matrices = reads('groups', 'd', 'd', 'batch');

export const logAbsDetKernel = kernel({
  ...numbers,
  ...floored,
  name: 'logAbsDet',
  result: 'DeterminantResult::kLogAbs',
  operands: { out: single, matrices },
  flops: 'groups * batch * (d * d * d) * (2 / 3)',
});

/** A⁻ᵀ times upstream. Below the floor it is sign(det A) · cofactors / floor. */
const logAbsDetGradKernel = kernel({
  ...numbers,
  ...floored,
  name: 'logAbsDetGrad',
  result: 'DeterminantResult::kLogAbsGradient',
  operands: { out: writes('groups', 'd', 'd', 'batch'), matrices, upstream: reads('groups', 'batch') },
  flops: 'groups * batch * (d * d * d) * 2',
});

const detSignKernel = kernel({
  ...numbers,
  name: 'detSign',
  result: 'DeterminantResult::kSign',
  floats: {},
  operands: { out: single, matrices },
  flops: 'groups * batch * (d * d * d) * (2 / 3)',
});

function sizesOf({ inputs: [{ shape }] }: Node) {
  const [d, , batch] = shape.slice(-3);
  return { groups: sizeOf(shape) / (d * d * batch), d, batch };
}

const withFloor = (node: Node) => ({ ...sizesOf(node), logFloor: numberAttribute(node, 'logFloor') });

/** Runs are the axis in front of the two matrix axes and the batch. */
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
  lowering: opaque(logAbsDetGradKernel, withFloor),
};

export const determinantRows = {
  logAbsDet: {
    name: 'logAbsDet',
    shape: ([matrix]) => determinantShape('logAbsDet', matrix),
    derivative: (node, upstream) => [apply(logAbsDetGrad, [node.inputs[0], upstream], node.attributes)],
    reference: (node, [matrix]) =>
      overMatrices(node, matrix, (a, d) => [flooredLog(invert(a, d).log, numberAttribute(node, 'logFloor'))]),
    keepsRunsApart,
    lowering: opaque(logAbsDetKernel, withFloor),
  },
  logAbsDetGrad,
  detSign: {
    name: 'detSign',
    shape: ([matrix]) => determinantShape('detSign', matrix),
    reference: (node, [matrix]) => overMatrices(node, matrix, (a, d) => [invert(a, d).sign]),
    keepsRunsApart,
    lowering: opaque(detSignKernel, sizesOf),
  },
} satisfies Record<string, Operation>;

/**
 * Returns log|det A| of A [..., d, d, B], d ≤ 64 → [..., B]. Differentiable once.
 * @throws InputError `shape-mismatch` for other shapes, `out-of-range` for a floor outside (0, 1]
 */
export function logAbsDet(matrix: Node, { floor = 1e-8 }: DeterminantOptions = {}): Node {
  if (!(floor > 0 && floor <= 1)) {
    throw new InputError('out-of-range', `[logAbsDet] needs a floor above 0 and at most 1, got ${floor}`);
  }
  return apply(determinantRows.logAbsDet, [matrix], { logFloor: Math.log(floor) });
}

/** Returns the sign of det A (−1, 0 or 1) of A [..., d, d, B], d ≤ 64 → [..., B]. The derivative is 0. */
export function detSign(matrix: Node): Node {
  return apply(determinantRows.detSign, [matrix]);
}
