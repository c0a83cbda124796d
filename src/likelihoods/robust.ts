// Student's t with four degrees of freedom and a scale per column that is learned (Lange, Little & Taylor 1989): a
// value far out pulls with a bounded force.

import { add, exp, log1p, mul, neg, square, sub } from '../graph/index.js';
import { logGamma } from '../graph/special.js';
import type { Likelihood } from './likelihood.js';
import { FIRST_LOG_SCALE, logScale, scaleOf, twoNumbers } from './numbers.js';

/** Of 1 the mean would not exist, of many the tails are those of a Gaussian. */
const DEGREES = 4;

export const robust: Likelihood = {
  name: 'robust',
  values: 1,
  said: [0],
  own: [FIRST_LOG_SCALE],
  logProbability(x, theta) {
    const [location, own] = twoNumbers(theta);
    const scale = logScale(own);
    const distance = square(mul(sub(x, location), exp(neg(scale))));
    return neg(add(mul(log1p(mul(distance, 1 / DEGREES)), (DEGREES + 1) / 2), scale));
  },
  mean: (theta) => twoNumbers(theta)[0],
  logConstant: () => logGamma((DEGREES + 1) / 2) - logGamma(DEGREES / 2) - 0.5 * Math.log(DEGREES * Math.PI),
  draw([location, own], random) {
    const normal = random.normal();
    let square = 0;
    for (let i = 0; i < DEGREES; i++) square += random.normal() ** 2;
    return [location + (scaleOf(own) * normal) / Math.sqrt(square / DEGREES)];
  },
};
