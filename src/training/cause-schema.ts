// The schema of observed causes in run.json.

import * as z from 'zod';
import { CAUSE_EFFECTS, CAUSE_KINDS } from '../data/causes.js';
import { splineSchema } from './scales-schema.js';

const termSchema = z.union([
  z.strictObject({ level: z.string() }),
  z.strictObject({ spline: splineSchema.optional(), zero: z.number(), sd: z.number().positive() }),
]);

/** What a model stores of an observed cause (`CauseScales`). */
export const causeSchema = z
  .object({
    name: z.string().min(1),
    kind: z.enum(CAUSE_KINDS),
    levels: z.array(z.string()).min(2).readonly().optional(),
    reference: z.number().optional(),
    assigned: z.boolean(),
    effect: z.enum(CAUSE_EFFECTS),
    targets: z.record(z.string(), z.array(z.string()).readonly()).readonly().optional(),
    terms: z.array(termSchema).min(1).readonly(),
  })
  .refine(
    ({ kind, levels = [], terms }) =>
      kind !== 'categorical' ||
      (terms.length === levels.length - 1 && terms.every((term, t) => 'level' in term && term.level === levels[t + 1])),
    { error: 'must have a term for each level other than the first, in order' },
  );
