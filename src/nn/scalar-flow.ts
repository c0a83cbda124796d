// The inverse of a conditional flow, for single numbers in double precision. It gives the latent for a noise ε, and the
// latent that has the noise of another latent. Questions about single subjects need this inverse, which is not
// available as a graph.

import { normalCdf, normalDensity } from '../graph/special.js';
import { AFFINE_LIMITS } from './affine-flow.js';
import { MIXTURE_LIMITS } from './mixture-flow.js';

export interface ScalarFlow {
  /** Returns the z whose noise is `epsilon`, given θ. */
  inverse(epsilon: number, theta: Float64Array): number;
  /** Returns the z whose ε given θ `after` equals the ε of `z` given θ `before`. */
  moved(z: number, before: Float64Array, after: Float64Array): number;
}

export function scalarFlow({ flow, components }: FlowKind): ScalarFlow {
  return flow === 'mixture' ? scalarMixture(components) : SCALAR_AFFINE;
}

interface FlowKind {
  readonly flow: 'mixture' | 'affine';
  /** Number of Gaussians of a mixture. */
  readonly components: number;
}

const SCALAR_AFFINE: ScalarFlow = {
  inverse: (epsilon, [location, logScale]) => location + epsilon * scaleOf(logScale, AFFINE_LIMITS),
  moved(z, [location, logScale], after) {
    return this.inverse((z - location) / scaleOf(logScale, AFFINE_LIMITS), after);
  },
};

/** Inverse of ε = Φ⁻¹(F(z)), F the distribution function of K Gaussians: z = F⁻¹(Φ(ε)). */
function scalarMixture(components: number): ScalarFlow {
  return {
    inverse: (epsilon, theta) =>
      quantile(gaussiansOf(theta, components), { below: normalCdf(epsilon), above: normalCdf(-epsilon) }),
    moved: (z, before, after) => quantile(gaussiansOf(after, components), tailsOf(gaussiansOf(before, components), z)),
  };
}

/** Gaussians of a mixture as arrays, because questions about populations create millions of them. */
interface Gaussians {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly sds: Float64Array;
}

/** Probabilities below and above a number. The smaller one is exact even if the other one rounds to 1. */
interface Tails {
  readonly below: number;
  readonly above: number;
}

function gaussiansOf(theta: Float64Array, components: number): Gaussians {
  let maxLogit = -Infinity;
  for (let k = 0; k < components; k++) maxLogit = Math.max(maxLogit, theta[k]);
  const weights = new Float64Array(components);
  const sds = new Float64Array(components);
  let total = 0;
  for (let k = 0; k < components; k++) {
    weights[k] = Math.exp(theta[k] - maxLogit);
    total += weights[k];
    sds[k] = scaleOf(theta[2 * components + k], MIXTURE_LIMITS);
  }
  for (let k = 0; k < components; k++) weights[k] /= total;
  return { weights, means: theta.subarray(components, 2 * components), sds };
}

function tailsOf({ weights, means, sds }: Gaussians, z: number): Tails {
  let [below, above] = [0, 0];
  for (let k = 0; k < weights.length; k++) {
    below += weights[k] * normalCdf((z - means[k]) / sds[k]);
    above += weights[k] * normalCdf((means[k] - z) / sds[k]);
  }
  return { below, above };
}

/** Newton's method stops at a step this small, relative to the narrowest Gaussian. */
const TOLERANCE = 1e-10;
const MAX_STEPS = 100;

/**
 * Returns the number with these tails, by Newton's method on the logarithm of the smaller one, restricted to a bracket.
 */
function quantile({ weights, means, sds }: Gaussians, { below, above }: Tails): number {
  const isLower = below < above;
  const target = Math.log(isLower ? below : above);
  const sign = isLower ? 1 : -1;
  let low = -Infinity;
  let high = Infinity;
  let [z, narrowest, widest] = [0, Infinity, -Infinity];
  for (let k = 0; k < weights.length; k++) {
    z += weights[k] * means[k];
    narrowest = Math.min(narrowest, sds[k]);
    widest = Math.max(widest, sds[k]);
  }
  const tolerance = TOLERANCE * narrowest;
  for (let step = 0; step < MAX_STEPS; step++) {
    let tail = 0;
    let density = 0;
    for (let k = 0; k < weights.length; k++) {
      const residual = (z - means[k]) / sds[k];
      tail += weights[k] * normalCdf(sign * residual);
      density += (weights[k] * normalDensity(residual)) / sds[k];
    }
    const excess = Math.log(tail) - target;
    if (sign * excess < 0) low = z;
    else high = z;
    let next = z - (sign * excess * tail) / density;
    if (!(next > low && next < high)) next = betweenOrBeyond(low, high, widest);
    if (Math.abs(next - z) <= tolerance) return next;
    z = next;
  }
  return z;
}

/** Returns the middle of a bracket. If one end is infinite, returns a step beyond the finite end. */
function betweenOrBeyond(low: number, high: number, step: number): number {
  if (low === -Infinity) return high - 4 * step;
  return high === Infinity ? low + 4 * step : (low + high) / 2;
}

function scaleOf(logScale: number, limits: { readonly logScaleMin: number; readonly logScaleMax: number }): number {
  return Math.exp(Math.min(Math.max(logScale, limits.logScaleMin), limits.logScaleMax));
}
