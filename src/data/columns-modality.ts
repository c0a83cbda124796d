// A modality from columns of any kinds, as a program has them in memory.

import { checkArgument, checkLength, type Shape } from '../argument.js';
import { columnValues } from './column-values.js';
import type { ColumnScale, Modality, ModalityScales } from './dataset.js';
import { InputError } from '../errors.js';
import { checkKind, hasLevels, kindScales, type RawColumn } from './kinds.js';
import { withTotal } from './size.js';
import { encodeColumns, observedRows } from './standardise.js';

export interface ColumnsModality {
  readonly name: string;
  readonly columns: readonly RawColumn[];
  readonly latents: number;
  readonly exogenous: number;
  /** What counts are relative to: their total. A column of sizes has the kind `size` instead. */
  readonly size?: 'total' | undefined;
}

const COLUMN: Shape = { name: 'text', values: 'typed array', 'kind?': 'text', 'levels?': ['text'] };
const MODALITY: Shape = { name: 'text', columns: [COLUMN], latents: 'number', exogenous: 'number', 'size?': 'text' };
/** What `size` can be. */
const SIZES: readonly string[] = ['total'];

/**
 * Columns of one kind come to stand side by side, in the order of the kinds' first columns: a model works on them at
 * once.
 * @param ids of the subjects @param train rows of the training part
 * @throws InputError `invalid-argument`; what `checkKind` throws; `constant-column` for one that is empty or the same
 *   throughout the training part; `not-finite`; what `withTotal` throws
 */
export function modalityOfColumns(modality: ColumnsModality, ids: readonly string[], train: Int32Array): Modality {
  checkArgument('modalityOfColumns: modality', modality, MODALITY);
  checkArgument('modalityOfColumns: ids', ids, ['text']);
  checkArgument('modalityOfColumns: train', train, 'typed array');
  const { name, columns: raw, latents, exogenous, size } = modality;
  if (size !== undefined && !SIZES.includes(size)) {
    throw new InputError(
      'invalid-argument',
      `modalityOfColumns: modality.size is '${size}'; it is 'total', or left out where a column has the kind 'size'`,
      { place: 'modality.size' },
    );
  }
  for (const [i, column] of raw.entries()) {
    checkLength(`modalityOfColumns: modality.columns[${i}].values`, column.values, ids.length);
    checkKind(`modality '${name}'`, column);
  }
  const scales = raw.map((column) => {
    const own = kindScales(column, observedRows(column.values, train));
    if (own.length > 0) return own;
    throw new InputError(
      'constant-column',
      `modality '${name}': column '${column.name}' is constant, or empty, on the training part; leave it out`,
      { modality: name, column: column.name },
    );
  });
  const byName = new Map(raw.map((column) => [column.name, column.values]));
  const column = (one: string): Float64Array => byName.get(one)!;
  const columns = withTotal(byKind(scales.flat()), { place: `modality '${name}'`, size, column, train });
  const source = { modality: name, ids, names: raw.map((one) => one.name), column };
  const encoded = encodeColumns(columnValues({ columns }, source), { name, columns }, ids);
  return { name, columns, ...namedLevels(raw), ...encoded, latents, exogenous };
}

/** Stable: the order of columns of one kind stays. */
export function byKind(columns: readonly ColumnScale[]): ColumnScale[] {
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => columns.filter((column) => column.kind === kind));
}

/** What a modality keeps of its columns' levels. */
export function namedLevels(columns: readonly RawColumn[]): Pick<ModalityScales, 'levels'> {
  const withLevels = columns.filter(({ kind = 'gaussian' }) => hasLevels(kind));
  if (withLevels.length === 0) return {};
  return { levels: Object.fromEntries(withLevels.map(({ name, levels = [] }) => [name, levels])) };
}
