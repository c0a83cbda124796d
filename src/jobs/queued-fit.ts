// A fit in a queue: what a job says, returns and tells on the way, and what is asked of BullMQ's job and queue.

import type { LatentEdge } from '../causal/index.js';
import type { ShardOptions } from '../shards/shard-options.js';
import type { FitSettings } from '../training/config.js';
import type { FitProgress } from '../training/stage-runner.js';

/** What a job says. Paths lie inside the workers' `root`. */
export interface FitJob {
  /** The study file. */
  readonly study: string;
  /** The RUN folder to write; checkpoints lie there while the fit goes on. */
  readonly run: string;
  /** They win over the study file. */
  readonly settings?: FitSettings;
  /** As of `fit`. Default: full. */
  readonly evidence?: 'none' | 'quick' | 'full';
  /** Of one of several jobs that share a fit, see `enqueueSharedFit`. */
  readonly shards?: Pick<ShardOptions, 'of' | 'index'>;
  /** Set by `cancelFit`, ISO 8601. */
  readonly cancelled?: string;
}

/** What a job returns. */
export interface FitJobResult {
  readonly run: string;
  /** Of the training, without what was done before an interruption. */
  readonly seconds: number;
  readonly edges: readonly LatentEdge[];
}

/** A job's progress. */
export type FitJobProgress = Pick<FitProgress, 'stage' | 'stages' | 'epoch' | 'epochs' | 'stepsPerSecond' | 'fold'> & {
  /** The last epoch's validation objective of the best run. */
  readonly objective: number | undefined;
};

/** As BullMQ's `Job` has it. */
export interface QueuedFit {
  readonly id?: string | undefined;
  readonly data: FitJob;
  updateData(data: FitJob): Promise<void>;
  updateProgress(progress: FitJobProgress): Promise<void>;
  getState(): Promise<string>;
  remove(): Promise<void>;
  moveToDelayed(timestamp: number, token?: string): Promise<void>;
}

/** As BullMQ's `Queue` has it. */
export interface FitQueue<Job = QueuedFit> {
  add(name: string, data: FitJob, options?: object): Promise<Job>;
  getJob(id: string): Promise<Job | undefined>;
}
