// Builds columns from values that a file or a program already has as numbers or texts.

import { ColumnBuilder } from './column-builder.js';
import type { Column, TableOptions } from './table.js';

export interface ColumnValues {
  readonly name: string;
  readonly length: number;
  readonly at: (row: number) => number | bigint | string;
}

/** Returns a column of numbers or texts. Texts are read as numbers if `numberOf` has a reader for the column. */
export function columnOfValues({ name, length, at }: ColumnValues, { text, numberOf }: TableOptions): Column {
  const reader = numberOf?.(name);
  if (text?.includes(name)) {
    const texts = new Array<string>(length);
    for (let row = 0; row < length; row++) texts[row] = textOf(at(row));
    return { name, kind: 'text', texts };
  }
  const first = length > 0 ? at(0) : 0;
  if (typeof first === 'string' && reader !== undefined) {
    const builder = new ColumnBuilder(name, { numberOf: reader });
    for (let row = 0; row < length; row++) builder.addText(textOf(at(row)));
    return builder.finish();
  }
  if (typeof first === 'string') return { name, kind: 'text', firstText: { row: 1, text: first } };
  const numbers = new Float64Array(length);
  for (let row = 0; row < length; row++) numbers[row] = Number(at(row));
  return { name, kind: 'number', numbers };
}

/** Returns the value as an identifier; '' for a missing value. */
export function textOf(value: number | bigint | string): string {
  return Number.isNaN(value) ? '' : String(value);
}
