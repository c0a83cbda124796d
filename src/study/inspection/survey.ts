// The sampling design of a study for `inspect`.

import type { StudySurvey } from '../../data/survey.js';
import type { SurveyReport } from './inspection.js';

export function surveyReport({ weight, stratum, unit, variance, design, sampled }: StudySurvey): SurveyReport {
  const { weights, strata, units, unitsOfStratum, replicates } = design;
  const rows = [...weights.keys()].filter((row) => weights[row] > 0);
  const inStudy = new Set(rows.map((row) => strata[row]));
  const sum = rows.reduce((total, row) => total + weights[row], 0);
  const squares = rows.reduce((total, row) => total + weights[row] ** 2, 0);
  const present = new Set(rows.map((row) => units[row])).size;
  return {
    weight,
    ...(stratum !== undefined && { stratum }),
    ...(unit !== undefined && { unit }),
    variance,
    sampled,
    subjects: rows.length,
    lacking: weights.length - rows.length,
    strata: inStudy.size,
    units: present,
    lonely: [...inStudy].filter((one) => unitsOfStratum[one] === 1).length,
    degrees: replicates ? replicates.weights.length - 1 : present - inStudy.size,
    effective: squares > 0 ? sum ** 2 / squares : 0,
  };
}
