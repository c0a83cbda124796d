// The training program: one compiled plan whose entries share parameters and data (ARCHITECTURE, "Program"). The
// entries `warm`, `free` and `frozen` train one mini-batch per step; `evaluate` computes the terms of the validation
// objective.

import { compile, type CompiledProgram, type EntrySpec } from '../compile/index.js';
import { CPU_TARGET, type Target } from '../compile/target.js';
import type { Dataset, SharedLatents } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import { control, data, type Node } from '../graph/index.js';
import type { GateMode, NoiseSource } from '../networks/latent-prior.js';
import type { ModalityShape } from '../networks/layout.js';
import { MultimodalModel, type ModelConfig } from '../networks/multimodal.js';
import { objective, type Objective, type ObjectiveWeights } from '../networks/objective.js';
import { RATE_GROUPS, type ModelParameter } from '../nn/parameters.js';
import { usesGates, usesJacobian, type FitConfig } from './config.js';
import { phaseOf, type Phase } from './schedule.js';
import { trainedEntry } from './trained-entry.js';
import { cutOf, latentBatches, miniBatches, PhiloxNoise } from '../networks/sources.js';

/** First Philox streams of the entries. Training phases share their noise; the evaluation has other streams. */
export const TRAINING_STREAMS = 0;
export const EVALUATION_STREAMS = 0x1000;

export interface TrainingProgram {
  readonly model: MultimodalModel;
  readonly compiled: CompiledProgram;
  readonly batch: number;
  /** Number of mini-batches per pass. */
  readonly batches: number;
  readonly validationBatch: number;
  readonly validationBatches: number;
}

export interface TrainingSizes {
  /** Number of all subjects in the data slab. */
  readonly rows: number;
  readonly train: number;
  readonly validation: number;
}

/** Returns names and sizes of a data set's modalities, from which the model is built. */
export function modalityShapes({ modalities }: Pick<Dataset, 'modalities'>): ModalityShape[] {
  return modalities.map((modality) => ({
    name: modality.name,
    observation: observationOf(modality),
    latents: modality.latents,
    exogenous: modality.exogenous,
  }));
}

/**
 * Returns the configuration of the joint model.
 * @param componentMap width of the map from subspaces to components; 0 (default) for none
 * @param shared latents that several modalities observe; only with a component map
 */
export function modelConfig(
  modalities: readonly ModalityShape[],
  config: FitConfig,
  componentMap = 0,
  shared?: SharedLatents,
): ModelConfig {
  return {
    modalities,
    hidden: config.hidden,
    flow: config.flow,
    components: config.components,
    flowHidden: config.flowHidden,
    within: config.sparsity.within,
    graph: config.sparsity.graph,
    gates: usesGates(config.sparsity),
    ...(modalities.some(({ observation }) => observation.absent) && { absent: true }),
    ...(config.subspaces === 'correlation' && { latentEncoders: true }),
    componentMap,
    shared,
  };
}

export interface ProgramVariant {
  readonly componentMap?: number | undefined;
  readonly shared?: SharedLatents | undefined;
  /** True if z is data: `latents.<group>`, `[rows, members · latents]`. */
  readonly knownLatents?: true;
  /** The networks to train; all other networks keep their values. Default: all networks. */
  readonly trained?: readonly ('encoder' | 'decoder')[];
  /** The modalities whose stored values are the data, see `miniBatches`. Default: standardised values are the data. */
  readonly stored?: Dataset['modalities'] | undefined;
  /** Kernels of the device, see `compile`. Default: kernels that every device has. */
  readonly kernels?: ReadonlySet<string> | undefined;
  /** Target of the device, see `targetOf`. Default: the CPU. */
  readonly target?: Target | undefined;
}

