// Element-wise operations of one tensor. Derivatives use the output where possible. The input of an activation then
// need not be stored, and the compiler may fuse the activation into the matmul before it.

import { InputError } from '../errors/errors.js';
import { add, mul, sub } from './binary.js';
import type { InstructionName } from './instructions.js';
import { apply, numberAttribute } from './node.js';
import type { Node, Operation } from './operation.js';
import { broadcast, everyInput } from './runs.js';
import * as special from './special.js';

interface Spec {
  readonly value: (x: number, node: Node) => number;
  /** Returns dy/dx from the node y and its input x. */
  readonly slope?: (y: Node, x: Node) => Node;
  readonly immediates?: readonly string[];
  readonly cheap?: boolean;
}

/** Defines an operation with the name of its instruction. */
function row(name: InstructionName, { value, slope, immediates, cheap }: Spec): Operation {
  return {
    name,
    shape: (inputs) => inputs[0].shape,
    ...(slope && { derivative: (node: Node, upstream: Node) => [mul(upstream, slope(node, node.inputs[0]))] }),
    reference: (node, [x]) => x.values.map((element) => value(element, node)),
    keepsRunsApart: broadcast(1),
    lowering: { kind: 'elementwise', instruction: name, immediates, cheap },
  };
}

const slopeOf = (node: Node): number => numberAttribute(node, 'slope');
const lowOf = (node: Node): number => numberAttribute(node, 'low');
const highOf = (node: Node): number => numberAttribute(node, 'high');
const clampTo = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);

export const unaryRows = {
  neg: {
    ...row('neg', { value: (x) => -x, cheap: true }),
    derivative: (_, upstream) => [neg(upstream)],
  },
  abs: row('abs', { value: Math.abs, slope: (_, x) => sign(x), cheap: true }),
  sign: row('sign', { value: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0), cheap: true }),
  exp: row('exp', { value: Math.exp, slope: (y) => y }),
  expm1: row('expm1', { value: Math.expm1, slope: (y) => add(y, 1) }),
  log: row('log', { value: Math.log, slope: (_, x) => reciprocal(x) }),
  log1p: row('log1p', { value: Math.log1p, slope: (_, x) => reciprocal(add(x, 1)) }),
  tanh: row('tanh', { value: Math.tanh, slope: (y) => sub(1, square(y)) }),
  sigmoid: row('sigmoid', { value: special.sigmoid, slope: (y) => sub(y, square(y)) }),
  sqrt: row('sqrt', { value: Math.sqrt, slope: (y) => mul(0.5, reciprocal(y)) }),
  square: row('square', { value: (x) => x * x, slope: (_, x) => mul(2, x), cheap: true }),
  reciprocal: row('reciprocal', { value: (x) => 1 / x, slope: (y) => neg(square(y)) }),
  erf: row('erf', { value: special.erf, slope: (_, x) => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))) }),
  normalCdf: row('normalCdf', { value: special.normalCdf, slope: (_, x) => normalDensity(x) }),
  normalQuantile: row('normalQuantile', { value: special.normalQuantile, slope: (y) => reciprocal(normalDensity(y)) }),
  softplus: row('softplus', { value: special.softplus, slope: (_, x) => sigmoid(x) }),
  leakyRelu: row('leakyRelu', {
    value: (x, node) => (x > 0 ? x : slopeOf(node) * x),
    slope: (y) => leakyStep(y, slopeOf(y)),
    immediates: ['slope'],
    cheap: true,
  }),
  leakyStep: row('leakyStep', {
    value: (x, node) => (Number.isNaN(x) ? x : x > 0 ? 1 : slopeOf(node)),
    immediates: ['slope'],
    cheap: true,
  }),
  step: row('step', { value: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0), cheap: true }),
  clamp: row('clamp', {
    value: (x, node) => clampTo(x, lowOf(node), highOf(node)),
    slope: (node, x) => inside(x, lowOf(node), highOf(node)),
    immediates: ['low', 'high'],
    cheap: true,
  }),
  inside: row('inside', {
    value: (x, node) => (Number.isNaN(x) ? x : lowOf(node) < x && x < highOf(node) ? 1 : 0),
    immediates: ['low', 'high'],
    cheap: true,
  }),
  floor: row('floor', { value: Math.floor, cheap: true }),
  stopGradient: {
    name: 'stopGradient',
    shape: (inputs) => inputs[0].shape,
    reference: (_, [x]) => x.values,
    keepsRunsApart: everyInput,
    lowering: { kind: 'view', access: (_, input) => input },
  },
} satisfies Record<string, Operation>;

