// Processes that a launcher has started together (mpirun, srun): each must see the others, or all of them would do the
// whole fit, and nobody would know.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { StateError } from '../errors.js';
import { makeFolder, writeError } from '../files/atomic.js';
import { exists } from '../files/exists.js';
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
  { launcher: 'srun', rank: 'SLURM_PROCID', size: 'SLURM_STEP_NUM_TASKS', here: 'SLURM_NTASKS_PER_NODE' },
  { launcher: 'MPICH', rank: 'PMI_RANK', size: 'PMI_SIZE', here: 'MPI_LOCALNRANKS' },
] as const;

/** Undefined for a process that was started alone. */
export function launchOf(environment: NodeJS.ProcessEnv): Launch | undefined {
  for (const { launcher, ...names } of LAUNCHERS) {
    const [rank, size, here] = [names.rank, names.size, names.here].map((name) => Number(environment[name]));
    if (Number.isInteger(rank) && size > 1) return { launcher, rank, size, here: here >= 1 ? here : 1 };
  }
  return undefined;
}

/** Threads of each process, where they are not bound to cores of their own. */
export function threadsOf({ here }: Launch): number {
  const own = availableParallelism();
  return own < cpus().length ? own : Math.max(1, Math.floor(own / here));
}

/** Seconds that ranks wait for each other. */
const DEADLINE = 60;
const EVERY = 0.2;

/** Tells the others that this rank is there, from `meet` on. */
export class Meeting {
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #telling: Promise<void>;

  private constructor(path: string) {
    this.#path = path;
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
    const { rank, size } = launch;
    await makeFolder(folder);
    await tell(pathOf(folder, rank), -1);
    const meeting = new Meeting(pathOf(folder, rank));
    try {
      const first = new Map<number, string | undefined>();
      const left = new Set(Array.from({ length: size }, (_, one) => one));
      left.delete(rank);
      const started = performance.now();
      for (;;) {
        for (const one of left) {
          const text = await readFile(pathOf(folder, one), 'utf8').catch(() => undefined);
          if (!first.has(one)) first.set(one, text);
          else if (text !== undefined && text !== '' && text !== first.get(one)) left.delete(one);
        }
        if (left.size === 0) return meeting;
        signal?.throwIfAborted();
        if (performance.now() - started > deadline * 1000) throw lost(launch, folder, left, deadline);
        await pause(EVERY, signal);
      }
    } catch (error) {
      await meeting.leave();
      throw error;
    }
  }

  /** Tells nothing any more. */
  async leave(): Promise<void> {
    this.#stop.abort();
    await this.#telling;
    await rm(this.#path, { force: true });
  }

  /** Whether a rank has left, or never came. */
  static async hasLeft(folder: string, rank: number): Promise<boolean> {
    return !(await exists(pathOf(folder, rank)));
  }

  async #keepTelling(): Promise<void> {
    for (let beat = 0; await pause(EVERY, this.#stop.signal); beat++) {
      // A beat that cannot be written now may be with the next.
      await tell(this.#path, beat).catch(() => undefined);
    }
  }
}

function pathOf(folder: string, rank: number): string {
  return join(folder, `rank-${rank}`);
}

async function tell(path: string, beat: number): Promise<void> {
  try {
    await writeFile(path, `${thisMachine().host} ${process.pid} ${beat} ${Date.now()}\n`);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

function lost(
  { launcher, rank, size }: Launch,
  folder: string,
  missing: ReadonlySet<number>,
  deadline: number,
): StateError {
  const { host } = thisMachine();
  return new StateError(
    'rank-lost',
    `${launcher} started ${size} processes; rank ${rank} on ${host} has not seen ` +
      `${missing.size === 1 ? 'rank' : 'ranks'} ${[...missing].join(', ')} in ${folder} within ${deadline} s. ` +
      'They share a fit through that folder: put --out on a disk that all hosts see. Nothing was computed.',
    { rank, size, host, missing: [...missing], folder },
  );
}
