// Shapes of the full model of METHOD section 9, and our training program for one of them.

import { BenchError } from './bench-error.js';
import type { ProgramMemory } from '../src/compile/index.js';
import type { Device } from '../src/runtime/device.js';
import type { LeafData } from '../src/networks/sources.js';
import { Program } from '../src/runtime/program.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { fitConfig } from '../src/training/config.js';
import { jointStage } from '../src/training/joint-stage.js';
import type { FitStage } from '../src/training/stage.js';
import { median, time, type Clock } from './timing.js';
import type { Dataset } from '../src/data/dataset.js';

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

/** Returns tables of random numbers. @param count number of modalities; all have the same columns and latents */
export function tablesOf(count: number, columns: number, latents: number, rows: number, validation: number): Dataset {
  const values = uniforms(seedKey(1), 0, 0, rows * count * columns);
  const numbers = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return {
    ids: Array.from({ length: rows }, (_, row) => String(row)),
    fingerprint: '',
    modalities: Array.from({ length: count }, (_, m) => ({
      name: `m${m + 1}`,
      columns: Array.from({ length: columns }, (__, c) => ({
        name: `x${c + 1}`,
        mean: 0,
        sd: 1,
        log: false,
        offset: 0,
      })),
      values: Float32Array.from({ length: rows * columns }, (__, i) => 3 * values[m * rows * columns + i] - 1.5),
      latents,
      exogenous: EXOGENOUS,
    })),
    split: { train: numbers(0, rows - validation), validation: numbers(rows - validation, rows), test: numbers(0, 0) },
  };
}

/** Returns the joint stage of a case. The benchmark times steps of its phase `free`. @param device default: the CPU */
export function planned(one: Case, device?: Parameters<typeof jointStage>[2]): FitStage {
  const config = fitConfig({
    ...{ encoderRestarts: one.runs, batch: one.batch, hidden: one.hidden, warmStart: 0, freeze: 1 },
    sparsity: { kind: one.jacobian ? 'both' : 'gates', weight: 0.05 },
  });
  return jointStage(tablesOf(one.modalities, columnsOf(one), one.latents ?? LATENTS, ROWS, 1000), config, device);
}

/** Returns what a program of a case reads, by slab and name. */
export function feedsOf(stage: FitStage) {
  const { compiled, runs } = stage;
  const known = (values: Iterable<readonly [string, LeafData]>, names: object) =>
    [...values].filter(([name]) => name in names) as [string, Float32Array | Int32Array][];
  return {
    data: known([...stage.data, ['order', stage.order(0)] as const], compiled.data),
    controls: [
      ['rates', Float32Array.of(3e-3, 1.5e-2, 0)],
      ['sparsityWeight', new Float32Array(runs).fill(0.05)],
    ] as const,
    parameters: known(stage.initial, compiled.parameters),
  };
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
    { threads, profile = false, device }: { threads: number; profile?: boolean; device?: Device },
  ): Training {
    const stage = planned(one, device);
    const { compiled } = stage;
    const program = Program.load(compiled, { threads, profile, device });
    const feeds = feedsOf(stage);
    for (const slab of ['data', 'controls', 'parameters'] as const) {
      for (const [name, values] of feeds[slab]) program.set(slab, name, values);
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
