// The stages that learn to infer latents of modalities that a subject lacks. `imputation` infers subspaces before the
// component stages; `missing` infers the fitted model's latents in the end.

import { causeTerms, termCount, type Cause } from '../data/causes.js';
import { data, gather } from '../graph/index.js';
import type { Split } from '../data/dataset.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { latentLayout, type LatentLayout, type ModalityShape } from '../networks/layout.js';
import { MISSING_CENTRE, MISSING_SCALE, MissingLatents } from '../networks/missing-latents.js';
import type { Device } from '../runtime/device.js';
import { stepsOf } from './fit-schema.js';
import type { FitConfig } from './config.js';
import { drawnFrom, inOrder, STEPS_PER_EPOCH } from './order.js';
import { presentModalities } from './presence-table.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage } from './stage.js';
import { trainingStage, type BatchNodes } from './training-stage.js';
import { weightedTerms } from './validation.js';

/** Number of steps, relative to the component stages; at most the number of steps of the joint model. */
const STEPS = 4 / 3;
const BATCH = 256;
const RATE = { rate: 3e-3, decayAt: [0.5, 0.75, 0.9] };
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
  /** Observed causes, by subject. */
  readonly causes?: readonly Cause[] | undefined;
}

/** Returns a stage that learns to infer latents of missing modalities. */
export function missingStage(
  name: 'imputation' | 'missing',
  latents: KnownLatents,
  config: FitConfig,
  device?: Device,
): FitStage {
  const { modalities, values, present, split, causes = [] } = latents;
  const layout = latentLayout(modalities);
  const rows = values.length / layout.latents;
  const seed = restartSeed(config.seed, SEED);
  const maxSteps = config.epochs * (config.passes ?? 1) * stepsOf(split.train.length, config.batch);
  const epochs = Math.max(1, Math.round(Math.min(STEPS * config.componentSteps, maxSteps) / STEPS_PER_EPOCH));
  const lossOf = (model: MissingLatents, { order, noise }: BatchNodes) => {
    const known = present && gather(data('present', [rows, modalities.length]), order);
    const terms = causes.length > 0 ? causeBatches(causes, rows, order) : undefined;
    return model.loss(gather(data('z', [rows, layout.latents]), order), noise, { present: known, terms });
  };
  const stage = trainingStage({
    name,
    model: (runs) => new MissingLatents(layout, config, runs, termCount(causes)),
    loss: (model, batch) => {
      const loss = lossOf(model, batch);
      return { loss, terms: { likelihood: loss } };
    },
    validate: (model, batch) => ({
      outputs: { likelihood: lossOf(model, batch) },
      score: weightedTerms({ likelihood: 1 }),
    }),
    seeds: [seed],
    data: new Map([
      ['z', values],
      ...(present ? [['present', presentModalities(present)] as const] : []),
      ...(causes.length > 0 ? causeData(causeTerms(causes)) : []),
    ]),
    training: drawnFrom(split.train, { batch: BATCH, seed }),
    validation: inOrder(split.validation, BATCH),
    schedule: scheduleOf({ ...RATE, epochs }),
    device,
  });
  const { centre, scale } = standardisation(latents, layout);
  return { ...stage, initial: new Map([...stage.initial, [MISSING_CENTRE, centre], [MISSING_SCALE, scale]]) };
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
