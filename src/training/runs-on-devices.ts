// A part's program, on one device or with its runs shared out to several, or to groups of several that train the same
// runs together (program-of-group.ts): each has a program of its own for runs that follow each other, and none waits
// for another within an epoch. To the trainer they are one program, to the same bits.

import type { CompiledProgram } from '../compile/index.js';
import { sizeOf } from '../graph/shapes.js';
import type { NativeRanks } from '../runtime/addon.js';
import { groupsOf } from '../runtime/device.js';
import type {
  MemoryPlan,
  Program,
  ProgramOptions,
  RunResult,
  TensorKind,
  WatchedRunOptions,
} from '../runtime/program.js';
import type { TrainingPart } from './part.js';
import { ofRange, rangesOf } from './part-of-runs.js';
import { loadForGroup, memoryOfAll, type PartProgram } from './program-of-group.js';

/** @throws what `Program.load` throws */
export async function loadPart(part: TrainingPart, options: ProgramOptions, ranks?: NativeRanks): Promise<PartProgram> {
  // A mini-batch in one tile cannot be shared out, but the runs can.
  const isCut = Object.values(part.compiled.entries).some(({ tiles }) => tiles > 1);
  const groups = groupsOf(options.device, isCut ? undefined : 1);
  const { compiledFor, allRuns = part.runs } = part;
  if (groups.length === 1 || !compiledFor) {
    return loadForGroup(part.compiled, groups[0], options, { allRuns, ranks });
  }
  const programs: RangeOfRuns[] = [];
  try {
    for (const [i, { first, count }] of rangesOf(part, groups.length).entries()) {
      const compiled = compiledFor(count);
      const program = await loadForGroup(compiled, groups[i], options, { allRuns });
      programs.push({ first, program, compiled });
    }
    return new SharedOutProgram(part.compiled, programs);
  } catch (error) {
    await Promise.all(programs.map(({ program }) => program.dispose()));
    throw error;
  }
}

interface RangeOfRuns {
  readonly first: number;
  readonly compiled: CompiledProgram;
  readonly program: PartProgram;
}

class SharedOutProgram implements PartProgram {
  /** Of all runs: how the trainer counts. */
  readonly #whole: CompiledProgram;
  readonly #ranges: readonly RangeOfRuns[];

  constructor(whole: CompiledProgram, ranges: readonly RangeOfRuns[]) {
    this.#whole = whole;
    this.#ranges = ranges;
  }

  set(kind: TensorKind, name: string, values: Parameters<Program['set']>[2]): void {
    for (const { first, compiled, program } of this.#ranges) {
      program.set(kind, name, ofRange(values, name, { whole: this.#whole[kind], own: compiled[kind] }, first));
    }
  }

  upload(slab: 'parameters' | 'moments', values: Float32Array): void {
    for (const range of this.#ranges) {
      const own = new Float32Array(range.compiled.memory[slab] / Float32Array.BYTES_PER_ELEMENT);
      for (const { from, to, count } of this.#stretches(range, slab)) own.set(values.subarray(from, from + count), to);
      range.program.upload(slab, own);
    }
  }

  async download(
    slab: 'parameters' | 'moments',
    all: Float32Array = new Float32Array(this.#whole.memory[slab] / Float32Array.BYTES_PER_ELEMENT),
  ): Promise<Float32Array> {
    for (const range of this.#ranges) {
      const own = await range.program.download(slab);
      for (const { from, to, count } of this.#stretches(range, slab)) all.set(own.subarray(to, to + count), from);
    }
    return all;
  }

  /** Where one device fails, the others stop too. */
  async run(entry: string, { signal, onProgress, ...options }: WatchedRunOptions = {}): Promise<RunResult> {
    const failed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const done = this.#ranges.map(() => 0);
    const running = this.#ranges.map(async ({ program }, i) => {
      try {
        return await program.run(entry, {
          ...{ ...options, signal: stop },
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
    const lost = settled.find(({ status }) => status === 'rejected');
    if (lost?.status === 'rejected') throw lost.reason;
    const reports = settled.map((one) => (one as PromiseFulfilledResult<RunResult>).value);
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

  /** Of all devices together. */
  memory(): MemoryPlan {
    return memoryOfAll(this.#ranges.map(({ program }) => program));
  }

  /** That of the first device. */
  describe(): string {
    return this.#ranges[0].program.describe();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#ranges.map(({ program }) => program.dispose()));
  }

  /** Where a range's parameters, or moments, lie in the slab of all runs, `from`, and in its own, `to`. */
  *#stretches({ first, compiled }: RangeOfRuns, slab: 'parameters' | 'moments') {
    const copies = slab === 'moments' ? 2 : 1;
    const [wholeSize, ownSize] = [this.#whole, compiled].map(
      ({ memory }) => memory.parameters / Float32Array.BYTES_PER_ELEMENT,
    );
    for (let copy = 0; copy < copies; copy++) {
      for (const [name, { offset, shape }] of Object.entries(this.#whole.parameters)) {
        const own = compiled.parameters[name];
        const ofRun = sizeOf(shape.slice(1));
        const from = copy * wholeSize + offset + first * ofRun;
        yield { from, to: copy * ownSize + own.offset, count: sizeOf(own.shape) };
      }
    }
  }

  /** Every step's outputs of all runs; an output has the runs first. */
  #merged(entry: string, steps: number, reports: readonly RunResult[]): Float32Array {
    const { outputs, outputSize } = this.#whole.entries[entry];
    const merged = new Float32Array(steps * outputSize);
    reports.forEach(({ results }, i) => {
      const { first, compiled } = this.#ranges[i];
      const own = compiled.entries[entry];
      for (const [name, { offset, shape }] of Object.entries(outputs)) {
        const { offset: ownOffset, shape: ownShape } = own.outputs[name];
        const count = sizeOf(ownShape);
        const at = offset + first * sizeOf(shape.slice(1));
        for (let step = 0; step < steps; step++) {
          const from = step * own.outputSize + ownOffset;
          merged.set(results.subarray(from, from + count), step * outputSize + at);
        }
      }
    });
    return merged;
  }
}
