// The key `outcomes` of a study file: what latents are related to after a fit. No fit reads them.

import * as z from 'zod';
import { OUTCOME_KINDS } from '../../data/outcomes.js';
import { fileList } from './causes.js';
import { formKeys, nameList, tableKeys, type StudyPath } from './tables.js';

const name = z.string().min(1);

/** Keys of a table that has variables of subjects, and of the covariates in it. */
const variableKeys = {
  table: fileList,
  ...formKeys,
  where: tableKeys.where,
  missing: tableKeys.missing,
  recode: tableKeys.recode,
} as const;

const outcomeKeys = {
  ...variableKeys,
  adjust: nameList
    .optional()
    .describe(
      'Covariates, columns of the same table. Associations with the outcome are adjusted for them. Columns of texts ' +
        'are categories. Subjects without one of them are left out of the tests. Default: none.',
    ),
  categories: z.array(name).default([]).describe('Columns of `adjust` whose numbers are names, such as a site.'),
  terms: z
    .enum(['linear', 'spline'])
    .default('linear')
    .describe('Effect of a covariate that is not a category: a straight line, or a natural cubic spline.'),
};

const measuredOutcome = z.strictObject({
  ...outcomeKeys,
  column: name.describe('Column of the outcome.'),
  kind: z
    .enum(OUTCOME_KINDS)
    .describe(
      '`continuous`: any numbers (r). `ordered`: numbers or levels whose order counts (Spearman’s ρ). `categorical`: ' +
        'levels without an order (η²).',
    ),
  levels: z
    .array(z.union([z.number(), name], { error: 'must be a number or a text' }))
    .min(2)
    .optional()
    .describe(
      'Levels of an `ordered` outcome, lowest first, or of a `categorical` one. Required for an ordered outcome of ' +
        'texts. Default: the levels of the file, numbers by size and texts by alphabet.',
    ),
});

const eventOutcome = z.strictObject({
  ...outcomeKeys,
  time: name.describe('Column of the time until the event, or until the last observation. Times are 0 or more.'),
  event: name.describe(
    'Column that says how the time ended. 1: with the event. 0: the subject was observed until then without it. ' +
      '`recode` changes other codes.',
  ),
});

export const outcomeSchema = z.union([measuredOutcome, eventOutcome], {
  error: 'must have column and kind, or time and event',
});

export type OutcomeConfig = z.output<typeof outcomeSchema>;
/** Where variables of subjects are read. */
export type VariablesConfig = z.output<z.ZodObject<typeof variableKeys>>;

/** What is wrong with an outcome, and where in the outcome; undefined if nothing is wrong. */
export function outcomeProblem(
  config: OutcomeConfig,
): { readonly at: StudyPath; readonly problem: string } | undefined {
  const { adjust = [], categories } = config;
  const columns = 'time' in config ? [config.time, config.event] : [config.column];
  if (columns[0] === columns[1]) return { at: ['event'], problem: 'is the column of the time: name another one' };
  const circular = adjust.findIndex((column) => columns.includes(column));
  if (circular >= 0) return { at: ['adjust', circular], problem: 'is the outcome: take it out of adjust' };
  const repeated = adjust.findIndex((column, i) => adjust.indexOf(column) < i);
  if (repeated >= 0) return { at: ['adjust', repeated], problem: 'repeats an earlier name' };
  const unused = categories.findIndex((column) => !adjust.includes(column));
  if (unused >= 0) return { at: ['categories', unused], problem: 'is not among the columns of adjust' };
  if ('time' in config || config.levels === undefined) return undefined;
  const { kind, levels } = config;
  if (kind === 'continuous') return { at: ['levels'], problem: 'is for levels, and the outcome is continuous' };
  const texts = levels.map(String);
  const twice = texts.findIndex((level, i) => texts.indexOf(level) < i);
  return twice >= 0 ? { at: ['levels', twice], problem: 'repeats an earlier level' } : undefined;
}