export const neg = (x: Node): Node => apply(unaryRows.neg, [x]);
export const abs = (x: Node): Node => apply(unaryRows.abs, [x]);
/** Returns −1, 0 or 1. The derivative is 0. */
export const sign = (x: Node): Node => apply(unaryRows.sign, [x]);
export const exp = (x: Node): Node => apply(unaryRows.exp, [x]);
/** Returns eˣ − 1, also for small x. */
export const expm1 = (x: Node): Node => apply(unaryRows.expm1, [x]);
export const log = (x: Node): Node => apply(unaryRows.log, [x]);
export const log1p = (x: Node): Node => apply(unaryRows.log1p, [x]);
export const tanh = (x: Node): Node => apply(unaryRows.tanh, [x]);
export const sigmoid = (x: Node): Node => apply(unaryRows.sigmoid, [x]);
export const sqrt = (x: Node): Node => apply(unaryRows.sqrt, [x]);
export const square = (x: Node): Node => apply(unaryRows.square, [x]);
export const reciprocal = (x: Node): Node => apply(unaryRows.reciprocal, [x]);
export const erf = (x: Node): Node => apply(unaryRows.erf, [x]);
/** Returns Φ(x), the distribution function of N(0, 1). */
export const normalCdf = (x: Node): Node => apply(unaryRows.normalCdf, [x]);
/** Returns Φ⁻¹(x) for x in (0, 1). */
export const normalQuantile = (x: Node): Node => apply(unaryRows.normalQuantile, [x]);
/** Returns log(1 + eˣ). */
export const softplus = (x: Node): Node => apply(unaryRows.softplus, [x]);
/** Returns 1 where x > 0, else 0. The derivative is 0. */
export const step = (x: Node): Node => apply(unaryRows.step, [x]);
/** Returns the largest whole number that is not above x. The derivative is 0. */
export const floor = (x: Node): Node => apply(unaryRows.floor, [x]);
/** Returns x. The derivative is taken as 0. */
export const stopGradient = (x: Node): Node => apply(unaryRows.stopGradient, [x]);

/** Returns the density of N(0, 1). */
export const normalDensity = (x: Node): Node => mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x))));

function checkSlope(op: string, slope: number): void {
  if (!(slope >= 0 && slope < Infinity)) {
    throw new InputError('out-of-range', `[${op}] slope must be a finite number of at least 0, got ${slope}`);
  }
}

function checkBounds(op: string, low: number, high: number): void {
  if (!(low < high)) {
    throw new InputError('out-of-range', `[${op}] bounds must satisfy low < high, got ${low} and ${high}`);
  }
}

/** Returns x where x > 0, else slope · x; slope ≥ 0. */
export function leakyRelu(x: Node, slope: number): Node {
  checkSlope('leakyRelu', slope);
  return apply(unaryRows.leakyRelu, [x], { slope });
}

/** Returns 1 where x > 0, else slope. The derivative is 0. */
export function leakyStep(x: Node, slope: number): Node {
  checkSlope('leakyStep', slope);
  return apply(unaryRows.leakyStep, [x], { slope });
}

/** Limits x to [low, high]. The derivative is 0 at and outside the bounds. */
export function clamp(x: Node, low: number, high: number): Node {
  checkBounds('clamp', low, high);
  return apply(unaryRows.clamp, [x], { low, high });
}

/** Returns 1 where low < x < high, else 0. The derivative is 0. */
export function inside(x: Node, low: number, high: number): Node {
  checkBounds('inside', low, high);
  return apply(unaryRows.inside, [x], { low, high });
}
