// The rivals of a network's subspaces. Linear ones are the k numbers of a modality that predict all other modalities best
// in a reduced-rank ridge regression; residual ones add a small network to them, which starts at zero. In both, private
// noises are the largest principal components of what the subspace leaves, and decoders are least squares. Where columns
// are many or subjects few, a network learns its subjects by heart; linear subspaces hardly can (docs/method.md).

import { inverse, Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import type { ParameterValues } from '../inference/inference.js';
import { centredMatrix, columnMeans, leastSquares, principalComponents } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { logVarianceBias, MultimodalModel, networkName, type ModelConfig } from '../models/multimodal.js';
import { encoderInputs } from '../models/table-network.js';
import { linearLayers, perceptron, withPerceptron, type LayerValues } from '../nn/linear-layers.js';
import { tableOf } from '../quality/index.js';
import { nextTurn } from '../threads/next-turn.js';
import { deviations, linearStart, MIN_VARIANCE, type LinearStart } from './linear-start.js';
import { runSeed } from './part.js';

/**
 * Linear subspaces as parameters of the subspaces' model, `[1, …]` each; those of its prior are initial values.
 * @param config of that model
 * @returns undefined where there is no `linearStart`
 * @throws the signal's reason
 */
export async function linearSubspaces(
  dataset: Dataset,
  config: ModelConfig,
  seed: number,
  signal?: AbortSignal,
): Promise<ParameterValues | undefined> {
  const start = await linearStart(dataset, config, signal);
  return start && subspaceParameters(dataset, config, seed, { start, signal });
}

export interface SubspaceSource {
  /** By modality. */
  readonly start: readonly LinearStart[];
  /** By modality, the network that is added to the linear map; left out: none. */
  readonly residual?: readonly (readonly LayerValues[])[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Linear or residual subspaces as parameters of the subspaces' model, `[1, …]` each; those of its prior are initial
 * values.
 * @param config of that model
 * @throws the signal's reason
 */
export async function subspaceParameters(
  { modalities }: Pick<Dataset, 'modalities'>,
  config: ModelConfig,
  seed: number,
  { start, residual, signal }: SubspaceSource,
): Promise<ParameterValues> {
  const networks: Networks[] = [];
  for (const [m, modality] of modalities.entries()) {
    await nextTurn();
    signal?.throwIfAborted();
    networks.push(networksOf(modality, start[m], residual?.[m], config.hidden));
  }
  const model = new MultimodalModel(config, 1);
  const initial = model.parameters.initialValues([runSeed(seed, 0)]);
  const parameters = new Map(
    model.parameters.all
      .filter(({ name }) => !name.startsWith('crossPrediction'))
      .map(({ name, shape }) => [name, { shape, values: initial.get(name)! }]),
  );
  const { groups } = model.layout;
  for (const [g, { members }] of groups.entries()) {
    for (const kind of ['encoder', 'decoder'] as const) {
      members.forEach((m, position) => {
        networks[m][kind].forEach((layer, i) => {
          for (const part of ['weight', 'bias'] as const) {
            const { values } = parameters.get(`${networkName(kind, g, groups.length)}.${i}.${part}`)!;
            values.set(layer[part], position * layer[part].length);
          }
        });
      });
    }
  }
  return parameters;
}

interface Networks {
  readonly encoder: readonly LayerValues[];
  readonly decoder: readonly LayerValues[];
}

function networksOf(
  modality: Modality,
  { rows, toLatents }: LinearStart,
  residual: readonly LayerValues[] | undefined,
  hidden: number,
): Networks {
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
  const loadings = below(latentLoadings, noise.directions.clone().mulRowVector([...noise.spans]).transpose());
  const left = Matrix.sub(x, beside(z, eta).mmul(loadings));
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
    { inputs: numbers, outputs: values, matrix: loadings.transpose().to1DArray(), shift: centre },
    hidden,
  );
  return { encoder: residual ? withPerceptron(linear, residual, spread.to1DArray()) : linear, decoder };
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
