// Columns for independence tests, checked once.

import { checkArgument, checkLength, type Shape } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { checkVariableCount, type Variable } from './causal-graph.js';

/** How the mixed-type test models a variable. */
export type VariableKind = 'continuous' | 'ordinal' | 'binary';

export interface DataColumn extends Variable {
  /** One number per row, NaN if missing. A discrete column has any distinct code for each level. */
  readonly values: Float64Array;
  /** Kind for the mixed-type test, which infers it from the values when left out. */
  readonly kind?: VariableKind;
  /** True if the values are codes of more than two levels without an order. Links of such a column have no sign. */
  readonly isUnordered?: true;
}

const COLUMN: Shape = { name: 'text', values: 'typed array' };

/** @param place function and argument, for messages @throws InputError `invalid-argument` */
export function checkColumnShapes(place: string, columns: readonly DataColumn[]): void {
  checkArgument(place, columns, [COLUMN]);
  if (columns.length === 0) throw new InputError('too-few-variables', `${place} is empty; give the columns to test`);
  for (const { name, values } of columns) checkLength(`${place}: '${name}'.values`, values, columns[0].values.length);
}

/**
 * Checks that there are columns, all of the same length, with finite numbers or NaN.
 * @throws InputError `too-few-variables`, `too-large`, `rows-disagree`, `not-finite`, `duplicate-variable`,
 *   `empty-column`
 */
export function checkColumns(columns: readonly DataColumn[]): void {
  checkArgument('columns', columns, [COLUMN]);
  if (columns.length < 2) {
    throw new InputError('too-few-variables', `discovery needs at least 2 variables, got ${columns.length}`);
  }
  checkVariableCount(columns.length);
  const names = new Set<string>();
  const rows = columns[0].values.length;
  for (const { name, values } of columns) {
    if (name === '' || names.has(name)) {
      throw new InputError('duplicate-variable', `column name "${name}" is empty or used twice; names must be unique`);
    }
    names.add(name);
    if (values.length !== rows) {
      throw new InputError(
        'rows-disagree',
        `column '${columns[0].name}' has ${rows} rows and '${name}' ${values.length}; all must have the same number`,
      );
    }
    const infinite = values.findIndex((value) => value === Infinity || value === -Infinity);
    if (infinite >= 0) {
      throw new InputError('not-finite', `column '${name}', row ${infinite + 1}: ${values[infinite]}`, {
        column: name,
      });
    }
    if (values.every(Number.isNaN)) {
      throw new InputError('empty-column', `column '${name}' has no values; leave it out`, { column: name });
    }
  }
}

/** Returns the positions of the rows where none of these columns is missing. */
export function completeRows(columns: readonly DataColumn[], which: readonly number[]): Int32Array {
  const read = which.map((i) => columns[i].values);
  const rows = columns[0]?.values.length ?? 0;
  const complete = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (read.every((values) => !Number.isNaN(values[row]))) complete[count++] = row;
  }
  return complete.subarray(0, count);
}
