// A permutation null whose fits run in parallel threads.

import type { Dataset } from '../data/dataset.js';
import {
  permutationNull as inThisThread,
  type NullOptions,
  type NullTests,
  type PermutationNull,
} from '../evidence/index.js';
import type { FitConfig } from '../training/config.js';
import { withThreadPool } from './thread-pool.js';

/**
 * Does the same as `permutationNull` of src/evidence. With `workers`, its fits run in parallel threads.
 * @throws as `permutationNull`
 */
export async function permutationNull(
  dataset: Dataset,
  config: FitConfig,
  options: Omit<NullOptions, 'fit'>,
): Promise<PermutationNull> {
  return withThreadPool(options.workers ?? 1, (pool) =>
    inThisThread(dataset, config, {
      ...options,
      ...(pool && {
        fit: async (...[of, fit, stop]) => (await pool.call('nullFit', [of, fit], { signal: stop })) as NullTests,
      }),
    }),
  );
}
