// Trains the parts of a fit one after the other, reports progress, and keeps a journal: the parts that are finished and
// the state of the one that runs. Resuming skips the former and continues the latter, to the same bits.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import { CPU, dataParallelOf, matmulPrecisionOf } from '../runtime/device.js';
import type { ProgramOptions } from '../runtime/program.js';
import { causeMessage } from '../files/cause.js';
import type { FitEvent } from '../telemetry/telemetry.js';
import type { CheckpointKey } from './checkpoint.js';
import type { FitConfig } from './config.js';
import { FitJournal, type FitState } from './journal.js';
import type { WorkFolder } from './locked-folder.js';
import { progressTeller, type FitProgress } from './fit-progress.js';
import { outcomeOf, type PartOutcome } from './outcome.js';
import type { FitPart, PartName } from './part.js';
import type { RunReading } from './reading.js';
import { Trainer } from './trainer.js';

export type { FitProgress } from './fit-progress.js';

export interface CompetingRuns {
  /** Training subjects that the runs were read on. */
  readonly rows: Int32Array;
  readonly readings: readonly RunReading[];
  readonly chosen: number;
}

export interface FitHooks extends ProgramOptions {
  /** Aborting stops within one step, writes a checkpoint (with `folder`) and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called on the event loop, at most once per training step. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Called once, when the runs that competed for the graph are known: for whoever compares them with a truth. */
  readonly onRuns?: (runs: CompetingRuns) => void;
  /**
   * Where metrics and checkpoints go; without it nothing is written. A path is locked while the fit goes on: nobody
   * else may write there. A folder that the caller has locked stays so.
   */
  readonly folder?: WorkFolder;
  /**
   * Write the figures of every epoch for TensorBoard too, into `folder`. A file that a fit which is resumed has written
   * goes on without it. Default: false.
   */
  readonly tensorboard?: boolean;
  /** Trains the parts in the place of this fit alone. */
  readonly shards?: PartTrainer | undefined;
  /** Told what spans, figures and a logger are made of. */
  readonly onEvent?: ((told: FitEvent) => void) | undefined;
  /** False: nothing is trained to infer the latents of modalities that subjects lack. */
  readonly infersMissing?: boolean;
  /** Continue from the checkpoint in `folder`, if there is one. */
  readonly resume?: boolean;
  /** Seconds between checkpoints, by default 10. */
  readonly checkpointEvery?: number;
}

/** Who trains the parts of a fit where that does not do it all itself. */
export interface PartTrainer {
  /** To the bits of `Trainer`, however many work on it. */
  train(part: FitPart, fit: FitOfPart): Promise<PartOutcome>;
  /** For a fit within the fit, of another name. */
  within(fit: string): PartTrainer;
}

/** The fit that a part is of. */
export interface FitOfPart {
  readonly key: CheckpointKey;
  readonly parts: readonly PartName[];
  readonly hooks: FitHooks;
}

export class PartRunner {
  readonly hooks: FitHooks;
  readonly #parts: readonly PartName[];
  readonly #key: CheckpointKey;
  readonly #journal: FitJournal | undefined;
  readonly #finished: PartOutcome[];
  /** State of the part that was running when the checkpoint was written. */
  #interrupted: FitState['running'] | undefined;
  #savedAt = performance.now();

  private constructor(
    parts: readonly PartName[],
    hooks: FitHooks,
    { key, journal }: { readonly key: CheckpointKey; readonly journal: FitJournal | undefined },
  ) {
    this.hooks = hooks;
    this.#parts = parts;
    this.#key = key;
    this.#journal = journal;
    this.#finished = [...(journal?.resumed?.finished ?? [])];
    this.#interrupted = journal?.resumed?.running;
  }

  /**
   * Locks the folder until `close`, and reads its checkpoint when resuming.
   * @throws StateError `run-locked`; InputError `invalid-setting`, `run-exists`, `checkpoint-mismatch`, `damaged-file`;
   *   FileError `unwritable`
   */
  static async open(
    parts: readonly PartName[],
    dataset: Dataset,
    config: FitConfig,
    hooks: FitHooks,
  ): Promise<PartRunner> {
    const { folder, resume, tensorboard, shards, device = CPU } = hooks;
    const precision = matmulPrecisionOf(device);
    const key: CheckpointKey = {
      config,
      fingerprint: dataset.fingerprint,
      ...(precision !== 'float32' && { matmulPrecision: precision }),
      ...(dataParallelOf(device) !== undefined && { batches: 'tiles' as const }),
    };
    // Shards are checkpoints of their own.
    if (shards) return new PartRunner(parts, hooks, { key, journal: undefined });
    if (folder === undefined) {
      if (!resume) return new PartRunner(parts, hooks, { key, journal: undefined });
      throw new InputError('invalid-setting', 'resume needs a folder to resume from.', { setting: 'resume' });
    }
    const options = { tensorboard };
    const journal = await (resume ? FitJournal.resume(folder, key, options) : FitJournal.begin(folder, key, options));
    return new PartRunner(parts, hooks, { key, journal });
  }

