// Resizes images of 8 bits without a library, with exactly the results of libvips, which Node uses. An image that is at
// least four times too large is first reduced to means of whole pixels. Then a Lanczos kernel of three lobes reduces
// it. The cubic of Catmull and Rom enlarges images. Edge pixels are repeated outside the image. Every pass rounds
// like libvips.

import type { ImageForm } from './image-form.js';

/** Minimum factor that means of whole pixels leave to the kernel. */
const GAP = 2;
/** Positions between two pixels for which libvips has weights, and its fixed-point value of a weight of 1. */
const PHASES = 64;
const FIXED = 4096;

/** Linear light of each sRGB intensity, 0 to 1. */
const LIGHT = Float32Array.from({ length: 256 }, (_, intensity) => {
  const share = intensity / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

/** sRGB intensity of linear light, in 255ths. */
const INTENSITIES = Uint8Array.from({ length: 256 }, (_, at) => {
  const light = at / 255;
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
});

/** An image from a canvas. */
export interface Pixels {
  /** Rows × columns × (red, green, blue, and a fourth value that is ignored). */
  readonly intensities: Uint8Array | Uint8ClampedArray;
  readonly height: number;
  readonly width: number;
}

interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

/** One channel, rows × columns. */
interface Plane {
  readonly intensities: Uint8Array | Int16Array;
  readonly height: number;
  readonly width: number;
}

const LANCZOS: Kernel = {
  support: 3,
  weight: (x) =>
    x === 0 ? 1 : Math.abs(x) >= 3 ? 0 : (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2,
};

const CUBIC: Kernel = {
  support: 2,
  weight: (x) => {
    const away = Math.abs(x);
    if (away >= 2) return 0;
    return away < 1 ? (1.5 * away - 2.5) * away * away + 1 : ((-0.5 * away + 2.5) * away - 4) * away + 2;
  },
};

/** Numbers of rows and columns, or steps along them. */
interface Sides {
  readonly height: number;
  readonly width: number;
}

/** Returns rows × columns × channels of the form, 0 to 255. An image of that size does not change. */
export function fitIntensities({ intensities, height, width }: Pixels, form: ImageForm): Uint8Array {
  const scale = Math.min(height / form.height, width / form.width);
  const isWhole = form.crop === 'none';
  const steps = isWhole ? { height: height / form.height, width: width / form.width } : { height: scale, width: scale };
  const size = isWhole ? form : { height: Math.round(height / scale), width: Math.round(width / scale) };
  const [top, left] = [(size.height - form.height + 1) >> 1, (size.width - form.width + 1) >> 1];
  const pixels = form.height * form.width;
  const colours = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const plane = { intensities: new Uint8Array(height * width), height, width };
    for (let i = 0; i < plane.intensities.length; i++) plane.intensities[i] = intensities[4 * i + channel];
    const fitted = resized(plane, size, steps);
    for (let i = 0; i < pixels; i++) {
      const [y, x] = [top + Math.floor(i / form.width), left + (i % form.width)];
      colours[3 * i + channel] = fitted.intensities[y * size.width + x];
    }
  }
  return form.channels === 'rgb' ? colours : Uint8Array.from({ length: pixels }, (_, i) => luminance(colours, 3 * i));
}

/** @param size rows and columns of the result @param steps rows and columns of the source for one of the result */
function resized(plane: Plane, size: Sides, steps: Sides): Plane {
  const reduced = transposed(reduce(transposed(reduce(plane, size.height, steps.height)), size.width, steps.width));
  if (steps.height >= 1 && steps.width >= 1) return reduced;
  const wide = transposed(enlarge(transposed(reduced), size.width, steps.width));
  return clipped(enlarge(wide, size.height, steps.height));
}

function reduce(plane: Plane, rows: number, step: number): Plane {
  if (step <= 1) return plane;
  const block = Math.max(1, Math.floor(plane.height / (rows * GAP)));
  const rest = step / block;
  const start = (plane.height / block - rows * rest + rest - 1) / 2;
  const means = block === 1 ? plane : blockMeans(plane, block);
  return clipped(weighted(means, rows, { kernel: LANCZOS, step: rest, stretch: rest, start }));
}

/** libvips starts half a pixel outside the image, also along a side that is not enlarged. */
function enlarge(plane: Plane, rows: number, step: number): Plane {
  return weighted(plane, rows, { kernel: CUBIC, step: Math.min(1, step), stretch: 1, start: -0.5 });
}

function blockMeans({ intensities, height, width }: Plane, block: number): Plane {
  const rows = Math.ceil(height / block);
  const means = new Uint8Array(rows * width);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < block; i++) sum += intensities[Math.min(height - 1, y * block + i) * width + x];
      // Fixed-point rounding of libvips: down for most blocks whose size is not a power of two.
      means[y * width + x] = Math.floor(((sum + (block >> 1)) * Math.floor(2 ** 24 / block)) / 2 ** 24);
    }
  }
  return { intensities: means, height: rows, width };
}

interface Weighting {
  readonly kernel: Kernel;
  /** Rows of the source for one row of the result. */
  readonly step: number;
  /** Width of the kernel relative to a row. */
  readonly stretch: number;
  /** Centre of the first row of the result. */
  readonly start: number;
}

function weighted(
  { intensities, height, width }: Plane,
  rows: number,
  { kernel, step, stretch, start }: Weighting,
): Plane {
  const result = new Int16Array(rows * width);
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const centre = Math.round((start + row * step) * PHASES) / PHASES;
    const first = Math.ceil(centre - kernel.support * stretch);
    const last = Math.floor(centre + kernel.support * stretch);
    const weights = Array.from({ length: last - first + 1 }, (_, i) => kernel.weight((first + i - centre) / stretch));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    sums.fill(FIXED / 2);
    for (const [i, weight] of weights.entries()) {
      const fixed = Math.trunc((weight / total) * FIXED);
      const from = Math.min(height - 1, Math.max(0, first + i)) * width;
      for (let x = 0; x < width; x++) sums[x] += fixed * intensities[from + x];
    }
    for (let x = 0; x < width; x++) result[row * width + x] = Math.floor(sums[x] / FIXED);
  }
  return { intensities: result, height: rows, width };
}

function clipped({ intensities, height, width }: Plane): Plane {
  return { intensities: new Uint8Array(Uint8ClampedArray.from(intensities).buffer), height, width };
}

function transposed({ intensities, height, width }: Plane): Plane {
  const turned = intensities.slice();
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) turned[x * height + y] = intensities[y * width + x];
  return { intensities: turned, height: width, width: height };
}

/** Returns the CIE luminance. Converts sRGB to linear light and back, by interpolation in a table. */
function luminance(colours: Uint8Array, at: number): number {
  const [r, g, b] = colours.subarray(at, at + 3);
  const light = 255 * (0.2126 * LIGHT[r] + 0.7152 * LIGHT[g] + 0.0722 * LIGHT[b]);
  const below = Math.min(254, Math.floor(light));
  return Math.round(INTENSITIES[below] + (INTENSITIES[below + 1] - INTENSITIES[below]) * (light - below));
}
