// Schemas of observed causes in run.json: their scales, and their values among the training subjects.

import * as z from 'zod';
import { CAUSE_EFFECTS, CAUSE_KINDS } from '../data/causes.js';
import { splineSchema } from './scales-schema.js';

const termSchema = z.union([
  z.object({ level: z.string() }),
  z.object({ spline: splineSchema.optional(), zero: z.number(), sd: z.number().positive() }),
]);

/** Scales of an observed cause (`CauseScales`). */
export const causeScalesSchema = z.object({
  name: z.string(),
  kind: z.enum(CAUSE_KINDS),
  levels: z.array(z.string()).min(2).readonly().optional(),
  reference: z.number().optional(),
  assigned: z.boolean(),
  effect: z.enum(CAUSE_EFFECTS),
  targets: z.record(z.string(), z.array(z.string()).readonly()).readonly().optional(),
  terms: z.array(termSchema).min(1).readonly(),
});

export const momentsSchema = z.object({ mean: z.number(), sd: z.number() });
export const rangeSchema = momentsSchema.extend({ low: z.number(), high: z.number() });

const numbersSchema = z.record(z.string(), rangeSchema).readonly();

/** Values of the observed causes among the training subjects. */
export const causeRangesSchema = z.object({
  /** By name, ranges of causes that are numbers; `low` and `high` are the 1 and 99 % quantiles. */
  numbers: numbersSchema,
  /**
   * Combinations of the levels of categorical and ordered causes, the most frequent first; left out if there are more
   * than 1,000.
   */
  combinations: z
    .array(
      z.object({
        /** Level or number by cause. */
        values: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
        /** Number of training subjects. */
        subjects: z.int().min(1),
        /** As above, of these subjects' continuous causes. Left out if there are fewer than ten subjects. */
        numbers: numbersSchema.optional(),
      }),
    )
    .readonly()
    .optional(),
});

export type CauseRanges = z.infer<typeof causeRangesSchema>;
export type Range = z.infer<typeof rangeSchema>;
