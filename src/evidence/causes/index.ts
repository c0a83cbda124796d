// Evidence for observed causes: total and direct effects of their levels on latents, and the directions that they
// determine.

export { batchEvidence, type BatchEvidence } from './batch-evidence.js';
export { blockPs, blockTargets } from './block-effects.js';
export { causeArrows } from './cause-directions.js';
export { causeEvidence, type CauseEvidence } from './cause-evidence.js';
export { NOTABLE_EFFECT, type DirectEffect, type EffectQuestion, type TotalEffect } from './effects.js';
export { withinLevels } from './within-levels.js';
export { totalEffects } from './total-effects.js';
