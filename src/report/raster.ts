// Images of a page: values of pixels as PNG in the page's own text.

import { writePng, type PngImage } from '../files/png.js';
import { drawnChannels, toIntensities } from '../images/intensities.js';
import { ACTS, FALLS, RISES } from './scale-colours.js';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** A data URI. */
  readonly source: string;
}

interface Extent {
  readonly height: number;
  readonly width: number;
}

/** Pixels of a side: larger images are averaged, so that a page stays small whatever it shows. */
const MAX_PIXELS = 96;

/** @param values channels × pixels; NaN is black @param range the values of black and white */
export function photograph(
  values: Float64Array,
  channels: number,
  extent: Extent,
  range: readonly [number, number],
): Raster {
  const small = averaged(values, channels, extent);
  return raster(small, { channels: drawnChannels(channels), intensities: toIntensities(small.values, channels, range) });
}

/** Blue below 0, orange above, nothing at 0. @param reach the size of the fullest colour */
export function signedRaster(values: Float64Array, extent: Extent, reach: number): Raster {
  return shaded(averaged(values, 1, extent), (value) => (value < 0 ? FALLS : RISES), reach);
}

/** The fuller the colour the larger. @param values not below 0 */
export function unsignedRaster(values: Float64Array, extent: Extent, reach: number): Raster {
  return shaded(averaged(values, 1, extent), () => ACTS, reach);
}

interface Averaged extends Extent {
  readonly values: Float64Array;
}

function shaded(small: Averaged, colourOf: (value: number) => readonly number[], reach: number): Raster {
  const intensities = new Uint8Array(4 * small.values.length);
  small.values.forEach((value, at) => {
    const opacity = reach > 0 ? Math.min(1, Math.abs(value) / reach) : 0;
    intensities.set([...colourOf(value), Math.round(255 * opacity)], 4 * at);
  });
  return raster(small, { channels: 4, intensities });
}

function raster({ width, height }: Extent, rest: Pick<PngImage, 'channels' | 'intensities'>): Raster {
  const bytes = writePng({ width, height, ...rest });
  return {
    width,
    height,
    source: `data:image/png;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`,
  };
}

/** Means over squares of pixels, of those that are there; a whole number of pixels a square. */
function averaged(values: Float64Array, channels: number, { height, width }: Extent): Averaged {
  const side = Math.ceil(Math.max(height, width) / MAX_PIXELS);
  if (side === 1) return { values, height, width };
  const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)];
  const [sums, counts] = [new Float64Array(channels * rows * columns), new Uint32Array(channels * rows * columns)];
  values.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    const [channel, pixel] = [Math.floor(at / (height * width)), at % (height * width)];
    const [row, column] = [Math.floor(pixel / width / side), Math.floor((pixel % width) / side)];
    const target = (channel * rows + row) * columns + column;
    sums[target] += value;
    counts[target]++;
  });
  return { values: sums.map((sum, i) => (counts[i] === 0 ? NaN : sum / counts[i])), height: rows, width: columns };
}
