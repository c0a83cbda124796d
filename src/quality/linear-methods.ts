// Linear methods on the training subjects of a data set, where their cost allows them.

import type { Dataset } from '../data/dataset.js';
import { linearMethods, type LinearMethod } from '../linear/index.js';
import { spreadOver, tableOf } from './tables.js';

/** Multiplications that a modality's principal components may take, about. */
const COMPONENT_WORK = 4e9;
/** Columns, 100 at most of each modality, from which on linear methods are left out: their time grows with the cube. */
const MOST_COLUMNS = 1000;

/** Of every modality; none where there are too many columns in all. */
export async function linearMethodsOf(
  { modalities }: Dataset,
  train: Int32Array,
  signal?: AbortSignal,
): Promise<LinearMethod[][]> {
  const columns = modalities.reduce((sum, modality) => sum + Math.min(100, modality.columns.length), 0);
  if (columns > MOST_COLUMNS) return modalities.map(() => []);
  const widest = Math.max(...modalities.map((modality) => modality.columns.length));
  const most = Math.max(COMPONENT_WORK / widest ** 2, Math.min(widest, Math.sqrt(COMPONENT_WORK / widest)));
  const rows = spreadOver(train, Math.floor(most));
  return linearMethods(
    modalities.map((modality) => tableOf([modality], rows).samples),
    modalities.map(({ latents }) => latents),
    signal,
  );
}
