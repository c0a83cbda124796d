// The trainer of one part: R runs in one program, epoch by epoch. Each run's best state by the validation objective is kept;
// everything needed to go on lives in a RunState, so that a killed fit resumes to the same bits.

import { NumericError } from '../errors.js';
import { sizeOf } from '../graph/shapes.js';
import { Program, type ProgramEntry, type ProgramOptions } from '../runtime/program.js';
import type { ParameterValues } from '../inference/inference.js';
import type { TrainingPart } from './part.js';
import type { EpochMetrics, RunFailure, RunState } from './run-state.js';

export class Trainer {
  readonly state: RunState;
  readonly part: TrainingPart;
  readonly #program: Program;

  private constructor(part: TrainingPart, program: Program) {
    this.part = part;
    this.#program = program;
    const parameters = program.download('parameters');
    this.state = {
      epoch: 0,
      parameters,
      moments: program.download('moments'),
      best: parameters.slice(),
      bestObjective: new Array<number>(part.runs).fill(Infinity),
      bestEpoch: new Array<number>(part.runs).fill(-1),
      improvedAt: 0,
      failures: [],
      history: [],
    };
  }

  /** Loads the part's program, uploads data and initial values. */
  static create(part: TrainingPart, options: ProgramOptions): Trainer {
    const { compiled } = part;
    const program = Program.load(compiled, options);
    try {
      // Noise that no stage draws and layers that none trains are not part of the program.
      for (const [name, values] of part.data) if (name in compiled.data) program.set('data', name, values);
      for (const [name, initial] of part.initial) {
        if (name in compiled.parameters) program.set('parameters', name, initial);
      }
      return new Trainer(part, program);
    } catch (error) {
      void program.dispose();
      throw error;
    }
  }

  /** Continues from a checkpoint's state. */
  restore(state: RunState): void {
    Object.assign(this.state, state);
    this.#program.upload('parameters', state.parameters);
    this.#program.upload('moments', state.moments);
    const alive = new Float32Array(this.part.runs).fill(1);
    for (const { run } of state.failures) alive[run] = 0;
    this.#program.set('controls', 'alive', alive);
  }

  get finished(): boolean {
    const { epoch, improvedAt } = this.state;
    const patient = Math.max(improvedAt, this.part.patienceStart) + this.part.patience;
    return epoch >= this.part.epochs || epoch > patient || this.living.length === 0;
  }

  /** Runs that are still finite. */
  get living(): number[] {
    const dead = new Set(this.state.failures.map((failure) => failure.run));
    return Array.from({ length: this.part.runs }, (_, run) => run).filter((run) => !dead.has(run));
  }

  /** Bytes per slab and the peak of the plan. */
  memory(): ReturnType<Program['memory']> {
    return this.#program.memory();
  }

  /** JSON of the backend about program, device and, with the option `profile`, the time of every kernel. */
  describe(): string {
    return this.#program.describe();
  }

  /** Makes the initial parameters a candidate: their objective is what training must beat. */
  async scoreInitial(): Promise<void> {
    const { results } = await this.#program.run('evaluate', { steps: this.part.validationSteps });
    this.#keepBest(this.#validation(results)['objective'], -1);
  }

  /**
   * Trains one epoch and evaluates it; the state is complete again afterwards. When the signal fires, the epoch is given up
   * within one step and the state stays that of the last whole epoch.
   * @param onStep steps of this epoch done
   * @returns undefined when aborted
   * @throws NumericError `all-runs-diverged` when no run is finite any more and none has a best state
   */
  async epoch(signal?: AbortSignal, onStep?: (steps: number) => void): Promise<EpochMetrics | undefined> {
    const { part, state } = this;
    const program = this.#program;
    const started = performance.now();
    const { stage, rates, sparsityWeight } = part.plan(state.epoch);
    program.set('controls', 'rates', Float32Array.of(...rates, 0));
    if ('sparsityWeight' in part.compiled.controls) {
      program.set('controls', 'sparsityWeight', new Float32Array(part.runs).fill(sparsityWeight));
    }
    program.set('data', 'order', part.order(state.epoch));
    const trained = await program.run(stage, {
      firstStep: state.epoch * part.stepsPerEpoch,
      steps: part.stepsPerEpoch,
      ...(signal && { signal }),
      ...(onStep && { onProgress: onStep }),
    });
    if (trained.cancelled) return undefined;
    const validation = await program.run('evaluate', { steps: part.validationSteps });
    for (const { run, step, label } of trained.failures) state.failures.push({ run, step, tensor: label });
    if (this.living.length === 0 && Math.min(...state.bestObjective) === Infinity) throw allDiverged(state.failures);
    state.parameters = program.download('parameters');
    state.moments = program.download('moments');
    const metrics: EpochMetrics = {
      part: part.name,
      epoch: state.epoch,
      stage,
      learningRate: rates[0],
      sparsityWeight,
      seconds: (performance.now() - started) / 1000,
      training: this.#perRun(part.compiled.entries[stage], trained.results, 1 / part.stepsPerEpoch),
      validation: this.#validation(validation.results),
    };
    if (state.epoch >= part.selectionStart) this.#keepBest(metrics.validation['objective'], state.epoch);
    state.epoch += 1;
    state.history.push(metrics);
    return metrics;
  }

  /** Parameters of every run at its best epoch: name → values `[runs, …]`. */
  bestParameters(): ParameterValues {
    return new Map(
      Object.entries(this.part.compiled.parameters).map(([name, { offset, shape }]) => [
        name,
        { shape, values: this.state.best.slice(offset, offset + sizeOf(shape)) },
      ]),
    );
  }

  /** Where a parameter lies in the parameter slab, in elements. */
  parameterPlace(name: string): { readonly offset: number; readonly perRun: number } {
    const { offset, shape } = this.part.compiled.parameters[name];
    return { offset, perRun: sizeOf(shape.slice(1)) };
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }

  /** Sums an entry's `[runs]` outputs over the steps, times `scale`; null for dead runs. */
  #perRun(entry: ProgramEntry, results: Float32Array, scale: number): Record<string, (number | null)[]> {
    const living = new Set(this.living);
    const sums: Record<string, (number | null)[]> = {};
    for (const [name, { offset }] of Object.entries(entry.outputs)) {
      sums[name] = Array.from({ length: this.part.runs }, (_, run) => {
        if (!living.has(run)) return null;
        let total = 0;
        for (let at = offset + run; at < results.length; at += entry.outputSize) total += results[at];
        return total * scale;
      });
    }
    return sums;
  }

  /** Means of the terms, and the objective that chooses epoch and run: full sparsity weight, gates read as 0 or 1. */
  #validation(results: Float32Array): Record<string, (number | null)[]> {
    const { part } = this;
    const terms = this.#perRun(part.compiled.entries['evaluate'], results, 1 / part.validationSteps);
    const objective = Array.from({ length: part.runs }, (_, run) => {
      let total = 0;
      for (const [name, values] of Object.entries(terms)) {
        const value = values[run];
        if (value === null) return null;
        total += part.objective[name] * value;
      }
      return Number.isFinite(total) ? total : null;
    });
    return { ...terms, objective };
  }

  #keepBest(objectives: readonly (number | null)[], epoch: number): void {
    const { state, part } = this;
    objectives.forEach((objective, run) => {
      if (objective === null || objective >= state.bestObjective[run]) return;
      state.bestObjective[run] = objective;
      state.bestEpoch[run] = epoch;
      state.improvedAt = Math.max(0, epoch);
      for (const { offset, shape } of Object.values(part.compiled.parameters)) {
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
