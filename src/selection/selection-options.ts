// Options of a selection. This module is separate so that the main thread does not import the selection.

import type { OptionShapes } from '../errors/argument.js';
import type { DeviceName, MatmulPrecision } from '../runtime/device.js';
import type { NicenessOption } from '../threads/niceness.js';
import type { SelectionProgress } from './held-out-errors.js';

export interface SelectionOptions extends NicenessOption {
  /** Maximum number of latents to try, at least 1. Default: 6. */
  readonly maxLatents?: number;
  /** Number of folds of the cross-validation, at least 3. Default: 4. */
  readonly splits?: number;
  /** Share of everything that can be predicted of the other modalities that a latent must add. Default: 0.02. */
  readonly tolerance?: number;
  /** Seed of initial values, folds and order, below 2³². Default: 0. */
  readonly seed?: number;
  /** Number of CPU threads. Default: 0, one per available core. */
  readonly threads?: number;
  /** Device of the computation. Default: the CPU. */
  readonly device?: DeviceName;
  /** Precision of the factors of matrix products on a GPU. Default: as for `fit`. */
  readonly matmulPrecision?: MatmulPrecision;
  /** Aborting stops within one step and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SelectionProgress) => void;
}

export const SELECTION_OPTIONS: OptionShapes<SelectionOptions> = {
  maxLatents: 'number',
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
