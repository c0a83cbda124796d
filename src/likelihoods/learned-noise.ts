// N(x; θ, σ²) with a learned σ per column: columns that latents explain well have more weight.

import { add, exp, mul, neg, square, sub } from '../graph/index.js';
import type { Likelihood } from './likelihood.js';
import { INITIAL_LOG_SCALE, logScale, scaleOf, twoNumbers } from './numbers.js';

export const learnedNoise: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [INITIAL_LOG_SCALE],
  logProbability(x, theta) {
    const [location, logSd] = twoNumbers(theta);
    const scale = logScale(logSd);
    return neg(add(mul(square(mul(sub(x, location), exp(neg(scale)))), 0.5), scale));
  },
  mean: (theta) => twoNumbers(theta)[0],
  logConstant: () => -0.5 * Math.log(2 * Math.PI),
  draw: ([location, logSd], random) => [location + scaleOf(logSd) * random.normal()],
};
