// Stages that train the joint model: a whole joint fit, and the subspaces, decoders and polish of a two-stage fit. They
// differ only in settings.

import type { targetOf } from '../compile/target.js';
import { causeTerms, type CauseScales } from '../data/causes.js';
import type { Dataset, SharedLatents } from '../data/dataset.js';
import { control } from '../graph/index.js';
import type { ParameterValues } from '../inference/inference.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import type { GateMode } from '../networks/latent-prior.js';
import { latentLayout } from '../networks/layout.js';
import { MultimodalModel } from '../networks/multimodal.js';
import { objective, type ObjectiveWeights } from '../networks/objective.js';
import { groupData, latentBatches, latentData, miniBatches } from '../networks/sources.js';
import type { ModelParameter } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import { usesGates, usesJacobian, withoutSparsity, type FitConfig } from './config.js';
import { inOrder, passesOver } from './order.js';
import { runsOf, valuesOf } from './outcome.js';
import { causeShapes, modalityShapes, modelConfig, softCauses } from './model-config.js';
import { scheduleOf, type Schedule } from './schedule.js';
import { restartSeed, type FitStage, type StageName } from './stage.js';
import { stoppingOf } from './stopping.js';
import { trainingStage, type BatchNodes, type StageLoss, type StageSpec } from './training-stage.js';
import { weightedTerms } from './validation.js';

/** `warm`: modalities also predict each other; `free`: the objective alone; `frozen`: gates are fixed to 0 or 1. */
type Phase = 'warm' | 'free' | 'frozen';

const WARM_UP = { epochs: 5 };
const DECAY_AT = [0.6, 0.8, 0.92];

/** Learning rate of the polish, relative to that of the fit: the composed model is near its optimum. */
const POLISH_RATE = 0.1;
/**
 * The same with observed causes. Graph and targets are known then and, unlike the subspaces' objective, tell where the
 * latents are: the polish took MCC in simulated chains from .97 to .99.
 */
const POLISH_RATE_WITH_CAUSES = 1;

/** Epochs of the decoders of linear and residual subspaces, as a share of the joint model's. */
const SUBSPACE_DECODER_EPOCHS = 0.5;

/** Returns the only stage of a joint fit (METHOD section 9). @param device the device that runs the program */
export function jointStage(
  dataset: Dataset,
  config: FitConfig,
  device: Parameters<typeof targetOf>[0] & Pick<Device, 'kernels'> = CPU,
): FitStage {
  return modelStage('joint', dataset, config, { kernels: device.kernels, device });
}

/**
 * Returns the stage that finds subspaces. All gates are open and there is no sparsity, so z is determined up to a map
 * within each modality (Theorem 4.2).
 */
export function subspaceStage(dataset: Dataset, config: FitConfig, device?: Device): FitStage {
  const causes = softCauses(dataset.causes);
  return modelStage('subspaces', dataset, { ...withoutSparsity(config), ramp: 0 }, { causes, device });
}

/**
 * Returns the polish: the joint model continues from the composition of encoder and component map, with fixed gates and
 * a low learning rate. The composition itself is the result unless the validation objective improves.
 * @param initial parameters of the composed model, `[1, …]` each
 */
export function polishStage(
  dataset: Dataset,
  config: FitConfig,
  initial: ReadonlyMap<string, Float32Array>,
  device?: Device,
): FitStage {
  const { componentMap, polish: epochs } = config;
  const { shared, causes } = dataset;
  const rate = causes?.length ? POLISH_RATE_WITH_CAUSES : POLISH_RATE;
  const settings = { ...continuedSettings(config, 1, epochs), learningRate: rate * config.learningRate };
  return modelStage('polish', dataset, settings, { componentMap, shared, initial, initialCounts: true, device });
}

/**
 * Returns the stage that trains decoders, private noises and variances of z after deep canonical correlation. z does
 * not change, because a reconstruction loss would draw it towards unshared variation (METHOD section 10).
 * @param latents subspaces of every subject, subjects × D
 * @param initial parameters of the composed model, `[1, …]` each
 */
export function decoderStage(
  dataset: Dataset,
  config: FitConfig,
  latents: Float32Array,
  initial: ReadonlyMap<string, Float32Array>,
  device?: Device,
): FitStage {
  const { componentMap, epochs, decoderEpochs = epochs } = config;
  const stage = modelStage('decoders', dataset, continuedSettings(config, 1, decoderEpochs), {
    componentMap,
    shared: dataset.shared,
    known: latentData(latentLayout(modalityShapes(dataset)), latents),
    trained: ['encoder', 'decoder'],
    device,
  });
  return { ...stage, initial: new Map([...stage.initial, ...initial]) };
}

/**
 * Returns the stage that trains decoders of linear and residual subspaces if some columns are not gaussian: least
 * squares cannot find logits, thresholds and rates. Encoders and latents do not change.
 * @param rivals parameters of the subspaces' model, one restart for each kind of subspaces
 */
export function subspaceDecoderStage(
  dataset: Dataset,
  config: FitConfig,
  rivals: ParameterValues,
  device?: Device,
): FitStage {
  const epochs = Math.ceil(SUBSPACE_DECODER_EPOCHS * config.epochs);
  const settings = continuedSettings(withoutSparsity(config), runsOf(rivals), epochs);
  const variant = {
    causes: softCauses(dataset.causes),
    trained: ['decoder'],
    initialCounts: true,
    device,
  } as const;
  const stage = modelStage('subspace-decoders', dataset, settings, variant);
  return { ...stage, initial: new Map([...stage.initial, ...valuesOf(rivals)]) };
}

