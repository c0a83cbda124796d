// Options of a worker of a shared fit, and the type of each.

import type { OptionShapes } from '../errors/argument.js';
import type { Heartbeats } from './lease.js';

export interface ShardOptions {
  /** Folder through which all workers exchange shards, on a disk that all of them see. Created if it does not exist. */
  readonly folder: string;
  /** Number of shards of a stage, at most one per restart. The number of the first worker counts. Default: 8. */
  readonly of?: number;
  /** Number of the shard that this worker begins with, from 0. Default: random. */
  readonly index?: number;
  /**
   * Number of processes in a process group: they train the same restarts together, each with a share of every
   * mini-batch. A launcher (mpirun, srun) must have started them, with a multiple of this number in all; they use its
   * MPI library. `of` and `index` then count groups. Default: 1.
   */
  readonly dataParallel?: number;
  /** Interval and timeout of heartbeats. */
  readonly heartbeats?: Heartbeats;
}

export const SHARD_OPTIONS: OptionShapes<ShardOptions> = {
  folder: 'text',
  of: 'number',
  index: 'number',
  dataParallel: 'number',
  heartbeats: { every: 'number', timeout: 'number' },
};

export const MAX_SHARDS = 4096;
