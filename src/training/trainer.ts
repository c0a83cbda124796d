// One fit: R runs in one program, epoch by epoch. Each run's best state by the validation objective is kept;
// everything needed to go on lives in a RunState, so that a killed fit resumes to the same bits.

import type { Dataset } from '../data/dataset.js';
import { NumericError } from '../errors.js';
import { sizeOf } from '../graph/shapes.js';
import { Program, type ProgramEntry, type ProgramOptions } from '../runtime/program.js';
import { permutation, seedKey } from '../runtime/streams.js';
import type { FitConfig } from './config.js';
import { modalityShapes, trainingProgram, type TrainingProgram } from './program.js';
import type { EpochMetrics, RunFailure, RunState } from './run-state.js';
import { learningRates, patienceStart, selectionStart, sparsityRamp, stageOf } from './schedule.js';
import { dataName, groupValues } from './sources.js';

/** Stream of the order of mini-batches; far from the programs' noise. */
const ORDER_STREAM = 0x20000;
/** Seeds of neighbouring runs must not collide between fits with neighbouring seeds. */
const RUN_SEED_STRIDE = 2 ** 32;

/** Seed of one run of a fit: its initial values and its noise depend on nothing else. */
export function runSeed(config: FitConfig, run: number): number {
  return config.seed + run * RUN_SEED_STRIDE;
}

export class Trainer {
  readonly state: RunState;
  readonly config: FitConfig;
  private readonly training: TrainingProgram;
  private readonly program: Program;
  private readonly dataset: Dataset;

  private constructor(dataset: Dataset, config: FitConfig, training: TrainingProgram, program: Program) {
    this.dataset = dataset;
    this.config = config;
    this.training = training;
    this.program = program;
    const parameters = program.download('parameters');
    this.state = {
      epoch: 0,
      parameters,
      moments: program.download('moments'),
      best: parameters.slice(),
      bestObjective: new Array<number>(config.runs).fill(Infinity),
      bestEpoch: new Array<number>(config.runs).fill(-1),
      improvedAt: 0,
      failures: [],
      history: [],
    };
  }

  /** Builds and loads the program, uploads data and initial values. */
  static create(dataset: Dataset, config: FitConfig, options: ProgramOptions): Trainer {
    const { split, modalities, ids } = dataset;
    const sizes = { rows: ids.length, train: split.train.length, validation: split.validation.length };
    const training = trainingProgram(modalityShapes(dataset), config, sizes);
    const program = Program.load(training.compiled, options);
    try {
      const { layout } = training.model;
      const values = modalities.map((m) => m.values);
      layout.groups.forEach((_, g) => program.set('data', dataName(g), groupValues(layout, g, values, ids.length)));
      const seeds = Array.from({ length: config.runs }, (_, run) => runSeed(config, run));
      const words = seeds.flatMap((seed) => {
        const { low, high } = seedKey(seed);
        return [low, high];
      });
      program.set('data', 'seeds', Int32Array.from(words));
      const validated = training.validationBatch * training.validationBatches;
      program.set('data', 'validationOrder', split.validation.slice(0, validated));
      for (const [name, initial] of training.model.parameters.initialValues(seeds)) {
        // Layers that no stage trains are not part of the program.
        if (name in training.compiled.parameters) program.set('parameters', name, initial);
      }
      return new Trainer(dataset, config, training, program);
    } catch (error) {
      void program.dispose();
      throw error;
    }
  }

  /** Continues from a checkpoint's state. */
  restore(state: RunState): void {
    Object.assign(this.state, state);
    this.program.upload('parameters', state.parameters);
    this.program.upload('moments', state.moments);
    const alive = new Float32Array(this.config.runs).fill(1);
    for (const { run } of state.failures) alive[run] = 0;
    this.program.set('controls', 'alive', alive);
  }

  get finished(): boolean {
    const { epoch, improvedAt } = this.state;
    const patient = Math.max(improvedAt, patienceStart(this.config)) + this.config.patience;
    return epoch >= this.config.epochs || epoch > patient || this.living.length === 0;
  }

  /** Runs that are still finite. */
  get living(): number[] {
    const dead = new Set(this.state.failures.map((failure) => failure.run));
    return Array.from({ length: this.config.runs }, (_, run) => run).filter((run) => !dead.has(run));
  }

  /** Bytes per slab and the peak of the plan. */
  memory(): ReturnType<Program['memory']> {
    return this.program.memory();
  }

  /** JSON of the backend about program, device and, with INTERLATENT_PROFILE, the time of every kernel. */
  describe(): string {
    return this.program.describe();
  }

  get stepsPerEpoch(): number {
    return this.training.batches;
  }

