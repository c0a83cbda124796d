// Geometry of a convolution: output (i, j) and tap (k, l) read input (i · stride − padding + k · dilation, j · stride −
// padding + l · dilation).

import type { Attributes } from './operation.js';
import {
  between,
  extent,
  flag,
  leading,
  list,
  real,
  size,
  stride,
  type OperandRow,
  type Written,
} from './kernel-record.js';
import { broadcastShapes, broadcastStrides, contiguousStrides, formatShape, shapeError, type Shape } from './shapes.js';

export interface Spacing {
  /** Rows and columns between neighbouring outputs. All pairs below are in this order, too. Default [1, 1]. */
  readonly stride?: readonly [number, number];
  /** Zeros before the first and after the last row and column. Default [0, 0]. */
  readonly padding?: readonly [number, number];
  /** Rows and columns between neighbouring taps. Default [1, 1]. */
  readonly dilation?: readonly [number, number];
  /** Number of groups of channels that do not mix. Default 1. */
  readonly groups?: number;
}

/**
 * Sizes of a convolution of input x `[…, groups · inputs, H, W, B]` with weights w
 * `[…, groups · outputs, inputs, K, L]` to output y `[…, groups · outputs, I, J, B]`.
 */
export interface Geometry {
  readonly leading: Shape;
  readonly groups: number;
  /** Input channels of a group, and `outputs` its output channels. */
  readonly inputs: number;
  readonly outputs: number;
  /** Rows and columns of x; `output` and `taps` are those of y and w. */
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly taps: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly batch: number;
}

export type Tensors = Readonly<Record<'x' | 'w' | 'y', Shape>>;

const pair = ([first, second]: readonly number[]): readonly [number, number] => [first, second];

/** Returns an attribute that is a pair of numbers. */
export function pairOf(attributes: Attributes, name: string): readonly [number, number] {
  return pair([attributes[name]].flat().map(Number));
}

