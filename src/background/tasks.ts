// Long tasks that need no fitted model, as a thread of the background does them.

import type { Dataset } from '../data/dataset.js';
import {
  discoverLatents,
  discoverWithRefits,
  nullFit,
  refit,
  type DiscoverLatentsOptions,
  type LatentDiscovery,
  type NullFit,
  type PairEvidence,
  type Refit,
  type RefitOptions,
  type Refits,
  type Refitted,
  type RefittedDiscovery,
  type SearchHooks,
} from '../evidence/index.js';
import { fitRun, type FitOptions, type FittedRun, type TellingOptions } from '../fit-run.js';
import { gatherShards, workOnShards } from '../fit-in-shards.js';
import { selectLatents, type LatentSelection, type SelectionOptions } from '../selection/select-latents.js';
import { readStudy, type ReadStudyOptions, type Study } from '../study/study.js';
import type { ShardOptions } from '../shards/shard-options.js';
import type { FitProgress } from '../training/stage-runner.js';
import { withThreadPool } from './thread-pool.js';

type GivenToFit = Omit<TellingOptions, 'shards'> & Pick<FitOptions, 'shards'>;
type GivenToWorker = Omit<TellingOptions, 'shards'> & { readonly shards: ShardOptions };
type Heard<Options, Names extends keyof Options> = Pick<Options, Names> & { readonly signal?: AbortSignal };

/** Milliseconds between two tellings of a fit's progress within an epoch: each wakes the caller's event loop. */
const TELL_EVERY = 20;

/** Tasks done, and all of them. */
export type DoneOfAll = readonly [done: number, total: number];

/** Each method throws what the function of its name says. */
export class Tasks {
  async fit(
    study: Study | Dataset,
    options: GivenToFit,
    { signal, onProgress, onRestarts, onEvent }: Heard<TellingOptions, 'onProgress' | 'onRestarts' | 'onEvent'>,
  ): Promise<FittedRun> {
    const hooks = { signal, onRestarts, onEvent, onProgress: onProgress && sparingly(onProgress) };
    const { shards, ...own } = { ...options, ...hooks };
    return shards === undefined ? fitRun(study, own) : gatherShards(study, shards, own);
  }

  async workOnShards(
    study: Study | Dataset,
    options: GivenToWorker,
    { signal, onProgress, onEvent }: Heard<TellingOptions, 'onProgress' | 'onEvent'>,
  ): Promise<void> {
    return workOnShards(study, { ...options, signal, onEvent, onProgress: onProgress && sparingly(onProgress) });
  }

  async readStudy(
    path: string,
    options: ReadStudyOptions,
    { onProgress }: Heard<ReadStudyOptions, 'onProgress'>,
  ): Promise<Study> {
    return readStudy(path, { ...options, onProgress });
  }

  async selectLatents(
    dataset: Dataset,
    options: SelectionOptions,
    { signal, onProgress }: Heard<SelectionOptions, 'onProgress'>,
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
    const told = onProgress && ((done: number, total: number) => onProgress([done, total]));
    const given = { ...options, signal, onProgress: told };
    // What is no number is refused where all is checked.
    const { workers = 1 } = (refits as Partial<Refits> | undefined) ?? {};
    return withThreadPool(Math.min(workers, options.halfSamples), (pool) =>
      discoverWithRefits(
        ...([question, given, refits] as const),
        pool && (async (one, of, stop) => (await pool.call('refit', [one, of], stop)) as Refitted),
      ),
    );
  }

  async refit(one: Refit, refits: Refits, { signal }: { readonly signal?: AbortSignal }): Promise<Refitted> {
    return refit(one, refits, signal);
  }

  async nullFit(
    dataset: Dataset,
    fit: NullFit,
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<PairEvidence[]> {
    return nullFit(dataset, fit, signal);
  }
}

/** Every epoch is told, and of its steps some. */
function sparingly(onProgress: (progress: FitProgress) => void): (progress: FitProgress) => void {
  let toldAt = -Infinity;
  let told: FitProgress | undefined;
  return (progress) => {
    const now = performance.now();
    const isNews = progress.metrics !== told?.metrics || progress.stage !== told?.stage || progress.fold !== told.fold;
    if (!isNews && now - toldAt < TELL_EVERY) return;
    toldAt = now;
    told = progress;
    onProgress(progress);
  };
}
