// Tails of the normal and the χ² distribution, by the regularised upper incomplete gamma function. Below a + 1 it uses
// the power series, above it the continued fraction, evaluated by Lentz's method (Abramowitz & Stegun 6.5).

import { InputError } from '../../../errors/errors.js';
import { logGamma } from '../../../graph/special.js';

const MIN = 1e-300;
const PRECISION = 2 ** -52;

/** Returns P(|Z| > |z|) of a standard normal Z. */
export function normalTwoSided(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}

/** The z > 0 with P(|Z| > z) = p, p in (0, 1); found by halving. */
export function normalTwoSidedQuantile(p: number): number {
  let [low, high] = [0, 40];
  for (let middle = 20; middle > low && middle < high; middle = (low + high) / 2) {
    if (normalTwoSided(middle) > p) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Returns P(X > x) of a χ² variable with `degrees` > 0 degrees of freedom.
 * @throws InputError `invalid-argument` for other degrees, for which the series does not end
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (!(degrees > 0 && degrees < Infinity)) {
    throw new InputError('invalid-argument', `chiSquareTail: degrees must be a finite number above 0, not ${degrees}`);
  }
  return x <= 0 ? 1 : upperGamma(degrees / 2, x / 2);
}

/** Returns P(X > x) of the gamma variable with this mean and variance; 1 if one of them is not positive. */
export function gammaTail(x: number, mean: number, variance: number): number {
  if (!(mean > 0) || !(variance > 0)) return 1;
  return x <= 0 ? 1 : upperGamma(mean ** 2 / variance, (x * mean) / variance);
}

/** Returns Q(a, x) = Γ(a, x) / Γ(a) for a > 0, x ≥ 0. */
function upperGamma(a: number, x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? Math.max(0, 1 - scale * series(a, x)) : scale * continuedFraction(a, x);
}

/** Returns Σ xⁿ / (a (a+1) … (a+n)). */
function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function continuedFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / MIN;
  let d = 1 / b;
  let value = d;
  for (let n = 1; ; n++) {
    const coefficient = -n * (n - a);
    b += 2;
    d = 1 / nonZero(coefficient * d + b);
    c = nonZero(b + coefficient / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) <= 2 * PRECISION) return value;
  }
}

function nonZero(value: number): number {
  return Math.abs(value) < MIN ? MIN : value;
}
