// The training loop: trains the runs of a stage in one program, epoch by epoch. It keeps the state of each run at its
// best validation objective. A TrainingState holds everything that is needed to continue, so a killed fit resumes with
// the same bits.

import { NumericError } from '../errors/errors.js';
import { sizeOf } from '../graph/shapes.js';
import type { ParameterValues } from '../inference/inference.js';
import type { NativeRanks } from '../runtime/addon.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { FitStage, TrainingStage } from './stage.js';
import { parametersOf } from './outcome.js';
import { hasResult, isOver, recordObjectives } from './stopping.js';
import {
  copyOf,
  initialState,
  type EpochMetrics,
  type RestartFailure,
  type RestartValues,
  type TrainingState,
} from './training-state.js';
import { loadStage, type StageProgram } from './runs-on-devices.js';
import { meanOutputs } from './validation.js';

export interface TrainOptions {
  /** An abort stops training within one step and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called on the event loop after every epoch. */
  readonly onEpoch?: ((metrics: EpochMetrics) => void) | undefined;
}

type Slabs = Pick<TrainingState, 'parameters' | 'moments'>;

export class Trainer<Stage extends TrainingStage = FitStage> {
  readonly state: TrainingState;
  readonly stage: Stage;
  readonly #program: StageProgram;
  /** Arrays of the last epoch but one, which the next epoch overwrites. */
  #spare: Slabs | undefined;

  private constructor(stage: Stage, program: StageProgram, slabs: Slabs) {
    this.stage = stage;
    this.#program = program;
    this.state = initialState(stage.runs, slabs);
  }

  /**
   * Loads the stage's program, uploads data, controls and initial values.
   * @param ranks processes that train the same stage together, each with one trainer
   */
  static async create<Stage extends TrainingStage>(
    stage: Stage,
    options: ProgramOptions,
    ranks?: NativeRanks,
  ): Promise<Trainer<Stage>> {
    const { compiled } = stage;
    const program = await loadStage(stage, options, ranks);
    try {
      // The program lacks noise that no phase draws and layers that no phase trains.
      for (const kind of ['data', 'controls'] as const) {
        for (const [name, values] of stage[kind]) if (name in compiled[kind]) program.set(kind, name, values);
      }
      for (const [name, initial] of stage.initial) {
        if (name in compiled.parameters) program.set('parameters', name, initial);
      }
      return new Trainer(stage, program, await slabsOf(program));
    } catch (error) {
      await program.dispose();
      throw error;
    }
  }

  /** Continues from a state. Without one, scores the initial parameters if they count. */
  async start(from?: TrainingState): Promise<void> {
    if (!from) {
      if (this.stage.initialCounts) this.#keepBest(await this.#validate(), -1);
      return;
    }
    Object.assign(this.state, copyOf(from));
    this.#program.upload('parameters', from.parameters);
    this.#program.upload('moments', from.moments);
    const alive = new Float32Array(this.stage.runs).fill(1);
    for (const { restart } of from.failures) alive[restart] = 0;
    this.#program.set('controls', 'alive', alive);
  }

  get finished(): boolean {
    return isOver(this.stage, this.state);
  }

  /** Numbers of the runs that are still finite. */
  get living(): number[] {
    const dead = new Set(this.state.failures.map(({ restart }) => restart));
    return Array.from({ length: this.stage.runs }, (_, restart) => restart).filter((restart) => !dead.has(restart));
  }

  /** Returns the bytes per slab and the peak of the plan. */
  memory(): ReturnType<StageProgram['memory']> {
    return this.#program.memory();
  }

  /** Returns the backend's JSON about program, device and, with the option `profile`, the time of every kernel. */
  describe(): string {
    return this.#program.describe();
  }

