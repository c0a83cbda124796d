// Trains the stages of a fit in shards. An idle worker leases an open shard and continues its training from the last
// checkpoint. When no shard is open, every worker reads all shards and continues the fit with the same result.

import { basename } from 'node:path';
import { NumericError, type StateError } from '../errors/errors.js';
import { causeCode } from '../errors/cause.js';
import { progressReporter } from '../training/fit-progress.js';
import type { StageOutcome } from '../training/outcome.js';
import type { FitStage } from '../training/stage.js';
import type { FitOfStage, StageTrainer } from '../training/stage-runner.js';
import type { Stopping } from '../training/stopping.js';
import type { TrainingState } from '../training/training-state.js';
import { Trainer } from '../training/trainer.js';
import { Lease } from './lease.js';
import { pause } from './pause.js';
import { StageShards, type Shard } from './stage-shards.js';
import type { ShardFolder } from './shard-folder.js';
import { lostIn, type ProcessGroup } from './process-group.js';

/** Seconds until a file of another worker is visible on any shared disk. */
const SEEN_WITHIN = 120;

/** Message of a leader to its group: train a shard from a state, wait (no task), or end, since all shards are done. */
interface Order {
  readonly beginning: readonly string[];
  readonly isOver: boolean;
  readonly task?: {
    readonly shard: number;
    readonly stopping: Stopping;
    readonly state: TrainingState | undefined;
  };
}

/** A stage with its shards and its process group. */
interface Work {
  readonly shards: StageShards;
  /** Number of the shard to begin with, modulo the number of shards. */
  readonly first: number;
  readonly fit: FitOfStage;
  /** Undefined if every rank trains separate shards. */
  readonly group: ProcessGroup | undefined;
}

/** Operations on a shard for the worker that holds its lease. */
interface LeasedShard {
  save(state: TrainingState): Promise<void>;
  /** True if another worker has taken over the shard, because it saw no heartbeats. */
  isLost(): Promise<boolean>;
  reportEpoch(epoch: number): void;
}

export class ShardTrainer implements StageTrainer {
  readonly #folder: ShardFolder;
  readonly #group: ProcessGroup | undefined;
  readonly #fit: string;

  constructor(folder: ShardFolder, group?: ProcessGroup, fit = 'fit') {
    this.#folder = folder;
    this.#group = group;
    this.#fit = fit;
  }

