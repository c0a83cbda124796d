// Processes that a launcher has started together (mpirun, srun): each must see the others, or all of them would do the
// whole fit, and nobody would know.

import { constants } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { StateError } from '../errors.js';
import { makeFolder, writeError } from '../files/atomic.js';
import { textIfExists } from '../files/bytes.js';
import { thisMachine } from '../files/this-machine.js';
import { pause } from './pause.js';

/** What a launcher tells its processes. */
export interface Launch {
  readonly launcher: string;
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** Processes on this machine; 1 where the launcher does not tell. */
  readonly here: number;
}

const LAUNCHERS = [
  {
    launcher: 'Open MPI',
    ...{ rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE', here: 'OMPI_COMM_WORLD_LOCAL_SIZE' },
  },
  { launcher: 'srun', rank: 'SLURM_PROCID', size: 'SLURM_STEP_NUM_TASKS', here: 'SLURM_STEP_TASKS_PER_NODE' },
  { launcher: 'MPICH', rank: 'PMI_RANK', size: 'PMI_SIZE', here: 'MPI_LOCALNRANKS' },
] as const;

/** Undefined for a process that was started alone. */
export function launchOf(environment: NodeJS.ProcessEnv): Launch | undefined {
  for (const { launcher, ...names } of LAUNCHERS) {
    const [rank, size] = [names.rank, names.size].map((name) => Number(environment[name]));
    // Slurm counts node by node: 4(x2),3.
    const here = parseInt(environment[names.here] ?? '', 10);
    if (Number.isInteger(rank) && size > 1) return { launcher, rank, size, here: here >= 1 ? here : 1 };
  }
  return undefined;
}

/** Threads of each process: its share of the machine, or the cores that it is bound to. */
export function threadsOf({ here }: Launch): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpus().length / here)));
}

/** Shards of a stage, one for each group of ranks, and the one that a rank's group begins with. */
export function shareOf({ rank, size }: Launch, dataParallel = 1): { readonly of: number; readonly index: number } {
  return { of: Math.max(1, Math.floor(size / dataParallel)), index: Math.floor(rank / dataParallel) };
}

/** Seconds that ranks wait for each other. */
const DEADLINE = 60;
const EVERY = 0.2;

/** Tells the others that this rank is there, from `meet` on. */
export class Meeting {
  readonly #folder: string;
  readonly #launch: Launch;
  readonly #stop = new AbortController();
  readonly #telling: Promise<void>;
  #hasMet = false;

  private constructor(folder: string, launch: Launch) {
    this.#folder = folder;
    this.#launch = launch;
    this.#telling = this.#keepTelling();
  }

  /**
   * Waits until every rank was seen in the folder: its file changes while this one looks.
   * @throws StateError `rank-lost`, which names those that were not; FileError `unwritable`; the signal's reason
   */
  static async meet(
    folder: string,
    launch: Launch,
    { deadline = DEADLINE, signal }: { readonly deadline?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Meeting> {
    await makeFolder(folder);
    await tell(folder, launch.rank, 'here');
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
   * Tells nothing any more, when all that have met know it: who is fast must not be gone before it was seen.
   * Idempotent.
   */
  async leave(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (this.#hasMet) await this.#until((text) => text === undefined || text.includes(MET), DEADLINE);
    this.#stop.abort();
    await this.#telling;
    await rm(pathOf(this.#folder, this.#launch.rank), { force: true });
  }

  /** Waits until the others have left. */
  async untilAlone(): Promise<void> {
    await this.#until((text) => text === undefined, DEADLINE);
  }

  /** @returns ranks that were not seen */
  async #untilSeen(deadline: number, signal?: AbortSignal): Promise<readonly number[]> {
    const first = new Map<number, string | undefined>();
    const isSeen = (text: string | undefined, rank: number): boolean => {
      if (!first.has(rank)) first.set(rank, text);
      return text !== undefined && text !== '' && text !== first.get(rank);
    };
    return this.#until(isSeen, deadline, signal);
  }

  /** @returns the other ranks that are not so after so many seconds */
  async #until(
    isSo: (text: string | undefined, rank: number) => boolean,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    const { rank, size } = this.#launch;
    let left = Array.from({ length: size }, (_, one) => one).filter((one) => one !== rank);
    const until = performance.now() + deadline * 1000;
    for (;;) {
      const texts = await Promise.all(left.map((one) => textIfExists(pathOf(this.#folder, one))));
      left = left.filter((one, i) => !isSo(texts[i], one));
      if (left.length === 0 || performance.now() > until || !(await pause(EVERY, signal))) return left;
    }
  }

  async #keepTelling(): Promise<void> {
    while (await pause(EVERY, this.#stop.signal)) {
      // A heartbeat that cannot be written now may be with the next.
      await tell(this.#folder, this.#launch.rank, this.#hasMet ? MET : 'here').catch(() => undefined);
    }
  }
}

/** In the file of a rank that has seen all others. */
const MET = 'met all';

function pathOf(folder: string, rank: number): string {
  return join(folder, `rank-${rank}`);
}

async function tell(folder: string, rank: number, what: string): Promise<void> {
  const path = pathOf(folder, rank);
  try {
    const text = `${thisMachine().host} ${process.pid} ${performance.now()} ${what}\n`;
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants;
    // A pipe under that name would be waited for.
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
