// Keys of a modality that prepare values between reading and fitting: which columns stay, how they are transformed, and
// what kind they have.

import * as z from 'zod';
import type { TransformChoice } from '../../data/transform.js';
import { kindSchema } from '../../data/kind-schema.js';
import { LEVEL_KINDS } from '../../data/kinds.js';
import { COLUMN_KINDS } from '../../likelihoods/kinds.js';
import { formKeys } from './tables.js';

const name = z.string().min(1);

const TRANSFORMS = ['log1p', 'cpm', 'clr', 'arcsinh', 'rank'] as const;

const FILTERS = ['variance', 'mad', 'mean'] as const;

export const preparationKeys = {
  transform: z
    .union(
      [z.enum(TRANSFORMS), z.strictObject({ arcsinh: z.number().positive().describe('Cofactor of the transform.') })],
      { error: `must be one of ${TRANSFORMS.join(', ')}, or { arcsinh: cofactor }` },
    )
    .transform((choice): TransformChoice => {
      if (typeof choice === 'object') return { kind: 'arcsinh', cofactor: choice.arcsinh };
      return choice === 'arcsinh' ? { kind: choice, cofactor: 1 } : { kind: choice };
    })
    .optional()
    .describe(
      'Transform of the measurements. `log1p`: ln(1 + x). `cpm`: log2 counts per million, as in edgeR. `clr`: ' +
        'centred log-ratio. `arcsinh`: asinh(x / cofactor), with cofactor 1 if none is written. `rank`: rank-normal ' +
        'scores. ' +
        'Default: none.',
    ),
  kinds: z
    .record(name, kindSchema, { error: `must map columns to ${COLUMN_KINDS.join(', ')}` })
    .prefault({})
    .describe(
      'Kinds of columns, by column. The kind chooses the likelihood of the column; `size` is what counts are ' +
        'relative to. Columns of texts are read only if they have a kind. Default: `gaussian`.',
    ),
  size: z
    .custom<'total'>((size) => size === 'total', {
      error: 'must be total (a column of sizes has a kind, kinds: { COLUMN: size })',
    })
    .optional()
    .meta({
      const: 'total',
      description:
        '`total`: counts are relative to their sum in each subject. A column that they are relative to has the kind ' +
        '`size` instead. Default: counts are not relative.',
    }),
  levels: z
    .record(name, z.array(z.union([z.number(), name], { error: 'must be a number or a text' })).min(2))
    .prefault({})
    .describe(
      `Levels of columns whose kind is ${LEVEL_KINDS.join(', ')}, by column, in order: no and yes, or lowest to ` +
        'highest. ' +
        'Default: the levels of the file, numbers by size and texts by alphabet.',
    ),
  winsorise: z
    .number()
    .gt(0)
    .lt(0.5)
    .optional()
    .describe(
      'Share of each end of a column. Values beyond this quantile of the training split become the quantile. ' +
        'Default: none.',
    ),
  filter: z
    .strictObject({
      top: z.int().min(1).describe('Number of columns to keep.'),
      by: z
        .enum(FILTERS)
        .default('variance')
        .describe('Ranks columns by their variance, median absolute deviation (`mad`) or mean.'),
    })
    .optional()
    .describe('Keeps the columns with the largest values of a statistic in the training split. Default: all columns.'),
  constant: z
    .enum(['error', 'omit'])
    .default('error')
    .describe('Treatment of columns that are empty or constant on the training split: an error, or left out.'),
  maxMissing: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe(
      'Maximum share of subjects without a value of a column. Columns with more are left out. Default: no maximum.',
    ),
} as const;

export const adjustSchema = z.strictObject({
  table: z
    .union([name, z.array(name).min(1)], { error: 'must be a file or a list of files (stacked by rows)' })
    .describe('One file, or a list of files that are stacked by rows.'),
  ...formKeys,
  columns: z.array(name).min(1).describe('Columns of the covariates.'),
  categories: z
    .array(name)
    .default([])
    .describe('Covariates whose numbers are names, such as a batch. Columns of texts are categories anyway.'),
  terms: z
    .enum(['spline', 'linear'])
    .default('spline')
    .describe('Effect of a covariate that is not a category: a natural cubic spline, or a straight line.'),
});
