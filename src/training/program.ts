// The training program: one compiled plan whose entries share parameters and data (ARCHITECTURE, "Program").
// `warm`, `free`, `frozen` train one mini-batch each; `evaluate` gives the validation objective's terms.

import { compile, type CompiledProgram, type EntrySpec } from '../compile/index.js';
import type { Dataset, SharedLatents } from '../data/dataset.js';
import { control, data, grad, mean, type Node } from '../graph/index.js';
import type { ModalityShape } from '../models/layout.js';
import { MultimodalModel, type ModelConfig } from '../models/multimodal.js';
import { objective, type ObjectiveOptions } from '../models/objective.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { usesGates, usesJacobian, type FitConfig } from './config.js';
import { stageOf, type Stage } from './schedule.js';
import { miniBatches, PhiloxNoise, tilesOf } from '../models/sources.js';

/** First Philox streams of the entries: training stages share their noise, the evaluation has its own. */
export const TRAINING_STREAMS = 0;
export const EVALUATION_STREAMS = 0x1000;

export const ADAM = { optimizer: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } as const;

export interface TrainingProgram {
  readonly model: MultimodalModel;
  readonly compiled: CompiledProgram;
  readonly batch: number;
  /** Mini-batches per epoch. */
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
  return modalities.map(({ name, columns, latents, exogenous }) => ({
    name,
    columns: columns.length,
    latents,
    exogenous,
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
    componentMap,
    ...(shared && { shared }),
  };
}

export interface ProgramVariant {
  readonly componentMap?: number | undefined;
  readonly shared?: SharedLatents | undefined;
  /** Of the device, see `compile`; left out: those of every device. */
  readonly kernels?: ReadonlySet<string> | undefined;
}

/** Compiles only the stages that the schedule reaches. */
export function trainingProgram(
  modalities: readonly ModalityShape[],
  config: FitConfig,
  sizes: TrainingSizes,
  { componentMap = 0, shared, kernels }: ProgramVariant = {},
): TrainingProgram {
  const model = new MultimodalModel(modelConfig(modalities, config, componentMap, shared), config.runs);
  const batch = Math.min(config.batch, sizes.train);
  const batches = Math.floor(sizes.train / batch);
  // Equal batches, so that every term is a plain mean; at most one subject a batch is left over.
  const validationBatches = Math.ceil(sizes.validation / batch);
  const validationBatch = Math.floor(sizes.validation / validationBatches);
  // The Jacobian penalty looks at all subjects of a mini-batch together.
  const tiles = usesJacobian(config.sparsity) ? 1 : tilesOf(batch);
  const seeds = data('seeds', [config.runs, 2], 'int32');
  const order = data('order', [1, batches * tiles, batch / tiles], 'int32');
  const x = miniBatches(model.layout, sizes.rows, order);
  const entries: Record<string, EntrySpec> = {};
  for (const stage of stages(config)) {
    const noise = new PhiloxNoise(seeds, TRAINING_STREAMS);
    entries[stage] = { tiles, ...trainingEntry(model, config, stage, x, noise) };
  }
  const validationOrder = data('validationOrder', [1, validationBatches, validationBatch], 'int32');
  entries['evaluate'] = evaluationEntry(
    model,
    config,
    miniBatches(model.layout, sizes.rows, validationOrder),
    new PhiloxNoise(seeds, EVALUATION_STREAMS),
  );
  const compiled = compile({ runs: config.runs, rates: RATE_GROUPS, kernels, entries });
  return { model, compiled, batch, batches, validationBatch, validationBatches };
}

function stages(config: FitConfig): Set<Stage> {
  return new Set(Array.from({ length: config.epochs }, (_, epoch) => stageOf(config, epoch)));
}

function trainingEntry(
  model: MultimodalModel,
  config: FitConfig,
  stage: Stage,
  x: readonly Node[],
  noise: PhiloxNoise,
): EntrySpec {
  const perRun = (name: string): Node => control(name, [config.runs]);
  const options: ObjectiveOptions = {
    reconstruction: config.reconstruction,
    independence: config.independence,
    gates: stage === 'frozen' ? 'hard' : 'sampled',
    concavity: config.sparsity.concavity,
    withinWeight: config.sparsity.withinWeight,
    ...(usesGates(config.sparsity) && stage !== 'frozen' && { gateWeight: perRun('sparsityWeight') }),
    ...(usesJacobian(config.sparsity) && { jacobianWeight: perRun('sparsityWeight') }),
    ...(stage === 'warm' && model.config.modalities.length > 1 && { crossPrediction: 1 }),
  };
  const { terms, loss } = objective(model, x, noise, options);
  const trained = model.parameters.all.filter(
    (p) =>
      p.rate !== 'fixed' &&
      !(p.rate === 'gates' && stage === 'frozen') &&
      !(p.name.startsWith('crossPrediction') && stage !== 'warm'),
  );
  const gradients = grad(
    loss,
    trained.map((p) => p.node),
  );
  return {
    outputs: { ...terms, loss },
    guard: [...Object.values(terms), loss],
    update: {
      ...ADAM,
      parameters: trained.map((p, i) => ({ node: p.node, gradient: gradients[i], rate: p.rate })),
    },
  };
}

/** Terms of a validation batch, `[runs]` each, with gates read as 0 or 1. */
function evaluationEntry(model: MultimodalModel, config: FitConfig, x: readonly Node[], noise: PhiloxNoise): EntrySpec {
  const posterior = model.encode(x);
  const v = model.sample(posterior, noise);
  const { z } = model.components(v);
  const gates = model.prior.gates('hard', noise);
  const conditioned = model.prior.condition(z, gates);
  const perSubject = model.lossTerms(x, posterior, v, conditioned);
  return {
    outputs: {
      reconstruction: mean(perSubject.reconstruction, [1]),
      independence: mean(perSubject.independence, [1]),
      ...(usesGates(config.sparsity) && { gates: model.prior.price(gates, config.sparsity.withinWeight) }),
      ...(usesJacobian(config.sparsity) && {
        jacobian: model.prior.jacobianPenalty(model.prior.strengths(z, conditioned), config.sparsity.concavity),
      }),
    },
  };
}
