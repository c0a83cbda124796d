// Reads modalities of images and series. Each channel is standardised over all subjects and positions of the training
// split. New subjects must have the shape, and get the scales, of a fitted model.

import { positionsOf, shapeText, sizesOf, type ArrayKind, type RegularArray } from '../../data/regular-array.js';
import { scalesOf, type ColumnScale, type Modality, type ModalityScales } from '../../data/dataset.js';
import { isStoredFile } from '../../data/stored.js';
import { InputError, type ErrorCode } from '../../errors/errors.js';
import { channelMoments, encodeChannels } from './channels.js';
import { numberMoments, storeNumbers } from './stored-channels.js';
import { MIN_VALUES } from './fit-scales.js';
import { ARRAY_READERS, type ArrayReader, type NetworkOf } from './array-readers.js';
import { tableOfSource, type ArraySource } from './array-source.js';
import type { ColumnReport, ArrayReport } from '../inspection/inspection.js';
import { tableOf } from './subject-rows.js';
import {
  tableReport,
  type Finished,
  type GivenScales,
  type Joined,
  type ReadModality,
  type ReadOptions,
} from './read-modality.js';
import { kindOf, type ArrayConfig, type ArrayConfigs } from '../grammar/array-keys.js';
import type { StudyFile } from '../grammar/study-file.js';
import { checkWidth } from './table-modality.js';

/** Maximum number of values of a modality, which are in one array. */
const MAX_VALUES = 2 ** 31;

/**
 * Reads a modality of a regular array.
 *
 * @throws InputError what the readers throw, `empty-column`, `too-many-latents`, `too-large`;
 *   `array-mismatch` if a fitted model reads images or series of another shape. `finish` throws `constant-column`,
 *   `too-few-values`
 */
export async function readArrayModality(
  file: StudyFile,
  name: string,
  config: ArrayConfig,
  { scales, onProgress }: ReadOptions,
): Promise<ReadModality> {
  const options = { keep: file.config.missing === 'keep', onProgress };
  const reader = readerOf(kindOf(config), config);
  const source = await reader.source(file, ['modalities', name, ...tableOf(config).at], options);
  const { regularArray, channels, recordings } = source;
  const width = channels.length * positionsOf(regularArray);
  const isInFile = 'numbers' in source.values && isStoredFile(source.values.numbers);
  if (!isInFile && source.ids.length * width > MAX_VALUES) throw tooManyValues(file, name, source);
  if (scales) checkArray(file, source, scales);
  else checkWidth(file, name, { length: width });
  const network = await reader.network(file, name, { source, isFitted: scales !== undefined });
  return {
    table: tableOfSource(file, name, { form: tableOf(config).form, source }),
    rules: { maxMissing: undefined, wholeRows: false },
    recordings,
    finish: (joined) => finishArray(file, config, { source, scales, network, joined }),
  };
}

function readerOf<Kind extends ArrayKind>(kind: Kind, config: ArrayConfigs[Kind]): ArrayReader {
  return ARRAY_READERS[kind](config);
}

interface Finishing {
  readonly source: ArraySource;
  readonly scales: GivenScales;
  readonly network: NetworkOf;
  readonly joined: Joined;
}

async function finishArray(
  file: StudyFile,
  config: ArrayConfig,
  { source, scales, network: networkOf, joined }: Finishing,
): Promise<Finished> {
  const { latents, exogenous, shiftInvariant, augment } = config;
  const { table, losses, rows, split } = joined;
  const { regularArray, channels } = source;
  const channelRows = { channels: channels.length, positions: positionsOf(regularArray), ...source.values };
  const moments =
    'numbers' in channelRows
      ? numberMoments(channelRows, rows, split.train)
      : channelMoments(channelRows, rows, split.train);
  const columns: readonly ColumnScale[] =
    scales?.columns ??
    channels.map((name, c) => ({ name, log: false, offset: 0, mean: moments[c].mean, sd: moments[c].sd }));
  if (!scales) {
    const few = channels.filter((_, c) => moments[c].subjects < MIN_VALUES);
    if (few.length > 0) throw useless(file, table.name, 'too-few-values', few);
    const constant = channels.filter((_, c) => moments[c].isConstant);
    if (constant.length > 0) throw useless(file, table.name, 'constant-column', constant);
  }
  const network = networkOf({ columns, moments });
  const encoded =
    'numbers' in channelRows
      ? await storeNumbers(channelRows, rows, columns)
      : encodeChannels(channelRows, rows, columns);
  const modality: Modality = {
    ...scalesOf({ name: table.name, columns, regularArray }),
    ...encoded,
    latents,
    exogenous,
    ...(network && { network }),
    ...(shiftInvariant && { shiftInvariant }),
    ...(augment && { augment }),
  };
  const { gaps, ...lost } = losses;
  return {
    modality,
    columns: undefined,
    report: {
      ...tableReport(table, modality),
      ...lost,
      columns: channels.map((name, c): ColumnReport => {
        const { min, max, mean, sd, skewness } = moments[c];
        return { name, min, max, mean, sd, skewness, logged: false };
      }),
      leftOut: { constant: [], few: [], missing: gaps, filtered: [] },
      regularArray: arrayReport(source, modality, rows),
      outliers: [],
      duplicates: [],
    },
  };
}

function arrayReport({ report, regularArray }: ArraySource, modality: Modality, rows: Int32Array): ArrayReport {
  const having = rows.filter((row) => row >= 0).length;
  const { values, observed, stored } = modality;
  const marks = stored ? stored.present : observed;
  const width = stored ? 1 : values.length / rows.length;
  const seen = marks ? marks.reduce((sum, one) => sum + one, 0) : rows.length * width;
  const all = width * having;
  return {
    kind: regularArray.kind,
    shape: sizesOf(regularArray),
    ...('seconds' in regularArray && { seconds: regularArray.seconds }),
    ...report,
    missing: having === 0 ? 0 : 1 - seen / all,
  };
}

/** @throws InputError `array-mismatch` if a model reads images or series of another shape than the study has */
function checkArray(file: StudyFile, { regularArray, channels }: ArraySource, scales: ModalityScales): void {
  const actual = textOf(regularArray, channels);
  const expected = textOf(
    scales.regularArray,
    scales.columns.map(({ name }) => name),
  );
  if (actual === expected) return;
  throw new InputError(
    'array-mismatch',
    `${file.locate(['modalities', scales.name])}: the model reads '${scales.name}' as ${expected}, the study has ` +
      `${actual}; give new subjects what the model was trained on`,
    { modality: scales.name },
  );
}

function textOf(regularArray: RegularArray | undefined, channels: readonly string[]): string {
  if (!regularArray) return 'a table';
  return `${shapeText(regularArray)} of the channels ${channels.join(', ')}`;
}

function useless(file: StudyFile, name: string, code: ErrorCode, channels: readonly string[]): InputError {
  const are =
    code === 'constant-column'
      ? 'constant on the training split'
      : `missing in all but a few training subjects (at least ${MIN_VALUES} must have values)`;
  return new InputError(
    code,
    `${file.locate(['modalities', name])}: channels of '${name}' that are ${are}: ${channels.join(', ')}; leave ` +
      'them out',
    { modality: name, columns: channels },
  );
}

function tooManyValues(file: StudyFile, name: string, { ids, regularArray, channels }: ArraySource): InputError {
  return new InputError(
    'too-large',
    `${file.locate(['modalities', name])}: ${ids.length} ${textOf(regularArray, channels)} do not fit in memory; ` +
      'lower size, give images of files a cache, or take longer steps or hops',
    { modality: name },
  );
}
