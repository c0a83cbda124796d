// Categorical values: one of several levels without order. A column has one value per level, 1 for its level and 0 for
// the others. θ are the logits, and probabilities are their softmax.

import { exp, log, max, mul, softmax, sub, sum } from '../graph/index.js';
import type { Likelihood } from './likelihood.js';
import { byColumn, sideBySide } from './numbers.js';

export function categorical(levels: number): Likelihood {
  return {
    values: levels,
    decoded: new Array<number>(levels).fill(0),
    perColumn: [],
    logProbability(x, theta) {
      const logits = byColumn(theta, levels);
      const shifted = sub(logits, max(logits, [-2], { keep: true }));
      const normalised = sub(shifted, log(sum(exp(shifted), [-2], { keep: true })));
      return mul(x, sideBySide(normalised));
    },
    mean: (theta) => sideBySide(softmax(byColumn(theta, levels), -2)),
    logConstant: () => 0,
    draw(logits, random) {
      const maximum = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - maximum));
      let rest = random.uniform() * weights.reduce((a, b) => a + b, 0);
      const drawn = weights.findIndex((weight) => (rest -= weight) < 0);
      return weights.map((_, level) => (level === drawn ? 1 : 0));
    },
  };
}
