// Images of a page, as PNG in data URIs.

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

/** Maximum number of pixels of a side. Larger images are averaged, so that a page stays small. */
const MAX_PIXELS = 96;

/** Returns an image. @param values channels × pixels; NaN is black @param range values of black and of white */
export function photograph(
  values: Float64Array,
  channels: number,
  extent: Extent,
  range: readonly [number, number],
): Raster {
  const small = averaged(values, channels, extent);
  return raster(small, {
    channels: drawnChannels(channels),
    intensities: toIntensities(small.values, channels, range),
  });
}

/** Returns an image of signed values: blue below 0, orange above. @param reach absolute value of the full colour */
export function signedRaster(values: Float64Array, extent: Extent, reach: number): Raster {
  return shaded(averaged(values, 1, extent), (value) => (value < 0 ? FALLS : RISES), reach);
}

/** Returns an image in which larger values have a stronger colour. @param values at least 0 */
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

/** Returns means of the observed pixels in squares. The side of a square is a whole number of pixels. */
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
