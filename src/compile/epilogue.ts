// The kernel of a matrix product or of a convolution also computes what follows: a bias and an activation, or in a
// backward pass the slope of an activation. This requires that no other kernel reads the intermediate values. It can
// also sum the rows of the result, which is the gradient of a bias. A row of a convolution is a channel.

import { contiguous, isContiguous } from '../graph/access.js';
import { rows } from '../graph/index.js';
import type { InstructionName } from '../graph/instructions.js';
import { listAttribute } from '../graph/node.js';
import { sameShape, sizeOf } from '../graph/shapes.js';
import { matrixForm } from './matrix.js';
import { computes, identitySource, isView, locate, type Reading, type Value, type View } from './value.js';

/**
 * An activation that a product applies to its result: its code in docs/explanation/kernels.md, and the code of the
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

/** Returns the activation that a value computes, or undefined if a product does not have it. */
export function activationOf(value: Value): Activation | undefined {
  return [LEAKY_RELU, TANH].find(({ name }) => computes(value, name));
}

/** True if the value is a convolution that can have an epilogue. */
export function isConvolution({ kind, node }: Value): boolean {
  return kind === 'opaque' && (node?.operation === rows.conv2d || node?.operation === rows.conv2dTranspose);
}

/**
 * Returns the number of trailing axes that form a row of a product: the columns of a matrix; rows, columns and subjects
 * of a channel. Returns 0 for any other value.
 */
export function rowAxes(value: Value): number {
  if (value.kind === 'matmul') return 1;
  return isConvolution(value) ? 3 : 0;
}

type Readers = ReadonlyMap<Value, readonly Value[]>;

/** Returns the only reader of a value that has no other use, or undefined. */
function onlyReader(value: Value, readers: Readers): Value | undefined {
  const all = readers.get(value)!;
  return all.length === 1 && !value.pinned && value.placement === undefined ? all[0] : undefined;
}

/** Returns the other operand of a sum with a product if it is one number per row. */
export function biasOf(sum: Value, product: Value): View | undefined {
  if (!computes(sum, 'add') || !sameShape(sum.shape, product.shape)) return undefined;
  const addends = sum.readings.filter((reading) => identitySource(reading) !== product);
  return addends.length === 1 && isBias(addends[0], rowAxes(product)) ? addends[0] : undefined;
}

const isDense = ({ placement }: Value): boolean => placement === undefined || placement.block === placement.pitch;

function isBias(reading: Reading, axes: number): reading is View {
  if (!isView(reading) || !isDense(reading.value)) return false;
  const [count, ...row] = reading.shape.slice(-axes - 1);
  const [stride, ...strides] = reading.access.strides.slice(-axes - 1);
  return row.every((extent, axis) => extent === 1 || strides[axis] === 0) && (count === 1 || stride === 1);
}

/** True if the kernel of a product can write to the place of its epilogue's last value. */
function canWrite(product: Value, last: Value): boolean {
  if (isConvolution(product)) return isDense(last);
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
  if (!canReadRows(saved, product) || !sameShape(members[0].shape, product.shape)) return undefined;
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

/** Returns the slope among the members of a product's group. */
function slopeIn(members: readonly Value[]): Slope | undefined {
  return slopeOf(members[members.length - 1], members[0]);
}

/** True if only the product uses the slope. */
function isPrivate({ members }: Slope, multiplied: Value, readers: Readers): boolean {
  return members.every((member, i) => onlyReader(member, readers) === (members[i + 1] ?? multiplied));
}

/** True if the kernel of a product can read the operand row by row. */
function canReadRows(reading: Reading, product: Value): reading is View {
  if (!isView(reading)) return false;
  const { placement } = reading.value;
  if (isConvolution(product)) {
    const axes = -rowAxes(product) - 1;
    const access = { offset: 0, strides: reading.access.strides.slice(axes) };
    return isDense(reading.value) && isContiguous(reading.shape.slice(axes), access);
  }
  const access = placement ? locate(placement, reading.shape, reading.access) : reading.access;
  return access !== undefined && matrixForm(reading.shape, access)?.transposed === false;
}

/**
 * True if a reduction only sums the rows of `last`, whatever shape it reads them in.
 * @param product of which `last` is the result
 */
export function sumsRows(reduction: Value, product: Value, last: Value): boolean {
  const [operand] = reduction.readings;
  const isSum = reduction.node?.operation === rows.sum;
  if (!isSum || !isView(operand) || identitySource(operand) !== last) return false;
  const axes = listAttribute(reduction.node, 'axes');
  const { shape } = operand;
  const first = Math.min(...axes);
  const isTrailing = shape.every((extent, axis) => axis < first || axes.includes(axis) || extent === 1);
  return isDense(reduction) && isTrailing && sizeOf(shape.slice(first)) === sizeOf(last.shape.slice(-rowAxes(product)));
}

/** What the kernel of a product computes after its sums. */
export interface EpilogueParts {
  readonly bias: View | undefined;
  readonly saved: View | undefined;
  /** Code of the activation or slope; 0 if there is none. */
  readonly code: number;
  /** Constant of the activation. */
  readonly constant: number;
}

/** Returns what the members of a group compute after their product. */
export function epilogueIn(members: readonly Value[]): EpilogueParts {
  const [product, second] = members;
  if (members.length === 1) return { bias: undefined, saved: undefined, code: 0, constant: 0 };
  const slope = slopeIn(members);
  if (slope) return { bias: undefined, saved: slope.saved, code: slope.code, constant: slope.immediates[0] ?? 0 };
  const last = members.find((member) => activationOf(member));
  const code = last === undefined ? 0 : activationOf(last)!.code;
  return { bias: biasOf(second, product), saved: undefined, code, constant: last?.instruction?.immediates[0] ?? 0 };
}

export interface Epilogues {
  /** The product that includes each bias sum, each activation and each multiplication by a slope. */
  readonly productOf: ReadonlyMap<Value, Value>;
  /** The slopes, by the value that multiplies a product by them. */
  readonly slopes: ReadonlyMap<Value, Slope>;
}

export function epilogues(values: readonly Value[], readers: Readers): Epilogues {
  const productOf = new Map<Value, Value>();
  const slopes = new Map<Value, Slope>();
  for (const product of values) {
    if (rowAxes(product) === 0) continue;
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
