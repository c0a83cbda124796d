// Counts whose variance is their mean: x (ln μ − ln x) − (μ − x), half the negative deviance, so that large counts lose
// no digits. The omitted term depends only on x.

import { exp, log, maximum, mul, sub } from '../graph/index.js';
import { logGamma } from '../graph/special.js';
import { countNumber, countOf, logMean, meanNumber, valueOfCount, valueOfMean } from './count.js';
import { drawPoisson } from './count-draws.js';
import type { Likelihood } from './likelihood.js';

export const poisson: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability(x, theta, scale) {
    const count = countOf(x, scale);
    const location = logMean(theta, scale);
    return sub(mul(count, sub(location, log(maximum(count, 1)))), sub(exp(location), count));
  },
  mean: valueOfMean,
  logConstant([x], scale) {
    const count = countNumber(x, scale);
    return count * Math.log(Math.max(count, 1)) - count - logGamma(count + 1);
  },
  draw: ([decoded], random, scale) => [valueOfCount(drawPoisson(meanNumber(decoded, scale), random), scale)],
};
