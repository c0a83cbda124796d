// The sampling design of a study, with the variances that its study file chooses.

import type { SurveyDesign } from '../../data/survey.js';
import type { Study } from '../../study/study.js';
import { jackknife } from './variance.js';

/** Returns the design, aligned with the subjects of the data set; undefined for a study without `survey`. */
export function designOf({ survey }: Pick<Study, 'survey'>): SurveyDesign | undefined {
  if (!survey) return undefined;
  const { design, variance } = survey;
  return variance === 'jackknife' ? { ...design, replicates: jackknife(design) } : design;
}
