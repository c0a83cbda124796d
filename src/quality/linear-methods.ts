// Linear methods on the training subjects of a data set, where their cost allows them.

import type { Dataset } from '../data/dataset.js';
import { linearMethods, type LinearMethod, type LinearMethodName } from '../linear/index.js';
import { spreadOver, tableOf } from './tables.js';

/** Multiplications that a modality's principal components may take, about. */
const COMPONENT_WORK = 4e9;
/** Columns, 100 at most of each modality, from which on linear methods are left out: their time grows with the cube. */
const MOST_COLUMNS = 1000;

/** Training subjects that principal components of every modality can be taken of at a bearable cost. */
export function affordableRows({ modalities }: Pick<Dataset, 'modalities'>, train: Int32Array): Int32Array {
  const widest = Math.max(...modalities.map((modality) => modality.columns.length));
  const most = Math.max(COMPONENT_WORK / widest ** 2, Math.min(widest, Math.sqrt(COMPONENT_WORK / widest)));
  return spreadOver(train, Math.floor(most));
}

/**
 * Of every modality; none where there are too many columns in all.
 * @param names left out: all methods
 */
export async function linearMethodsOf(
  { modalities }: Pick<Dataset, 'modalities'>,
  train: Int32Array,
  { names, signal }: { names?: readonly LinearMethodName[] | undefined; signal?: AbortSignal | undefined } = {},
): Promise<LinearMethod[][]> {
  const columns = modalities.reduce((sum, modality) => sum + Math.min(100, modality.columns.length), 0);
  if (columns > MOST_COLUMNS) return modalities.map(() => []);
  const rows = affordableRows({ modalities }, train);
  return linearMethods(
    modalities.map((modality) => tableOf([modality], rows).samples),
    modalities.map(({ latents }) => latents),
    { names, signal },
  );
}
