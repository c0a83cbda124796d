// Effects of setting one latent over all equally good graphs, for answers of `intervene` and `counterfactual`.

import { effectOverClass, type OverClass } from '../conclusions/index.js';
import type { GenerativeModel } from './generative-model.js';
import type { SetLatent } from './setting.js';
import { latentNames } from './variables.js';

/** The effect on a latent, in held-out subjects, over all equally good graphs. */
export interface ClassEffect {
  readonly name: string;
  readonly modality: string;
  readonly overClass: OverClass;
}

interface ClassEffectsQuestion {
  readonly set: readonly SetLatent[];
  /** Observed causes that are set. */
  readonly causes: readonly unknown[];
  /** True if effects follow an assumed direction, so that only graphs in the order of the study count. */
  readonly isOrderAsserted: boolean;
}

/** Returns the effects. There are none unless a single latent is set. */
export function classEffects(
  { summary, layout }: Pick<GenerativeModel, 'summary' | 'layout'>,
  { set, causes, isOrderAsserted }: ClassEffectsQuestion,
): ClassEffect[] {
  if (set.length !== 1 || causes.length > 0) return [];
  const [{ name: from, sd }] = set;
  return latentNames(summary).flatMap((name, latent) => {
    const overClass = effectOverClass(summary.evidence?.latentEffects, { from, to: name, sd, isOrderAsserted });
    return overClass ? [{ name, modality: layout.modalities[layout.modalityOf[latent]].name, overClass }] : [];
  });
}
