// Keys of a modality of series: samples in long or wide tables or in EDF files, and how they become rows.

import * as z from 'zod';
import { ARRAY_KINDS } from '../../data/regular-array.js';
import { recurrentProblem } from '../../data/network.js';
import { networkOf } from '../../data/network-schema.js';
import { arrayKeys, augment, latentKeys, stackedFiles, tableForm, type ArrayKeys } from './modality-keys.js';
import { nameList, rangeSchema } from './tables.js';

const name = z.string().min(1);

const UNITS = ['ms', 's', 'min', 'h'] as const;
const SECONDS: Readonly<Record<(typeof UNITS)[number], number>> = { ms: 1e-3, s: 1, min: 60, h: 3600 };

const DURATION = 'must be a duration: 500ms, 1s, 2min or 8h';

/** A duration in seconds; a number without a unit is in seconds. */
const duration = z
  .union([z.number().positive(), z.string().regex(/^\d+(?:\.\d+)?\s*(?:ms|s|min|h)$/, { error: DURATION })], {
    error: DURATION,
  })
  .transform((text) => (typeof text === 'number' ? text : secondsOf(text)))
  .refine((seconds) => seconds > 0, { error: 'must be longer than 0' });

const seriesSchema = z.strictObject({
  table: stackedFiles.describe('Table of samples or of files: one file, or a list of files stacked by rows.'),
  ...tableForm,
  recording: nameList
    .optional()
    .describe('Columns that identify a recording together, such as [student, exam]. Default: the id.'),
  channels: nameList.describe(
    'Channels: columns of samples, labels of EDF signals, or the beginnings of the column names of a wide table.',
  ),
  time: name.optional().describe('Column of times in a long table: numbers in `unit`, or ISO dates.'),
  unit: z.enum(UNITS).default('s').describe('Unit of the numbers in `time`.'),
  rate: z
    .number()
    .positive()
    .optional()
    .describe('Rows per second of a long table without times. Rows are in the order of time.'),
  wide: z
    .literal(true, { error: 'must be true' })
    .optional()
    .describe('`true`: the table has a row for each recording and a column for each step, such as hr_1, hr_2.'),
  path: name.optional().describe("Column that names the recording's EDF file."),
  folder: name.default('.').describe('Folder of the EDF files, relative to the study file.'),
  step: duration.describe(
    'Step of the common clock, such as 500ms, 1s, 2min or 1h. A value is the mean of the samples in its step.',
  ),
  window: duration.optional().describe('Length of a window. Each window is a row. Default: each recording is a row.'),
  hop: duration
    .optional()
    .describe('Time from the beginning of a window to the beginning of the next. Default: `window`.'),
  minObserved: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Minimum share of observed values of a window. Windows with fewer are left out.'),
  length: duration
    .optional()
    .describe(
      'Length of every row if rows are recordings. Longer recordings are cut; the rest of a shorter one is missing. ' +
        'Default: all recordings must have the same length.',
    ),
  range: z
    .record(name, rangeSchema)
    .prefault({})
    .describe('Possible values, by channel. Other samples are missing. Default: all values.'),
});

export type SeriesConfig = z.output<typeof seriesSchema>;

export const seriesModality = z.strictObject({
  series: seriesSchema.describe('Location of the samples, and how they become rows.'),
  ...arrayKeys,
  network: networkOf(ARRAY_KINDS.series.networks).describe(
    'Network that reads the series. Default: `conv1d`, by the length of the series.',
  ),
  augment: augment('series'),
  ...latentKeys,
});

export function seriesKeys({ series, network }: z.output<typeof seriesModality>): ArrayKeys {
  const problem = network && recurrentProblem(network);
  const wrong = seriesProblem(series);
  return {
    source: series,
    wrong:
      problem === undefined
        ? wrong && { at: ['series', wrong.key], problem: wrong.problem }
        : { at: ['network'], problem },
    files: [],
  };
}

/** Returns the seconds of a unit of the time column. */
export function unitSeconds(unit: SeriesConfig['unit']): number {
  return SECONDS[unit];
}

/** Returns what is wrong with the combination of keys, and with which key; undefined if nothing is wrong. */
function seriesProblem(config: SeriesConfig): { key: keyof SeriesConfig; problem: string } | undefined {
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
  if (hop !== undefined && window === undefined) {
    return { key: 'hop', problem: 'needs window: it is the distance between windows' };
  }
  if (length !== undefined && window !== undefined) {
    return { key: 'length', problem: 'excludes window: leave one of them out' };
  }
  const repeated = channels.find((channel, i) => channels.indexOf(channel) < i);
  if (repeated !== undefined) return { key: 'channels', problem: `repeats '${repeated}'` };
  const unknown = Object.keys(range).find((channel) => !channels.includes(channel));
  if (unknown !== undefined) return { key: 'range', problem: `has '${unknown}', which is not a channel` };
  return undefined;
}

/** Returns the number of steps of a duration; undefined if it is not a multiple of the step. */
export function stepsOf(seconds: number, step: number): number | undefined {
  const steps = Math.round(seconds / step);
  return steps >= 1 && Math.abs(seconds / step - steps) < 1e-6 * steps ? steps : undefined;
}

function secondsOf(text: string): number {
  const unit = UNITS.find((one) => text.endsWith(one)) ?? 's';
  return Number(text.slice(0, -unit.length)) * SECONDS[unit];
}
