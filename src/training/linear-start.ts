// Initial values of linear and residual subspaces: in each modality, the k numbers that predict all other modalities
// best in a reduced-rank ridge regression. Cross-validation on training subjects chooses the ridge. The regression
// treats columns of all kinds as numbers: yes is 1, no is 0, and a count is the standardised ln(1 + count). Observed
// causes are predicted like the columns of another modality, with a variance of 1.

import { Matrix } from 'ml-matrix';
import { causeTerms, type Cause } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { hasLevels } from '../data/kinds.js';
import { sizePosition } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { centredMatrix, columnMeans, leastSquares, principalComponents, type LinearMethod } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
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
  /** Weights that predict the other modalities' columns, then the terms of causes, from the numbers, k × columns. */
  readonly readOut: Matrix;
  /** By column, the value that replaces a missing one: 0 for a standardised column, the mean for a level. */
  readonly fillValues: readonly number[];
}

/**
 * Returns the initial values by modality. They are undefined if there is one modality and no cause, or if counts are
 * relative to a size. They are also undefined if a modality has fewer than k numbers that predict the others, if hidden
 * layers are too narrow, or if there are too many columns. With causes, principal components of what the numbers leave
 * unexplained complete them.
 * @param config settings of the subspaces' model
 * @throws the signal's reason
 */
export async function linearStart(
  dataset: Dataset,
  config: ModelConfig,
  signal?: AbortSignal,
): Promise<LinearStart[] | undefined> {
  const { modalities, split, causes } = dataset;
  const isLaunched = modalities.every(({ latents, exogenous }) => latents + exogenous <= carried(config.hidden));
  // A linear map of counts would follow their size.
  const hasSize = config.modalities.some(({ observation }) => sizePosition(observation) !== undefined);
  if ((modalities.length < 2 && !causes) || !isLaunched || hasSize) return undefined;
  const rows = affordableRows(dataset, split.train);
  const terms = causes && causeColumns(causes, rows);
  const methods = await linearMethodsOf(dataset, rows, {
    names: ['reduced-rank regression'],
    causes: terms?.columns,
    signal,
  });
  const starts = modalities.map((_, m) => startOf(dataset, m, methods[m].at(0), rows, terms?.sds));
  return starts.every((start) => start !== undefined) ? starts : undefined;
}

/** Returns the terms of causes with variance 1 over some subjects, and the standard deviations of the terms. */
function causeColumns(causes: readonly Cause[], rows: Int32Array): { columns: Samples; sds: number[] } {
  const terms = causeTerms(causes);
  const all = causes[0].values.length;
  const width = terms.length / all;
  const sds = Array.from({ length: width }, (_, t) => {
    const mean = rows.reduce((sum, row) => sum + terms[row * width + t], 0) / rows.length;
    const square = rows.reduce((sum, row) => sum + (terms[row * width + t] - mean) ** 2, 0) / rows.length;
    // A term that does not vary among these subjects is 0 after centring, whatever it is divided by.
    return square > MIN_VARIANCE ? Math.sqrt(square) : 1;
  });
  const values = Float64Array.from(terms, (value, at) => value / sds[at % width]);
  return { columns: { values, rows: all, columns: width }, sds };
}

/** @param sds standard deviations of the terms of causes; undefined for none */
function startOf(
  { modalities }: Dataset,
  m: number,
  method: LinearMethod | undefined,
  train: Int32Array,
  sds: readonly number[] | undefined,
): LinearStart | undefined {
  const modality = modalities[m];
  if (method === undefined || (method.weights.columns < modality.latents && !sds)) return undefined;
  const present = presenceOf(modality);
  const rows = train.filter((row) => present[row] === 1);
  const table = tableOf([modality], rows);
  const means = observedMeans(table);
  const fillValues = modality.columns.map(({ kind }, c) => (kind && hasLevels(kind) ? means[c] : 0));
  const samples = filled(table, fillValues);
  const centred = centredMatrix(samples, columnMeans(samples));
  const { weights, readOut } = completed(method, modality.latents, centred);
  const spans = deviations(centred.mmul(weights));
  if (spans.some((sd) => !(sd ** 2 > MIN_VARIANCE))) return undefined;
  const otherColumns = readOut.columns - (sds?.length ?? 0);
  const units = Array.from({ length: readOut.columns }, (_, c) => (c < otherColumns ? 1 : sds![c - otherColumns]));
  return {
    rows,
    fillValues,
    toLatents: weights.clone().divRowVector(spans),
    readOut: readOut.clone().mulColumnVector(spans).mulRowVector(units),
  };
}

/**
 * Returns k numbers: those of the method and, if these are fewer, principal components of the columns' residuals, which
 * predict nothing.
 * @param centred columns of the modality, subjects × columns
 */
function completed(
  { weights, readOut }: Pick<LinearMethod, 'weights' | 'readOut'>,
  k: number,
  centred: Matrix,
): Pick<LinearMethod, 'weights' | 'readOut'> {
  const predictors = weights.columns;
  if (predictors >= k) return { weights, readOut };
  const scores = centred.mmul(weights);
  const residuals = Matrix.sub(centred, scores.mmul(leastSquares(scores, centred)));
  const values = Float64Array.from(residuals.to1DArray());
  const { loadings } = principalComponents(
    { values, rows: residuals.rows, columns: residuals.columns },
    k - predictors,
  );
  const all = Matrix.zeros(weights.rows, predictors + loadings.columns);
  all.setSubMatrix(weights, 0, 0);
  all.setSubMatrix(loadings, 0, predictors);
  const predictions = Matrix.zeros(all.columns, readOut.columns);
  predictions.setSubMatrix(readOut, 0, 0);
  return { weights: all, readOut: predictions };
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
