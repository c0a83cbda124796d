// Measures how good a fitted model is: figures, and warnings about settings and figures.

import type { Dataset } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { byImportance, measureQuality, qualityWarnings, type Quality } from '../quality/index.js';
import type { Compute } from '../runtime/program.js';
import type { FittedModel } from './fit.js';
import { fitWarnings } from './fit-warnings.js';
import { withModelReader } from './model-reader.js';

/** Measures the quality of a fitted model. @throws DeviceError; the signal's reason */
export async function fitQuality(
  dataset: Dataset,
  { config, subspaces, ...fitted }: Pick<FittedModel, 'model' | 'parameters' | 'config' | 'subspaces'>,
  { signal, ...options }: Compute,
): Promise<Quality> {
  const figures = await withModelReader(dataset, fitted, options, (read) => measureQuality(dataset, read, signal));
  const chosen = subspaces?.chosen;
  const settings = chosen === 'linear' || chosen === 'residual' ? { ...config, subspaces: chosen } : config;
  const sized = dataset.modalities.filter(({ columns }) => columns.some(({ kind }) => isSize(kind)));
  const warnings = qualityWarnings(figures, { subspaces: chosen, sized: sized.map(({ name }) => name) });
  return { ...figures, warnings: byImportance([...fitWarnings(dataset, settings), ...warnings]) };
}
