// Predictions of missing cells by a Gaussian over the measured columns of all modalities. A few latents cannot contain
// all information of neighbouring columns; the Gaussian uses their linear information.

import type { ObservedValues } from '../data/dataset.js';
import { isMeasured } from '../data/kinds.js';
import { presenceOf } from '../data/presence.js';
import type { ParameterValues } from '../inference/inference.js';
import { Gaussian, type PartialTable } from '../linear/gaussian.js';
import { IMPUTATION_COVARIANCE, IMPUTATION_MEAN } from '../training/imputation-schema.js';
import type { RunSummary } from '../training/run-folder.js';
import { columnVariables, type ColumnVariable } from './variables.js';

/** The prediction of a cell. */
export interface GaussianAnswer {
  /** Standardised mean. */
  readonly mean: number;
  /** Standard deviation of the error of the combined prediction. */
  readonly sd: number;
  /** Weight of the Gaussian in [0, 1]; the rest is the weight of the decoder. */
  readonly weight: number;
}

/** Returns the prediction of a cell; undefined if only the decoder predicts it. */
export type GaussianAnswers = (row: number, column: ColumnVariable) => GaussianAnswer | undefined;

/** Returns the measured columns of all modalities, in order. */
export function measuredColumns(summary: Pick<RunSummary, 'columns'>): ColumnVariable[] {
  return columnVariables(summary).filter(({ m, c }) => isMeasured(summary.columns[m].columns[c].kind));
}

/** Returns the columns in one table, rows × columns. @param values values per modality */
export function measuredTable(
  columns: readonly ColumnVariable[],
  values: readonly ObservedValues[],
  rows: number,
): PartialTable {
  const size = rows * columns.length;
  const [table, marks] = [new Float64Array(size), new Uint8Array(size)];
  for (let row = 0; row < rows; row++) {
    columns.forEach(({ m, c, width }, k) => {
      const { values: ofModality, observed } = values[m];
      table[row * columns.length + k] = ofModality[row * width + c];
      marks[row * columns.length + k] = observed?.[row * width + c] ?? 1;
    });
  }
  return { samples: { values: table, rows, columns: columns.length }, observed: marks };
}

/** Returns the Gaussian of a fit; undefined if it has none. */
export function savedGaussian(parameters: ParameterValues): Gaussian | undefined {
  const [mean, covariance] = [IMPUTATION_MEAN, IMPUTATION_COVARIANCE].map((name) => parameters.get(name));
  return mean && covariance && Gaussian.of(mean.values, covariance.values);
}

/** Returns the parameters of the Gaussian that a fit saves. */
export function gaussianParameters({ mean, covariance }: Gaussian): ParameterValues {
  const [width, values] = [mean.length, Float32Array.from(covariance.to1DArray())];
  return new Map([
    [IMPUTATION_MEAN, { shape: [1, width], values: Float32Array.from(mean) }],
    [IMPUTATION_COVARIANCE, { shape: [1, width, width], values }],
  ]);
}

/** Returns the predictions of the Gaussian for all cells. @param values values per modality, rows × columns */
export function gaussianAnswers(
  { summary, gaussian }: { readonly summary: RunSummary; readonly gaussian: Gaussian | undefined },
  values: readonly ObservedValues[],
  rows: number,
): GaussianAnswers {
  const { imputation } = summary;
  if (!imputation || !gaussian) return () => undefined;
  const columns = measuredColumns(summary);
  const positions = new Map(columns.map(({ at }, k) => [at, k]));
  const firsts = summary.columns.map((_, m) => columns.findIndex((column) => column.m === m));
  const present = values.map((table, m) => presenceOf({ ...table, columns: summary.columns[m].columns }));
  const conditional = gaussian.conditional(measuredTable(columns, values, rows));
  return (row, { m, at }) => {
    const { cells, whole } = imputation.modalities[m];
    const mix = present[m][row] === 1 ? cells : whole;
    const k = positions.get(at);
    if (!mix || k === undefined) return undefined;
    const cell = row * columns.length + k;
    return { mean: conditional.mean[cell], sd: conditional.sd[cell] * mix.spread[k - firsts[m]], weight: mix.weight };
  };
}

/**
 * Shifts the draws of a cell to the combined prediction and scales them to its error. Their shape does not change.
 * @param draws standardised draws with noise @param expected their mean without noise
 */
export function joinedDraws(draws: Float64Array, expected: number, { mean, sd, weight }: GaussianAnswer): Float64Array {
  const centre = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const square = draws.reduce((sum, value) => sum + (value - centre) ** 2, 0) / draws.length;
  const stretch = square > 0 ? sd / Math.sqrt(square) : 0;
  const answer = expected + weight * (mean - expected);
  return draws.map((value) => answer + stretch * (value - centre));
}
