// Binary values, 1 or 0: θ is the logit of 1.

import { mul, sigmoid, softplus, sub } from '../graph/index.js';
import * as special from '../graph/special.js';
import type { Likelihood } from './likelihood.js';

export const binary: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability: (x, theta) => sub(mul(x, theta), softplus(theta)),
  mean: (theta) => sigmoid(theta),
  logConstant: () => 0,
  draw: ([logit], random) => [random.uniform() < special.sigmoid(logit) ? 1 : 0],
};
