// Divides subjects into two folds, and adapts the settings of the fit to the smaller number of subjects.

import type { Cause } from '../data/causes.js';
import type { Dataset, Split } from '../data/dataset.js';
import { rowsByGroup } from '../data/split.js';
import { InputError } from '../errors/errors.js';
import { permutation, seedKey } from '../random/streams.js';
import { fitLength, kindOfFit, stepsOf } from '../training/fit-schema.js';
import type { FitConfig } from '../training/config.js';

/** Number of folds. More folds would share training subjects, and tests of dependent folds are not calibrated. */
export const FOLDS = 2;
/**
 * Limits of restarts in the fit of a fold, which needs approximate subspaces and components. Encoder restarts of deep
 * canonical correlation are not limited: a fragmented encoder replicates no latent.
 */
const MAX_ENCODER_RESTARTS = 3;
const MAX_ENCODER_RESTARTS_REPEATED = 2;
const MAX_COMPONENT_RESTARTS = 16;
/** Share of the training subjects of a fold that choose the epoch and the restart. */
const VALIDATION = 0.15;
/** Minimum number of subjects and of groups to fit one fold and test on the other. */
export const MIN_SUBJECTS = 20;
export const MIN_GROUPS = 10;
/** Philox stream of the permutation that determines the folds; far from the streams of noise, order and splits. */
const FOLD_STREAM = 0x40000;
/** Distance between the seeds of repeated splits, far from the consecutive seeds that users choose. */
const SPLIT_STRIDE = 1_000_003;

/** Returns the seed of a repeated split, counted from 0. The first is the seed of the fit. */
export function seedOfSplit(seed: number, split: number): number {
  return (seed + split * SPLIT_STRIDE) % 2 ** 32;
}

/** Subjects, and what their folds depend on. */
type Divided = Pick<Dataset, 'ids' | 'groups' | 'causes'>;

/** True if there are enough subjects and groups to cross-fit. */
export function isEnough(dataset: Divided, seed: number): boolean {
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
    `${dataset.ids.length} subjects are too few to fit one fold and test on the other: at least 40 are needed, and ` +
      'at least 20 groups if rows belong to groups. Add subjects.',
    { subjects: dataset.ids.length },
  );
}

/**
 * Returns the split of each fold. Its test split is in random order. All rows of a group are in the same split. The
 * subjects (or groups) with a level of a cause are divided evenly, so that each fold has half of a small level.
 */
export function foldSplits({ ids, groups, causes }: Divided, seed: number): Split[] {
  const order = permutation(seedKey(seed), FOLD_STREAM, 0, ids.length);
  const levelsOf = causeLevels(causes);
  if (!groups) return splitsOfSubjects(order, levelsOf && stratifiedFolds(order, levelsOf));
  const members = [...rowsByGroup(Array.from(order, (row) => groups[row])).values()];
  const folds = cutFolds(
    members.map((positions) => positions.map((position) => order[position])),
    levelsOf,
  );
  return folds.map((heldOut, fold) => {
    const { train, validation } = cutValidation(folds.flatMap((rows, other) => (other === fold ? [] : rows)));
    return {
      train: Int32Array.from(train.flat()).sort(),
      validation: Int32Array.from(validation.flat()).sort(),
      test: Int32Array.from(heldOut.flat()),
    };
  });
}

/** Returns the levels of all categorical causes of a row as a text; undefined if there is no such cause. */
function causeLevels(causes: readonly Cause[] = []): ((row: number) => string) | undefined {
  const categorical = causes.filter(({ kind }) => kind === 'categorical');
  return categorical.length === 0 ? undefined : (row) => categorical.map(({ values }) => values[row]).join();
}

/** Returns the fold of each row: the rows of a level alternate. */
function stratifiedFolds(order: Int32Array, levelsOf: (row: number) => string): Uint8Array {
  const folds = new Uint8Array(order.length);
  let next = 0;
  for (const positions of rowsByGroup(Array.from(order, levelsOf)).values()) {
    for (const position of positions) folds[order[position]] = next++ % FOLDS;
  }
  return folds;
}

/**
 * Does the same as if every subject were a group, without the memory of up to 10⁷ lists.
 * @param foldOf fold by row; rows alternate when left out
 */
function splitsOfSubjects(order: Int32Array, foldOf?: Uint8Array): Split[] {
  const folds = Array.from({ length: FOLDS }, (_, fold) =>
    order.filter((row, i) => (foldOf ? foldOf[row] : i % FOLDS) === fold),
  );
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

/**
 * Assigns the largest groups first, each to the fold with the fewest subjects so far. Folds keep the order of groups.
 * @param levelsOf levels of the causes of a row: groups with the same levels count for themselves
 */
function cutFolds(groups: readonly Group[], levelsOf: (row: number) => string = () => ''): Group[][] {
  const foldOf = new Map<Group, number>();
  const total = new Array<number>(FOLDS).fill(0);
  const sizesOf = new Map<string, number[]>();
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const levels = [...new Set(group.map(levelsOf))].sort().join(' ');
    const sizes = sizesOf.get(levels) ?? new Array<number>(FOLDS).fill(0);
    sizesOf.set(levels, sizes);
    const isLess = (a: number, b: number) => sizes[a] - sizes[b] || total[a] - total[b];
    const [fold] = [...sizes.keys()].sort(isLess);
    sizes[fold] += group.length;
    total[fold] += group.length;
    foldOf.set(group, fold);
  }
  return total.map((_, fold) => groups.filter((group) => foldOf.get(group) === fold));
}

/**
 * Divides groups: each goes to the validation split if that brings its size closer to the target, otherwise to
 * training.
 */
function cutValidation(seen: readonly Group[]): Record<'train' | 'validation', Group[]> {
  const size = validationSize(seen.flat().length);
  const result = { train: new Array<Group>(), validation: new Array<Group>() };
  let held = 0;
  for (const group of seen) {
    const isCloser = Math.abs(held + group.length - size) < size - held;
    if (isCloser) held += group.length;
    result[isCloser ? 'validation' : 'train'].push(group);
  }
  return result;
}

/**
 * Returns the settings of the fit for fewer subjects: the same number of steps, fewer restarts, no pruning, no polish
 * and no decoders.
 * @param split number of the repeated split, from 0; later splits have fewer restarts
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
    encoderRestarts:
      config.subspaces === 'correlation'
        ? config.encoderRestarts
        : Math.min(config.encoderRestarts, split === 0 ? MAX_ENCODER_RESTARTS : MAX_ENCODER_RESTARTS_REPEATED),
    componentRestarts: Math.min(config.componentRestarts, MAX_COMPONENT_RESTARTS),
    polish: 0,
    pruned: 0,
    ...(config.decoderEpochs !== undefined && { decoderEpochs: 0 }),
  };
}

/** Returns the numbers below `count` for which `holds` is true. */
export function rowsWhere(count: number, holds: (row: number) => boolean): Int32Array {
  const rows = new Int32Array(count);
  let length = 0;
  for (let row = 0; row < count; row++) if (holds(row)) rows[length++] = row;
  return rows.subarray(0, length);
}
