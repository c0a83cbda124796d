// Long tasks without a fitted model, as methods that a background thread calls.

import type { Dataset } from '../data/dataset.js';
import {
  discoverLatents,
  discoverWithRefits,
  nullFit,
  refit,
  type DiscoverLatentsOptions,
  type LatentDiscovery,
  type NullFit,
  type NullTests,
  type Refit,
  type RefitOptions,
  type Refits,
  type Refitted,
  type RefittedDiscovery,
  type SearchHooks,
} from '../evidence/index.js';
import { fitRun, type FitOptions, type FittedRun, type ReportingOptions } from '../fit/fit-run.js';
import { gatherShards, workOnShards } from '../fit/fit-in-shards.js';
import { simulateStudy, type PowerDesign, type SimulatedStudy, type SimulationOptions } from '../power/index.js';
import { selectLatents, type LatentSelection, type SelectionOptions } from '../selection/select-latents.js';
import { readStudy, type ReadStudyOptions, type Study } from '../study/study.js';
import type { ShardOptions } from '../distributed/shard-options.js';
import type { FitProgress } from '../training/stage-runner.js';
import { withThreadPool } from './thread-pool.js';

type FitArguments = Omit<ReportingOptions, 'shards'> & Pick<FitOptions, 'shards'>;
type WorkerArguments = Omit<ReportingOptions, 'shards'> & { readonly shards: ShardOptions };
type HooksOf<Options, Names extends keyof Options> = Pick<Options, Names> & { readonly signal?: AbortSignal };

/** Minimum of milliseconds between two reports within an epoch, because each report wakes the caller's event loop. */
const REPORT_EVERY = 20;

/** Number of finished tasks, and of all tasks. */
export type DoneOfAll = readonly [done: number, total: number];

/** Single tasks. Each method throws the errors of the function of the same name. */
export class Tasks {
  async fit(
    study: Study | Dataset,
    options: FitArguments,
    { signal, onProgress, onRestarts, onEvent }: HooksOf<ReportingOptions, 'onProgress' | 'onRestarts' | 'onEvent'>,
  ): Promise<FittedRun> {
    const hooks = { signal, onRestarts, onEvent, onProgress: onProgress && throttled(onProgress) };
    const { shards, ...fitOptions } = { ...options, ...hooks };
    return shards === undefined ? fitRun(study, fitOptions) : gatherShards(study, shards, fitOptions);
  }

  async workOnShards(
    study: Study | Dataset,
    options: WorkerArguments,
    { signal, onProgress, onEvent }: HooksOf<ReportingOptions, 'onProgress' | 'onEvent'>,
  ): Promise<void> {
    return workOnShards(study, { ...options, signal, onEvent, onProgress: onProgress && throttled(onProgress) });
  }

  async readStudy(
    path: string,
    options: ReadStudyOptions,
    { onProgress }: HooksOf<ReadStudyOptions, 'onProgress'>,
  ): Promise<Study> {
    return readStudy(path, { ...options, onProgress });
  }

  async selectLatents(
    dataset: Dataset,
    options: SelectionOptions,
    { signal, onProgress }: HooksOf<SelectionOptions, 'onProgress'>,
  ): Promise<LatentSelection> {
    return selectLatents(dataset, { ...options, signal, onProgress });
  }

  async discoverLatents(question: DiscoverLatentsOptions, hooks: SearchHooks): Promise<LatentDiscovery> {
    return discoverLatents(question, hooks);
  }

  async discoverWithRefits(
    question: DiscoverLatentsOptions,
    options: RefitOptions,
    refits: Refits,
    { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (of: DoneOfAll) => void },
  ): Promise<RefittedDiscovery> {
    const report = onProgress && ((done: number, total: number) => onProgress([done, total]));
    const refitOptions = { ...options, signal, onProgress: report };
    // Invalid values of `refits` are refused later, together with all other arguments.
    const { workers = 1 } = (refits as Partial<Refits> | undefined) ?? {};
    return withThreadPool(Math.min(workers, options.halfSamples), (pool) =>
      discoverWithRefits(
        ...([question, refitOptions, refits] as const),
        pool && (async (one, of, stop) => (await pool.call('refit', [one, of], { signal: stop })) as Refitted),
      ),
    );
  }

  async refit(one: Refit, refits: Refits, { signal }: { readonly signal?: AbortSignal }): Promise<Refitted> {
    return refit(one, refits, signal);
  }

  async simulateStudy(design: PowerDesign, subjects: number, options: SimulationOptions): Promise<SimulatedStudy> {
    return simulateStudy(design, subjects, options);
  }

  async nullFit(dataset: Dataset, fit: NullFit, { signal }: { readonly signal?: AbortSignal }): Promise<NullTests> {
    return nullFit(dataset, fit, signal);
  }
}

/** Returns a function that reports every epoch, stage and fold, but only some steps within an epoch. */
function throttled(onProgress: (progress: FitProgress) => void): (progress: FitProgress) => void {
  let reportedAt = -Infinity;
  let last: FitProgress | undefined;
  return (progress) => {
    const now = performance.now();
    const isNew = progress.metrics !== last?.metrics || progress.stage !== last?.stage || progress.fold !== last.fold;
    if (!isNew && now - reportedAt < REPORT_EVERY) return;
    reportedAt = now;
    last = progress;
    onProgress(progress);
  };
}
