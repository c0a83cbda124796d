// R²: how well a modality's estimated latents, together, predict each of its true latents (block identification).
// Kernel ridge regression (Gaussian and linear kernel) fitted on the first rows and scored on the next; METHOD section
// 5.

import { InputError } from '../errors.js';
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
  /** Rows to fit on, the first ones. At most 1,000, and two thirds of the rows, when left out. */
  readonly fitRows?: number;
  /** Rows to score on, the ones after. At most 500 of the rest when left out. */
  readonly scoreRows?: number;
  /** Ridge α; 0.01 when left out. */
  readonly alpha?: number;
}

export interface R2 {
  readonly perLatent: readonly number[];
  readonly perModality: readonly number[];
  /** Mean of `perModality`: every modality weighs the same. */
  readonly mean: number;
  readonly fitRows: number;
  readonly scoreRows: number;
  readonly warnings: readonly MetricWarning[];
}

const minimumFitRows = 20;
const minimumScoreRows = 10;

/**
 * R² of each true latent in `z` predicted from the estimated latents `zHat` of its modality, on rows that were not
 * fitted. Inputs and targets are standardised by the fitted rows; γ = 0.5 / estimated latents of the modality.
 * Rows are taken in order: shuffle subjects that are sorted by anything.
 * @throws InputError `shape-mismatch`, `invalid-size`, `too-few-samples` (fewer than 20 + 10), `not-finite`.
 */
export function r2(zHat: Samples, z: Samples, options: R2Options): R2 {
  checkSamples('true latents', z, minimumFitRows + minimumScoreRows);
  checkSamples('estimated latents', zHat, minimumFitRows + minimumScoreRows);
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
  if (!whole || fitRows < minimumFitRows || scoreRows < minimumScoreRows || fitRows + scoreRows > rows) {
    throw new InputError(
      'too-few-samples',
      `[r2] cannot fit on ${fitRows} and score on ${scoreRows} of ${rows} samples; ` +
        `at least ${minimumFitRows} and ${minimumScoreRows}, together no more than there are`,
    );
  }
}

/** Columns `[from, to)`, centred and scaled by the fitted rows; a column constant there is only centred. */
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

/** 1 − residual / total sum of squares per column; undefined where the column does not vary. */
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
