// Measures how good a fitted model is: figures, and warnings about settings and figures.

import type { Dataset } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { byImportance, listing, measureQuality, qualityWarnings, type Quality } from '../quality/index.js';
import type { Compute } from '../runtime/program.js';
import type { FittedModel } from './fit.js';
import { fitWarnings } from './fit-warnings.js';
import { withModelReader } from './model-reader.js';

/** Measures the quality of a fitted model. @throws DeviceError; the signal's reason */
export async function fitQuality(
  dataset: Dataset,
  {
    config,
    subspaces,
    determined = [],
    ...fitted
  }: Pick<FittedModel, 'model' | 'parameters' | 'config' | 'subspaces' | 'determined'>,
  { signal, ...options }: Compute,
): Promise<Quality> {
  const figures = await withModelReader(dataset, fitted, options, (read) => measureQuality(dataset, read, signal));
  const chosen = subspaces?.chosen;
  const settings = chosen === 'linear' || chosen === 'residual' ? { ...config, subspaces: chosen } : config;
  const sized = dataset.modalities.filter(({ columns }) => columns.some(({ kind }) => isSize(kind)));
  const warnings = qualityWarnings(figures, { subspaces: chosen, sized: sized.map(({ name }) => name) });
  const ofDetermined = listing(
    'determined-modality',
    determined.map((m) => dataset.modalities[m].name),
    'The other modalities predict every latent of this modality almost exactly, and no level or number moves it ' +
      'apart from them. With so little noise the fit cannot tell which is cause and which effect; it takes this ' +
      'modality as an effect. Its latents come last in the graph, and causes act on them through the other latents.',
  );
  return { ...figures, warnings: byImportance([...fitWarnings(dataset, settings), ...warnings, ...ofDetermined]) };
}
