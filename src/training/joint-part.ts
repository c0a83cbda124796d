// Parts that train the joint model: a whole joint fit, the subspaces and the polish of a two-part fit. They differ in settings only.

import type { Dataset } from '../data/dataset.js';
import { permutation, seedKey } from '../random/streams.js';
import { CPU, type Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { ORDER_STREAM, runSeed, seedWords, type PartName, type TrainingPart } from './part.js';
import { modalityShapes, trainingProgram, type ProgramVariant } from './program.js';
import { learningRates, patienceStart, selectionStart, sparsityRamp, stageOf } from './schedule.js';
import { dataName, groupValues } from '../models/sources.js';

/** The rate of the polish, relative to the fit's: the composition is near its goal. */
const POLISH_RATE = 0.1;

/** Everything at once: the joint fit of METHOD section 9. @param device that the program is for */
export function jointPart(dataset: Dataset, config: FitConfig, device: Device = CPU): TrainingPart {
  return modelPart('joint', dataset, config, { kernels: device.kernels });
}

/** Subspaces: all gates open, no sparsity, so that z is found up to a map inside each modality (Theorem 4.2). */
export function subspacePart(dataset: Dataset, config: FitConfig): TrainingPart {
  const sparsity = { ...config.sparsity, kind: 'none' as const };
  return modelPart('subspaces', dataset, { ...config, sparsity, ramp: 0 });
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
): TrainingPart {
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
  const part = modelPart('polish', dataset, settings, { componentMap, shared: dataset.shared });
  return { ...part, initial, initialCounts: true };
}

function modelPart(name: PartName, dataset: Dataset, config: FitConfig, variant: ProgramVariant = {}): TrainingPart {
  const { split, modalities, ids } = dataset;
  const sizes = { rows: ids.length, train: split.train.length, validation: split.validation.length };
  const { model, compiled, batch, batches, validationBatch, validationBatches } = trainingProgram(
    modalityShapes(dataset),
    config,
    sizes,
    variant,
  );
  const seeds = Array.from({ length: config.runs }, (_, run) => runSeed(config.seed, run));
  const values = modalities.map((m) => m.values);
  const data = new Map<string, Float32Array | Int32Array>(
    model.layout.groups.map((_, g) => [dataName(g), groupValues(model.layout, g, values, ids.length)]),
  );
  data.set('seeds', seedWords(seeds));
  data.set('validationOrder', split.validation.slice(0, validationBatch * validationBatches));
  return {
    name,
    runs: config.runs,
    compiled,
    data,
    initial: model.parameters.initialValues(seeds),
    initialCounts: false,
    epochs: config.epochs,
    stepsPerEpoch: batches,
    validationSteps: validationBatches,
    plan: (epoch) => ({
      stage: stageOf(config, epoch),
      rates: learningRates(config, epoch),
      sparsityWeight: config.sparsity.weight * sparsityRamp(config, epoch),
    }),
    order(epoch) {
      const shuffled = permutation(seedKey(config.seed), ORDER_STREAM, epoch, split.train.length);
      return shuffled.subarray(0, batch * batches).map((position) => split.train[position]);
    },
    objective: {
      reconstruction: config.reconstruction,
      independence: config.independence,
      gates: config.sparsity.weight,
      jacobian: config.sparsity.weight,
    },
    selectionStart: selectionStart(config),
    patienceStart: patienceStart(config),
    patience: config.patience,
  };
}
