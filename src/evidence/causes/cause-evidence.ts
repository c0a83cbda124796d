// The evidence for the observed causes of a study: total effects, and their direct parts.

import { withDirectEffects } from './direct-effects.js';
import type { EffectQuestion, TotalEffects } from './effects.js';
import { totalEffects } from './total-effects.js';

/** What a fit reports about its causes. */
export type CauseEvidence = TotalEffects;

/** Tests all causes on all latents, and what remains of supported effects given the parents of the latents. */
export function causeEvidence(question: EffectQuestion): CauseEvidence {
  const { effects, blocks } = totalEffects(question);
  return { effects: withDirectEffects(effects, question), blocks };
}
