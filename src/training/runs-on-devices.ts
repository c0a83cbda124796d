// A stage's program on one device, or with its runs distributed over several devices. Each device has a program for
// consecutive runs, and none waits for another one within an epoch. The trainer sees one program, with the same bits.

import type { CompiledProgram } from '../compile/index.js';
import { sizeOf } from '../graph/shapes.js';
import type { NativeRanks } from '../runtime/addon.js';
import { devicesOf } from '../runtime/device.js';
import {
  Program,
  type MemoryPlan,
  type ProgramOptions,
  type RunResult,
  type TensorKind,
  type WatchedRunOptions,
} from '../runtime/program.js';
import type { TrainingStage } from './stage.js';
import { ofRange, rangesOf } from './stage-of-restarts.js';

/** The methods of a program that a trainer needs. */
export type StageProgram = Pick<Program, 'set' | 'upload' | 'download' | 'run' | 'memory' | 'describe' | 'dispose'>;

/** Loads the program of a stage. @throws what `Program.load` throws */
export async function loadStage(
  stage: TrainingStage,
  options: ProgramOptions,
  ranks?: NativeRanks,
): Promise<StageProgram> {
  const devices = devicesOf(options.device);
  const { compiledFor, allRuns = stage.runs } = stage;
  if (devices.length === 1) return Program.load(stage.compiled, options, { allRuns, ranks });
  const programs: RangeOfRuns[] = [];
  try {
    for (const [i, { first, count }] of rangesOf(stage.runs, devices.length).entries()) {
      const compiled = compiledFor(count);
      const program = Program.load(compiled, { ...options, device: devices[i] }, { allRuns });
      programs.push({ first, program, compiled });
    }
    return new DistributedProgram(stage.compiled, programs);
  } catch (error) {
    await Promise.all(programs.map(({ program }) => program.dispose()));
    throw error;
  }
}

interface RangeOfRuns {
  readonly first: number;
  readonly compiled: CompiledProgram;
  readonly program: StageProgram;
}

class DistributedProgram implements StageProgram {
  /** The program of all runs, as the trainer sees it. */
  readonly #whole: CompiledProgram;
  readonly #ranges: readonly RangeOfRuns[];

  constructor(whole: CompiledProgram, ranges: readonly RangeOfRuns[]) {
    this.#whole = whole;
    this.#ranges = ranges;
  }

  set(kind: TensorKind, name: string, values: Parameters<Program['set']>[2]): void {
    for (const { first, compiled, program } of this.#ranges) {
      program.set(kind, name, ofRange(values, name, { all: this.#whole[kind], range: compiled[kind] }, first));
    }
  }

  upload(slab: 'parameters' | 'moments', values: Float32Array): void {
    for (const range of this.#ranges) {
      const part = new Float32Array(range.compiled.memory[slab] / Float32Array.BYTES_PER_ELEMENT);
      for (const { from, to, count } of this.#stretches(range, slab)) part.set(values.subarray(from, from + count), to);
      range.program.upload(slab, part);
    }
  }

  async download(
    slab: 'parameters' | 'moments',
    all: Float32Array = new Float32Array(this.#whole.memory[slab] / Float32Array.BYTES_PER_ELEMENT),
  ): Promise<Float32Array> {
    for (const range of this.#ranges) {
      const part = await range.program.download(slab);
      for (const { from, to, count } of this.#stretches(range, slab)) all.set(part.subarray(to, to + count), from);
    }
    return all;
  }

  /** Runs an entry on all devices. If a device fails, the other devices stop. */
  async run(entry: string, { signal, onProgress, ...options }: WatchedRunOptions = {}): Promise<RunResult> {
    const failed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const done = this.#ranges.map(() => 0);
    const running = this.#ranges.map(async ({ program }, i) => {
      try {
        return await program.run(entry, {
          ...options,
          signal: stop,
          ...(onProgress && {
            onProgress: (steps: number) => {
              const before = Math.min(...done);
              done[i] = steps;
              if (Math.min(...done) > before) onProgress(Math.min(...done));
            },
          }),
        });
      } catch (error) {
        failed.abort();
        throw error;
      }
    });
    const settled = await Promise.allSettled(running);
    const rejected = settled.find(({ status }) => status === 'rejected');
    if (rejected?.status === 'rejected') throw rejected.reason;
    const reports = settled.map((result) => (result as PromiseFulfilledResult<RunResult>).value);
    const failures = reports.flatMap((report, i) =>
      report.failures.map((failure) => ({ ...failure, run: failure.run + this.#ranges[i].first })),
    );
    return {
      results: this.#merged(entry, options.steps ?? 1, reports),
      stepsDone: Math.min(...reports.map(({ stepsDone }) => stepsDone)),
      cancelled: reports.some(({ cancelled }) => cancelled),
      failures: failures.sort((a, b) => a.step - b.step || a.run - b.run),
    };
  }

  /** Returns the memory of all devices together. */
  memory(): MemoryPlan {
    const all = this.#ranges.map(({ program }) => program.memory());
    const names = Object.keys(all[0]) as (keyof MemoryPlan)[];
    const sumOf = (name: keyof MemoryPlan): number => all.reduce((sum, plan) => sum + plan[name], 0);
    return Object.fromEntries(names.map((name) => [name, sumOf(name)])) as MemoryPlan;
  }

  /** Returns the description of the first device's program. */
  describe(): string {
    return this.#ranges[0].program.describe();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#ranges.map(({ program }) => program.dispose()));
  }

  /**
   * Yields the positions of a range's parameters or moments: `from` in the slab of all runs, `to` in that of the range.
   */
  *#stretches({ first, compiled }: RangeOfRuns, slab: 'parameters' | 'moments') {
    const copies = slab === 'moments' ? 2 : 1;
    const [sizeOfAll, sizeOfRange] = [this.#whole, compiled].map(
      ({ memory }) => memory.parameters / Float32Array.BYTES_PER_ELEMENT,
    );
    for (let copy = 0; copy < copies; copy++) {
      for (const [name, { offset, shape }] of Object.entries(this.#whole.parameters)) {
        const parameter = compiled.parameters[name];
        const perRun = sizeOf(shape.slice(1));
        const from = copy * sizeOfAll + offset + first * perRun;
        yield { from, to: copy * sizeOfRange + parameter.offset, count: sizeOf(parameter.shape) };
      }
    }
  }

  /** Returns every step's outputs of all runs. The first axis of an output is the runs. */
  #merged(entry: string, steps: number, reports: readonly RunResult[]): Float32Array {
    const { outputs, outputSize } = this.#whole.entries[entry];
    const merged = new Float32Array(steps * outputSize);
    reports.forEach(({ results }, i) => {
      const { first, compiled } = this.#ranges[i];
      const entryOfRange = compiled.entries[entry];
      for (const [name, { offset, shape }] of Object.entries(outputs)) {
        const output = entryOfRange.outputs[name];
        const count = sizeOf(output.shape);
        const at = offset + first * sizeOf(shape.slice(1));
        for (let step = 0; step < steps; step++) {
          const from = step * entryOfRange.outputSize + output.offset;
          merged.set(results.subarray(from, from + count), step * outputSize + at);
        }
      }
    });
    return merged;
  }
}
