// Reads the time series of a study's subjects. Samples in long or wide tables or in EDF files become steps of one
// clock, and steps become rows.

import { InputError, InterlatentError } from '../../errors/errors.js';
import { readBytes } from '../../files/bytes.js';
import { pathInside } from '../../files/inside.js';
import type { Table } from '../../files/table.js';
import { decodeEdf } from '../../series/edf.js';
import { edfRecording } from '../../series/edf-recording.js';
import { recordingsOf, stepColumns, wideRecordings } from '../../series/recordings.js';
import { possibleValues, timeReader } from '../../series/samples.js';
import type { Recording } from '../../series/steps.js';
import { cutRecordings, type Cut } from '../../series/windows.js';
import {
  atPlace,
  checkUnique,
  readSources,
  type ArraySource,
  type ReadSourceOptions,
  type SourceTable,
} from './array-source.js';
import type { UnusableFile } from '../inspection/inspection.js';
import { stepsOf, unitSeconds, type SeriesConfig } from '../grammar/series-keys.js';
import type { StudyFile } from '../grammar/study-file.js';
import { prefixed } from './table-group.js';
import type { StudyPath } from '../grammar/tables.js';

interface Recorded {
  readonly recordings: readonly Recording[];
  readonly tables: readonly SourceTable[];
  readonly unusable: readonly UnusableFile[];
}

/** Keys of a series and their place in the study file. */
interface Series {
  readonly config: SeriesConfig;
  readonly at: StudyPath;
}

/**
 * Reads the series of a modality.
 * @param at place of the series in the study file
 * @throws InputError `missing-id`, `duplicate-id`, `not-finite`, `missing-channel`, `unsafe-name`; what reading tables
 *   and EDF files, taking means of steps and cutting windows throws
 */
export async function readSeries(
  file: StudyFile,
  config: SeriesConfig,
  at: StudyPath,
  options: ReadSourceOptions,
): Promise<ArraySource> {
  const { channels, step } = config;
  const series = { config, at };
  const read = config.path !== undefined ? readFiles : config.wide ? readWide : readLong;
  const { recordings, tables, unusable } = await read(file, series, options);
  const place = file.locate(at);
  const rows = await atPlace(place, () => cutRecordings(recordings, channels.length, cutOf(config)));
  const steps = recordings.map((one) => one.steps);
  const names = Array.from(rows.recordings, (recording) => recordings[recording].name);
  return {
    ids: rows.ids,
    regularArray: { kind: 'series', steps: rows.steps, seconds: step },
    channels,
    values: { read: rows.read },
    ...(config.window !== undefined && { recordings: new Map(rows.ids.map((id, row) => [id, names[row]])) }),
    tables: tables.map(({ table }) => ({ file: table.path, rows: table.rows })),
    report: {
      recordings: { count: recordings.length, steps: [Math.min(...steps), Math.max(...steps)] },
      ...(config.window !== undefined && { sparse: rows.sparse }),
      unusable,
    },
  };
}

function cutOf({ step, window, hop = window, length, minObserved }: SeriesConfig): Cut {
  const inSteps = (seconds: number): number => stepsOf(seconds, step) ?? 1;
  if (window === undefined || hop === undefined) {
    return { length: length === undefined ? undefined : inSteps(length) };
  }
  return { window: inSteps(window), hop: inSteps(hop), minObserved };
}

/** Reads a table with several rows for each recording. */
async function readLong(file: StudyFile, { config, at }: Series): Promise<Recorded> {
  const { time, unit, rate, channels, step } = config;
  const numberOf = (column: string) => (column === time ? timeReader(unitSeconds(unit)) : undefined);
  const columns = [...channels, ...(time === undefined ? [] : [time])];
  const tables = await readSources(file, config.table, { form: config, at, columns, numberOf });
  const recordings: Recording[] = [];
  for (const { table, names } of tables) {
    const place = file.locate([...at, 'table']);
    const read = await atPlace(place, () => {
      const times = time === undefined ? undefined : table.numbers(time).map((value) => value * unitSeconds(unit));
      const values = channels.map((channel) => samplesOf(table, channel, channel, config));
      return recordingsOf({ path: table.path, names, times, rate, channels: values }, step);
    });
    recordings.push(...read);
  }
  checkNames(file, recordings, at);
  return { recordings, tables, unusable: [] };
}

/** Reads a table with a row for each recording. */
async function readWide(file: StudyFile, { config, at }: Series): Promise<Recorded> {
  const { channels } = config;
  const keep = (column: string) => channels.some((channel) => column.startsWith(channel));
  const tables = await readSources(file, config.table, { form: config, at, keep });
  const recordings: Recording[] = [];
  for (const { table, names } of tables) {
    const columns = await atPlace(file.locate([...at, 'channels']), () => {
      const steps = channels.map((channel) => stepColumns(channel, table.columns, table.path));
      const odd = steps.findIndex(({ length }) => length !== steps[0].length);
      if (odd >= 0) {
        throw new InputError(
          'columns-disagree',
          `${table.path} has ${steps[0].length} steps of '${channels[0]}' and ${steps[odd].length} of ` +
            `'${channels[odd]}'; channels of a series have the same steps`,
          { path: table.path },
        );
      }
      return steps.map((one, i) => one.map((column) => samplesOf(table, column, channels[i], config)));
    });
    recordings.push(...wideRecordings(names, columns));
  }
  checkNames(file, recordings, at);
  return { recordings, tables, unusable: [] };
}

/** Reads an EDF file for each row of the table that names one. */
async function readFiles(file: StudyFile, { config, at }: Series, options: ReadSourceOptions): Promise<Recorded> {
  const { path: column = '', folder } = config;
  const tables = await readSources(file, config.table, { form: config, at, texts: [column] });
  const names = tables.flatMap((source) => source.names);
  checkUnique(file, names, [...at, 'table']);
  const inFolder = file.resolveTable(folder, [...at, 'folder']);
  const place = file.locate([...at, 'path']);
  const paths = tables.flatMap(({ table }) => table.texts(column));
  const recordings: Recording[] = [];
  const problems: (UnusableFile & { readonly error: InterlatentError })[] = [];
  for (const [row, entry] of paths.entries()) {
    options.onProgress(row, paths.length);
    if (entry === '') continue;
    const path = pathInside(inFolder, entry, place);
    try {
      const signals = decodeEdf(await readBytes(path), path);
      recordings.push(edfRecording(names[row], signals, config, path));
    } catch (error) {
      if (!(error instanceof InterlatentError) || !options.keep) throw prefixed(place, error);
      problems.push({ id: names[row], code: error.code, reason: error.message, error });
    }
  }
  options.onProgress(paths.length, paths.length);
  if (recordings.length === 0) {
    throw problems.at(0)?.error ?? new InputError('no-values', `${place}: no row of the table names a file`);
  }
  return { recordings, tables, unusable: problems.map(({ id, code, reason }) => ({ id, code, reason })) };
}

/** Returns the samples of a channel in a column. */
function samplesOf(table: Table, column: string, channel: string, { range }: SeriesConfig): Float64Array {
  const possible = Object.hasOwn(range, channel) ? range[channel] : {};
  return possibleValues(table.numbers(column), possible, { channel, path: table.path });
}

function checkNames(file: StudyFile, recordings: readonly Recording[], at: StudyPath): void {
  checkUnique(
    file,
    recordings.map(({ name }) => name),
    [...at, 'table'],
  );
}
