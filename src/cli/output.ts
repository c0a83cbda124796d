// Output of commands: JSON for programs, aligned tables and wrapped text for readers.

import { stripVTControlCharacters } from 'node:util';
import type { DeviceChoice } from '../runtime/device.js';
import { onStdout } from './colors.js';

export { pText as pValue } from '../text/numbers.js';

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Maximum width of a line. */
const LINE = 80;

/** Returns a text in lines of at most 80 letters, except for longer words. All lines after the first are indented. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  // Spaces at the beginning are the indentation of the first line.
  const [start] = /^ */.exec(text)!;
  for (const word of text.slice(start.length).split(' ')) {
    const longer = line === '' ? (lines.length === 0 ? start : indent) + word : `${line} ${word}`;
    if (line !== '' && stripVTControlCharacters(longer).length > LINE) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}

/** Maximum length of a message, in letters. A name in a file can be as long as the file. */
const MAX_MESSAGE = 4000;

/**
 * Returns a text with names from files for a terminal: letters that move the cursor, change colours or reverse the
 * direction of writing are escaped.
 */
export function printable(text: string): string {
  const shown = text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (letter) =>
    letter === '\n' ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shown.length > MAX_MESSAGE ? `${shown.slice(0, MAX_MESSAGE)}…` : shown;
}

/** Prints the heading of a section. */
export function printHeading(text: string): void {
  print(`\n${onStdout.bold(text)}`);
}

/**
 * Returns a table whose columns are padded to their widest cell, numbers to the right. A table wider than a line is cut
 * into several, each of which begins with the first column.
 * @param header one title per column; an empty title continues the column before it
 * @param keys number of first columns that begin each of several tables
 */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[], keys = 1): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? decimal(cell) : printable(cell))));
  const widths = header.map((title, i) => cells.reduce((max, row) => Math.max(max, row[i].length), title.length));
  const right = header.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const line = (row: readonly string[], columns: readonly number[]): string =>
    columns
      .map((i) => (right[i] ? row[i].padStart(widths[i]) : row[i].padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return columnBlocks(header, widths, keys)
    .map((columns) => [onStdout.bold(line(header, columns)), ...cells.map((row) => line(row, columns))].join('\n'))
    .join('\n\n');
}

/** Returns the columns of each table that fits a line, by number. */
function columnBlocks(header: readonly string[], widths: readonly number[], keyCount: number): number[][] {
  const second = header.findIndex((title, i) => i >= keyCount && title !== '');
  const keys = header.slice(0, second < 0 ? header.length : second).map((_, i) => i);
  const widthOf = (columns: readonly number[]): number =>
    columns.reduce((sum, i) => sum + widths[i], 2 * (columns.length - 1));
  const blocks = [[...keys]];
  for (let i = keys.length; i < header.length; i++) {
    const block = blocks.at(-1)!;
    const isFull = block.length > keys.length && header[i] !== '' && widthOf([...block, i]) > LINE;
    if (isFull) blocks.push([...keys, i]);
    else block.push(i);
  }
  return blocks;
}

/** Returns the name of a device, and the reason for its choice if the user left it to us. */
export function deviceText({ requested, name, description, reason, matmulPrecision }: DeviceChoice): string {
  const precision = {
    float32: '',
    'tf32-convolutions': ', convolutions in tf32',
    tf32: ', matrix products in tf32',
    bfloat16: ', matrix products in bfloat16',
  }[matmulPrecision];
  const known = name === 'cpu' ? name : `${name}, ${description}${precision}`;
  return requested === 'auto' ? `${known} (auto: ${reason})` : known;
}

/** Returns a number with three decimals, or without decimals if it is whole. */
export function decimal(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  const scaled = count / 1024 ** unit;
  return `${scaled < 10 && unit > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
