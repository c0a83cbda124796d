// The stages that learn to infer latents of modalities that a subject lacks. `imputation` infers subspaces before the
// component stages; `missing` infers the fitted model's latents in the end.

import { compile } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import { data, gather, type Node } from '../graph/index.js';
import type { Split } from '../data/dataset.js';
import { latentLayout, type LatentLayout, type ModalityShape } from '../networks/layout.js';
import { MISSING_CENTRE, MISSING_SCALE, MissingLatents } from '../networks/missing-latents.js';
import { cutOf, PhiloxNoise } from '../networks/sources.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import { stepsOf } from './fit-schema.js';
import type { FitConfig } from './config.js';
import { STEPS_PER_EPOCH } from './component-stage.js';
import { drawnRows } from './order.js';
import { restartSeed, seedWords, type FitStage } from './stage.js';
import { presentModalities } from './presence-table.js';
import { EVALUATION_STREAMS, TRAINING_STREAMS } from './program.js';
import { trainedEntry } from './trained-entry.js';
import { weightedTerms } from './validation.js';

/** Number of steps, relative to the component stages; at most the number of steps of the joint model. */
const STEPS = 4 / 3;
const BATCH = 256;
const RATE = 3e-3;
const DECAY = 0.3;
const DECAY_AT = [0.5, 0.75, 0.9];
/** Number of the restart whose seed is used; beyond those of encoder and component restarts. */
const SEED = 4096;

/** Latents of all subjects, observed or not. */
export interface KnownLatents {
  readonly modalities: readonly ModalityShape[];
  /** Subjects × D; any finite number for an absent modality. */
  readonly values: Float32Array;
  /** By modality, see `presenceOf`; undefined if every subject has every modality. */
  readonly present?: readonly Uint8Array[] | undefined;
  readonly split: Split;
}

/** Returns the network that both stages train. */
export function missingLatents(
  modalities: readonly ModalityShape[],
  { hidden, components }: Pick<FitConfig, 'hidden' | 'components'>,
): MissingLatents {
  return new MissingLatents(latentLayout(modalities), { hidden, components }, 1);
}

/** Returns a stage that learns to infer latents of missing modalities. */
export function missingStage(
  name: 'imputation' | 'missing',
  latents: KnownLatents,
  config: FitConfig,
  device: Device = CPU,
): FitStage {
  const { modalities, values, present, split } = latents;
  const layout = latentLayout(modalities);
  const model = missingLatents(modalities, config);
  const rows = values.length / layout.latents;
  const batch = Math.min(BATCH, split.train.length);
  const target = targetOf(device);
  const { tiles, parts } = cutOf(batch, target);
  const validationSteps = Math.ceil(split.validation.length / BATCH);
  const validationBatch = Math.floor(split.validation.length / validationSteps);
  const seedLeaf = data('seeds', [1, 2], 'int32');
  const lossOf = (order: Node, noise: PhiloxNoise) => {
    const known = present && gather(data('present', [rows, modalities.length]), order);
    return model.loss(gather(data('z', [rows, layout.latents]), order), noise, known);
  };
  const order = data('order', [1, STEPS_PER_EPOCH * tiles, batch / tiles], 'int32');
  const validationOrder = data('validationOrder', [1, validationSteps, validationBatch], 'int32');
  const trained = model.parameters.all.filter(({ rate }) => rate !== 'fixed');
  const likelihood = lossOf(order, new PhiloxNoise(seedLeaf, TRAINING_STREAMS, parts));
  const compiled = compile({
    runs: 1,
    rates: RATE_GROUPS,
    memory: target.memory,
    entries: {
      train: trainedEntry(likelihood, trained, { terms: { likelihood }, tiles }),
      evaluate: { outputs: { likelihood: lossOf(validationOrder, new PhiloxNoise(seedLeaf, EVALUATION_STREAMS)) } },
    },
  });
  const seed = restartSeed(config.seed, SEED);
  const maxSteps = config.epochs * (config.passes ?? 1) * stepsOf(split.train.length, config.batch);
  const epochs = Math.max(1, Math.round(Math.min(STEPS * config.componentSteps, maxSteps) / STEPS_PER_EPOCH));
  const leaves = new Map<string, Float32Array | Int32Array>([
    ['z', values],
    ['seeds', seedWords([seed])],
    ['validationOrder', split.validation.slice(0, validationSteps * validationBatch)],
  ]);
  if (present) leaves.set('present', presentModalities(present));
  const { centre, scale } = standardisation(latents, layout);
  return {
    name,
    runs: 1,
    compiled,
    data: leaves,
    initial: new Map([...model.parameters.initialValues([seed]), [MISSING_CENTRE, centre], [MISSING_SCALE, scale]]),
    epochs,
    stepsPerEpoch: STEPS_PER_EPOCH,
    plan: (epoch) => {
      const rate = RATE * DECAY ** DECAY_AT.filter((at) => epoch / epochs >= at).length;
      return { phase: 'train', rates: [rate, rate], controls: { sparsityWeight: 0 } };
    },
    order: (epoch) => drawnRows(split.train, STEPS_PER_EPOCH * batch, seed, epoch),
    validation: weightedTerms(validationSteps, { likelihood: 1 }),
  };
}

/** Returns means and standard deviations of the latents over the training subjects who have them. */
function standardisation({ values, present, split }: KnownLatents, { latents, modalityOf }: LatentLayout) {
  const centre = new Float32Array(latents);
  const scale = new Float32Array(latents).fill(1);
  for (let i = 0; i < latents; i++) {
    const rows = split.train.filter((row) => present?.[modalityOf[i]][row] !== 0);
    const mean = rows.reduce((sum, row) => sum + values[row * latents + i], 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + (values[row * latents + i] - mean) ** 2, 0) / rows.length;
    if (rows.length > 0) centre[i] = mean;
    if (variance > 0) scale[i] = Math.sqrt(variance);
  }
  return { centre, scale };
}
