// Latents of subjects by models that had not seen them, as latents.csv of a RUN folder has them.

import type { Latents } from './model-latents.js';

export interface OutOfFoldLatents {
  readonly ids: readonly string[];
  /** By modality, subjects × latents; NaN where a subject lacks the modality. */
  readonly latents: Latents;
}
