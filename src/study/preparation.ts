// What a study file says of values between reading and fitting: which columns stay, how they are transformed. The keys
// of a modality besides those of its tables.

import * as z from 'zod';
import type { TransformChoice } from '../data/transform.js';
import { COLUMN_KINDS } from '../likelihoods/index.js';
import { tableKeys } from './tables.js';

const name = z.string().min(1);

const TRANSFORMS = ['log1p', 'cpm', 'clr', 'arcsinh', 'rank'] as const;

export const FILTERS = ['variance', 'mad', 'mean'] as const;

export const preparationKeys = {
  /**
   * log1p: ln(1 + x); cpm: log2 counts per million, as edgeR's; clr: centred log-ratio; arcsinh: asinh(x / cofactor),
   * cofactor 1 unless given; rank: rank-normal scores.
   */
  transform: z
    .union([z.enum(TRANSFORMS), z.strictObject({ arcsinh: z.number().positive() })], {
      error: `must be one of ${TRANSFORMS.join(', ')}, or { arcsinh: cofactor }`,
    })
    .transform((choice): TransformChoice => {
      if (typeof choice === 'object') return { kind: 'arcsinh', cofactor: choice.arcsinh };
      return choice === 'arcsinh' ? { kind: choice, cofactor: 1 } : { kind: choice };
    })
    .optional(),
  /** How the values of a column scatter, by column; `gaussian` where left out. */
  kinds: z.record(name, z.enum(COLUMN_KINDS), { error: `must map columns to ${COLUMN_KINDS.join(', ')}` }).prefault({}),
  /** What counts are relative to, where it is no column of the kind `size`: their total. */
  size: z
    .custom<'total'>((size) => size === 'total', {
      error: 'must be total (a column of sizes has a kind, kinds: { COLUMN: size })',
    })
    .optional(),
  /** Levels of binary, categorical and ordinal columns, in order: no and yes, lowest to highest; by column. */
  levels: z
    .record(name, z.array(z.union([z.number(), name], { error: 'must be a number or a text' })).min(2))
    .prefault({}),
  /** Share of the training split at each end of a column whose values are drawn in to the quantile there. */
  winsorise: z.number().gt(0).lt(0.5).optional(),
  /** Keep the `top` columns by their variance, median absolute deviation or mean in the training split. */
  filter: z.strictObject({ top: z.int().min(1), by: z.enum(FILTERS).default('variance') }).optional(),
  /** Columns that are empty or constant on the training split: an error, or left out. */
  constant: z.enum(['error', 'omit']).default('error'),
  /** Columns that more than this share of the joined subjects lack are left out. */
  maxMissing: z.number().min(0).lt(1).optional(),
} as const;

/** Covariates that every modality's columns are adjusted for. */
export const adjustSchema = z.strictObject({
  /** A file, or files stacked by rows. */
  table: z.union([name, z.array(name).min(1)], { error: 'must be a file or a list of files (stacked by rows)' }),
  /** How the table is written, and what identifies a subject there; as of a modality. */
  id: tableKeys.id,
  delimiter: tableKeys.delimiter,
  decimal: tableKeys.decimal,
  transposed: tableKeys.transposed,
  sheet: tableKeys.sheet,
  part: tableKeys.part,
  columns: z.array(name).min(1),
  /** Those whose numbers are names, as of a batch; columns of texts are names anyway. */
  categories: z.array(name).default([]),
  /** How a column acts that is no category: by a natural cubic spline, or by a straight line. */
  terms: z.enum(['spline', 'linear']).default('spline'),
});
