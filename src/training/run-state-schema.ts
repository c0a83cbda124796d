// How far runs are, as files keep it beside the tensors. JSON has no Infinity; null stands for "no objective yet".

import * as z from 'zod';

const count = z.int().min(0);
export const failuresSchema = z.array(z.object({ run: count, step: count, tensor: z.string() }));

/** The part of a `RunState` that is neither a tensor nor its history. */
export const runProgress = {
  epoch: count,
  bestObjective: z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? Infinity),
  ),
  bestEpoch: z.array(z.int()),
  improvedAt: count,
  failures: failuresSchema,
};
