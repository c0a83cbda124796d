// Out-of-fold latents: those of each subject from models that were not trained on it, as in latents.csv of a RUN
// folder.

import type { Latents } from './model-latents.js';

export interface OutOfFoldLatents {
  readonly ids: readonly string[];
  /** By modality, subjects × latents; NaN if a subject lacks the modality. */
  readonly latents: Latents;
}
