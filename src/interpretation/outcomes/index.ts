// Latents and outcomes: results, their words, and survival by thirds.

export {
  outcomeResults,
  MAX_Q,
  type OutcomeInput,
  type OutcomeResult,
  type OutcomeResults,
  type OutcomeUnit,
} from './results.js';
export { measureText, outcomeNotes, resultText } from './text.js';
export { survivalByThirds, THIRDS, type SurvivalByThirds } from './thirds.js';
