// Writes columns as CSV text (RFC 4180).

import { floatText } from './float-text.js';

/** A column to write; NaN becomes an empty cell. */
export interface OutputColumn {
  readonly name: string;
  readonly values: Float64Array | Float32Array | readonly string[];
}

/** Returns the text, in quotes if it needs them. */
function quoteCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Returns the header line. */
export function headerLine(columns: readonly OutputColumn[]): string {
  return `${columns.map(({ name }) => quoteCell(name)).join(',')}\n`;
}

/** Yields the lines below the header. */
export function* lines(columns: readonly OutputColumn[]): Generator<string> {
  const rows = columns.at(0)?.values.length ?? 0;
  const writers = columns.map(({ values }) => cellWriter(values));
  // Readers skip empty lines, so a single empty cell needs quotes.
  if (writers.length === 1) writers[0] = neverEmpty(writers[0]);
  for (let row = 0; row < rows; row++) {
    let text = '';
    for (let cell = 0; cell < writers.length; cell++) text += (cell === 0 ? '' : ',') + writers[cell](row);
    yield `${text}\n`;
  }
}

/** Returns the text of a whole table. */
export function csvText(columns: readonly OutputColumn[]): string {
  return [headerLine(columns), ...lines(columns)].join('');
}

function cellWriter(values: OutputColumn['values']): (row: number) => string {
  if (values instanceof Float32Array) return (row) => (Number.isNaN(values[row]) ? '' : floatText(values[row]));
  if (values instanceof Float64Array) return (row) => numberText(values[row]);
  return (row) => quoteCell(values[row]);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '';
  return Object.is(value, -0) ? '-0' : String(value);
}

function neverEmpty(write: (row: number) => string): (row: number) => string {
  return (row) => write(row) || '""';
}
