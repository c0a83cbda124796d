// A program for a group of devices that train the same restarts together: each device has a program of its tiles of
// every mini-batch. Devices exchange their results (docs/explanation/multiple-gpus.md, "Batches over several GPUs").
// All devices compute the same bits, so results are read from the first one.

import type { CompiledProgram } from '../compile/index.js';
import { InterlatentError } from '../errors/errors.js';
import { causeMessage } from '../errors/cause.js';
import type { NativeRanks } from '../runtime/addon.js';
import type { Device } from '../runtime/device.js';
import { localRanks, type LoadDetails } from '../runtime/load-plan.js';
import {
  Program,
  type MemoryPlan,
  type ProgramOptions,
  type RunResult,
  type WatchedRunOptions,
} from '../runtime/program.js';

/** The methods of a program that a trainer needs. */
export type StageProgram = Pick<Program, 'set' | 'upload' | 'download' | 'run' | 'memory' | 'describe' | 'dispose'>;

/** Seconds after which a silent device counts as lost. The limit is long because the first step loads kernels. */
const DEADLINE = 300;

/**
 * Loads a program for a group of devices.
 * @param group devices that train the same restarts together; a single device gets an ordinary program
 * @throws what `Program.load` throws; DeviceError `no-nccl`
 */
export async function loadForGroup(
  compiled: CompiledProgram,
  group: readonly Device[],
  options: ProgramOptions,
  details: Pick<LoadDetails, 'allRuns' | 'ranks'>,
): Promise<StageProgram> {
  const [device] = group;
  if (group.length === 1) return Program.load(compiled, { ...options, device }, details);
  const members: Member[] = [];
  try {
    const all = localRanks(group.length, DEADLINE);
    for (const [i, member] of group.entries()) {
      const program = Program.load(compiled, { ...options, device: member }, { ...details, ranks: all[i] });
      members.push({ ranks: all[i], program });
    }
    return new ProgramOfGroup(members);
  } catch (error) {
    await Promise.all(members.map(({ program }) => program.dispose()));
    throw error;
  }
}

/** Returns the sum of the memory of several programs. */
export function memoryOfAll(programs: readonly Pick<Program, 'memory'>[]): MemoryPlan {
  const all = programs.map((program) => program.memory());
  const names = Object.keys(all[0]) as (keyof MemoryPlan)[];
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, plan) => sum + plan[name], 0)])) as MemoryPlan;
}

interface Member {
  readonly ranks: NativeRanks;
  readonly program: Program;
}

class ProgramOfGroup implements StageProgram {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  set(...values: Parameters<Program['set']>): void {
    for (const { program } of this.#members) program.set(...values);
  }

  upload(...values: Parameters<Program['upload']>): void {
    for (const { program } of this.#members) program.upload(...values);
  }

  async download(...of: Parameters<Program['download']>): Promise<Float32Array> {
    return this.#first.download(...of);
  }

  /** If a device fails, the other devices stop; the call rejects with the error of the failed device. */
  async run(entry: string, options: WatchedRunOptions = {}): Promise<RunResult> {
    const { onProgress: _watched, ...unwatched } = options;
    const failed = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
    const settled = await Promise.allSettled(
      this.#members.map(async ({ program, ranks }, i) => {
        try {
          return await program.run(entry, { ...(i === 0 ? options : unwatched), signal });
        } catch (error) {
          ranks.leave(`has failed: ${causeMessage(error)}`);
          failed.abort();
          throw error;
        }
      }),
    );
    const reasons = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const isCause = (reason: unknown): boolean => !(reason instanceof InterlatentError && reason.code === 'rank-lost');
    if (reasons.length > 0) throw reasons.find(isCause) ?? reasons[0];
    return (settled[0] as PromiseFulfilledResult<RunResult>).value;
  }

  /** Returns the memory of all devices together. */
  memory(): MemoryPlan {
    return memoryOfAll(this.#members.map(({ program }) => program));
  }

  /** Returns the description of the first device's program. */
  describe(): string {
    return this.#first.describe();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#members.map(({ program }) => program.dispose()));
  }

  get #first(): Program {
    return this.#members[0].program;
  }
}
