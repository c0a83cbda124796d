// A fit in a queue: the data, result and progress of a job, and the methods that we call on BullMQ's job and queue.

import type { LatentEdge } from '../causal/index.js';
import type { ShardOptions } from '../distributed/shard-options.js';
import type { FitSettings } from '../training/config.js';
import type { FitProgress } from '../training/stage-runner.js';

/** Data of a job. Its paths are inside the workers' `root`. */
export interface FitJob {
  /** The study file. */
  readonly study: string;
  /** The RUN folder to write. It contains the checkpoints during the fit. */
  readonly run: string;
  /** Settings that override those of the study file. */
  readonly settings?: FitSettings;
  /** As in `fit`. Default: full. */
  readonly evidence?: 'none' | 'quick' | 'full';
  /** Set if several jobs share the fit: see `enqueueSharedFit`. */
  readonly shards?: Pick<ShardOptions, 'of' | 'index'>;
  /** Time of the cancellation (ISO 8601), set by `cancelFit`. */
  readonly cancelled?: string;
}

/** Result of a job. */
export interface FitJobResult {
  readonly run: string;
  /** Seconds of training since the last interruption. */
  readonly seconds: number;
  readonly edges: readonly LatentEdge[];
}

/** Progress of a job. */
export type FitJobProgress = Pick<FitProgress, 'stage' | 'stages' | 'epoch' | 'epochs' | 'stepsPerSecond' | 'fold'> & {
  /** Validation objective of the best restart in the last epoch. */
  readonly objective: number | undefined;
};

/** The members of BullMQ's `Job` that we use. */
export interface QueuedFit {
  readonly id?: string | undefined;
  readonly data: FitJob;
  updateData(data: FitJob): Promise<void>;
  updateProgress(progress: FitJobProgress): Promise<void>;
  getState(): Promise<string>;
  remove(): Promise<void>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** The members of BullMQ's `Queue` that we use. */
export interface FitQueue<Job = QueuedFit> {
  add(name: string, data: FitJob, options?: object): Promise<Job>;
  getJob(id: string): Promise<Job | undefined>;
}
