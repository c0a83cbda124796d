// Pictures of a modality from their files, a few at a time and in order, so that memory stays bounded and the result is
// the same every time. Their levels are kept as the files have them, in bytes where that is enough.

import { InterlatentError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import { decodePicture } from './decode.js';
import { LevelStore } from './level-store.js';
import type { Picture, PictureForm } from './picture-form.js';

/** A file that gave no picture. */
export interface UnusablePicture {
  readonly row: number;
  readonly code: string;
  readonly reason: string;
}

/** The pictures of a modality's rows, all of one form. */
export interface PictureRows {
  readonly unusable: readonly UnusablePicture[];
  /** Pixels of the pictures as their files have them: least and most. */
  readonly heights: readonly [number, number];
  readonly widths: readonly [number, number];
  /**
   * Writes the levels of a row, from 0 to 1, or its values in their own unit, channels × rows × columns of the picture;
   * NaN without one.
   */
  readonly read: (row: number, into: Float64Array) => void;
}

export interface ReadPicturesOptions {
  /** A file that gives no picture is left out, not an error. */
  readonly keep: boolean;
  readonly place: string;
  readonly onProgress?: ((done: number) => void) | undefined;
}

const AT_ONCE = 4;
const MAX_FILE = 2 ** 30;

/**
 * Decode the file of every row, in order.
 *
 * @param files absolute paths; undefined for a row without one
 * @param place of the modality, named in errors
 * @throws InputError `missing-peer`, `mixed-units`; `too-large` where the levels do not fit in memory; what reading and
 *   decoding a file throws, with `keep` only where no file gives a picture
 */
export async function readPictures(
  files: readonly (string | undefined)[],
  form: PictureForm,
  { keep, place, onProgress }: ReadPicturesOptions,
): Promise<PictureRows> {
  const channels = form.channels === 'grey' ? 1 : 3;
  const store = new LevelStore(files.length, channels * form.height * form.width, place);
  const present = new Uint8Array(files.length);
  const problems: { readonly row: number; readonly error: InterlatentError }[] = [];
  const heights = new Extremes();
  const widths = new Extremes();
  const decode = async (path: string | undefined): Promise<Picture | InterlatentError | undefined> => {
    if (path === undefined) return undefined;
    try {
      return await decodePicture(await readBytes(path, MAX_FILE), form, path);
    } catch (error) {
      // Without the package no file of its kind is read, whatever is in it.
      if (error instanceof InterlatentError && error.code !== 'missing-peer') return error;
      throw error;
    }
  };
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const pictures = await Promise.all(files.slice(start, start + AT_ONCE).map(decode));
    for (const [i, picture] of pictures.entries()) {
      const row = start + i;
      if (picture === undefined) continue;
      if (picture instanceof InterlatentError) {
        if (!keep) throw picture;
        problems.push({ row, error: picture });
        continue;
      }
      store.set(row, picture.levels);
      present[row] = 1;
      heights.add(picture.height);
      widths.add(picture.width);
    }
    onProgress?.(Math.min(start + AT_ONCE, files.length));
  }
  if (problems.length > 0 && !present.includes(1)) throw problems[0].error;
  return {
    unusable: problems.map(({ row, error: { code, message } }) => ({ row, code, reason: message })),
    heights: heights.range,
    widths: widths.range,
    read: (row, into) => {
      if (present[row] === 1) store.read(row, channels, into);
      else into.fill(NaN);
    },
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
