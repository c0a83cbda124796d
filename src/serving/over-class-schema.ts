// Schema of the effect of a latent over all equally good graphs.

import * as z from 'zod';

/** @see OverClass */
export const overClassSchema = z.object({
  members: z.int().describe('Number of equally good graphs.'),
  effects: z
    .array(z.object({ members: z.int(), estimate: z.number(), lower: z.number(), upper: z.number() }))
    .describe('Distinct effects in sd of the latent: number of graphs, and 90 % interval. Without a path it is 0.'),
  lower: z.number().optional().describe('Bounds of the union of the intervals.'),
  upper: z.number().optional(),
  verdict: z
    .enum(['identified', 'imprecise', 'not-identified'])
    .describe('`imprecise`: an interval contains 0. `not-identified`: signs differ, or some graphs have no path.'),
  reason: z.enum(['mixture', 'no-path', 'signs']).optional(),
  open: z.array(z.string()).describe('Links on the paths that not all graphs have in the same direction.'),
});
