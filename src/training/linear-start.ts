// Initial values of linear and residual subspaces: in each modality, the k numbers that predict all other modalities
// best in a reduced-rank ridge regression. Cross-validation on training subjects chooses the ridge. The regression
// treats columns of all kinds as numbers: yes is 1, no is 0, and a count is the standardised ln(1 + count).

import type { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { hasLevels } from '../data/kinds.js';
import { sizePosition } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { centredMatrix, columnMeans, type LinearMethod } from '../linear/index.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { carried } from '../nn/linear-layers.js';
import { affordableRows, filled, linearMethodsOf, observedMeans, tableOf } from '../quality/index.js';

/** Minimum variance: a smaller one is a rounding error. */
export const MIN_VARIANCE = 1e-6;

/** Initial values of one modality. */
export interface LinearStart {
  /** Training subjects who have the modality, or a sample if there are too many. */
  readonly rows: Int32Array;
  /** Columns × k: weights of the centred columns. The resulting numbers have deviation 1 over `rows`. */
  readonly toLatents: Matrix;
  /** Weights that predict the other modalities' columns from the numbers, k × columns. */
  readonly readOut: Matrix;
  /** By column, the value that replaces a missing one: 0 for a standardised column, the mean for a level. */
  readonly fillValues: readonly number[];
}

/**
 * Returns the initial values by modality. They are undefined if there is one modality, or if counts are relative to a
 * size. They are also undefined if a modality has fewer than k numbers that predict the others, if hidden layers are
 * too narrow, or if there are too many columns.
 * @param config settings of the subspaces' model
 * @throws the signal's reason
 */
export async function linearStart(
  dataset: Dataset,
  config: ModelConfig,
  signal?: AbortSignal,
): Promise<LinearStart[] | undefined> {
  const { modalities, split } = dataset;
  const isLaunched = modalities.every(({ latents, exogenous }) => latents + exogenous <= carried(config.hidden));
  // A linear map of counts would follow their size.
  const hasSize = config.modalities.some(({ observation }) => sizePosition(observation) !== undefined);
  if (modalities.length < 2 || !isLaunched || hasSize) return undefined;
  const rows = affordableRows(dataset, split.train);
  const methods = await linearMethodsOf(dataset, rows, { names: ['reduced-rank regression'], signal });
  const starts = modalities.map((_, m) => startOf(dataset, m, methods[m].at(0), rows));
  return starts.every((start) => start !== undefined) ? starts : undefined;
}

function startOf(
  { modalities }: Dataset,
  m: number,
  method: LinearMethod | undefined,
  train: Int32Array,
): LinearStart | undefined {
  const modality = modalities[m];
  if (method === undefined || method.weights.columns < modality.latents) return undefined;
  const present = presenceOf(modality);
  const rows = train.filter((row) => present[row] === 1);
  const table = tableOf([modality], rows);
  const means = observedMeans(table);
  const fillValues = modality.columns.map(({ kind }, c) => (kind && hasLevels(kind) ? means[c] : 0));
  const samples = filled(table, fillValues);
  const spans = deviations(centredMatrix(samples, columnMeans(samples)).mmul(method.weights));
  if (spans.some((sd) => !(sd ** 2 > MIN_VARIANCE))) return undefined;
  return {
    rows,
    fillValues,
    toLatents: method.weights.clone().divRowVector(spans),
    readOut: method.readOut.clone().mulColumnVector(spans),
  };
}

/**
 * Returns the weights of the marks of observed values, columns × k. An encoder reads a missing value as 0. Marks,
 * together with a bias that is not part of these weights, add the value that replaces it.
 * @param weights weights of the columns
 */
export function markWeights(weights: Matrix, fillValues: readonly number[]): Matrix {
  return weights.clone().mulColumnVector(fillValues.map((value) => -value));
}

/** Returns the standard deviations of centred columns. */
export function deviations(centred: Matrix): number[] {
  const squares = centred.clone().pow(2).sum('column');
  return squares.map((sum) => Math.sqrt(sum / centred.rows));
}
