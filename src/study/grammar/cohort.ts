// The key `cohort` of a study file: the people whom the study is about.

import * as z from 'zod';
import { cohortRuleSchema, formKeys, tableSchema, type RowRule } from './tables.js';

export const cohortSchema = z.strictObject({
  table: tableSchema,
  ...formKeys,
  where: z
    .record(z.string().min(1), cohortRuleSchema)
    .prefault({})
    .describe(
      'Rules by column, as the file has the values: a subject belongs to the cohort if it meets all of them. A ' +
        'missing value meets no rule. Default: all subjects of the table.',
    ),
});

/** Returns a rule as a text, such as `RIDAGEYR from 18 to 59`. */
export function ruleText(column: string, { is, from, to }: RowRule): string {
  if (is) return `${column} is ${is.join(' or ')}`;
  return [column, ...(from === undefined ? [] : [`from ${from}`]), ...(to === undefined ? [] : [`to ${to}`])].join(' ');
}
