// Decoders of linear and of residual subspaces: least squares from the numbers to the columns, of residual ones along
// curves too. They say nothing of logits, thresholds and rates: there they begin like untrained ones, and are trained
// (`rivalDecoderPart`).

import { Matrix } from 'ml-matrix';
import { isMeasured } from '../data/kinds.js';
import type { Observation } from '../data/observation.js';
import { Factor } from '../metrics/triangular.js';
import { thetaParts } from '../models/observation-likelihood.js';
import { freeUnits, linearLayers, perceptron, withPerceptron, type LayerValues } from '../nn/linear-layers.js';
import { RandomStream } from '../random/random-stream.js';

/** Stream of the random units of bent decoders. */
const BEND_STREAM = 0x60200;
/** Of their weights, as a share of the units' variance. */
const BEND_RIDGE = 0.03;

/** Least squares of some subjects' columns. */
export interface ReadBack {
  /** Latents and private noises, subjects × numbers. */
  readonly numbers: Matrix;
  /** Numbers × columns. */
  readonly loadings: Matrix;
  /** Means of the columns. */
  readonly centre: ArrayLike<number>;
  /** What the loadings leave of the columns, subjects × columns; less what curves explain afterwards. */
  readonly left: Matrix;
}

export interface DecoderOptions {
  /** Width of the hidden layers. */
  readonly hidden: number;
  /** Whether curves are added. */
  readonly bends: boolean;
}

/** The decoder's layers. */
export function linearDecoder(
  { numbers, loadings, centre, left }: ReadBack,
  observation: Observation,
  { hidden, bends }: DecoderOptions,
): LayerValues[] {
  const count = numbers.columns;
  const bend = bends ? bentDecoder(numbers, left, freeUnits(hidden, count)) : undefined;
  const said = decoderOutputs(observation);
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
  if (!bend) return linear;
  const toOutputs = said.flatMap(({ column }) =>
    Array.from({ length: loadings.columns }, (_, c) => (c === column ? 1 : 0)),
  );
  return withPerceptron(linear, bend, toOutputs);
}

/** A number that a decoder says of a subject. */
interface DecoderOutput {
  /** The column whose value it is; left out where it is a logit or the logarithm of a rate. */
  readonly column: number | undefined;
  /** Of an untrained decoder. */
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

/**
 * What the latents of a residual subspace say of their own columns along curves: random hidden units, whose weights are
 * a ridge regression (Rahimi & Recht, NIPS 2007).
 * @param numbers latents and private noises, subjects × numbers
 * @param left what a linear decoder leaves of the columns; less the result's part afterwards
 */
function bentDecoder(numbers: Matrix, left: Matrix, width: number): LayerValues[] {
  const random = new RandomStream(0, BEND_STREAM);
  const hidden = [numbers.columns, width].map((inputs): LayerValues => {
    const draws = (count: number, scale: number) => Float32Array.from({ length: count }, () => scale * random.normal());
    return { weight: draws(width * inputs, 1 / Math.sqrt(inputs)), bias: draws(width, 1) };
  });
  const identity = { weight: Float32Array.from(Matrix.eye(width).to1DArray()), bias: new Float32Array(width) };
  const units = perceptron([...hidden, identity], Float64Array.from(numbers.to1DArray()), numbers.rows);
  const features = Matrix.from1DArray(numbers.rows, width, units);
  const means = features.mean('column');
  features.subRowVector(means);
  const products = features.transpose().mmul(features);
  const weights = new Factor(products, (BEND_RIDGE * products.trace()) / width).solve(features.transpose().mmul(left));
  left.sub(features.mmul(weights));
  const bias = Matrix.rowVector(means).mmul(weights).mul(-1);
  return [
    ...hidden,
    { weight: Float32Array.from(weights.transpose().to1DArray()), bias: Float32Array.from(bias.to1DArray()) },
  ];
}
