// Networks of linear and of residual subspaces: private noises are the largest principal components of what the
// subspace leaves, decoders are least squares, and posterior variances those of the linear Gaussian model. LeakyReLU(a)
// − LeakyReLU(−a) is linear, so these are networks of the usual shape.

import { inverse, Matrix } from 'ml-matrix';
import type { Modality } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import { centredMatrix, columnMeans, leastSquares, principalComponents } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { Factor } from '../metrics/triangular.js';
import { logVarianceBias } from '../models/multimodal.js';
import { encoderInputs } from '../models/table-network.js';
import { freeUnits, linearLayers, perceptron, withPerceptron, type LayerValues } from '../nn/linear-layers.js';
import { tableOf } from '../quality/index.js';
import { RandomStream } from '../random/random-stream.js';
import { deviations, MIN_VARIANCE, type LinearStart } from './linear-start.js';

/** Stream of the random units of bent decoders. */
const BEND_STREAM = 0x60200;
/** Of their weights, as a share of the units' variance. */
const BEND_RIDGE = 0.03;

/** Layers of one modality's networks. */
export interface LinearNetworks {
  readonly encoder: readonly LayerValues[];
  readonly decoder: readonly LayerValues[];
}

/**
 * Encoder and decoder of a modality's subspace and private noises.
 * @param residual the network that is added to the linear map; left out: none
 * @param hidden width of the hidden layers
 */
export function linearNetworks(
  modality: Modality,
  { rows, toLatents }: LinearStart,
  residual: readonly LayerValues[] | undefined,
  hidden: number,
): LinearNetworks {
  const { latents, exogenous, columns } = modality;
  const { samples, observed } = tableOf([modality], rows);
  const centre = columnMeans(samples);
  const x = centredMatrix(samples, centre);
  const inputs = encoderInputs(observationOf(modality));
  const raw = x.mmul(toLatents);
  if (residual) raw.add(residualNumbers(residual, samples, inputs, observed));
  const means = raw.mean('column');
  const z = raw.subRowVector(means);
  const spans = deviations(z);
  z.divRowVector(spans);
  const latentLoadings = leastSquares(z, x);
  const noise = privateNoise(Matrix.sub(x, z.mmul(latentLoadings)), exogenous);
  // The private noises are these numbers of the columns, less what z says of them.
  const toNoise = noise.directions.clone().divRowVector(noise.spans);
  const ofLatents = latentLoadings.mmul(toNoise);
  const eta = Matrix.sub(x.mmul(toNoise), z.mmul(ofLatents));
  const loadings = below(
    latentLoadings,
    noise.directions
      .clone()
      .mulRowVector([...noise.spans])
      .transpose(),
  );
  const decoded = beside(z, eta);
  const left = Matrix.sub(x, decoded.mmul(loadings));
  const bend = residual && bentDecoder(decoded, left, freeUnits(hidden, latents + exogenous));
  const logVariances = posteriorVariances(loadings, deviations(left)).map(logVarianceBias);
  const values = columns.length;
  const numbers = latents + exogenous;
  // What is missing is 0, the mean; marks of what is observed say no more to a linear encoder.
  const read = below(beside(toLatents, toNoise), Matrix.zeros(inputs - values, numbers));
  const scale = Matrix.diag(spans.map((sd) => 1 / sd));
  const fromLatents = below(scale, ofLatents.transpose().mmul(scale).mul(-1));
  const spread = below(fromLatents, Matrix.zeros(numbers, latents));
  const fromNumbers = below(
    beside(fromLatents, below(Matrix.zeros(latents, exogenous), Matrix.eye(exogenous))),
    Matrix.zeros(numbers, numbers),
  );
  const bias = residual?.at(-1)?.bias ?? new Float32Array(latents);
  const ownMeans = Matrix.rowVector([...centre]);
  const latentShift = ownMeans
    .mmul(toLatents)
    .to1DArray()
    .map((value, k) => bias[k] - means[k] - value);
  const shift = fromLatents.mmul(Matrix.columnVector(latentShift)).to1DArray();
  const noiseShift = ownMeans.mmul(toNoise).to1DArray();
  noiseShift.forEach((value, i) => (shift[latents + i] -= value));
  const linear = linearLayers(
    { inputs, outputs: numbers, matrix: read.transpose().to1DArray() },
    {
      inputs: numbers,
      outputs: 2 * numbers,
      matrix: fromNumbers.to1DArray(),
      shift: [...shift, ...logVariances],
    },
    hidden,
  );
  const decoder = linearLayers(
    { inputs: numbers, outputs: numbers, matrix: Matrix.eye(numbers).to1DArray() },
    {
      inputs: numbers,
      outputs: values,
      matrix: loadings.transpose().to1DArray(),
      shift: centre.map((value, c) => value + (bend?.at(-1)?.bias[c] ?? 0)),
    },
    hidden,
  );
  if (!residual || !bend) return { encoder: linear, decoder };
  return {
    encoder: withPerceptron(linear, residual, spread.to1DArray()),
    decoder: withPerceptron(decoder, bend, Matrix.eye(values).to1DArray()),
  };
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

/** What a network adds to the numbers of some subjects, subjects × k. @param inputs columns, and marks if it sees them */
function residualNumbers(
  layers: readonly LayerValues[],
  { values, rows, columns }: Samples,
  inputs: number,
  observed: Uint8Array | undefined,
): Matrix {
  const read = new Float64Array(rows * inputs);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) read[row * inputs + c] = values[row * columns + c];
    for (let c = columns; c < inputs; c++) read[row * inputs + c] = observed?.[row * columns + c - columns] ?? 1;
  }
  const added = perceptron(layers, read, rows);
  return Matrix.from1DArray(rows, added.length / rows, added);
}

/** The largest components of what is left; zeros beyond those that vary. */
function privateNoise(rest: Matrix, count: number): { directions: Matrix; spans: number[] } {
  const { loadings, scores } = principalComponents(samplesOf(rest), count);
  const found = deviations(scores).filter((sd) => sd ** 2 > MIN_VARIANCE);
  const directions = Matrix.zeros(rest.columns, count);
  if (found.length > 0) directions.setSubMatrix(loadings.subMatrixColumn([...found.keys()]), 0, 0);
  return { directions, spans: Array.from({ length: count }, (_, i) => found.at(i) ?? 1) };
}

function samplesOf(matrix: Matrix): Samples {
  const { rows, columns } = matrix;
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) values.set(matrix.getRow(row), row * columns);
  return { values, rows, columns };
}

/**
 * Of the numbers given the columns in a linear Gaussian model: the diagonal of (I + Λ Ψ⁻¹ Λᵀ)⁻¹ (Bishop 2006, 12.41).
 * @param loadings Λ, numbers × columns @param noise standard deviations of what the columns have besides
 */
function posteriorVariances(loadings: Matrix, noise: readonly number[]): number[] {
  const scaled = loadings.clone().divRowVector(noise.map((sd) => Math.sqrt(Math.max(sd ** 2, MIN_VARIANCE))));
  return inverse(Matrix.eye(loadings.rows).add(scaled.mmul(scaled.transpose()))).diagonal();
}

function beside(a: Matrix, b: Matrix): Matrix {
  return below(a.transpose(), b.transpose()).transpose();
}

function below(a: Matrix, b: Matrix): Matrix {
  const all = Matrix.zeros(a.rows + b.rows, a.columns);
  all.setSubMatrix(a, 0, 0);
  if (b.rows > 0) all.setSubMatrix(b, a.rows, 0);
  return all;
}
