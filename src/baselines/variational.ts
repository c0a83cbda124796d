// What the variational baselines share: a Gaussian posterior from a network's head, its sample, its divergence from
// N(0, I), and the error of a reconstruction. Shapes `[runs, …, features, batch]`.

import type { Observation } from '../data/observation.js';
import { add, clamp, exp, mean, mul, neg, slice, square, sub, sum, type Node } from '../graph/index.js';
import type { NoiseSource } from '../models/latent-prior.js';
import { logProbability } from '../models/observation-likelihood.js';
import type { Observed } from '../models/observation-network.js';

export interface GaussianPosterior {
  readonly mean: Node;
  readonly logVariance: Node;
}

/** First half of the features: means; second half: log variances, started at −3 as in our model. */
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
 * KL(q ‖ N(0, I)), mean over the batch, `[runs]`.
 * @param present where a subject has the group's modality: the latents of one that it lacks are not asked for
 */
export function divergence({ mean: centre, logVariance }: GaussianPosterior, present?: Node): Node {
  const perValue = mul(sub(add(square(centre), exp(logVariance)), add(logVariance, 1)), 0.5);
  const features = centre.shape.slice(1, -1).map((_, i) => 1 + i);
  return mean(sum(present ? mul(perValue, present) : perValue, features), [1]);
}

/** −log p(x | θ), less its constant: the squared error of Gaussian values. Mean over the batch, `[runs]`. */
export function reconstructionError(observations: readonly Observation[], x: Observed, theta: Node): Node {
  return mean(neg(sum(logProbability(observations, x, theta), [1, 2])), [1]);
}
