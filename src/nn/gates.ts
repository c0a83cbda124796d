// Hard-concrete gates on the parents of each latent (Louizos, Welling, Kingma, ICLR 2018). They take the exact values 0
// and 1 and have a gradient. The penalty of each gate is its probability of being non-zero; the sum is the expectation
// of the paper's ‖Â‖₁.

import { add, clamp, greater, log, mul, sigmoid, stopGradient, sub, type Node } from '../graph/index.js';

const BETA = 2 / 3;
const LOW = -0.1;
const HIGH = 1.1;

/**
 * Returns sampled gates in [0, 1].
 * @param uniform noise in (0, 1), same shape as the logits
 */
export function sampleGates(logits: Node, uniform: Node): Node {
  const logistic = sub(log(uniform), log(sub(1, uniform)));
  return stretch(sigmoid(mul(add(logistic, logits), 1 / BETA)));
}

/** Returns 1 where the noise-free gate exceeds 0.5, else 0, without gradient. Edges are read from gates this way. */
export function hardGates(logits: Node): Node {
  return stopGradient(greater(logits, 0));
}

/** True if the gate of one logit is open: like `hardGates`, since the stretch is symmetric about ½. */
export function readsOpen(logit: number): boolean {
  return logit > 0;
}

/** Returns the probability that a sampled gate is not zero. */
export function openProbability(logits: Node): Node {
  return sigmoid(sub(logits, BETA * Math.log(-LOW / HIGH)));
}

function stretch(s: Node): Node {
  return clamp(add(mul(s, HIGH - LOW), LOW), 0, 1);
}
