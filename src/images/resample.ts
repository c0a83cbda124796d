// Resamples values in a physical unit: crops them, then takes weighted means over rows and columns. The Lanczos kernel
// of three lobes is stretched to the pixel size of the result if that is larger.

import type { ImageForm } from './image-form.js';

const LOBES = 3;

export interface Plane {
  /** Rows × columns. */
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Returns the rows × columns of the form. An image of that size does not change. */
export function resample({ values, height, width }: Plane, form: ImageForm): Float32Array {
  const scale = form.crop === 'none' ? 0 : Math.min(height / form.height, width / form.width);
  const rows = weightsOf(height, form.height, scale);
  const columns = weightsOf(width, form.width, scale);
  const across = new Float64Array(height * form.width);
  for (let y = rows.from; y < rows.to; y++) {
    for (let x = 0; x < form.width; x++) {
      const { first, weights } = columns.each[x];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * values[y * width + first + i];
      across[y * form.width + x] = sum;
    }
  }
  return Float32Array.from({ length: form.height * form.width }, (_, at) => {
    const { first, weights } = rows.each[Math.floor(at / form.width)];
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i] * across[(first + i) * form.width + (at % form.width)];
    return sum;
  });
}

interface Weights {
  /** First position with a weight; `to` is the position after the last. */
  readonly from: number;
  readonly to: number;
  /** First position and weights, by position of the result. */
  readonly each: readonly { readonly first: number; readonly weights: Float64Array }[];
}

/** @param scale pixels of the central part for one pixel of the result; 0 to use all pixels */
function weightsOf(size: number, wanted: number, scale: number): Weights {
  const step = scale === 0 ? size / wanted : scale;
  const start = (size - step * wanted) / 2;
  const [from, to] = [Math.max(0, Math.floor(start + 1e-9)), Math.min(size, Math.ceil(start + step * wanted - 1e-9))];
  const stretch = Math.max(1, step);
  const each = Array.from({ length: wanted }, (_, at) => {
    const centre = start + (at + 0.5) * step - 0.5;
    const first = Math.max(from, Math.ceil(centre - LOBES * stretch));
    const last = Math.min(to - 1, Math.floor(centre + LOBES * stretch));
    const weights = Float64Array.from({ length: last - first + 1 }, (__, i) => lanczos((first + i - centre) / stretch));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
  return { from, to, each };
}

function lanczos(x: number): number {
  const angle = Math.PI * x;
  // Exactly 0 or 1 at integers, so that values at unchanged positions stay the same.
  if (Math.abs(x - Math.round(x)) < 1e-9) return Math.round(x) === 0 ? 1 : 0;
  return Math.abs(x) >= LOBES ? 0 : (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / angle ** 2;
}
