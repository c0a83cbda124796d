// Trains the network that a residual subspace adds to the linear one. The linear map itself is a candidate: the result
// is never worse than it on validation subjects.

import { compile } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import type { Dataset } from '../data/dataset.js';
import { data, type Node } from '../graph/index.js';
import { latentLayout, type LatentLayout } from '../models/layout.js';
import { othersOf } from '../models/other-modalities.js';
import { residualNames, ResidualSubspaces } from '../models/residual-subspaces.js';
import { cutOf, groupData, miniBatches, PhiloxNoise } from '../models/sources.js';
import { freeUnits, type LayerValues } from '../nn/linear-layers.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import type { FitConfig } from './config.js';
import { markWeights, type LinearStart } from './linear-start.js';
import { drawnRows } from './order.js';
import type { PartOutcome } from './outcome.js';
import { runSeed, seedWords, type FitPart } from './part.js';
import { modalityShapes, TRAINING_STREAMS } from './program.js';
import { trainedEntry } from './trained-entry.js';
import { weightedTerms } from './validation.js';

/** Restarts: each takes a tenth of a restart of the joint model, and the best one counts. */
const RUNS = 4;
const STEPS = 1500;
const STEPS_PER_EPOCH = 20;
/** Smaller where the joint model has smaller ones: few subjects gain nothing by large ones. */
const BATCH = 128;
const VALIDATION_BATCH = 256;
const RATE = 3e-3;
const WARM_UP_EPOCHS = 3;
const DECAY = 0.3;
const DECAY_AT = [0.5, 0.75, 0.9];
/** Seeds lie beyond those of joint restarts, component restarts, and missing latents. */
const SEED = 8192;
/** Hidden units that a network needs beside those that carry the linear map. */
const MIN_UNITS = 8;

/** True if hidden layers have room for a network beside the linear map, in every modality. */
export function hasRoomForResidual({ modalities }: Pick<Dataset, 'modalities'>, { hidden }: FitConfig): boolean {
  return modalities.every(({ latents, exogenous }) => freeUnits(hidden, latents + exogenous) >= MIN_UNITS);
}

/** @param start of every modality */
export function residualPart(
  dataset: Dataset,
  config: FitConfig,
  start: readonly LinearStart[],
  device: Device = CPU,
): FitPart {
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
  const { model, compiled } = programOf(RUNS);
  const seeds = Array.from({ length: RUNS }, (_, run) => runSeed(config.seed, SEED + run));
  const leaves = groupData(layout, modalities, ids.length);
  leaves.set('seeds', seedWords(seeds));
  leaves.set('validationOrder', split.validation.slice(0, validationSteps * validationBatch));
  const epochs = STEPS / STEPS_PER_EPOCH;
  return {
    name: 'residual',
    runs: RUNS,
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
      return { stage: 'train', rates: [rate, rate], controls: { sparsityWeight: 0 } };
    },
    order: (epoch) => drawnRows(split.train, STEPS_PER_EPOCH * batch, runSeed(config.seed, SEED), epoch),
    validation: weightedTerms(validationSteps, { error: 1 }),
  };
}

/** Replaces the linear maps and read-outs by those of the regression, in every restart. */
function withStart(
  initial: Map<string, Float32Array>,
  layout: LatentLayout,
  start: readonly LinearStart[],
): Map<string, Float32Array> {
  const widths = start.map(({ fillValues }) => fillValues.length);
  layout.groups.forEach(({ members, latents, observation: { masked } }, g) => {
    const names = residualNames(g);
    const [linear, readOut, bias] = [names.linear, names.readOut, names.readOutBias].map((name) => initial.get(name)!);
    for (let at = 0; at < RUNS * members.length; at++) {
      const m = members[at % members.length];
      const { toLatents, fillValues } = start[m];
      const order = othersOf(layout, m);
      const weights = start[m].readOut.subMatrixColumn(columnsOf(order, m, widths));
      const others = order.flatMap((other) => start[other].fillValues);
      const inputs = linear.length / (RUNS * members.length * latents);
      bias.set(others, at * others.length);
      const marks = masked ? markWeights(toLatents, fillValues) : undefined;
      for (let k = 0; k < latents; k++) {
        const column = toLatents.getColumn(k);
        linear.set([...column, ...(marks?.getColumn(k) ?? [])], (at * latents + k) * inputs);
        // Read-outs are of numbers that are counted from the fill values; marks count from there.
        const offset = marks ? 0 : column.reduce((sum, value, c) => sum + fillValues[c] * value, 0);
        weights.getRow(k).forEach((value, c) => {
          readOut[(at * others.length + c) * latents + k] = value;
          bias[at * others.length + c] -= offset * value;
        });
      }
    }
  });
  return initial;
}

/** Columns of the other modalities in another order, as positions among those in the order of the study. */
function columnsOf(order: readonly number[], own: number, widths: readonly number[]): number[] {
  const firsts = widths.map((_, m) => widths.reduce((sum, width, i) => (i < m && i !== own ? sum + width : sum), 0));
  return order.flatMap((m) => Array.from({ length: widths[m] }, (_, c) => firsts[m] + c));
}

/** Returns the layers of one restart's networks, by modality. */
export function residualLayers(dataset: Dataset, { parameters }: PartOutcome, run: number): LayerValues[][] {
  const { groups, modalities } = latentLayout(modalityShapes(dataset));
  const layers = modalities.map((): LayerValues[] => []);
  groups.forEach(({ members }, g) => {
    const { network } = residualNames(g);
    for (let layer = 0; parameters.has(`${network}.${layer}.weight`); layer++) {
      members.forEach((m, position) => {
        const of = (part: string): Float32Array => {
          const { shape, values } = parameters.get(`${network}.${layer}.${part}`)!;
          const size = values.length / shape[0] / members.length;
          const from = (run * members.length + position) * size;
          return values.slice(from, from + size);
        };
        layers[m].push({ weight: of('weight'), bias: of('bias') });
      });
    }
  });
  return layers;
}
