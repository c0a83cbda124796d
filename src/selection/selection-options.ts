// What each option of `selectLatents` is; apart from it, so that the main thread reads none of the rest.

import type { OptionShapes } from '../argument.js';
import type { SelectionOptions } from './select-latents.js';

export const SELECTION_OPTIONS: OptionShapes<SelectionOptions> = {
  largest: 'number',
  splits: 'number',
  tolerance: 'number',
  seed: 'number',
  threads: 'number',
  device: 'text',
  matmulPrecision: 'text',
  signal: 'signal',
  onProgress: 'function',
};
