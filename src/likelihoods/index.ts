// The likelihoods, by name.

import { binary } from './binary.js';
import { categorical } from './categorical.js';
import { gaussian } from './gaussian.js';
import { learnedNoise } from './learned-noise.js';
import type { Likelihood, LikelihoodName } from './likelihood.js';
import { negativeBinomial } from './negative-binomial.js';
import { ordinal } from './ordinal.js';
import { poisson } from './poisson.js';
import { robust } from './robust.js';

export { countScale } from './count.js';
export {
  COLUMN_KINDS,
  LIKELIHOOD_NAMES,
  type ColumnKind,
  type CountScale,
  type Likelihood,
  type LikelihoodName,
} from './likelihood.js';

const LIKELIHOODS: Readonly<Record<LikelihoodName, (levels: number) => Likelihood>> = {
  gaussian: () => gaussian,
  'learned-noise': () => learnedNoise,
  robust: () => robust,
  binary: () => binary,
  categorical,
  ordinal,
  count: () => negativeBinomial,
  poisson: () => poisson,
};

/**
 * Returns the likelihood of a column.
 * @param levels number of levels of a categorical or ordinal column
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
