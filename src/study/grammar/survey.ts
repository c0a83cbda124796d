// The key `survey` of a study file: the sampling design. It is used for figures and tests after a fit. No fit reads it.

import * as z from 'zod';
import { LONELY_RULES } from '../../data/survey.js';
import { formKeys, nameList, tableKeys } from './tables.js';

const name = z.string().min(1);

export const surveySchema = z.strictObject({
  table: z
    .union([name, nameList], { error: 'must be a file or a list of files (stacked by rows)' })
    .describe(
      'One file, or a list of files that are stacked by rows. It should have everybody who was sampled, because ' +
        'people outside of the study count for the number of units.',
    ),
  ...formKeys,
  weight: name.describe(
    'Column of the sampling weight. People with a weight of 0, or without one, are not in the sample.',
  ),
  stratum: name.optional().describe('Column of the stratum, a number or a text. Default: one stratum.'),
  unit: name
    .optional()
    .describe(
      'Column of the primary sampling unit, which may have the same numbers in each stratum. Default: each ' +
        'subject, or each `group`, is a unit.',
    ),
  lonely: z
    .enum(LONELY_RULES)
    .default('adjust')
    .describe(
      'Variance of a stratum with one sampled unit. `adjust`: by its deviation from the mean of all strata. ' +
        '`certainty`: 0. `fail`: an error.',
    ),
  variance: z
    .enum(['linearised', 'jackknife'])
    .default('linearised')
    .describe('How variances are estimated, without `replicates`: Taylor linearisation, or the jackknife JKn.'),
  replicates: z
    .strictObject({
      columns: nameList.describe('Columns of replicate weights, which contain the sampling weight.'),
      scale: z
        .number()
        .positive()
        .describe(
          'Factor of the sum of squares over replicates: 1 / R for balanced repeated replication (BRR), ' +
            '1 / (R (1 − ρ)²) for Fay’s method, (R − 1) / R for the jackknife JK1, 1 / (R − 1) for the ' +
            'bootstrap.',
        ),
      factors: z
        .array(z.number().min(0))
        .optional()
        .describe('Factor of each replicate, for the jackknife JKn. Default: 1.'),
    })
    .optional()
    .describe('Replicate weights that the survey publishes, from which variances are estimated. Default: none.'),
  subgroups: nameList
    .optional()
    .describe('Columns whose levels are subgroups, of which `table survey-means` has the means. Default: none.'),
  labels: tableKeys.labels,
});

export type SurveyConfig = z.output<typeof surveySchema>;

/** Returns what is wrong with the combination of keys, and where; undefined if nothing is wrong. */
export function surveyProblem({
  replicates,
  variance,
}: SurveyConfig): { readonly at: readonly string[]; readonly problem: string } | undefined {
  if (!replicates) return undefined;
  if (variance === 'jackknife') return { at: ['variance'], problem: 'excludes replicates: leave one of them out' };
  const { columns, factors } = replicates;
  if (factors && factors.length !== columns.length) {
    const problem = `has ${factors.length} numbers, and there are ${columns.length} replicates; write one for each`;
    return { at: ['replicates', 'factors'], problem };
  }
  return undefined;
}
