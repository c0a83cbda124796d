// What a worker of a shared fit is told, and of which kind each option is.

import type { OptionShapes } from '../argument.js';
import type { Heartbeats } from './lease.js';

export interface ShardOptions {
  /** Where all workers meet, on a disk that all of them see; made where there is none. */
  readonly folder: string;
  /** Shards of a stage, which has at most one per restart; the first worker's number counts. Default: 8. */
  readonly of?: number;
  /** The shard that this worker begins with, from 0; others follow. Default: by chance. */
  readonly index?: number;
  /**
   * Processes that train the same restarts together, each with a share of every mini-batch, of those that a launcher has
   * started (mpirun, srun), through its MPI library; their number must divide the launcher's. `of` and `index` then
   * count groups. Default: 1.
   */
  readonly dataParallel?: number;
  /** How often a worker is heard of, and how long it may not be. */
  readonly heartbeats?: Heartbeats;
}

export const SHARD_OPTIONS: OptionShapes<ShardOptions> = {
  folder: 'text',
  of: 'number',
  index: 'number',
  dataParallel: 'number',
  heartbeats: { every: 'number', most: 'number' },
};

export const MAX_SHARDS = 4096;
