// The candidates of all folds as one stage for the trainer. Run `fold · candidates + (latents − minLatents)` trains on
// a fold with `latents` open units of the bottleneck. Without open units it learns the best constant of each column.

import { compile } from '../compile/index.js';
import { targetOf } from '../compile/target.js';
import type { Dataset } from '../data/dataset.js';
import { NumericError } from '../errors/errors.js';
import { control, data, sum, type Node } from '../graph/index.js';
import { CrossPredictor } from '../networks/cross-predictor.js';
import { latentLayout } from '../networks/layout.js';
import { cutOf, groupData, miniBatches, type LeafData } from '../networks/sources.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { CPU, type Device } from '../runtime/device.js';
import { drawnRows } from '../training/order.js';
import { restartSeed, type TrainingStage } from '../training/stage.js';
import { modalityShapes } from '../training/program.js';
import { trainedEntry } from '../training/trained-entry.js';
import type { Validation } from '../training/validation.js';
import type { Fold } from './folds.js';

const HIDDEN = 64;
const BATCH = 256;
const STEPS_PER_EPOCH = 20;
const EPOCHS = 24;
const RATE = 3e-3;
const WARM_UP_EPOCHS = 3;
const DECAY = 0.3;
const DECAY_AT = [0.5, 0.75, 0.9];

export interface CandidateSettings {
  /** Minimum number of latents to train. */
  readonly minLatents: 0 | 1;
  /** Maximum number of latents to train. */
  readonly maxLatents: number;
  readonly seed: number;
}

/** Returns the name of the held-out error of a modality among the validation values of the stage. */
export function errorOf(modality: number): string {
  return `error.${modality}`;
}

export function selectionStage(
  dataset: Dataset,
  folds: readonly Fold[],
  { minLatents, maxLatents, seed }: CandidateSettings,
  device: Device = CPU,
): TrainingStage {
  const layout = latentLayout(
    modalityShapes(dataset).map((shape) => ({ ...shape, latents: maxLatents, exogenous: 0 })),
  );
  const rows = dataset.ids.length;
  const candidates = maxLatents - minLatents + 1;
  const runs = folds.length * candidates;
  const foldOf = Array.from({ length: runs }, (_, run) => Math.floor(run / candidates));
  const latents = foldOf.map((fold, run) => minLatents + run - fold * candidates);
  const [{ heldOut }] = folds;
  const batch = Math.min(BATCH, ...folds.map(({ train }) => train.length));
  const target = targetOf(device);
  const { tiles } = cutOf(batch, target);
  const heldOutSteps = Math.ceil(heldOut.length / BATCH);
  const heldOutBatch = Math.floor(heldOut.length / heldOutSteps);

  const programOf = (count: number) => {
    const model = new CrossPredictor(layout, { width: maxLatents, hidden: HIDDEN }, count);
    const open = control('open', [count, 1, maxLatents, 1]);
    const errors = (order: string, steps: number, size: number): Node =>
      model.errors(miniBatches(layout, rows, data(order, [count, steps, size], 'int32'), dataset.modalities), open);
    const loss = sum(errors('order', STEPS_PER_EPOCH * tiles, batch / tiles), [1]);
    const compiled = compile({
      runs: count,
      rates: RATE_GROUPS,
      memory: target.memory,
      entries: {
        train: trainedEntry(loss, model.parameters.all, { tiles }),
        evaluate: { outputs: { errors: errors('heldOut', heldOutSteps, heldOutBatch) } },
      },
    });
    return { model, compiled };
  };
  const { model, compiled } = programOf(runs);
  return {
    name: 'selection',
    runs,
    compiled,
    compiledFor: (count) => programOf(count).compiled,
    data: new Map<string, LeafData>([
      ...groupData(layout, dataset.modalities, rows),
      ['heldOut', perRun(foldOf, (fold) => folds[fold].heldOut.subarray(0, heldOutSteps * heldOutBatch))],
    ]),
    controls: new Map([['open', openUnits(latents, maxLatents)]]),
    // Candidates of a fold have the same initial values and mini-batches, so they differ only in the number of latents.
    initial: model.parameters.initialValues(foldOf.map((fold) => restartSeed(seed, fold))),
    epochs: EPOCHS,
    stepsPerEpoch: STEPS_PER_EPOCH,
    plan(epoch) {
      const rate = rateOf(epoch);
      return { phase: 'train', rates: [rate, rate] };
    },
    order: (epoch) =>
      perRun(foldOf, (fold) => drawnRows(folds[fold].train, STEPS_PER_EPOCH * batch, restartSeed(seed, fold), epoch)),
    validation: heldOutErrors(layout.modalities.length, heldOutSteps),
    diverged: ({ restart: candidate, step, tensor }) =>
      new NumericError(
        'all-runs-diverged',
        `Candidate ${candidate} left the finite numbers at step ${step}, first in "${tensor}". ` +
          'Look for extreme values with `interlatent inspect`.',
        { candidate, step },
      ),
  };
}

/** Validates by the means over the batches for each modality. Best epochs differ, so there is no common objective. */
function heldOutErrors(modalities: number, steps: number): Validation {
  return {
    steps,
    score(results, { runs }) {
      const error = (run: number, modality: number): number => {
        let mean = 0;
        for (let step = 0; step < steps; step++) mean += results[(step * runs + run) * modalities + modality] / steps;
        return mean;
      };
      return Object.fromEntries(
        Array.from({ length: modalities }, (_, modality) => [
          errorOf(modality),
          Array.from({ length: runs }, (_, run) => error(run, modality)),
        ]),
      );
    },
  };
}

/** Returns 1 for the units of the bottleneck that a run uses, runs × maxLatents. */
function openUnits(latents: readonly number[], maxLatents: number): Float32Array {
  return Float32Array.from({ length: latents.length * maxLatents }, (_, i) =>
    i % maxLatents < latents[Math.floor(i / maxLatents)] ? 1 : 0,
  );
}

function rateOf(epoch: number): number {
  const decays = DECAY_AT.filter((at) => epoch >= at * EPOCHS).length;
  return RATE * DECAY ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS);
}

/** Returns the rows of its fold for each run. */
function perRun(foldOf: readonly number[], rowsOf: (fold: number) => Int32Array): Int32Array {
  const byFold = Array.from(new Set(foldOf), rowsOf);
  const size = byFold[0].length;
  const all = new Int32Array(foldOf.length * size);
  foldOf.forEach((fold, run) => {
    all.set(byFold[fold], run * size);
  });
  return all;
}
