// Mechanisms of simulated latents given their parents, and mixing of latents to observations (METHOD section 9, Eq. 1
// and 2). The constants determine the difficulty of the problem. They are those of the reference and must not change.

import { Matrix, SVD } from 'ml-matrix';
import type { RandomStream } from '../random/random-stream.js';
import { meanAndSd } from '../metrics/vectors.js';

export const MECHANISMS = ['monotone', 'mlp', 'linear'] as const;
export type Mechanism = (typeof MECHANISMS)[number];
export const NOISES = ['gaussian', 'laplace', 'uniform'] as const;
export type Noise = (typeof NOISES)[number];

/** Share of noise in the variance of a latent with parents. */
export const NOISE_SHARE = 0.2;
/**
 * Joint Lipschitz constant of the parents inside a cycle. It is below 1, so that the cycle has exactly one solution.
 */
export const CYCLE_STEEPNESS = 0.8;
const MIXING_LAYERS = 3;
export const MIXING_SLOPE = 0.2;
/** Steepness of the smooth bend: its slope changes from 0.2 to 1 within about ±1. */
const BEND_STEEPNESS = 2;
const MIXING_DRAWS = 30;

/** Function between the layers of a mixing: leaky ReLU, or its smooth version. Both are strictly increasing. */
export type Bend = 'leaky' | 'smooth';

const MLP_WIDTH = 16;
const MLP_GAIN = 1.5;
const SCALE_GAIN = 0.6;

/** A function of the parents of a latent. */
export interface MechanismNet {
  readonly value: (parents: ArrayLike<number>) => number;
  /** Lipschitz constant in the maximum norm: bound of the change if no parent changes by more than 1. */
  readonly steepness: number;
}

/** Draws a deterministic function of `count` parents with random parameters. */
export function drawMechanism(random: RandomStream, kind: Mechanism, count: number): MechanismNet {
  if (kind === 'mlp') return drawTanhNet(random, count);
  if (kind === 'linear') {
    const weights = Array.from({ length: count }, () => random.sign() * random.between(0.7, 1.3));
    return {
      value: (parents) => weights.reduce((sum, weight, q) => sum + weight * parents[q], 0),
      steepness: weights.reduce((sum, weight) => sum + Math.abs(weight), 0),
    };
  }
  const terms = Array.from({ length: count }, () => ({
    a: random.sign() * random.between(0.7, 1.3),
    b: random.between(-0.5, 0.5),
    c: random.between(1, 2),
  }));
  return {
    value: (parents) =>
      terms.reduce((sum, { a, b, c }, q) => sum + a * (0.3 * parents[q] + Math.tanh(c * (parents[q] - b))), 0),
    steepness: terms.reduce((sum, { a, c }) => sum + Math.abs(a) * (0.3 + c), 0),
  };
}

/** Draws v · tanh(p W + b), W ~ 1.5 N(0, 1), b and v ~ N(0, 1), 16 hidden units. */
export function drawTanhNet(random: RandomStream, count: number): MechanismNet {
  const units = Array.from({ length: MLP_WIDTH }, () => ({
    weights: Array.from({ length: count }, () => MLP_GAIN * random.normal()),
    bias: random.normal(),
    output: random.normal(),
  }));
  return {
    value: (parents) =>
      units.reduce((sum, { weights, bias, output }) => {
        const input = weights.reduce((total, weight, q) => total + weight * parents[q], bias);
        return sum + output * Math.tanh(input);
      }, 0),
    steepness: units.reduce(
      (sum, { weights, output }) =>
        sum + Math.abs(output) * weights.reduce((total, weight) => total + Math.abs(weight), 0),
      0,
    ),
  };
}

/**
 * Draws the share of noise in the variance of a latent: s² / (w² + s²), a weight w of the cause and noise with sd s.
 */
export function drawNoiseShare(random: RandomStream): number {
  const weight = random.between(0.6, 1.2);
  const sd = random.between(0.7, 1.2);
  return sd ** 2 / (weight ** 2 + sd ** 2);
}

