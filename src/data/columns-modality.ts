// Builds a modality from columns of any kinds in memory.

import { checkArgument, checkLength, type Shape } from '../errors/argument.js';
import { columnValues } from './column-values.js';
import type { ColumnScale, Modality, ModalityScales } from './dataset.js';
import { InputError } from '../errors/errors.js';
import { checkKind, hasLevels, kindScales, type RawColumn } from './kinds.js';
import { withTotal } from './size.js';
import { encodeColumns, observedRows } from './standardise.js';

export interface ColumnsModality {
  readonly name: string;
  readonly columns: readonly RawColumn[];
  readonly latents: number;
  readonly exogenous: number;
  /** `total`: counts are relative to their total. For a column of sizes, use the kind `size` instead. */
  readonly size?: 'total' | undefined;
}

const COLUMN: Shape = { name: 'text', values: 'typed array', 'kind?': 'text', 'levels?': ['text'] };
const MODALITY: Shape = { name: 'text', columns: [COLUMN], latents: 'number', exogenous: 'number', 'size?': 'text' };
/** Values of `size`. */
const SIZES: readonly string[] = ['total'];

/**
 * Returns a modality of these columns. Columns of one kind become neighbours, since a model evaluates them together;
 * kinds are in the order of their first columns.
 * @param ids ids of the subjects @param train rows of the training split
 * @throws InputError `invalid-argument`; what `checkKind` throws; `constant-column` for a column that is empty or
 *   constant in the training split; `not-finite`; what `withTotal` throws
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
    const columnScales = kindScales(column, observedRows(column.values, train));
    if (columnScales.length > 0) return columnScales;
    throw new InputError(
      'constant-column',
      `modality '${name}': column '${column.name}' is constant or empty in the training split; leave it out`,
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

/** Groups columns by kind. Columns of one kind keep their order. */
export function byKind(columns: readonly ColumnScale[]): ColumnScale[] {
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => columns.filter((column) => column.kind === kind));
}

/** Returns the levels of the columns that have some, by column. */
export function namedLevels(columns: readonly RawColumn[]): Pick<ModalityScales, 'levels'> {
  const withLevels = columns.filter(({ kind }) => hasLevels(kind));
  if (withLevels.length === 0) return {};
  return { levels: Object.fromEntries(withLevels.map(({ name, levels = [] }) => [name, levels])) };
}
