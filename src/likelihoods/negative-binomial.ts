// Counts whose variance is μ + μ² / r: the negative binomial, with r learned per column (its dispersion is 1 / r). With
// ℓ = ln μ − ln r, log p = −x softplus(−ℓ) − r softplus(ℓ) + ln Γ(x + r) − ln Γ(r) − ln Γ(x + 1). No term is omitted.

import { add, clamp, exp, log, log1p, mul, neg, reciprocal, softplus, square, sub, type Node } from '../graph/index.js';
import { COUNTS, countOf, logMean, meanNumber, valueOfCount, valueOfMean } from './count.js';
import { drawGamma, drawPoisson } from './count-draws.js';
import type { NumberKind } from './kind.js';
import type { Likelihood } from './likelihood.js';
import { twoNumbers } from './numbers.js';

/** Bounds of ln r: from counts that are nearly always 0 to a variance hardly above that of a Poisson variable. */
const MIN_LOG_SIZE = Math.log(0.01);
const MAX_LOG_SIZE = Math.log(100);

export const count: NumberKind = {
  ...COUNTS,
  documentation: {
    for: 'events, sequencing reads',
    cells: 'whole numbers from 0 on',
    learns: 'its dispersion (negative binomial)',
  },
  guess: {
    kinds: 'count',
    // The variance of Poisson counts is their mean.
    matches: ({ isWhole, min, mean, sd }) => isWhole && min === 0 && sd ** 2 > mean,
    reason: ({ max }, without) => `whole numbers 0 to ${max}${without} that vary more than their mean`,
  },
  likelihood: () => density,
};

const density: Likelihood = {
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

/** The recurrence raises both arguments by this amount. The first terms of Stirling's series are then exact to 3e-7. */
const RAISED = 3;

/**
 * Returns ln Γ(x + r) − ln Γ(x + 1), x ≥ 0, r > 0, without a difference of two large numbers. With X = x + 3 + 1, d = r
 * − 1: (X − ½) ln(1 + d / X) + d ln(X + d) − d + c(X + d) − c(X) − Σ_{i<3} ln(1 + d / (x + 1 + i)), where c is the tail
 * of the series.
 */
function logGammaRatio(x: Node | number, r: Node): Node {
  const d = sub(r, 1);
  const raised = add(x, RAISED + 1);
  const other = add(raised, d);
  const leading = add(
    mul(sub(raised, 0.5), log1p(mul(d, reciprocal(raised)))),
    add(mul(d, sub(log(other), 1)), sub(stirlingTail(other), stirlingTail(raised))),
  );
  const lowered = Array.from({ length: RAISED }, (_, i) => log1p(mul(d, reciprocal(add(x, 1 + i)))));
  return lowered.reduce((total, step) => sub(total, step), leading);
}

/** Returns 1 / 12 a − 1 / 360 a³ + 1 / 1260 a⁵. */
function stirlingTail(a: Node): Node {
  const inverse = reciprocal(a);
  const squared = square(inverse);
  return mul(inverse, add(mul(squared, add(mul(squared, 1 / 1260), -1 / 360)), 1 / 12));
}
