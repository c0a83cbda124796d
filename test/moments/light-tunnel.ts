// Causes of the light tunnel's synthetic ablation (Gamella, Bing & Runge 2025): red, green, blue, pol_1, pol_2, six
// environments of 10,000 subjects, one perfect level per cause.

import { RandomStream } from '../../src/random/random-stream.js';
import { observed, type InterventionalData } from './interventional-data.js';

const RED = 0;
const GREEN = 1;
const BLUE = 2;
const POL_1 = 3;
const POL_2 = 4;

/** Coefficients of each cause of a cause. */
const COEFFICIENTS: readonly (readonly (readonly [parent: number, coefficient: number])[])[] = [
  [
    [GREEN, 0.71944],
    [POL_1, 0.84868],
  ],
  [[BLUE, 0.89303]],
  [],
  [],
  [
    [GREEN, 0.67726],
    [BLUE, 0.98535],
  ],
];
const VARIANCES = [1.38555, 1.16426, 1.00502, 1.95647, 1.27482];
const LEVEL_MEANS = [1.16921, 1.47497, -1.60596, -1.96579, 1.01171];
const LEVEL_VARIANCES = [1.94878, 1.35887, 1.57343, 1.10218, 1.30511];

/** Simulates the causes as one modality that is mixed linearly. */
export function lightTunnel(seed: number, rowsOfLevel = 10_000): InterventionalData {
  const random = new RandomStream(seed, 3);
  const rows = 6 * rowsOfLevel;
  const z = new Float64Array(5 * rows);
  const levels = Int32Array.from({ length: rows }, (_, row) => row % 6);
  levels.forEach((level, row) => {
    for (const i of [BLUE, GREEN, POL_1, RED, POL_2]) {
      const expected = COEFFICIENTS[i].reduce((sum, [j, coefficient]) => sum + coefficient * z[5 * row + j], 0);
      const [mean, variance] = level === i + 1 ? [LEVEL_MEANS[i], LEVEL_VARIANCES[i]] : [expected, VARIANCES[i]];
      z[5 * row + i] = mean + Math.sqrt(variance) * random.normal();
    }
  });
  const parents = COEFFICIENTS.map((list) => list.map(([parent]) => parent));
  return observed(z, levels, { seed, blocks: [5], parents, targets: [[0], [1], [2], [3], [4]], kind: 'perfect' });
}
