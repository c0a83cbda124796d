// N(x; θ, σ²) with a σ per column that is learned: columns that latents explain well weigh more.

import { add, exp, mul, neg, square, sub } from '../graph/index.js';
import type { Likelihood } from './likelihood.js';
import { FIRST_LOG_SCALE, logScale, scaleOf, twoNumbers } from './numbers.js';

export const learnedNoise: Likelihood = {
  name: 'learned-noise',
  values: 1,
  said: [0],
  own: [FIRST_LOG_SCALE],
  logProbability(x, theta) {
    const [location, own] = twoNumbers(theta);
    const scale = logScale(own);
    return neg(add(mul(square(mul(sub(x, location), exp(neg(scale)))), 0.5), scale));
  },
  mean: (theta) => twoNumbers(theta)[0],
  logConstant: () => -0.5 * Math.log(2 * Math.PI),
  draw: ([location, own], random) => [location + scaleOf(own) * random.normal()],
};
