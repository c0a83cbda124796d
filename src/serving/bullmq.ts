// Fits as jobs of a BullMQ queue (`interlatent/bullmq`). Any process can add or cancel a job. A worker does it, reports
// its progress, and resumes the job of a worker that was killed. BullMQ is not imported: the caller passes its objects.

import { isAbsolute, join } from 'node:path';
import { checkAccepted, checkArgument, checkOptions } from '../errors/argument.js';
import { readStudy } from '../background/index.js';
import { workOnShards } from '../background/shards.js';
import { fitToFolder } from '../cli/fit-folder.js';
import { removeShards, sharedFolder } from '../cli/shared-folder.js';
import { InputError, StateError } from '../errors/errors.js';
import { makeFolder } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { pathInside } from '../files/inside.js';
import { checkCheckpointEvery } from '../model/model-options.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { HEARTBEATS, Lease, LeaseWatch } from '../distributed/lease.js';
import { pause } from '../distributed/pause.js';
import { EVIDENCE_MODES } from '../evidence/index.js';
import { checkNiceness } from '../threads/niceness.js';
import { MAX_SHARDS } from '../distributed/shard-options.js';
import type { Study } from '../study/study.js';
import { fitConfig, fitConfigFor, type FitConfig } from '../training/config.js';
import { settleFinishedFit } from '../training/finished-fit.js';
import { LockedFolder } from '../training/locked-folder.js';
import { hasRun } from '../training/run-folder.js';
import type { FitProgress } from '../training/stage-runner.js';
import { PROCESSOR_OPTIONS, type FitProcessorOptions } from './processor-options.js';
import type { FitJob, FitJobResult, FitQueue, QueuedFit } from './queued-fit.js';

export type { FitProcessorOptions } from './processor-options.js';
export type { FitJob, FitJobProgress, FitJobResult, FitQueue, QueuedFit } from './queued-fit.js';

/** A locked folder or a busy device is worth another attempt. An invalid job is not: see `unrecoverable`. */
const JOB_OPTIONS = { attempts: 3, backoff: { type: 'exponential', delay: 5000 } } as const;
const JOB_NAME = 'fit';
const JOB_KEYS = ['study', 'run', 'settings', 'evidence', 'shards'];

/**
 * Adds a fit to a queue.
 * @param options BullMQ's options; they override ours: three attempts with a growing delay from five seconds
 * @throws InputError `invalid-argument`, `invalid-option`, `invalid-setting`, `unsafe-name` for a job that every worker
 *   would refuse
 */
export async function enqueueFit<Job>(
  queue: Pick<FitQueue<Job>, 'add'>,
  job: Omit<FitJob, 'cancelled'>,
  options: object = {},
): Promise<Job> {
  checkArgument('enqueueFit: queue', queue, { add: 'function' });
  checkJob('enqueueFit', job);
  return queue.add(JOB_NAME, job, { ...JOB_OPTIONS, ...options });
}

/** @throws as `enqueueFit` */
function checkJob(call: string, job: Omit<FitJob, 'cancelled'>): void {
  checkArgument(`${call}: job`, job, {
    study: 'text',
    run: 'text',
    'settings?': {},
    'shards?': {},
    'evidence?': 'text',
  });
  const unknown = Object.keys(job).find((key) => !JOB_KEYS.includes(key));
  checkAccepted('job', unknown, unknown === undefined, `has ${JOB_KEYS.join(', ')}`);
  const { study, run, settings = {}, evidence } = job;
  // The roots of the workers are unknown here. A relative path that leaves one root leaves every root.
  for (const [name, path] of Object.entries({ study, run })) if (!isAbsolute(path)) pathInside('/root', path, name);
  const modes = ['none', ...EVIDENCE_MODES];
  checkAccepted('evidence', evidence, evidence === undefined || modes.includes(evidence), `is ${modes.join(', ')}`);
  fitConfig(settings);
}

/**
 * Adds a fit that several workers share, as one job per worker. The jobs train open shards and exchange them in the RUN
 * folder. Any number of the workers may be free at any time; all jobs end with the same result
 * (docs/explanation/scaling.md).
 * @param workers number of jobs; each can be cancelled
 * @param options BullMQ's options; they override ours
 */
