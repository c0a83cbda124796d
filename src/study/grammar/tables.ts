// Keys of a table: its files, its columns, and the meaning of its codes. Modalities have them, and so do the variables
// of a discovery.

import * as z from 'zod';
import { MODALITY_NAME } from '../../data/dataset.js';
import { DELIMITERS } from '../../files/delimiter.js';
import { tableIdSchema } from './subject-id.js';

const name = z.string().min(1);
export const nameList = z.array(name).min(1);

export const modalityName = z.string().regex(MODALITY_NAME);

export const tableSchema = z
  .union([name, nameList, z.array(nameList).min(1)], {
    error: 'must be a file, a list of files (stacked by rows) or a list of such lists (joined by columns)',
  })
  .describe('One file, a list of files that are stacked by rows, or a list of such lists that are joined on the id.');

const hasOne = (range: object) => Object.values(range).some((end) => end !== undefined);

const codeList = z.array(z.union([z.number(), name], { error: 'must be a number or a text' })).min(1);
const codeValues = z.record(name, z.number().nullable(), { error: 'must map codes to numbers' });

const rangeKeys = {
  from: z.number().optional().describe('Minimum, included. Default: none.'),
  to: z.number().optional().describe('Maximum, included. Default: none.'),
};

export const rangeSchema = z.strictObject(rangeKeys).refine(hasOne, { error: 'must have from, to or both' });

const RULE_SHAPE = 'must have from, to or both, or is';
const isRule = ({ is, ...range }: { readonly is?: unknown; readonly from?: number; readonly to?: number }) =>
  (is === undefined) === hasOne(range);

/** A rule of `where` of a modality: a range, or a list of values. */
const ruleSchema = z
  .strictObject({
    ...rangeKeys,
    is: z.array(z.number()).min(1).optional().describe('Values, instead of a range. Default: none.'),
  })
  .refine(isRule, { error: RULE_SHAPE });

/** A rule of `where` of the cohort, whose values may be texts. */
export const cohortRuleSchema = z
  .strictObject({
    ...rangeKeys,
    is: z
      .array(z.union([z.number(), name], { error: 'must be a number or a text' }))
      .min(1)
      .optional()
      .describe('Values, numbers or texts, instead of a range. Default: none.'),
  })
  .refine(isRule, { error: RULE_SHAPE });

export type RowRule = z.output<typeof cohortRuleSchema>;

const skipSchema = z.strictObject({
  when: name.describe('Column that says why the cell is empty.'),
  is: z.array(z.number()).min(1).describe('Codes of that column for which the question was skipped.'),
  value: z.number().describe('Value of the empty cell.'),
});

const limitsSchema = z
  .strictObject({
    lower: z.number().positive().optional().describe('Lower limit of detection. Default: none.'),
    upper: z.number().optional().describe('Upper limit of measurement. Default: none.'),
  })
  .refine(hasOne, { error: 'must have lower, upper or both' });

/** Keys of a table that say how its file is written. */
export const formKeys = {
  id: tableIdSchema
    .optional()
    .describe("Identifies a subject in this table, if that differs from the study. Default: the study's `id`."),
  delimiter: z
    .enum(DELIMITERS)
    .optional()
    .describe('Character that separates the cells of a text table. Default: found in the header.'),
  decimal: z.enum(['.', ',']).optional().describe('Decimal mark of a text table. Default: `.`.'),
  sheet: z
    .union([name, z.int().min(1)], { error: 'must be the name of a sheet, or its number from 1' })
    .optional()
    .describe('Sheet of an .xlsx file: its name, or its number from 1. Default: the only sheet.'),
  part: name
    .optional()
    .describe(
      'Part of a file with several tables, such as `layers/counts`, `obs`, `obsm/X_pca` or `rna/X`, or a feature ' +
        'type of a 10x matrix. Default: `X`, or the only part.',
    ),
  transposed: z
    .boolean()
    .optional()
    .describe('`true`: rows are variables and columns are subjects. Text tables only. Default: `false`.'),
} as const;

export const tableKeys = {
  table: tableSchema,
  ...formKeys,
  censored: z
    .union([z.boolean(), nameList], { error: 'must be true, false or a list of columns' })
    .optional()
    .describe(
      'Columns in which `<0.5` is a value below a limit and becomes 0.5 / √2, and `>100` is a value above a limit ' +
        'and becomes 100. `true`: all columns. Default: none.',
    ),
  percent: nameList.optional().describe('Columns whose cells have a percent sign. `12 %` becomes 12. Default: none.'),
  columns: nameList
    .optional()
    .describe('Columns to use, in this order. Default: all numeric columns except the id and those in `omit`.'),
  omit: nameList.optional().describe('Columns to leave out. Excludes `columns`. Default: none.'),
  where: z
    .record(z.string(), ruleSchema)
    .prefault({})
    .describe(
      'Rows to use, by ranges or values of columns: a row is used if it meets all of these rules, as the file has ' +
        'the values. A missing value meets no rule. To choose people for the whole study, write `cohort`. ' +
        'Default: all rows.',
    ),
  repeats: z
    .strictObject({
      minRows: z
        .int()
        .min(1)
        .default(1)
        .describe('Minimum number of rows of a subject. Subjects with fewer are left out.'),
    })
    .optional()
    .describe(
      'Averages several rows of a subject, such as days or visits. A column that is written `NAME.sd` is their ' +
        'standard deviation. Default: a subject has one row.',
    ),
  skips: z
    .record(z.string(), skipSchema)
    .prefault({})
    .describe(
      'Answers to questions that the survey skipped, by column: an empty cell becomes `value` if the column `when` ' +
        'has one of the codes in `is`. Default: none.',
    ),
  missing: z
    .union([codeList, z.record(z.string(), codeList)], { error: 'must be codes, or lists by column' })
    .prefault({})
    .describe(
      'Codes, numbers or texts, that stand for a missing value: lists by column, or one list for all columns. ' +
        'Default: none.',
    ),
  recode: z
    .union([codeValues, z.record(z.string(), codeValues)], {
      error: 'must map codes to numbers, or columns to such maps',
    })
    .prefault({})
    .describe(
      'Values of codes: maps by column, or one map for all columns. `null` is missing; other codes do not change. ' +
        'Default: none.',
    ),
  limits: z
    .record(z.string(), limitsSchema)
    .prefault({})
    .describe(
      'Limits of measurement, by column: a value below `lower` becomes lower / √2, and a value above `upper` becomes ' +
        'upper. Default: none.',
    ),
  labels: z
    .record(z.string(), name)
    .prefault({})
    .describe('Names for people with units, by column. Reports show them. Default: the name of the column.'),
} as const;

/** Keys and positions in lists that lead to a place in the study file. */
export type StudyPath = readonly (string | number)[];

export const tableGroupSchema = z.strictObject(tableKeys);

export type TableConfig = z.output<typeof tableGroupSchema>;

/** Returns the files of each joined part, with their places in the study file. */
export function filesOf(table: TableConfig['table']): { files: readonly string[]; paths: (string | number)[][] }[] {
  if (typeof table === 'string') return [{ files: [table], paths: [['table']] }];
  if (isFileList(table)) return [{ files: table, paths: table.map((_, i) => ['table', i]) }];
  return table.map((files, group) => ({ files, paths: files.map((_, i) => ['table', group, i]) }));
}

function isFileList(table: readonly string[] | readonly (readonly string[])[]): table is readonly string[] {
  return typeof table[0] === 'string';
}
