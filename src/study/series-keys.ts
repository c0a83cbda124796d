// The key `series` of a modality: samples in long or wide tables, or in EDF files, and how they become rows.

import * as z from 'zod';
import { besideTable } from './image-keys.js';
import { nameList } from './tables.js';

const name = z.string().min(1);
const files = z.union([name, nameList], { error: 'must be a file or a list of files (stacked by rows)' });

const UNITS = ['ms', 's', 'min', 'h'] as const;
const SECONDS: Readonly<Record<(typeof UNITS)[number], number>> = { ms: 1e-3, s: 1, min: 60, h: 3600 };

const DURATION = 'must be a duration: 500ms, 1s, 2min or 8h';

/** A number is seconds. */
const duration = z
  .union([z.number().positive(), z.string().regex(/^\d+(?:\.\d+)?\s*(?:ms|s|min|h)$/, { error: DURATION })], {
    error: DURATION,
  })
  .transform((text) => (typeof text === 'number' ? text : secondsOf(text)))
  .refine((seconds) => seconds > 0, { error: 'must be longer than 0' });

export const seriesSchema = z.strictObject({
  table: files,
  ...besideTable,
  /** What tells the recordings of a table, where several columns do: [student, exam]. */
  recording: nameList.optional(),
  channels: nameList,
  /** The column of times, numbers in `unit` or ISO dates. */
  time: name.optional(),
  unit: z.enum(UNITS).default('s'),
  /** Instead of a time: rows per second, in the order of the table. */
  rate: z.number().positive().optional(),
  /** A row for each recording, a column for each step. */
  wide: z.literal(true, { error: 'must be true' }).optional(),
  /** The column that names the recording's EDF file, and where these are. */
  path: name.optional(),
  folder: name.default('.'),
  /** Of the clock that all recordings are brought to. */
  step: duration,
  /** Rows are windows that begin every `hop`; without it rows are recordings. */
  window: duration.optional(),
  hop: duration.optional(),
  /** The share of its values that a window must have. */
  least: z.number().min(0).max(1).default(0.5),
  /** Of every row, where rows are recordings of different lengths. */
  length: duration.optional(),
  /** By channel, values that are possible; others are missing. */
  range: z
    .record(
      name,
      z
        .strictObject({ from: z.number().optional(), to: z.number().optional() })
        .refine(({ from, to }) => from !== undefined || to !== undefined, { error: 'must have from, to or both' }),
    )
    .prefault({}),
});

export type SeriesConfig = z.output<typeof seriesSchema>;

/** Seconds of a unit of the time column. */
export function unitSeconds(unit: SeriesConfig['unit']): number {
  return SECONDS[unit];
}

/** What is wrong with the keys together, and with which: undefined where nothing is. */
export function seriesProblem(config: SeriesConfig): { key: keyof SeriesConfig; problem: string } | undefined {
  const { time, rate, wide, path, step, window, hop, length, channels, range } = config;
  const forms = [time, rate, wide, path].filter((form) => form !== undefined).length;
  if (forms !== 1) {
    return { key: 'table', problem: 'needs one of time (a column), rate (rows per second), wide: true and path (EDF)' };
  }
  for (const key of ['window', 'hop', 'length'] as const) {
    const seconds = config[key];
    if (seconds === undefined || stepsOf(seconds, step) !== undefined) continue;
    return { key, problem: `must be a multiple of step, ${step} s; it is ${seconds} s` };
  }
  if (hop !== undefined && window === undefined) return { key: 'hop', problem: 'is of windows: it needs window' };
  if (length !== undefined && window !== undefined) return { key: 'length', problem: 'cannot stand beside window' };
  const repeated = channels.find((channel, i) => channels.indexOf(channel) < i);
  if (repeated !== undefined) return { key: 'channels', problem: `repeats '${repeated}'` };
  const unknown = Object.keys(range).find((channel) => !channels.includes(channel));
  if (unknown !== undefined) return { key: 'range', problem: `has '${unknown}', which is none of the channels` };
  return undefined;
}

/** How many steps make a duration; undefined where it is no multiple of one. */
export function stepsOf(seconds: number, step: number): number | undefined {
  const steps = Math.round(seconds / step);
  return steps >= 1 && Math.abs(seconds / step - steps) < 1e-6 * steps ? steps : undefined;
}

function secondsOf(text: string): number {
  const unit = UNITS.find((one) => text.endsWith(one)) ?? 's';
  return Number(text.slice(0, -unit.length)) * SECONDS[unit];
}
