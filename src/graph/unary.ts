// Element-wise operations of one tensor. Derivatives are written in the output where they can be: then the input of an
// activation need not be kept, and the compiler may fuse it into the matmul before it.

import { InputError } from '../errors.js';
import { add, mul, sub } from './binary.js';
import { type Node, numberAttribute } from './node.js';
import { apply, type Operation } from './operation.js';
import * as special from './special.js';

interface UnarySpec {
  readonly value: (x: number, node: Node) => number;
  /** dy/dx, from the node y itself and its input x. */
  readonly slope?: (y: Node, x: Node) => Node;
}

function unaryRow(name: string, spec: UnarySpec): Operation {
  const { value, slope } = spec;
  return {
    name,
    shape: (inputs) => inputs[0].shape,
    ...(slope && { derivative: (node: Node, upstream: Node) => [mul(upstream, slope(node, node.inputs[0]))] }),
    reference: (node, [x]) => x.values.map((element) => value(element, node)),
  };
}

const slopeOf = (node: Node): number => numberAttribute(node, 'slope');
const lowOf = (node: Node): number => numberAttribute(node, 'low');
const highOf = (node: Node): number => numberAttribute(node, 'high');
const clampTo = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);

const SPECS: Readonly<Record<string, UnarySpec>> = {
  neg: { value: (x) => -x },
  abs: { value: Math.abs, slope: (_, x) => sign(x) },
  sign: { value: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0) },
  exp: { value: Math.exp, slope: (y) => y },
  log: { value: Math.log, slope: (_, x) => reciprocal(x) },
  log1p: { value: Math.log1p, slope: (_, x) => reciprocal(add(x, 1)) },
  tanh: { value: Math.tanh, slope: (y) => sub(1, square(y)) },
  sigmoid: { value: special.sigmoid, slope: (y) => sub(y, square(y)) },
  sqrt: { value: Math.sqrt, slope: (y) => mul(0.5, reciprocal(y)) },
  square: { value: (x) => x * x, slope: (_, x) => mul(2, x) },
  reciprocal: { value: (x) => 1 / x, slope: (y) => neg(square(y)) },
  erf: { value: special.erf, slope: (_, x) => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))) },
  normalCdf: { value: special.normalCdf, slope: (_, x) => normalDensity(x) },
  normalQuantile: { value: special.normalQuantile, slope: (y) => reciprocal(normalDensity(y)) },
  softplus: { value: special.softplus, slope: (_, x) => sigmoid(x) },
  leakyRelu: { value: (x, node) => (x > 0 ? x : slopeOf(node) * x), slope: (y) => leakyStep(y, slopeOf(y)) },
  leakyStep: { value: (x, node) => (Number.isNaN(x) ? x : x > 0 ? 1 : slopeOf(node)) },
  step: { value: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0) },
  clamp: {
    value: (x, node) => clampTo(x, lowOf(node), highOf(node)),
    slope: (node, x) => inside(x, lowOf(node), highOf(node)),
  },
  inside: { value: (x, node) => (Number.isNaN(x) ? x : lowOf(node) < x && x < highOf(node) ? 1 : 0) },
};

export const unaryRows: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(Object.entries(SPECS).map(([name, spec]) => [name, unaryRow(name, spec)])),
  neg: { ...unaryRow('neg', SPECS['neg']), derivative: (_, upstream) => [neg(upstream)] },
  stopGradient: unaryRow('stopGradient', { value: (x) => x }),
};

function unary(name: string, x: Node, attributes: Readonly<Record<string, number>> = {}): Node {
  return apply(unaryRows[name], [x], attributes);
}

export const neg = (x: Node): Node => unary('neg', x);
export const abs = (x: Node): Node => unary('abs', x);
/** −1, 0 or 1; derivative 0. */
export const sign = (x: Node): Node => unary('sign', x);
export const exp = (x: Node): Node => unary('exp', x);
export const log = (x: Node): Node => unary('log', x);
export const log1p = (x: Node): Node => unary('log1p', x);
export const tanh = (x: Node): Node => unary('tanh', x);
export const sigmoid = (x: Node): Node => unary('sigmoid', x);
export const sqrt = (x: Node): Node => unary('sqrt', x);
export const square = (x: Node): Node => unary('square', x);
export const reciprocal = (x: Node): Node => unary('reciprocal', x);
export const erf = (x: Node): Node => unary('erf', x);
/** Φ, the distribution function of N(0, 1). */
export const normalCdf = (x: Node): Node => unary('normalCdf', x);
/** Φ⁻¹, for values in (0, 1). */
export const normalQuantile = (x: Node): Node => unary('normalQuantile', x);
/** log(1 + eˣ). */
export const softplus = (x: Node): Node => unary('softplus', x);
/** 1 where x > 0, else 0; derivative 0. */
export const step = (x: Node): Node => unary('step', x);
/** The value itself; its derivative is taken as 0. */
export const stopGradient = (x: Node): Node => unary('stopGradient', x);

/** The density of N(0, 1). */
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

/** x where x > 0, else slope · x; slope ≥ 0. */
export function leakyRelu(x: Node, slope: number): Node {
  checkSlope('leakyRelu', slope);
  return unary('leakyRelu', x, { slope });
}

/** 1 where x > 0, else slope; derivative 0. */
export function leakyStep(x: Node, slope: number): Node {
  checkSlope('leakyStep', slope);
  return unary('leakyStep', x, { slope });
}

/** x limited to [low, high]; derivative 0 at and outside the bounds. */
export function clamp(x: Node, low: number, high: number): Node {
  checkBounds('clamp', low, high);
  return unary('clamp', x, { low, high });
}

/** 1 where low < x < high, else 0; derivative 0. */
export function inside(x: Node, low: number, high: number): Node {
  checkBounds('inside', low, high);
  return unary('inside', x, { low, high });
}
