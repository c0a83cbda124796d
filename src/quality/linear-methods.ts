// Linear methods on the training subjects of a data set, where their cost allows them.

import type { Dataset } from '../data/dataset.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { linearMethods, type LinearMethod, type LinearMethodName } from '../linear/index.js';
import { MIN_SUBJECTS, withAnother } from './modality-parts.js';
import { filled, maxSampled, observedMeans, observedShares, spreadOver, tableOf } from './tables.js';

/** Multiplications that a modality's principal components may take, about. */
const COMPONENT_WORK = 4e9;
/** Columns, 100 at most of each modality, from which on linear methods are left out: their time grows with the cube. */
const MAX_COLUMNS = 1000;

/** Training subjects, evenly spread, that principal components of every modality can be taken of at a bearable cost. */
export function affordableRows({ modalities }: Pick<Dataset, 'modalities'>, train: Int32Array): Int32Array {
  const widest = Math.max(...modalities.map((modality) => valuesPerSubject(modality)));
  const most = Math.max(COMPONENT_WORK / widest ** 2, Math.min(widest, Math.sqrt(COMPONENT_WORK / widest)));
  return spreadOver(train, Math.min(maxSampled.subjects, Math.floor(most)));
}

/** How many of the subjects linear methods are of, where they are not of all. */
export function linearSample(dataset: Pick<Dataset, 'modalities'>, train: Int32Array): { linearTrain?: number } {
  const { length } = affordableRows(dataset, train);
  return length < train.length ? { linearTrain: length } : {};
}

/**
 * Of every modality, on the subjects who have it and at least one of the others; none where these are too few, or
 * columns in all too many; none of images and series, whose values are not the same thing in every subject.
 * @param names left out: all methods
 */
export async function linearMethodsOf(
  { modalities }: Pick<Dataset, 'modalities'>,
  train: Int32Array,
  { names, signal }: { names?: readonly LinearMethodName[] | undefined; signal?: AbortSignal | undefined } = {},
): Promise<LinearMethod[][]> {
  const columns = modalities.reduce((sum, modality) => sum + Math.min(100, valuesPerSubject(modality)), 0);
  if (columns > MAX_COLUMNS || modalities.some(({ regularArray }) => regularArray !== undefined)) return modalities.map(() => []);
  const rows = affordableRows({ modalities }, train);
  const tables = modalities.map((modality) => tableOf([modality], rows));
  const subjects = modalities.map((_, m) => withAnother({ modalities }, rows, m));
  const isWhole = subjects.every(({ length }) => length === rows.length);
  const methods = await linearMethods(
    tables.map((table) => filled(table, observedMeans(table))),
    modalities.map(({ latents }) => latents),
    { names, signal, ...(!isWhole && { subjects: subjects.map(enough) }) },
  );
  return methods.map((own, m) => {
    const others = modalities.filter((_, i) => i !== m);
    const shares = observedShares(
      tableOf(
        others,
        subjects[m].map((position) => rows[position]),
      ),
    );
    // Products with a missing value are 0: what is said of a column is brought to those who have it.
    return own.map((method) => ({ ...method, readOut: method.readOut.divRowVector(shares) }));
  });
}

function enough(subjects: Int32Array): Int32Array {
  return subjects.length < MIN_SUBJECTS ? new Int32Array() : subjects;
}
