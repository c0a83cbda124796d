// The files of a fit in progress: a lock, the metrics of every epoch, and checkpoints. A checkpoint records how much of
// the metrics belongs to it.

import { InputError } from '../errors/errors.js';
import { hasCheckpoint, readCheckpoint, writeCheckpoint, type Checkpoint, type CheckpointKey } from './checkpoint.js';
import { EventFile } from './event-file.js';
import { enterFolder, type FolderUse, type WorkFolder } from './locked-folder.js';
import { MetricsFile } from './metrics-file.js';
import type { StageOutcome } from './outcome.js';
import type { StageName } from './stage.js';
import { settleFinishedFit } from './finished-fit.js';
import type { EpochMetrics, TrainingState } from './training-state.js';

export interface JournalOptions {
  /** True to write the figures for TensorBoard, too. */
  readonly tensorboard?: boolean | undefined;
}

/** Progress of a fit: the finished stages, and the state of the running one. */
export interface FitState {
  readonly finished: readonly StageOutcome[];
  readonly running: { readonly stage: StageName; readonly state: TrainingState };
}

export class FitJournal {
  /** State of the checkpoint; undefined for a new fit. */
  readonly resumed: FitState | undefined;
  readonly #folder: FolderUse;
  readonly #key: CheckpointKey;
  readonly #metrics: MetricsFile;
  readonly #events: EventFile | undefined;

  private constructor(
    { folder, key }: { readonly folder: FolderUse; readonly key: CheckpointKey },
    { metrics, events }: { readonly metrics: MetricsFile; readonly events: EventFile | undefined },
    resumed?: FitState,
  ) {
    this.#folder = folder;
    this.#key = key;
    this.#metrics = metrics;
    this.#events = events;
    this.resumed = resumed;
  }

  /**
   * Opens the journal of a new fit.
   * @param folder a path, which is locked until `close`, or a folder that the caller has locked
   * @throws StateError `run-locked`; InputError `run-exists` if the folder already holds a fit; FileError `unwritable`
   */
  static async begin(folder: WorkFolder, key: CheckpointKey, options: JournalOptions = {}): Promise<FitJournal> {
    return FitJournal.#open({ folder, key }, options, async (path) => {
      if ((await settleFinishedFit(path)) || (await hasCheckpoint(path))) {
        throw new InputError(
          'run-exists',
          `${path} already holds a fit. Continue it with resume (--resume), choose another folder, or remove it first.`,
          { folder: path },
        );
      }
      return undefined;
    });
  }

  /**
   * Continues from the folder's checkpoint, or opens the journal of a new fit if there is none.
   * @param folder see `begin`
   * @throws StateError `run-locked`; InputError `run-exists` if the folder holds a finished fit,
   *   `checkpoint-mismatch`, `damaged-file`; FileError `unwritable`
   */
  static async resume(folder: WorkFolder, key: CheckpointKey, options: JournalOptions = {}): Promise<FitJournal> {
    return FitJournal.#open({ folder, key }, options, async (path) => {
      if (await settleFinishedFit(path)) {
        throw new InputError(
          'run-exists',
          `${path} holds a finished fit; there is nothing to resume. ` +
            'Load it, choose another folder, or remove it first.',
          { folder: path },
        );
      }
      return readCheckpoint(path, key);
    });
  }

  static async #open(
    { folder, key }: { readonly folder: WorkFolder; readonly key: CheckpointKey },
    { tensorboard = false }: JournalOptions,
    read: (path: string) => Promise<Checkpoint | undefined>,
  ): Promise<FitJournal> {
    const use = await enterFolder(folder);
    const { path, leave } = use;
    try {
      const checkpoint = await read(path);
      const { file: metrics, history } = checkpoint
        ? await MetricsFile.reopen(path, checkpoint.metrics)
        : { file: await MetricsFile.create(path), history: [] };
      try {
        const events = await EventFile.open(path, history, { isRequested: tensorboard });
        const resumed = checkpoint && stateOf(checkpoint, history);
        return new FitJournal({ folder: use, key }, { metrics, events }, resumed);
      } catch (error) {
        await metrics.close();
        throw error;
      }
    } catch (error) {
      await leave();
      throw error;
    }
  }

  /** Writes the line of an epoch. @throws FileError `disk-full`, `unwritable` */
  async append(metrics: EpochMetrics): Promise<void> {
    await this.#metrics.append(metrics);
    await this.#events?.append(metrics);
  }

  /** Writes a checkpoint. @throws FileError `disk-full`, `unwritable`; the previous checkpoint then stays */
  async save({ finished, running }: FitState): Promise<void> {
    // The lines are written first: a checkpoint never refers to lines that are not on the disk.
    const metrics = await this.#metrics.sync();
    await writeCheckpoint(this.#folder.path, this.#key, { finished, running, metrics });
  }

  /** Closes the files, which stay in the folder, and unlocks it. */
  async close(): Promise<void> {
    try {
      await Promise.all([this.#metrics.close(), this.#events?.close()]);
    } finally {
      await this.#folder.leave();
    }
  }
}

function stateOf({ finished, running }: Checkpoint, history: readonly EpochMetrics[]): FitState {
  const of = (stage: StageName) => history.filter((metrics) => metrics.stage === stage);
  return {
    finished: finished.map((outcome) => ({ ...outcome, history: of(outcome.name) })),
    running: { stage: running.stage, state: { ...running.state, history: of(running.stage) } },
  };
}
