// Trains the stages of a fit in sequence, reports progress, and keeps a journal of the finished stages and the state of
// the running one. A resumed fit skips the former and continues the latter, with the same bits.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import { CPU, matmulPrecisionOf } from '../runtime/device.js';
import type { Compute } from '../runtime/program.js';
import { causeMessage } from '../errors/cause.js';
import type { FitEvent } from '../runtime/telemetry.js';
import type { CheckpointKey } from './checkpoint.js';
import type { FitConfig } from './config.js';
import { FitJournal, type FitState } from './journal.js';
import type { WorkFolder } from './locked-folder.js';
import { progressReporter, type FitProgress } from './fit-progress.js';
import { outcomeOf, type StageOutcome } from './outcome.js';
import type { FitStage, StageName } from './stage.js';
import type { RestartReading } from './reading.js';
import { Trainer } from './trainer.js';

export type { FitProgress } from './fit-progress.js';

/** The restarts that compete for the graph of a fit. */
export interface CompetingRestarts {
  /** Training subjects on which the restarts were compared. */
  readonly rows: Int32Array;
  readonly readings: readonly RestartReading[];
  readonly chosen: number;
}

export interface FitHooks extends Compute {
  /**
   * An abort stops the fit within one step, writes a checkpoint (with `folder`) and rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
  /** Called on the event loop, at most once per training step. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Called once with the restarts that competed for the graph, to compare them with a known truth. */
  readonly onRestarts?: (restarts: CompetingRestarts) => void;
  /**
   * Folder of metrics and checkpoints; without it, nothing is written. A path is locked during the fit, so that no
   * other process writes there. A folder that the caller has locked stays locked.
   */
  readonly folder?: WorkFolder;
  /**
   * True to write the figures of every epoch for TensorBoard, too, into `folder`. A resumed fit continues an existing
   * file in any case. Default: false.
   */
  readonly tensorboard?: boolean;
  /** Trains the stages together with other workers, instead of in this process alone. */
  readonly shards?: StageTrainer | undefined;
  /** Receives the events behind traces, metrics and log lines. */
  readonly onEvent?: ((event: FitEvent) => void) | undefined;
  /** False to skip the stage that learns to infer latents of missing modalities. Default: true. */
  readonly infersMissing?: boolean;
  /** True to continue from the checkpoint in `folder`, if there is one. */
  readonly resume?: boolean;
  /** Seconds between checkpoints. Default: 10. */
  readonly checkpointEvery?: number;
}

/** Trains the stages of a fit together with other workers. */
export interface StageTrainer {
  /** Trains a stage, with the bits of `Trainer` for any number of workers. */
  train(stage: FitStage, fit: FitOfStage): Promise<StageOutcome>;
  /** Returns a trainer for a fit within the fit, with a name. */
  within(fit: string): StageTrainer;
}

/** The fit to which a stage belongs. */
export interface FitOfStage {
  readonly key: CheckpointKey;
  readonly stages: readonly StageName[];
  readonly hooks: FitHooks;
}

export class StageRunner {
  readonly hooks: FitHooks;
  readonly #stages: readonly StageName[];
  readonly #key: CheckpointKey;
  readonly #journal: FitJournal | undefined;
  readonly #finished: StageOutcome[];
  /** State of the stage that was running when the checkpoint was written; undefined after it was restored. */
  #interrupted: FitState['running'] | undefined;
  #savedAt = performance.now();

  private constructor(
    stages: readonly StageName[],
    hooks: FitHooks,
    { key, journal }: { readonly key: CheckpointKey; readonly journal: FitJournal | undefined },
  ) {
    this.hooks = hooks;
    this.#stages = stages;
    this.#key = key;
    this.#journal = journal;
    this.#finished = [...(journal?.resumed?.finished ?? [])];
    this.#interrupted = journal?.resumed?.running;
  }

