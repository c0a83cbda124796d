// The conditional Gaussian-mixture flow as operations: log density, noise ε = Φ⁻¹(F(z)) and their derivatives. The
// derivatives are operations, too, so that the Jacobian penalty on ε can be differentiated.

import { InputError } from '../errors/errors.js';
import { mul } from './binary.js';
import { reshape, slice } from './layout.js';
import * as reference from './mixture-reference.js';
import type { MixtureLimits } from './mixture-reference.js';
import { apply, noFurtherDerivative, numberAttribute } from './node.js';
import { opaque, type Node, type Operation } from './operation.js';
import { between, kernel, real, reads, size, writes } from './kernel-record.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf, type Shape } from './shapes.js';

type ColumnFunction = (
  z: number,
  theta: Float64Array,
  upstream: Float64Array,
  limits: MixtureLimits,
) => number | Float64Array;

const limitsOf = (node: Node): MixtureLimits => ({
  logScaleMin: numberAttribute(node, 'logScaleMin'),
  logScaleMax: numberAttribute(node, 'logScaleMax'),
});

/** Returns [..., 1 + 3K, B] from z [..., B] and θ [..., 3K, B]. */
function gradientShape(z: Shape, theta: Shape): number[] {
  return [...z.slice(0, -1), 1 + theta[theta.length - 2], z[z.length - 1]];
}

function checkInputs(op: string, [z, theta]: readonly Node[]): void {
  const [shape, parameters] = [z.shape, theta.shape];
  const rank = shape.length;
  const fits =
    rank >= 1 &&
    parameters.length === rank + 1 &&
    sameShape([...parameters.slice(0, -2), parameters[rank]], shape) &&
    parameters[rank - 1] % 3 === 0;
  if (fits) return;
  throw shapeError(op, `needs z [..., B] and θ [..., 3K, B], got ${formatShape(shape)} and ${formatShape(parameters)}`);
}

/** Calls `fn` for every column. Each call gives one or several rows of the result. */
function overColumns(node: Node, inputs: readonly { values: Float64Array }[], fn: ColumnFunction): Float64Array {
  const [z, theta] = node.inputs;
  const batch = z.shape[z.shape.length - 1];
  const height = theta.shape[theta.shape.length - 2];
  const limits = limitsOf(node);
  const rows = sizeOf(node.shape) / sizeOf(z.shape);
  const upstreamRows = (inputs.at(2)?.values.length ?? 0) / sizeOf(z.shape);
  const result = new Float64Array(sizeOf(node.shape));
  const columnOf = (values: Float64Array, group: number, count: number, b: number): Float64Array =>
    Float64Array.from({ length: count }, (_, row) => values[(group * count + row) * batch + b]);
  for (let i = 0; i < sizeOf(z.shape); i++) {
    const [group, b] = [Math.floor(i / batch), i % batch];
    const upstream = columnOf(inputs.at(2)?.values ?? result, group, upstreamRows, b);
    const value = fn(inputs[0].values[i], columnOf(inputs[1].values, group, height, b), upstream, limits);
    const values = typeof value === 'number' ? [value] : value;
    values.forEach((element, row) => (result[(group * rows + row) * batch + b] = element));
  }
  return result;
}

/** Splits row 0, the gradient of z, from the other rows, the gradient of θ. */
function split(gradient: Node, z: Node): [Node, Node] {
  const axis = gradient.shape.length - 2;
  return [reshape(slice(gradient, axis, 0, 1), z.shape), slice(gradient, axis, 1, gradient.shape[axis])];
}

function checkUpstream(op: string, expected: Shape, upstream: Node): void {
  if (sameShape(expected, upstream.shape)) return;
  throw shapeError(op, `upstream must be ${formatShape(expected)}, got ${formatShape(upstream.shape)}`);
}

const ofZ = ['groups', 'batch'];
const ofTheta = ['groups', '3 * components', 'batch'];
const ofAll = ['groups', '1 + 3 * components', 'batch'];

/** The numbers of all mixture kernels. Outside the limits of the log scales, derivatives by these are 0. */
export const mixtureNumbers = {
  family: 'mixture',
  ints: { groups: size, components: between(1, 256), batch: size },
  floats: { logScaleMin: real, logScaleMax: real },
  requires: { 'logScaleMin < logScaleMax': 'logScaleMin must be below logScaleMax' },
} as const;

/** The log density and its gradient. The compiler calls it where a program needs both. */
export const mixtureWithGradKernel = kernel({
  ...mixtureNumbers,
  name: 'mixtureLogDensityWithGrad',
  backends: ['cpu'],
  result: 'MixtureResult::kLogDensityGradient',
  operands: {
    out: writes(...ofAll),
    value: writes(...ofZ),
    z: reads(...ofZ),
    theta: reads(...ofTheta),
    upstream: reads(...ofZ),
  },
});

interface Spec {
  /** Name in C++. */
  readonly result: string;
  readonly shape: (z: Shape, theta: Shape) => Shape;
  /** Shape of the third input. Undefined if there is none. */
  readonly upstream?: (z: Shape, theta: Shape) => Shape;
  readonly derivative: NonNullable<Operation['derivative']>;
  readonly column: ColumnFunction;
}

