// How many latents a modality has, by cross-validation: candidates predict all other modalities from so many numbers of their
// own one (Theorem 4.2: only z influences other modalities). All candidates, splits and modalities train as one program.

import { compile, type CompiledProgram } from '../compile/index.js';
import { checkDataset } from '../data/check.js';
import type { Dataset } from '../data/dataset.js';
import { InputError, NumericError } from '../errors.js';
import { control, data, grad, sum } from '../graph/index.js';
import { CrossPredictor } from '../models/cross-predictor.js';
import { latentLayout, type LatentLayout } from '../models/layout.js';
import { RATE_GROUPS } from '../nn/parameters.js';
import { permutation, seedKey, uniforms } from '../random/streams.js';
import {
  chooseDevice,
  type Device,
  type DeviceChoice,
  type DeviceName,
  type MatmulPrecision,
} from '../runtime/device.js';
import { Program } from '../runtime/program.js';
import { ORDER_STREAM, runSeed } from '../training/part.js';
import { ADAM, modalityShapes } from '../training/program.js';
import { recommend, type Recommendation } from './select-rule.js';
import { groupData, miniBatches, tilesOf } from '../models/sources.js';

export interface SelectionOptions {
  /** Largest number of latents that is tried, from 1 on. Default 6. */
  readonly largest?: number;
  /** Parts of the cross-validation, at least 3. Default 4. */
  readonly splits?: number;
  /** Part of all that can be predicted of the other modalities that a latent must add to count. Default 0.02. */
  readonly tolerance?: number;
  /** Of initial values, splits and order, below 2³². Default 0. */
  readonly seed?: number;
  /** Threads of the CPU; 0 (default): one per available core. */
  readonly threads?: number;
  /** Where to compute, by default on the CPU. */
  readonly device?: DeviceName;
  /** What a GPU rounds the factors of matrix products to, by default `float32`. */
  readonly matmulPrecision?: MatmulPrecision;
  /** Aborting stops within one step and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SelectionProgress) => void;
}

export interface SelectionProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly secondsLeft: number;
}

export interface LatentSelection {
  readonly modalities: readonly ModalitySelection[];
  /** Subjects of the training and validation parts; the test part is not looked at. */
  readonly subjects: number;
  readonly splits: number;
  readonly tolerance: number;
  readonly seed: number;
  /** Of the data set. */
  readonly fingerprint: string;
  /** Where it was computed, and why there. */
  readonly device: DeviceChoice;
  readonly seconds: number;
}

export interface ModalitySelection extends Recommendation {
  readonly name: string;
  readonly columns: number;
  /** Columns of the other modalities. */
  readonly otherColumns: number;
  /** What the data set says now. */
  readonly latents: number;
  readonly exogenous: number;
}

export const SELECTION_DEFAULTS = { largest: 6, splits: 4, tolerance: 0.02, seed: 0 } as const;

const LEAST_SPLITS = 3;
const LEAST_SUBJECTS = 10;
const HIDDEN = 64;
const BATCH = 256;
/** An epoch has the same number of steps whatever the number of subjects. */
const STEPS_PER_EPOCH = 20;
const EPOCHS = 24;
const RATE = 3e-3;
const WARM_UP_EPOCHS = 3;
const DECAY = 0.3;
const DECAY_AT = [0.5, 0.75, 0.9];
/** Stream of the permutation that splits are cut from; far from noise and order. */
const SPLIT_STREAM = 0x30000;

/**
 * Recommends a number of latents for each modality; changes nothing.
 *
 * @throws InputError `invalid-dataset`, `invalid-setting`, `too-few-subjects`; NumericError `all-runs-diverged`; DeviceError when the device cannot be
 *   used or has too little memory; the signal's reason when aborted
 */
export async function selectLatents(dataset: Dataset, options: SelectionOptions = {}): Promise<LatentSelection> {
  checkDataset(dataset);
  const started = performance.now();
  const settings = { ...SELECTION_DEFAULTS, ...options };
  const { largest, splits, tolerance, seed, signal } = settings;
  checkSettings(settings);
  signal?.throwIfAborted();
  const { device, choice } = await chooseDevice(settings.device, settings.matmulPrecision);
  const subjects = joined(dataset.split.train, dataset.split.validation);
  const folds = foldsOf(subjects, splits, seed);
  const errors = await heldOutErrors(dataset, folds, device, settings);
  const all = dataset.modalities.reduce((total, { columns }) => total + columns.length, 0);
  return {
    modalities: dataset.modalities.map(({ name, columns, latents, exogenous }, m) => {
      // An observation is invertible (Eq. 2): no more latents than columns leave room for.
      const most = Math.max(1, Math.min(largest, columns.length - exogenous));
      const own = errors[m].slice(0, most + 1);
      const otherColumns = all - columns.length;
      return { name, columns: columns.length, otherColumns, latents, exogenous, ...recommend(own, tolerance) };
    }),
    subjects: subjects.length,
    splits,
    tolerance,
    seed,
    fingerprint: dataset.fingerprint,
    device: choice,
    seconds: (performance.now() - started) / 1000,
  };
}

