// What a Gaussian over the measured columns of all modalities says of missing cells. A few latents cannot know all that
// a column's neighbours know; a Gaussian does, of what is linear.

import type { ObservedValues } from '../data/dataset.js';
import { isMeasured } from '../data/kinds.js';
import { presenceOf } from '../data/presence.js';
import type { ParameterValues } from '../inference/inference.js';
import { Gaussian, type PartialTable } from '../linear/index.js';
import { IMPUTATION_COVARIANCE, IMPUTATION_MEAN } from '../training/imputation-schema.js';
import type { RunSummary } from '../training/run-folder.js';
import { columnVariables, type ColumnVariable } from './variables.js';

/** Of a cell. */
export interface GaussianAnswer {
  /** Standardised. */
  readonly mean: number;
  /** Of what the answers of both together are off by. */
  readonly sd: number;
  /** In 0 … 1; the rest is the decoder's. */
  readonly weight: number;
}

/** Undefined for a cell that the decoder answers alone. */
export type GaussianAnswers = (row: number, column: ColumnVariable) => GaussianAnswer | undefined;

/** Columns of all modalities, in order, that are numbers on a scale. */
export function measuredColumns(summary: Pick<RunSummary, 'columns'>): ColumnVariable[] {
  return columnVariables(summary).filter(({ m, c }) => isMeasured(summary.columns[m].columns[c].kind));
}

/** Columns side by side, rows × columns. @param values per modality */
export function measuredTable(
  columns: readonly ColumnVariable[],
  values: readonly ObservedValues[],
  rows: number,
): PartialTable {
  const size = rows * columns.length;
  const [table, marks] = [new Float64Array(size), new Uint8Array(size)];
  for (let row = 0; row < rows; row++) {
    columns.forEach(({ m, c, width }, k) => {
      const { values: own, observed } = values[m];
      table[row * columns.length + k] = own[row * width + c];
      marks[row * columns.length + k] = observed?.[row * width + c] ?? 1;
    });
  }
  return { samples: { values: table, rows, columns: columns.length }, observed: marks };
}

/** The Gaussian of a fit; undefined where it has none. */
export function savedGaussian(parameters: ParameterValues): Gaussian | undefined {
  const [mean, covariance] = [IMPUTATION_MEAN, IMPUTATION_COVARIANCE].map((name) => parameters.get(name));
  return mean && covariance && Gaussian.of(mean.values, covariance.values);
}

/** What is saved of it. */
export function gaussianParameters({ mean, covariance }: Gaussian): ParameterValues {
  const [width, values] = [mean.length, Float32Array.from(covariance.to1DArray())];
  return new Map([
    [IMPUTATION_MEAN, { shape: [1, width], values: Float32Array.from(mean) }],
    [IMPUTATION_COVARIANCE, { shape: [1, width, width], values }],
  ]);
}

/** @param values per modality, rows × columns */
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
  const present = values.map((own, m) => presenceOf({ ...own, columns: summary.columns[m].columns }));
  const said = gaussian.conditional(measuredTable(columns, values, rows));
  return (row, { m, at }) => {
    const { cells, whole } = imputation.modalities[m];
    const mix = present[m][row] === 1 ? cells : whole;
    const k = positions.get(at);
    if (!mix || k === undefined) return undefined;
    const cell = row * columns.length + k;
    return { mean: said.mean[cell], sd: said.sd[cell] * mix.spread[k - firsts[m]], weight: mix.weight };
  };
}

/**
 * Draws of a cell, moved to what both say together and stretched to what that is off by; their shape stays.
 * @param draws standardised, with noise @param said their mean without noise
 */
export function joinedDraws(draws: Float64Array, said: number, { mean, sd, weight }: GaussianAnswer): Float64Array {
  const centre = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const square = draws.reduce((sum, value) => sum + (value - centre) ** 2, 0) / draws.length;
  const stretch = square > 0 ? sd / Math.sqrt(square) : 0;
  const answer = said + weight * (mean - said);
  return draws.map((value) => answer + stretch * (value - centre));
}
