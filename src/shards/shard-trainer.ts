// Trains the stages of a fit in shards: whoever is free leases one that is open, and trains it on from where it was
// left. When none is open, every worker reads all of them, and goes on with the fit in the same way as the others.

import { basename } from 'node:path';
import { NumericError, type StateError } from '../errors.js';
import { causeCode } from '../files/cause.js';
import { progressReporter } from '../training/fit-progress.js';
import type { StageOutcome } from '../training/outcome.js';
import type { FitStage, Patience } from '../training/stage.js';
import type { FitOfStage, StageTrainer } from '../training/stage-runner.js';
import type { TrainingState } from '../training/training-state.js';
import { Trainer } from '../training/trainer.js';
import { Lease } from './lease.js';
import { pause } from './pause.js';
import { StageShards, type Shard } from './stage-shards.js';
import type { ShardFolder } from './shard-folder.js';
import { lostIn, type ProcessGroup } from './process-group.js';

/** Seconds within which others' files are seen, on any disk. */
const SEEN_WITHIN = 120;

/** What a leader tells its group: to train a shard from a state on, to wait, or that all shards are done. */
interface Order {
  readonly beginning: readonly string[];
  readonly isOver: boolean;
  readonly task?: {
    readonly shard: number;
    readonly patience: Patience | undefined;
    readonly state: TrainingState | undefined;
  };
}

/** A stage, and who trains it. */
interface Work {
  readonly shards: StageShards;
  /** The shard to begin with. */
  readonly first: number;
  readonly fit: FitOfStage;
  /** Left out where every rank trains shards of its own. */
  readonly group: ProcessGroup | undefined;
}

/** What is done with a shard's state by whoever has leased it. */
interface Keeper {
  save(state: TrainingState): Promise<void>;
  /** Whether another has gone on with the shard, as this worker was not heard of. */
  isLost(): Promise<boolean>;
  told(epoch: number): void;
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
   * @throws InputError `shard-mismatch`, `damaged-file`; StateError `shards-missing` where nothing is to be trained,
   *   `rank-lost`, `rank-mismatch`; NumericError `all-runs-diverged`; FileError; DeviceError; the signal's reason
   */
  async train(stage: FitStage, fit: FitOfStage): Promise<StageOutcome> {
    const folder = this.#folder;
    const name = `${this.#fit}.${stage.name}`;
    const { config, fingerprint } = fit.key;
    const key = { ...folder.key, fingerprint, config: JSON.stringify(config) };
    // A mini-batch in one tile cannot be shared out, but the runs can.
    const isTogether = Object.values(stage.compiled.entries).some(({ tiles }) => tiles > 1);
    const group = isTogether ? this.#group : undefined;
    const { most, first } = folder.sharesOf(isTogether, this.#group?.ranks.index ?? 0);
    const shards = new StageShards(folder.path, name, stage, { most, key });
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
      // Others have all that is open: a look costs one opening of a file per shard.
      await order(work, { isOver: false });
      await pause(folder.watch.heartbeats.every / 4, signal);
    }
  }

  /** As the leader says. */
  async #follow(group: ProcessGroup, work: Work): Promise<StageOutcome> {
    const { shards, fit } = work;
    const { signal } = fit.hooks;
    for (;;) {
      signal?.throwIfAborted();
      const { beginning, isOver, task } = (await group.hear()) as Order;
      group.checkBeginning(shards.beginning, beginning);
      if (isOver) break;
      if (task) await this.#trainStage(work, shards.stageOf(shards.all[task.shard], task.patience), task.state);
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

  /** @returns false where others have leased all that is open */
  async #trainOne(work: Work): Promise<boolean> {
    const { shards, first, fit } = work;
    fit.hooks.signal?.throwIfAborted();
    await shards.look();
    const own = first % shards.all.length;
    const before = shards.open.filter(({ number }) => number < own);
    const open = [...shards.open.slice(before.length), ...before];
    for (const shard of open) {
      const lease = await Lease.take(shard.files.lease, this.#folder.watch);
      if (!lease) continue;
      try {
        if (lease.from) await this.#folder.tellTaken(basename(shard.files.lease, '.lease'), lease.from);
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
    const { patience } = shards;
    const before = await shards.stateOf(shard);
    await order(work, { isOver: false, task: { shard: shard.number, patience, state: before } });
    const keeper: Keeper = {
      save: (state) => shards.save(shard, state),
      isLost: () => lease.isLost(),
      told: (epoch) => {
        lease.told(epoch);
      },
    };
    const state = await this.#trainStage(work, shards.stageOf(shard, patience), before, keeper);
    // Also where another has taken it over: what it comes to is the same file.
    if (state) await shards.finish(shard, state);
  }

  /** @returns undefined where another goes on with it */
  async #trainStage(
    { shards, fit: { hooks, stages }, group }: Work,
    whole: FitStage,
    before: TrainingState | undefined,
    keeper?: Keeper,
  ): Promise<TrainingState | undefined> {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = hooks;
    const trainer = await Trainer.create(whole, hooks, group?.ranks);
    const { stage, state } = trainer;
    // What a group has not agreed on may be wrong.
    let isAgreed = true;
    try {
      if (before) trainer.restore(before);
      else if (stage.initialCounts) await trainer.scoreInitial();
      const count = { done: shards.all.length - shards.open.length, all: shards.all.length };
      const report = progressReporter(trainer, stages, onProgress, count);
      let savedAt = performance.now();
      while (!trainer.finished) {
        const done = await epochOf(trainer, signal, onProgress && report);
        isAgreed = group === undefined || done === undefined;
        signal?.throwIfAborted();
        if (done) onEvent?.({ event: 'epoch', steps: stage.stepsPerEpoch, seconds: done.seconds });
        report(0);
        keeper?.told(state.epoch);
        const isDue = performance.now() - savedAt > checkpointEvery * 1000;
        const isLost = isDue && (await keeper?.isLost()) === true;
        if ((await group?.agree(state, isLost)) ?? isLost) return undefined;
        isAgreed = true;
        if (!isDue) continue;
        await keeper?.save(state);
        savedAt = performance.now();
      }
      return state;
    } catch (error) {
      const isKept = isAgreed && (signal?.aborted === true || causeCode(error) === 'rank-lost');
      if (isKept && keeper) await saveIfOurs(keeper, state);
      signal?.throwIfAborted();
      throw lostIn(shards.beginning[0], state.epoch, error);
    } finally {
      await trainer.dispose();
    }
  }
}

/** To the group, if there is one. */
async function order({ shards: { beginning }, group }: Work, words: Omit<Order, 'beginning'>): Promise<void> {
  await group?.tell({ beginning, ...words } satisfies Order);
}

/** On the way out of an error, which says more than one of saving. */
async function saveIfOurs(keeper: Keeper, state: TrainingState): Promise<void> {
  try {
    if (!(await keeper.isLost())) await keeper.save(state);
  } catch {
    // The checkpoint before is still there.
  }
}

function missing(folder: ShardFolder, { beginning, open, all }: StageShards): StateError {
  const numbers = open.map(({ number }) => number);
  return folder.missing(beginning[0], numbers, all.length);
}

/** An epoch; runs that are all lost end their shard only, since those of others may go on. */
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
