// Schema of the progress of restarts in checkpoints and shards. JSON has no Infinity; null means "no objective yet".

import * as z from 'zod';

const count = z.int().min(0);
export const failuresSchema = z.array(z.object({ restart: count, step: count, tensor: z.string() }));

/** Properties of a `TrainingState`, except for tensors and history. */
export const trainingProgress = {
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
