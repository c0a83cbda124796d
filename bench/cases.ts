// Shapes of the full model of METHOD section 9, and our training program for one of them.

import { BenchError } from './bench-error.js';
import type { ProgramMemory } from '../src/compile/index.js';
import { targetOf, type Target } from '../src/compile/target.js';
import { CPU, type Device } from '../src/runtime/device.js';
import { Program } from '../src/runtime/program.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { fitConfig } from '../src/training/config.js';
import { trainingProgram, type TrainingProgram } from '../src/training/program.js';
import { median, time, type Clock } from './timing.js';
import { tableObservation } from '../src/data/observation.js';

export interface Case {
  readonly batch: number;
  readonly hidden: number;
  readonly modalities: number;
  readonly runs: number;
  /** True if the objective has the Jacobian penalty. */
  readonly jacobian: boolean;
  /** Number of latents per modality. Default: 2. */
  readonly latents?: number;
  /** Number of columns per modality. Default: that of the simulated cases (`columnsOf`). */
  readonly columns?: number;
}

export interface CaseWithTargets extends Case {
  /** Minimal ratio with 1 and with 2 threads. */
  readonly ratios: readonly [number, number];
}

export const CASES: readonly CaseWithTargets[] = [
  { batch: 256, hidden: 64, modalities: 2, runs: 1, jacobian: false, ratios: [4.5, 4] },
  { batch: 256, hidden: 128, modalities: 4, runs: 1, jacobian: false, ratios: [2.2, 2] },
  { batch: 1024, hidden: 128, modalities: 4, runs: 1, jacobian: false, ratios: [1.8, 1.7] },
  { batch: 512, hidden: 64, modalities: 2, runs: 16, jacobian: false, ratios: [2.5, 2.5] },
  { batch: 256, hidden: 64, modalities: 2, runs: 1, jacobian: true, ratios: [5, 4.5] },
  { batch: 512, hidden: 64, modalities: 4, runs: 16, jacobian: true, ratios: [3.5, 3.5] },
];

export const ROWS = 10_000;
export const LATENTS = 2;
export const EXOGENOUS = 1;

export function columnsOf({ modalities, columns }: Case): number {
  return columns ?? (modalities <= 2 ? 15 : 30);
}

/** Returns `batch/hidden/modalities/runs`. */
export function shapeName({ batch, hidden, modalities, runs }: Omit<Case, 'jacobian'>): string {
  return [batch, hidden, modalities, runs].join('/');
}

export function objectiveName({ jacobian }: Pick<Case, 'jacobian'>): string {
  return jacobian ? 'with Jacobian penalty' : 'without Jacobian penalty';
}

export function caseName(one: Case): string {
  return `${shapeName(one)} ${objectiveName(one)}`;
}

/**
 * Differentiates and plans the graph of a case. The benchmark times steps of its phase `free`.
 * @param kernels kernels of the device. Default: the CPU's
 * @param target compilation target of the device. Default: the CPU's
 */
export function planned(one: Case, kernels?: ReadonlySet<string>, target?: Target): TrainingProgram {
  const modalities = Array.from({ length: one.modalities }, (_, i) => ({
    name: `m${i + 1}`,
    observation: tableObservation(columnsOf(one)),
    latents: one.latents ?? LATENTS,
    exogenous: EXOGENOUS,
  }));
  const config = fitConfig({
    ...{ encoderRestarts: one.runs, batch: one.batch, hidden: one.hidden, warmStart: 0, freeze: 1 },
    sparsity: { kind: one.jacobian ? 'both' : 'gates', weight: 0.05 },
  });
  const sizes = { rows: ROWS, train: ROWS - 1000, validation: 1000 };
  return trainingProgram(modalities, config, sizes, { kernels, target });
}

/** Number of parts of a measurement. The median over parts ignores short disturbances by other processes. */
const PARTS = 10;

/** Our side of a comparison: a loaded program that continues to train. */
export class Training {
  readonly program: Program;
  readonly memory: ProgramMemory;
  #nextStep = 0;
  #stepMilliseconds = 0;

  private constructor(program: Program, memory: ProgramMemory) {
    this.program = program;
    this.memory = memory;
  }

  /** Loads a case. @param options.profile true if the program times each of its kernels */
  static load(
    one: Case,
    { threads, profile = false, device = CPU }: { threads: number; profile?: boolean; device?: Device },
  ): Training {
    const kernels = device.backend === 'cpu' ? undefined : device.kernels;
    const { compiled, model, batch, batches } = planned(one, kernels, targetOf(device));
    const program = Program.load(compiled, { threads, profile, device });
    const seeds = Array.from({ length: one.runs }, (_, run) => run);
    const values = uniforms(seedKey(1), 0, 0, ROWS * one.modalities * columnsOf(one));
    program.set('data', 'seeds', Int32Array.from(seeds.flatMap((seed) => [seed, 0])));
    program.set(
      'data',
      'x.0',
      Float32Array.from(values, (u) => 3 * u - 1.5),
    );
    program.set(
      'data',
      'order',
      Int32Array.from({ length: batch * batches }, (_, i) => (i * 7919) % ROWS),
    );
    program.set('controls', 'rates', Float32Array.of(3e-3, 1.5e-2, 0));
    program.set('controls', 'sparsityWeight', new Float32Array(one.runs).fill(0.05));
    for (const [name, initial] of model.parameters.initialValues(seeds)) {
      if (name in compiled.parameters) program.set('parameters', name, initial);
    }
    return new Training(program, compiled.memory);
  }

  /**
   * Trains for some steps. @throws BenchError `benchmark-diverged` if a run became infinite or NaN, which costs less
   */
  async steps(steps: number): Promise<void> {
    const { failures } = await this.program.run('free', { steps, firstStep: this.#nextStep });
    this.#nextStep += steps;
    if (failures.length > 0) {
      const { run, step, label } = failures[0];
      throw new BenchError('benchmark-diverged', `Run ${run} diverged at step ${step} in "${label}".`);
    }
  }

  /** Returns the milliseconds per step, as median over the parts of a measurement of about `seconds`. */
  async milliseconds(seconds: number, clock: Clock = 'wall'): Promise<number> {
    if (this.#stepMilliseconds === 0) {
      await this.#timed(3, clock);
      this.#stepMilliseconds = await this.#timed(5, clock);
    }
    const steps = Math.max(1, Math.ceil((seconds * 1000) / this.#stepMilliseconds / PARTS));
    const parts: number[] = [];
    for (let part = 0; part < PARTS; part++) parts.push(await this.#timed(steps, clock));
    return median(parts);
  }

  async #timed(steps: number, clock: Clock): Promise<number> {
    return (await time(clock, () => this.steps(steps))) / steps;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.dispose();
  }
}
