// Ranks of a launcher that train the same runs together, each by some tiles of every mini-batch, through MPI. The first
// of them leads: it leases shards, as a worker alone would, and tells the others what to train. All of them compute the
// same bits, so that nobody has to be asked for what was learned.

import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { InputError, InterlatentError, StateError } from '../errors.js';
import { causeCode, causeMessage } from '../files/cause.js';
import type { NativeRanks } from '../runtime/addon.js';
import { native } from '../runtime/native.js';
import type { TrainingState } from '../training/training-state.js';
import type { Launch } from './launch.js';

const MAX_SECONDS = 1e6;

/** Seconds after which a rank that others wait for is lost. Between epochs it may write a checkpoint, or read data. */
function deadline(): number {
  const given = Number(process.env['INTERLATENT_RANK_DEADLINE']);
  return given > 0 ? Math.min(given, MAX_SECONDS) : 300;
}

/** What each rank says after an epoch. */
interface Report {
  readonly epoch: number;
  /** Of what it has learned. */
  readonly digest: string;
  readonly stops: boolean;
}

export class ProcessGroup {
  readonly ranks: NativeRanks;
  readonly #launch: Launch;
  readonly #signal: AbortSignal | undefined;

  /** @param launch of which the ranks are some that follow each other */
  constructor(ranks: NativeRanks, launch: Launch, signal?: AbortSignal) {
    this.ranks = ranks;
    this.#launch = launch;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stop);
  }

  /**
   * This process among as many ranks of its launcher as train together; all of them must call it, and once.
   * @throws InputError `invalid-option` where there is no launcher, or its ranks cannot be cut into such groups;
   *   StateError `no-mpi`, `rank-lost`; the signal's reason
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

  /** Among the groups of the launcher, from 0. */
  get number(): number {
    return Math.floor(this.#launch.rank / this.ranks.count);
  }

  get isLeader(): boolean {
    return this.ranks.index === 0;
  }

  /** The leader's words to all others, who `hear` them. @throws StateError `rank-lost`; the signal's reason */
  async tell(words: object): Promise<void> {
    await this.#gather(serialize(words));
  }

  /** @throws StateError `rank-lost`; the signal's reason */
  async hear(): Promise<unknown> {
    const [words] = await this.#gather(new Uint8Array());
    return deserialize(words);
  }

  /**
   * Ends an epoch together.
   * @param stops whether this rank will not go on
   * @returns whether one of them will not
   * @throws StateError `rank-mismatch` where they have not learned the same, `rank-lost`; the signal's reason
   */
  async agree(state: TrainingState, stops: boolean): Promise<boolean> {
    const { epoch, parameters, moments, improvedAt, bestEpoch, failures } = state;
    const decisions = JSON.stringify({ improvedAt, bestEpoch, failures });
    const digest = createHash('sha256').update(parameters).update(moments).update(decisions).digest('hex');
    const own: Report = { epoch, digest, stops };
    const all = (await this.#gather(serialize(own))).map((bytes) => deserialize(bytes) as Report);
    const other = all.findIndex((one) => one.epoch !== epoch || one.digest !== digest);
    if (other >= 0) throw this.#mismatch(other, `have not learned the same until epoch ${epoch}`);
    return all.some((one) => one.stops);
  }

  /** @throws StateError `rank-mismatch` where the leader's stage, of this name and beginning, is another */
  checkBeginning(own: readonly string[], leaders: readonly string[]): void {
    if (own.join() !== leaders.join()) throw this.#mismatch(0, `begin with other numbers: ${own[0]}, ${leaders[0]}`);
  }

  /** Tells the others why this one does not go on, who would wait. Does nothing after `end`. */
  leave(why: string): void {
    this.#signal?.removeEventListener('abort', this.#stop);
    this.ranks.leave(why);
  }

  /** Waits until all are done; where one is not in time, without an error: there is nothing left to do for it. */
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

/** With what was trained meanwhile. @param epoch left out: between two shards */
export function lostIn(stage: string, epoch: number | undefined, error: unknown): unknown {
  if (causeCode(error) !== 'rank-lost') return error;
  if (error instanceof StateError && 'stage' in error.details) return error;
  const message =
    `${causeMessage(error)}, ${epoch === undefined ? 'at' : `in epoch ${epoch} of`} ${stage}. What was trained ` +
    'before is kept: start all ranks again with --resume.';
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
      'libmpich12); INTERLATENT_MPI_PATH names it where it is not found. Without --data-parallel they need none.',
    {},
    error,
  );
}

function notTogether(launch: Launch | undefined, size: number): InputError {
  return new InputError(
    'invalid-option',
    launch
      ? `${launch.launcher} has started ${launch.size} processes, which cannot be cut into groups of ${size} that ` +
          'train together (--data-parallel).'
      : `--data-parallel ${size} needs processes that a launcher starts, such as mpirun -n ${size}, or several GPUs.`,
    { dataParallel: size },
  );
}

/** MPI does not see what the launcher has told of: each would do the whole fit. */
function otherWorld({ launcher, rank, size }: Launch, place: { readonly rank: number; readonly size: number }) {
  return new StateError(
    'no-mpi',
    `${launcher} calls this process rank ${rank} of ${size}, MPI calls it rank ${place.rank} of ${place.size}: the ` +
      'library is not that of the launcher. Name it by INTERLATENT_MPI_PATH; srun may need --mpi=pmix or --mpi=pmi2.',
    { launcher, rank, size, place },
  );
}
