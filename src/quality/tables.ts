// The rows of a data set for quality figures, and their values as tables.

import type { Dataset, Modality, Split } from '../data/dataset.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { isSize } from '../data/kinds.js';
import { selectSubjects } from '../data/select-rows.js';
import { columnMeans } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';

export interface MeasuredRows {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
  readonly split: 'test' | 'validation';
}

/** Values of some subjects, with marks of the observed ones. */
export interface Table {
  readonly samples: Samples;
  readonly observed: Uint8Array | undefined;
}

/**
 * Maximum number of evenly spread training subjects for linear methods and ranges. More subjects would not improve
 * them, and principal components of 10⁷ would need more memory than the fit. A getter, which tests can replace.
 */
export const maxSampled = {
  get subjects(): number {
    return 100_000;
  },
};

const MAX_SUBJECTS = 4096;
/** Maximum number of values of all columns together, so that wide studies fit in memory. */
const MAX_VALUES = 2e7;

/**
 * Returns training and held-out subjects.
 * @param of split of the held-out subjects; by default the test split, or validation if the test split is empty
 */
export function measuredRows(
  { split, modalities }: Pick<Dataset, 'split' | 'modalities'>,
  of = heldOutSplit(split),
): MeasuredRows {
  const columns = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const limit = Math.min(MAX_SUBJECTS, Math.ceil(MAX_VALUES / columns));
  return { train: spreadOver(split.train, limit), heldOut: spreadOver(split[of], limit), split: of };
}

export function heldOutSplit({ test }: Split): 'test' | 'validation' {
  return test.length > 1 ? 'test' : 'validation';
}

/** Returns at most `limit` evenly spaced rows. */
export function spreadOver(rows: Int32Array, limit: number): Int32Array {
  const count = Math.min(rows.length, limit);
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}

/** Returns the mean of the observed values of each column; 0 if there are none. */
export function observedMeans({ samples, observed }: Table): number[] {
  if (!observed) return columnMeans(samples);
  const shares = observedShares({ samples, observed });
  return columnMeans(samples).map((mean, c) => mean / shares[c]);
}

/** Returns the share of rows with a value for each column; 1 if there are none, so that it can be a divisor. */
export function observedShares({ samples: { rows, columns }, observed }: Table): number[] {
  const shares = observed ? columnMeans({ values: Float32Array.from(observed), rows, columns }) : [];
  return Array.from({ length: columns }, (_, c) => shares.at(c) || 1);
}

/** Returns the values with `means` for missing ones. */
export function filled({ samples, observed }: Table, means: readonly number[]): Samples {
  if (!observed) return samples;
  const values = Float64Array.from(samples.values, (value, at) =>
    observed[at] === 1 ? value : means[at % samples.columns],
  );
  return { ...samples, values };
}

/** Returns the columns of some modalities, rows × columns. Sizes count as missing, because no model predicts them. */
export function tableOf(modalities: readonly Modality[], rows: Int32Array): Table {
  const isMasked = modalities.some(
    ({ observed, stored, columns }) => observed ?? stored?.present ?? columns.some(({ kind }) => isSize(kind)),
  );
  const width = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const values = new Float32Array(rows.length * width);
  const observed = isMasked ? new Uint8Array(values.length).fill(1) : undefined;
  let first = 0;
  for (const modality of modalities) {
    const size = valuesPerSubject(modality);
    const { values: ofModality, observed: mask } = selectSubjects(modality, size, rows);
    for (let i = 0; i < rows.length; i++) {
      const [from, to] = [i * size, (i + 1) * size];
      values.set(ofModality.subarray(from, to), i * width + first);
      if (mask) observed?.set(mask.subarray(from, to), i * width + first);
    }
    modality.columns.forEach(({ kind }, c) => {
      if (!isSize(kind)) return;
      for (let at = first + c; at < values.length; at += width) {
        values[at] = 0;
        observed![at] = 0;
      }
    });
    first += size;
  }
  return { samples: { values, rows: rows.length, columns: width }, observed };
}
