// The total effect of a level on a latent as held-out subjects show it, without the graph. An answer has it in
// addition to the effect that the fitted model computes.

import { referenceOf } from '../data/causes.js';
import { valueText, type SetCause } from './cause-setting.js';
import type { GenerativeModel } from './generative-model.js';

/** Difference from the reference in standard deviations of subjects at the reference, with its 95 % interval. */
export interface HeldOutEffect {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Returns the effects by name of the latent. There is none unless a single cause is set and compared with its
 * reference, or if it was not tested. A number has one if its curve was measured at this value.
 */
export function heldOutEffects(
  { summary, known }: Pick<GenerativeModel, 'summary' | 'known'>,
  { causes, latents }: { readonly causes: readonly SetCause[]; readonly latents: number },
): ReadonlyMap<string, HeldOutEffect> {
  const [set] = causes;
  if (causes.length !== 1 || latents > 0) return new Map();
  const cause = known.causes.find(({ name }) => name === set.name)!;
  if (valueText(cause, referenceOf(cause)) !== set.against) return new Map();
  const measured = (summary.evidence?.causes?.effects ?? []).filter(
    (effect) => effect.cause === set.name && (effect.level === undefined || effect.level === set.value),
  );
  return new Map(
    measured.flatMap(({ level, latent, effect, curve = [] }): [string, HeldOutEffect][] => {
      const figures = level === undefined ? curve.find(({ value }) => value === set.value) : effect;
      if (!figures) return [];
      const { estimate, lower, upper } = figures;
      return [[latent, { estimate, lower, upper }]];
    }),
  );
}
