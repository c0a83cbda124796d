// The stage that trains the network that residual subspaces add to linear ones. The linear map itself is a candidate,
// so the result is never worse than it on validation subjects.

import { causeTerms, termCount } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import type { Node } from '../graph/index.js';
import { latentLayout, type LatentLayout, type ModalityShape } from '../networks/layout.js';
import { otherModalities } from '../networks/other-modalities.js';
import { residualNames, ResidualSubspaces } from '../networks/residual-subspaces.js';
import { groupData, miniBatches } from '../networks/sources.js';
import { freeUnits, type LayerValues } from '../nn/linear-layers.js';
import type { Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { markWeights, type LinearStart } from './linear-start.js';
import { drawnFrom, inOrder, STEPS_PER_EPOCH } from './order.js';
import type { StageOutcome } from './outcome.js';
import { causeShapes, modalityShapes } from './model-config.js';
import { scheduleOf } from './schedule.js';
import { restartSeed, type FitStage } from './stage.js';
import { trainingStage } from './training-stage.js';
import { weightedTerms } from './validation.js';

/** Number of restarts. Each takes a tenth of the time of an encoder restart, and the best one counts. */
const RESTARTS = 4;
const EPOCHS = 1500 / STEPS_PER_EPOCH;
/** Maximum mini-batch. It is smaller if that of the joint model is smaller: few subjects do not need large batches. */
const BATCH = 128;
const VALIDATION_BATCH = 256;
const SCHEDULE = scheduleOf({ epochs: EPOCHS, rate: 3e-3, warmUp: { epochs: 3 }, decayAt: [0.5, 0.75, 0.9] });
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
  device?: Device,
): FitStage {
  const { split, modalities, ids, causes } = dataset;
  const shapes = causeShapes(causes);
  const terms = (order: Node) => shapes && causeBatches(shapes, ids.length, order);
  const layout = latentLayout(modalityShapes(dataset));
  const units = ({ latents, exogenous }: Pick<ModalityShape, 'latents' | 'exogenous'>): number =>
    freeUnits(config.hidden, latents + exogenous);
  const stage = trainingStage({
    name: 'residual',
    model: (runs) => new ResidualSubspaces(layout, units, runs, causes && termCount(causes)),
    loss: (model, { order, noise }) => {
      const loss = model.error(miniBatches(layout, ids.length, order, modalities), noise, terms(order));
      return { loss, terms: { error: loss } };
    },
    validate: (model, { order }) => ({
      outputs: { error: model.error(miniBatches(layout, ids.length, order, modalities), undefined, terms(order)) },
      score: weightedTerms({ error: 1 }),
    }),
    seeds: Array.from({ length: RESTARTS }, (_, restart) => restartSeed(config.seed, SEED + restart)),
    data: new Map([...groupData(layout, modalities, ids.length), ...(causes ? causeData(causeTerms(causes)) : [])]),
    initialCounts: true,
    training: drawnFrom(split.train, {
      batch: Math.min(BATCH, config.batch),
      seed: restartSeed(config.seed, SEED),
    }),
    validation: inOrder(split.validation, VALIDATION_BATCH),
    schedule: SCHEDULE,
    device,
  });
  fillWithStart(stage.initial, layout, start, causes && meansOf(causeTerms(causes), termCount(causes), split.train));
  return stage;
}

/** Returns the means of columns over some rows. */
function meansOf(table: Float32Array, columns: number, rows: Int32Array): number[] {
  return Array.from(
    { length: columns },
    (_, c) => rows.reduce((sum, row) => sum + table[row * columns + c], 0) / rows.length,
  );
}

/**
 * Replaces the linear maps and read-outs of every restart with those of the regression.
 * @param termMeans means of the terms of causes, which are the last columns of read-outs
 */
function fillWithStart(
  initial: FitStage['initial'],
  layout: LatentLayout,
  start: readonly LinearStart[],
  termMeans: readonly number[] = [],
): void {
  const widths = start.map(({ fillValues }) => fillValues.length);
  layout.groups.forEach(({ members, latents, observation: { masked } }, g) => {
    const names = residualNames(g);
    const [linear, readOut, bias] = [names.linear, names.readOut, names.readOutBias].map((name) => initial.get(name)!);
    for (let at = 0; at < RESTARTS * members.length; at++) {
      const m = members[at % members.length];
      const { toLatents, fillValues } = start[m];
      const order = otherModalities(layout, m);
      const otherColumns = columnsOf(order, m, widths);
      const weights = start[m].readOut.subMatrixColumn([
        ...otherColumns,
        ...termMeans.map((_, t) => otherColumns.length + t),
      ]);
      const otherFills = [...order.flatMap((other) => start[other].fillValues), ...termMeans];
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