  /** Trains all remaining epochs. @throws what `epoch` throws; the signal's reason */
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
   * @throws NumericError `all-runs-diverged` when no run is finite any more and none has a result; `stage.diverged`
   */
  async epoch(signal?: AbortSignal, onStep?: (steps: number) => void): Promise<EpochMetrics | undefined> {
    const { stage, state } = this;
    const program = this.#program;
    const started = performance.now();
    const { phase, rates, controls } = stage.plan(state.epoch);
    program.set('controls', 'rates', Float32Array.of(...rates, 0));
    for (const [name, value] of Object.entries(controls)) this.#setControl(name, value);
    program.set('data', 'order', stage.order(state.epoch));
    const trained = await program.run(phase, {
      firstStep: state.epoch * stage.stepsPerEpoch,
      steps: stage.stepsPerEpoch,
      signal,
      onProgress: onStep,
    });
    if (trained.cancelled) return undefined;
    for (const { run, step, label } of trained.failures) state.failures.push({ restart: run, step, tensor: label });
    if (stage.diverged && state.failures.length > 0) throw stage.diverged(state.failures[0]);
    if (this.living.length === 0 && !hasResult(state)) throw allDiverged(state.failures);
    const validation = await this.#validate();
    // Two pairs of arrays alternate, because new arrays in every epoch would keep the garbage collector busy.
    const slabs = await slabsOf(program, this.#spare);
    this.#spare = { parameters: state.parameters, moments: state.moments };
    Object.assign(state, slabs);
    this.#keepBest(validation, state.epoch);
    const metrics: EpochMetrics = {
      stage: stage.name,
      epoch: state.epoch,
      phase,
      learningRate: rates[0],
      ...controls,
      seconds: (performance.now() - started) / 1000,
      training: this.#ofLiving(meanOutputs(stage.compiled.entries[phase], stage.runs, trained.results)),
      validation,
    };
    state.epoch += 1;
    state.history.push(metrics);
    return metrics;
  }

  /** Runs an entry that does not train, with the parameters of the last epoch, and returns the results of all steps. */
  async read(entry: string, steps: number): Promise<Float32Array> {
    const { results } = await this.#program.run(entry, { steps });
    return results;
  }

  /** Returns the parameters of every run at its best epoch: name → values `[runs, …]`. */
  bestParameters(): ParameterValues {
    return parametersOf(this.stage.compiled, this.state.best);
  }

  /** Returns the place of a parameter in the parameter slab, in elements. */
  parameterPlace(name: string): { readonly offset: number; readonly perRun: number } {
    const { offset, shape } = this.stage.compiled.parameters[name];
    return { offset, perRun: sizeOf(shape.slice(1)) };
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }

  /** Sets a control to one number for all runs, if the program has it. */
  #setControl(name: string, value: number): void {
    const { controls } = this.stage.compiled;
    if (name in controls) {
      this.#program.set('controls', name, new Float32Array(sizeOf(controls[name].shape)).fill(value));
    }
  }

  async #validate(): Promise<RestartValues> {
    const { validation, compiled, runs } = this.stage;
    if (!validation.score) return {};
    const results = await this.read('evaluate', validation.steps);
    return this.#ofLiving(validation.score(results, { entry: compiled.entries['evaluate'], runs }));
  }

  #ofLiving(values: RestartValues): RestartValues {
    const living = new Set(this.living);
    return Object.fromEntries(
      Object.entries(values).map(([name, perRun]) => [
        name,
        perRun.map((value, run) => (living.has(run) ? value : null)),
      ]),
    );
  }

  #keepBest({ objective = [] }: RestartValues, epoch: number): void {
    const { state, stage } = this;
    for (const run of recordObjectives(state, objective, epoch, stage.stopping)) {
      for (const { offset, shape } of Object.values(stage.compiled.parameters)) {
        const perRun = sizeOf(shape.slice(1));
        const start = offset + run * perRun;
        state.best.set(state.parameters.subarray(start, start + perRun), start);
      }
    }
  }
}

function allDiverged(failures: readonly RestartFailure[]): NumericError {
  const first = failures[0];
  return new NumericError(
    'all-runs-diverged',
    `All restarts diverged, restart ${first.restart} first: "${first.tensor}" was not finite at step ${first.step}. ` +
      'Lower learningRate, or look for extreme values with `interlatent inspect`.',
    { failures },
  );
}

/** Downloads parameters and moments. @param into arrays to overwrite; by default, new ones */
async function slabsOf(program: StageProgram, into?: Slabs): Promise<Slabs> {
  return {
    parameters: await program.download('parameters', into?.parameters),
    moments: await program.download('moments', into?.moments),
  };
}
