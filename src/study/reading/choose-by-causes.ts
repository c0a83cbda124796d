// Leaves out the subjects that a study with causes cannot use: those without a value of a cause, and those of levels
// that too few subjects have.

import { InputError } from '../../errors/errors.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { ReadCause } from './causes.js';

/** Subjects that a cause leaves out. */
export interface CauseLosses {
  /** Number of subjects without a value. */
  readonly missing: number;
  /** Levels with too few subjects, and how many these are. */
  readonly rare: readonly { readonly level: string; readonly subjects: number }[];
}

/** Subjects that have a value of every cause, and the causes with the levels that remain. */
interface ChosenByCauses {
  /** 1 for subjects that stay. */
  readonly chosen: Uint8Array;
  /** Losses of each cause. A subject that several causes leave out counts for the first. */
  readonly losses: readonly CauseLosses[];
}

interface Candidates {
  readonly ids: readonly string[];
  /** 1 for subjects that may stay. */
  readonly chosen: Uint8Array;
  /** False for new subjects of a fitted model, whose levels may be rare. */
  readonly learning: boolean;
  /** True if nobody is left out. */
  readonly keepUnknownCauses: boolean;
}

/**
 * Leaves out subjects without a value of a cause and, in a study to learn from, subjects of levels that fewer than
 * `minSubjects` have.
 *
 * @throws InputError `no-common-subjects` if no subject has all causes; `too-few-subjects` if the reference has too few
 *   or no other level has enough
 */
export function chooseByCauses(
  file: StudyFile,
  causes: readonly ReadCause[],
  { ids, chosen, learning, keepUnknownCauses }: Candidates,
): ChosenByCauses {
  if (keepUnknownCauses) return { chosen, losses: causes.map(() => ({ missing: 0, rare: [] })) };
  const left = chosen.slice();
  const values = causes.map(({ valueOf }) => Float64Array.from(ids, (id, i) => (left[i] === 1 ? valueOf(id) : NaN)));
  const missing = causes.map((_, c) => leaveOut(left, (i) => Number.isNaN(values[c][i])));
  if (!left.includes(1)) {
    const names = causes.map(({ name }) => name).join(', ');
    throw new InputError(
      'no-common-subjects',
      `${file.locate(['causes'])}: none of the ${ids.length} subjects, as ${ids[0]}, has a value of ${names}`,
    );
  }
  const rare = causes.map(() => new Map<string, number>());
  // A level may become rare because another cause leaves subjects out.
  for (let lost = learning; lost;) {
    lost = false;
    for (const [c, { levels, config }] of causes.entries()) {
      if (!levels) continue;
      const counts = new Uint32Array(levels.length);
      for (let i = 0; i < left.length; i++) if (left[i] === 1) counts[values[c][i]]++;
      const few = [...counts.keys()].filter((level) => counts[level] > 0 && counts[level] < config.minSubjects);
      if (few.length === 0) continue;
      for (const level of few) rare[c].set(levels[level], (rare[c].get(levels[level]) ?? 0) + counts[level]);
      leaveOut(left, (i) => few.includes(values[c][i]));
      lost = true;
    }
  }
  if (learning) for (const [c, cause] of causes.entries()) checkLevels(file, cause, values[c], left);
  const losses = causes.map((_, c) => ({
    missing: missing[c],
    rare: [...rare[c]].map(([level, subjects]) => ({ level, subjects })),
  }));
  return { chosen: left, losses };
}

/** Leaves out the subjects for which this is true, and returns their number. */
function leaveOut(left: Uint8Array, isLost: (subject: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < left.length; i++) {
    if (left[i] === 0 || !isLost(i)) continue;
    left[i] = 0;
    count++;
  }
  return count;
}

function checkLevels(
  file: StudyFile,
  { name, config, levels }: ReadCause,
  values: Float64Array,
  left: Uint8Array,
): void {
  if (!levels) return;
  const present = new Set(values.filter((_, i) => left[i] === 1));
  if (present.has(0) && present.size > 1) return;
  const which = present.has(0) ? 'no level apart from the reference has' : `the reference, ${levels[0]}, does not have`;
  throw new InputError(
    'too-few-subjects',
    `${file.locate(['causes', name])}: ${which} ${config.minSubjects} subjects (minSubjects); add subjects, or lower ` +
      'minSubjects',
    { cause: name },
  );
}
