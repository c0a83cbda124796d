// Cross-fitting: the subjects are cut into two halves, a model is fitted to each, and every subject is encoded by the
// model that never saw it. Only such latents may be tested: those of a model's own subjects were trained to go with the
// other modalities (docs/evidence.md).

import type { Dataset, Split } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { groupMeans, rowsByGroup } from '../data/split.js';
import { InputError } from '../errors.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import type { Samples } from '../metrics/index.js';
import { latentLayout } from '../models/layout.js';
import { permutation, seedKey } from '../random/streams.js';
import { fitLength, kindOfFit, stepsOf } from '../study/fit-schema.js';
import type { FitConfig } from '../training/config.js';
import { fitModel, type FittedModel } from '../training/fit.js';
import type { FitHooks, FitProgress } from '../training/part-runner.js';
import { modalityShapes } from '../training/program.js';
import { gapsOf, withoutGaps } from './gaps.js';
import { matchLatents, type Matched } from './matching.js';
import { normalScores } from '../quality/pair-test.js';

/** More folds share training subjects, and tests of dependent folds are not calibrated. */
export const FOLDS = 2;
/**
 * A fold's fit needs the subspaces and which latent is which, not the last bit of either. (Draws of the encoders that
 * deep canonical correlation has on trial are not so many: a torn one finds no latent again.)
 */
const MOST_RUNS = 3;
const MOST_RESTARTS = 16;
/** Part of a fold's training subjects that choose epoch and run. */
const VALIDATION = 0.15;
/** Fewer subjects, or fewer groups of them, are not enough to fit one half and test on the other. */
const MIN_SUBJECTS = 20;
const MIN_GROUPS = 10;
/** Stream of the permutation that halves are cut from; far from noise, order and splits. */
const FOLD_STREAM = 0x40000;

/** A half of the subjects, of the model that was fitted to the other half. */
export interface HeldOutHalf {
  /** Rows that the model has not seen. */
  readonly rows: Int32Array;
  /**
   * What is tested, by latent: normal scores of these rows, or, since rows of a group are not independent, of the
   * groups' means; NaN as in `CrossFit.latents`.
   */
  readonly units: readonly Float64Array[];
  /** By latent, how many directions of its modality's gaps were taken out: a test has as many units less. */
  readonly taken: readonly number[];
  /** By latent, |Spearman| of the half's latent with its match in the fitted model, of all subjects. */
  readonly agreement: readonly number[];
}

export interface CrossFit {
  readonly halves: readonly HeldOutHalf[];
  /**
   * By latent in the model's order: normal scores within each half, matched in order and sign to the latents of the
   * fitted model, and without what is linear in the modality's gaps; NaN where a subject lacks the modality: what is
   * inferred from others is never tested.
   */
  readonly latents: readonly Float64Array[];
  /** Units of a half that a test needs. */
  readonly leastUnits: number;
}

export type CrossFitHooks = Pick<FitHooks, 'signal' | 'onProgress' | 'shards' | 'threads' | 'device'>;

/** Fits a model to the training part of a data set and encodes all its subjects: subjects × D. */
export type FitAndEncode = (dataset: Dataset, config: FitConfig, hooks: CrossFitHooks) => Promise<Float32Array>;

const wholeFit: FitAndEncode = async (dataset, config, hooks) => {
  const { model, parameters } = await fitFold(dataset, config, hooks);
  return encodeDataset(dataset, model, parameters, hooks);
};

/** A fit without what its latents do not need. @throws what `fitModel` throws */
export async function fitFold(dataset: Dataset, config: FitConfig, hooks: CrossFitHooks): Promise<FittedModel> {
  return fitModel(dataset, config, { ...hooks, infersMissing: false });
}

export interface Fold {
  /** The data set with the fold's split. */
  readonly dataset: Dataset;
  readonly config: FitConfig;
  readonly hooks: CrossFitHooks;
}

/** What a fold's model says of all subjects, of whom it has not seen some. */
interface EncodedFold extends Matched {
  readonly heldOut: Int32Array;
  readonly encoded: Samples;
}

