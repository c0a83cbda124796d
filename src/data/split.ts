// Which subjects train, which choose between runs, which judge at the end. Drawn once, by subject, from a seed.

import { InputError } from '../errors.js';
import type { Split } from './dataset.js';
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
 * @throws InputError `too-few-subjects`
 */
export function splitSubjects(ids: readonly string[], config: SplitConfig): Split {
  const test = partSize(ids.length, config.test);
  const validation = partSize(ids.length, config.validation);
  const train = ids.length - test - validation;
  if (train < MIN_TRAINING || validation < MIN_PART || (config.test > 0 && test < MIN_PART)) {
    throw new InputError(
      'too-few-subjects',
      `${ids.length} subjects give ${train} for training, ${validation} for validation and ${test} for the test; ` +
        `at least ${MIN_TRAINING}, ${MIN_PART} and ${MIN_PART} are needed: add subjects, drop fewer, or change split`,
      { subjects: ids.length, train, validation, test },
    );
  }
  return drawParts(ids, { validation, test, seed: config.seed });
}

/**
 * The parts for subjects of any number: too small ones are empty. For new subjects of a model that is already fitted.
 */
export function splitNewSubjects(ids: readonly string[], config: SplitConfig): Split {
  const test = Math.min(ids.length, partSize(ids.length, config.test));
  const validation = Math.min(ids.length - test, partSize(ids.length, config.validation));
  return drawParts(ids, { validation, test, seed: config.seed });
}

function partSize(subjects: number, size: number): number {
  return size < 1 ? Math.round(subjects * size) : size;
}

function drawParts(ids: readonly string[], { validation, test, seed }: SplitConfig): Split {
  const byId = Int32Array.from(ids.keys()).sort((a, b) => (ids[a] < ids[b] ? -1 : 1));
  const drawn = new RandomStream(seed, SPLIT_STREAM).permutation(ids.length).map((position) => byId[position]);
  return {
    test: drawn.slice(0, test).sort(),
    validation: drawn.slice(test, test + validation).sort(),
    train: drawn.slice(test + validation).sort(),
  };
}
