// How many subjects did what in a fit: the one place that counts them, so that all sections and outputs agree.

import { count, counted } from '../format.js';
import type { RunSummary } from '../training/run-folder.js';

export interface SubjectCounts {
  /** Rows of the study, in all three parts of its split. */
  readonly study: number;
  /** Rows that trained the model. */
  readonly fitted: number;
  /** Rows that chose between restarts and epochs. */
  readonly validated: number;
  /** Rows that no part of the fit saw. */
  readonly heldOut: number;
  /** Rows that were encoded by models of other subjects and tested; 0 where nothing was tested. */
  readonly tested: number;
  /** Groups that the tested rows belong to; left out where the study has none. */
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

/** Returns who did what, in two sentences. */
export function countsText({ study, fitted, validated, heldOut, tested, groups }: SubjectCounts): string {
  const kept = heldOut === 0 ? 'none was held out' : `${count(heldOut)} were held out`;
  const fit =
    `Of ${subjectsText({ subjects: study, groups })}, ${count(fitted)} trained the model, ` +
    `${count(validated)} chose between its restarts, and ${kept}.`;
  if (tested === 0) return `${fit} None was tested.`;
  const who = tested === study ? 'All of them were' : `${count(tested)} were`;
  return `${fit} ${who} tested, each with latents from models that had not seen it.`;
}
