// Numbers of subjects in the roles of a fit, counted in one module so that all sections and outputs agree.

import { count, counted } from '../text/numbers.js';
import type { RunSummary } from '../training/run-folder.js';

export interface SubjectCounts {
  /** Number of rows in the study, in all three splits. */
  readonly study: number;
  /** Number of rows that trained the model. */
  readonly fitted: number;
  /** Number of rows that chose restarts and epochs. */
  readonly validated: number;
  /** Number of rows in the test split, which the fit did not use. */
  readonly heldOut: number;
  /** Number of rows that were tested with models of other subjects; 0 if nothing was tested. */
  readonly tested: number;
  /** Number of groups of the tested rows; left out if the study has none. */
  readonly groups?: number | undefined;
}

/** Counts the subjects of a fit. @param summary run.json */
export function subjectCounts({ subjects, evidence }: Pick<RunSummary, 'subjects' | 'evidence'>): SubjectCounts {
  const { train, validation, test } = subjects;
  return {
    study: train + validation + test,
    fitted: train,
    validated: validation,
    heldOut: test,
    tested: evidence?.tested ? evidence.subjects : 0,
    groups: evidence?.groups,
  };
}

/** Returns "1,000 subjects", or "1,000 rows of 40 groups". */
export function subjectsText({
  subjects,
  groups,
}: {
  readonly subjects: number;
  readonly groups?: number | undefined;
}): string {
  return groups === undefined
    ? counted(subjects, 'subject')
    : `${counted(subjects, 'row')} of ${counted(groups, 'group')}`;
}

/** Returns the roles of the subjects in two sentences. */
export function countsText({ study, fitted, validated, heldOut, tested, groups }: SubjectCounts): string {
  const heldOutText = heldOut === 0 ? 'none was held out' : `${count(heldOut)} were held out`;
  const fit =
    `Of ${subjectsText({ subjects: study, groups })}, ${count(fitted)} trained the model, ` +
    `${count(validated)} chose between its restarts, and ${heldOutText}.`;
  if (tested === 0) return `${fit} None was tested.`;
  const who = tested === study ? 'All of them were' : `${count(tested)} were`;
  return `${fit} ${who} tested, each with latents from models that had not seen it.`;
}
