// Tails of the normal and the χ² distribution, by the regularised upper incomplete gamma function. Below a + 1 it uses
// the power series, above it the continued fraction, evaluated by Lentz's method (Abramowitz & Stegun 6.5). Tails of t
// and F by the continued fraction of the regularised incomplete beta function (Abramowitz & Stegun 26.5.8).

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

/** The x with P(X > x) = p of a χ² variable, p in (0, 1); found by halving. */
export function chiSquareQuantile(p: number, degrees: number): number {
  let [low, high] = [0, degrees];
  while (chiSquareTail(high, degrees) > p) high *= 2;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (chiSquareTail(middle, degrees) > p) low = middle;
    else high = middle;
  }
  return low;
}

/** Returns P(X > x) of the gamma variable with this mean and variance; 1 if one of them is not positive. */
export function gammaTail(x: number, mean: number, variance: number): number {
  if (!(mean > 0) || !(variance > 0)) return 1;
  return x <= 0 ? 1 : upperGamma(mean ** 2 / variance, (x * mean) / variance);
}

/** Returns P(|T| > |t|) of Student's t with `degrees` > 0 degrees of freedom, which need not be whole. */
export function studentTwoSided(t: number, degrees: number): number {
  return lowerBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** The t > 0 with P(|T| > t) = p, p in (0, 1); found by halving. */
export function studentTwoSidedQuantile(p: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (studentTwoSided(high, degrees) > p) high *= 2;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentTwoSided(middle, degrees) > p) low = middle;
    else high = middle;
  }
  return low;
}

/** Returns P(X > x) of an F variable with `first` and `second` > 0 degrees of freedom. */
export function fTail(x: number, first: number, second: number): number {
  return x <= 0 ? 1 : lowerBeta(second / (second + first * x), second / 2, first / 2);
}

/** Returns the regularised incomplete beta function I_x(a, b), a and b > 0. */
function lowerBeta(x: number, a: number, b: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - lowerBeta(1 - x, b, a);
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) <= 2 * PRECISION) return Math.min(1, scale * value);
  }
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
