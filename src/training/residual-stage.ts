// The stage that trains the network that residual subspaces add to linear ones. The linear map itself is a candidate,
// so the result is never worse than it on validation subjects.

import { compile } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import type { Dataset } from '../data/dataset.js';
import { data, type Node } from '../graph/index.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import { otherModalities } from '../networks/other-modalities.js';
import { residualNames, ResidualSubspaces } from '../networks/residual-subspaces.js';
import { cutOf, groupData, miniBatches, PhiloxNoise } from '../networks/sources.js';
import { freeUnits, type LayerValues } from '../nn/linear-layers.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { markWeights, type LinearStart } from './linear-start.js';
import { drawnRows } from './order.js';
import type { StageOutcome } from './outcome.js';
import { restartSeed, seedWords, type FitStage } from './stage.js';
import { modalityShapes, TRAINING_STREAMS } from './program.js';
import { trainedEntry } from './trained-entry.js';
import { weightedTerms } from './validation.js';

/** Number of restarts. Each takes a tenth of the time of an encoder restart, and the best one counts. */
const RESTARTS = 4;
const STEPS = 1500;
const STEPS_PER_EPOCH = 20;
/** Maximum mini-batch. It is smaller if that of the joint model is smaller: few subjects do not need large batches. */
const BATCH = 128;
const VALIDATION_BATCH = 256;
const RATE = 3e-3;
const WARM_UP_EPOCHS = 3;
const DECAY = 0.3;
const DECAY_AT = [0.5, 0.75, 0.9];
/** Number of the first restart, beyond those of encoder restarts, component restarts and missing latents. */
const SEED = 8192;
/** Minimum number of hidden units in addition to those that carry the linear map. */
const MIN_UNITS = 8;

/** True if the hidden layers of every modality have room for a network in addition to the linear map. */
export function hasRoomForResidual({ modalities }: Pick<Dataset, 'modalities'>, { hidden }: FitConfig): boolean {
  return modalities.every(({ latents, exogenous }) => freeUnits(hidden, latents + exogenous) >= MIN_UNITS);
}

/** Returns the stage. @param start initial values of every modality */
export function residualStage(
  dataset: Dataset,
  config: FitConfig,
  start: readonly LinearStart[],
  device: Device = CPU,
): FitStage {
  const { split, modalities, ids } = dataset;
  const layout = latentLayout(modalityShapes(dataset));
  const target = targetOf(device);
  const batch = Math.min(BATCH, config.batch, split.train.length);
  const { tiles, parts } = cutOf(batch, target);
  const validationSteps = Math.ceil(split.validation.length / VALIDATION_BATCH);
  const validationBatch = Math.floor(split.validation.length / validationSteps);
  const programOf = (runs: number) => {
    const model = new ResidualSubspaces(
      layout,
      ({ latents, exogenous }) => freeUnits(config.hidden, latents + exogenous),
      runs,
    );
    const seeds = data('seeds', [runs, 2], 'int32');
    const errorOf = (order: Node, noise?: PhiloxNoise): Node =>
      model.error(miniBatches(layout, ids.length, order, modalities), noise);
    const order = data('order', [1, STEPS_PER_EPOCH * tiles, batch / tiles], 'int32');
    const error = errorOf(order, new PhiloxNoise(seeds, TRAINING_STREAMS, parts));
    const validated = errorOf(data('validationOrder', [1, validationSteps, validationBatch], 'int32'));
    const compiled = compile({
      runs,
      rates: RATE_GROUPS,
      memory: target.memory,
      entries: {
        train: trainedEntry(error, model.parameters.all, { terms: { error }, tiles }),
        evaluate: { outputs: { error: validated } },
      },
    });
    return { model, compiled };
  };
  const { model, compiled } = programOf(RESTARTS);
  const seeds = Array.from({ length: RESTARTS }, (_, restart) => restartSeed(config.seed, SEED + restart));
  const leaves = groupData(layout, modalities, ids.length);
  leaves.set('seeds', seedWords(seeds));
  leaves.set('validationOrder', split.validation.slice(0, validationSteps * validationBatch));
  const epochs = STEPS / STEPS_PER_EPOCH;
  return {
    name: 'residual',
    runs: RESTARTS,
    compiled,
    compiledFor: (runs) => programOf(runs).compiled,
    data: leaves,
    initial: withStart(model.parameters.initialValues(seeds), layout, start),
    initialCounts: true,
    epochs,
    stepsPerEpoch: STEPS_PER_EPOCH,
    plan: (epoch) => {
      const decays = DECAY_AT.filter((at) => epoch / epochs >= at).length;
      const rate = RATE * DECAY ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS);
      return { phase: 'train', rates: [rate, rate], controls: { sparsityWeight: 0 } };
    },
    order: (epoch) => drawnRows(split.train, STEPS_PER_EPOCH * batch, restartSeed(config.seed, SEED), epoch),
    validation: weightedTerms(validationSteps, { error: 1 }),
  };
}

