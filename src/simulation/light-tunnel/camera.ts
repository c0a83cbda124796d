// Images of the light tunnel's camera by the published model F3 (Gamella, Peters, Bühlmann 2025, Nature Machine
// Intelligence, appendix IV.2.2): a hexagon of one colour on black.

import type { RandomStream } from '../../random/random-stream.js';
import { COLOURS, SETTINGS } from './settings.js';

/** Response of the camera's channels to the colours of the light source. */
const RESPONSE = [
  [0.29958, 0.0692, 0.02816],
  [0.04017, 0.92099, 0.31265],
  [0.00217, 0.20716, 0.75763],
];
const WHITE_BALANCE = [2.65625, 1, 1.77344];
const EXPOSURE = 2.5;
/** Share of each channel that passes aligned and crossed polarisers. */
const ALIGNED = [0.29, 0.35, 0.33];
const CROSSED = [0.02, 0.08, 0.18];
const MAX_INTENSITY = 255;
/** Radius of the circle around the hexagon, relative to the side of the image. */
const RADIUS = 0.22;

/** Returns the colour of the hexagon, subjects × 3 channels, from 0 to 1. @param settings subjects × 5 */
export function hexagonColours(settings: Float64Array): Float64Array {
  const subjects = settings.length / SETTINGS.length;
  const colours = new Float64Array(subjects * COLOURS);
  for (let row = 0; row < subjects; row++) {
    const [red, green, blue, first, second] = settings.subarray(row * SETTINGS.length, (row + 1) * SETTINGS.length);
    const passing = Math.cos(((first - second) * Math.PI) / 180) ** 2;
    for (let c = 0; c < COLOURS; c++) {
      const light = (RESPONSE[c][0] * red + RESPONSE[c][1] * green + RESPONSE[c][2] * blue) / MAX_INTENSITY;
      const share = (ALIGNED[c] - CROSSED[c]) * passing + CROSSED[c];
      colours[row * COLOURS + c] = Math.min(Math.max(EXPOSURE * WHITE_BALANCE[c] * light * share, 0), 1);
    }
  }
  return colours;
}

/** Returns 1 for pixels whose centre is in the hexagon, size × size. */
export function hexagonMask(size: number): Uint8Array {
  return Uint8Array.from({ length: size * size }, (_, at) => {
    const x = Math.abs(((at % size) + 0.5) / size - 0.5) / RADIUS;
    const y = Math.abs((Math.floor(at / size) + 0.5) / size - 0.5) / RADIUS;
    // A regular hexagon with two vertices on the horizontal axis and the circumradius 1.
    return y <= Math.sqrt(3) / 2 && Math.sqrt(3) * x + y <= Math.sqrt(3) ? 1 : 0;
  });
}

/**
 * Returns the images of some subjects as intensities, subjects × size × size × channels.
 * @param noise sd of normal noise on each value of the hexagon, by channel, and its random numbers
 */
export function images(
  colours: Float64Array,
  size: number,
  noise?: { readonly sds: readonly number[]; readonly random: RandomStream },
): Uint8Array {
  const mask = hexagonMask(size);
  const subjects = colours.length / COLOURS;
  const values = new Uint8Array(subjects * mask.length * COLOURS);
  for (let row = 0; row < subjects; row++) {
    for (let pixel = 0; pixel < mask.length; pixel++) {
      if (mask[pixel] === 0) continue;
      for (let c = 0; c < COLOURS; c++) {
        const colour = colours[row * COLOURS + c] + (noise ? noise.sds[c] * noise.random.normal() : 0);
        const intensity = Math.round(MAX_INTENSITY * Math.min(Math.max(colour, 0), 1));
        values[(row * mask.length + pixel) * COLOURS + c] = intensity;
      }
    }
  }
  return values;
}
