// The candidates of all folds as one stage for the trainer. Run `fold · candidates + (latents − minLatents)` trains on
// a fold with `latents` open units of the bottleneck. Without open units it learns the best constant of each column.

import type { Dataset } from '../data/dataset.js';
import { NumericError } from '../errors/errors.js';
import { control, sum } from '../graph/index.js';
import { CrossPredictor } from '../networks/cross-predictor.js';
import { latentLayout } from '../networks/layout.js';
import { groupData, miniBatches } from '../networks/sources.js';
import type { Device } from '../runtime/device.js';
import { drawnFrom, inOrder, type Batches } from '../training/order.js';
import { modalityShapes } from '../training/model-config.js';
import { scheduleOf } from '../training/schedule.js';
import { restartSeed, type TrainingStage } from '../training/stage.js';
import { trainingStage, type BatchNodes } from '../training/training-stage.js';
import type { Score } from '../training/validation.js';
import type { Fold } from './folds.js';

const HIDDEN = 64;
const BATCH = 256;
const SCHEDULE = scheduleOf({ epochs: 24, rate: 3e-3, warmUp: { epochs: 3 }, decayAt: [0.5, 0.75, 0.9] });

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
  device?: Device,
): TrainingStage {
  const layout = latentLayout(
    modalityShapes(dataset).map((shape) => ({ ...shape, latents: maxLatents, exogenous: 0 })),
  );
  const rows = dataset.ids.length;
  const candidates = maxLatents - minLatents + 1;
  const foldOf = Array.from({ length: folds.length * candidates }, (_, run) => Math.floor(run / candidates));
  const latents = foldOf.map((fold, run) => minLatents + run - fold * candidates);
  const batch = Math.min(BATCH, ...folds.map(({ train }) => train.length));
  const validation = inOrder(folds[0].heldOut, BATCH);
  const errors = (model: CrossPredictor, { order }: BatchNodes) =>
    model.errors(
      miniBatches(layout, rows, order, dataset.modalities),
      control('open', [model.parameters.runs, 1, maxLatents, 1]),
    );
  return trainingStage({
    name: 'selection',
    model: (runs) => new CrossPredictor(layout, { width: maxLatents, hidden: HIDDEN }, runs),
    loss: (model, nodes) => ({ loss: sum(errors(model, nodes), [1]) }),
    validate: (model, nodes) => ({
      outputs: { errors: errors(model, nodes) },
      score: errorsByModality(layout.modalities.length),
    }),
    // Candidates of a fold have the same initial values and mini-batches, so they differ only in the number of latents.
    seeds: foldOf.map((fold) => restartSeed(seed, fold)),
    data: groupData(layout, dataset.modalities, rows),
    controls: new Map([['open', openUnits(latents, maxLatents)]]),
    training: ofFolds(
      foldOf,
      folds.map(({ train }, fold) => drawnFrom(train, { batch, seed: restartSeed(seed, fold) })),
    ),
    validation: ofFolds(
      foldOf,
      folds.map(({ heldOut }) => ({
        ...validation,
        rows: () => heldOut.subarray(0, validation.steps * validation.size),
      })),
    ),
    schedule: SCHEDULE,
    diverged: ({ restart: candidate, step, tensor }) =>
      new NumericError(
        'all-runs-diverged',
        `Candidate ${candidate} left the finite numbers at step ${step}, first in "${tensor}". ` +
          'Look for extreme values with `interlatent inspect`.',
        { candidate, step },
      ),
    device,
  });
}

/** Scores by the means over the batches for each modality. Best epochs differ, so there is no common objective. */
function errorsByModality(modalities: number): Score {
  return (results, { entry, runs }) => {
    const steps = results.length / entry.outputSize;
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
  };
}

/** Returns 1 for the units of the bottleneck that a run uses, runs × maxLatents. */
function openUnits(latents: readonly number[], maxLatents: number): Float32Array {
  return Float32Array.from({ length: latents.length * maxLatents }, (_, i) =>
    i % maxLatents < latents[Math.floor(i / maxLatents)] ? 1 : 0,
  );
}

/** Returns mini-batches in which each run has the subjects of its fold. Folds have equally large batches. */
function ofFolds(foldOf: readonly number[], folds: readonly Batches[]): Batches {
  return {
    ...folds[0],
    perRun: true,
    rows(epoch) {
      const byFold = folds.map((fold) => fold.rows(epoch));
      const { length } = byFold[0];
      const all = new Int32Array(foldOf.length * length);
      foldOf.forEach((fold, run) => {
        all.set(byFold[fold], run * length);
      });
      return all;
    },
  };
}
