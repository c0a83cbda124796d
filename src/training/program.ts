// The training program: one compiled plan whose entries share parameters and data (ARCHITECTURE, "Program").
// `warm`, `free`, `frozen` train one mini-batch each; `evaluate` gives the validation objective's terms.

import { compile, type CompiledProgram, type EntrySpec } from '../compile/index.js';
import { CPU_TARGET, type Target } from '../compile/target.js';
import type { Dataset, SharedLatents } from '../data/dataset.js';
import { observationOf } from '../data/observation.js';
import { control, data, type Node } from '../graph/index.js';
import type { GateMode, NoiseSource } from '../models/latent-prior.js';
import type { ModalityShape } from '../models/layout.js';
import { MultimodalModel, type ModelConfig } from '../models/multimodal.js';
import { objective, type Objective, type ObjectiveWeights } from '../models/objective.js';
import { RATE_GROUPS, type ModelParameter } from '../nn/parameters.js';
import { usesGates, usesJacobian, type FitConfig } from './config.js';
import { stageOf, type Stage } from './schedule.js';
import { trainedEntry } from './trained-entry.js';
import { cutOf, latentBatches, miniBatches, PhiloxNoise } from '../models/sources.js';

/** First Philox streams of the entries: training stages share their noise, the evaluation draws other. */
export const TRAINING_STREAMS = 0;
export const EVALUATION_STREAMS = 0x1000;

export interface TrainingProgram {
  readonly model: MultimodalModel;
  readonly compiled: CompiledProgram;
  readonly batch: number;
  /** Mini-batches per pass. */
  readonly batches: number;
  readonly validationBatch: number;
  readonly validationBatches: number;
}

export interface TrainingSizes {
  /** All subjects in the data slab. */
  readonly rows: number;
  readonly train: number;
  readonly validation: number;
}

/** Names and sizes of a data set's modalities: what the model is built from. */
export function modalityShapes({ modalities }: Pick<Dataset, 'modalities'>): ModalityShape[] {
  return modalities.map((modality) => ({
    name: modality.name,
    observation: observationOf(modality),
    latents: modality.latents,
    exogenous: modality.exogenous,
  }));
}

/**
 * @param componentMap width of the map from subspaces to components; 0 (default): none
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
  /** z is known beforehand: `latents.<group>` of the data, `[rows, members · latents]`. */
  readonly knownLatents?: true;
  /** Networks that are trained; all others keep their values. Left out: all. */
  readonly trained?: readonly ('encoder' | 'decoder')[];
  /** The modalities with what is kept of them, see `miniBatches`; left out: standardised values. */
  readonly kept?: Dataset['modalities'] | undefined;
  /** Of the device, see `compile`; left out: those of every device. */
  readonly kernels?: ReadonlySet<string> | undefined;
  /** Of the device, see `targetOf`; left out: the CPU's. */
  readonly target?: Target | undefined;
}

/** Compiles only the stages that the schedule reaches. */
export function trainingProgram(
  modalities: readonly ModalityShape[],
  config: FitConfig,
  sizes: TrainingSizes,
  { componentMap = 0, shared, knownLatents, trained, kept, kernels, target = CPU_TARGET }: ProgramVariant = {},
): TrainingProgram {
  const model = new MultimodalModel(modelConfig(modalities, config, componentMap, shared), config.runs);
  const { passes = 1 } = config;
  const batch = Math.min(config.batch, sizes.train);
  const batches = Math.floor(sizes.train / batch);
  // Equal batches, so that every term is a plain mean; at most one subject a batch is left over.
  const validationBatches = Math.ceil(sizes.validation / batch);
  const validationBatch = Math.floor(sizes.validation / validationBatches);
  // The Jacobian penalty looks at all subjects of a mini-batch together.
  const { tiles, parts } = usesJacobian(config.sparsity) ? { tiles: 1, parts: 1 } : cutOf(batch, target);
  const seeds = data('seeds', [config.runs, 2], 'int32');
  const order = data('order', [1, passes * batches * tiles, batch / tiles], 'int32');
  const validationOrder = data('validationOrder', [1, validationBatches, validationBatch], 'int32');
  const { concavity, withinWeight } = config.sparsity;
  const trainingNoise = (): NoiseSource => new PhiloxNoise(seeds, TRAINING_STREAMS, parts);
  const objectiveOf = (rows: Node, noise: NoiseSource, weights: ObjectiveWeights, gates: GateMode): Objective =>
    objective(model, miniBatches(model.layout, sizes.rows, rows, kept), noise, {
      weights,
      gates,
      concavity,
      withinWeight,
      latents: knownLatents && latentBatches(model.layout, sizes.rows, rows),
    });
  const trainedBy = (stage: Stage): ModelParameter[] =>
    trained
      ? model.parameters.all.filter(({ name }) => trained.some((network) => name.startsWith(network)))
      : trainedParameters(model, stage);
  const entries: Record<string, EntrySpec> = {};
  for (const stage of stages(config)) {
    const gates = stage === 'frozen' ? 'hard' : 'sampled';
    const { terms, loss } = objectiveOf(order, trainingNoise(), trainingWeights(modalities, config, stage), gates);
    entries[stage] = trainedEntry(loss, trainedBy(stage), { terms, guard: Object.values(terms), tiles });
  }
  const noise = new PhiloxNoise(seeds, EVALUATION_STREAMS);
  const { terms } = objectiveOf(validationOrder, noise, validationWeights(config), 'hard');
  entries['evaluate'] = { outputs: terms };
  const compiled = compile({ runs: config.runs, rates: RATE_GROUPS, kernels, memory: target.memory, entries });
  return { model, compiled, batch, batches, validationBatch, validationBatches };
}

function stages(config: FitConfig): Set<Stage> {
  return new Set(Array.from({ length: config.epochs }, (_, epoch) => stageOf(config, epoch)));
}

/** Weights of the objective that chooses epoch and run: full sparsity, no warm start. */
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
  { runs, reconstruction, independence, sparsity }: FitConfig,
  stage: Stage,
): ObjectiveWeights {
  const sparsityWeight = control('sparsityWeight', [runs]);
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) && stage !== 'frozen' ? sparsityWeight : undefined,
    jacobian: usesJacobian(sparsity) ? sparsityWeight : undefined,
    crossPrediction: stage === 'warm' && modalities.length > 1 ? 1 : undefined,
  };
}

function trainedParameters({ parameters }: MultimodalModel, stage: Stage): ModelParameter[] {
  return parameters.all.filter(
    ({ name, rate }) =>
      rate !== 'fixed' &&
      !(rate === 'gates' && stage === 'frozen') &&
      !(name.startsWith('crossPrediction') && stage !== 'warm'),
  );
}
