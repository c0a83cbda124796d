// The outcomes of a study, and what `inspect` says about them.

import type { Outcome } from '../../data/outcomes.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { OutcomeReport } from '../inspection/inspection.js';
import { outcomeReports } from '../inspection/outcomes.js';
import { readOutcomes, type OutcomeSubjects } from './outcomes.js';

export interface OutcomesInspected {
  readonly outcomes: readonly Outcome[];
  readonly reports: readonly OutcomeReport[];
}

/** @throws what `readOutcomes` throws */
export async function outcomesInspected(file: StudyFile, subjects: OutcomeSubjects): Promise<OutcomesInspected> {
  const outcomes = await readOutcomes(file, subjects);
  return { outcomes, reports: outcomeReports(outcomes, subjects.ids.length) };
}
