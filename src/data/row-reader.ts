// Rows as they nearly always are, read in one pass: numbers and nulls of known columns to standardised values.
// Whatever else a row has is left to `rowValues`, which says what is wrong with it or reads it column by column, to
// the same bits.

import type { ColumnScale, ModalityScales, ObservedValues } from './dataset.js';
import { isMeasured } from './kinds.js';
import type { Row, RowOptions } from './row.js';
import { held } from './standardise.js';

/** Undefined for rows that are to be read the long way. */
export type RowReader = (rows: readonly Row[], options: RowOptions) => ObservedValues | undefined;

/** Writes a column's value, standardised, to `values[at]`; false for one that is to be read the long way. */
export type CellWriter = (
  values: Float32Array,
  at: number,
  column: number,
  raw: number,
  maxDeviations: number,
) => boolean;

/** Undefined for a modality that is more than measured columns by themselves. */
export function cellWriter({ columns, grid, transform, covariates }: ModalityScales): CellWriter | undefined {
  if (grid || transform || covariates || !columns.every(({ kind }) => isMeasured(kind))) return undefined;
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

/** Undefined for a modality that has no cell writer. */
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
      if (!isCells(cells)) return undefined;
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

function scaled({ log, offset, limits }: ColumnScale, raw: number): number {
  const value = log ? Math.log(raw + offset) : raw;
  return limits && Number.isFinite(value) ? held(value, limits) : value;
}

/** Without a list of them. */
function keysIn(cells: Readonly<Record<string, unknown>>): number {
  let count = 0;
  for (const column in cells) if (column in cells) count++;
  return count;
}

function isCells(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