/** Replaces the linear maps and read-outs of every restart with those of the regression. */
function withStart(
  initial: Map<string, Float32Array>,
  layout: LatentLayout,
  start: readonly LinearStart[],
): Map<string, Float32Array> {
  const widths = start.map(({ fillValues }) => fillValues.length);
  layout.groups.forEach(({ members, latents, observation: { masked } }, g) => {
    const names = residualNames(g);
    const [linear, readOut, bias] = [names.linear, names.readOut, names.readOutBias].map((name) => initial.get(name)!);
    for (let at = 0; at < RESTARTS * members.length; at++) {
      const m = members[at % members.length];
      const { toLatents, fillValues } = start[m];
      const order = otherModalities(layout, m);
      const weights = start[m].readOut.subMatrixColumn(columnsOf(order, m, widths));
      const otherFills = order.flatMap((other) => start[other].fillValues);
      const inputs = linear.length / (RESTARTS * members.length * latents);
      bias.set(otherFills, at * otherFills.length);
      const marks = masked ? markWeights(toLatents, fillValues) : undefined;
      for (let k = 0; k < latents; k++) {
        const column = toLatents.getColumn(k);
        linear.set([...column, ...(marks?.getColumn(k) ?? [])], (at * latents + k) * inputs);
        // The read-out expects numbers relative to the fill values. With marks, the numbers are already relative to
        // them.
        const offset = marks ? 0 : column.reduce((sum, value, c) => sum + fillValues[c] * value, 0);
        weights.getRow(k).forEach((value, c) => {
          readOut[(at * otherFills.length + c) * latents + k] = value;
          bias[at * otherFills.length + c] -= offset * value;
        });
      }
    }
  });
  return initial;
}

/** Returns the positions, among the other modalities' columns in study order, of these columns in another order. */
function columnsOf(order: readonly number[], modality: number, widths: readonly number[]): number[] {
  const firsts = widths.map((_, m) =>
    widths.reduce((sum, width, i) => (i < m && i !== modality ? sum + width : sum), 0),
  );
  return order.flatMap((m) => Array.from({ length: widths[m] }, (_, c) => firsts[m] + c));
}

/** Returns the layers of one restart's networks, by modality. */
export function residualLayers(dataset: Dataset, { parameters }: StageOutcome, restart: number): LayerValues[][] {
  const { groups, modalities } = latentLayout(modalityShapes(dataset));
  const layers = modalities.map((): LayerValues[] => []);
  groups.forEach(({ members }, g) => {
    const { network } = residualNames(g);
    for (let layer = 0; parameters.has(`${network}.${layer}.weight`); layer++) {
      members.forEach((m, position) => {
        const of = (tensor: string): Float32Array => {
          const { shape, values } = parameters.get(`${network}.${layer}.${tensor}`)!;
          const size = values.length / shape[0] / members.length;
          const from = (restart * members.length + position) * size;
          return values.slice(from, from + size);
        };
        layers[m].push({ weight: of('weight'), bias: of('bias') });
      });
    }
  });
  return layers;
}
