// The first component stage of a fit with observed causes: finds curved maps after which the subspaces are Gaussian at
// every level of the causes. A search on moments then sees fewer edges and targets that are only curvature.

import { causeTerms, type Cause } from '../data/causes.js';
import { add, data, gather, mean, mul, neg } from '../graph/index.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { latentLayout } from '../networks/layout.js';
import { LevelGaussian } from '../networks/level-gaussian.js';
import type { Device } from '../runtime/device.js';
import { epochsOf, type Subspaces } from './component-stage.js';
import type { FitConfig } from './config.js';
import { causeShapes } from './model-config.js';
import { drawnFrom, inOrder } from './order.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage } from './stage.js';
import { trainingStage, type BatchNodes } from './training-stage.js';
import { weightedTerms } from './validation.js';

const SCHEDULE = { rate: 5e-3, decayAt: [0.5, 0.75, 0.9] };
/** Share of the steps of the component stages. */
const STEPS = 0.6;
const RESTARTS = 4;
/** Number of the first restart, beyond those of encoders, components, missing latents and residual subspaces. */
const SEED = 16384;

/** Returns the stage. Its parameters include those of the maps of `ComponentModel`. */
export function straighteningStage(
  { modalities, values, copies = 1, split, causes }: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  device?: Device,
): FitStage {
  const layout = latentLayout(modalities);
  // Other copies only have other draws of what a subject lacks.
  const rows = values.length / layout.latents / copies;
  const shapes = causeShapes(causes)!;
  const likelihoodOf = (model: LevelGaussian, { order }: BatchNodes) =>
    neg(
      mean(
        model.logLikelihood(gather(data('u', [rows, layout.latents]), order), causeBatches(shapes, rows, order)),
        [1],
      ),
    );
  return trainingStage({
    name: 'exploration',
    model: (runs) => new LevelGaussian(layout, shapes, config.componentMap, runs),
    loss: (model, batch) => {
      const likelihood = likelihoodOf(model, batch);
      const curvature = mul(model.map.curvature(), 1 / split.train.length);
      return { loss: add(likelihood, curvature), terms: { likelihood, curvature } };
    },
    validate: (model, batch) => ({
      outputs: { likelihood: likelihoodOf(model, batch) },
      score: weightedTerms({ likelihood: 1 }),
    }),
    seeds: Array.from({ length: RESTARTS }, (_, restart) => restartSeed(config.seed, SEED + restart)),
    data: new Map([['u', values.subarray(0, rows * layout.latents)], ...causeData(causeTerms(causes))]),
    training: drawnFrom(split.train, { batch: config.batch, seed: restartSeed(config.seed, SEED) }),
    validation: inOrder(split.validation, config.batch),
    schedule: scheduleOf({ ...SCHEDULE, epochs: epochsOf(config, STEPS) }),
    device,
  });
}
