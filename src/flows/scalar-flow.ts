// A conditional flow backwards, one number at a time and in double precision: the latent with a noise ε, and the latent
// with the noise of another one. Questions about single subjects need the way back, which no graph has.

import { normalCdf, normalDensity } from '../graph/special.js';
import { AFFINE_LIMITS } from './affine.js';
import { MIXTURE_LIMITS } from './mixture.js';

export interface ScalarFlow {
  /** z whose ε is this, given θ. */
  inverse(epsilon: number, theta: Float64Array): number;
  /** z whose ε, given θ `after`, is the one of `z` given θ `before`. */
  moved(z: number, before: Float64Array, after: Float64Array): number;
}

export function scalarFlow({ flow, components }: FlowKind): ScalarFlow {
  return flow === 'mixture' ? scalarMixture(components) : SCALAR_AFFINE;
}

interface FlowKind {
  readonly flow: 'mixture' | 'affine';
  /** Gaussians of a mixture. */
  readonly components: number;
}

const SCALAR_AFFINE: ScalarFlow = {
  inverse: (epsilon, [location, logScale]) => location + epsilon * scaleOf(logScale, AFFINE_LIMITS),
  moved(z, [location, logScale], after) {
    return this.inverse((z - location) / scaleOf(logScale, AFFINE_LIMITS), after);
  },
};

/** ε = Φ⁻¹(F(z)), F the distribution function of K Gaussians; so z = F⁻¹(Φ(ε)). */
function scalarMixture(components: number): ScalarFlow {
  return {
    inverse: (epsilon, theta) =>
      quantile(gaussiansOf(theta, components), { below: normalCdf(epsilon), above: normalCdf(-epsilon) }),
    moved: (z, before, after) => quantile(gaussiansOf(after, components), tailsOf(gaussiansOf(before, components), z)),
  };
}

/** A number of each: what asks about populations makes millions of them. */
interface Gaussians {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly sds: Float64Array;
}

/** Probabilities below and above a number: the smaller one is exact where the other has become 1. */
interface Tails {
  readonly below: number;
  readonly above: number;
}

function gaussiansOf(theta: Float64Array, components: number): Gaussians {
  let largest = -Infinity;
  for (let k = 0; k < components; k++) largest = Math.max(largest, theta[k]);
  const weights = new Float64Array(components);
  const sds = new Float64Array(components);
  let total = 0;
  for (let k = 0; k < components; k++) {
    weights[k] = Math.exp(theta[k] - largest);
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

/** Newton stops at a step so small, relative to the narrowest Gaussian. */
const TOLERANCE = 1e-10;
const MAX_STEPS = 100;

/** The number with these tails: Newton's method on the logarithm of the smaller one, held inside a bracket. */
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

/** The middle of a bracket; of one that is open, a step beyond the end that is known. */
function betweenOrBeyond(low: number, high: number, step: number): number {
  if (low === -Infinity) return high - 4 * step;
  return high === Infinity ? low + 4 * step : (low + high) / 2;
}

function scaleOf(logScale: number, limits: { readonly logScaleMin: number; readonly logScaleMax: number }): number {
  return Math.exp(Math.min(Math.max(logScale, limits.logScaleMin), limits.logScaleMax));
}
