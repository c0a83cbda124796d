// Tables of latents for all metrics, and their checks.

import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';

/** Samples × latents, row-major. */
export interface Samples<Values extends Float32Array | Float64Array = Float32Array | Float64Array> {
  readonly values: Values;
  readonly rows: number;
  readonly columns: number;
}

/** A warning about metrics, which are finite nevertheless. */
export interface MetricWarning {
  /** `constant-latent`, `unmatched-latent` or `unmatched-edge`. */
  readonly code: string;
  readonly message: string;
}

/** Number of latents of each modality, in column order. */
export interface LatentLayout {
  /** True latents per modality. */
  readonly modalities: readonly number[];
  /** Estimated latents per modality; the same numbers as `modalities` when left out. */
  readonly estimated?: readonly number[];
}

/**
 * Checks shape and content of `samples`.
 * @param name name in messages, for example `true latents`
 * @throws InputError `invalid-size`, `shape-mismatch`, `too-few-samples` or `not-finite`.
 */
export function checkSamples(name: string, samples: Samples, minimumRows: number): void {
  checkArgument(name, samples, { values: 'typed array', rows: 'number', columns: 'number' });
  const { values, rows, columns } = samples;
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(columns) || columns < 1) {
    throw new InputError(
      'invalid-size',
      `${name}: ${rows} rows × ${columns} columns is not a size; give a whole number of rows and at least one column`,
    );
  }
  if (values.length !== rows * columns) {
    throw new InputError(
      'shape-mismatch',
      `${name}: ${rows} rows × ${columns} columns need ${rows * columns} values, got ${values.length}`,
    );
  }
  if (rows < minimumRows) {
    throw new InputError('too-few-samples', `${name}: ${rows} samples; at least ${minimumRows} are needed`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(
      'not-finite',
      `${name}: row ${Math.floor(bad / columns)}, column ${bad % columns} is ${values[bad]}; ` +
        'remove or impute such samples first',
    );
  }
}

/** Checks that two tables have the same rows. @throws InputError `shape-mismatch` */
export function checkSameRows(z: Samples, zHat: Samples): void {
  if (z.rows !== zHat.rows) {
    throw new InputError(
      'shape-mismatch',
      `true latents have ${z.rows} samples, estimated latents ${zHat.rows}; both must have the same ` +
        'subjects in the same order',
    );
  }
}

/**
 * Returns the first column of each modality, followed by the number of columns.
 * @throws InputError `invalid-size`; `shape-mismatch` if the sizes do not add up to `columns`
 */
export function modalityOffsets(name: string, sizes: readonly number[], columns: number): number[] {
  const offsets = [0];
  for (const [m, size] of sizes.entries()) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new InputError('invalid-size', `${name}: modality ${m} has ${size} latents; at least 1 is needed`);
    }
    offsets.push(offsets[m] + size);
  }
  if (offsets[sizes.length] !== columns) {
    throw new InputError(
      'shape-mismatch',
      `${name}: the modalities have ${sizes.join(' + ')} = ${offsets[sizes.length]} latents, but the table has ` +
        `${columns} columns`,
    );
  }
  return offsets;
}

/** Returns the offsets of both sides of a layout, after checks against their tables and each other. */
export function layoutOffsets(
  z: Samples,
  zHat: Samples,
  layout: LatentLayout,
): { truth: number[]; estimate: number[] } {
  const estimated = layout.estimated ?? layout.modalities;
  if (estimated.length !== layout.modalities.length) {
    throw new InputError(
      'shape-mismatch',
      `${layout.modalities.length} true modalities but ${estimated.length} estimated ones; list every ` +
        'modality on both sides',
    );
  }
  return {
    truth: modalityOffsets('true latents', layout.modalities, z.columns),
    estimate: modalityOffsets('estimated latents', estimated, zHat.columns),
  };
}

/** Returns a copy of rows `[rowFrom, rowTo)` and columns `[from, to)` in double precision. */
export function block(
  samples: Samples,
  from: number,
  to: number,
  rowFrom = 0,
  rowTo = samples.rows,
): Samples<Float64Array> {
  const columns = to - from;
  const rows = rowTo - rowFrom;
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = (rowFrom + row) * samples.columns + from;
    for (let j = 0; j < columns; j++) values[row * columns + j] = samples.values[start + j];
  }
  return { values, rows, columns };
}

/** Returns the rows at these positions in double precision. */
export function selectRows({ values, columns }: Samples, positions: ArrayLike<number>): Samples<Float64Array> {
  const rows = positions.length;
  const selected = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const start = positions[i] * columns;
    selected.set(values.subarray(start, start + columns), i * columns);
  }
  return { values: selected, rows, columns };
}

/** Returns the columns at these positions in double precision. */
export function selectColumns({ values, rows, columns }: Samples, positions: readonly number[]): Samples<Float64Array> {
  const selected = new Float64Array(rows * positions.length);
  for (let row = 0; row < rows; row++) {
    positions.forEach((from, to) => (selected[row * positions.length + to] = values[row * columns + from]));
  }
  return { values: selected, rows, columns: positions.length };
}

/** Returns one column in double precision. */
export function column({ values, rows, columns }: Samples, j: number): Float64Array {
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) result[i] = values[i * columns + j];
  return result;
}

/** Returns the mean; 0 without values. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