  /** Leaves metrics and checkpoint in the folder, and unlocks it. */
  async close(): Promise<void> {
    await this.#journal?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Trains a part, or returns what the checkpoint has of it.
   * @param make builds the part; not called when it is finished already
   * @throws NumericError `all-runs-diverged`; InputError `damaged-file`; FileError; DeviceError; the signal's reason
   */
  async run(name: PartName, make: () => FitPart | Promise<FitPart>): Promise<PartOutcome> {
    this.hooks.signal?.throwIfAborted();
    const known = this.#finished.find((outcome) => outcome.name === name);
    if (known) return known;
    const part = await make();
    const { shards } = this.hooks;
    const outcome = shards
      ? await this.#told(part, 0, () => shards.train(part, { key: this.#key, parts: this.#parts, hooks: this.hooks }))
      : await this.#trainHere(part);
    this.#finished.push(outcome);
    return outcome;
  }

  async #trainHere(part: FitPart): Promise<PartOutcome> {
    const trainer = await Trainer.create(part, this.hooks);
    try {
      return await this.#told(part, trainer.memory().total, async () => {
        await this.#start(trainer);
        await this.#train(trainer);
        const { state } = trainer;
        return outcomeOf({ ...state, name: part.name, parameters: trainer.bestParameters() });
      });
    } finally {
      await trainer.dispose();
    }
  }

  /** The work on a part, with the events of its begin and its end. */
  async #told(part: FitPart, nativeBytes: number, work: () => Promise<PartOutcome>): Promise<PartOutcome> {
    const { onEvent } = this.hooks;
    const { name, runs, epochs } = part;
    onEvent?.({ event: 'part begins', part: name, runs, epochs, nativeBytes, at: Date.now() });
    try {
      const outcome = await work();
      const { objectives, failures } = outcome;
      onEvent?.({ event: 'part ends', epochs: outcome.epochs, objectives, failures, at: Date.now() });
      return outcome;
    } catch (error) {
      onEvent?.({ event: 'part ends', error: causeMessage(error), at: Date.now() });
      throw error;
    }
  }

  /**
   * Restores an interrupted part, and writes a checkpoint at once, so that a folder that cannot be written is no
   * surprise later.
   */
  async #start(trainer: Trainer): Promise<void> {
    const interrupted = this.#interrupted;
    this.#interrupted = undefined;
    if (interrupted?.part === trainer.part.name) {
      const { parameters, moments } = trainer.state;
      if (
        interrupted.state.parameters.length !== parameters.length ||
        interrupted.state.moments.length !== moments.length
      ) {
        throw new InputError('damaged-file', 'The checkpoint does not fit this version; remove it to start afresh.');
      }
      trainer.restore(interrupted.state);
    } else if (trainer.part.initialCounts) {
      await trainer.scoreInitial();
    }
    await this.#save(trainer);
  }

  async #train(trainer: Trainer): Promise<void> {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = this.hooks;
    const { stepsPerEpoch } = trainer.part;
    const report = progressTeller(trainer, this.#parts, onProgress);
    while (!trainer.finished) {
      const done = await trainer.epoch(signal, onProgress && report);
      if (done) {
        onEvent?.({ event: 'epoch', steps: stepsPerEpoch, seconds: done.seconds });
        await this.#journal?.append(done);
      }
      if (done === undefined || signal?.aborted) {
        await this.#save(trainer);
        signal!.throwIfAborted();
      }
      report(0);
      if (performance.now() - this.#savedAt > checkpointEvery * 1000) await this.#save(trainer);
    }
  }

  async #save({ part, state }: Trainer): Promise<void> {
    await this.#journal?.save({ finished: this.#finished, running: { part: part.name, state } });
    this.#savedAt = performance.now();
  }
}
