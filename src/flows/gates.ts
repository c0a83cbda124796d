// Hard-concrete gates on the parents of each latent (Louizos, Welling, Kingma, ICLR 2018): exact zeros and ones with a
// gradient. Each gate's penalty is its probability of being non-zero; their sum is the paper's ‖Â‖₁ in expectation.

import { add, clamp, greater, log, mul, sigmoid, stopGradient, sub, type Node } from '../graph/index.js';

const BETA = 2 / 3;
const LOW = -0.1;
const HIGH = 1.1;

/** A sampled gate in [0, 1]. @param uniform noise in (0, 1), same shape as the logits */
export function sampleGates(logits: Node, uniform: Node): Node {
  const logistic = sub(log(uniform), log(sub(1, uniform)));
  return stretch(sigmoid(mul(add(logistic, logits), 1 / BETA)));
}

/** 1 where the noise-free gate exceeds 0.5, else 0; no gradient. This is how an edge is read from the gates. */
export function hardGates(logits: Node): Node {
  return stopGradient(greater(logits, 0));
}

/** The same of one logit: the stretch is symmetric about a half. */
export function readsOpen(logit: number): boolean {
  return logit > 0;
}

/** Probability that a sampled gate is not zero. */
export function openProbability(logits: Node): Node {
  return sigmoid(sub(logits, BETA * Math.log(-LOW / HIGH)));
}

function stretch(s: Node): Node {
  return clamp(add(mul(s, HIGH - LOW), LOW), 0, 1);
}
