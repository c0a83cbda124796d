// How much of every column the latents and private noises explain, on subjects that trained no run.

import type { Dataset } from '../../data/dataset.js';
import { column, selectRows } from '../../metrics/index.js';

export interface Reconstruction {
  /** Which subjects: the held-out part, or the validation part where nobody is held out. */
  readonly part: 'test' | 'validation';
  readonly subjects: number;
  /** R² of x̂ by modality: the mean over its columns, and each column's. */
  readonly modalities: readonly {
    readonly name: string;
    readonly mean: number;
    readonly columns: readonly { readonly name: string; readonly r2: number }[];
  }[];
}

/** @param reconstruction x̂, rows × Σ columns, standardised */
export function reconstruction({ ids, modalities, split }: Dataset, reconstruction: Float32Array): Reconstruction {
  const part = split.test.length > 1 ? 'test' : 'validation';
  const subjects = split[part];
  const rows = ids.length;
  const width = modalities.reduce((sum, { columns }) => sum + columns.length, 0);
  const xHat = selectRows({ values: reconstruction, rows, columns: width }, subjects);
  let first = 0;
  const byModality = modalities.map(({ name, columns, values }) => {
    const x = selectRows({ values, rows, columns: columns.length }, subjects);
    const r2 = columns.map((scale, c) => ({
      name: scale.name,
      r2: explained(column(x, c), column(xHat, first + c)),
    }));
    first += columns.length;
    return { name, mean: r2.reduce((sum, one) => sum + one.r2 / r2.length, 0), columns: r2 };
  });
  return { part, subjects: subjects.length, modalities: byModality };
}

/** 1 − Σ(x − x̂)² / Σ(x − x̄)². */
function explained(x: Float64Array, xHat: Float64Array): number {
  let mean = 0;
  for (const value of x) mean += value / x.length;
  let [left, all] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    left += (x[i] - xHat[i]) ** 2;
    all += (x[i] - mean) ** 2;
  }
  return all > 0 ? 1 - left / all : 0;
}
