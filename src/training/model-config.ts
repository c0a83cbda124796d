// The configuration of the joint model, from the modalities of a data set and the settings of a fit.

import type { Dataset, SharedLatents } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import type { ModalityShape } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { usesGates, type FitConfig } from './config.js';

/** Returns names and sizes of a data set's modalities, from which the model is built. */
export function modalityShapes({ modalities }: Pick<Dataset, 'modalities'>): ModalityShape[] {
  return modalities.map((modality) => ({
    name: modality.name,
    observation: observationOf(modality),
    latents: modality.latents,
    exogenous: modality.exogenous,
  }));
}

/**
 * Returns the configuration of the joint model.
 * @param componentMap width of the map from subspaces to components; 0 (default) for none
 * @param shared latents that several modalities observe; only with a component map
 */
export function modelConfig(
  modalities: readonly ModalityShape[],
  config: FitConfig,
  componentMap = 0,
  shared?: SharedLatents,
): ModelConfig {
  return {
    modalities,
    hidden: config.hidden,
    flow: config.flow,
    components: config.components,
    flowHidden: config.flowHidden,
    within: config.sparsity.within,
    graph: config.sparsity.graph,
    gates: usesGates(config.sparsity),
    ...(modalities.some(({ observation }) => observation.absent) && { absent: true }),
    ...(config.subspaces === 'correlation' && { latentEncoders: true }),
    componentMap,
    shared,
  };
}
