// Assembles a stage: its program with one entry per phase of the schedule, noise, seeds, mini-batches and validation.
// Every training goes through this function, and the differences between stages are its arguments.

import { compile, type EntrySpec } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import { data, type Node } from '../graph/index.js';
import { cutOf, PhiloxNoise, type LeafData } from '../networks/sources.js';
import { RATE_GROUPS, type ModelParameter, type ParameterList } from '../nn/parameters.js';
import { seedKey } from '../random/streams.js';
import { CPU } from '../runtime/device.js';
import type { Batches } from './order.js';
import type { Schedule } from './schedule.js';
import type { TrainingStage } from './stage.js';
import type { Stopping } from './stopping.js';
import { trainedEntry, type StepOptions } from './trained-entry.js';
import type { Validation } from './validation.js';

/** First Philox streams. The phases of a stage share their noise; the validation has other streams. */
const TRAINING_STREAMS = 0;
const EVALUATION_STREAMS = 0x1000;

/** A mini-batch in the graph. */
export interface BatchNodes {
  /** int32 leaf of row numbers, see `miniBatches`. */
  readonly order: Node;
  readonly noise: PhiloxNoise;
}

/** A loss, `[runs]`, and what its entry records and checks. */
export interface StageLoss extends Omit<StepOptions, 'tiles' | 'adam'> {
  readonly loss: Node;
  /** The parameters to train, except for fixed ones. Default: all. */
  readonly trained?: readonly ModelParameter[];
}

/** The entry `evaluate` for the validation subjects. */
export interface StageValidation {
  readonly outputs: EntrySpec['outputs'];
  readonly score?: Validation['score'];
}

export interface StageSpec<Name extends string, Model> {
  readonly name: Name;
  /** Builds the model with its parameters for a number of runs. */
  readonly model: (runs: number) => Model;
  readonly loss: (model: Model, batch: BatchNodes, phase: string) => StageLoss;
  readonly validate: (model: Model, batch: BatchNodes) => StageValidation;
  /** Returns the outputs of other entries that do not train, by entry. */
  readonly reads?: (model: Model) => Readonly<Record<string, EntrySpec['outputs']>>;
  /** Seed of each run. The initial values and the noise of the run depend on nothing else. */
  readonly seeds: readonly number[];
  /** Default: drawn from the seeds. */
  readonly initial?: TrainingStage['initial'] | undefined;
  readonly initialCounts?: TrainingStage['initialCounts'];
  readonly data: ReadonlyMap<string, LeafData>;
  readonly controls?: TrainingStage['controls'];
  readonly training: Batches;
  readonly validation: Batches;
  /** True if a loss needs all subjects of a mini-batch together, which then has no tiles. */
  readonly isWhole?: boolean;
  readonly schedule: Schedule;
  /** First epoch of the schedule, and the one after the last, that the stage trains. Default: all. */
  readonly epochs?: readonly [from: number, to: number];
  readonly stopping?: Stopping;
  readonly diverged?: TrainingStage['diverged'];
  /** Default: the CPU. */
  readonly device?: Parameters<typeof targetOf>[0] | undefined;
  /** Kernels of the device, see `compile`. Default: kernels that every device has. */
  readonly kernels?: ReadonlySet<string> | undefined;
  readonly adam?: StepOptions['adam'];
}

/** Returns the stage, with its program compiled for all runs. */
export function trainingStage<
  Name extends string,
  Model extends { readonly parameters: Pick<ParameterList, 'all' | 'initialValues'> },
>(spec: StageSpec<Name, Model>): TrainingStage<Name> {
  const { name, seeds, training, validation, schedule, stopping = {}, controls = new Map(), device = CPU } = spec;
  const [from, to] = spec.epochs ?? [0, schedule.epochs];
  const plan = (epoch: number) => schedule.plan(from + epoch);
  const phases = new Set(Array.from({ length: to - from }, (_, epoch) => plan(epoch).phase));
  const target = targetOf(device);
  const { tiles, parts } = spec.isWhole ? { tiles: 1, parts: 1 } : cutOf(training.size, target);
  const programOf = (runs: number) => {
    const model = spec.model(runs);
    const seedLeaf = data('seeds', [runs, 2], 'int32');
    const orderOf = (leaf: string, { perRun, steps, size }: Batches, cut = 1): Node =>
      data(leaf, [perRun ? runs : 1, steps * cut, size / cut], 'int32');
    const entries: Record<string, EntrySpec> = {};
    for (const phase of phases) {
      const noise = new PhiloxNoise(seedLeaf, TRAINING_STREAMS, parts);
      const batch = { order: orderOf('order', training, tiles), noise };
      const { loss, trained = model.parameters.all, ...options } = spec.loss(model, batch, phase);
      entries[phase] = trainedEntry(loss, trained, { ...options, tiles, adam: spec.adam });
    }
    const noise = new PhiloxNoise(seedLeaf, EVALUATION_STREAMS);
    const { outputs, score } = spec.validate(model, { order: orderOf('validationOrder', validation), noise });
    entries['evaluate'] = { outputs };
    for (const [entry, read] of Object.entries(spec.reads?.(model) ?? {})) entries[entry] = { outputs: read };
    const compiled = compile({ runs, rates: RATE_GROUPS, kernels: spec.kernels, memory: target.memory, entries });
    return { model, compiled, score };
  };
  const runs = seeds.length;
  const { model, compiled, score } = programOf(runs);
  return {
    name,
    runs,
    compiled,
    compiledFor: (count) => programOf(count).compiled,
    data: new Map([...spec.data, ['seeds', seedWords(seeds)], ['validationOrder', validation.rows(0)]]),
    controls,
    initial: spec.initial ?? model.parameters.initialValues(seeds),
    initialCounts: spec.initialCounts,
    epochs: to - from,
    stepsPerEpoch: training.steps,
    plan,
    order: (epoch) => training.rows(from + epoch),
    validation: { steps: validation.steps, score },
    stopping,
    diverged: spec.diverged,
  };
}

/** Returns the Philox keys of the runs. */
function seedWords(seeds: readonly number[]): Int32Array {
  return Int32Array.from(
    seeds.flatMap((seed) => {
      const { low, high } = seedKey(seed);
      return [low, high];
    }),
  );
}
