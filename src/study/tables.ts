// What a study file says of tables: which files, which columns, and what their codes mean. The keys of a modality, and
// of the variables of a discovery.

import * as z from 'zod';
import { isModalityName } from '../data/dataset.js';
import { DELIMITERS } from '../files/delimiter.js';
import { tableIdSchema } from './subject-id.js';

const name = z.string().min(1);
export const nameList = z.array(name).min(1);

export const modalityName = z.string().refine(isModalityName);

/** One file, a list of files stacked by rows, or a list of such lists joined by columns. */
const tableSchema = z.union([name, nameList, z.array(nameList).min(1)], {
  error: 'must be a file, a list of files (stacked by rows) or a list of such lists (joined by columns)',
});

const hasOne = (range: object) => Object.values(range).some((end) => end !== undefined);

const codeList = z.array(z.union([z.number(), name], { error: 'must be a number or a text' })).min(1);
const codeValues = z.record(name, z.number().nullable(), { error: 'must map codes to numbers' });

export const tableKeys = {
  table: tableSchema,
  /** What identifies a subject here, where it is not as in the study. */
  id: tableIdSchema.optional(),
  /** What separates cells, where the header does not show it. */
  delimiter: z.enum(DELIMITERS).optional(),
  decimal: z.enum(['.', ',']).optional(),
  /** The sheet of an .xlsx, by its name or its number from 1. */
  sheet: z.union([name, z.int().min(1)], { error: 'must be the name of a sheet, or its number from 1' }).optional(),
  /** The part of a file with several tables: layers/counts, obs, obsm/X_pca, rna/X; a type of 10x's features. */
  part: name.optional(),
  /** Rows are variables, columns are subjects. */
  transposed: z.boolean().optional(),
  /** Columns in which `<0.5` is a value below a limit of measurement, `>100` one above; true: all. */
  censored: z.union([z.boolean(), nameList], { error: 'must be true, false or a list of columns' }).optional(),
  /** Columns whose cells have a percent sign. */
  percent: nameList.optional(),
  /** Columns to use; without it all numeric columns but the id and those in `omit`. */
  columns: nameList.optional(),
  omit: nameList.optional(),
  /** Rows to use: those whose values in these columns, as in the file, all lie in their ranges. */
  where: z
    .record(
      z.string(),
      z
        .strictObject({ from: z.number().optional(), to: z.number().optional() })
        .refine(hasOne, { error: 'must have from, to or both' }),
    )
    .prefault({}),
  /**
   * Several rows of a subject, one per day or per visit, become their means, and standard deviations as `<column>.sd`.
   */
  repeats: z.strictObject({ least: z.int().min(1).default(1) }).optional(),
  /** The answer to a question that the survey skipped: `value` where column `when` holds one of `is`. */
  skips: z
    .record(z.string(), z.strictObject({ when: name, is: z.array(z.number()).min(1), value: z.number() }))
    .prefault({}),
  /** Codes, numbers or texts, that stand for a missing value: by column, or a list for all columns. */
  missing: z
    .union([codeList, z.record(z.string(), codeList)], { error: 'must be codes, or lists by column' })
    .prefault({}),
  /** The value of a code, by column or for all columns; null is missing, other codes stay. */
  recode: z
    .union([codeValues, z.record(z.string(), codeValues)], {
      error: 'must map codes to numbers, or columns to such maps',
    })
    .prefault({}),
  /**
   * By column, the limits of measurement: a value below `lower` becomes lower / √2, one above `upper` becomes upper.
   */
  limits: z
    .record(
      z.string(),
      z
        .strictObject({ lower: z.number().positive().optional(), upper: z.number().optional() })
        .refine(hasOne, { error: 'must have lower, upper or both' }),
    )
    .prefault({}),
  /** Names for people, with units, by column. */
  labels: z.record(z.string(), name).prefault({}),
} as const;

/** Keys and list positions that lead to a place in the study file. */
export type StudyPath = readonly (string | number)[];

export const tableGroupSchema = z.strictObject(tableKeys);

export type TableConfig = z.output<typeof tableGroupSchema>;

/** The files of each joined part, with their places in the study file. */
export function filesOf(table: TableConfig['table']): { files: readonly string[]; paths: (string | number)[][] }[] {
  if (typeof table === 'string') return [{ files: [table], paths: [['table']] }];
  if (isFileList(table)) return [{ files: table, paths: table.map((_, i) => ['table', i]) }];
  return table.map((files, group) => ({ files, paths: files.map((_, i) => ['table', group, i]) }));
}

function isFileList(table: readonly string[] | readonly (readonly string[])[]): table is readonly string[] {
  return typeof table[0] === 'string';
}
