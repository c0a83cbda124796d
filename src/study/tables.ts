// What a study file says of tables: which files, which columns, and what their codes mean. The keys of a modality, and
// of the variables of a discovery.

import * as z from 'zod';
import { isModalityName } from '../data/dataset.js';

const name = z.string().min(1);
export const nameList = z.array(name).min(1);

export const modalityName = z.string().refine(isModalityName);

/** One file, a list of files stacked by rows, or a list of such lists joined by columns. */
const tableSchema = z.union([name, nameList, z.array(nameList).min(1)], {
  error: 'must be a file, a list of files (stacked by rows) or a list of such lists (joined by columns)',
});

const hasOne = (range: object) => Object.values(range).some((end) => end !== undefined);

export const tableKeys = {
  table: tableSchema,
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
  /** Codes that stand for a missing value, by column. */
  missing: z.record(z.string(), z.array(z.number()).min(1)).prefault({}),
  /** By column, the value of a code; null is missing, other codes stay. */
  recode: z
    .record(
      z.string(),
      z.record(z.string().regex(/^[-+]?\d+(\.\d+)?$/), z.number().nullable(), { error: 'must map codes to numbers' }),
    )
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
