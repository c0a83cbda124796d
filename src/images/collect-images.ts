// Decodes the images of rows, a few at the same time and in order, so that memory is bounded and the result does not
// depend on timing.

import { InterlatentError } from '../errors/errors.js';
import type { DecodedImage } from './image-form.js';
import type { ImageRows } from './image-rows.js';

interface CollectOptions {
  /** If true, an unusable file is skipped; otherwise it is an error. */
  readonly keep: boolean;
  /** Number of images that are decoded at the same time. */
  readonly concurrency: number;
  /** Returns the image of a row; undefined for a row without one. */
  readonly decode: (row: number) => Promise<DecodedImage | undefined>;
  readonly set: (row: number, intensities: DecodedImage['intensities']) => void;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Decodes all rows. @throws what `decode` throws; with `keep` only `missing-peer`, or if no row gives an image */
export async function collectImages(
  rows: number,
  { keep, concurrency, decode, set, onProgress }: CollectOptions,
): Promise<Omit<ImageRows, 'values'>> {
  const present = new Uint8Array(rows);
  const problems: { readonly row: number; readonly error: InterlatentError }[] = [];
  const heights = new Extremes();
  const widths = new Extremes();
  const attempt = async (row: number): Promise<DecodedImage | InterlatentError | undefined> => {
    try {
      return await decode(row);
    } catch (error) {
      // Without the package no file of this format can be read.
      if (error instanceof InterlatentError && error.code !== 'missing-peer') return error;
      throw error;
    }
  };
  for (let start = 0; start < rows; start += concurrency) {
    const some = Array.from({ length: Math.min(concurrency, rows - start) }, (_, i) => attempt(start + i));
    for (const [i, image] of (await Promise.all(some)).entries()) {
      const row = start + i;
      if (image === undefined) continue;
      if (image instanceof InterlatentError) {
        if (!keep) throw image;
        problems.push({ row, error: image });
        continue;
      }
      set(row, image.intensities);
      present[row] = 1;
      heights.add(image.height);
      widths.add(image.width);
    }
    onProgress?.(Math.min(start + concurrency, rows));
  }
  if (problems.length > 0 && !present.includes(1)) throw problems[0].error;
  return {
    unusable: problems.map(({ row, error: { code, message } }) => ({ row, code, reason: message })),
    heights: heights.range,
    widths: widths.range,
    present,
  };
}

class Extremes {
  #min = Infinity;
  #max = -Infinity;

  add(value: number): void {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  get range(): readonly [number, number] {
    return [this.#min, this.#max];
  }
}