/** What is fitted to each half, and tested on the other. */
export function foldsOf(dataset: Dataset, config: FitConfig, { onProgress, shards, ...hooks }: CrossFitHooks): Fold[] {
  return foldSplits(dataset, config.seed).map((split, fold) => ({
    // Latents that modalities share are made of all of them: each fold's modalities stay apart.
    dataset: { ...dataset, shared: undefined, split },
    config: foldConfig(config, dataset.split.train.length, split.train.length),
    hooks: {
      ...hooks,
      ...(shards && { shards: shards.within(`half-${fold}`) }),
      ...(onProgress && { onProgress: (progress: FitProgress) => onProgress({ ...progress, fold }) }),
    },
  }));
}

/**
 * @param fitted posterior means of the fitted model, subjects × D: what the folds' latents are matched to; left out:
 *   those of the first fold
 * @param fitAndEncode of a fold; left out: the fit as a whole
 * @throws what `fitModel` throws
 */
export async function crossFit(
  dataset: Dataset,
  config: FitConfig,
  fitted: Float32Array | undefined,
  hooks: CrossFitHooks = {},
  fitAndEncode = wholeFit,
): Promise<CrossFit> {
  const layout = latentLayout(modalityShapes(dataset));
  const rows = dataset.ids.length;
  const samples = (values: Float32Array) => ({ values, rows, columns: layout.latents });
  let reference = fitted && samples(fitted);
  const present = dataset.modalities.map(presenceOf);
  const widths = layout.modalities.map((m) => m.latents);
  const folds: EncodedFold[] = [];
  for (const fold of foldsOf(dataset, config, hooks)) {
    const encoded = samples(await fitAndEncode(fold.dataset, fold.config, fold.hooks));
    reference ??= encoded;
    const heldOut = fold.dataset.split.test;
    // Nothing else of it stays in memory while the next one trains.
    folds.push({ ...matchLatents(reference, encoded, widths, present), heldOut, encoded });
  }
  const modalityOf = widths.flatMap((width, m) => new Array<number>(width).fill(m));
  const latents = Array.from(modalityOf, () => new Float64Array(rows).fill(NaN));
  const halves = folds.map(({ heldOut, encoded, partner, sign, agreement }): HeldOutHalf => {
    const has = present.map((one) => heldOut.filter((row) => one[row] === 1));
    const gaps = dataset.modalities.map((modality, m) => gapsOf(modality, has[m]));
    latents.forEach((target, latent) => {
      const m = modalityOf[latent];
      const source = partner[latent];
      const scores = normalScores(Float64Array.from(has[m], (row) => encoded.values[row * layout.latents + source]));
      const tested = gaps[m] ? normalScores(withoutGaps(scores, gaps[m])) : scores;
      has[m].forEach((row, i) => (target[row] = sign[latent] * tested[i]));
    });
    return {
      rows: heldOut,
      units: latents.map((latent) => unitsOf(latent, heldOut, dataset.groups)),
      taken: modalityOf.map((m) => gaps[m]?.columns ?? 0),
      agreement,
    };
  });
  return { halves, latents, leastUnits: dataset.groups ? MIN_GROUPS : MIN_SUBJECTS };
}

/** Normal scores among the values that are there; NaN stays. */
function knownScores(values: Float64Array): Float64Array {
  const scores = normalScores(values.filter((value) => !Number.isNaN(value)));
  let next = 0;
  return values.map((value) => (Number.isNaN(value) ? NaN : scores[next++]));
}

function unitsOf(latent: Float64Array, heldOut: Int32Array, groups: Dataset['groups']): Float64Array {
  const scores = Float64Array.from(heldOut, (row) => latent[row]);
  if (!groups) return scores;
  const members = [...rowsByGroup(Array.from(heldOut, (row) => groups[row])).values()];
  return knownScores(groupMeans(scores, members));
}

/** Whether there are subjects and groups enough to cross-fit. */
export function isEnough(dataset: Dataset, seed: number): boolean {
  const { groups } = dataset;
  const groupsOf = (rows: Int32Array): number =>
    groups ? new Set(Array.from(rows, (row) => groups[row])).size : rows.length;
  return foldSplits(dataset, seed).every(({ test }) => test.length >= MIN_SUBJECTS && groupsOf(test) >= MIN_GROUPS);
}