export async function enqueueSharedFit<Job>(
  queue: Pick<FitQueue<Job>, 'add'>,
  job: Omit<FitJob, 'cancelled' | 'shards'>,
  workers: number,
  options: object = {},
): Promise<Job[]> {
  checkAccepted('workers', workers, Number.isInteger(workers) && workers >= 1 && workers <= MAX_SHARDS, 'are from 1');
  const jobs: Job[] = [];
  for (let index = 0; index < workers; index++) {
    jobs.push(await enqueueFit(queue, { ...job, shards: { of: workers, index } }, options));
  }
  return jobs;
}

/**
 * Cancels a fit. A waiting job is removed. A running fit stops within about a second, writes a checkpoint and fails
 * with `fit-cancelled`.
 * @returns what happened to the job: `finished` if it had ended before
 * @throws InputError `unknown-job`
 */
export async function cancelFit(
  queue: Pick<FitQueue, 'getJob'>,
  id: string,
): Promise<'removed' | 'stopping' | 'finished'> {
  checkArgument('cancelFit: queue', queue, { getJob: 'function' });
  checkArgument('cancelFit: id', id, 'text');
  const job = await queue.getJob(id);
  if (job === undefined) throw new InputError('unknown-job', `The queue has no job "${id}".`, { id });
  if (['completed', 'failed'].includes(await job.getState())) return 'finished';
  try {
    await job.remove();
    return 'removed';
  } catch {
    // A worker has taken the job, perhaps only since the check above.
    await job.updateData({ ...job.data, cancelled: new Date().toISOString() });
    return 'stopping';
  }
}

/**
 * Returns the processor for a BullMQ worker: `new Worker(name, fitProcessor({ root, queue }), { connection })`. If a
 * worker is killed, the next worker that sees the folder resumes from the checkpoint, to the same bits.
 * @throws (the processor) errors after which BullMQ tries again, and `UnrecoverableError`, after which it does not
 */
export function fitProcessor(options: FitProcessorOptions) {
  checkArgument('fitProcessor: options', options, { root: 'text', queue: { getJob: 'function' } });
  checkOptions('fitProcessor', options, PROCESSOR_OPTIONS);
  const { root, queue, signal, pollEvery = 1000, checkpointEvery } = options;
  checkAccepted('pollEvery', pollEvery, pollEvery > 0 && pollEvery < 2 ** 31, 'are milliseconds');
  checkCheckpointEvery(checkpointEvery);
  checkNiceness(options.niceness);
  // BullMQ passes the third argument only to processors that declare three parameters.
  return async (job: QueuedFit, token?: string, stopped?: AbortSignal): Promise<FitJobResult> => {
    const cancel = new AbortController();
    const poll = async (): Promise<void> => {
      const current = await queue.getJob(job.id ?? '');
      if (current?.data.cancelled !== undefined) cancel.abort();
    };
    const timer = setInterval(() => {
      // If the queue does not answer now, the next poll asks again.
      poll().catch(() => undefined);
    }, pollEvery);
    const signals = [cancel.signal, signal, stopped].filter((one) => one !== undefined);
    try {
      await poll();
      return await work(job, AbortSignal.any(signals), options);
    } catch (error) {
      if (cancel.signal.aborted || stopped?.aborted) {
        const { run } = job.data;
        throw unrecoverable(new StateError('fit-cancelled', `The fit was cancelled; its checkpoint is in ${run}.`));
      }
      if (signal?.aborted && error === signal.reason) {
        await job.moveToDelayed(Date.now(), token);
        throw named('DelayedError', error);
      }
      throw error instanceof InputError ? unrecoverable(error) : error;
    } finally {
      clearInterval(timer);
    }
  };

  async function work(job: QueuedFit, stop: AbortSignal, workerOptions: FitProcessorOptions): Promise<FitJobResult> {
    stop.throwIfAborted();
    const { data } = job;
    const run = pathInside(root, data.run, 'run');
    const study = await readStudy(pathInside(root, data.study, 'study'));
    // Checked before the folder is created, so that a refused job leaves no folder.
    const config = configOf(study, data);
    const { threads = 0, niceness, device, matmulPrecision, logger, checkpointEvery } = workerOptions;
    const options = {
      ...data.settings,
      ...withoutUndefined({ niceness, device, matmulPrecision, checkpointEvery, evidence: data.evidence }),
      threads,
      signal: stop,
      onProgress: throttledProgress(job, pollEvery),
    };
    const shards = sharedFolder(run);
    if (data.shards && ((await exists(shards)) || !(await hasRun(run)))) {
      const { of, index } = data.shards;
      await whileThere(shards, index, async () => {
        // Another job of this fit may have written RUN and removed the shards before this job took its lease.
        if (await hasRun(run)) return;
        await workOnShards(study, { folder: shards, ...withoutUndefined({ of, index }) }, options);
      });
    }
    await using folder = await (data.shards ? whenFree(run, pollEvery, stop) : LockedFolder.open(run));
    const writing = data.shards ? { shards } : { shards: undefined, resume: true };
    const model = (await settleFinishedFit(run))
      ? await finished(run, study, config)
      : await fitToFolder(study, { ...options, ...withoutUndefined({ logger }), ...writing, folder });
    try {
      if (data.shards) await removeShards(run);
      return { run: data.run, seconds: model.summary.seconds, edges: model.graph.edges };
    } finally {
      await model.dispose();
    }
  }
}

