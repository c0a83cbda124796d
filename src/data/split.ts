// Which subjects train, which choose between runs, which judge at the end. Drawn once, by subject, from a seed.

import { InputError } from '../errors.js';
import type { Split } from './dataset.js';
import { areAscending } from './repeated.js';
import { RandomStream } from '../random/random-stream.js';

/** Sizes below 1 are shares of the subjects, others numbers of subjects. */
export interface SplitConfig {
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

const MIN_TRAINING = 10;
const MIN_PART = 2;

/** Philox stream of the permutation; simulations use the streams after it. */
export const SPLIT_STREAM = 0;

/**
 * Draw the parts. Subjects are put in the order of their ids first, so the parts depend on which subjects there are and
 * not on the order of rows in a file. Row numbers inside a part ascend.
 *
 * @param groups of each subject, where rows belong together: whole groups are drawn, in the order of their names, and
 *   the parts come as near to their sizes as that allows
 * @throws InputError `too-few-subjects`
 */
export function splitSubjects(ids: readonly string[], config: SplitConfig, groups?: readonly string[]): Split {
  const test = partSize(ids.length, config.test);
  const validation = partSize(ids.length, config.validation);
  checkSizes(ids.length, { train: ids.length - test - validation, validation, test }, config);
  const parts = drawParts(ids, { validation, test, seed: config.seed }, groups);
  const sizes = { train: parts.train.length, validation: parts.validation.length, test: parts.test.length };
  if (groups) checkSizes(ids.length, sizes, config, ` in ${new Set(groups).size} groups that stay together`);
  return parts;
}

/**
 * The parts for subjects of any number: too small ones are empty. For new subjects of a model that is already fitted.
 */
export function splitNewSubjects(ids: readonly string[], config: SplitConfig, groups?: readonly string[]): Split {
  const test = Math.min(ids.length, partSize(ids.length, config.test));
  const validation = Math.min(ids.length - test, partSize(ids.length, config.validation));
  return drawParts(ids, { validation, test, seed: config.seed }, groups);
}

/**
 * Check that the parts can say something of every modality, and of what modalities have in common.
 *
 * @param present by modality, 1 where a subject has it
 * @throws InputError `too-few-subjects`
 */
export function checkPresence(
  { train, validation }: Split,
  names: readonly string[],
  present: readonly Uint8Array[],
): void {
  const check = (what: string, has: (subject: number) => boolean): void => {
    const sizes = { train: train.filter(has).length, validation: validation.filter(has).length };
    if (sizes.train >= MIN_TRAINING && sizes.validation >= MIN_PART) return;
    throw new InputError(
      'too-few-subjects',
      `${sizes.train} training and ${sizes.validation} validation subjects have ${what}; at least ${MIN_TRAINING} ` +
        `and ${MIN_PART} are needed: add subjects, leave a modality out, or change split (sizes, seed)`,
      sizes,
    );
  };
  for (const [m, name] of names.entries()) check(`modality '${name}'`, (subject) => present[m][subject] === 1);
  check('two modalities or more', (subject) => present.filter((has) => has[subject] === 1).length >= 2);
}

function checkSizes(
  subjects: number,
  { train, validation, test }: Readonly<Record<keyof Split, number>>,
  config: SplitConfig,
  together = '',
): void {
  if (train >= MIN_TRAINING && validation >= MIN_PART && (config.test === 0 || test >= MIN_PART)) return;
  throw new InputError(
    'too-few-subjects',
    `${subjects} subjects${together} give ${train} for training, ${validation} for validation and ${test} for the ` +
      `test; at least ${MIN_TRAINING}, ${MIN_PART} and ${MIN_PART} are needed: ` +
      'add subjects, drop fewer, or change split',
    { subjects, train, validation, test },
  );
}

function partSize(subjects: number, size: number): number {
  return size < 1 ? Math.round(subjects * size) : size;
}

function drawParts(
  ids: readonly string[],
  { validation, test, seed }: SplitConfig,
  groups: readonly string[] | undefined,
): Split {
  if (!groups) return drawSubjects(ids, { validation, test, seed });
  const rows = rowsByGroup(groups);
  const names = [...rows.keys()].sort((a, b) => (a < b ? -1 : 1));
  const sizes = { test, validation };
  const parts = { test: new Array<number>(), validation: new Array<number>(), train: new Array<number>() };
  for (const position of new RandomStream(seed, SPLIT_STREAM).permutation(names.length)) {
    const group = rows.get(names[position])!;
    // Of single subjects the first ones fill the test part, the next ones validation.
    const comesNearer = (part: 'test' | 'validation') =>
      Math.abs(parts[part].length + group.length - sizes[part]) < Math.abs(parts[part].length - sizes[part]);
    parts[comesNearer('test') ? 'test' : comesNearer('validation') ? 'validation' : 'train'].push(...group);
  }
  return {
    test: Int32Array.from(parts.test).sort(),
    validation: Int32Array.from(parts.validation).sort(),
    train: Int32Array.from(parts.train).sort(),
  };
}

/** As `drawParts` of groups of one, without a list for each of a million. */
function drawSubjects(ids: readonly string[], { validation, test, seed }: SplitConfig): Split {
  const rows = new Int32Array(ids.length);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  if (!areAscending(ids)) {
    // Each is read many times, and may have to be unpacked.
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

/** Row numbers of each group, groups in the order of their first row. */
export function rowsByGroup(groups: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const members = rows.get(group);
    if (members) members.push(row);
    else rows.set(group, [row]);
  }
  return rows;
}

/** Share of groups among rows above which most rows are a group of their own. */
const FEW_GROUPS = 1 / 2;

/**
 * Whether rows are repetitions, of a person's windows for instance, rather than subjects of which some are related:
 * then groups are what counts as one wherever something is tested.
 */
export function areRepetitions(groups: readonly string[] | undefined): groups is readonly string[] {
  return groups !== undefined && new Set(groups).size <= FEW_GROUPS * groups.length;
}

/** Means over the rows of each group of what is known there; NaN where nothing is. */
export function groupMeans(values: ArrayLike<number>, members: Iterable<readonly number[]>): Float64Array {
  return Float64Array.from(members, (rows) => {
    const known = rows.filter((row) => !Number.isNaN(values[row]));
    return known.reduce((sum, row) => sum + values[row], 0) / known.length;
  });
}
