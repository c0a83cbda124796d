// Linear methods on the training subjects of a data set, if their cost allows it.

import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { linearMethods, type LinearMethod, type LinearMethodName } from '../linear/index.js';
import { selectRows, type Samples } from '../metrics/index.js';
import { MIN_SUBJECTS, withAnother } from './modality-parts.js';
import { filled, maxSampled, observedMeans, observedShares, spreadOver, tableOf } from './tables.js';

/** Approximate maximum number of multiplications for the principal components of a modality. */
const COMPONENT_WORK = 4e9;
/** Maximum number of columns for linear methods, counting at most 100 per modality: time grows with the cube. */
const MAX_COLUMNS = 1000;
/** Returns evenly spread training subjects for which principal components of every modality are affordable. */
export function affordableRows({ modalities }: Pick<Dataset, 'modalities'>, train: Int32Array): Int32Array {
  const widest = Math.max(...modalities.map((modality) => valuesPerSubject(modality)));
  const limit = Math.max(COMPONENT_WORK / widest ** 2, Math.min(widest, Math.sqrt(COMPONENT_WORK / widest)));
  return spreadOver(train, Math.min(maxSampled.subjects, Math.floor(limit)));
}

/** Returns the number of subjects in linear methods, if these do not use all subjects. */
export function linearSample(dataset: Pick<Dataset, 'modalities'>, train: Int32Array): { linearTrain?: number } {
  const { length } = affordableRows(dataset, train);
  return length < train.length ? { linearTrain: length } : {};
}

/**
 * Returns the linear methods of every modality, on the subjects who have it and at least one other modality. There are
 * none for too few such subjects, for too many columns in total, and for images and series, whose values do not mean
 * the same in every subject.
 * @param names names of the methods; all when left out
 * @param causes columns of observed causes, subjects × columns; they are predicted like those of another modality, and
 *   are the last columns of the read-outs. Default: none
 */
export async function linearMethodsOf(
  { modalities }: Pick<Dataset, 'modalities'>,
  train: Int32Array,
  {
    names,
    causes,
    signal,
  }: {
    names?: readonly LinearMethodName[] | undefined;
    causes?: Samples | undefined;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<LinearMethod[][]> {
  const columns = modalities.reduce((sum, modality) => sum + Math.min(100, valuesPerSubject(modality)), 0);
  if (columns > MAX_COLUMNS || modalities.some(({ regularArray }) => regularArray !== undefined)) {
    return modalities.map(() => []);
  }
  const rows = affordableRows({ modalities }, train);
  const tables = modalities.map((modality) => tableOf([modality], rows));
  const subjects = modalities.map((modality, m) =>
    causes ? withValues(presenceOf(modality), rows) : withAnother({ modalities }, rows, m),
  );
  const isWhole = subjects.every(({ length }) => length === rows.length);
  const methods = await linearMethods(
    [...tables.map((table) => filled(table, observedMeans(table))), ...(causes ? [selectRows(causes, rows)] : [])],
    [...modalities.map(({ latents }) => latents), ...(causes ? [0] : [])],
    {
      names,
      signal,
      // Nothing is to be found for causes themselves.
      ...(causes && { subjects: [...subjects.map(enough), new Int32Array()] }),
      ...(!causes && !isWhole && { subjects: subjects.map(enough) }),
    },
  );
  return methods.slice(0, modalities.length).map((ofModality, m) => {
    const otherModalities = modalities.filter((_, i) => i !== m);
    const shares = observedShares(
      tableOf(
        otherModalities,
        subjects[m].map((position) => rows[position]),
      ),
    );
    // Products with a missing value are 0, so divide by the share of subjects who have the column.
    const sharesOfCauses = new Array<number>(causes?.columns ?? 0).fill(1);
    return ofModality.map((method) => ({
      ...method,
      readOut: method.readOut.divRowVector([...shares, ...sharesOfCauses]),
    }));
  });
}

/** Returns the positions in `rows` of the subjects who have a modality. */
function withValues(present: Uint8Array, rows: Int32Array): Int32Array {
  return Int32Array.from(rows.keys()).filter((position) => present[rows[position]] === 1);
}

function enough(subjects: Int32Array): Int32Array {
  return subjects.length < MIN_SUBJECTS ? new Int32Array() : subjects;
}