  /**
   * Trains one epoch and evaluates it; the state is complete again afterwards. When the signal fires, the epoch is given up
   * within one step and the state stays that of the last whole epoch.
   * @param onStep steps of this epoch done
   * @returns undefined when aborted
   * @throws NumericError `all-runs-diverged` when no run is finite any more and none has a best state
   */
  async epoch(signal?: AbortSignal, onStep?: (steps: number) => void): Promise<EpochMetrics | undefined> {
    const { config, program, state, training } = this;
    const started = performance.now();
    const stage = stageOf(config, state.epoch);
    const sparsityWeight = config.sparsity.weight * sparsityRamp(config, state.epoch);
    const [weightRate, gateRate] = learningRates(config, state.epoch);
    program.set('controls', 'rates', Float32Array.of(weightRate, gateRate, 0));
    if ('sparsityWeight' in training.compiled.controls) {
      program.set('controls', 'sparsityWeight', new Float32Array(config.runs).fill(sparsityWeight));
    }
    program.set('data', 'order', this.order(state.epoch));
    const trained = await program.run(stage, {
      firstStep: state.epoch * training.batches,
      steps: training.batches,
      ...(signal && { signal }),
      ...(onStep && { onProgress: onStep }),
    });
    if (trained.cancelled) return undefined;
    const validation = await program.run('evaluate', { firstStep: 0, steps: training.validationBatches });
    for (const { run, step, label } of trained.failures) state.failures.push({ run, step, tensor: label });
    if (this.living.length === 0 && Math.min(...state.bestObjective) === Infinity) throw allDiverged(state.failures);
    state.parameters = program.download('parameters');
    state.moments = program.download('moments');
    const metrics: EpochMetrics = {
      epoch: state.epoch,
      stage,
      learningRate: weightRate,
      sparsityWeight,
      seconds: (performance.now() - started) / 1000,
      training: this.perRun(training.compiled.entries[stage], trained.results, 1 / training.batches),
      validation: this.validation(validation.results),
    };
    this.keepBest(metrics);
    state.epoch += 1;
    state.history.push(metrics);
    return metrics;
  }

  /** Parameters of every run at its best epoch: name → values `[runs, …]`. */
  bestParameters(): Map<string, { shape: readonly number[]; values: Float32Array }> {
    return new Map(
      Object.entries(this.training.compiled.parameters).map(([name, { offset, shape }]) => [
        name,
        { shape, values: this.state.best.slice(offset, offset + sizeOf(shape)) },
      ]),
    );
  }

  /** Where a parameter lies in the parameter slab, in elements. */
  parameterPlace(name: string): { readonly offset: number; readonly perRun: number } {
    const { offset, shape } = this.training.compiled.parameters[name];
    return { offset, perRun: sizeOf(shape.slice(1)) };
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }

  private order(epoch: number): Int32Array {
    const { train } = this.dataset.split;
    const { batch, batches } = this.training;
    const shuffled = permutation(seedKey(this.config.seed), ORDER_STREAM, epoch, train.length);
    return shuffled.subarray(0, batch * batches).map((position) => train[position]);
  }

  /** Sums an entry's `[runs]` outputs over the steps, times `scale`; null for dead runs. */
  private perRun(entry: ProgramEntry, results: Float32Array, scale: number): Record<string, (number | null)[]> {
    const living = new Set(this.living);
    const sums: Record<string, (number | null)[]> = {};
    for (const [name, { offset }] of Object.entries(entry.outputs)) {
      sums[name] = Array.from({ length: this.config.runs }, (_, run) => {
        if (!living.has(run)) return null;
        let total = 0;
        for (let at = offset + run; at < results.length; at += entry.outputSize) total += results[at];
        return total * scale;
      });
    }
    return sums;
  }

  /** Means of the terms, and the objective that chooses epoch and run: full sparsity weight, gates read as 0 or 1. */
  private validation(results: Float32Array): Record<string, (number | null)[]> {
    const { config, training } = this;
    const entry = training.compiled.entries['evaluate'];
    const terms = this.perRun(entry, results, 1 / training.validationBatches);
    const weights: Record<string, number> = {
      reconstruction: config.reconstruction,
      independence: config.independence,
      gates: config.sparsity.weight,
      jacobian: config.sparsity.weight,
    };
    const objective = Array.from({ length: config.runs }, (_, run) => {
      let total = 0;
      for (const [name, values] of Object.entries(terms)) {
        const value = values[run];
        if (value === null) return null;
        total += weights[name] * value;
      }
      return Number.isFinite(total) ? total : null;
    });
    return { ...terms, objective };
  }

  private keepBest(metrics: EpochMetrics): void {
    const { state, training, config } = this;
    if (state.epoch < selectionStart(config)) return;
    metrics.validation['objective'].forEach((objective, run) => {
      if (objective === null || objective >= state.bestObjective[run]) return;
      state.bestObjective[run] = objective;
      state.bestEpoch[run] = state.epoch;
      state.improvedAt = state.epoch;
      for (const { offset, shape } of Object.values(training.compiled.parameters)) {
        const perRun = sizeOf(shape.slice(1));
        const start = offset + run * perRun;
        state.best.set(state.parameters.subarray(start, start + perRun), start);
      }
    });
  }
}

function allDiverged(failures: readonly RunFailure[]): NumericError {
  const first = failures[0];
  return new NumericError(
    'all-runs-diverged',
    `No run is finite any more; run ${first.run} was the first, in "${first.tensor}" at step ${first.step}. ` +
      'Lower learningRate, or look for extreme values with `interlatent inspect`.',
    { failures },
  );
}
