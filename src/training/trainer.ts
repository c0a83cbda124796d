// The one training loop: trains a part's runs in one program, epoch by epoch. Each run's best state by the validation
// objective is kept; everything needed to go on lives in a RunState, so that a killed fit resumes to the same bits.

import { NumericError } from '../errors.js';
import { sizeOf } from '../graph/shapes.js';
import type { ParameterValues } from '../inference/inference.js';
import type { NativeRanks } from '../runtime/addon.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { FitPart, TrainingPart } from './part.js';
import type { PartProgram } from './program-of-group.js';
import type { EpochMetrics, RunFailure, RunState, RunValues } from './run-state.js';
import { loadPart } from './runs-on-devices.js';
import { meanOutputs } from './validation.js';

export interface TrainOptions {
  /** Aborting stops within one step and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called on the event loop after every epoch. */
  readonly onEpoch?: ((metrics: EpochMetrics) => void) | undefined;
}

type Slabs = Pick<RunState, 'parameters' | 'moments'>;

export class Trainer<Part extends TrainingPart = FitPart> {
  readonly state: RunState;
  readonly part: Part;
  readonly #program: PartProgram;
  /** Arrays of the epoch before the last. */
  #spare: Slabs | undefined;

  private constructor(part: Part, program: PartProgram, { parameters, moments }: Slabs) {
    this.part = part;
    this.#program = program;
    this.state = {
      epoch: 0,
      parameters,
      moments,
      best: parameters.slice(),
      bestObjective: new Array<number>(part.runs).fill(Infinity),
      bestEpoch: new Array<number>(part.runs).fill(-1),
      improvedAt: 0,
      failures: [],
      history: [],
    };
  }

  /**
   * Loads the part's program, uploads data, controls and initial values.
   * @param ranks who train the same part together, each with a trainer of its own
   */
  static async create<Part extends TrainingPart>(
    part: Part,
    options: ProgramOptions,
    ranks?: NativeRanks,
  ): Promise<Trainer<Part>> {
    const { compiled } = part;
    const program = await loadPart(part, options, ranks);
    try {
      // Noise that no stage draws and layers that none trains are not part of the program.
      for (const kind of ['data', 'controls'] as const) {
        for (const [name, values] of part[kind] ?? []) if (name in compiled[kind]) program.set(kind, name, values);
      }
      for (const [name, initial] of part.initial) {
        if (name in compiled.parameters) program.set('parameters', name, initial);
      }
      return new Trainer(part, program, await slabsOf(program));
    } catch (error) {
      await program.dispose();
      throw error;
    }
  }

  /** Continues from a checkpoint's state. */
  restore(state: RunState): void {
    const { parameters, moments, best, bestObjective, bestEpoch, failures, history } = state;
    // Training writes over them.
    Object.assign(this.state, state, {
      parameters: parameters.slice(),
      moments: moments.slice(),
      best: best.slice(),
      bestObjective: [...bestObjective],
      bestEpoch: [...bestEpoch],
      failures: [...failures],
      history: [...history],
    });
    this.#program.upload('parameters', state.parameters);
    this.#program.upload('moments', state.moments);
    const alive = new Float32Array(this.part.runs).fill(1);
    for (const { run } of state.failures) alive[run] = 0;
    this.#program.set('controls', 'alive', alive);
  }

  get finished(): boolean {
    const { epochs, patience } = this.part;
    const { epoch, improvedAt } = this.state;
    const isHopeless = patience !== undefined && epoch > Math.max(improvedAt, patience.from) + patience.epochs;
    return epoch >= epochs || isHopeless || this.living.length === 0;
  }

  /** Runs that are still finite. */
  get living(): number[] {
    const dead = new Set(this.state.failures.map((failure) => failure.run));
    return Array.from({ length: this.part.runs }, (_, run) => run).filter((run) => !dead.has(run));
  }

  /** Bytes per slab and the peak of the plan. */
  memory(): ReturnType<PartProgram['memory']> {
    return this.#program.memory();
  }

  /** JSON of the backend about program, device and, with the option `profile`, the time of every kernel. */
  describe(): string {
    return this.#program.describe();
  }

