// Trains the parts of a fit in shards: whoever is free claims one that is open, and trains it on from where it was
// left. When none is open, every worker reads all of them, and goes on with the fit in the same way as the others.

import { basename } from 'node:path';
import { NumericError } from '../errors.js';
import { progressTeller } from '../training/fit-progress.js';
import type { PartOutcome } from '../training/outcome.js';
import type { FitPart } from '../training/part.js';
import type { FitOfPart, PartTrainer } from '../training/part-runner.js';
import { Trainer } from '../training/trainer.js';
import { Claim } from './claim.js';
import { pause } from './pause.js';
import { PartShards, type Shard } from './part-shards.js';
import type { ShardFolder } from './shard-folder.js';

export class ShardTrainer implements PartTrainer {
  readonly #folder: ShardFolder;
  readonly #fit: string;

  constructor(folder: ShardFolder, fit = 'fit') {
    this.#folder = folder;
    this.#fit = fit;
  }

  within(fit: string): ShardTrainer {
    return new ShardTrainer(this.#folder, fit);
  }

  /**
   * @throws InputError `shard-mismatch`, `damaged-file`; StateError `shards-missing` where nothing is to be trained;
   *   NumericError `all-runs-diverged`; FileError; DeviceError; the signal's reason
   */
  async train(part: FitPart, fit: FitOfPart): Promise<PartOutcome> {
    const folder = this.#folder;
    const { signal } = fit.hooks;
    const name = `${this.#fit}.${part.name}`;
    const { config, fingerprint } = fit.key;
    const key = { ...folder.key, fingerprint, config: JSON.stringify(config) };
    const shards = new PartShards(folder.path, name, part, { most: folder.of, key });
    for (;;) {
      signal?.throwIfAborted();
      await shards.look();
      if (shards.open.length === 0) return shards.outcome();
      if (folder.use === 'gather') {
        throw folder.missing(
          name,
          shards.open.map(({ number }) => number),
          shards.all.length,
        );
      }
      const hasTrained = await folder.turns.take(() => this.#trainOne(shards, fit));
      // Others have all that is open: a look costs one opening of a file per shard.
      if (!hasTrained) await pause(folder.watch.beats.every / 4, signal);
    }
  }

  /** @returns false where others have claimed all that is open */
  async #trainOne(shards: PartShards, fit: FitOfPart): Promise<boolean> {
    fit.hooks.signal?.throwIfAborted();
    await shards.look();
    const own = this.#folder.index % shards.all.length;
    const before = shards.open.filter(({ number }) => number < own);
    const open = [...shards.open.slice(before.length), ...before];
    for (const shard of open) {
      const claim = await Claim.take(shard.files.claim, this.#folder.watch);
      if (!claim) continue;
      try {
        if (claim.from) await this.#folder.tellTaken(basename(shard.files.claim, '.claim'), claim.from);
        await shards.look();
        if (shards.open.includes(shard)) await this.#trainClaimed(shards, shard, claim, fit);
      } finally {
        await claim.release();
      }
      return true;
    }
    return false;
  }

  async #trainClaimed(shards: PartShards, shard: Shard, claim: Claim, { hooks, parts }: FitOfPart): Promise<void> {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = hooks;
    const trainer = await Trainer.create(shards.partOf(shard), hooks);
    try {
      const { part, state } = trainer;
      const before = await shards.stateOf(shard);
      if (before) trainer.restore(before);
      else if (part.initialCounts) await trainer.scoreInitial();
      const count = { done: shards.all.length - shards.open.length, all: shards.all.length };
      const report = progressTeller(trainer, parts, onProgress, count);
      let savedAt = performance.now();
      while (!trainer.finished) {
        const done = await epochOf(trainer, signal, onProgress && report);
        if (signal?.aborted) {
          if (!(await claim.isLost())) await shards.save(shard, state);
          signal.throwIfAborted();
        }
        if (done) onEvent?.({ event: 'epoch', steps: part.stepsPerEpoch, seconds: done.seconds });
        report(0);
        claim.epoch = state.epoch;
        if (performance.now() - savedAt < checkpointEvery * 1000) continue;
        // Another has gone on with it, as this worker was not heard of: its file is not to be written over.
        if (await claim.isLost()) return;
        await shards.save(shard, state);
        savedAt = performance.now();
      }
      // Also where another has taken it over: what it comes to is the same file.
      await shards.finish(shard, state);
    } finally {
      await trainer.dispose();
    }
  }
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
