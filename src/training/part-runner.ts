// Trains the parts of a fit one after the other, reports progress, and keeps a journal: the parts that are finished and
// the state of the one that runs. Resuming skips the former and continues the latter, to the same bits.

import type { Dataset } from '../data/dataset.js';
import { InputError, NumericError } from '../errors.js';
import { CPU, matmulPrecisionOf } from '../runtime/device.js';
import type { ProgramOptions } from '../runtime/program.js';
import { causeMessage } from '../files/cause.js';
import type { FitEvent } from '../telemetry/telemetry.js';
import type { CheckpointKey } from './checkpoint.js';
import type { FitConfig } from './config.js';
import { FitJournal, type FitState } from './journal.js';
import type { WorkFolder } from './locked-folder.js';
import type { PartOutcome } from './outcome.js';
import type { FitPart, PartName } from './part.js';
import type { RunReading } from './reading.js';
import type { EpochMetrics } from './run-state.js';
import { Trainer } from './trainer.js';

export interface FitProgress {
  /** Left out in the fit itself; in its cross-fit the number of the half that is held out, from 0. */
  readonly fold?: number;
  /** The part that runs, and all parts of the fit in order. */
  readonly part: PartName;
  readonly parts: readonly PartName[];
  /** Epochs of the part done. */
  readonly epoch: number;
  readonly epochs: number;
  /** Training steps done in the running epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly stepsPerSecond: number;
  /** Until the last epoch of the part at the present speed; early stopping may end sooner. */
  readonly secondsLeft: number;
  /** The last whole epoch of the part. */
  readonly metrics: EpochMetrics | undefined;
}

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
  /** Told what spans, figures and a logger are made of. */
  readonly onEvent?: ((told: FitEvent) => void) | undefined;
  /** False: nothing is trained to infer the latents of modalities that subjects lack. */
  readonly infersMissing?: boolean;
  /** Continue from the checkpoint in `folder`, if there is one. */
  readonly resume?: boolean;
  /** Seconds between checkpoints, by default 10. */
  readonly checkpointEvery?: number;
}

export class PartRunner {
  readonly hooks: FitHooks;
  readonly #parts: readonly PartName[];
  readonly #journal: FitJournal | undefined;
  readonly #finished: PartOutcome[];
  /** State of the part that was running when the checkpoint was written. */
  #interrupted: FitState['running'] | undefined;
  #savedAt = performance.now();

  private constructor(parts: readonly PartName[], hooks: FitHooks, journal: FitJournal | undefined) {
    this.hooks = hooks;
    this.#parts = parts;
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
    const { folder, resume, tensorboard, device = CPU } = hooks;
    if (folder === undefined) {
      if (!resume) return new PartRunner(parts, hooks, undefined);
      throw new InputError('invalid-setting', 'resume needs a folder to resume from.', { setting: 'resume' });
    }
    const precision = matmulPrecisionOf(device);
    const key: CheckpointKey = {
      config,
      fingerprint: dataset.fingerprint,
      ...(precision !== 'float32' && { matmulPrecision: precision }),
    };
    const options = { tensorboard };
    const journal = await (resume ? FitJournal.resume(folder, key, options) : FitJournal.begin(folder, key, options));
    return new PartRunner(parts, hooks, journal);
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
    const { onEvent } = this.hooks;
    const trainer = await Trainer.create(await make(), this.hooks);
    const { runs, epochs } = trainer.part;
    const nativeBytes = trainer.memory().total;
    onEvent?.({ event: 'part begins', part: name, runs, epochs, nativeBytes, at: Date.now() });
    try {
      await this.#start(trainer);
      await this.#train(trainer);
      const outcome = outcomeOf(trainer);
      this.#finished.push(outcome);
      const { objectives, failures } = outcome;
      onEvent?.({ event: 'part ends', epochs: outcome.epochs, objectives, failures, at: Date.now() });
      return outcome;
    } catch (error) {
      onEvent?.({ event: 'part ends', error: causeMessage(error), at: Date.now() });
      throw error;
    } finally {
      await trainer.dispose();
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
    const { part } = trainer;
    const { epochs, stepsPerEpoch } = part;
    const firstEpoch = trainer.state.epoch;
    const started = performance.now();
    let metrics = trainer.state.history.at(-1);
    const report = (step: number): void => {
      const { epoch } = trainer.state;
      const seconds = (performance.now() - started) / 1000;
      const steps = (epoch - firstEpoch) * stepsPerEpoch + step;
      const stepsPerSecond = steps === 0 ? 0 : steps / seconds;
      const stepsLeft = (epochs - epoch) * stepsPerEpoch - step;
      const secondsLeft = steps === 0 ? Infinity : stepsLeft / stepsPerSecond;
      const parts = this.#parts;
      onProgress?.({
        part: part.name,
        parts,
        epoch,
        epochs,
        step,
        stepsPerEpoch,
        stepsPerSecond,
        secondsLeft,
        metrics,
      });
    };
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
      metrics = done;
      report(0);
      if (performance.now() - this.#savedAt > checkpointEvery * 1000) await this.#save(trainer);
    }
  }

  async #save({ part, state }: Trainer): Promise<void> {
    await this.#journal?.save({ finished: this.#finished, running: { part: part.name, state } });
    this.#savedAt = performance.now();
  }
}

function outcomeOf(trainer: Trainer): PartOutcome {
  const { bestObjective, bestEpoch, failures, history, epoch } = trainer.state;
  if (Math.min(...bestObjective) === Infinity) {
    throw new NumericError('all-runs-diverged', 'No run reached a finite validation objective; lower learningRate.');
  }
  return {
    name: trainer.part.name,
    parameters: trainer.bestParameters(),
    objectives: bestObjective.map((value) => (Number.isFinite(value) ? value : null)),
    bestEpochs: bestEpoch,
    epochs: epoch,
    failures,
    history,
  };
}
