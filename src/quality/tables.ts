// The rows of a data set that quality is measured on, and their values as tables.

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

/** Values of some subjects, with what a prediction of them is measured against. */
export interface Table {
  readonly samples: Samples;
  readonly observed: Uint8Array | undefined;
}

/**
 * Training subjects, evenly spread, that linear methods and ranges are of, for tests to change: those of more say no
 * more, and principal components of 10⁷ would take more memory than the fit.
 */
export const maxSampled = { subjects: 100_000 };

const MAX_SUBJECTS = 4096;
/** Of all columns together, so that wide studies fit in memory. */
const MAX_VALUES = 2e7;

/** Returns training and held-out subjects. @param of the split of the held-out subjects; by default the test split, or validation if it is empty */
export function measuredRows(
  { split, modalities }: Pick<Dataset, 'split' | 'modalities'>,
  of = heldOutSplit(split),
): MeasuredRows {
  const columns = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const most = Math.min(MAX_SUBJECTS, Math.ceil(MAX_VALUES / columns));
  return { train: spreadOver(split.train, most), heldOut: spreadOver(split[of], most), split: of };
}

export function heldOutSplit({ test }: Split): 'test' | 'validation' {
  return test.length > 1 ? 'test' : 'validation';
}

/** At most `most` of the rows, evenly spaced. */
export function spreadOver(rows: Int32Array, most: number): Int32Array {
  const count = Math.min(rows.length, most);
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}

/** Per column: the mean of what was observed; 0 of nothing. */
export function observedMeans({ samples, observed }: Table): number[] {
  if (!observed) return columnMeans(samples);
  const shares = observedShares({ samples, observed });
  return columnMeans(samples).map((mean, c) => mean / shares[c]);
}

/** Per column: the share of the rows that have a value; 1 where none has, so that it can be divided by. */
export function observedShares({ samples: { rows, columns }, observed }: Table): number[] {
  const shares = observed ? columnMeans({ values: Float32Array.from(observed), rows, columns }) : [];
  return Array.from({ length: columns }, (_, c) => shares.at(c) || 1);
}

/** With `means` where a value is missing. */
export function filled({ samples, observed }: Table, means: readonly number[]): Samples {
  if (!observed) return samples;
  const values = Float64Array.from(samples.values, (value, at) =>
    observed[at] === 1 ? value : means[at % samples.columns],
  );
  return { ...samples, values };
}

/** Columns of some modalities side by side, rows × columns; sizes, which nothing answers for, count as missing. */
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
    const { values: own, observed: mask } = selectSubjects(modality, size, rows);
    for (let i = 0; i < rows.length; i++) {
      const [from, to] = [i * size, (i + 1) * size];
      values.set(own.subarray(from, to), i * width + first);
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
