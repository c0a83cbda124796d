// A process group: ranks that train the same restarts together through MPI, each with some tiles of every mini-batch.
// The first rank is the leader: it leases shards, like a single worker, and sends each order to the other ranks. All
// ranks compute the same bits, so the results need not be exchanged.

import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { InputError, InterlatentError, StateError } from '../errors/errors.js';
import { causeCode, causeMessage } from '../errors/cause.js';
import type { NativeRanks } from '../runtime/addon.js';
import { native } from '../runtime/native.js';
import { writtenState, type TrainingState } from '../training/training-state.js';
import type { Launch } from './launch.js';

const MAX_SECONDS = 1e6;

/**
 * Returns the seconds after which an awaited rank counts as lost. They must exceed the time that a rank needs between
 * epochs to write a checkpoint or to read data.
 */
function deadline(): number {
  const seconds = Number(process.env['INTERLATENT_RANK_DEADLINE']);
  return seconds > 0 ? Math.min(seconds, MAX_SECONDS) : 300;
}

/** Message of each rank after an epoch. */
interface Report {
  readonly epoch: number;
  /** Digest of parameters, moments and decisions. */
  readonly digest: string;
  readonly stops: boolean;
}

export class ProcessGroup {
  readonly ranks: NativeRanks;
  readonly #launch: Launch;
  readonly #signal: AbortSignal | undefined;

  /** @param launch all processes of the launcher; the ranks of the group are consecutive ones of them */
  constructor(ranks: NativeRanks, launch: Launch, signal?: AbortSignal) {
    this.ranks = ranks;
    this.#launch = launch;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
  }

