// Options of discovery over latents and their shapes. This module is separate so that a check does not load the search.

import type { OptionShapes, Shape } from '../errors/argument.js';

export interface RefitOptions {
  /** Number of half-samples of the subjects or of their groups, in disjoint pairs. */
  readonly halfSamples: number;
  /** Seed of the half-samples. Default: 0. */
  readonly seed?: number;
  /** Total number of threads of all fits. Default: one per core. */
  readonly threads?: number;
  /** Aborting ends the fits; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after the search with all subjects and after each half-sample. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export const LATENT_QUESTION: Shape = {
  nodes: [{ name: 'text', modality: 'text' }],
  splits: [{ folds: [{ ids: ['text'], units: ['typed array'], forms: 'list' }] }],
  pairs: [{ first: 'text', second: 'text' }],
  latents: [{ name: 'text', leak: 'number' }],
  'same?': [{ latents: ['text'] }],
  'measured?': { ids: ['text'], columns: [{ name: 'text', values: 'typed array' }] },
  'variables?': ['text'],
  seed: 'number',
  'halfSamples?': 'number',
};

export const REFIT_OPTIONS: OptionShapes<RefitOptions> = {
  halfSamples: 'number',
  seed: 'number',
  threads: 'number',
  signal: 'signal',
  onProgress: 'function',
};
