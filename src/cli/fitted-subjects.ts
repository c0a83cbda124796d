// Determines the training subjects of a model. Their latents are in-sample.

import { join } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { fittedIds } from '../fit/fitted-ids.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { OUT_OF_FOLD_FILE } from './latents-file.js';

/** Returns the number of training subjects in a data set. */
export type CountFitted = (dataset: Pick<Dataset, 'ids' | 'fingerprint'>) => number;

/**
 * Returns a function that counts training subjects. It knows them from latents-in-sample.csv of the RUN folder. If that
 * file is missing, as in a shared RUN, it compares the fingerprint of the whole data set. Held-out subjects
 * (subjects.json) do not count.
 */
export async function fittedSubjects(run: string, model: MultimodalCausalModel): Promise<CountFitted> {
  const known = await fittedIds(run, model.heldOut);
  if (known === undefined) {
    const { fingerprint: fitted, subjects } = model.summary;
    return ({ fingerprint }) => (fingerprint === fitted ? subjects.train + subjects.validation : 0);
  }
  return ({ ids }) => ids.reduce((count, one) => count + Number(known.has(one)), 0);
}

/** Returns the warning about in-sample latents. */
export function inSampleText(fitted: number, subjects: number, run: string, hasOutOfFold: boolean): string {
  const who = fitted === subjects ? `These ${subjects} subjects` : `${fitted} of these ${subjects} subjects`;
  const instead = hasOutOfFold
    ? `${join(run, OUT_OF_FOLD_FILE)} has their out-of-fold latents: use those for associations.`
    : 'The fit has no out-of-fold latents, which associations need: fit again without --evidence none.';
  const what = 'Their latents are in-sample, so chance adds to their associations with other modalities.';
  return `Careful: ${who} trained the model. ${what} ${instead}`;
}
