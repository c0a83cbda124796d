// Draws the splits of the subjects from a seed: training, validation (chooses epochs and restarts), and test.

import { InputError } from '../errors/errors.js';
import type { Split } from './dataset.js';
import { areAscending } from './repeated.js';
import { RandomStream } from '../random/random-stream.js';

/** Sizes of the splits. A size below 1 is a share of the subjects, any other a number of subjects. */
export interface SplitConfig {
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

const MIN_TRAINING = 10;
const MIN_HELD_OUT = 2;

/** Philox stream of the permutation. Simulations use the streams after it. */
export const SPLIT_STREAM = 0;

/**
 * Draws the splits. Subjects are first sorted by id, so the splits do not depend on the order of rows in a file. Row
 * numbers in a split ascend.
 *
 * @param groups group of each subject if rows belong together. Whole groups are drawn, and the splits come as close to
 *   their sizes as that allows
 * @param strata properties of the subjects, such as the level of a cause, by subject: each split gets its share of each
 *   level, most exactly of the first property. A group has the properties of its first row
 * @throws InputError `too-few-subjects`
 */
export function splitSubjects(
  ids: readonly string[],
  config: SplitConfig,
  groups?: readonly string[],
  strata: readonly (readonly string[])[] = [],
): Split {
  const test = splitSize(ids.length, config.test);
  const validation = splitSize(ids.length, config.validation);
  checkSizes(ids.length, { train: ids.length - test - validation, validation, test }, config);
  const split = drawSplit(ids, { validation, test, seed: config.seed }, groups, strata);
  const sizes = { train: split.train.length, validation: split.validation.length, test: split.test.length };
  if (groups) checkSizes(ids.length, sizes, config, ` in ${new Set(groups).size} groups that stay together`);
  return split;
}

/**
 * Draws the splits of new subjects of a fitted model. There may be any number of subjects, and splits may be empty.
 */
export function splitNewSubjects(
  ids: readonly string[],
  config: SplitConfig,
  groups?: readonly string[],
  strata?: readonly (readonly string[])[],
): Split {
  const test = Math.min(ids.length, splitSize(ids.length, config.test));
  const validation = Math.min(ids.length - test, splitSize(ids.length, config.validation));
  return drawSplit(ids, { validation, test, seed: config.seed }, groups, strata);
}

/**
 * Checks that training and validation have enough subjects with each modality, and with two modalities or more unless
 * there is only one.
 *
 * @param present by modality, 1 for subjects that have it
 * @throws InputError `too-few-subjects`
 */
export function checkPresence(
  { train, validation }: Split,
  names: readonly string[],
  present: readonly Uint8Array[],
): void {
  const check = (what: string, has: (subject: number) => boolean): void => {
    const sizes = { train: train.filter(has).length, validation: validation.filter(has).length };
    if (sizes.train >= MIN_TRAINING && sizes.validation >= MIN_HELD_OUT) return;
    throw new InputError(
      'too-few-subjects',
      `${sizes.train} training and ${sizes.validation} validation subjects have ${what}; at least ${MIN_TRAINING} ` +
        `and ${MIN_HELD_OUT} are needed: add subjects, leave a modality out, or change split (sizes, seed)`,
      sizes,
    );
  };
  for (const [m, name] of names.entries()) check(`modality '${name}'`, (subject) => present[m][subject] === 1);
  if (names.length < 2) return;
  check('two modalities or more', (subject) => present.filter((has) => has[subject] === 1).length >= 2);
}

function checkSizes(
  subjects: number,
  { train, validation, test }: Readonly<Record<keyof Split, number>>,
  config: SplitConfig,
  together = '',
): void {
  if (train >= MIN_TRAINING && validation >= MIN_HELD_OUT && (config.test === 0 || test >= MIN_HELD_OUT)) return;
  throw new InputError(
    'too-few-subjects',
    `${subjects} subjects${together} give ${train} for training, ${validation} for validation and ${test} for the ` +
      `test; at least ${MIN_TRAINING}, ${MIN_HELD_OUT} and ${MIN_HELD_OUT} are needed: ` +
      'add subjects, drop fewer, or change split',
    { subjects, train, validation, test },
  );
}

function splitSize(subjects: number, size: number): number {
  return size < 1 ? Math.round(subjects * size) : size;
}

function drawSplit(
  ids: readonly string[],
  { validation, test, seed }: SplitConfig,
  groups: readonly string[] | undefined,
  strata: readonly (readonly string[])[] = [],
): Split {
  const isStratified = strata.length > 0;
  if (!groups && !isStratified) return drawSubjects(ids, { validation, test, seed });
  const rows = rowsByGroup(groups ?? ids);
  const names = [...rows.keys()].sort((a, b) => (a < b ? -1 : 1));
  const drawn = Array.from(new RandomStream(seed, SPLIT_STREAM).permutation(names.length), (at) =>
    rows.get(names[at])!,
  );
  const sizes = { test, validation };
  const rowsOf = { test: new Array<number>(), validation: new Array<number>(), train: new Array<number>() };
  let seen = 0;
  for (const group of inStrata(drawn, strata)) {
    seen += group.length;
    // Without strata, groups of one row first fill the test split, then validation. With strata, which follow one
    // another, the splits fill at the same rate, so that each gets its share of each stratum.
    const share = isStratified ? seen / ids.length : 1;
    const needs = (name: 'test' | 'validation') => {
      const wanted = share * sizes[name];
      return Math.abs(rowsOf[name].length + group.length - wanted) < Math.abs(rowsOf[name].length - wanted);
    };
    rowsOf[needs('test') ? 'test' : needs('validation') ? 'validation' : 'train'].push(...group);
  }
  return {
    test: Int32Array.from(rowsOf.test).sort(),
    validation: Int32Array.from(rowsOf.validation).sort(),
    train: Int32Array.from(rowsOf.train).sort(),
  };
}

/**
 * Returns the groups in the order of the first property, among equal ones in that of the second, and so on. Levels are
 * in the order of their first group.
 */
function inStrata(
  groups: readonly (readonly number[])[],
  strata: readonly (readonly string[])[],
): readonly (readonly number[])[] {
  return strata.reduceRight((ordered, levels) => {
    const positions = rowsByGroup(ordered.map(([first]) => levels[first]));
    return [...positions.values()].flat().map((position) => ordered[position]);
  }, groups);
}

/** As `drawSplit` with a group per row, but without a list for each of a million groups. */
function drawSubjects(ids: readonly string[], { validation, test, seed }: SplitConfig): Split {
  const rows = new Int32Array(ids.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  if (!areAscending(ids)) {
    // A sort reads each id many times, and `ids` may decode an id on every access.
    const texts = Array.from(ids);
    rows.sort((a, b) => (texts[a] < texts[b] ? -1 : 1));
  }
  const drawn = new RandomStream(seed, SPLIT_STREAM).permutation(rows.length);
  for (let i = 0; i < drawn.length; i++) drawn[i] = rows[drawn[i]];
  return {
    test: drawn.slice(0, test).sort(),
    validation: drawn.slice(test, test + validation).sort(),
    train: drawn.slice(test + validation).sort(),
  };
}

/** Returns the row numbers of each group. Groups are in the order of their first row. */
export function rowsByGroup(groups: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const members = rows.get(group);
    if (members) members.push(row);
    else rows.set(group, [row]);
  }
  return rows;
}

/** Largest ratio of groups to rows at which rows count as repetitions. */
const MAX_GROUPS_PER_ROW = 1 / 2;

/**
 * True if rows are repetitions (windows of a recording, for instance) and not subjects of whom some are related. Tests
 * then count each group as one observation.
 */
export function areRepetitions(groups: readonly string[] | undefined): groups is readonly string[] {
  return groups !== undefined && new Set(groups).size <= MAX_GROUPS_PER_ROW * groups.length;
}

/** Returns the mean of the known values of each group; NaN for a group without any. */
export function groupMeans(values: ArrayLike<number>, members: Iterable<readonly number[]>): Float64Array {
  return Float64Array.from(members, (rows) => {
    const known = rows.filter((row) => !Number.isNaN(values[row]));
    return known.reduce((sum, row) => sum + values[row], 0) / known.length;
  });
}
