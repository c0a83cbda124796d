// Mean correlation coefficient (MCC). Linear assignment on |correlation| matches estimated to true latents, within each
// modality and also across all modalities. Hyvarinen & Morioka 2016; METHOD section 5.

import { assign } from './assignment.js';
import { pearson, spearman, type CorrelationMatrix } from './correlation.js';
import { block, layoutOffsets, mean, type LatentLayout, type MetricWarning, type Samples } from './samples.js';

export interface MatchedCorrelation {
  /** Mean |correlation| over the true latents of each modality. A latent without a partner counts 0. */
  readonly perModality: readonly number[];
  /** Mean of `perModality`: all modalities have equal weight. */
  readonly mean: number;
  /** Mean |correlation| over all true latents for a matching across modalities. */
  readonly global: number;
  /** |correlation| of each true latent with its partner. */
  readonly perLatent: readonly number[];
  /** Estimated latent that matches each true latent within its modality, −1 for none. */
  readonly matching: Int32Array;
  /** As `matching`, across all modalities. */
  readonly globalMatching: Int32Array;
}

export interface MeanCorrelation {
  readonly pearson: MatchedCorrelation;
  readonly spearman: MatchedCorrelation;
  readonly warnings: readonly MetricWarning[];
}

/** Names of the latents for warnings. Default: their numbers. */
export interface LatentNames {
  readonly truth?: readonly string[];
  readonly estimate?: readonly string[];
}

/**
 * Returns the MCC of `zHat` (samples × estimated latents) against `z` (samples × true latents). Both concatenate the
 * latents of the modalities, and their numbers of latents may differ.
 * @throws InputError `shape-mismatch`, `invalid-size`, `too-few-samples`, `not-finite`.
 */
export function meanCorrelation(
  z: Samples,
  zHat: Samples,
  layout: LatentLayout,
  names: LatentNames = {},
): MeanCorrelation {
  const linear = pearson(z, zHat);
  const offsets = layoutOffsets(z, zHat, layout);
  return {
    pearson: match(linear, offsets),
    spearman: match(spearman(z, zHat), offsets),
    warnings: [
      ...linear.constant.first.map((j) => constantLatent('true', j, names.truth?.[j])),
      ...linear.constant.second.map((j) => constantLatent('estimated', j, names.estimate?.[j])),
      ...fewerEstimated(offsets),
    ],
  };
}

function match(
  correlation: CorrelationMatrix,
  { truth, estimate }: { truth: number[]; estimate: number[] },
): MatchedCorrelation {
  const matching = new Int32Array(correlation.rows).fill(-1);
  const perModality: number[] = [];
  for (let m = 0; m + 1 < truth.length; m++) {
    const part = absoluteBlock(correlation, [truth[m], truth[m + 1]], [estimate[m], estimate[m + 1]]);
    const { columnOfRow, total } = assign(part, { goal: 'maximum' });
    columnOfRow.forEach((column, row) => {
      matching[truth[m] + row] = column < 0 ? -1 : estimate[m] + column;
    });
    perModality.push(total / part.rows);
  }
  const everything = absoluteBlock(correlation, [0, correlation.rows], [0, correlation.columns]);
  const free = assign(everything, { goal: 'maximum' });
  const perLatent = Array.from(matching, (j, i) => (j < 0 ? 0 : everything.values[i * correlation.columns + j]));
  return {
    perModality,
    mean: mean(perModality),
    global: free.total / correlation.rows,
    perLatent,
    matching,
    globalMatching: free.columnOfRow,
  };
}

function absoluteBlock(
  correlation: CorrelationMatrix,
  [rowFrom, rowTo]: [number, number],
  [from, to]: [number, number],
): Samples<Float64Array> {
  const part = block(correlation, from, to, rowFrom, rowTo);
  return { ...part, values: part.values.map(Math.abs) };
}

function constantLatent(side: 'true' | 'estimated', latent: number, name: string | undefined): MetricWarning {
  return {
    code: 'constant-latent',
    message: `${side} latent ${name ?? latent} does not vary in these samples; its correlations count as 0`,
  };
}

function fewerEstimated({ truth, estimate }: { truth: number[]; estimate: number[] }): MetricWarning[] {
  const warnings: MetricWarning[] = [];
  for (let m = 0; m + 1 < truth.length; m++) {
    const unmatched = truth[m + 1] - truth[m] - (estimate[m + 1] - estimate[m]);
    if (unmatched > 0) {
      warnings.push({
        code: 'unmatched-latent',
        message: `modality ${m} has ${unmatched} more true than estimated latents; those without a partner count as 0`,
      });
    }
  }
  return warnings;
}
