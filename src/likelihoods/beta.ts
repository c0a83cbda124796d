// Shares between 0 and 1: the beta distribution by its mean μ and precision φ (Ferrari & Cribari-Neto 2004), α = μ φ,
// β = (1 − μ) φ. The density is that of the standardised logit. With the tail c of Stirling's series,
// log p = α ln(y / μ) + β ln((1 − y) / (1 − μ)) + ½ ln(α β / φ) − c(α) − c(β) + c(φ) + a constant. No two large numbers
// are subtracted.

import { add, clamp, div, exp, log1p, mul, neg, reciprocal, softplus, sub, type Node } from '../graph/index.js';
import * as special from '../graph/special.js';
import type { RandomStream } from '../random/random-stream.js';
import { drawGamma } from './count-draws.js';
import { stirlingTail } from './gamma.js';
import type { Likelihood, ValueScale } from './likelihood.js';
import { twoNumbers } from './numbers.js';

/** Maximum logit of a mean: a share of 2 · 10⁻⁹ is not measured. α, β and 1 / α stay finite in single precision. */
const MAX_LOGIT = 20;
/** Bounds of drawn logits. Their shares are neither 0 nor 1 in double precision, whose numbers near 1 are less dense. */
const MIN_DRAWN = -700;
const MAX_DRAWN = 36;
/** Bounds of ln φ: from shares that are nearly 0 or 1 to a logit with an sd of 0.1 around ½. */
const MIN_LOG_PRECISION = Math.log(0.1);
const MAX_LOG_PRECISION = Math.log(400);
const INITIAL_LOG_PRECISION = Math.log(10);

export const beta: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [INITIAL_LOG_PRECISION],
  logProbability(x, theta, scale) {
    const [decoded, rawLogPrecision] = twoNumbers(theta);
    const logPrecision = clamp(rawLogPrecision, MIN_LOG_PRECISION, MAX_LOG_PRECISION);
    const share = add(mul(x, scale.sd), scale.mean);
    const mean = logitOfMean(decoded, scale);
    const [yes, no] = [side(share, mean, logPrecision), side(neg(share), neg(mean), logPrecision)];
    return add(add(yes, no), sub(remainder(exp(logPrecision)), mul(logPrecision, 0.5)));
  },
  mean: (theta, scale) => div(sub(logitOfMean(twoNumbers(theta)[0], scale), scale.mean), scale.sd),
  logConstant: (_x, { sd }) => Math.log(sd) - 0.5 * Math.log(2 * Math.PI),
  draw([decoded, rawLogPrecision], random, { mean, sd, offset }) {
    const precision = Math.exp(Math.min(Math.max(rawLogPrecision, MIN_LOG_PRECISION), MAX_LOG_PRECISION));
    const location = Math.min(Math.max(decoded + offset, -MAX_LOGIT), MAX_LOGIT);
    const [yes, no] = [location, -location].map((side) => drawLogGamma(precision * special.sigmoid(side), random));
    return [(Math.min(Math.max(yes - no, MIN_DRAWN), MAX_DRAWN) - mean) / sd];
  },
};

/** Returns the logit of μ. */
function logitOfMean(decoded: Node, { offset }: ValueScale<Node | number>): Node {
  return clamp(add(decoded, offset), -MAX_LOGIT, MAX_LOGIT);
}

/**
 * Returns α ln(y / μ) + ½ ln α − c(α).
 * @param share logit of y @param mean logit of μ
 */
function side(share: Node, mean: Node, logPrecision: Node): Node {
  const logMean = neg(softplus(neg(mean)));
  const logShape = add(logPrecision, logMean);
  const shape = exp(logShape);
  const ratio = neg(add(softplus(neg(share)), logMean));
  return sub(add(mul(shape, ratio), mul(logShape, 0.5)), remainder(shape));
}

/** The recurrence raises the argument by this amount, where the first terms of Stirling's series suffice. */
const RAISED = 3;

/** Returns c(a) = ln Γ(a) − (a − ½) ln a + a − ½ ln 2π for a > 0, by c(a) = c(a + 1) + (a + ½) ln(1 + 1 / a) − 1. */
function remainder(a: Node): Node {
  return Array.from({ length: RAISED }, (_, i) => add(a, i)).reduce(
    (total, one) => add(total, sub(mul(add(one, 0.5), log1p(reciprocal(one))), 1)),
    stirlingTail(add(a, RAISED)),
  );
}

/** Draws the logarithm of a gamma variable, which does not underflow for a small shape. */
function drawLogGamma(shape: number, random: RandomStream): number {
  if (shape >= 1) return Math.log(drawGamma(shape, random));
  return Math.log(drawGamma(shape + 1, random)) + Math.log(random.uniform()) / shape;
}
