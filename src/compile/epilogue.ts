// A matmul kernel also computes what follows the product: a bias and an activation, or in a backward pass the slope of
// an activation. This requires that no other kernel reads the intermediate values. It can also sum the rows of the
// result, which is the gradient of a bias.

import { contiguous } from '../graph/access.js';
import { rows } from '../graph/index.js';
import type { InstructionName } from '../graph/instructions.js';
import { listAttribute } from '../graph/node.js';
import { sameShape } from '../graph/shapes.js';
import { matrixForm } from './matrix.js';
import { computes, identitySource, isView, locate, type Reading, type Value, type View } from './value.js';

/**
 * An activation that a matmul applies to its result: its code in docs/explanation/kernels.md, and the code of the
 * product with its slope.
 */
interface Activation {
  readonly name: InstructionName;
  readonly code: number;
  readonly slopeCode: number;
  /** True if the kernel can also sum the rows of its result. */
  readonly canSumRows: boolean;
}

const LEAKY_RELU: Activation = { name: 'leakyRelu', code: 1, slopeCode: 3, canSumRows: true };
const TANH: Activation = { name: 'tanh', code: 2, slopeCode: 4, canSumRows: false };

/** Returns the activation that a value computes, or undefined if a matmul does not have it. */
export function activationOf(value: Value): Activation | undefined {
  return [LEAKY_RELU, TANH].find(({ name }) => computes(value, name));
}

type Readers = ReadonlyMap<Value, readonly Value[]>;

/** Returns the only reader of a value that has no other use, or undefined. */
function onlyReader(value: Value, readers: Readers): Value | undefined {
  const all = readers.get(value)!;
  return all.length === 1 && !value.pinned && value.placement === undefined ? all[0] : undefined;
}

/** Returns the other operand of a sum with a matrix product if it is one number per row. */
export function biasOf(sum: Value, product: Value): View | undefined {
  if (!computes(sum, 'add') || !sameShape(sum.shape, product.shape)) return undefined;
  const addends = sum.readings.filter((reading) => identitySource(reading) !== product);
  return addends.length === 1 && isBias(addends[0]) ? addends[0] : undefined;
}

function isBias(reading: Reading): reading is View {
  if (!isView(reading)) return false;
  const { placement } = reading.value;
  if (placement !== undefined && placement.block !== placement.pitch) return false;
  const [rows, columns] = reading.shape.slice(-2);
  const [rowStride, columnStride] = reading.access.strides.slice(-2);
  return (columns === 1 || columnStride === 0) && (rows === 1 || rowStride === 1);
}

/** True if the kernel of a product can write to the place of its epilogue's last value. */
function canWrite(product: Value, last: Value): boolean {
  if (last.placement === undefined) return true;
  const written = locate(last.placement, product.shape, contiguous(product.shape));
  return written !== undefined && matrixForm(product.shape, written)?.transposed === false;
}

/** The slope of an activation, from its saved result. */
export interface Slope {
  readonly code: number;
  readonly immediates: readonly number[];
  readonly saved: View;
  /** Values that compute the slope, sources before readers. */
  readonly members: readonly Value[];
}

/** Returns the slope by which a backward pass multiplies a product. */
function slopeOf(multiplied: Value, product: Value): Slope | undefined {
  if (!computes(multiplied, 'mul') || !sameShape(multiplied.shape, product.shape)) return undefined;
  const factors = multiplied.readings.filter((reading) => identitySource(reading) !== product);
  const factor = factors.length === 1 ? identitySource(factors[0]) : undefined;
  if (factor === undefined || !sameShape(factor.shape, product.shape)) return undefined;
  const members = computes(factor, 'leakyStep') ? [factor] : tanhSlope(factor);
  if (members === undefined) return undefined;
  const [saved] = members[0].readings;
  if (!isMatrix(saved) || !sameShape(members[0].shape, product.shape)) return undefined;
  const { slopeCode } = members.length === 1 ? LEAKY_RELU : TANH;
  return { code: slopeCode, immediates: members[0].instruction!.immediates, saved, members };
}

/** Returns the members of 1 − y², the slope of y = tanh x. */
function tanhSlope(factor: Value): Value[] | undefined {
  if (!computes(factor, 'sub')) return undefined;
  const [one, squared] = factor.readings;
  const square = identitySource(squared);
  return !isView(one) && one.uniform === 1 && computes(square, 'square') ? [square, factor] : undefined;
}

/** Returns the slope among the members of a matmul's group. */
export function slopeIn(members: readonly Value[]): Slope | undefined {
  return slopeOf(members[members.length - 1], members[0]);
}

/** True if only the product uses the slope. */
function isPrivate({ members }: Slope, multiplied: Value, readers: Readers): boolean {
  return members.every((member, i) => onlyReader(member, readers) === (members[i + 1] ?? multiplied));
}

/** True if a matmul kernel can read the operand row by row. */
function isMatrix(reading: Reading): reading is View {
  if (!isView(reading)) return false;
  const { placement } = reading.value;
  const access = placement ? locate(placement, reading.shape, reading.access) : reading.access;
  return access !== undefined && matrixForm(reading.shape, access)?.transposed === false;
}

/** True if a reduction only sums the rows of a matrix, whatever shape it reads the matrix in. */
export function sumsRows(reduction: Value, matrix: Value): boolean {
  const [operand] = reduction.readings;
  const isSum = reduction.node?.operation === rows.sum;
  if (!isSum || !isView(operand) || identitySource(operand) !== matrix) return false;
  const axes = listAttribute(reduction.node, 'axes');
  const { placement } = reduction;
  const isDense = placement === undefined || placement.block === placement.pitch;
  const isLastAxis = axes.length === 1 && axes[0] === operand.shape.length - 1;
  return isDense && isLastAxis && operand.shape.at(-1) === matrix.shape.at(-1);
}

export interface Epilogues {
  /** The matmul that includes each bias sum, each activation and each product with a slope. */
  readonly productOf: ReadonlyMap<Value, Value>;
  /** The slopes, by the value that multiplies a product by them. */
  readonly slopes: ReadonlyMap<Value, Slope>;
}

export function matmulEpilogues(values: readonly Value[], readers: Readers): Epilogues {
  const productOf = new Map<Value, Value>();
  const slopes = new Map<Value, Slope>();
  for (const product of values) {
    if (product.kind !== 'matmul') continue;
    let last = product;
    const take = (next: Value): void => {
      productOf.set(next, product);
      last = next;
    };
    const first = onlyReader(product, readers);
    if (first === undefined) continue;
    const slope = slopeOf(first, product);
    if (slope !== undefined && isPrivate(slope, first, readers) && canWrite(product, first)) {
      take(first);
      slopes.set(first, slope);
      continue;
    }
    if (biasOf(first, product) !== undefined && canWrite(product, first)) take(first);
    const activation = onlyReader(last, readers);
    if (activation === undefined || activationOf(activation) === undefined) continue;
    if (identitySource(activation.readings[0]) === last && canWrite(product, activation)) take(activation);
  }
  return { productOf, slopes };
}
