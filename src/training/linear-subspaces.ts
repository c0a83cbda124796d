// The linear rival of a fit's first part: a modality's subspace is the k numbers that predict all other modalities best
// in a reduced-rank ridge regression, its private noises are the largest components of what the subspace leaves. Where
// columns are many or subjects few, a network learns its subjects by heart; this hardly can (docs/method.md).

import { inverse, Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import type { ParameterValues } from '../inference/inference.js';
import { centredMatrix, columnMeans, leastSquares, principalComponents, type LinearMethod } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { logVarianceBias, MultimodalModel, networkName, type ModelConfig } from '../models/multimodal.js';
import { encoderInputs } from '../models/table-network.js';
import { carried, linearLayers, type LayerValues } from '../nn/linear-layers.js';
import { affordableRows, linearMethodsOf, tableOf } from '../quality/index.js';
import { nextTurn } from '../threads/next-turn.js';
import { runSeed } from './part.js';

/** A variance below this is rounding. */
const LEAST_VARIANCE = 1e-6;

/**
 * Parameters of the subspaces' model with linear networks, `[1, …]` each; those of its prior are initial values.
 * @param config of that model
 * @returns undefined where there is one modality, where columns are not all gaussian, where a modality has fewer than k
 *   numbers that predict others, where the hidden layers are too narrow to carry them, or columns too many
 * @throws the signal's reason
 */
export async function linearSubspaces(
  dataset: Dataset,
  config: ModelConfig,
  seed: number,
  signal?: AbortSignal,
): Promise<ParameterValues | undefined> {
  const { modalities, split } = dataset;
  const isCarried = modalities.every(({ latents, exogenous }) => latents + exogenous <= carried(config.hidden));
  // Least squares say nothing of logits, thresholds and rates, and nothing would train them.
  const isGaussian = config.modalities.every(({ observation }) =>
    observation.parts.every(({ likelihood }) => likelihood === 'gaussian'),
  );
  if (modalities.length < 2 || !isCarried || !isGaussian) return undefined;
  const rows = affordableRows(dataset, split.train);
  const methods = await linearMethodsOf(dataset, rows, { names: ['reduced-rank regression'], signal });
  const networks: Networks[] = [];
  for (const [m, modality] of modalities.entries()) {
    await nextTurn();
    signal?.throwIfAborted();
    const own = methods[m].length > 0 ? networksOf(modality, methods[m][0], rows, config.hidden) : undefined;
    if (own === undefined) return undefined;
    networks.push(own);
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
  { weights }: LinearMethod,
  train: Int32Array,
  hidden: number,
): Networks | undefined {
  const { latents, exogenous, columns } = modality;
  if (weights.columns < latents) return undefined;
  const present = presenceOf(modality);
  const { samples } = tableOf(
    [modality],
    train.filter((row) => present[row] === 1),
  );
  const centre = columnMeans(samples);
  const x = centredMatrix(samples, centre);
  const raw = x.mmul(weights);
  const spans = deviations(raw);
  if (spans.some((sd) => !(sd ** 2 > LEAST_VARIANCE))) return undefined;
  const toLatents = weights.clone().divRowVector(spans);
  const latentLoadings = leastSquares(x.mmul(toLatents), x);
  const rest = Matrix.sub(x, x.mmul(toLatents).mmul(latentLoadings));
  const noise = privateNoise(rest, exogenous);
  // Numbers × columns, of x and to x.
  const toNoise = Matrix.sub(noise.directions, toLatents.mmul(latentLoadings.mmul(noise.directions)));
  const read = beside(toLatents, toNoise.divRowVector(noise.spans));
  const loadings = below(latentLoadings, noise.directions.mulRowVector([...noise.spans]).transpose());
  const numbers = latents + exogenous;
  const left = Matrix.sub(x, x.mmul(read).mmul(loadings));
  const variances = posteriorVariances(loadings, deviations(left));
  const values = columns.length;
  // What is missing is 0, the mean; marks of what is observed say no more to a linear encoder.
  const inputs = encoderInputs(observationOf(modality));
  const fromValues = below(read, Matrix.zeros(inputs - values, numbers));
  const shift = Matrix.rowVector([...centre])
    .mmul(read)
    .to1DArray();
  const logVariances = variances.map(logVarianceBias);
  const encoder = linearLayers(
    { inputs, outputs: numbers, matrix: fromValues.transpose().to1DArray() },
    {
      inputs: numbers,
      outputs: 2 * numbers,
      matrix: below(Matrix.eye(numbers), Matrix.zeros(numbers, numbers)).to1DArray(),
      shift: [...shift.map((value) => -value), ...logVariances],
    },
    hidden,
  );
  const decoder = linearLayers(
    { inputs: numbers, outputs: numbers, matrix: Matrix.eye(numbers).to1DArray() },
    { inputs: numbers, outputs: values, matrix: loadings.transpose().to1DArray(), shift: centre },
    hidden,
  );
  return { encoder, decoder };
}

/** The largest components of what is left; zeros beyond those that vary. */
function privateNoise(rest: Matrix, count: number): { directions: Matrix; spans: number[] } {
  const { loadings, scores } = principalComponents(samplesOf(rest), count);
  const found = deviations(scores).filter((sd) => sd ** 2 > LEAST_VARIANCE);
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
  const scaled = loadings.clone().divRowVector(noise.map((sd) => Math.sqrt(Math.max(sd ** 2, LEAST_VARIANCE))));
  return inverse(Matrix.eye(loadings.rows).add(scaled.mmul(scaled.transpose()))).diagonal();
}

/** Of centred columns. */
function deviations(centred: Matrix): number[] {
  return Matrix.pow(centred, 2)
    .sum('column')
    .map((sum) => Math.sqrt(sum / centred.rows));
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
