// The likelihoods, by name.

import { gaussian } from './gaussian.js';
import type { Likelihood, LikelihoodName } from './likelihood.js';

export { LIKELIHOOD_NAMES, type Likelihood, type LikelihoodName } from './likelihood.js';

export const likelihoods: Readonly<Record<LikelihoodName, Likelihood>> = { gaussian };
