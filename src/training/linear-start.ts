// Where linear and residual subspaces start: in each modality the k numbers that predict all other modalities best in a
// reduced-rank ridge regression, whose ridge cross-validation chooses on training subjects. Columns of all kinds are
// numbers to it: yes is 1, no is 0, a count is the standardised ln(1 + count).

import type { Matrix } from 'ml-matrix';
import type { Dataset } from '../data/dataset.js';
import { hasLevels } from '../data/kinds.js';
import { sizePosition } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { centredMatrix, columnMeans, type LinearMethod } from '../linear/index.js';
import type { ModelConfig } from '../models/multimodal.js';
import { carried } from '../nn/linear-layers.js';
import { affordableRows, filled, linearMethodsOf, observedMeans, tableOf } from '../quality/index.js';

/** A variance below this is rounding. */
export const MIN_VARIANCE = 1e-6;

/** One modality's start. */
export interface LinearStart {
  /** Training subjects who have the modality, a sample where there are too many. */
  readonly rows: Int32Array;
  /** Columns × k: a subject's numbers are its columns, less their means, times these; deviation 1 over `rows`. */
  readonly toLatents: Matrix;
  /** k × the other modalities' columns: what the numbers predict of them. */
  readonly readOut: Matrix;
  /** By column the value that replaces a missing one: 0 of a standardised column, the mean of a level's. */
  readonly fillValues: readonly number[];
}

/**
 * @param config of the subspaces' model
 * @returns by modality; undefined where there is one modality, where counts are relative to a size, where a modality
 *   has fewer than k numbers that predict others, where the hidden layers are too narrow, or columns too many
 * @throws the signal's reason
 */
export async function linearStart(
  dataset: Dataset,
  config: ModelConfig,
  signal?: AbortSignal,
): Promise<LinearStart[] | undefined> {
  const { modalities, split } = dataset;
  const isCarried = modalities.every(({ latents, exogenous }) => latents + exogenous <= carried(config.hidden));
  // A line through counts would follow their size.
  const hasSize = config.modalities.some(({ observation }) => sizePosition(observation) !== undefined);
  if (modalities.length < 2 || !isCarried || hasSize) return undefined;
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
 * Weights of the marks of what is observed, columns × k. An encoder sees a missing value as 0: together with the bias
 * that is left out here, marks add what replaces it.
 * @param weights of the columns
 */
export function markWeights(weights: Matrix, fillValues: readonly number[]): Matrix {
  return weights.clone().mulColumnVector(fillValues.map((value) => -value));
}

/** Standard deviations of centred columns. */
export function deviations(centred: Matrix): number[] {
  const squares = centred.clone().pow(2).sum('column');
  return squares.map((sum) => Math.sqrt(sum / centred.rows));
}
