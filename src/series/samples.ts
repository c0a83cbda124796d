// Reads times and values of samples in files.

import { InputError } from '../errors/errors.js';
import { parseNumber } from '../files/column-builder.js';
import type { NumberReader } from '../files/table.js';

/** Range of possible values of a channel. */
export interface ValueRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Returns a reader of times in a unit of `unit` seconds. Converts ISO dates, which are in UTC unless they name a zone.
 */
export function timeReader(unit: number): NumberReader {
  return (cell) => {
    const match = DATE.exec(cell.trim());
    if (!match) return parseNumber(cell);
    const date = Date.parse(`${match[1]}T${match.at(2) ?? '00:00'}${match.at(3) ?? 'Z'}`);
    return Number.isNaN(date) || !isDay(match[1]) ? undefined : date / 1000 / unit;
  };
}

/** True if a date exists. `Date` would convert February 31 to a day in March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/**
 * Returns the samples of a channel. Those outside the range become missing.
 *
 * @param path path for errors
 * @throws InputError `not-finite`
 */
export function possibleValues(
  values: Float64Array,
  { from = -Infinity, to = Infinity }: ValueRange,
  { channel, path }: { readonly channel: string; readonly path: string },
): Float64Array {
  const row = values.findIndex((value) => value === Infinity || value === -Infinity);
  if (row >= 0) {
    throw new InputError(
      'not-finite',
      `row ${row + 1} of channel '${channel}' in ${path} is infinite; correct it or leave the cell empty`,
      { path, channel, row: row + 1 },
    );
  }
  return values.map((value) => (value >= from && value <= to ? value : NaN));
}