  /** Makes the initial parameters a candidate: their objective is what training must beat. */
  async scoreInitial(): Promise<void> {
    this.#keepBest(await this.#validate(), -1);
  }

  /** Trains to the end. @throws what `epoch` throws; the signal's reason */
  async train({ signal, onEpoch }: TrainOptions = {}): Promise<void> {
    while (!this.finished) {
      const metrics = await this.epoch(signal);
      signal?.throwIfAborted();
      if (metrics) onEpoch?.(metrics);
    }
  }

  /**
   * Trains one epoch and evaluates it; the state is complete again afterwards. When the signal fires, the epoch is
   * given up within one step and the state stays that of the last whole epoch.
   * @param onStep steps of this epoch done
   * @returns undefined when aborted
   * @throws NumericError `all-runs-diverged` when no run is finite any more and none has a best state; what the part
   * makes
   *   of a run that diverged
   */
  async epoch(signal?: AbortSignal, onStep?: (steps: number) => void): Promise<EpochMetrics | undefined> {
    const { part, state } = this;
    const program = this.#program;
    const started = performance.now();
    const { stage, rates, controls = {} } = part.plan(state.epoch);
    program.set('controls', 'rates', Float32Array.of(...rates, 0));
    for (const [name, value] of Object.entries(controls)) this.#setControl(name, value);
    program.set('data', 'order', part.order(state.epoch));
    const trained = await program.run(stage, {
      firstStep: state.epoch * part.stepsPerEpoch,
      steps: part.stepsPerEpoch,
      signal,
      onProgress: onStep,
    });
    if (trained.cancelled) return undefined;
    for (const { run, step, label } of trained.failures) state.failures.push({ run, step, tensor: label });
    if (part.diverged && state.failures.length > 0) throw part.diverged(state.failures[0]);
    if (this.living.length === 0 && Math.min(...state.bestObjective) === Infinity) throw allDiverged(state.failures);
    const validation = await this.#validate();
    // Two pairs of arrays take turns: new ones in every epoch would keep the garbage collector busy.
    const slabs = await slabsOf(program, this.#spare);
    this.#spare = { parameters: state.parameters, moments: state.moments };
    Object.assign(state, slabs);
    if (state.epoch >= (part.selectionStart ?? 0)) this.#keepBest(validation, state.epoch);
    const metrics: EpochMetrics = {
      part: part.name,
      epoch: state.epoch,
      stage,
      learningRate: rates[0],
      ...controls,
      seconds: (performance.now() - started) / 1000,
      training: this.#ofLiving(meanOutputs(part.compiled.entries[stage], part.runs, trained.results)),
      validation,
    };
    state.epoch += 1;
    state.history.push(metrics);
    return metrics;
  }

  /** Runs an entry that does not train, with the parameters of the last epoch. @returns results of all steps */
  async read(entry: string, steps: number): Promise<Float32Array> {
    const { results } = await this.#program.run(entry, { steps });
    return results;
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

  /** Sets a control to one number for all runs, where the program has it. */
  #setControl(name: string, value: number): void {
    const { controls } = this.part.compiled;
    if (name in controls) {
      this.#program.set('controls', name, new Float32Array(sizeOf(controls[name].shape)).fill(value));
    }
  }

  async #validate(): Promise<RunValues> {
    const { validation, compiled, runs } = this.part;
    if (!validation) return {};
    const results = await this.read('evaluate', validation.steps);
    return this.#ofLiving(validation.score(results, { entry: compiled.entries['evaluate'], runs }));
  }

  #ofLiving(values: RunValues): RunValues {
    const living = new Set(this.living);
    return Object.fromEntries(
      Object.entries(values).map(([name, perRun]) => [
        name,
        perRun.map((value, run) => (living.has(run) ? value : null)),
      ]),
    );
  }

  #keepBest({ objective = [] }: RunValues, epoch: number): void {
    const { state, part } = this;
    objective.forEach((value, run) => {
      if (value === null || value >= state.bestObjective[run]) return;
      state.bestObjective[run] = value;
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

/** @param into written over; left out: new arrays */
async function slabsOf(program: PartProgram, into?: Slabs): Promise<Slabs> {
  return {
    parameters: await program.download('parameters', into?.parameters),
    moments: await program.download('moments', into?.moments),
  };
}
