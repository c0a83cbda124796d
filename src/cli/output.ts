// How commands print: JSON for machines, aligned tables for people.

import { stripVTControlCharacters } from 'node:util';
import type { DeviceChoice } from '../runtime/device.js';
import { onStdout } from './colors.js';

export { pText as pValue } from '../format.js';

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Letters of a line of prose. */
const LINE = 80;

/** Returns a text in lines of at most 80 letters, but for longer words; all lines but the first are indented. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  // Blanks at the beginning are the first line's indent.
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

/** Longest message, in letters: a name in a file may be as long as the file. */
const MAX_MESSAGE = 4000;

/**
 * A text with names out of files as a terminal may show it: no letter that moves the cursor, changes colours or turns
 * the direction of writing.
 */
export function printable(text: string): string {
  const shown = text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (letter) =>
    letter === '\n' ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shown.length > MAX_MESSAGE ? `${shown.slice(0, MAX_MESSAGE)}…` : shown;
}

/** Columns padded to their widest cell; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? decimal(cell) : printable(cell))));
  const widths = header.map((title, i) => cells.reduce((most, row) => Math.max(most, row[i].length), title.length));
  const right = header.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return [onStdout.bold(line(header)), ...cells.map(line)].join('\n');
}

/** A chosen device, and why where that was left to us. */
export function deviceText({ asked, name, description, reason, matmulPrecision }: DeviceChoice): string {
  const precision = matmulPrecision === 'float32' ? '' : `, matrix products in ${matmulPrecision}`;
  const known = name === 'cpu' ? name : `${name}, ${description}${precision}`;
  return asked === 'auto' ? `${known} (auto: ${reason})` : known;
}

/** Three decimals, whole numbers as they are. */
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
