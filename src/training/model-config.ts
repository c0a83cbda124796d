// The configuration of the joint model, from the modalities of a data set and the settings of a fit.

import { causeScalesOf, type Cause, type CauseScales } from '../data/causes.js';
import type { Dataset, SharedLatents } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import type { ModalityShape } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { usesGates, withoutSparsity, type FitConfig } from './config.js';

/** Returns names and sizes of a data set's modalities, from which the model is built. */
export function modalityShapes({ modalities }: Pick<Dataset, 'modalities'>): ModalityShape[] {
  return modalities.map((modality) => ({
    name: modality.name,
    observation: observationOf(modality),
    latents: modality.latents,
    exogenous: modality.exogenous,
  }));
}

/** Returns what a model stores of observed causes; undefined if there are none. */
export function causeShapes(causes: readonly Cause[] | undefined): CauseScales[] | undefined {
  return causes?.length ? causes.map(causeScalesOf) : undefined;
}

/**
 * Returns observed causes as the subspaces' model has them. All gates are open there, and a level may change a whole
 * mechanism, because a perfect level has its effect on a latent and not on a mixture of latents.
 */
export function softCauses(causes: readonly Cause[] | undefined): CauseScales[] | undefined {
  return causeShapes(causes)?.map((cause) => ({ ...cause, effect: 'soft' }));
}

/** Returns the configuration of the subspaces' model: without sparsity and without a component map. */
export function subspaceModel(dataset: Pick<Dataset, 'modalities' | 'causes'>, config: FitConfig): ModelConfig {
  return modelConfig(modalityShapes(dataset), withoutSparsity(config), 0, undefined, softCauses(dataset.causes));
}

/**
 * Returns the configuration of the joint model.
 * @param componentMap width of the map from subspaces to components; 0 (default) for none
 * @param shared latents that several modalities observe; only with a component map
 * @param causes observed causes of the latents
 */
export function modelConfig(
  modalities: readonly ModalityShape[],
  config: FitConfig,
  componentMap = 0,
  shared?: SharedLatents,
  causes?: readonly CauseScales[],
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
    ...(causes && { causes }),
  };
}
