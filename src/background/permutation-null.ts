// A null whose fits go side by side.

import type { Dataset } from '../data/dataset.js';
import {
  permutationNull as inThisThread,
  type NullOptions,
  type PairEvidence,
  type PermutationNull,
} from '../evidence/index.js';
import type { FitConfig } from '../training/config.js';
import { withThreadPool } from './thread-pool.js';

/**
 * As `permutationNull`; with `workers`, fits go side by side in threads of their own.
 * @throws what `permutationNull` throws
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
        fit: async (...[of, fit, stop]) => (await pool.call('nullFit', [of, fit], stop)) as PairEvidence[],
      }),
    }),
  );
}
