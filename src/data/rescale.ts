// Converts a data set to the scales of a fitted model: finds columns by name, inverts the standardisation of the data
// set, and applies that of the model.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import {
  scalesOf,
  type ColumnScale,
  type ModalityData,
  type ModalityScales,
  type ObservedValues,
  type Subjects,
} from './dataset.js';
import { unlinked } from './link.js';
import { columnAt, positionsOf, valuesPerSubject } from './regular-array.js';
import { storedScale } from './stored.js';
import { encodeColumns, notEncoded } from './standardise.js';

/**
 * Returns the values on the scales of a model.
 * @param scales modalities of the model in its order, each with the columns it was trained on
 * @returns per modality, subjects × columns; missing values stay missing
 * @throws InputError `modality-mismatch`, `missing-column`.
 *   `invalid-dataset`: a modality has not one value per subject and column.
 *   `transform-mismatch`: the data set was transformed, adjusted or winsorised differently from training.
 *   `log-domain`, `too-wide-range`, `not-finite`: a value cannot be encoded as in training
 */
export function rescale(dataset: Subjects, scales: readonly ModalityScales[]): ObservedValues[] {
  return scales.map((wanted) => {
    const modality = dataset.modalities.find((m) => m.name === wanted.name);
    if (!modality) {
      const names = dataset.modalities.map((m) => m.name).join(', ');
      throw new InputError(
        'modality-mismatch',
        `The model needs modality "${wanted.name}"; the data set has: ${names}.`,
      );
    }
    checkSize(modality, dataset.ids.length);
    checkFinite(modality, dataset.ids);
    const { values, observed, stored } = modality;
    if (sameScales(modality, wanted)) return { values, ...(observed && { observed }), ...(stored && { stored }) };
    if (modality.regularArray ?? wanted.regularArray) return rescaledChannels(modality, wanted);
    if (!isPlain(modality) || !isPlain(wanted)) {
      throw new InputError(
        'transform-mismatch',
        `Modality "${wanted.name}" is transformed, adjusted, winsorised or has levels, and differently in the data ` +
          'set than in the model. This cannot be undone: read the study with ' +
          'readStudy(path, { scales: model.columnScales }).',
        { modality: wanted.name },
      );
    }
    return encoded(modality, wanted, dataset.ids);
  });
}

function checkSize({ values, observed, stored, ...scales }: ModalityData, rows: number): void {
  const { name } = scales;
  const width = valuesPerSubject(scales);
  const size = rows * width;
  if ((stored?.numbers ?? values).length === size && (observed?.length ?? size) === size) return;
  throw new InputError(
    'invalid-dataset',
    `Modality "${name}" has ${values.length} values${observed ? `, ${observed.length} of them marked` : ''}; ` +
      `${rows} ids × ${width} ${scales.regularArray ? 'values' : 'columns'} need ${size}.`,
    { modality: name },
  );
}

function checkFinite({ values, ...scales }: ModalityData, ids: readonly string[]): void {
  const { name, columns } = scales;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) < Infinity) continue;
    const subject = ids[Math.floor(i / valuesPerSubject(scales))];
    throw notEncoded(values[i], columns[columnAt(scales, i)], { modality: name, subject });
  }
}

/** Rescales channels by position. @throws InputError `array-mismatch` for other channels or other sizes */
function rescaledChannels(
  { values, observed, stored, ...scales }: ModalityData,
  wanted: ModalityScales,
): ObservedValues {
  const sizes = ({ regularArray, columns }: ModalityScales): string =>
    `${JSON.stringify(regularArray ?? 'a table')} of ${columns.map(({ name }) => name).join(', ')}`;
  if (sizes(scales) !== sizes(wanted)) {
    throw new InputError(
      'array-mismatch',
      `Modality "${wanted.name}" is ${sizes(scales)}; the model was trained on ${sizes(wanted)}. ` +
        'Read the study with readStudy(path, { scales: model.columnScales }).',
      { modality: wanted.name },
    );
  }
  if (stored) return { values, stored: { ...stored, scale: storedScale(stored, wanted.columns) } };
  const positions = positionsOf(scales.regularArray);
  const rescaled = values.map((value, at) => {
    if (observed?.[at] === 0) return 0;
    const c = Math.floor(at / positions) % scales.columns.length;
    const { mean, sd } = scales.columns[c];
    return (value * sd + mean - wanted.columns[c].mean) / wanted.columns[c].sd;
  });
  return { values: rescaled, ...(observed && { observed }) };
}

function encoded(
  { name, columns, values, observed }: ModalityData,
  wanted: ModalityScales,
  ids: readonly string[],
): ObservedValues {
  const positions = new Map(columns.map((column, position) => [column.name, position]));
  const raw = new Float64Array(ids.length);
  const rawColumn = (target: number): Float64Array => {
    const column = wanted.columns[target].name;
    const source = positions.get(column);
    if (source === undefined) {
      throw new InputError(
        'missing-column',
        `Modality "${name}" lacks column "${column}", ` +
          `which the model was trained on${didYouMean(column, positions.keys())}.`,
      );
    }
    const { mean, sd } = columns[source];
    for (let row = 0; row < raw.length; row++) {
      const at = row * columns.length + source;
      raw[row] = observed?.[at] === 0 ? NaN : unlinked(columns[source], values[at] * sd + mean);
    }
    return raw;
  };
  return encodeColumns(rawColumn, wanted, ids);
}

function sameScales(a: ModalityScales, b: ModalityScales): boolean {
  const same = (x: unknown, y: unknown): boolean => x === y || JSON.stringify(x) === JSON.stringify(y);
  return (
    a.columns.length === b.columns.length &&
    same(a.regularArray, b.regularArray) &&
    (a.columns === b.columns || a.columns.every((scale, i) => sameScale(scale, b.columns[i]))) &&
    (isPlain(a) ? isPlain(b) : same(scalesOf(a), scalesOf(b)))
  );
}

function sameScale(a: ColumnScale, b: ColumnScale): boolean {
  return (
    a.name === b.name &&
    a.log === b.log &&
    a.offset === b.offset &&
    a.mean === b.mean &&
    a.sd === b.sd &&
    a.kind === b.kind
  );
}

/** True if only logarithms and standardisation were applied, which are invertible. A total depends on its data set. */
function isPlain({ columns, transform, batches, covariates, levels }: ModalityScales): boolean {
  return !transform && !batches && !covariates && !levels && columns.every(({ limits, total }) => !limits && !total);
}
