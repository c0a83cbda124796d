// Readings of the light tunnel's sensors: the deterministic model with its published parameters (Gamella, Bing, Runge,
// ICML 2025; Gamella, Peters, Bühlmann 2025, Nature Machine Intelligence).

import { SETTINGS } from './settings.js';

/** Columns of the light block. The sensors behind both polarisers are not part of it. */
export const LIGHT_COLUMNS = ['current', 'ir_1', 'vis_1', 'ir_2', 'vis_2'] as const;
export const ANGLE_COLUMNS = ['angle_1', 'angle_2'] as const;

/** Response of the infrared and the visible sensors to the colours. */
const RESPONSE = [
  [4.34165, 2.85944, 1.91566],
  [0.89411, 1.58679, 2.68477],
];
/** Gain 2^(diode + exposure) of the infrared and the visible sensors. */
const GAINS = [2 ** (2 + 3), 2 ** (1 + 3)];
/** Share of each colour that a single polariser lets pass. */
const TRANSMISSION = [0.42686, 0.41232, 0.46653];
/** Distances of the first two sensors from the light source, in metres. */
const DISTANCES = [0.1, 0.17];
/** Current of each colour, and without light. */
const CURRENT = [0.12835, 0.1287, 0.13079];
const IDLE_CURRENT = 58.133;
/** Reading of an angle sensor per degree and at 0°, and its maximum. */
const ANGLE_GAIN = 1.42261;
const ANGLE_ZERO = [506.805, 510.983];
const MAX_ANGLE_READING = 1023;

/** Returns the readings of the light block and of both angle sensors, subjects × 7. @param settings subjects × 5 */
export function sensorReadings(settings: Float64Array): Float64Array {
  const width = LIGHT_COLUMNS.length + ANGLE_COLUMNS.length;
  const subjects = settings.length / SETTINGS.length;
  const readings = new Float64Array(subjects * width);
  for (let row = 0; row < subjects; row++) {
    const [red, green, blue, ...angles] = settings.subarray(row * SETTINGS.length, (row + 1) * SETTINGS.length);
    const colours = [red, green, blue];
    const behind = colours.map((colour, c) => colour * TRANSMISSION[c]);
    const fall = (DISTANCES[0] / DISTANCES[1]) ** 2;
    const light = (source: readonly number[], scale: number) =>
      GAINS.map((gain, k) => gain * scale * along(RESPONSE[k], source));
    readings.set(
      [
        along(CURRENT, colours) + IDLE_CURRENT,
        ...light(colours, 1),
        ...light(behind, fall),
        ...angles.map((angle, k) => Math.min(ANGLE_GAIN * angle + ANGLE_ZERO[k], MAX_ANGLE_READING)),
      ],
      row * width,
    );
  }
  return readings;
}

function along(weights: readonly number[], values: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * values[i], 0);
}
