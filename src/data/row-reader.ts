// Fast path for rows of numbers and nulls in known columns: standardises them in one pass. `rowValues` handles all
// other rows: it reports errors, or reads column by column with identical results.

import type { ColumnScale, ModalityScales, ObservedValues } from './dataset.js';
import { isMeasured } from './kinds.js';
import { linked } from './link.js';
import type { Row, RowOptions } from './row.js';
import { winsorised } from './standardise.js';

/** Returns undefined for rows that need the slow path. */
export type RowReader = (rows: readonly Row[], options: RowOptions) => ObservedValues | undefined;

/** Writes the standardised value of a column to `values[at]`; returns false for a value that needs the slow path. */
export type CellWriter = (
  values: Float32Array,
  at: number,
  column: number,
  raw: number,
  maxDeviations: number,
) => boolean;

/** Returns undefined for a modality other than a table of measurements without transform, batches and covariates. */
export function cellWriter({
  columns,
  regularArray,
  transform,
  batches,
  covariates,
}: ModalityScales): CellWriter | undefined {
  const isPrepared = transform || batches || covariates;
  if (regularArray || isPrepared || !columns.every(({ kind }) => isMeasured(kind))) return undefined;
  const isPlain = Uint8Array.from(columns, ({ log, limits }) => (log || limits ? 0 : 1));
  const means = Float64Array.from(columns, ({ mean }) => mean);
  const sds = Float64Array.from(columns, ({ sd }) => sd);
  return (values, at, column, raw, maxDeviations) => {
    const value = isPlain[column] === 1 ? raw : scaled(columns[column], raw);
    values[at] = (value - means[column]) / sds[column];
    const far = Math.abs(values[at]);
    return far <= maxDeviations && far < Infinity;
  };
}

/** Returns undefined for a modality without a cell writer. */
export function rowReader(scales: ModalityScales): RowReader | undefined {
  const write = cellWriter(scales);
  if (!write) return undefined;
  const { name } = scales;
  const names = scales.columns.map((column) => column.name);
  const width = names.length;

  return (rows, { maxDeviations, partial }) => {
    const values = new Float32Array(rows.length * width);
    let observed: Uint8Array | undefined;
    const miss = (from: number, to: number): void => {
      observed ??= new Uint8Array(values.length).fill(1);
      observed.fill(0, from, to);
    };
    for (let row = 0; row < rows.length; row++) {
      const cells: unknown = rows[row][name];
      const first = row * width;
      if (cells === undefined && partial) {
        miss(first, first + width);
        continue;
      }
      if (!isRecord(cells)) return undefined;
      let known = 0;
      for (let c = 0; c < width; c++) {
        const value = cells[names[c]];
        if (typeof value === 'number') {
          if (!write(values, first + c, c, value, maxDeviations)) return undefined;
          known++;
        } else if (value === null) {
          miss(first + c, first + c + 1);
          known++;
        } else if (value === undefined && partial) {
          miss(first + c, first + c + 1);
        } else {
          return undefined;
        }
      }
      if (known !== keysIn(cells)) return undefined;
    }
    return { values, ...(observed && { observed }) };
  };
}

function scaled(scale: ColumnScale, raw: number): number {
  const { limits } = scale;
  const value = linked(scale, raw);
  return limits && Number.isFinite(value) ? winsorised(value, limits) : value;
}

/** Returns the number of keys, without allocating a list of them. */
function keysIn(cells: Readonly<Record<string, unknown>>): number {
  let count = 0;
  for (const column in cells) if (column in cells) count++;
  return count;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
