// Decoders of linear and residual subspaces: least squares from latents and private noises to the columns; decoders of
// residual subspaces also fit curves. Least squares cannot find logits, thresholds and rates. For these, decoders start
// from untrained values and are trained (`subspaceDecoderStage`).

import { Matrix } from 'ml-matrix';
import { isMeasured, isSquaredError } from '../data/kinds.js';
import type { Observation } from '../data/observation.js';
import { Factor } from '../metrics/triangular.js';
import { thetaParts } from '../networks/observation-likelihood.js';
import { freeUnits, linearLayers, perceptron, withPerceptron, type LayerValues } from '../nn/linear-layers.js';
import { RandomStream } from '../random/random-stream.js';

/** Random stream of the hidden units of curved decoders. */
const CURVE_STREAM = 0x60200;
/** Ridge on the output weights of these units, as a share of their mean variance. */
const CURVE_RIDGE = 0.03;

/** A least-squares fit of the columns of some subjects. */
export interface ReadBack {
  /** Latents and private noises, subjects × numbers. */
  readonly numbers: Matrix;
  /** Numbers × columns. */
  readonly loadings: Matrix;
  /** Means of the columns. */
  readonly centre: ArrayLike<number>;
  /** Centred columns, subjects × columns. */
  readonly columns: Matrix;
}

export interface DecoderOptions {
  /** Width of the hidden layers. */
  readonly hidden: number;
  /** True to add curves. */
  readonly bends: boolean;
}

export interface LinearDecoder {
  readonly layers: LayerValues[];
  /** Residuals of the columns, subjects × columns. */
  readonly residuals: Matrix;
}

/**
 * Returns a decoder by least squares. Weights of columns without a squared error, and of hidden units that carry no
 * number, are left to training.
 */
export function linearDecoder(
  { numbers, loadings, centre, columns }: ReadBack,
  observation: Observation,
  { hidden, bends }: DecoderOptions,
): LinearDecoder {
  const count = numbers.columns;
  const free = freeUnits(hidden, count);
  const straight = Matrix.sub(columns, numbers.mmul(loadings));
  const outputs = decoderOutputs(observation);
  const isTrained = observation.parts.some(({ likelihood }) => !isSquaredError(likelihood));
  const { curve, residuals } = bends
    ? curvedDecoder(numbers, straight, free)
    : { curve: isTrained && free > 0 ? silentUnits(count, free, columns.columns) : undefined, residuals: straight };
  const linear = linearLayers(
    { inputs: count, outputs: count, matrix: Matrix.eye(count).to1DArray() },
    {
      inputs: count,
      outputs: outputs.length,
      matrix: outputs.flatMap(({ column: c }) =>
        c === undefined ? new Array<number>(count).fill(0) : loadings.getColumn(c),
      ),
      shift: outputs.map(({ column: c, initial }) =>
        c === undefined ? initial : centre[c] + (curve?.at(-1)?.bias[c] ?? 0),
      ),
    },
    hidden,
  );
  if (!curve) return { layers: linear, residuals };
  const toOutputs = outputs.flatMap(({ column }) =>
    Array.from({ length: loadings.columns }, (_, c) => (c === column ? 1 : 0)),
  );
  return { layers: withPerceptron(linear, curve, toOutputs), residuals };
}

/** One output of a decoder. */
interface DecoderOutput {
  /** The column whose value it is; undefined for a number of another scale, such as a logit. */
  readonly column: number | undefined;
  /** Initial bias of an untrained decoder. */
  readonly initial: number;
}

/** Returns the outputs in the order of a decoder's last layer. */
function decoderOutputs(observation: Observation): DecoderOutput[] {
  return thetaParts(observation).flatMap(({ part, likelihood, columns }) =>
    Array.from({ length: columns }, (_, c) => c).flatMap((c) =>
      likelihood.decoded.map((initial) => ({
        column: isMeasured(part.likelihood) ? part.from + c : undefined,
        initial,
      })),
    ),
  );
}

/** Returns random hidden layers (Rahimi & Recht, NIPS 2007). */
function randomLayers(numbers: number, width: number): LayerValues[] {
  const random = new RandomStream(0, CURVE_STREAM);
  return [numbers, width].map((inputs): LayerValues => {
    const draws = (count: number, scale: number) => Float32Array.from({ length: count }, () => scale * random.normal());
    return { weight: draws(width * inputs, 1 / Math.sqrt(inputs)), bias: draws(width, 1) };
  });
}

/** Returns hidden units with output weights of zero. They can learn; units whose weights are all zero could not. */
function silentUnits(numbers: number, width: number, columns: number): LayerValues[] {
  return [
    ...randomLayers(numbers, width),
    { weight: new Float32Array(columns * width), bias: new Float32Array(columns) },
  ];
}

/**
 * Fits the residuals of a linear decoder along curves: random hidden units with output weights by ridge regression.
 * @param numbers latents and private noises, subjects × numbers
 * @param straight residuals of the linear decoder, subjects × columns
 * @returns the layers, and their residuals
 */
function curvedDecoder(numbers: Matrix, straight: Matrix, width: number): { curve: LayerValues[]; residuals: Matrix } {
  const hidden = randomLayers(numbers.columns, width);
  const identity = { weight: Float32Array.from(Matrix.eye(width).to1DArray()), bias: new Float32Array(width) };
  const units = perceptron([...hidden, identity], Float64Array.from(numbers.to1DArray()), numbers.rows);
  const features = Matrix.from1DArray(numbers.rows, width, units);
  const means = features.mean('column');
  features.subRowVector(means);
  const products = features.transpose().mmul(features);
  const ridge = (CURVE_RIDGE * products.trace()) / width;
  const weights = new Factor(products, ridge).solve(features.transpose().mmul(straight));
  const bias = Matrix.rowVector(means).mmul(weights).mul(-1);
  const last = {
    weight: Float32Array.from(weights.transpose().to1DArray()),
    bias: Float32Array.from(bias.to1DArray()),
  };
  return { curve: [...hidden, last], residuals: Matrix.sub(straight, features.mmul(weights)) };
}
