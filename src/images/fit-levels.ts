// Levels of 8 bits brought to a size without a library, to the very levels of libvips, which reads photographs in Node.
// A picture more than twice too large becomes means of whole pixels, then Lanczos' kernel of three lobes does the rest;
// Catmull and Rom's cubic makes pictures larger. Pixels at the edge go on beyond it; every pass rounds as libvips does.

import type { PictureForm } from './picture-form.js';

/** Of the most that a mean of whole pixels may leave to the kernel. */
const GAP = 2;
/** Positions between two pixels that libvips has weights for, and what a weight of 1 is in its whole numbers. */
const PHASES = 64;
const FIXED = 4096;

/** The light of each level, 0 to 1. */
const LIGHT = Float32Array.from({ length: 256 }, (_, level) => {
  const share = level / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

/** The level of each light in 255ths. */
const LEVELS = Uint8Array.from({ length: 256 }, (_, at) => {
  const light = at / 255;
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));
});

/** A picture as a canvas gives it. */
export interface Pixels {
  /** Rows × columns × red, green, blue and what is not looked at. */
  readonly levels: Uint8Array | Uint8ClampedArray;
  readonly height: number;
  readonly width: number;
}

interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

/** Of a channel, rows × columns. */
interface Plane {
  readonly levels: Uint8Array | Int16Array;
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

/** Of rows and of columns. */
interface Sides {
  readonly height: number;
  readonly width: number;
}

/** @returns rows × columns × channels of the form, 0 to 255; a picture of that size keeps its levels */
export function fitLevels({ levels, height, width }: Pixels, form: PictureForm): Uint8Array {
  const scale = Math.min(height / form.height, width / form.width);
  const isWhole = form.crop === 'none';
  const steps = isWhole ? { height: height / form.height, width: width / form.width } : { height: scale, width: scale };
  const size = isWhole ? form : { height: Math.round(height / scale), width: Math.round(width / scale) };
  const [top, left] = [(size.height - form.height + 1) >> 1, (size.width - form.width + 1) >> 1];
  const pixels = form.height * form.width;
  const colours = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const plane = { levels: new Uint8Array(height * width), height, width };
    for (let i = 0; i < plane.levels.length; i++) plane.levels[i] = levels[4 * i + channel];
    const fitted = resized(plane, size, steps);
    for (let i = 0; i < pixels; i++) {
      const [y, x] = [top + Math.floor(i / form.width), left + (i % form.width)];
      colours[3 * i + channel] = fitted.levels[y * size.width + x];
    }
  }
  return form.channels === 'rgb' ? colours : Uint8Array.from({ length: pixels }, (_, i) => luminance(colours, 3 * i));
}

/** @param steps rows and columns for one of the result, which has `size` of them */
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

/** libvips begins half a pixel outside of the picture, of a side that does not become larger too. */
function enlarge(plane: Plane, rows: number, step: number): Plane {
  return weighted(plane, rows, { kernel: CUBIC, step: Math.min(1, step), stretch: 1, start: -0.5 });
}

function blockMeans({ levels, height, width }: Plane, block: number): Plane {
  const rows = Math.ceil(height / block);
  const means = new Uint8Array(rows * width);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < block; i++) sum += levels[Math.min(height - 1, y * block + i) * width + x];
      // As the fixed point of libvips rounds: down for most blocks that are no power of two.
      means[y * width + x] = Math.floor(((sum + (block >> 1)) * Math.floor(2 ** 24 / block)) / 2 ** 24);
    }
  }
  return { levels: means, height: rows, width };
}

interface Weighting {
  readonly kernel: Kernel;
  /** Rows for one of the result. */
  readonly step: number;
  /** How much wider than a row the kernel is. */
  readonly stretch: number;
  /** Where the middle of the first row of the result is. */
  readonly start: number;
}

function weighted({ levels, height, width }: Plane, rows: number, { kernel, step, stretch, start }: Weighting): Plane {
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
      for (let x = 0; x < width; x++) sums[x] += fixed * levels[from + x];
    }
    for (let x = 0; x < width; x++) result[row * width + x] = Math.floor(sums[x] / FIXED);
  }
  return { levels: result, height: rows, width };
}

function clipped({ levels, height, width }: Plane): Plane {
  return { levels: new Uint8Array(Uint8ClampedArray.from(levels).buffer), height, width };
}

function transposed({ levels, height, width }: Plane): Plane {
  const turned = levels.slice();
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) turned[x * height + y] = levels[y * width + x];
  return { levels: turned, height: width, width: height };
}

/** CIE's, of light: levels of sRGB are made linear, and back between the levels of a table. */
function luminance(colours: Uint8Array, at: number): number {
  const [r, g, b] = colours.subarray(at, at + 3);
  const light = 255 * (0.2126 * LIGHT[r] + 0.7152 * LIGHT[g] + 0.0722 * LIGHT[b]);
  const below = Math.min(254, Math.floor(light));
  return Math.round(LEVELS[below] + (LEVELS[below + 1] - LEVELS[below]) * (light - below));
}
