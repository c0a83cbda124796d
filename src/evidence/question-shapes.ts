// What is asked of discovery over latents, and its shapes. Whoever checks them loads no search.

import type { OptionShapes, Shape } from '../argument.js';

export interface RefitOptions {
  /** Half-samples, in pairs of disjoint halves of the subjects, or of their groups. */
  readonly halfSamples: number;
  /** Of the half-samples. Default: 0. */
  readonly seed?: number;
  /** Threads of all fits together. Default: one per core. */
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
