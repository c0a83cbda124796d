// Recordings from tables: several rows each, with a time or at a rate (long); or one row each, with a column for every
// step (wide).

import { InputError } from '../errors.js';
import { StepMeans, stepOf, type Recording, type StepRange } from './steps.js';

/** A table with several rows of each recording. */
export interface LongTable {
  /** Named in errors. */
  readonly path: string;
  /** The recording of each row. */
  readonly names: readonly string[];
  /** Of each row, in seconds; undefined where rows follow each other at the rate. */
  readonly times: Float64Array | undefined;
  /** Rows per second. */
  readonly rate: number | undefined;
  /** By channel, NaN where missing. */
  readonly channels: readonly Float64Array[];
}

/**
 * The recordings of a table in the order of their first rows.
 *
 * @param seconds of a step
 * @throws InputError `missing-time`, `time-backwards`, `too-many-steps`
 */
export function recordingsOf(table: LongTable, seconds: number): Recording[] {
  const { names, channels } = table;
  const times = timesOf(table);
  const ranges = rangesOf(table, times, seconds);
  const means = new Map(Array.from(ranges, ([name, range]) => [name, new StepMeans(name, channels.length, range)]));
  for (const [row, name] of names.entries()) {
    const step = stepOf(times[row], seconds);
    for (let channel = 0; channel < channels.length; channel++) {
      means.get(name)!.add(channel, step, channels[channel][row]);
    }
  }
  return Array.from(means.values(), (one) => one.finish());
}

/** Seconds of each row; without times, those of the rows before it in its recording. */
function timesOf({ names, times, rate = 1 }: LongTable): Float64Array {
  if (times) return times;
  const before = new Map<string, number>();
  return Float64Array.from(names, (name) => {
    const rows = before.get(name) ?? 0;
    before.set(name, rows + 1);
    return rows / rate;
  });
}

/** Steps of each recording. */
function rangesOf({ path, names }: LongTable, times: Float64Array, seconds: number): Map<string, StepRange> {
  const ranges = new Map<string, { first: number; last: number; filled: number }>();
  const latest = new Map<string, number>();
  for (const [row, name] of names.entries()) {
    const time = times[row];
    if (!Number.isFinite(time)) {
      throw new InputError('missing-time', `row ${row + 1} of ${path} has no time; every row of a series needs one`, {
        path,
        row: row + 1,
      });
    }
    const last = latest.get(name) ?? -Infinity;
    if (time < last) {
      throw new InputError(
        'time-backwards',
        `row ${row + 1} of ${path}: the time of recording ${name} goes back, from ${last} to ${time} seconds; put ` +
          'its rows in order, or tell its recordings apart (recording: [subject, session])',
        { path, row: row + 1 },
      );
    }
    latest.set(name, time);
    const step = stepOf(time, seconds);
    const range = ranges.get(name);
    if (!range) ranges.set(name, { first: step, last: step, filled: 1 });
    else if (step > range.last) Object.assign(range, { last: step, filled: range.filled + 1 });
  }
  return ranges;
}

/**
 * A recording for each row of a wide table, from step 0 on.
 *
 * @param columns by channel, the columns of its steps in order
 */
export function wideRecordings(names: readonly string[], columns: readonly (readonly Float64Array[])[]): Recording[] {
  const [{ length: steps }] = columns;
  return names.map((name, row) => {
    const values = Float64Array.from(columns.flatMap((one) => one.map((column) => column[row])));
    return { name, first: 0, steps, values };
  });
}

/**
 * The columns of a channel's steps in a wide table: the channel's name and a number, `hr1`, `hr_1`, `hr-1` or `hr.1`,
 * in the order of the numbers.
 *
 * @throws InputError `missing-column` where there is none, or a number is left out
 */
export function stepColumns(channel: string, available: readonly string[], path: string): string[] {
  const numbered = available.flatMap((column) => {
    const rest = column.startsWith(channel) ? /^[_.-]?(\d{1,7})$/.exec(column.slice(channel.length)) : null;
    return rest ? [{ column, number: Number(rest[1]) }] : [];
  });
  numbered.sort((a, b) => a.number - b.number);
  const [first] = numbered;
  if (numbered.length === 0) {
    throw new InputError(
      'missing-column',
      `${path} has no columns of channel '${channel}': a wide series has ${channel}_1, ${channel}_2, … (also ` +
        `${channel}1, ${channel}.1, ${channel}-1)`,
      { path, channel },
    );
  }
  const gap = numbered.findIndex(({ number }, i) => number !== first.number + i);
  if (gap < 0) return numbered.map(({ column }) => column);
  throw new InputError(
    'missing-column',
    `${path}: step ${first.number + gap} of channel '${channel}' has no column, or two (${numbered[gap].column})`,
    { path, channel },
  );
}
