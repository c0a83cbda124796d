// Draws random counts and rates.

import { logGamma } from '../graph/special.js';
import type { RandomStream } from '../random/random-stream.js';

/** Below this mean, products of uniform numbers are faster. */
const MIN_REJECTION = 10;

/**
 * Draws a Poisson variable: by products of uniform numbers (Knuth), for larger means by transformed rejection (PTRS,
 * Hörmann 1993).
 */
export function drawPoisson(mean: number, random: RandomStream): number {
  if (mean < MIN_REJECTION) {
    const minProduct = Math.exp(-mean);
    let count = 0;
    for (let product = random.uniform(); product > minProduct; product *= random.uniform()) count++;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const sure = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const distance = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / distance + b) * u + mean + 0.43);
    if (distance >= 0.07 && v <= sure) return count;
    if (count < 0 || (distance < 0.013 && v > distance)) continue;
    const logDensity = count * Math.log(mean) - mean - logGamma(count + 1);
    if (Math.log((v * inverseAlpha) / (a / distance ** 2 + b)) <= logDensity) return count;
  }
}

/**
 * Draws a gamma variable of scale 1 (Marsaglia & Tsang 2000).
 * @param shape above 0
 */
export function drawGamma(shape: number, random: RandomStream): number {
  if (shape < 1) return drawGamma(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = random.normal();
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(random.uniform()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