  within(fit: string): ShardTrainer {
    return new ShardTrainer(this.#folder, this.#group, fit);
  }

  /**
   * Trains a stage together with the other workers.
   * @throws InputError `shard-mismatch`, `damaged-file`; StateError `shards-missing` if this worker only reads,
   *   `rank-lost`, `rank-mismatch`; NumericError `all-runs-diverged`; FileError; DeviceError; the signal's reason
   */
  async train(stage: FitStage, fit: FitOfStage): Promise<StageOutcome> {
    const folder = this.#folder;
    const name = `${this.#fit}.${stage.name}`;
    const { config, fingerprint } = fit.key;
    const key = { ...folder.key, fingerprint, config: JSON.stringify(config) };
    // A mini-batch of one tile cannot be divided among ranks, but the restarts can.
    const isTogether = Object.values(stage.compiled.entries).some(({ tiles }) => tiles > 1);
    const group = isTogether ? this.#group : undefined;
    const { maxShards, first } = folder.divisionOf(isTogether, this.#group?.ranks.index ?? 0);
    const shards = new StageShards(folder.path, name, stage, { maxShards, key });
    const work = { shards, first, fit, group };
    try {
      return await (group && !group.isLeader ? this.#follow(group, work) : this.#work(work));
    } catch (error) {
      throw lostIn(name, undefined, error);
    }
  }

  async #work(work: Work): Promise<StageOutcome> {
    const folder = this.#folder;
    const { shards, fit } = work;
    const { signal } = fit.hooks;
    for (;;) {
      signal?.throwIfAborted();
      await shards.look();
      if (shards.open.length === 0) {
        await order(work, { isOver: true });
        return shards.outcome();
      }
      if (folder.use === 'gather') throw missing(folder, shards);
      const hasTrained = await folder.queue.run(() => this.#trainOne(work));
      if (hasTrained) continue;
      // Other workers hold all open shards. A look opens only one file per shard.
      await order(work, { isOver: false });
      await pause(folder.watch.heartbeats.every / 4, signal);
    }
  }

  /** Follows the orders of the leader until all shards are done. */
  async #follow(group: ProcessGroup, work: Work): Promise<StageOutcome> {
    const { shards, fit } = work;
    const { signal } = fit.hooks;
    for (;;) {
      signal?.throwIfAborted();
      const { beginning, isOver, task } = (await group.receive()) as Order;
      group.checkBeginning(shards.beginning, beginning);
      if (isOver) break;
      if (task) await this.#trainStage(work, shards.stageOf(shards.all[task.shard], task.stopping), task.state);
    }
    const until = performance.now() + SEEN_WITHIN * 1000;
    for (;;) {
      await shards.look();
      if (shards.open.length === 0) return shards.outcome();
      if (performance.now() > until) throw missing(this.#folder, shards);
      await pause(this.#folder.watch.heartbeats.every / 4, signal);
      signal?.throwIfAborted();
    }
  }

  /** Leases and trains one open shard. @returns false if other workers hold all open shards */
  async #trainOne(work: Work): Promise<boolean> {
    const { shards, first, fit } = work;
    fit.hooks.signal?.throwIfAborted();
    await shards.look();
    const start = first % shards.all.length;
    const before = shards.open.filter(({ number }) => number < start);
    const open = [...shards.open.slice(before.length), ...before];
    for (const shard of open) {
      const lease = await Lease.take(shard.files.lease, this.#folder.watch);
      if (!lease) continue;
      try {
        if (lease.from) await this.#folder.recordTakeover(basename(shard.files.lease, '.lease'), lease.from);
        await shards.look();
        if (shards.open.includes(shard)) await this.#trainLeased(work, shard, lease);
      } finally {
        await lease.release();
      }
      return true;
    }
    return false;
  }

  async #trainLeased(work: Work, shard: Shard, lease: Lease): Promise<void> {
    const { shards } = work;
    const { stopping } = shards;
    const before = await shards.stateOf(shard);
    await order(work, { isOver: false, task: { shard: shard.number, stopping, state: before } });
    const leased: LeasedShard = {
      save: (state) => shards.save(shard, state),
      isLost: () => lease.isLost(),
      reportEpoch: (epoch) => {
        lease.reportEpoch(epoch);
      },
    };
    const state = await this.#trainStage(work, shards.stageOf(shard, stopping), before, leased);
    // Written even if another worker has taken over the shard: that worker writes the same file.
    if (state) await shards.finish(shard, state);
  }

  /** Trains a shard. @returns undefined if another worker has taken it over */
  async #trainStage(
    { shards, fit: { hooks, stages }, group }: Work,
    whole: FitStage,
    before: TrainingState | undefined,
    leased?: LeasedShard,
  ): Promise<TrainingState | undefined> {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = hooks;
    const trainer = await Trainer.create(whole, hooks, group?.ranks);
    const { stage, state } = trainer;
    // Until all ranks of a group agree on an epoch, its state may be wrong and is not saved.
    let isAgreed = true;
    try {
      await trainer.start(before);
      const count = { done: shards.all.length - shards.open.length, all: shards.all.length };
      const report = progressReporter(trainer, stages, onProgress, count);
      let savedAt = performance.now();
      while (!trainer.finished) {
        const done = await epochOf(trainer, signal, onProgress && report);
        isAgreed = group === undefined || done === undefined;
        signal?.throwIfAborted();
        if (done) onEvent?.({ event: 'epoch', steps: stage.stepsPerEpoch, seconds: done.seconds });
        report(0);
        leased?.reportEpoch(state.epoch);
        const isDue = performance.now() - savedAt > checkpointEvery * 1000;
        const isLost = isDue && (await leased?.isLost()) === true;
        if ((await group?.agree(state, isLost)) ?? isLost) return undefined;
        isAgreed = true;
        if (!isDue) continue;
        await leased?.save(state);
        savedAt = performance.now();
      }
      return state;
    } catch (error) {
      const canResume = isAgreed && (signal?.aborted === true || causeCode(error) === 'rank-lost');
      if (canResume && leased) await saveIfOurs(leased, state);
      signal?.throwIfAborted();
      throw lostIn(shards.beginning[0], state.epoch, error);
    } finally {
      await trainer.dispose();
    }
  }
}

/** Sends an order to the process group, if there is one. */
async function order({ shards: { beginning }, group }: Work, content: Omit<Order, 'beginning'>): Promise<void> {
  await group?.broadcast({ beginning, ...content } satisfies Order);
}

/** Saves a state after an error. An error of saving is ignored, because the first error matters more. */
async function saveIfOurs(leased: LeasedShard, state: TrainingState): Promise<void> {
  try {
    if (!(await leased.isLost())) await leased.save(state);
  } catch {
    // The previous checkpoint is still there.
  }
}

function missing(folder: ShardFolder, { beginning, open, all }: StageShards): StateError {
  const numbers = open.map(({ number }) => number);
  return folder.missing(beginning[0], numbers, all.length);
}

/** Trains one epoch. @returns undefined if all restarts of the shard have diverged; other shards may continue */
async function epochOf(
  trainer: Trainer,
  signal: AbortSignal | undefined,
  onStep: ((steps: number) => void) | undefined,
): ReturnType<Trainer['epoch']> {
  try {
    return await trainer.epoch(signal, onStep);
  } catch (error) {
    if (error instanceof NumericError && error.code === 'all-runs-diverged') return undefined;
    throw error;
  }
}
