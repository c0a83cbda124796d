// The schema of the class of equally good models in run.json.

import * as z from 'zod';

const count = z.int().min(0);
const endsSchema = { from: z.string(), to: z.string() };

/** The class of equally good models (`Equivalence`). */
export const equivalenceSchema = z.object({
  /** Number of held-out subjects or rows on which models were compared. */
  subjects: count,
  /** Number of compared models. */
  compared: count,
  /** Number of orders of the modalities; left out if the fit finds the order itself. */
  orders: count.optional(),
  /** The chosen model: nats per subject behind the best one, and true if its graph is the first of the members. */
  chosen: z.object({ difference: z.number(), standardError: z.number(), isMember: z.boolean() }),
  /** The distinct graphs of equally good models. */
  members: z
    .array(
      z.object({
        /** A restart of the fit, or of another fit of the components in one of the orders. */
        source: z.enum(['restart', 'order']),
        order: z.array(z.string()).readonly().optional(),
        /** Number of models with this graph. */
        fits: count,
        difference: z.number(),
        standardError: z.number(),
        /** In terms of the latents of the chosen model. */
        edges: z.array(z.object(endsSchema)).readonly(),
        /** Latents that are a mixture in this model: their edges belong to the block of these of one modality. */
        mixed: z.array(z.string()).readonly().optional(),
      }),
    )
    .min(1)
    .readonly(),
  /** Links of at least one of the graphs. */
  links: z
    .array(
      z.object({
        first: z.string(),
        second: z.string(),
        presence: z.enum(['certain', 'possible']),
        /** Number of graphs with the link, and of those in which a block has it. */
        members: count,
        blocks: count,
        /** The direction in most of these graphs; `along` is their number. */
        ...endsSchema,
        along: count,
        direction: z.enum(['certain', 'possible']).optional(),
      }),
    )
    .readonly(),
});
