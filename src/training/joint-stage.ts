// Stages that train the joint model: a whole joint fit, and the subspaces, decoders and polish of a two-stage fit. They
// differ only in settings.

import type { Dataset } from '../data/dataset.js';
import { targetOf } from '../compile/target.js';
import type { ParameterValues } from '../inference/inference.js';
import { CPU, type Device } from '../runtime/device.js';
import { withoutSparsity, type FitConfig } from './config.js';
import { passesOver } from './order.js';
import { runsOf, valuesOf } from './outcome.js';
import { restartSeed, seedWords, type FitStage, type StageName } from './stage.js';
import { modalityShapes, trainingProgram, validationWeights, type ProgramVariant } from './program.js';
import { learningRates, patienceStart, selectionStart, sparsityRamp, phaseOf } from './schedule.js';
import { latentLayout } from '../networks/layout.js';
import { groupData, latentData } from '../networks/sources.js';
import { weightedTerms } from './validation.js';

/** Learning rate of the polish, relative to that of the fit: the composed model is near its optimum. */
const POLISH_RATE = 0.1;

/** Epochs of the decoders of linear and residual subspaces, as a share of the joint model's. */
const SUBSPACE_DECODER_EPOCHS = 0.5;

/** Returns the only stage of a joint fit (METHOD section 9). @param device the device that runs the program */
export function jointStage(
  dataset: Dataset,
  config: FitConfig,
  device: Pick<Device, 'backend' | 'kernels'> = CPU,
): FitStage {
  return modelStage('joint', dataset, config, { kernels: device.kernels, target: targetOf(device) });
}

/**
 * Returns the stage that finds subspaces. All gates are open and there is no sparsity, so z is determined up to a map
 * within each modality (Theorem 4.2).
 */
export function subspaceStage(dataset: Dataset, config: FitConfig, device: Device = CPU): FitStage {
  return modelStage('subspaces', dataset, { ...withoutSparsity(config), ramp: 0 }, { target: targetOf(device) });
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
  device: Device = CPU,
): FitStage {
  const settings = {
    ...config,
    encoderRestarts: 1,
    epochs: config.polish,
    learningRate: POLISH_RATE * config.learningRate,
    warmStart: 0,
    ramp: 0,
    freeze: 0,
  };
  const { componentMap } = config;
  const target = targetOf(device);
  const stage = modelStage('polish', dataset, settings, { componentMap, shared: dataset.shared, target });
  return { ...stage, initial, initialCounts: true };
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
  device: Device = CPU,
): FitStage {
  const { componentMap, epochs, decoderEpochs = epochs } = config;
  const settings = { ...config, encoderRestarts: 1, epochs: decoderEpochs, warmStart: 0, ramp: 0, freeze: 0 };
  const stage = modelStage('decoders', dataset, settings, {
    ...{
      componentMap,
      shared: dataset.shared,
      knownLatents: true,
      trained: ['encoder', 'decoder'],
      target: targetOf(device),
    },
  });
  const known = latentData(latentLayout(modalityShapes(dataset)), latents);
  return { ...stage, data: new Map([...stage.data, ...known]), initial: new Map([...stage.initial, ...initial]) };
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
  device: Device = CPU,
): FitStage {
  const epochs = Math.ceil(SUBSPACE_DECODER_EPOCHS * config.epochs);
  const settings = {
    ...withoutSparsity(config),
    encoderRestarts: runsOf(rivals),
    epochs,
    warmStart: 0,
    ramp: 0,
    freeze: 0,
  };
  const stage = modelStage('subspace-decoders', dataset, settings, { trained: ['decoder'], target: targetOf(device) });
  return { ...stage, initial: new Map([...stage.initial, ...valuesOf(rivals)]), initialCounts: true };
}

function modelStage(name: StageName, dataset: Dataset, config: FitConfig, variant: ProgramVariant = {}): FitStage {
  const { split, modalities, ids } = dataset;
  const { passes = 1 } = config;
  const sizes = { rows: ids.length, train: split.train.length, validation: split.validation.length };
  const programOf = (runs: number) =>
    trainingProgram(modalityShapes(dataset), { ...config, encoderRestarts: runs }, sizes, {
      ...variant,
      stored: modalities,
    });
  const { model, compiled, batch, batches, validationBatch, validationBatches } = programOf(config.encoderRestarts);
  const seeds = Array.from({ length: config.encoderRestarts }, (_, run) => restartSeed(config.seed, run));
  const data = groupData(model.layout, modalities, ids.length);
  data.set('seeds', seedWords(seeds));
  data.set('validationOrder', split.validation.slice(0, validationBatch * validationBatches));
  return {
    name,
    runs: config.encoderRestarts,
    compiled,
    compiledFor: (runs) => programOf(runs).compiled,
    data,
    initial: model.parameters.initialValues(seeds),
    epochs: config.epochs,
    stepsPerEpoch: passes * batches,
    plan: (epoch) => ({
      phase: phaseOf(config, epoch),
      rates: learningRates(config, epoch),
      controls: { sparsityWeight: config.sparsity.weight * sparsityRamp(config, epoch) },
    }),
    order: (epoch) => passesOver(split.train, { count: batch * batches, passes, seed: config.seed, epoch }),
    validation: weightedTerms(validationBatches, validationWeights(config)),
    selectionStart: selectionStart(config),
    patience: { from: patienceStart(config), epochs: config.patience },
  };
}
