// Networks of linear and residual subspaces. Private noises are the largest principal components of the residuals of
// the subspace, decoders are least squares (`linear-decoder.ts`), and posterior variances are those of the linear
// Gaussian model. LeakyReLU(a) − LeakyReLU(−a) is linear, so these maps are networks of the usual shape.

import { inverse, Matrix } from 'ml-matrix';
import type { Modality } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import { centredMatrix, columnMeans, leastSquares, principalComponents } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { logVarianceBias } from '../networks/multimodal.js';
import { encoderInputs } from '../networks/table-network.js';
import { linearLayers, perceptron, withPerceptron, type LayerValues } from '../nn/linear-layers.js';
import { filled, tableOf, type Table } from '../quality/index.js';
import { linearDecoder } from './linear-decoder.js';
import { deviations, markWeights, MIN_VARIANCE, type LinearStart } from './linear-start.js';

/** Layers of one modality's networks. */
export interface LinearNetworks {
  readonly encoder: readonly LayerValues[];
  readonly decoder: readonly LayerValues[];
}

/**
 * Returns encoder and decoder of a modality's subspace and private noises.
 * @param residual the network that is added to the linear map; undefined for none
 * @param hidden width of the hidden layers
 */
export function linearNetworks(
  modality: Modality,
  { rows, toLatents, fillValues }: LinearStart,
  residual: readonly LayerValues[] | undefined,
  hidden: number,
): LinearNetworks {
  const { latents, exogenous } = modality;
  const observation = observationOf(modality);
  const table = tableOf([modality], rows);
  const samples = filled(table, fillValues);
  const centre = columnMeans(samples);
  const x = centredMatrix(samples, centre);
  const inputs = encoderInputs(observation);
  const raw = x.mmul(toLatents);
  if (residual) raw.add(residualNumbers(residual, table, inputs));
  const means = raw.mean('column');
  const z = raw.subRowVector(means);
  const spans = deviations(z);
  z.divRowVector(spans);
  const latentLoadings = leastSquares(z, x);
  const noise = privateNoise(Matrix.sub(x, z.mmul(latentLoadings)), exogenous);
  // The private noises are these numbers of the columns, minus their regression on z.
  const toNoise = noise.directions.clone().divRowVector(noise.spans);
  const ofLatents = latentLoadings.mmul(toNoise);
  const eta = Matrix.sub(x.mmul(toNoise), z.mmul(ofLatents));
  const loadings = joinRows(
    latentLoadings,
    noise.directions
      .clone()
      .mulRowVector([...noise.spans])
      .transpose(),
  );
  const decoded = joinColumns(z, eta);
  const readBack = { numbers: decoded, loadings, centre, columns: x };
  const { layers: decoder, residuals } = linearDecoder(readBack, observation, {
    hidden,
    bends: residual !== undefined,
  });
  const logVariances = posteriorVariances(loadings, deviations(residuals)).map(logVarianceBias);
  const numbers = latents + exogenous;
  const ofColumns = joinColumns(toLatents, toNoise);
  const { masked } = observation;
  const read = masked ? joinRows(ofColumns, markWeights(ofColumns, fillValues)) : ofColumns;
  const scale = Matrix.diag(spans.map((sd) => 1 / sd));
  const fromLatents = joinRows(scale, ofLatents.transpose().mmul(scale).mul(-1));
  const spread = joinRows(fromLatents, Matrix.zeros(numbers, latents));
  const fromNumbers = joinRows(
    joinColumns(fromLatents, joinRows(Matrix.zeros(latents, exogenous), Matrix.eye(exogenous))),
    Matrix.zeros(numbers, numbers),
  );
  const bias = residual?.at(-1)?.bias ?? new Float32Array(latents);
  const inputMeans = Matrix.rowVector([...centre].map((value, c) => value - (masked ? fillValues[c] : 0)));
  const latentShift = inputMeans
    .mmul(toLatents)
    .to1DArray()
    .map((value, k) => bias[k] - means[k] - value);
  const shift = fromLatents.mmul(Matrix.columnVector(latentShift)).to1DArray();
  const noiseShift = inputMeans.mmul(toNoise).to1DArray();
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
  return { encoder: residual ? withPerceptron(linear, residual, spread.to1DArray()) : linear, decoder };
}

/**
 * Returns what the residual network adds to the numbers of some subjects, subjects × k.
 * @param inputs number of columns, plus that of the marks if the network has them as inputs
 */
function residualNumbers(
  layers: readonly LayerValues[],
  { samples: { values, rows, columns }, observed }: Table,
  inputs: number,
): Matrix {
  const read = new Float64Array(rows * inputs);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) read[row * inputs + c] = values[row * columns + c];
    for (let c = columns; c < inputs; c++) read[row * inputs + c] = observed?.[row * columns + c - columns] ?? 1;
  }
  const added = perceptron(layers, read, rows);
  return Matrix.from1DArray(rows, added.length / rows, added);
}

/** Returns the largest principal components of the residuals; directions beyond those that vary are zero. */
function privateNoise(residuals: Matrix, count: number): { directions: Matrix; spans: number[] } {
  const { loadings, scores } = principalComponents(samplesOf(residuals), count);
  const sds = deviations(scores).filter((sd) => sd ** 2 > MIN_VARIANCE);
  const directions = Matrix.zeros(residuals.columns, count);
  if (sds.length > 0) directions.setSubMatrix(loadings.subMatrixColumn([...sds.keys()]), 0, 0);
  return { directions, spans: Array.from({ length: count }, (_, i) => sds.at(i) ?? 1) };
}

function samplesOf(matrix: Matrix): Samples {
  const { rows, columns } = matrix;
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) values.set(matrix.getRow(row), row * columns);
  return { values, rows, columns };
}

/**
 * Returns the posterior variances in a linear Gaussian model: the diagonal of (I + Λ Ψ⁻¹ Λᵀ)⁻¹ (Bishop 2006, 12.41).
 * @param loadings Λ, numbers × columns
 * @param noise standard deviations of the residuals of the columns, √Ψ
 */
function posteriorVariances(loadings: Matrix, noise: readonly number[]): number[] {
  const scaled = loadings.clone().divRowVector(noise.map((sd) => Math.sqrt(Math.max(sd ** 2, MIN_VARIANCE))));
  return inverse(Matrix.eye(loadings.rows).add(scaled.mmul(scaled.transpose()))).diagonal();
}

function joinColumns(a: Matrix, b: Matrix): Matrix {
  return joinRows(a.transpose(), b.transpose()).transpose();
}

function joinRows(a: Matrix, b: Matrix): Matrix {
  const all = Matrix.zeros(a.rows + b.rows, a.columns);
  all.setSubMatrix(a, 0, 0);
  if (b.rows > 0) all.setSubMatrix(b, a.rows, 0);
  return all;
}