  /**
   * Locks the folder until `close`, and reads its checkpoint if `resume` is true.
   * @throws StateError `run-locked`; InputError `invalid-setting`, `run-exists`, `checkpoint-mismatch`, `damaged-file`;
   *   FileError `unwritable`
   */
  static async open(
    stages: readonly StageName[],
    dataset: Dataset,
    config: FitConfig,
    hooks: FitHooks,
  ): Promise<StageRunner> {
    const { folder, resume, tensorboard, shards, device = CPU } = hooks;
    const precision = matmulPrecisionOf(device);
    const key: CheckpointKey = {
      config,
      fingerprint: dataset.fingerprint,
      ...(precision !== 'float32' && { matmulPrecision: precision }),
    };
    // Shards are checkpoints themselves.
    if (shards) return new StageRunner(stages, hooks, { key, journal: undefined });
    if (folder === undefined) {
      if (!resume) return new StageRunner(stages, hooks, { key, journal: undefined });
      throw new InputError('invalid-setting', 'resume needs the folder of the fit; pass folder, too.', {
        setting: 'resume',
      });
    }
    const options = { tensorboard };
    const journal = await (resume ? FitJournal.resume(folder, key, options) : FitJournal.begin(folder, key, options));
    return new StageRunner(stages, hooks, { key, journal });
  }

  /** Closes the journal and unlocks the folder. Metrics and checkpoint stay there. */
  async close(): Promise<void> {
    await this.#journal?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Trains a stage, or returns its result from the checkpoint.
   * @param make builds the stage; not called if the stage is already finished
   * @throws NumericError `all-runs-diverged`; InputError `damaged-file`; FileError; DeviceError; the signal's reason
   */
  async run(name: StageName, make: () => FitStage | Promise<FitStage>): Promise<StageOutcome> {
    this.hooks.signal?.throwIfAborted();
    const finished = this.#finished.find((outcome) => outcome.name === name);
    if (finished) return finished;
    const stage = await make();
    const { shards } = this.hooks;
    const outcome = shards
      ? await this.#reported(stage, 0, () =>
          shards.train(stage, { key: this.#key, stages: this.#stages, hooks: this.hooks }),
        )
      : await this.#trainHere(stage);
    this.#finished.push(outcome);
    return outcome;
  }

  async #trainHere(stage: FitStage): Promise<StageOutcome> {
    const trainer = await Trainer.create(stage, this.hooks);
    try {
      return await this.#reported(stage, trainer.memory().total, async () => {
        await this.#start(trainer);
        await this.#train(trainer);
        return outcomeOf(stage.name, trainer.state, trainer.bestParameters());
      });
    } finally {
      await trainer.dispose();
    }
  }

  /** Trains a stage by `work`, and emits the events of its begin and its end. */
  async #reported(stage: FitStage, nativeBytes: number, work: () => Promise<StageOutcome>): Promise<StageOutcome> {
    const { onEvent } = this.hooks;
    const { name, runs, epochs } = stage;
    onEvent?.({ event: 'stage begins', stage: name, restarts: runs, epochs, nativeBytes, at: Date.now() });
    try {
      const outcome = await work();
      const { objectives, failures } = outcome;
      onEvent?.({ event: 'stage ends', epochs: outcome.epochs, objectives, failures, at: Date.now() });
      return outcome;
    } catch (error) {
      onEvent?.({ event: 'stage ends', error: causeMessage(error), at: Date.now() });
      throw error;
    }
  }

  /**
   * Restores an interrupted stage, and writes a checkpoint immediately, so that an unwritable folder is an error now
   * and not later.
   */
  async #start(trainer: Trainer): Promise<void> {
    const from = this.#interrupted?.stage === trainer.stage.name ? this.#interrupted.state : undefined;
    this.#interrupted = undefined;
    const isOfSize = (slab: 'parameters' | 'moments'): boolean => from?.[slab].length === trainer.state[slab].length;
    if (from && !(isOfSize('parameters') && isOfSize('moments'))) {
      throw new InputError('damaged-file', 'The checkpoint does not fit this version; remove it to start again.');
    }
    await trainer.start(from);
    await this.#save(trainer);
  }

  async #train(trainer: Trainer): Promise<void> {
    const { signal, onProgress, onEvent, checkpointEvery = 10 } = this.hooks;
    const { stepsPerEpoch } = trainer.stage;
    const report = progressReporter(trainer, this.#stages, onProgress);
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

  async #save({ stage, state }: Trainer): Promise<void> {
    await this.#journal?.save({ finished: this.#finished, running: { stage: stage.name, state } });
    this.#savedAt = performance.now();
  }
}