interface Fold {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/** Held-out parts of equal size, disjoint; each with all other subjects to train on. */
function foldsOf(subjects: Int32Array, splits: number, seed: number): Fold[] {
  const shuffled = permutation(seedKey(seed), SPLIT_STREAM, 0, subjects.length).map((position) => subjects[position]);
  const size = Math.floor(subjects.length / splits);
  if (size < LEAST_SUBJECTS) {
    throw new InputError(
      'too-few-subjects',
      `${subjects.length} subjects in ${splits} splits leave ${size} to measure on, ${LEAST_SUBJECTS} are needed: take fewer splits, or more subjects.`,
      { subjects: subjects.length, splits },
    );
  }
  return Array.from({ length: splits }, (_, fold) => ({
    heldOut: shuffled.slice(fold * size, (fold + 1) * size),
    train: joined(shuffled.subarray(0, fold * size), shuffled.subarray((fold + 1) * size)),
  }));
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/**
 * Run `fold · largest + (latents − 1)` trains on a fold with so many units of the bottleneck open.
 * @returns modality × latents (from 0, which predicts the mean) × fold: each run's error at its best epoch
 */
async function heldOutErrors(
  dataset: Dataset,
  folds: readonly Fold[],
  device: Device,
  {
    largest,
    seed,
    threads = 0,
    signal,
    onProgress,
  }: Required<Pick<SelectionOptions, 'largest' | 'seed'>> & SelectionOptions,
): Promise<number[][][]> {
  const layout = latentLayout(modalityShapes(dataset).map((shape) => ({ ...shape, latents: largest, exogenous: 0 })));
  const rows = dataset.ids.length;
  const runs = folds.length * largest;
  const foldOf = Array.from({ length: runs }, (_, run) => Math.floor(run / largest));
  const { compiled, initial, batch, heldOutSteps } = selectionProgram(layout, {
    rows,
    folds,
    largest,
    runs,
    seed,
    foldOf,
  });
  const program = Program.load(compiled, { threads, device });
  try {
    for (const [name, values] of groupData(layout, dataset.modalities, rows)) program.set('data', name, values);
    for (const [name, own] of initial) program.set('parameters', name, own);
    const open = Float32Array.from({ length: runs * largest }, (_, i) =>
      i % largest <= Math.floor(i / largest) % largest ? 1 : 0,
    );
    program.set('controls', 'open', open);
    const heldOutSize = compiled.data['heldOut'].shape[2] * heldOutSteps;
    program.set(
      'data',
      'heldOut',
      perRun(foldOf, (fold) => folds[fold].heldOut.subarray(0, heldOutSize)),
    );

    const modalities = layout.modalities.length;
    const best = new Float64Array(runs * modalities).fill(Infinity);
    const started = performance.now();
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const rate = rateOf(epoch);
      program.set('controls', 'rates', Float32Array.of(rate, rate, 0));
      program.set(
        'data',
        'order',
        perRun(foldOf, (fold) => drawn(folds[fold].train, batch, { seed, fold, epoch })),
      );
      const trained = await program.run('train', {
        firstStep: epoch * STEPS_PER_EPOCH,
        steps: STEPS_PER_EPOCH,
        ...(signal && { signal }),
      });
      signal?.throwIfAborted();
      if (trained.failures.length > 0) throw diverged(trained.failures[0]);
      const { results } = await program.run('evaluate', { steps: heldOutSteps });
      for (let i = 0; i < best.length; i++) {
        let error = 0;
        for (let step = 0; step < heldOutSteps; step++) error += results[step * best.length + i] / heldOutSteps;
        best[i] = Math.min(best[i], error);
      }
      const perEpoch = (performance.now() - started) / 1000 / (epoch + 1);
      onProgress?.({ epoch: epoch + 1, epochs: EPOCHS, secondsLeft: (EPOCHS - epoch - 1) * perEpoch });
    }
    const nothing = folds.map((fold) => errorsOfMeans(dataset, fold));
    return layout.modalities.map((_, m) =>
      Array.from({ length: largest + 1 }, (_, latents) =>
        folds.map((_, fold) =>
          latents === 0 ? nothing[fold][m] : best[(fold * largest + latents - 1) * modalities + m],
        ),
      ),
    );
  } finally {
    await program.dispose();
  }
}

interface SelectionSizes {
  readonly rows: number;
  readonly folds: readonly Fold[];
  readonly largest: number;
  readonly runs: number;
  readonly seed: number;
  readonly foldOf: readonly number[];
}

function selectionProgram(
  layout: LatentLayout,
  { rows, folds, largest, runs, seed, foldOf }: SelectionSizes,
): { compiled: CompiledProgram; initial: Map<string, Float32Array>; batch: number; heldOutSteps: number } {
  const model = new CrossPredictor(layout, { width: largest, hidden: HIDDEN }, runs);
  const batch = Math.min(BATCH, folds[0].train.length);
  const tiles = tilesOf(batch);
  const heldOutSteps = Math.ceil(folds[0].heldOut.length / BATCH);
  const heldOutBatch = Math.floor(folds[0].heldOut.length / heldOutSteps);
  const open = control('open', [runs, 1, largest, 1]);
  const errors = (name: string, steps: number, size: number) =>
    model.errors(miniBatches(layout, rows, data(name, [runs, steps, size], 'int32')), open);
  const loss = sum(errors('order', STEPS_PER_EPOCH * tiles, batch / tiles), [1]);
  const { all } = model.parameters;
  const gradients = grad(
    loss,
    all.map(({ node }) => node),
  );
  const parameters = all.map(({ node, rate }, i) => ({ node, gradient: gradients[i], rate }));
  const compiled = compile({
    runs,
    rates: RATE_GROUPS,
    entries: {
      train: { tiles, outputs: { loss }, guard: [loss], update: { ...ADAM, parameters } },
      evaluate: { outputs: { errors: errors('heldOut', heldOutSteps, heldOutBatch) } },
    },
  });
  // Candidates of a fold start alike and see the same mini-batches: their difference is the number of latents alone.
  const initial = model.parameters.initialValues(foldOf.map((fold) => runSeed(seed, fold)));
  return { compiled, initial, batch, heldOutSteps };
}

function rateOf(epoch: number): number {
  const decays = DECAY_AT.filter((at) => epoch >= at * EPOCHS).length;
  return RATE * DECAY ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS);
}

