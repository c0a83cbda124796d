// Student's t with four degrees of freedom and a learned scale per column (Lange, Little & Taylor 1989). The influence
// of an outlier is bounded.

import { add, exp, log1p, mul, neg, square, sub } from '../graph/index.js';
import { logGamma } from '../graph/special.js';
import type { Likelihood } from './likelihood.js';
import { INITIAL_LOG_SCALE, logScale, scaleOf, twoNumbers } from './numbers.js';

/** With 1 degree the mean would not exist; with many degrees the tails are those of a Gaussian. */
const DEGREES = 4;

export const robust: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [INITIAL_LOG_SCALE],
  logProbability(x, theta) {
    const [location, logSd] = twoNumbers(theta);
    const scale = logScale(logSd);
    const distance = square(mul(sub(x, location), exp(neg(scale))));
    return neg(add(mul(log1p(mul(distance, 1 / DEGREES)), (DEGREES + 1) / 2), scale));
  },
  mean: (theta) => twoNumbers(theta)[0],
  logConstant: () => logGamma((DEGREES + 1) / 2) - logGamma(DEGREES / 2) - 0.5 * Math.log(DEGREES * Math.PI),
  draw([location, logSd], random) {
    const normal = random.normal();
    let square = 0;
    for (let i = 0; i < DEGREES; i++) square += random.normal() ** 2;
    return [location + (scaleOf(logSd) * normal) / Math.sqrt(square / DEGREES)];
  },
};
