// Warnings about causes and batches before a fit: what cannot be separated, and levels with few subjects.

import { listing } from '../../quality/importance.js';
import type { Warning } from '../../quality/schema.js';
import { decimals } from '../../text/numbers.js';
import type { Inspection, OverlapReport } from './inspection.js';

/** Association from which two variables count as nearly the same. */
const NEARLY_SAME = 0.9;
/** Minimum number of training subjects of a level: with fewer, its effect on a latent has an error above 0.14 sd. */
const ENOUGH_OF_LEVEL = 50;
/** Minimum number of training subjects of a batch: with fewer, the removal adds an error above 0.3 sd to each column. */
const ENOUGH_OF_BATCH = 10;

/** Returns the warnings about causes and batches, one of each kind. */
export function causeWarnings({ causes = [], overlaps = [], modalities }: Inspection): Warning[] {
  const isSame = (kind: OverlapReport['kind'], cause: string, other: string): boolean =>
    overlaps.some((one) => {
      return one.kind === kind && one.cause === cause && one.with === other && one.association >= NEARLY_SAME;
    });
  const batched = modalities.flatMap(({ name, batches }) => (batches ? [{ name, ...batches }] : []));
  /** True if every modality with these batches has the cause as its batch. */
  const isBatch = ({ kind, cause, with: column }: OverlapReport): boolean =>
    kind === 'batch' && batched.every((one) => one.column !== column || one.same?.includes(cause));
  const same = (kind: OverlapReport['kind']) =>
    overlaps
      .filter((one) => one.kind === kind && one.association >= NEARLY_SAME && !isBatch(one))
      .map(({ cause, with: other, association }) => `${cause} and ${other}: ${decimals(association)}`);
  // Cramér's V does not see one level of many.
  const sameLevels = batched.flatMap(({ name, column, nearlySame = [] }) =>
    nearlySame
      .filter(({ cause }) => !isSame('batch', cause, column))
      .map(({ cause, within }) => `${name}, a level of ${cause} and ${column}: ${decimals(Math.sqrt(1 - within))}`),
  );
  const few = causes.flatMap(({ name, kind, levels = [] }) =>
    levels
      .filter(({ training }) => kind !== 'continuous' && training < ENOUGH_OF_LEVEL)
      .map(({ level, training }) => `${name} ${level}: ${training} subjects`),
  );
  const small = batched.flatMap(({ name, column, levels }) =>
    levels
      .filter(({ training }) => training < ENOUGH_OF_BATCH)
      .map(({ level, training }) => `${name}, ${column} ${level}: ${training} subjects`),
  );
  return [
    ...listing(
      'cause-is-batch-of-modality',
      batched.flatMap(({ name, column, same: causesOf = [] }) =>
        causesOf.map((cause) => `${name}: ${cause} and ${column}`),
      ),
      'In a modality, every batch has only one value of a cause. What the cause does to this modality is not ' +
        'identifiable, and the removal of the batch removes it, too. Other modalities may show the effect.',
    ),
    ...listing(
      'cause-is-nearly-batch',
      [...same('batch'), ...sameLevels],
      'A cause and a batch divide the subjects in nearly the same way (Cramér’s V or correlation, 1 is the same). ' +
        'Few subjects tell their effects apart, so effects of the cause on this modality are uncertain.',
    ),
    ...listing(
      'cause-is-nearly-covariate',
      same('covariate'),
      'A cause and a covariate of adjust are nearly the same (Cramér’s V or correlation, 1 is the same). The ' +
        'adjustment removes the effect of the cause: leave the covariate out.',
    ),
    ...listing(
      'causes-are-nearly-same',
      same('cause'),
      'Two causes are nearly the same (Cramér’s V or correlation, 1 is the same), so an effect of one may be that of ' +
        'the other. Leave one out.',
    ),
    ...listing(
      'few-of-level',
      few,
      `Few training subjects have a level of a cause: below ${ENOUGH_OF_LEVEL}, only large effects are found. Add ` +
        'subjects, or merge levels.',
    ),
    ...listing(
      'small-batches',
      small,
      `Few training subjects belong to a batch: below ${ENOUGH_OF_BATCH}, its removal adds noise to the columns. ` +
        'Merge batches, or leave batch out.',
    ),
  ];
}
