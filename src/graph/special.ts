// Special functions in double precision, for the reference backend and for random draws. erf uses the series with
// positive terms, DLMF 7.6.2; erfc uses the continued fraction, DLMF 7.9.2.

// Looked up once, because every `Math` lookup in a context of node:vm is a call.
const { abs, exp } = Math;
const SQRT_PI = Math.sqrt(Math.PI);
const SQRT_2PI = Math.sqrt(2 * Math.PI);

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; abs(term) > 1e-17 * abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * exp(-x * x) * sum;
}

/** Returns erfc for x ≥ 2, evaluated from the tail of the continued fraction. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = 120; n >= 1; n--) tail = x + n / 2 / tail;
  return exp(-x * x) / (SQRT_PI * tail);
}

export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (Math.abs(x) < 2) return x === 0 ? 0 : erfSeries(x);
  return x > 0 ? 1 - erfcFraction(x) : erfcFraction(-x) - 1;
}

function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x >= 2) return erfcFraction(x);
  return 1 - erf(x);
}

export function normalDensity(x: number): number {
  return exp(-0.5 * x * x) / SQRT_2PI;
}

export function normalCdf(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/**
 * Solves log Φ(x) = log p by Newton's method. log Φ is concave, so the iteration converges from the left without a
 * safeguard.
 */
function lowerQuantile(p: number): number {
  const target = Math.log(p);
  let x = -Math.sqrt(-2 * target);
  for (let i = 0; i < 50; i++) {
    const cdf = normalCdf(x);
    const step = ((Math.log(cdf) - target) * cdf) / normalDensity(x);
    x -= step;
    if (Math.abs(step) <= 1e-15 * Math.abs(x)) break;
  }
  return x;
}

/** Returns Φ⁻¹: −∞ and ∞ at 0 and 1, NaN outside [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  if (p === 0.5) return 0;
  return p < 0.5 ? lowerQuantile(p) : -lowerQuantile(1 - p);
}

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Returns ln Γ(a), a > 0, by Stirling's series, after the recurrence has raised the argument above 12. */
export function logGamma(a: number): number {
  let product = 1;
  let z = a;
  while (z < 12) product *= z++;
  const inverse = 1 / (z * z);
  const tail =
    (1 / 12 -
      inverse *
        (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188 - inverse * (691 / 360360)))))) /
    z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail - Math.log(product);
}
