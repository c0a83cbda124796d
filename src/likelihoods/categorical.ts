// One of several levels without an order. A column's values are one per level, 1 for the level and 0 for all others;
// θ are the logits, probabilities their softmax.

import { exp, log, max, mul, softmax, sub, sum } from '../graph/index.js';
import type { Likelihood } from './likelihood.js';
import { byColumn, sideBySide } from './numbers.js';

/** @param levels at least 2 */
export function categorical(levels: number): Likelihood {
  return {
    name: 'categorical',
    values: levels,
    said: new Array<number>(levels).fill(0),
    own: [],
    logProbability(x, theta) {
      const logits = byColumn(theta, levels);
      const least = sub(logits, max(logits, [-2], { keep: true }));
      const normalised = sub(least, log(sum(exp(least), [-2], { keep: true })));
      return mul(x, sideBySide(normalised));
    },
    mean: (theta) => sideBySide(softmax(byColumn(theta, levels), -2)),
    logConstant: () => 0,
    draw(logits, random) {
      const largest = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - largest));
      let rest = random.uniform() * weights.reduce((a, b) => a + b, 0);
      const drawn = weights.findIndex((weight) => (rest -= weight) < 0);
      return weights.map((_, level) => (level === drawn ? 1 : 0));
    },
  };
}
