// N(x; θ, ½): the squared error as a log probability (METHOD section 3). Columns are standardised, so one variance
// suits all.

import { neg, square, sub } from '../graph/index.js';
import { constantValue } from '../nn/parameters.js';
import type { Likelihood } from './likelihood.js';

export const gaussian: Likelihood = {
  name: 'gaussian',
  size: 1,
  initialBias: constantValue(0),
  logConstant: -0.5 * Math.log(Math.PI),
  logProbability: (x, theta) => neg(square(sub(x, theta))),
  mean: (theta) => theta,
};
