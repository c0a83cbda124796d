// Causes of the light tunnel's synthetic ablation (Gamella, Bing & Runge 2025): red, green, blue, pol_1, pol_2, six
// environments of 10,000 subjects, one perfect level per cause.

import { principalComponents } from '../../src/linear/components.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { observed, standardise, type InterventionalData } from './interventional-data.js';

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

/** Sensitivities of the two light sensors to red, green, and blue, their covers at the second place, and the current. */
const SENSITIVITIES = [
  [4.34165, 2.85944, 1.91566],
  [0.89411, 1.58679, 2.68477],
];
const COVER = [0.42686, 0.41232, 0.46653];
const CURRENT = [0.1283, 0.1287, 0.13079];

/**
 * Measures the causes by five light sensors and two angle sensors with noise, and returns five whitened principal
 * components.
 * @param noise standard deviation of the noise in those of each sensor
 */
export function measured(data: InterventionalData, noise: number, seed: number) {
  const random = new RandomStream(seed, 4);
  const rows = data.subjects.length;
  const weights = [
    CURRENT,
    ...SENSITIVITIES,
    ...SENSITIVITIES.map((row) => row.map((value, colour) => value * COVER[colour])),
  ].map((row) => [...row, 0, 0]);
  weights.push([0, 0, 0, 1, 0], [0, 0, 0, 0, 1]);
  const sensors = new Float64Array(7 * rows);
  weights.forEach((row, k) => {
    for (let i = 0; i < rows; i++) sensors[7 * i + k] = row.reduce((sum, w, j) => sum + w * data.z[5 * i + j], 0);
    standardise(sensors, k, 7);
    for (let i = 0; i < rows; i++) sensors[7 * i + k] += noise * random.normal();
  });
  const { scores } = principalComponents({ values: sensors, rows, columns: 7 }, 5);
  const values = new Float64Array(5 * rows);
  const covariance = new Float64Array(25);
  for (let k = 0; k < 5; k++) {
    const column = scores.getColumn(k);
    const variance = column.reduce((sum, value) => sum + value ** 2, 0) / rows;
    column.forEach((value, i) => (values[5 * i + k] = value / Math.sqrt(variance)));
    covariance[6 * k] = noise ** 2 / variance;
  }
  return { values: Float32Array.from(values), noise: covariance };
}