/** @throws InputError `too-few-subjects` */
export function checkEnough(dataset: Dataset, seed: number): void {
  if (isEnough(dataset, seed)) return;
  throw new InputError(
    'too-few-subjects',
    `${dataset.ids.length} subjects are too few to fit one half and test on the other: 40 are ` +
      'needed, in 20 groups at least where rows belong to groups. Add subjects.',
    { subjects: dataset.ids.length },
  );
}

/** The split of each fold: its test part is in random order and in no other's. Rows of a group stand in one part. */
export function foldSplits({ ids, groups }: Pick<Dataset, 'ids' | 'groups'>, seed: number): Split[] {
  const order = permutation(seedKey(seed), FOLD_STREAM, 0, ids.length);
  if (!groups) return splitsOfSubjects(order);
  const members = [...rowsByGroup(Array.from(order, (row) => groups[row])).values()];
  const halves = cutHalves(members.map((positions) => positions.map((position) => order[position])));
  return halves.map((heldOut, fold) => {
    const { train, validation } = cutValidation(halves.flatMap((half, other) => (other === fold ? [] : half)));
    return {
      train: Int32Array.from(train.flat()).sort(),
      validation: Int32Array.from(validation.flat()).sort(),
      test: Int32Array.from(heldOut.flat()),
    };
  });
}

/** As if every subject were a group, without a list for each of 10⁷. */
function splitsOfSubjects(order: Int32Array): Split[] {
  const halves = Array.from({ length: FOLDS }, (_, fold) => order.filter((_row, i) => i % FOLDS === fold));
  return halves.map((test, fold) => {
    const seen = halves[FOLDS - 1 - fold];
    const size = validationSize(seen.length);
    return { train: seen.slice(size).sort(), validation: seen.slice(0, size).sort(), test };
  });
}

function validationSize(seen: number): number {
  return Math.max(2, Math.round(VALIDATION * seen));
}

/** Rows of one group. */
type Group = readonly number[];

/** The largest groups first, each to the half that has the fewest subjects so far; within a half in the given order. */
function cutHalves(groups: readonly Group[]): Group[][] {
  const sizes = new Array<number>(FOLDS).fill(0);
  const foldOf = new Map<Group, number>();
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold] += group.length;
    foldOf.set(group, fold);
  }
  return sizes.map((_, fold) => groups.filter((group) => foldOf.get(group) === fold));
}

/** The first groups that bring validation nearer to its size, and the others. */
function cutValidation(seen: readonly Group[]): Record<'train' | 'validation', Group[]> {
  const size = validationSize(seen.flat().length);
  const parts = { train: new Array<Group>(), validation: new Array<Group>() };
  let held = 0;
  for (const group of seen) {
    const comesNearer = Math.abs(held + group.length - size) < size - held;
    if (comesNearer) held += group.length;
    parts[comesNearer ? 'validation' : 'train'].push(group);
  }
  return parts;
}

/** The fit's settings for fewer subjects: as many steps, fewer runs, no polish, no decoders: latents are all
 * that is asked of it. */
function foldConfig(config: FitConfig, subjects: number, foldSubjects: number): FitConfig {
  const { passes = 1 } = config;
  const steps = config.epochs * passes * stepsOf(subjects, config.batch);
  const length = fitLength(foldSubjects, kindOfFit(config));
  const batch = Math.min(config.batch, length.batch);
  const epochs = Math.ceil(steps / (length.passes * stepsOf(foldSubjects, batch)));
  return {
    ...config,
    batch,
    epochs,
    passes: length.passes,
    patience: Math.ceil((config.patience * epochs) / config.epochs),
    runs: config.subspaces === 'correlation' ? config.runs : Math.min(config.runs, MOST_RUNS),
    restarts: Math.min(config.restarts, MOST_RESTARTS),
    polish: 0,
    ...(config.decoderEpochs !== undefined && { decoderEpochs: 0 }),
  };
}
