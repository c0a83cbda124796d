// R²: how well all estimated latents of a modality together predict each of its true latents (block identification).
// Kernel ridge regression (Gaussian and linear kernel) is fitted on the first rows and scored on the next ones; METHOD
// section 5.

import { InputError } from '../errors/errors.js';
import { kernelRidge } from './kernel-ridge.js';
import {
  block,
  checkSameRows,
  checkSamples,
  layoutOffsets,
  mean,
  type LatentLayout,
  type MetricWarning,
  type Samples,
} from './samples.js';

export interface R2Options extends LatentLayout {
  /** Number of first rows to fit on. Default: two thirds of the rows, at most 1,000. */
  readonly fitRows?: number;
  /** Number of next rows to score on. Default: the remaining rows, at most 500. */
  readonly scoreRows?: number;
  /** Ridge α. Default: 0.01. */
  readonly alpha?: number;
}

export interface R2 {
  readonly perLatent: readonly number[];
  readonly perModality: readonly number[];
  /** Mean of `perModality`: all modalities have equal weight. */
  readonly mean: number;
  readonly fitRows: number;
  readonly scoreRows: number;
  readonly warnings: readonly MetricWarning[];
}

const MIN_FIT_ROWS = 20;
const MIN_SCORE_ROWS = 10;

/**
 * Returns the R² of each true latent in `z`, predicted from the estimated latents `zHat` of its modality, on rows that
 * were not fitted. Inputs and targets are standardised by the fitted rows; γ = 0.5 / estimated latents of the modality.
 * Rows are used in order, so shuffle sorted subjects first.
 * @throws InputError `shape-mismatch`, `invalid-size`, `too-few-samples` (fewer than 20 + 10), `not-finite`.
 */
export function r2(zHat: Samples, z: Samples, options: R2Options): R2 {
  checkSamples('true latents', z, MIN_FIT_ROWS + MIN_SCORE_ROWS);
  checkSamples('estimated latents', zHat, MIN_FIT_ROWS + MIN_SCORE_ROWS);
  checkSameRows(z, zHat);
  const offsets = layoutOffsets(z, zHat, options);
  const fitRows = options.fitRows ?? Math.min(1000, Math.floor((2 * z.rows) / 3));
  const scoreRows = options.scoreRows ?? Math.min(500, z.rows - fitRows);
  checkParts(fitRows, scoreRows, z.rows);

  const perLatent: number[] = [];
  const perModality: number[] = [];
  const warnings: MetricWarning[] = [];
  for (let m = 0; m < options.modalities.length; m++) {
    const inputs = standardised(zHat, offsets.estimate[m], offsets.estimate[m + 1], fitRows, scoreRows);
    const targets = standardised(z, offsets.truth[m], offsets.truth[m + 1], fitRows, scoreRows);
    const gamma = 0.5 / inputs.fitted.columns;
    const predict = kernelRidge(inputs.fitted, targets.fitted, { alpha: options.alpha ?? 1e-2, gamma });
    const scores = explained(targets.scored, predict(inputs.scored));
    scores.forEach((score, i) => {
      if (score !== undefined) return;
      const latent = offsets.truth[m] + i;
      warnings.push({
        code: 'constant-latent',
        message: `true latent ${latent} does not vary in the scored samples; its R² counts as 0`,
      });
    });
    const known = scores.map((score) => score ?? 0);
    perLatent.push(...known);
    perModality.push(mean(known));
  }
  return { perLatent, perModality, mean: mean(perModality), fitRows, scoreRows, warnings };
}

function checkParts(fitRows: number, scoreRows: number, rows: number): void {
  const whole = Number.isSafeInteger(fitRows) && Number.isSafeInteger(scoreRows);
  if (!whole || fitRows < MIN_FIT_ROWS || scoreRows < MIN_SCORE_ROWS || fitRows + scoreRows > rows) {
    throw new InputError(
      'too-few-samples',
      `[r2] cannot fit on ${fitRows} and score on ${scoreRows} of ${rows} samples; ` +
        `at least ${MIN_FIT_ROWS} and ${MIN_SCORE_ROWS} are needed, in total no more than there are`,
    );
  }
}

/** Returns columns `[from, to)`, standardised by the fitted rows. A column that is constant there is only centred. */
function standardised(samples: Samples, from: number, to: number, fitRows: number, scoreRows: number) {
  const fitted = block(samples, from, to, 0, fitRows);
  const scored = block(samples, from, to, fitRows, fitRows + scoreRows);
  const columns = to - from;
  for (let j = 0; j < columns; j++) {
    const { average, sd } = moments(fitted, j);
    for (const part of [fitted, scored]) {
      for (let k = j; k < part.values.length; k += columns) part.values[k] = (part.values[k] - average) / (sd || 1);
    }
  }
  return { fitted, scored };
}

function moments({ values, rows, columns }: Samples, j: number): { average: number; sd: number } {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += values[i * columns + j];
  const average = sum / rows;
  let square = 0;
  for (let i = 0; i < rows; i++) square += (values[i * columns + j] - average) ** 2;
  return { average, sd: Math.sqrt(square / rows) };
}

/** Returns 1 − residual / total sum of squares per column; undefined for a constant column. */
function explained(targets: Samples, predictions: Float64Array): (number | undefined)[] {
  const { values, rows, columns } = targets;
  return Array.from({ length: columns }, (_, j) => {
    const { average } = moments(targets, j);
    let residual = 0;
    let total = 0;
    let varies = false;
    for (let i = 0; i < rows; i++) {
      const value = values[i * columns + j];
      varies ||= value !== values[j];
      residual += (value - predictions[i * columns + j]) ** 2;
      total += (value - average) ** 2;
    }
    return varies ? 1 - residual / total : undefined;
  });
}