/**
 * Runs a task while this job holds a lease in the folder of shards. The lease shows other jobs that the folder is still
 * needed. The next attempt of the same job takes over the lease of a lost worker, before or after the task.
 */
async function whileThere(folder: string, index = 0, task: () => Promise<void>): Promise<void> {
  const path = join(folder, `job-${index}.lease`);
  const watch = new LeaseWatch(HEARTBEATS);
  await makeFolder(folder);
  let lease = await Lease.take(path, watch);
  try {
    await task();
    lease ??= await Lease.take(path, watch);
  } finally {
    await lease?.release();
  }
}

/** Locks the folder as soon as no other job writes there. @throws as `LockedFolder.open`, except for held locks */
async function whenFree(run: string, every: number, signal: AbortSignal): Promise<LockedFolder> {
  for (;;) {
    try {
      return await LockedFolder.open(run);
    } catch (error) {
      // Only a person can know whether a machine that holds a stale lock has died.
      const isHeld = error instanceof StateError && error.code === 'run-locked' && error.details['verdict'] === 'held';
      if (!isHeld) throw error;
    }
    await pause(every / 1000, signal);
    signal.throwIfAborted();
  }
}

/** @throws InputError `invalid-setting` */
function configOf({ config: { training, sparsity }, dataset }: Study, { settings }: FitJob): FitConfig {
  return fitConfigFor(dataset, { ...training, ...settings, sparsity: { ...sparsity, ...settings?.sparsity } });
}

/** Loads a RUN whose job finished before its worker could report it. @throws InputError `checkpoint-mismatch` */
async function finished(run: string, study: Study, config: FitConfig): Promise<MultimodalCausalModel> {
  const model = await MultimodalCausalModel.load(run);
  const { summary } = model;
  const isSame =
    summary.fingerprint === study.dataset.fingerprint && JSON.stringify(summary.config) === JSON.stringify(config);
  if (isSame) return model;
  await model.dispose();
  throw new InputError(
    'checkpoint-mismatch',
    `${join(run, 'run.json')} belongs to other data or settings; give the job another run`,
    { folder: run },
  );
}

/** Returns a function that reports progress at the start of every stage, and otherwise at most every `every` ms. */
function throttledProgress(job: QueuedFit, every: number): (progress: FitProgress) => void {
  let reportedAt = -Infinity;
  let reported = '';
  return ({ stage, stages, epoch, epochs, stepsPerSecond, fold, metrics }) => {
    const now = performance.now();
    const which = `${fold ?? ''} ${stage}`;
    if (which === reported && now - reportedAt < every) return;
    reportedAt = now;
    reported = which;
    const objectives = metrics?.validation['objective']?.filter((value) => value !== null) ?? [];
    const objective = objectives.length === 0 ? undefined : Math.min(...objectives);
    // A queue that does not answer must not end the fit. The next report follows soon.
    job
      .updateProgress({ stage, stages, epoch, epochs, stepsPerSecond, objective, ...(fold !== undefined && { fold }) })
      .catch(() => undefined);
  };
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Returns an error after which BullMQ does not try again. BullMQ decides by the error's name. */
function unrecoverable(error: InputError | StateError): Error {
  return named('UnrecoverableError', error, `[${error.code}] ${error.message}`);
}

function named(name: string, cause: unknown, message = String(cause)): Error {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}
