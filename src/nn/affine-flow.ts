// Affine flow: ε = (z − location) · exp(−log scale). It suffices if the noise is Gaussian given the parents.

import { add, clamp, exp, grad, mul, neg, reshape, slice, square, sub, type Node } from '../graph/index.js';
import { constantValue } from './parameters.js';
import type { ConditionalFlow } from './flow.js';

export const AFFINE_LIMITS = { logScaleMin: -5, logScaleMax: 4 };
const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

export function affineFlow(): ConditionalFlow {
  return {
    name: 'affine',
    size: 2,
    locations: { from: 0, to: 1 },
    initialBias: constantValue(0),
    epsilon,
    sensitivity: (z, theta) => grad(epsilon(z, theta), [theta])[0],
    logDensity(z, theta) {
      return sub(neg(add(mul(square(epsilon(z, theta)), 0.5), logScale(theta))), HALF_LOG_2PI);
    },
  };
}

function epsilon(z: Node, theta: Node): Node {
  return mul(sub(z, row(theta, 0)), exp(neg(logScale(theta))));
}

function logScale(theta: Node): Node {
  return clamp(row(theta, 1), AFFINE_LIMITS.logScaleMin, AFFINE_LIMITS.logScaleMax);
}

function row(theta: Node, index: number): Node {
  const [runs, latents, , batch] = theta.shape;
  return reshape(slice(theta, 2, index, index + 1), [runs, latents, batch]);
}