  /**
   * Joins the process group of this rank. Every rank of the launcher must call it exactly once.
   * @param size ranks of a group
   * @throws InputError `invalid-option` if there is no launcher, or `size` does not divide its processes; StateError
   *   `no-mpi`, `rank-lost`; the signal's reason
   */
  static async join(launch: Launch | undefined, size: number, signal?: AbortSignal): Promise<ProcessGroup> {
    if (!launch || launch.size % size !== 0) throw notTogether(launch, size);
    const { Ranks } = native();
    const giveUp = (): void => {
      Ranks.giveUpMpi();
    };
    signal?.throwIfAborted();
    signal?.addEventListener('abort', giveUp);
    try {
      const place = await Ranks.beginMpi(process.env['INTERLATENT_MPI_PATH'] ?? '', deadline());
      if (place.size !== launch.size || place.rank !== launch.rank) throw otherWorld(launch, place);
      const ranks = await Ranks.mpi(launch.rank - (launch.rank % size), size, deadline());
      signal?.throwIfAborted();
      return new ProcessGroup(ranks, launch, signal);
    } catch (error) {
      throw translated(error, signal);
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Number of this group among the groups of the launcher, from 0. */
  get number(): number {
    return Math.floor(this.#launch.rank / this.ranks.count);
  }

  get isLeader(): boolean {
    return this.ranks.index === 0;
  }

  /** Sends a message of the leader to the other ranks, which `receive` it. @throws as `receive` */
  async broadcast(message: object): Promise<void> {
    await this.#gather(serialize(message));
  }

  /** Waits for a message of the leader. @throws StateError `rank-lost`; the signal's reason */
  async receive(): Promise<unknown> {
    const [message] = await this.#gather(new Uint8Array());
    return deserialize(message);
  }

  /**
   * Ends an epoch on all ranks.
   * @param stops true if this rank stops
   * @returns true if any rank stops
   * @throws StateError `rank-mismatch` if the ranks have different parameters, `rank-lost`; the signal's reason
   */
  async agree(state: TrainingState, stops: boolean): Promise<boolean> {
    const { epoch, parameters, moments } = state;
    const decisions = JSON.stringify(writtenState(state).numbers);
    const digest = createHash('sha256').update(parameters).update(moments).update(decisions).digest('hex');
    const report: Report = { epoch, digest, stops };
    const all = (await this.#gather(serialize(report))).map((bytes) => deserialize(bytes) as Report);
    const other = all.findIndex((one) => one.epoch !== epoch || one.digest !== digest);
    if (other >= 0) throw this.#mismatch(other, `have different parameters after epoch ${epoch}`);
    return all.some((one) => one.stops);
  }

  /**
   * Checks that this rank and the leader begin the same stage with the same numbers.
   * @param beginning name of the stage, and digest of its inputs
   * @throws StateError `rank-mismatch`
   */
  checkBeginning(beginning: readonly string[], ofLeader: readonly string[]): void {
    if (beginning.join() === ofLeader.join()) return;
    throw this.#mismatch(0, `begin with different numbers: ${beginning[0]}, ${ofLeader[0]}`);
  }

  /** Leaves the group and gives the waiting ranks the reason. Does nothing after `end`. */
  leave(why: string): void {
    this.#signal?.removeEventListener('abort', this.#stop);
    this.ranks.leave(why);
  }

  /** Waits until all ranks have finished. If one is late, it returns without an error, since no work remains. */
  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#stop);
    try {
      await this.ranks.end();
    } catch (error) {
      throw translated(error, this.#signal);
    }
  }

  readonly #stop = (): void => {
    this.ranks.leave('was stopped');
  };

  async #gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    try {
      return await this.ranks.gather(bytes);
    } catch (error) {
      throw translated(error, this.#signal);
    }
  }

  #mismatch(other: number, what: string): StateError {
    const first = this.#launch.rank - this.ranks.index;
    const ranks = [this.#launch.rank, first + other].sort((a, b) => a - b);
    return new StateError(
      'rank-mismatch',
      `Ranks ${ranks.join(' and ')} ${what}. Ranks that train together need the same study, version and kind of ` +
        'processor.',
      { ranks },
    );
  }
}

/** Adds stage and epoch to a `rank-lost` error, and returns other errors. @param epoch undefined between shards */
export function lostIn(stage: string, epoch: number | undefined, error: unknown): unknown {
  if (causeCode(error) !== 'rank-lost') return error;
  if (error instanceof StateError && 'stage' in error.details) return error;
  const message =
    `${causeMessage(error)}, ${epoch === undefined ? 'at' : `in epoch ${epoch} of`} ${stage}. Earlier training is ` +
    'saved: start all ranks again with --resume.';
  return new StateError('rank-lost', message, { stage, epoch }, error);
}

function translated(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const code = causeCode(error);
  if (error instanceof InterlatentError) return error;
  if (code === 'rank-lost' || code === 'cancelled') return new StateError(code, causeMessage(error), {}, error);
  if (code !== 'no-mpi') return error;
  return new StateError(
    'no-mpi',
    `${causeMessage(error)}. Ranks that train together need the launcher's MPI library (Debian: libopenmpi40 or ` +
      'libmpich12). If it is not found, set INTERLATENT_MPI_PATH. Without --data-parallel no MPI is needed.',
    {},
    error,
  );
}

function notTogether(launch: Launch | undefined, size: number): InputError {
  return new InputError(
    'invalid-option',
    launch
      ? `${launch.launcher} has started ${launch.size} processes, which cannot be divided into groups of ${size} ` +
          '(--data-parallel).'
      : `--data-parallel ${size} needs processes that a launcher starts: mpirun -n ${size}.`,
    { dataParallel: size },
  );
}

/** Returns the error for ranks that MPI numbers in another way than the launcher: each would do the whole fit. */
function otherWorld({ launcher, rank, size }: Launch, place: { readonly rank: number; readonly size: number }) {
  return new StateError(
    'no-mpi',
    `${launcher} calls this process rank ${rank} of ${size}, MPI calls it rank ${place.rank} of ${place.size}. The ` +
      "MPI library is not the launcher's: set INTERLATENT_MPI_PATH. srun may need --mpi=pmix or --mpi=pmi2.",
    { launcher, rank, size, place },
  );
}
