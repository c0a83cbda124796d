// Pictures of rows, a few at a time and in order, so that memory stays bounded and the result is the same every time.

import { InterlatentError } from '../errors.js';
import type { Picture } from './picture-form.js';
import type { PictureRows } from './picture-rows.js';

interface CollectOptions {
  /** A file that gives no picture is left out, not an error. */
  readonly keep: boolean;
  /** Decoded at the same time. */
  readonly atOnce: number;
  /** The picture of a row; undefined for a row without one. */
  readonly decode: (row: number) => Promise<Picture | undefined>;
  readonly set: (row: number, levels: Picture['levels']) => void;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** @throws what `decode` throws, with `keep` only `missing-peer`, or where no row gives a picture */
export async function collectPictures(
  rows: number,
  { keep, atOnce, decode, set, onProgress }: CollectOptions,
): Promise<Omit<PictureRows, 'values'>> {
  const present = new Uint8Array(rows);
  const problems: { readonly row: number; readonly error: InterlatentError }[] = [];
  const heights = new Extremes();
  const widths = new Extremes();
  const tried = async (row: number): Promise<Picture | InterlatentError | undefined> => {
    try {
      return await decode(row);
    } catch (error) {
      // Without the package no file of its kind is read, whatever is in it.
      if (error instanceof InterlatentError && error.code !== 'missing-peer') return error;
      throw error;
    }
  };
  for (let start = 0; start < rows; start += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, rows - start) }, (_, i) => tried(start + i));
    for (const [i, picture] of (await Promise.all(some)).entries()) {
      const row = start + i;
      if (picture === undefined) continue;
      if (picture instanceof InterlatentError) {
        if (!keep) throw picture;
        problems.push({ row, error: picture });
        continue;
      }
      set(row, picture.levels);
      present[row] = 1;
      heights.add(picture.height);
      widths.add(picture.width);
    }
    onProgress?.(Math.min(start + atOnce, rows));
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
  #least = Infinity;
  #most = -Infinity;

  add(value: number): void {
    this.#least = Math.min(this.#least, value);
    this.#most = Math.max(this.#most, value);
  }

  get range(): readonly [number, number] {
    return [this.#least, this.#most];
  }
}
