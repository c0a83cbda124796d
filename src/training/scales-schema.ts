// Schema of `columns` in run.json: the scales of a modality's columns.

import * as z from 'zod';
import { kindSchema } from '../data/kind-schema.js';
import { ARRAY_KIND_NAMES, ARRAY_KINDS, type ArrayKind, type RegularArray } from '../data/regular-array.js';

const names = z.array(z.string()).readonly();
const numbers = z.array(z.number()).readonly();

const columnSchema = z.object({
  name: z.string(),
  log: z.boolean(),
  offset: z.number(),
  mean: z.number(),
  sd: z.number().positive(),
  ranks: z.object({ of: z.int().min(1), quantiles: z.array(z.number()).min(1).readonly() }).optional(),
  batches: z.object({ offsets: numbers, factors: z.array(z.number().positive()).readonly().optional() }).optional(),
  slopes: numbers.optional(),
  limits: z.object({ lower: z.number(), upper: z.number() }).optional(),
  kind: kindSchema.optional(),
  of: z.string().optional(),
  level: z.int().min(0).optional(),
  total: z.literal(true).optional(),
});

const transformSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['log1p', 'rank']) }),
  z.object({ kind: z.literal('arcsinh'), cofactor: z.number().positive() }),
  z.object({ kind: z.literal('cpm'), over: names, meanTotal: z.number().positive() }),
  z.object({ kind: z.literal('clr'), over: names, zero: z.number().positive() }),
]);

export const splineSchema = z
  .object({ knots: z.array(z.number()).min(3).readonly(), term: z.int().min(0) })
  .refine(({ knots, term }) => term < knots.length - 2 && knots.every((knot, k) => k === 0 || knot > knots[k - 1]), {
    error: 'must have ascending knots, three for one term and one more for each further term',
  });

const covariateSchema = z.object({
  column: z.string(),
  level: z.string().optional(),
  spline: splineSchema.optional(),
  mean: z.number(),
  sd: z.number().positive(),
});

function arraySchema(kind: ArrayKind) {
  const { axes, units } = ARRAY_KINDS[kind];
  const lengths = Object.fromEntries(axes.map((axis) => [axis, z.int().min(1)]));
  return z.object({
    kind: z.literal(kind),
    ...lengths,
    ...Object.fromEntries(units.map((unit) => [unit, z.number().positive()])),
  });
}

const [firstArray, ...otherArrays] = ARRAY_KIND_NAMES.map(arraySchema);
const regularArraySchema = z
  .discriminatedUnion('kind', [firstArray, ...otherArrays])
  .transform((array) => array as RegularArray);

const batchesSchema = z.object({
  column: z.string(),
  levels: z.array(z.string()).min(2).readonly(),
  causes: z.array(z.string()).min(1).readonly().optional(),
});

/** Scales of one modality. Keys of transforms and covariates are absent if a fit has none. */
export const scalesSchema = z.object({
  name: z.string(),
  columns: z.array(columnSchema).readonly(),
  regularArray: regularArraySchema.optional(),
  transform: transformSchema.optional(),
  batches: batchesSchema.optional(),
  covariates: z.array(covariateSchema).readonly().optional(),
  levels: z.record(z.string(), z.array(z.string()).min(2).readonly()).readonly().optional(),
});
