// The sampling design of a study, and what `inspect` says about it. The code that reads it is loaded only if a study
// has one.

import type { StudySurvey } from '../../data/survey.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { SurveyReport } from '../inspection/inspection.js';
import type { SurveySubjects } from './survey.js';

export interface SurveyInspected {
  readonly survey: StudySurvey;
  readonly report: SurveyReport;
}

/** Returns the survey; undefined for a study without one. */
export async function surveyInspected(file: StudyFile, subjects: SurveySubjects): Promise<SurveyInspected | undefined> {
  const config = file.config.survey;
  if (!config) return undefined;
  const { readSurvey } = await import('./survey.js');
  const { surveyReport } = await import('../inspection/survey.js');
  const survey = await readSurvey(file, config, subjects);
  return { survey, report: surveyReport(survey) };
}
