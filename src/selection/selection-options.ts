// What a selection is asked with; apart from it, so that the main thread imports none of that.

import type { OptionShapes } from '../argument.js';
import type { DeviceName, MatmulPrecision } from '../runtime/device.js';
import type { NicenessOption } from '../threads/niceness.js';
import type { SelectionProgress } from './held-out-errors.js';

export interface SelectionOptions extends NicenessOption {
  /** Largest number of latents that is tried, from 1 on. Default 6. */
  readonly largest?: number;
  /** Parts of the cross-validation, at least 3. Default 4. */
  readonly splits?: number;
  /** Part of all that can be predicted of the other modalities that a latent must add to count. Default 0.02. */
  readonly tolerance?: number;
  /** Of initial values, splits and order, below 2³². Default 0. */
  readonly seed?: number;
  /** Threads of the CPU; 0 (default): one per available core. */
  readonly threads?: number;
  /** Where to compute, by default on the CPU. */
  readonly device?: DeviceName;
  /** What a GPU rounds the factors of matrix products to, by default `float32`. */
  readonly matmulPrecision?: MatmulPrecision;
  /** Aborting stops within one step and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SelectionProgress) => void;
}

export const SELECTION_OPTIONS: OptionShapes<SelectionOptions> = {
  largest: 'number',
  splits: 'number',
  tolerance: 'number',
  seed: 'number',
  threads: 'number',
  niceness: 'number',
  device: 'text',
  matmulPrecision: 'text',
  signal: 'signal',
  onProgress: 'function',
};