/** Returns the number of rows or columns of an output. */
export function outputSize(input: number, taps: number, stride: number, padding: number, dilation: number): number {
  return Math.floor((input + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;
}

/** @throws InputError `shape-mismatch` for a spacing that is invalid */
export function spacingAttributes(op: string, { stride, padding, dilation, groups }: Spacing): Attributes {
  const all = {
    stride: stride ?? [1, 1],
    padding: padding ?? [0, 0],
    dilation: dilation ?? [1, 1],
    groups: groups ?? 1,
  };
  const minimum = { stride: 1, padding: 0, dilation: 1, groups: 1 };
  for (const name of ['stride', 'padding', 'dilation', 'groups'] as const) {
    const numbers = [all[name]].flat();
    if (numbers.every((value) => Number.isSafeInteger(value) && value >= minimum[name])) continue;
    throw shapeError(op, `${name} must be whole numbers of at least ${minimum[name]}, got ${formatShape(numbers)}`);
  }
  return all;
}

export function geometryOf(op: string, { x, w, y }: Tensors, attributes: Attributes): Geometry {
  const shown = `x ${formatShape(x)}, w ${formatShape(w)}, y ${formatShape(y)}`;
  const rank = x.length;
  const leading = broadcastShapes([x, w, y].map((shape) => shape.slice(0, -4)));
  if (rank < 4 || w.length !== rank || y.length !== rank || leading === undefined) {
    throw shapeError(op, `needs tensors of the same rank (4 or more) whose leading axes broadcast: ${shown}`);
  }
  const groups = Number(attributes['groups']);
  const [inputs, outputs] = [w[rank - 3], w[rank - 4] / groups];
  const [stride, padding, dilation] = ['stride', 'padding', 'dilation'].map((name) => pairOf(attributes, name));
  const [input, output, taps] = [pair(x.slice(-3)), pair(y.slice(-3)), pair(w.slice(-2))];
  const fits =
    Number.isInteger(outputs) &&
    x[rank - 4] === groups * inputs &&
    y[rank - 4] === groups * outputs &&
    x[rank - 1] === y[rank - 1] &&
    [0, 1].every(
      (axis) =>
        output[axis] >= 1 &&
        output[axis] === outputSize(input[axis], taps[axis], stride[axis], padding[axis], dilation[axis]),
    );
  if (!fits) {
    const spacing = `stride ${formatShape(stride)}, padding ${formatShape(padding)}, dilation ${formatShape(dilation)}`;
    throw shapeError(op, `channels, sizes or batches do not fit: ${shown}, ${spacing}, ${groups} groups`);
  }
  return { leading, groups, inputs, outputs, input, output, taps, stride, padding, dilation, batch: x[rank - 1] };
}

const pairOfExtents = list('2', extent);
/** Strides along the leading dimensions; those of absent operands are ignored. */
const alongLeading = list('rank', stride);

/**
 * The numbers of the kernels. What follows the sums is as in a matrix product (src/compile/kernels.ts): one bias per
 * channel, an activation or its slope, and the sums of every channel of the result.
 */
export const convolutionNumbers = {
  family: 'convolution',
  extended: true,
  floats: { slope: real },
  ints: {
    ...leading,
    groups: size,
    inputs: size,
    outputs: size,
    input: pairOfExtents,
    output: pairOfExtents,
    taps: pairOfExtents,
    stride: pairOfExtents,
    padding: list('2', between(0, 2 ** 31 - 1)),
    dilation: pairOfExtents,
    batch: size,
    activation: between(0, 4),
    hasBias: flag,
    hasSums: flag,
    biasStrides: alongLeading,
    savedStrides: alongLeading,
    sumsStrides: alongLeading,
  },
  flops: '2 * product(dims) * groups * inputs * outputs * taps[0] * taps[1] * output[0] * output[1] * batch',
} as const;

/** Shapes of the three tensors behind the leading dimensions. */
const SHAPES: Readonly<Record<keyof Tensors, readonly string[]>> = {
  x: ['groups', 'inputs', 'input[0]', 'input[1]', 'batch'],
  w: ['groups', 'outputs', 'inputs', 'taps[0]', 'taps[1]'],
  y: ['groups', 'outputs', 'output[0]', 'output[1]', 'batch'],
};

/** Describes the operands of a kernel: its result, its inputs, and those of what follows the sums. */
export const convolutionOperands = ([result, first, second]: readonly (keyof Tensors)[]): Record<
  string,
  OperandRow
> => ({
  out: { access: 'writes', shape: SHAPES[result], along: 'outStrides' },
  first: { access: 'reads', shape: SHAPES[first], along: 'firstStrides' },
  second: { access: 'reads', shape: SHAPES[second], along: 'secondStrides' },
  ...(result !== 'w' && {
    bias: { access: 'reads', shape: SHAPES[result].slice(0, 2), along: 'biasStrides', where: 'hasBias' },
    saved: { access: 'reads', shape: SHAPES[result], along: 'savedStrides', where: 'activation > 2' },
    sums: { access: 'writes', shape: SHAPES[result].slice(0, 2), along: 'sumsStrides', where: 'hasSums' },
  }),
});

/**
 * Returns the numbers of a kernel's record, without anything after the sums.
 * @param operands in the order of the kernel
 */
export function geometryRecord(
  { leading: dims, ...sizes }: Geometry,
  operands: readonly Shape[],
): Written<typeof convolutionNumbers> {
  const [outStrides, firstStrides, secondStrides] = operands.map((shape) =>
    broadcastStrides(shape.slice(0, -4), dims, contiguousStrides(shape).slice(0, -4)),
  );
  const none = dims.map(() => 0);
  return {
    ...{ rank: dims.length, dims, outStrides, firstStrides, secondStrides, ...sizes },
    ...{ activation: 0, hasBias: false, hasSums: false, slope: 0 },
    ...{ biasStrides: none, savedStrides: none, sumsStrides: none },
  };
}