/** A fold's rows for each of its runs. */
function perRun(foldOf: readonly number[], rowsOf: (fold: number) => Int32Array): Int32Array {
  const byFold = Array.from(new Set(foldOf), rowsOf);
  const size = byFold[0].length;
  const all = new Int32Array(foldOf.length * size);
  foldOf.forEach((fold, run) => {
    all.set(byFold[fold], run * size);
  });
  return all;
}

/** Rows of an epoch's mini-batches, with replacement. */
function drawn(
  train: Int32Array,
  batch: number,
  { seed, fold, epoch }: { seed: number; fold: number; epoch: number },
): Int32Array {
  const draws = uniforms(seedKey(runSeed(seed, fold)), ORDER_STREAM, epoch, STEPS_PER_EPOCH * batch);
  return Int32Array.from(draws, (draw) => train[Math.floor(draw * train.length)]);
}

/** Per modality, the held-out error of predicting the others' means over the fold's training subjects. */
function errorsOfMeans({ modalities }: Dataset, { train, heldOut }: Fold): number[] {
  const sums = modalities.map(({ columns: { length: width }, values }) => {
    let total = 0;
    for (let column = 0; column < width; column++) {
      const mean = train.reduce((sum, row) => sum + values[row * width + column], 0) / train.length;
      total += heldOut.reduce((sum, row) => sum + (values[row * width + column] - mean) ** 2, 0) / heldOut.length;
    }
    return { total, width };
  });
  const all = sums.reduce((a, b) => ({ total: a.total + b.total, width: a.width + b.width }));
  return sums.map((own) => (all.total - own.total) / (all.width - own.width));
}

function checkSettings({
  largest,
  splits,
  tolerance,
  seed,
}: Required<Pick<SelectionOptions, 'largest' | 'splits' | 'tolerance' | 'seed'>>): void {
  const check = (setting: string, value: number, isValid: boolean, accepted: string): void => {
    if (!isValid) {
      throw new InputError('invalid-setting', `Setting "${setting}": takes ${accepted}, got ${value}.`, { setting });
    }
  };
  check('largest', largest, Number.isInteger(largest) && largest >= 1 && largest <= 64, 'a whole number from 1 to 64');
  check(
    'splits',
    splits,
    Number.isInteger(splits) && splits >= LEAST_SPLITS && splits <= 64,
    `a whole number from ${LEAST_SPLITS} to 64`,
  );
  check('tolerance', tolerance, tolerance >= 0 && tolerance < 1, 'a number from 0 up to 1');
  check('seed', seed, Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff, 'a whole number below 2³²');
}

function diverged({ run, step, label }: { run: number; step: number; label: string }): NumericError {
  return new NumericError(
    'all-runs-diverged',
    `Candidate ${run} left the finite numbers at step ${step}, first in "${label}". Look for extreme values with \`interlatent inspect\`.`,
    { run, step },
  );
}
