// Decoders of linear and of residual subspaces: least squares from the numbers to the columns, of residual ones along
// curves too. They say nothing of logits, thresholds and rates: there they begin like untrained ones, and are trained
// (`subspaceDecoderPart`).

import { Matrix } from 'ml-matrix';
import { isMeasured } from '../data/kinds.js';
import type { Observation } from '../data/observation.js';
import { Factor } from '../metrics/triangular.js';
import { thetaParts } from '../models/observation-likelihood.js';
import { freeUnits, linearLayers, perceptron, withPerceptron, type LayerValues } from '../nn/linear-layers.js';
import { RandomStream } from '../random/random-stream.js';

/** Stream of the random units of bent decoders. */
const BEND_STREAM = 0x60200;
/** Ridge on the weights of these units, as a share of their mean variance. */
const BEND_RIDGE = 0.03;

/** Least squares of some subjects' columns. */
export interface ReadBack {
  /** Latents and private noises, subjects × numbers. */
  readonly numbers: Matrix;
  /** Numbers × columns. */
  readonly loadings: Matrix;
  /** Means of the columns. */
  readonly centre: ArrayLike<number>;
  /** Less their means, subjects × columns. */
  readonly columns: Matrix;
}

export interface DecoderOptions {
  /** Width of the hidden layers. */
  readonly hidden: number;
  /** Whether curves are added. */
  readonly bends: boolean;
}

export interface LinearDecoder {
  readonly layers: LayerValues[];
  /** What it does not explain of the columns, subjects × columns. */
  readonly left: Matrix;
}

/** Columns that are not gaussian are left to training, and so are hidden units that carry no number. */
export function linearDecoder(
  { numbers, loadings, centre, columns }: ReadBack,
  observation: Observation,
  { hidden, bends }: DecoderOptions,
): LinearDecoder {
  const count = numbers.columns;
  const free = freeUnits(hidden, count);
  const straight = Matrix.sub(columns, numbers.mmul(loadings));
  const said = decoderOutputs(observation);
  const isTrained = observation.parts.some(({ likelihood }) => likelihood !== 'gaussian');
  const { bend, left } = bends
    ? bentDecoder(numbers, straight, free)
    : { bend: isTrained && free > 0 ? silentUnits(count, free, columns.columns) : undefined, left: straight };
  const linear = linearLayers(
    { inputs: count, outputs: count, matrix: Matrix.eye(count).to1DArray() },
    {
      inputs: count,
      outputs: said.length,
      matrix: said.flatMap(({ column: c }) =>
        c === undefined ? new Array<number>(count).fill(0) : loadings.getColumn(c),
      ),
      shift: said.map(({ column: c, initial }) =>
        c === undefined ? initial : centre[c] + (bend?.at(-1)?.bias[c] ?? 0),
      ),
    },
    hidden,
  );
  if (!bend) return { layers: linear, left };
  const toOutputs = said.flatMap(({ column }) =>
    Array.from({ length: loadings.columns }, (_, c) => (c === column ? 1 : 0)),
  );
  return { layers: withPerceptron(linear, bend, toOutputs), left };
}

/** A number that a decoder says of a subject. */
interface DecoderOutput {
  /** The column whose value it is; left out where it is a logit or the logarithm of a rate. */
  readonly column: number | undefined;
  /** Initial bias of an untrained decoder. */
  readonly initial: number;
}

/** In the order of a decoder's last layer. */
function decoderOutputs(observation: Observation): DecoderOutput[] {
  return thetaParts(observation).flatMap(({ part, likelihood, columns }) =>
    Array.from({ length: columns }, (_, c) => c).flatMap((c) =>
      likelihood.said.map((initial) => ({ column: isMeasured(part.likelihood) ? part.from + c : undefined, initial })),
    ),
  );
}

/** Random hidden layers on some numbers (Rahimi & Recht, NIPS 2007). */
function randomLayers(numbers: number, width: number): LayerValues[] {
  const random = new RandomStream(0, BEND_STREAM);
  return [numbers, width].map((inputs): LayerValues => {
    const draws = (count: number, scale: number) => Float32Array.from({ length: count }, () => scale * random.normal());
    return { weight: draws(width * inputs, 1 / Math.sqrt(inputs)), bias: draws(width, 1) };
  });
}

/** Hidden units that say nothing yet, but learn: units of zeros would not. */
function silentUnits(numbers: number, width: number, columns: number): LayerValues[] {
  return [
    ...randomLayers(numbers, width),
    { weight: new Float32Array(columns * width), bias: new Float32Array(columns) },
  ];
}

/**
 * What the latents of a residual subspace say of their own columns along curves: random hidden units, whose weights are
 * a ridge regression.
 * @param numbers latents and private noises, subjects × numbers
 * @param straight what a linear decoder leaves of the columns
 * @returns the layers, and what they leave
 */
function bentDecoder(numbers: Matrix, straight: Matrix, width: number): { bend: LayerValues[]; left: Matrix } {
  const hidden = randomLayers(numbers.columns, width);
  const identity = { weight: Float32Array.from(Matrix.eye(width).to1DArray()), bias: new Float32Array(width) };
  const units = perceptron([...hidden, identity], Float64Array.from(numbers.to1DArray()), numbers.rows);
  const features = Matrix.from1DArray(numbers.rows, width, units);
  const means = features.mean('column');
  features.subRowVector(means);
  const products = features.transpose().mmul(features);
  const ridge = (BEND_RIDGE * products.trace()) / width;
  const weights = new Factor(products, ridge).solve(features.transpose().mmul(straight));
  const bias = Matrix.rowVector(means).mmul(weights).mul(-1);
  const last = {
    weight: Float32Array.from(weights.transpose().to1DArray()),
    bias: Float32Array.from(bias.to1DArray()),
  };
  return { bend: [...hidden, last], left: Matrix.sub(straight, features.mmul(weights)) };
}
