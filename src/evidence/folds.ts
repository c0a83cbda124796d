// How subjects are cut into two folds, and what is fitted to each: the settings of the study for fewer subjects.

import type { Dataset, Split } from '../data/dataset.js';
import { rowsByGroup } from '../data/split.js';
import { InputError } from '../errors.js';
import { permutation, seedKey } from '../random/streams.js';
import { fitLength, kindOfFit, stepsOf } from '../study/fit-schema.js';
import type { FitConfig } from '../training/config.js';

/** More folds share training subjects, and tests of dependent folds are not calibrated. */
export const FOLDS = 2;
/**
 * A fold's fit needs the subspaces and which latent is which, not the last bit of either. Encoders that deep canonical
 * correlation has on trial are not cut down: a fragmented one replicates no latent.
 */
const MAX_RUNS = 3;
const MAX_RUNS_REPEATED = 2;
const MAX_RESTARTS = 16;
/** Part of a fold's training subjects that choose epoch and run. */
const VALIDATION = 0.15;
/** Fewer subjects, or fewer groups of them, are not enough to fit one fold and test on the other. */
export const MIN_SUBJECTS = 20;
export const MIN_GROUPS = 10;
/** Stream of the permutation that folds are cut from; far from noise, order and splits. */
const FOLD_STREAM = 0x40000;
/** Between the seeds of repeated splits: far from the seeds that users count up. */
const SPLIT_STRIDE = 1_000_003;

/** Returns the seed of a repeated split, `split` from 0: the first is that of the fit. */
export function seedOfSplit(seed: number, split: number): number {
  return (seed + split * SPLIT_STRIDE) % 2 ** 32;
}

/** True if there are subjects and groups enough to cross-fit. */
export function isEnough(dataset: Pick<Dataset, 'ids' | 'groups'>, seed: number): boolean {
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
    `${dataset.ids.length} subjects are too few to fit one fold and test on the other: 40 are ` +
      'needed, in 20 groups at least where rows belong to groups. Add subjects.',
    { subjects: dataset.ids.length },
  );
}

/** Returns the split of each fold: its test part is in random order. Rows of a group stand in one part. */
export function foldSplits({ ids, groups }: Pick<Dataset, 'ids' | 'groups'>, seed: number): Split[] {
  const order = permutation(seedKey(seed), FOLD_STREAM, 0, ids.length);
  if (!groups) return splitsOfSubjects(order);
  const members = [...rowsByGroup(Array.from(order, (row) => groups[row])).values()];
  const folds = cutFolds(members.map((positions) => positions.map((position) => order[position])));
  return folds.map((heldOut, fold) => {
    const { train, validation } = cutValidation(folds.flatMap((rows, other) => (other === fold ? [] : rows)));
    return {
      train: Int32Array.from(train.flat()).sort(),
      validation: Int32Array.from(validation.flat()).sort(),
      test: Int32Array.from(heldOut.flat()),
    };
  });
}

/** As if every subject were a group, without a list for each of 10⁷. */
function splitsOfSubjects(order: Int32Array): Split[] {
  const folds = Array.from({ length: FOLDS }, (_, fold) => order.filter((_row, i) => i % FOLDS === fold));
  return folds.map((test, fold) => {
    const seen = folds[FOLDS - 1 - fold];
    const size = validationSize(seen.length);
    return { train: seen.slice(size).sort(), validation: seen.slice(0, size).sort(), test };
  });
}

function validationSize(seen: number): number {
  return Math.max(2, Math.round(VALIDATION * seen));
}

/** Rows of one group. */
type Group = readonly number[];

/** Deals the largest groups first, each to the fold that has the fewest subjects so far; folds keep the given order. */
function cutFolds(groups: readonly Group[]): Group[][] {
  const sizes = new Array<number>(FOLDS).fill(0);
  const foldOf = new Map<Group, number>();
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const fold = sizes.indexOf(Math.min(...sizes));
    sizes[fold] += group.length;
    foldOf.set(group, fold);
  }
  return sizes.map((_, fold) => groups.filter((group) => foldOf.get(group) === fold));
}

/** Returns the first groups that bring validation nearer to its size, and the others. */
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

/**
 * Returns the fit's settings for fewer subjects: as many steps, fewer runs, no pruning, no polish and no decoders.
 * @param split number of the repeated split, from 0: repetitions have fewer runs
 */
export function foldConfig(config: FitConfig, subjects: number, foldSubjects: number, split = 0): FitConfig {
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
    runs:
      config.subspaces === 'correlation'
        ? config.runs
        : Math.min(config.runs, split === 0 ? MAX_RUNS : MAX_RUNS_REPEATED),
    restarts: Math.min(config.restarts, MAX_RESTARTS),
    polish: 0,
    pruned: 0,
    ...(config.decoderEpochs !== undefined && { decoderEpochs: 0 }),
  };
}
