// Processes that a launcher (mpirun, srun) started together. The ranks must see each other's files, because otherwise
// each of them would silently do the whole fit.

import { constants } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { StateError } from '../errors/errors.js';
import { makeFolder, writeError } from '../files/atomic.js';
import { textIfExists } from '../files/bytes.js';
import { thisMachine } from '../files/this-machine.js';
import { pause } from './pause.js';

/** What the environment of a process says about its launch. */
export interface Launch {
  readonly launcher: string;
  /** Number of this process, from 0. */
  readonly rank: number;
  readonly size: number;
  /** Number of processes on this host. 1 if the launcher does not report it. */
  readonly localSize: number;
}

const LAUNCHERS = [
  {
    launcher: 'Open MPI',
    rank: 'OMPI_COMM_WORLD_RANK',
    size: 'OMPI_COMM_WORLD_SIZE',
    localSize: 'OMPI_COMM_WORLD_LOCAL_SIZE',
  },
  { launcher: 'srun', rank: 'SLURM_PROCID', size: 'SLURM_STEP_NUM_TASKS', localSize: 'SLURM_STEP_TASKS_PER_NODE' },
  { launcher: 'MPICH', rank: 'PMI_RANK', size: 'PMI_SIZE', localSize: 'MPI_LOCALNRANKS' },
] as const;

/** Returns the launch of this process, or undefined if it was started alone. */
export function launchOf(environment: NodeJS.ProcessEnv): Launch | undefined {
  for (const { launcher, ...names } of LAUNCHERS) {
    const [rank, size] = [names.rank, names.size].map((name) => Number(environment[name]));
    // Slurm lists the counts of the nodes, such as 4(x2),3. `parseInt` reads the first one.
    const local = parseInt(environment[names.localSize] ?? '', 10);
    if (Number.isInteger(rank) && size > 1) return { launcher, rank, size, localSize: local >= 1 ? local : 1 };
  }
  return undefined;
}

/** Returns the threads of each process: its share of the host's cores, at most the cores that it is bound to. */
export function threadsOf({ localSize }: Launch): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / localSize)));
}

/** Returns the number of shards of a stage, one per process group, and the shard that this rank's group begins with. */
export function shareOf({ rank, size }: Launch, dataParallel = 1): { readonly of: number; readonly index: number } {
  return { of: Math.max(1, Math.floor(size / dataParallel)), index: Math.floor(rank / dataParallel) };
}

/** Seconds that ranks wait for each other, and seconds between two looks. */
const DEADLINE = 60;
const EVERY = 0.2;

/** Shows the other ranks that this one is present, from `meet` to `leave`. */
export class Meeting {
  readonly #folder: string;
  readonly #launch: Launch;
  readonly #stop = new AbortController();
  readonly #announcements: Promise<void>;
  #hasMet = false;

  private constructor(folder: string, launch: Launch) {
    this.#folder = folder;
    this.#launch = launch;
    this.#announcements = this.#keepAnnouncing();
  }

  /**
   * Waits until it has seen the file of every other rank change.
   * @throws StateError `rank-lost`, which names the missing ranks; FileError `unwritable`; the signal's reason
   */
  static async meet(
    folder: string,
    launch: Launch,
    { deadline = DEADLINE, signal }: { readonly deadline?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Meeting> {
    await makeFolder(folder);
    await announce(folder, launch.rank, 'here');
    const meeting = new Meeting(folder, launch);
    try {
      const missing = await meeting.#untilSeen(deadline, signal);
      signal?.throwIfAborted();
      if (missing.length > 0) throw lost(launch, folder, missing, deadline);
      meeting.#hasMet = true;
      return meeting;
    } catch (error) {
      await meeting.leave();
      throw error;
    }
  }

  /**
   * Ends the announcements, but waits first until every other rank has met all: a fast rank must not disappear before
   * the slow ones have seen it. Idempotent.
   */
  async leave(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (this.#hasMet) await this.#until((text) => text === undefined || text.includes(MET), DEADLINE);
    this.#stop.abort();
    await this.#announcements;
    await rm(pathOf(this.#folder, this.#launch.rank), { force: true });
  }

  /** Waits until the other ranks have left. */
  async untilAlone(): Promise<void> {
    await this.#until((text) => text === undefined, DEADLINE);
  }

  /** Waits until all ranks were seen. @returns ranks that were not seen */
  async #untilSeen(deadline: number, signal?: AbortSignal): Promise<readonly number[]> {
    const first = new Map<number, string | undefined>();
    const isSeen = (text: string | undefined, rank: number): boolean => {
      if (!first.has(rank)) first.set(rank, text);
      return text !== undefined && text !== '' && text !== first.get(rank);
    };
    return this.#until(isSeen, deadline, signal);
  }

  /**
   * Waits until a condition holds for the files of all other ranks.
   * @param deadline seconds
   * @returns ranks for which it did not hold before the deadline
   */
  async #until(
    isMet: (text: string | undefined, rank: number) => boolean,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    const { rank, size } = this.#launch;
    let remaining = Array.from({ length: size }, (_, one) => one).filter((one) => one !== rank);
    const until = performance.now() + deadline * 1000;
    for (;;) {
      const texts = await Promise.all(remaining.map((one) => textIfExists(pathOf(this.#folder, one))));
      remaining = remaining.filter((one, i) => !isMet(texts[i], one));
      if (remaining.length === 0 || performance.now() > until || !(await pause(EVERY, signal))) return remaining;
    }
  }

  async #keepAnnouncing(): Promise<void> {
    while (await pause(EVERY, this.#stop.signal)) {
      // If the file cannot be written now, the next announcement tries again.
      await announce(this.#folder, this.#launch.rank, this.#hasMet ? MET : 'here').catch(() => undefined);
    }
  }
}

/** Text in the file of a rank that has seen all other ranks. */
const MET = 'met all';

function pathOf(folder: string, rank: number): string {
  return join(folder, `rank-${rank}`);
}

async function announce(folder: string, rank: number, status: string): Promise<void> {
  const path = pathOf(folder, rank);
  try {
    const text = `${thisMachine().host} ${process.pid} ${performance.now()} ${status}\n`;
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants;
    // O_NONBLOCK: do not wait if a pipe has this name.
    await writeFile(path, text, { flag: O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK });
  } catch (cause) {
    throw writeError(path, cause);
  }
}

function lost(
  { launcher, rank, size }: Launch,
  folder: string,
  missing: readonly number[],
  deadline: number,
): StateError {
  const { host } = thisMachine();
  return new StateError(
    'rank-lost',
    `${launcher} started ${size} processes; rank ${rank} on ${host} has not seen ` +
      `${missing.length === 1 ? 'rank' : 'ranks'} ${missing.join(', ')} in ${folder} within ${deadline} s. ` +
      'They share a fit through that folder: put --out on a disk that all hosts see. Nothing was computed.',
    { rank, size, host, missing, folder },
  );
}