function row(name: string, { result, shape, upstream, derivative, column }: Spec): Operation {
  const extents = (rule: Spec['shape']): string[] => (rule === shapeOfZ ? ofZ : ofAll);
  const described = kernel({
    ...mixtureNumbers,
    name,
    result: `MixtureResult::${result}`,
    operands: {
      out: writes(...extents(shape)),
      z: reads(...ofZ),
      theta: reads(...ofTheta),
      ...(upstream && { upstream: reads(...extents(upstream)) }),
    },
  });
  return {
    name,
    shape(inputs) {
      checkInputs(name, inputs);
      const [z, theta] = inputs.map((input) => input.shape);
      if (upstream) checkUpstream(name, upstream(z, theta), inputs[2]);
      return shape(z, theta);
    },
    derivative,
    reference: (node, inputs) => overColumns(node, inputs, column),
    keepsRunsApart: before(1),
    lowering: opaque(described, (node) => {
      const [z, theta] = node.inputs.map((input) => input.shape);
      const [batch] = z.slice(-1);
      const [rows] = theta.slice(-2);
      return { groups: sizeOf(z) / batch, components: rows / 3, batch, ...limitsOf(node) };
    }),
  };
}

const shapeOfZ = (z: Shape): Shape => z;

export const mixtureRows = {
  mixtureLogDensity: row('mixtureLogDensity', {
    result: 'kLogDensity',
    shape: shapeOfZ,
    derivative(node, upstream) {
      const [z, theta] = node.inputs;
      return split(mixtureLogDensityGrad(z, theta, upstream, limitsOf(node)), z);
    },
    column: (z, theta, _, limits) => reference.logDensity(z, theta, limits),
  }),
  mixtureLogDensityGrad: row('mixtureLogDensityGrad', {
    result: 'kLogDensityGradient',
    shape: gradientShape,
    upstream: shapeOfZ,
    derivative: noFurtherDerivative,
    column: (z, theta, [upstream], limits) =>
      reference.logDensityGradient(z, theta, limits).map((slope) => slope * upstream),
  }),
  mixtureEpsilon: row('mixtureEpsilon', {
    result: 'kEpsilon',
    shape: shapeOfZ,
    derivative(node, upstream) {
      const [z, theta] = node.inputs;
      const [slopeZ, slopeTheta] = split(mixtureSensitivity(z, theta, limitsOf(node)), z);
      const rows = reshape(upstream, [...z.shape.slice(0, -1), 1, z.shape[z.shape.length - 1]]);
      return [mul(upstream, slopeZ), mul(rows, slopeTheta)];
    },
    column: (z, theta, _, limits) => reference.epsilon(z, theta, limits),
  }),
  mixtureSensitivity: row('mixtureSensitivity', {
    result: 'kSensitivity',
    shape: gradientShape,
    derivative(node, upstream) {
      const [z, theta] = node.inputs;
      return split(mixtureSensitivityGrad(z, theta, upstream, limitsOf(node)), z);
    },
    column: (z, theta, _, limits) => reference.sensitivity(z, theta, limits),
  }),
  mixtureSensitivityGrad: row('mixtureSensitivityGrad', {
    result: 'kSensitivityGradient',
    shape: gradientShape,
    upstream: gradientShape,
    derivative: noFurtherDerivative,
    column: reference.sensitivityGradient,
  }),
} satisfies Record<string, Operation>;

function mixture(operation: Operation, inputs: readonly Node[], limits: MixtureLimits): Node {
  const { logScaleMin, logScaleMax } = limits;
  if (!(logScaleMin < logScaleMax)) {
    const shown = `${logScaleMin} and ${logScaleMax}`;
    throw new InputError('out-of-range', `[${operation.name}] needs logScaleMin < logScaleMax, got ${shown}`);
  }
  return apply(operation, inputs, { logScaleMin, logScaleMax });
}

/** Returns log Σ w φ(e) s of z [..., B] under θ [..., 3K, B] (K logits, K means, K log scales) → [..., B]. */
export function mixtureLogDensity(z: Node, theta: Node, limits: MixtureLimits): Node {
  return mixture(mixtureRows.mixtureLogDensity, [z, theta], limits);
}

/**
 * Returns upstream [..., B] × the gradient of the log density: [..., 1 + 3K, B], row 0 for z, then θ. Not
 * differentiable.
 */
export function mixtureLogDensityGrad(z: Node, theta: Node, upstream: Node, limits: MixtureLimits): Node {
  return mixture(mixtureRows.mixtureLogDensityGrad, [z, theta, upstream], limits);
}

/**
 * Returns ε = Φ⁻¹(Σ w Φ(e)) with the distribution function clamped to [1e-6, 1 − 1e-6]; z [..., B], θ [..., 3K, B] →
 * [..., B].
 */
export function mixtureEpsilon(z: Node, theta: Node, limits: MixtureLimits): Node {
  return mixture(mixtureRows.mixtureEpsilon, [z, theta], limits);
}

/**
 * Returns ∂ε/∂(z, θ): [..., 1 + 3K, B], row 0 for z, then θ. It is 0 where the clamp on the distribution function is
 * active.
 */
export function mixtureSensitivity(z: Node, theta: Node, limits: MixtureLimits): Node {
  return mixture(mixtureRows.mixtureSensitivity, [z, theta], limits);
}

/** Returns ∂/∂(z, θ) of Σ upstream · sensitivity; upstream and result are [..., 1 + 3K, B]. Not differentiable. */
export function mixtureSensitivityGrad(z: Node, theta: Node, upstream: Node, limits: MixtureLimits): Node {
  return mixture(mixtureRows.mixtureSensitivityGrad, [z, theta, upstream], limits);
}
