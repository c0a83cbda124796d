// The Gaussian-mixture flow of one column in double precision: F(z) = Σ w Φ(e), w = softmax(a), e = (z − m)·s, s =
// e^(−l). The gradients are derived by hand in the notation of docs/explanation/kernels.md (a logits, m means, l log
// scales).

import { normalCdf, normalDensity, normalQuantile } from './special.js';

const CDF_FLOOR = 1e-6;

export interface MixtureLimits {
  readonly logScaleMin: number;
  readonly logScaleMax: number;
}

/** Values per component that all mixture operations use. */
interface Components {
  readonly weight: Float64Array;
  readonly scale: Float64Array;
  readonly residual: Float64Array;
  readonly density: Float64Array;
  readonly cdf: Float64Array;
  /** 1 if the log scale is strictly inside its limits, so that derivatives pass; else 0. */
  readonly open: Float64Array;
}

/** Returns the components of one column from z and θ = [a, m, l]. */
function components(z: number, theta: Float64Array, limits: MixtureLimits): Components {
  const count = theta.length / 3;
  const [logits, means, logs] = [theta.subarray(0, count), theta.subarray(count, 2 * count), theta.subarray(2 * count)];
  const maximum = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - maximum), 0);
  const scale = logs.map((log) => Math.exp(-Math.min(Math.max(log, limits.logScaleMin), limits.logScaleMax)));
  const residual = means.map((mean, k) => (z - mean) * scale[k]);
  return {
    weight: logits.map((logit) => Math.exp(logit - maximum) / total),
    scale,
    residual,
    density: residual.map(normalDensity),
    cdf: residual.map(normalCdf),
    open: logs.map((log) => (limits.logScaleMin < log && log < limits.logScaleMax ? 1 : 0)),
  };
}

function total(count: number, term: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += term(k);
  return sum;
}

/** Returns log Σ w φ(e) s. Terms are taken relative to the maximum, against overflow. */
export function logDensity(z: number, theta: Float64Array, limits: MixtureLimits): number {
  const terms = logTerms(components(z, theta, limits));
  const maximum = Math.max(...terms);
  return maximum + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - maximum), 0));
}

function logTerms({ weight, residual, scale }: Components): Float64Array {
  return weight.map((w, k) => Math.log(w) - 0.5 * residual[k] ** 2 + Math.log(scale[k] / Math.sqrt(2 * Math.PI)));
}

/** Returns ∂ log density / ∂(z, a, m, l). */
export function logDensityGradient(z: number, theta: Float64Array, limits: MixtureLimits): Float64Array {
  const mixture = components(z, theta, limits);
  const { weight, residual, scale, open } = mixture;
  const count = weight.length;
  const terms = logTerms(mixture);
  const maximum = Math.max(...terms);
  const shares = terms.map((term) => Math.exp(term - maximum));
  const norm = shares.reduce((sum, share) => sum + share, 0);
  const result = new Float64Array(1 + 3 * count);
  for (let k = 0; k < count; k++) {
    const share = shares[k] / norm;
    result[0] -= share * residual[k] * scale[k];
    result[1 + k] = share - weight[k];
    result[1 + count + k] = share * residual[k] * scale[k];
    result[1 + 2 * count + k] = share * (residual[k] ** 2 - 1) * open[k];
  }
  return result;
}

/** Returns F and ε = Φ⁻¹(F), with F clamped to [1e-6, 1 − 1e-6]. */
function transformed({ weight, cdf }: Components): { cdf: number; epsilon: number; clamped: boolean } {
  const value = total(weight.length, (k) => weight[k] * cdf[k]);
  const limited = Math.min(Math.max(value, CDF_FLOOR), 1 - CDF_FLOOR);
  return {
    cdf: value,
    epsilon: normalQuantile(limited),
    clamped: !(value > CDF_FLOOR && value < 1 - CDF_FLOOR) && !Number.isNaN(value),
  };
}

export function epsilon(z: number, theta: Float64Array, limits: MixtureLimits): number {
  return transformed(components(z, theta, limits)).epsilon;
}

/** Returns ∂ε/∂(z, a, m, l), the gradient of F divided by φ(ε). It is 0 where F is clamped. */
export function sensitivity(z: number, theta: Float64Array, limits: MixtureLimits): Float64Array {
  const mixture = components(z, theta, limits);
  const { weight, residual, scale, density, cdf, open } = mixture;
  const count = weight.length;
  const result = new Float64Array(1 + 3 * count);
  const value = transformed(mixture);
  if (value.clamped) return result;
  for (let k = 0; k < count; k++) {
    const slope = weight[k] * density[k];
    result[0] += slope * scale[k];
    result[1 + k] = weight[k] * (cdf[k] - value.cdf);
    result[1 + count + k] = -slope * scale[k];
    result[1 + 2 * count + k] = -slope * residual[k] * open[k];
  }
  const density0 = normalDensity(value.epsilon);
  return result.map((element) => element / density0);
}

/**
 * Returns ∂/∂(z, a, m, l) Σ_j u_j · ∂ε/∂x_j. With Q the derivative of F along u, the sum is Q / φ(ε) and its gradient
 * ∇Q / φ(ε) + (Q / φ(ε)) · ε · ∇ε; ∇Q is the Hessian of F times u.
 */
export function sensitivityGradient(
  z: number,
  theta: Float64Array,
  upstream: Float64Array,
  limits: MixtureLimits,
): Float64Array {
  const mixture = components(z, theta, limits);
  const { weight, residual, scale, density, cdf, open } = mixture;
  const count = weight.length;
  const result = new Float64Array(1 + 3 * count);
  const value = transformed(mixture);
  if (value.clamped) return result;
  const [upLogit, upMean, upLog] = [1, 1 + count, 1 + 2 * count].map((start) =>
    upstream.subarray(start, start + count),
  );
  const centre = total(count, (k) => weight[k] * upLogit[k]);
  const logitRate = weight.map((_, k) => upLogit[k] - centre);
  const logRate = open.map((open, k) => open * upLog[k]);
  const residualRate = residual.map((e, k) => (upstream[0] - upMean[k]) * scale[k] - logRate[k] * e);
  const rate = weight.map((_, k) => logitRate[k] * cdf[k] + density[k] * residualRate[k]);
  const q = total(count, (k) => weight[k] * rate[k]);
  const density0 = normalDensity(value.epsilon);
  const slopes = sensitivity(z, theta, limits);
  for (let k = 0; k < count; k++) {
    const [w, e, phi] = [weight[k], residual[k], density[k]];
    const alongMean = w * scale[k] * phi * (logitRate[k] - e * residualRate[k] - logRate[k]);
    result[0] += alongMean;
    result[1 + k] = w * (rate[k] - q - value.cdf * logitRate[k]);
    result[1 + count + k] = -alongMean;
    result[1 + 2 * count + k] = open[k] * w * phi * (e * e * residualRate[k] - residualRate[k] - logitRate[k] * e);
  }
  return result.map((element, j) => (element + q * value.epsilon * slopes[j]) / density0);
}