/** Returns the settings of a stage that continues from trained parameters: no warm start, full sparsity, fixed gates. */
function continuedSettings(config: FitConfig, encoderRestarts: number, epochs: number): FitConfig {
  return { ...config, encoderRestarts, epochs, warmStart: 0, ramp: 0, freeze: 0 };
}

/** Returns the schedule of the joint model (METHOD section 9, "Joint fit"). */
export function jointSchedule(config: FitConfig): Schedule {
  const { epochs, learningRate: rate, warmStart, ramp, freeze, sparsity } = config;
  const phaseOf = (epoch: number): Phase => {
    if (epoch / epochs < warmStart) return 'warm';
    return usesGates(sparsity) && epoch / epochs >= freeze ? 'frozen' : 'free';
  };
  const controls = (epoch: number) => ({
    sparsityWeight: sparsity.weight * (ramp === 0 ? 1 : Math.min(1, epoch / epochs / ramp)),
  });
  return scheduleOf({ name: phaseOf, epochs, rate, warmUp: WARM_UP, decayAt: DECAY_AT, controls });
}

type ModelSpec = StageSpec<StageName, MultimodalModel>;

interface ModelVariant extends Pick<ModelSpec, 'device' | 'kernels' | 'initial' | 'initialCounts'> {
  /** Width of the map from subspaces to components. */
  readonly componentMap?: number;
  /** Latents that several modalities observe. */
  readonly shared?: SharedLatents | undefined;
  /** Observed causes of the latents. Default: those of the data set. */
  readonly causes?: readonly CauseScales[] | undefined;
  /** Contents of the leaves of `latentBatches`, if z is data. */
  readonly known?: ReadonlyMap<string, Float32Array>;
  /** The networks to train; all other networks keep their values. Default: all networks. */
  readonly trained?: readonly ('encoder' | 'decoder')[];
}

function modelStage(
  name: StageName,
  dataset: Dataset,
  config: FitConfig,
  { componentMap, shared, causes = causeShapes(dataset.causes), known, trained, ...variant }: ModelVariant,
): FitStage {
  const { split, modalities, ids } = dataset;
  const { seed, passes, sparsity } = config;
  const shapes = modalityShapes(dataset);
  const settings = modelConfig(shapes, config, componentMap, shared, causes);
  const training = passesOver(split.train, { batch: config.batch, passes, seed });
  const objectiveOf = (
    model: MultimodalModel,
    { order, noise }: BatchNodes,
    weights: ObjectiveWeights,
    gates: GateMode,
  ) =>
    objective(model, miniBatches(model.layout, ids.length, order, modalities), noise, {
      weights,
      gates,
      concavity: sparsity.concavity,
      withinWeight: sparsity.withinWeight,
      latents: known && latentBatches(model.layout, ids.length, order),
      causes: causes && causeBatches(causes, ids.length, order),
    });
  const loss: ModelSpec['loss'] = (model, batch, phase): StageLoss => {
    const gates = phase === 'frozen' ? 'hard' : 'sampled';
    const weights = trainingWeights(config, phase, model);
    const { terms, loss } = objectiveOf(model, batch, weights, gates);
    return { loss, terms, guard: Object.values(terms), trained: trainedParameters(model, phase, trained) };
  };
  return trainingStage({
    ...variant,
    name,
    model: (runs) => new MultimodalModel(settings, runs),
    loss,
    validate: (model, batch) => {
      const weights = validationWeights(config);
      const { terms } = objectiveOf(model, batch, weights, 'hard');
      return { outputs: terms, score: weightedTerms(weights) };
    },
    seeds: Array.from({ length: config.encoderRestarts }, (_, run) => restartSeed(seed, run)),
    data: new Map([
      ...groupData(latentLayout(shapes), modalities, ids.length),
      ...(known ?? []),
      ...(dataset.causes?.length ? causeData(causeTerms(dataset.causes)) : []),
    ]),
    training,
    validation: inOrder(split.validation, training.size),
    // The Jacobian penalty needs all subjects of a mini-batch together.
    isWhole: usesJacobian(sparsity),
    schedule: jointSchedule(config),
    // Before the first decay of the learning rate, a plateau means nothing.
    stopping: stoppingOf(config, DECAY_AT[0]),
  });
}

/** Returns the weights of the objective that chooses epoch and restart: full sparsity, no warm start. */
function validationWeights({ reconstruction, independence, sparsity }: FitConfig) {
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) ? sparsity.weight : undefined,
    jacobian: usesJacobian(sparsity) ? sparsity.weight : undefined,
  };
}

function trainingWeights(
  { reconstruction, independence, sparsity }: FitConfig,
  phase: string,
  { runs, layout, config: { causes } }: MultimodalModel,
): ObjectiveWeights {
  const sparsityWeight = control('sparsityWeight', [runs]);
  return {
    reconstruction,
    independence,
    gates: usesGates(sparsity) && phase !== 'frozen' ? sparsityWeight : undefined,
    jacobian: usesJacobian(sparsity) ? sparsityWeight : undefined,
    crossPrediction: phase === 'warm' && (layout.modalities.length > 1 || causes) ? 1 : undefined,
  };
}

function trainedParameters(
  { parameters }: MultimodalModel,
  phase: string,
  networks: ModelVariant['trained'],
): ModelParameter[] {
  return parameters.all.filter(({ name, rate }) => {
    if (networks) return networks.some((network) => name.startsWith(network));
    return !(rate === 'gates' && phase === 'frozen') && !(name.startsWith('crossPrediction') && phase !== 'warm');
  });
}
