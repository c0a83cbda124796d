// Recordings from tables. A long table has several rows per recording, with times or a rate. A wide table has one row
// per recording, with a column for every step.

import { InputError } from '../errors/errors.js';
import { StepMeans, stepOf, type Recording, type StepRange } from './steps.js';

/** A table with several rows of each recording. */
export interface LongTable {
  /** Path for errors. */
  readonly path: string;
  /** The recording of each row. */
  readonly names: readonly string[];
  /** Time of each row in seconds; undefined if rows follow each other at the rate. */
  readonly times: Float64Array | undefined;
  /** Rows per second. */
  readonly rate: number | undefined;
  /** Values by channel, NaN where missing. */
  readonly channels: readonly Float64Array[];
}

/**
 * Returns the recordings of a table in the order of their first rows.
 *
 * @param seconds length of a step
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

/** Returns the time of each row in seconds; without times, from its position in its recording and the rate. */
function timesOf({ names, times, rate = 1 }: LongTable): Float64Array {
  if (times) return times;
  const before = new Map<string, number>();
  return Float64Array.from(names, (name) => {
    const rows = before.get(name) ?? 0;
    before.set(name, rows + 1);
    return rows / rate;
  });
}

/** Returns the range of steps of each recording. */
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
        `row ${row + 1} of ${path}: the time of recording ${name} goes back, from ${last} to ${time} seconds; sort ` +
          'its rows, or distinguish its recordings (recording: [subject, session])',
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
 * Returns a recording for each row of a wide table, from step 0 on.
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
 * Returns the columns of the steps of a channel in a wide table, in the order of their numbers. Their names are the
 * name of the channel and a number: `hr1`, `hr_1`, `hr-1` or `hr.1`.
 *
 * @throws InputError `missing-column` if there is none, or a number is missing or repeated
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
