// Trains the parts of a fit in shards: whoever is free claims one that is open, and trains it on from where it was
// left. When none is open, every worker reads all of them, and goes on with the fit in the same way as the others.

import { basename } from 'node:path';
import { NumericError, type StateError } from '../errors.js';
import { causeCode } from '../files/cause.js';
import { progressTeller } from '../training/fit-progress.js';
import type { PartOutcome } from '../training/outcome.js';
import type { FitPart, Patience } from '../training/part.js';
import type { FitOfPart, PartTrainer } from '../training/part-runner.js';
import type { RunState } from '../training/run-state.js';
import { Trainer } from '../training/trainer.js';
import { Claim } from './claim.js';
import { pause } from './pause.js';
import { PartShards, type Shard } from './part-shards.js';
import type { ShardFolder } from './shard-folder.js';
import { lostIn, type Team } from './team.js';

/** Seconds within which others' files are seen, on any disk. */
const SEEN_WITHIN = 120;

/** What a leader tells its team: to train a shard from a state on, to wait, or that all shards are done. */
interface Order {
  readonly beginning: readonly string[];
  readonly isOver: boolean;
  readonly task?: {
    readonly shard: number;
    readonly patience: Patience | undefined;
    readonly state: RunState | undefined;
  };
}

/** A part, and who trains it. */
interface Work {
  readonly shards: PartShards;
  /** The shard to begin with. */
  readonly first: number;
  readonly fit: FitOfPart;
  /** Left out where every rank trains shards of its own. */
  readonly team: Team | undefined;
}

/** What is done with a shard's state by whoever has claimed it. */
interface Keeper {
  save(state: RunState): Promise<void>;
  /** Whether another has gone on with the shard, as this worker was not heard of. */
  isLost(): Promise<boolean>;
  told(epoch: number): void;
}

export class ShardTrainer implements PartTrainer {
  readonly #folder: ShardFolder;
  readonly #team: Team | undefined;
  readonly #fit: string;

  constructor(folder: ShardFolder, team?: Team, fit = 'fit') {
    this.#folder = folder;
    this.#team = team;
    this.#fit = fit;
  }

