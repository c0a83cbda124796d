// Counts whose variance is μ + μ² / r: the negative binomial, with r learned per column (its dispersion is 1 / r). With
// ℓ = ln μ − ln r, log p = −x softplus(−ℓ) − r softplus(ℓ) + ln Γ(x + r) − ln Γ(r) − ln Γ(x + 1). No term is omitted.

import { add, clamp, exp, mul, neg, softplus, sub } from '../graph/index.js';
import { countOf, logMean, meanNumber, valueOfCount, valueOfMean } from './count.js';
import { drawGamma, drawPoisson } from './count-draws.js';
import { logGammaRatio } from './gamma.js';
import type { Likelihood } from './likelihood.js';
import { twoNumbers } from './numbers.js';

/** Bounds of ln r: from counts that are nearly always 0 to a variance hardly above that of a Poisson variable. */
const MIN_LOG_SIZE = Math.log(0.01);
const MAX_LOG_SIZE = Math.log(100);

export const negativeBinomial: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [0],
  logProbability(x, theta, scale) {
    const [decoded, rawLogSize] = twoNumbers(theta);
    const logSize = clamp(rawLogSize, MIN_LOG_SIZE, MAX_LOG_SIZE);
    const size = exp(logSize);
    const count = countOf(x, scale);
    const logit = sub(logMean(decoded, scale), logSize);
    const combinations = sub(logGammaRatio(count, size), logGammaRatio(0, size));
    return sub(combinations, add(mul(count, softplus(neg(logit))), mul(size, softplus(logit))));
  },
  mean: (theta, scale) => valueOfMean(twoNumbers(theta)[0], scale),
  logConstant: () => 0,
  draw([decoded, rawLogSize], random, scale) {
    const size = Math.exp(Math.min(Math.max(rawLogSize, MIN_LOG_SIZE), MAX_LOG_SIZE));
    const rate = (drawGamma(size, random) * meanNumber(decoded, scale)) / size;
    return [valueOfCount(drawPoisson(rate, random), scale)];
  },
};
