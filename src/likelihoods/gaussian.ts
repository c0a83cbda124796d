// N(x; θ, ½): the squared error as a log probability (METHOD section 3). Columns are standardised, so one variance
// suits all.

import { neg, square, sub } from '../graph/index.js';
import type { Likelihood } from './likelihood.js';

export const gaussian: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability: (x, theta) => neg(square(sub(x, theta))),
  mean: (theta) => theta,
  logConstant: () => -0.5 * Math.log(Math.PI),
  draw: ([location], random) => [location + Math.SQRT1_2 * random.normal()],
};
