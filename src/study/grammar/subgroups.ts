// The key `subgroups` of a study file: groups of subjects that are compared after a fit. No fit reads it.

import * as z from 'zod';
import { MIN_SUBGROUP, SUBGROUP_COUNTS } from '../../data/subgroups.js';
import { fileList } from './causes.js';
import { formKeys, nameList, tableKeys, type StudyPath } from './tables.js';

const name = z.string().min(1);
const [MIN_COUNT, MAX_COUNT] = SUBGROUP_COUNTS;

export const subgroupsSchema = z.strictObject({
  table: fileList,
  ...formKeys,
  where: tableKeys.where,
  missing: tableKeys.missing,
  recode: tableKeys.recode,
  column: name.describe(
    `Column of the group: numbers or texts with ${MIN_COUNT} to ${MAX_COUNT} values. Subjects without a value are in ` +
      `no group. Groups of fewer than ${MIN_SUBGROUP} subjects are not compared.`,
  ),
  levels: z
    .array(z.union([z.number(), name], { error: 'must be a number or a text' }))
    .min(MIN_COUNT)
    .max(MAX_COUNT)
    .optional()
    .describe(
      'Values of the column in the order of the groups. The second of two is compared with the first. Default: the ' +
        'values of the file, numbers by size and texts by alphabet.',
    ),
  names: z
    .record(name, name)
    .default({})
    .describe('Names of groups for readers, by value, such as `{ 1: men, 2: women }`. Default: the value.'),
  adjust: nameList
    .optional()
    .describe(
      'Covariates, columns of the same table, for which comparisons are adjusted. Columns of texts are categories. ' +
        'Subjects without one of them are left out of the tests. Default: none.',
    ),
  categories: z.array(name).default([]).describe('Columns of `adjust` whose numbers are names, such as a site.'),
  terms: z
    .enum(['linear', 'spline'])
    .default('linear')
    .describe('Effect of a covariate that is not a category: a straight line, or a natural cubic spline.'),
});

export type SubgroupsConfig = z.output<typeof subgroupsSchema>;

/** What is wrong with the combination of keys, and where; undefined if nothing is wrong. */
export function subgroupsProblem({
  column,
  levels = [],
  adjust = [],
  categories,
}: SubgroupsConfig): { readonly at: StudyPath; readonly problem: string } | undefined {
  const circular = adjust.indexOf(column);
  if (circular >= 0) return { at: ['adjust', circular], problem: 'is the column of the groups: take it out of adjust' };
  const repeated = adjust.findIndex((one, i) => adjust.indexOf(one) < i);
  if (repeated >= 0) return { at: ['adjust', repeated], problem: 'repeats an earlier name' };
  const unused = categories.findIndex((one) => !adjust.includes(one));
  if (unused >= 0) return { at: ['categories', unused], problem: 'is not among the columns of adjust' };
  const texts = levels.map(String);
  const twice = texts.findIndex((level, i) => texts.indexOf(level) < i);
  return twice >= 0 ? { at: ['levels', twice], problem: 'repeats an earlier level' } : undefined;
}