/** Compiles the training program, with only those phases that the schedule reaches. */
export function trainingProgram(
  modalities: readonly ModalityShape[],
  config: FitConfig,
  sizes: TrainingSizes,
  { componentMap = 0, shared, knownLatents, trained, stored, kernels, target = CPU_TARGET }: ProgramVariant = {},
): TrainingProgram {
  const model = new MultimodalModel(modelConfig(modalities, config, componentMap, shared), config.encoderRestarts);
  const { passes = 1 } = config;
  const batch = Math.min(config.batch, sizes.train);
  const batches = Math.floor(sizes.train / batch);
  // Batches are equal, so that every term is a plain mean. At most one subject per batch is not used.
  const validationBatches = Math.ceil(sizes.validation / batch);
  const validationBatch = Math.floor(sizes.validation / validationBatches);
  // The Jacobian penalty needs all subjects of a mini-batch together, so batches have no tiles.
  const { tiles, parts } = usesJacobian(config.sparsity) ? { tiles: 1, parts: 1 } : cutOf(batch, target);
  const seeds = data('seeds', [config.encoderRestarts, 2], 'int32');
  const order = data('order', [1, passes * batches * tiles, batch / tiles], 'int32');
  const validationOrder = data('validationOrder', [1, validationBatches, validationBatch], 'int32');
  const { concavity, withinWeight } = config.sparsity;
  const trainingNoise = (): NoiseSource => new PhiloxNoise(seeds, TRAINING_STREAMS, parts);
  const objectiveOf = (rows: Node, noise: NoiseSource, weights: ObjectiveWeights, gates: GateMode): Objective =>
    objective(model, miniBatches(model.layout, sizes.rows, rows, stored), noise, {
      weights,
      gates,
      concavity,
      withinWeight,
      latents: knownLatents && latentBatches(model.layout, sizes.rows, rows),
    });
  const trainedBy = (phase: Phase): ModelParameter[] =>
    trained
      ? model.parameters.all.filter(({ name }) => trained.some((network) => name.startsWith(network)))
      : trainedParameters(model, phase);
  const entries: Record<string, EntrySpec> = {};
  for (const phase of phases(config)) {
    const gates = phase === 'frozen' ? 'hard' : 'sampled';
    const { terms, loss } = objectiveOf(order, trainingNoise(), trainingWeights(modalities, config, phase), gates);
    entries[phase] = trainedEntry(loss, trainedBy(phase), { terms, guard: Object.values(terms), tiles });
  }
  const noise = new PhiloxNoise(seeds, EVALUATION_STREAMS);
  const { terms } = objectiveOf(validationOrder, noise, validationWeights(config), 'hard');
  entries['evaluate'] = { outputs: terms };
  const compiled = compile({
    runs: config.encoderRestarts,
    rates: RATE_GROUPS,
    kernels,
    memory: target.memory,
    entries,
  });
  return { model, compiled, batch, batches, validationBatch, validationBatches };
}

function phases(config: FitConfig): Set<Phase> {
  return new Set(Array.from({ length: config.epochs }, (_, epoch) => phaseOf(config, epoch)));
}

/** Returns the weights of the objective that chooses epoch and restart: full sparsity, no warm start. */
export function validationWeights({ reconstruction, independence, sparsity }: FitConfig) {
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) ? sparsity.weight : undefined,
    jacobian: usesJacobian(sparsity) ? sparsity.weight : undefined,
  };
}

function trainingWeights(
  modalities: readonly ModalityShape[],
  { encoderRestarts, reconstruction, independence, sparsity }: FitConfig,
  phase: Phase,
): ObjectiveWeights {
  const sparsityWeight = control('sparsityWeight', [encoderRestarts]);
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) && phase !== 'frozen' ? sparsityWeight : undefined,
    jacobian: usesJacobian(sparsity) ? sparsityWeight : undefined,
    crossPrediction: phase === 'warm' && modalities.length > 1 ? 1 : undefined,
  };
}

function trainedParameters({ parameters }: MultimodalModel, phase: Phase): ModelParameter[] {
  return parameters.all.filter(
    ({ name, rate }) =>
      rate !== 'fixed' &&
      !(rate === 'gates' && phase === 'frozen') &&
      !(name.startsWith('crossPrediction') && phase !== 'warm'),
  );
}
