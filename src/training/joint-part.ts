// Parts that train the joint model: a whole joint fit, the subspaces and the polish of a two-part fit. They differ in
// settings only.

import type { Dataset } from '../data/dataset.js';
import { targetOf } from '../compile/target.js';
import type { ParameterValues } from '../inference/inference.js';
import { CPU, type Device } from '../runtime/device.js';
import { withoutSparsity, type FitConfig } from './config.js';
import { passesOver } from './order.js';
import { runsOf, valuesOf } from './outcome.js';
import { runSeed, seedWords, type FitPart, type PartName } from './part.js';
import { modalityShapes, trainingProgram, validationWeights, type ProgramVariant } from './program.js';
import { learningRates, patienceStart, selectionStart, sparsityRamp, stageOf } from './schedule.js';
import { latentLayout } from '../models/layout.js';
import { groupData, latentData } from '../models/sources.js';
import { weightedTerms } from './validation.js';

/** The rate of the polish, relative to the fit's: the composition is near its goal. */
const POLISH_RATE = 0.1;

/** Epochs of the decoders of linear and residual subspaces, as a share of the joint model's. */
const SUBSPACE_DECODER_EPOCHS = 0.5;

/** Everything at once: the joint fit of METHOD section 9. @param device that the program is for */
export function jointPart(
  dataset: Dataset,
  config: FitConfig,
  device: Pick<Device, 'backend' | 'kernels'> = CPU,
): FitPart {
  return modelPart('joint', dataset, config, { kernels: device.kernels, target: targetOf(device) });
}

/** Subspaces: all gates open, no sparsity, so that z comes out up to a map inside each modality (Theorem 4.2). */
export function subspacePart(dataset: Dataset, config: FitConfig, device: Device = CPU): FitPart {
  return modelPart('subspaces', dataset, { ...withoutSparsity(config), ramp: 0 }, { target: targetOf(device) });
}

/**
 * Polish: the joint model goes on from the composition of encoder and component map, gates fixed, at a low rate.
 * The composition itself is the result unless the validation objective improves.
 * @param initial parameters of the composed model, `[1, …]` each
 */
export function polishPart(
  dataset: Dataset,
  config: FitConfig,
  initial: ReadonlyMap<string, Float32Array>,
  device: Device = CPU,
): FitPart {
  const settings = {
    ...config,
    runs: 1,
    epochs: config.polish,
    learningRate: POLISH_RATE * config.learningRate,
    warmStart: 0,
    ramp: 0,
    freeze: 0,
  };
  const { componentMap } = config;
  const target = targetOf(device);
  const part = modelPart('polish', dataset, settings, { componentMap, shared: dataset.shared, target });
  return { ...part, initial, initialCounts: true };
}

/**
 * Decoders, private noises and the variances of z, after deep canonical correlation: z stays as it is, since a loss of
 * reconstruction would draw it to what it does not share (METHOD section 10).
 * @param latents subspaces of every subject, subjects × D
 * @param initial parameters of the composed model, `[1, …]` each
 */
export function decoderPart(
  dataset: Dataset,
  config: FitConfig,
  latents: Float32Array,
  initial: ReadonlyMap<string, Float32Array>,
  device: Device = CPU,
): FitPart {
  const { componentMap, epochs, decoderEpochs = epochs } = config;
  const settings = { ...config, runs: 1, epochs: decoderEpochs, warmStart: 0, ramp: 0, freeze: 0 };
  const part = modelPart('decoders', dataset, settings, {
    ...{
      componentMap,
      shared: dataset.shared,
      knownLatents: true,
      trained: ['encoder', 'decoder'],
      target: targetOf(device),
    },
  });
  const known = latentData(latentLayout(modalityShapes(dataset)), latents);
  return { ...part, data: new Map([...part.data, ...known]), initial: new Map([...part.initial, ...initial]) };
}

/**
 * Decoders of linear and residual subspaces where columns are not all gaussian: least squares say nothing of logits,
 * thresholds and rates. Encoders and latents stay as they are.
 * @param rivals parameters of the subspaces' model, one run for each kind of subspaces
 */
export function subspaceDecoderPart(
  dataset: Dataset,
  config: FitConfig,
  rivals: ParameterValues,
  device: Device = CPU,
): FitPart {
  const epochs = Math.ceil(SUBSPACE_DECODER_EPOCHS * config.epochs);
  const settings = { ...withoutSparsity(config), runs: runsOf(rivals), epochs, warmStart: 0, ramp: 0, freeze: 0 };
  const part = modelPart('subspace-decoders', dataset, settings, { trained: ['decoder'], target: targetOf(device) });
  return { ...part, initial: new Map([...part.initial, ...valuesOf(rivals)]), initialCounts: true };
}

function modelPart(name: PartName, dataset: Dataset, config: FitConfig, variant: ProgramVariant = {}): FitPart {
  const { split, modalities, ids } = dataset;
  const { passes = 1 } = config;
  const sizes = { rows: ids.length, train: split.train.length, validation: split.validation.length };
  const programOf = (runs: number) =>
    trainingProgram(modalityShapes(dataset), { ...config, runs }, sizes, { ...variant, kept: modalities });
  const { model, compiled, batch, batches, validationBatch, validationBatches } = programOf(config.runs);
  const seeds = Array.from({ length: config.runs }, (_, run) => runSeed(config.seed, run));
  const data = groupData(model.layout, modalities, ids.length);
  data.set('seeds', seedWords(seeds));
  data.set('validationOrder', split.validation.slice(0, validationBatch * validationBatches));
  return {
    name,
    runs: config.runs,
    compiled,
    compiledFor: (runs) => programOf(runs).compiled,
    data,
    initial: model.parameters.initialValues(seeds),
    epochs: config.epochs,
    stepsPerEpoch: passes * batches,
    plan: (epoch) => ({
      stage: stageOf(config, epoch),
      rates: learningRates(config, epoch),
      controls: { sparsityWeight: config.sparsity.weight * sparsityRamp(config, epoch) },
    }),
    order: (epoch) => passesOver(split.train, { count: batch * batches, passes, seed: config.seed, epoch }),
    validation: weightedTerms(validationBatches, validationWeights(config)),
    selectionStart: selectionStart(config),
    patience: { from: patienceStart(config), epochs: config.patience },
  };
}