/** Draws one noise value with mean 0 and variance 1. */
export function drawNoise(random: RandomStream, kind: Noise): number {
  if (kind === 'gaussian') return random.normal();
  if (kind === 'laplace') return random.laplace();
  return random.between(-Math.sqrt(3), Math.sqrt(3));
}

/**
 * Returns the scale of noise that depends on the parents: exp(0.6 q) with mean square 1 over the `drawn` q. Their mean
 * and sd standardise q.
 */
export function noiseScales(drawn: Float64Array): (q: Float64Array) => Float64Array {
  const scale = meanAndSd(drawn);
  const raw = (q: Float64Array) => scaled(q, scale).map((value) => Math.exp(SCALE_GAIN * value));
  const meanSquare = raw(drawn).reduce((sum, value) => sum + value * value, 0) / drawn.length;
  return (q) => raw(q).map((value) => value / Math.sqrt(meanSquare));
}

/** Mean and sd of values over all rows. The sd divides by their number. */
export interface Scale {
  readonly mean: number;
  readonly sd: number;
}

export function scaled(values: Float64Array, { mean, sd }: Scale): Float64Array {
  return values.map((value) => (value - mean) / sd);
}

/** Weights of one mixing layer, inputs × outputs, row-major. */
export interface MixingLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
}

/**
 * Draws the layers of x = W₃ lrelu(W₂ lrelu(W₁ [z; η])), without bias and with Gaussian columns of unit norm. Each
 * layer is the best-conditioned of 30 draws, so that the map is also numerically invertible.
 */
export function drawMixing(random: RandomStream, inputs: number, outputs: number): MixingLayer[] {
  return Array.from({ length: MIXING_LAYERS }, (_, layer) => {
    const width = layer === 0 ? inputs : outputs;
    const draws = Array.from({ length: MIXING_DRAWS }, () => drawLayer(random, width, outputs));
    return draws.reduce((best, draw) => (draw.condition < best.condition ? draw : best)).layer;
  });
}

const BENDS: Readonly<Record<Bend, (value: number) => number>> = {
  leaky: (value) => (value > 0 ? value : MIXING_SLOPE * value),
  smooth: (value) => MIXING_SLOPE * value + (1 - MIXING_SLOPE) * softplus(value),
};

/** Returns ln(1 + exp(2 v)) / 2, without overflow. */
function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-BEND_STEEPNESS * Math.abs(value))) / BEND_STEEPNESS;
}

/** Returns the observations of one row of [z; η]. */
export function mix(layers: readonly MixingLayer[], input: Float64Array, bend: Bend = 'leaky'): Float64Array {
  let hidden = input;
  for (const [depth, { inputs, outputs, weights }] of layers.entries()) {
    const next = new Float64Array(outputs);
    for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) next[o] += hidden[i] * weights[i * outputs + o];
    hidden = depth === layers.length - 1 ? next : next.map(BENDS[bend]);
  }
  return hidden;
}

/** Returns the ratio of the largest to the smallest singular value. */
export function conditionOf({ inputs, outputs, weights }: MixingLayer): number {
  const matrix = Matrix.from1DArray(inputs, outputs, weights);
  return new SVD(matrix, { computeLeftSingularVectors: false, computeRightSingularVectors: false, autoTranspose: true })
    .condition;
}

function drawLayer(random: RandomStream, inputs: number, outputs: number): { layer: MixingLayer; condition: number } {
  const weights = Float64Array.from({ length: inputs * outputs }, () => random.normal());
  for (let o = 0; o < outputs; o++) {
    let square = 0;
    for (let i = 0; i < inputs; i++) square += weights[i * outputs + o] ** 2;
    for (let i = 0; i < inputs; i++) weights[i * outputs + o] /= Math.sqrt(square);
  }
  const layer = { inputs, outputs, weights };
  return { layer, condition: conditionOf(layer) };
}
