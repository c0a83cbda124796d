// A program for devices that train the same runs together, each by some tiles of every mini-batch: one per device. They
// tell each other what they have computed (docs/gpu.md, "Batches over several GPUs"). All learn the same bits, so what
// is asked for is read from the first.

import type { CompiledProgram } from '../compile/index.js';
import { InterlatentError } from '../errors.js';
import { causeMessage } from '../files/cause.js';
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

/** What a trainer asks of a program. */
export type PartProgram = Pick<Program, 'set' | 'upload' | 'download' | 'run' | 'memory' | 'describe' | 'dispose'>;

/** Seconds after which a device that others wait for is lost. The first step of a program loads its kernels. */
const DEADLINE = 300;

/**
 * @param group devices that train the same runs together; one alone does what it does without others
 * @throws what `Program.load` throws; DeviceError `no-nccl`
 */
export async function loadForGroup(
  compiled: CompiledProgram,
  group: readonly Device[],
  options: ProgramOptions,
  details: Pick<LoadDetails, 'allRuns' | 'ranks'>,
): Promise<PartProgram> {
  const [device] = group;
  if (group.length === 1) return Program.load(compiled, { ...options, device }, details);
  const members: Member[] = [];
  try {
    const all = localRanks(group.length, DEADLINE);
    for (const [i, own] of group.entries()) {
      const program = Program.load(compiled, { ...options, device: own }, { ...details, ranks: all[i] });
      members.push({ ranks: all[i], program });
    }
    return new ProgramOfGroup(members);
  } catch (error) {
    await Promise.all(members.map(({ program }) => program.dispose()));
    throw error;
  }
}

export function memoryOfAll(programs: readonly Pick<Program, 'memory'>[]): MemoryPlan {
  const all = programs.map((program) => program.memory());
  const names = Object.keys(all[0]) as (keyof MemoryPlan)[];
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)])) as MemoryPlan;
}

interface Member {
  readonly ranks: NativeRanks;
  readonly program: Program;
}

class ProgramOfGroup implements PartProgram {
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

  /** Where one device fails, the others are told; the error is that of the one. */
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
    const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    const isOther = (reason: unknown): boolean => !(reason instanceof InterlatentError && reason.code === 'rank-lost');
    if (reasons.length > 0) throw reasons.find(isOther) ?? reasons[0];
    return (settled[0] as PromiseFulfilledResult<RunResult>).value;
  }

  /** Of all devices together. */
  memory(): MemoryPlan {
    return memoryOfAll(this.#members.map(({ program }) => program));
  }

  /** That of the first device. */
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
