// The likelihoods, by name. `kinds.ts` has all other facts about kinds of columns.

import { beta } from './beta.js';
import { binary } from './binary.js';
import { categorical } from './categorical.js';
import { gaussian } from './gaussian.js';
import type { LikelihoodName } from './kinds.js';
import { learnedNoise } from './learned-noise.js';
import type { Likelihood } from './likelihood.js';
import { negativeBinomial } from './negative-binomial.js';
import { ordinal } from './ordinal.js';
import { poisson } from './poisson.js';
import { robust } from './robust.js';

const LIKELIHOODS: Readonly<Record<LikelihoodName, (levels: number) => Likelihood>> = {
  gaussian: () => gaussian,
  'learned-noise': () => learnedNoise,
  robust: () => robust,
  binary: () => binary,
  categorical,
  ordinal,
  count: () => negativeBinomial,
  poisson: () => poisson,
  beta: () => beta,
};

/**
 * Returns the likelihood of a column.
 * @param levels number of levels of a column that has levels
 */
export function likelihoodOf({
  likelihood,
  levels = 2,
}: {
  readonly likelihood: LikelihoodName;
  readonly levels?: number | undefined;
}): Likelihood {
  return LIKELIHOODS[likelihood](levels);
}
