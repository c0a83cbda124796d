// Functions of the variational baselines: a Gaussian posterior from a network's head, its sample, its divergence from
// N(0, I), and the error of a reconstruction. Tensors have the shape `[runs, …, features, batch]`.

import type { Observation } from '../../src/data/observation.js';
import { add, clamp, exp, mean, mul, neg, slice, square, sub, sum, type Node } from '../../src/graph/index.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import { logProbability } from '../../src/networks/observation-likelihood.js';
import type { Observed } from '../../src/networks/observation-network.js';

export interface GaussianPosterior {
  readonly mean: Node;
  readonly logVariance: Node;
}

/** Splits the features into means and log variances. The latter start at −3, as in our model. */
export function posteriorOf(head: Node): GaussianPosterior {
  const axis = head.shape.length - 2;
  const width = head.shape[axis] / 2;
  return {
    mean: slice(head, axis, 0, width),
    logVariance: clamp(add(slice(head, axis, width, 2 * width), -3), -12, 3),
  };
}

export function sampleOf({ mean: centre, logVariance }: GaussianPosterior, noise: NoiseSource, name: string): Node {
  return add(centre, mul(exp(mul(logVariance, 0.5)), noise.normal(name, centre.shape)));
}

/**
 * Returns KL(q ‖ N(0, I)), mean over the batch, `[runs]`.
 * @param present 1 for subjects who have the group's modality. The latents of missing modalities count nothing.
 */
export function divergence({ mean: centre, logVariance }: GaussianPosterior, present?: Node): Node {
  const perValue = mul(sub(add(square(centre), exp(logVariance)), add(logVariance, 1)), 0.5);
  const features = centre.shape.slice(1, -1).map((_, i) => 1 + i);
  return mean(sum(present ? mul(perValue, present) : perValue, features), [1]);
}

/**
 * Returns −log p(x | θ) without its constant, mean over the batch, `[runs]`: for Gaussian values, the squared error.
 */
export function reconstructionError(observations: readonly Observation[], x: Observed, theta: Node): Node {
  return mean(neg(sum(logProbability(observations, x, theta), [1, 2])), [1]);
}