  within(fit: string): ShardTrainer {
    return new ShardTrainer(this.#folder, this.#team, fit);
  }

  /**
   * @throws InputError `shard-mismatch`, `damaged-file`; StateError `shards-missing` where nothing is to be trained,
   *   `rank-lost`, `rank-mismatch`; NumericError `all-runs-diverged`; FileError; DeviceError; the signal's reason
   */
  async train(part: FitPart, fit: FitOfPart): Promise<PartOutcome> {
    const folder = this.#folder;
    const name = `${this.#fit}.${part.name}`;
    const { config, fingerprint } = fit.key;
    const key = { ...folder.key, fingerprint, config: JSON.stringify(config) };
    // A mini-batch in one tile cannot be shared out, but the runs can.
    const isTogether = Object.values(part.compiled.entries).some(({ tiles }) => tiles > 1);
    const team = isTogether ? this.#team : undefined;
    const { most, first } = folder.sharesOf(isTogether, this.#team?.ranks.index ?? 0);
    const shards = new PartShards(folder.path, name, part, { most, key });
    const work = { shards, first, fit, team };
    try {
      return await (team && !team.isLeader ? this.#follow(team, work) : this.#work(work));
    } catch (error) {
      throw lostIn(name, undefined, error);
    }
  }

  async #work(work: Work): Promise<PartOutcome> {
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
      const hasTrained = await folder.turns.take(() => this.#trainOne(work));
      if (hasTrained) continue;
      // Others have all that is open: a look costs one opening of a file per shard.
      await order(work, { isOver: false });
      await pause(folder.watch.beats.every / 4, signal);
    }
  }

  /** As the leader says. */
  async #follow(team: Team, work: Work): Promise<PartOutcome> {
    const { shards, fit } = work;
    const { signal } = fit.hooks;
    for (;;) {
      signal?.throwIfAborted();
      const { beginning, isOver, task } = (await team.hear()) as Order;
      team.checkBeginning(shards.beginning, beginning);
      if (isOver) break;
      if (task) await this.#trainPart(work, shards.partOf(shards.all[task.shard], task.patience), task.state);
    }
    const until = performance.now() + SEEN_WITHIN * 1000;
    for (;;) {
      await shards.look();
      if (shards.open.length === 0) return shards.outcome();
      if (performance.now() > until) throw missing(this.#folder, shards);
      await pause(this.#folder.watch.beats.every / 4, signal);
      signal?.throwIfAborted();
    }
  }

  /** @returns false where others have claimed all that is open */
  async #trainOne(work: Work): Promise<boolean> {
    const { shards, first, fit } = work;
    fit.hooks.signal?.throwIfAborted();
    await shards.look();
    const own = first % shards.all.length;
    const before = shards.open.filter(({ number }) => number < own);
    const open = [...shards.open.slice(before.length), ...before];
    for (const shard of open) {
      const claim = await Claim.take(shard.files.claim, this.#folder.watch);
      if (!claim) continue;
      try {
        if (claim.from) await this.#folder.tellTaken(basename(shard.files.claim, '.claim'), claim.from);
        await shards.look();
        if (shards.open.includes(shard)) await this.#trainClaimed(work, shard, claim);
      } finally {
        await claim.release();
      }
      return true;
    }
    return false;
  }

  async #trainClaimed(work: Work, shard: Shard, claim: Claim): Promise<void> {
    const { shards } = work;
    const { patience } = shards;
    const before = await shards.stateOf(shard);
    await order(work, { isOver: false, task: { shard: shard.number, patience, state: before } });
    const keeper: Keeper = {
      save: (state) => shards.save(shard, state),
      isLost: () => claim.isLost(),
      told: (epoch) => {
        claim.told(epoch);
      },
    };
    const state = await this.#trainPart(work, shards.partOf(shard, patience), before, keeper);
    // Also where another has taken it over: what it comes to is the same file.
    if (state) await shards.finish(shard, state);
  }

  /** @returns undefined where another goes on with it */
  async #trainPart(
    { shards, fit: { hooks, parts }, team }: Work,
    whole: FitPart,
    before: RunState | undefined,
    keeper?: Keeper,
  ): Promise<RunState | undefined> {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = hooks;
    const trainer = await Trainer.create(whole, hooks, team?.ranks);
    const { part, state } = trainer;
    // What a team has not agreed on may be wrong.
    let isAgreed = true;
    try {
      if (before) trainer.restore(before);
      else if (part.initialCounts) await trainer.scoreInitial();
      const count = { done: shards.all.length - shards.open.length, all: shards.all.length };
      const report = progressTeller(trainer, parts, onProgress, count);
      let savedAt = performance.now();
      while (!trainer.finished) {
        const done = await epochOf(trainer, signal, onProgress && report);
        isAgreed = team === undefined || done === undefined;
        signal?.throwIfAborted();
        if (done) onEvent?.({ event: 'epoch', steps: part.stepsPerEpoch, seconds: done.seconds });
        report(0);
        keeper?.told(state.epoch);
        const isDue = performance.now() - savedAt > checkpointEvery * 1000;
        const isLost = isDue && (await keeper?.isLost()) === true;
        if ((await team?.agree(state, isLost)) ?? isLost) return undefined;
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

/** To the team, if there is one. */
async function order({ shards: { beginning }, team }: Work, words: Omit<Order, 'beginning'>): Promise<void> {
  await team?.tell({ beginning, ...words } satisfies Order);
}

/** On the way out of an error, which says more than one of saving. */
async function saveIfOurs(keeper: Keeper, state: RunState): Promise<void> {
  try {
    if (!(await keeper.isLost())) await keeper.save(state);
  } catch {
    // The checkpoint before is still there.
  }
}

function missing(folder: ShardFolder, { beginning, open, all }: PartShards): StateError {
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
