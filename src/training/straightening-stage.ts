// The first component stage of a fit with observed causes: finds curved maps after which the subspaces are Gaussian at
// every level of the causes. A search on moments then sees fewer edges and targets that are only curvature.

import { causeTerms, type Cause } from '../data/causes.js';
import { add, data, gather, mean, mul, neg } from '../graph/index.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import { columnBatches, columnData, curvesParameter } from '../networks/column-curves.js';
import { mapParameter } from '../networks/component-map.js';
import { LevelGaussian } from '../networks/level-gaussian.js';
import type { ParameterValues } from '../inference/inference.js';
import type { Device } from '../runtime/device.js';
import { epochsOf, type Subspaces } from './component-stage.js';
import type { FitConfig } from './config.js';
import { causeShapes } from './model-config.js';
import { drawnFrom, inOrder } from './order.js';
import { presentModalities } from './presence-table.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage } from './stage.js';
import { trainingStage, type BatchNodes, type StageLoss } from './training-stage.js';
import { weightedTerms } from './validation.js';

const SCHEDULE = { rate: 5e-3, decayAt: [0.5, 0.75, 0.9] };
/** Regression of the columns, which finds the curves. */
const COLUMNS = { name: 'columns', rate: 2e-2, decayAt: [0.4, 0.6, 0.8, 0.9] };
/** Shares of the steps of the component stages. A step of the regression is cheap. */
const STEPS = 0.6;
const COLUMN_STEPS = 4;
const RESTARTS = 4;
/** Number of the first restart, beyond those of encoders, components, missing latents and residual subspaces. */
const SEED = 16384;

/** Returns the stage. Its parameters include those of the maps of `ComponentModel`. */
export function straighteningStage(
  {
    modalities,
    values,
    copies = 1,
    present,
    split,
    causes,
    columns,
  }: Subspaces & { readonly causes: readonly Cause[] },
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
  const epochs = epochsOf(config, STEPS);
  const columnEpochs = epochsOf(config, COLUMN_STEPS);
  const levels = { ...SCHEDULE, epochs };
  return trainingStage({
    name: 'exploration',
    model: (runs) => new LevelGaussian(layout, shapes, config.componentMap, columns !== undefined, runs),
    loss: (model, batch, phase): StageLoss => {
      const { curves, map, parameters } = model;
      if (curves && phase === COLUMNS.name) {
        const u = gather(data('u', [rows, layout.latents]), batch.order);
        const known = present && gather(data('present', [rows, modalities.length]), batch.order);
        const error = curves.error(map, u, columnBatches(layout, rows, batch.order), known);
        return { loss: error, terms: { error }, trained: parameters.all.filter(({ name }) => isCurve(name)) };
      }
      const likelihood = likelihoodOf(model, batch);
      const curvature = mul(model.curvature(), 1 / split.train.length);
      return {
        loss: add(likelihood, curvature),
        terms: { likelihood, curvature },
        trained: parameters.all.filter(({ name }) => !curves || !isCurve(name)),
      };
    },
    validate: (model, batch) => ({
      outputs: { likelihood: likelihoodOf(model, batch) },
      score: weightedTerms({ likelihood: 1 }),
    }),
    seeds: Array.from({ length: RESTARTS }, (_, restart) => restartSeed(config.seed, SEED + restart)),
    data: new Map([
      ['u', values.subarray(0, rows * layout.latents)],
      ...causeData(causeTerms(causes)),
      ...(columns ? [columnData(layout, columns)] : []),
      ...(columns && present ? [['present', presentModalities(present)] as const] : []),
    ]),
    training: drawnFrom(split.train, { batch: config.batch, seed: restartSeed(config.seed, SEED) }),
    validation: inOrder(split.validation, config.batch),
    schedule: columns ? scheduleOf({ ...COLUMNS, epochs: columnEpochs }, levels) : scheduleOf(levels),
    stopping: columns ? { selectFrom: columnEpochs } : {},
    device,
  });
}

/** True for parameters that the regression of the columns determines. */
function isCurve(parameter: string): boolean {
  return /^componentMap\..*\.inner(Bias)?$|^columns\..*\.(linear|weight|bias)$/.test(parameter);
}

/**
 * Returns the parameters of the maps of every run.
 * @param parameters of the stage
 */
export function straighteningMaps(parameters: ParameterValues, { modalities }: LatentLayout): ParameterValues {
  const maps = new Map(parameters);
  for (const latents of new Set(modalities.map((one) => one.latents))) {
    const [mix, weight] = ['mix', 'weight'].map((name) => parameters.get(curvesParameter(latents, name)));
    if (!mix || !weight) continue;
    const [runs, members, , components] = mix.shape;
    const width = weight.shape[3];
    const outer = new Float32Array(runs * members * latents * width);
    for (let map = 0; map < runs * members; map++) {
      for (let row = 0; row < latents; row++) {
        for (let unit = 0; unit < width; unit++) {
          let product = 0;
          for (let k = 0; k < components; k++) {
            product +=
              mix.values[(map * latents + row) * components + k] * weight.values[(map * components + k) * width + unit];
          }
          outer[(map * latents + row) * width + unit] = product;
        }
      }
    }
    maps.set(mapParameter({ latents, isFixed: false }, 'outer'), {
      shape: [runs, members, latents, width],
      values: outer,
    });
  }
  return maps;
}
