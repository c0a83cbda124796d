// What a fit keeps in its folder while it goes on: a lock, the metrics of every epoch, and checkpoints that name how
// much of the metrics belongs to them.

import { InputError } from '../errors.js';
import { hasCheckpoint, readCheckpoint, writeCheckpoint, type Checkpoint, type CheckpointKey } from './checkpoint.js';
import { EventFile } from './event-file.js';
import { enterFolder, type FolderUse, type WorkFolder } from './locked-folder.js';
import { MetricsFile } from './metrics-file.js';
import type { PartOutcome } from './outcome.js';
import type { PartName } from './part.js';
import { settleFinishedFit } from './finished-fit.js';
import type { EpochMetrics, RunState } from './run-state.js';

export interface JournalOptions {
  /** Write the figures for TensorBoard too. */
  readonly tensorboard?: boolean | undefined;
}

/** How far a fit is: the parts that are finished, and the state of the one that runs. */
export interface FitState {
  readonly finished: readonly PartOutcome[];
  readonly running: { readonly part: PartName; readonly state: RunState };
}

export class FitJournal {
  /** Where the checkpoint was; undefined for a fit that begins. */
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
   * @param folder a path, which is locked until `close`, or a folder that the caller has locked
   * @throws StateError `run-locked`; InputError `run-exists` where there is a fit already; FileError `unwritable`
   */
  static async begin(folder: WorkFolder, key: CheckpointKey, options: JournalOptions = {}): Promise<FitJournal> {
    return FitJournal.#open({ folder, key }, options, async (path) => {
      if ((await settleFinishedFit(path)) || (await hasCheckpoint(path))) {
        throw new InputError(
          'run-exists',
          `${path} holds a fit already. Go on with resume (--resume), choose another folder, or remove it first.`,
          { folder: path },
        );
      }
      return undefined;
    });
  }

  /**
   * Goes on from the folder's checkpoint, or begins where there is none.
   * @param folder see `begin`
   * @throws StateError `run-locked`; InputError `run-exists` where there is a finished fit,
   *   `checkpoint-mismatch`, `damaged-file`; FileError `unwritable`
   */
  static async resume(folder: WorkFolder, key: CheckpointKey, options: JournalOptions = {}): Promise<FitJournal> {
    return FitJournal.#open({ folder, key }, options, async (path) => {
      if (await settleFinishedFit(path)) {
        throw new InputError(
          'run-exists',
          `${path} holds a finished fit, there is nothing to resume. ` +
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
        const events = await EventFile.open(path, history, { isAsked: tensorboard });
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

  /** Writes a checkpoint. @throws FileError `disk-full`, `unwritable`; the checkpoint before it stays */
  async save({ finished, running }: FitState): Promise<void> {
    // The lines first: a checkpoint never names what is not on the disk.
    const metrics = await this.#metrics.sync();
    await writeCheckpoint(this.#folder.path, this.#key, { finished, running, metrics });
  }

  /** Leaves metrics and checkpoint behind, and unlocks the folder. */
  async close(): Promise<void> {
    try {
      await Promise.all([this.#metrics.close(), this.#events?.close()]);
    } finally {
      await this.#folder.leave();
    }
  }
}

function stateOf({ finished, running }: Checkpoint, history: readonly EpochMetrics[]): FitState {
  const of = (part: PartName) => history.filter((metrics) => metrics.part === part);
  return {
    finished: finished.map((outcome) => ({ ...outcome, history: of(outcome.name) })),
    running: { part: running.part, state: { ...running.state, history: of(running.part) } },
  };
}
