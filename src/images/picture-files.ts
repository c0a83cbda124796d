// Pictures of a modality from their files, a few at a time and in order, so that memory stays bounded and the result is
// the same every time. Their levels are kept as the files have them, in bytes where that is enough.

import { InterlatentError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import { decodePicture } from './decode.js';
import { memoryStore, type LevelStore } from './level-store.js';
import { PictureCache, type CachePlace } from './picture-cache.js';
import type { Picture, PictureForm } from './picture-form.js';
import type { PictureRows, UnitValues } from './picture-rows.js';

export interface ReadPicturesOptions {
  /** A file that gives no picture is left out, not an error. */
  readonly keep: boolean;
  /** Where levels lie that do not fit in memory, and are found again; left out: in memory. */
  readonly cache?: CachePlace | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

const AT_ONCE = 4;
const MAX_FILE = 2 ** 30;

/**
 * Decode the file of every row, in order.
 *
 * @param files absolute paths; undefined for a row without one
 * @throws InputError `missing-peer`, `mixed-units`, `cached-units` where values in a unit of their own have a cache,
 *   `too-large` where the levels do not fit in memory; what reading and decoding a file throws, with `keep` only where
 *   no file gives a picture; FileError `unwritable`, `disk-full` of a cache
 */
export async function readPictures(
  files: readonly (string | undefined)[],
  form: PictureForm,
  { keep, cache: cachePlace, onProgress }: ReadPicturesOptions,
): Promise<PictureRows> {
  const channels = form.channels === 'grey' ? 1 : 3;
  const size = { rows: files.length, channels, pixels: form.height * form.width };
  const cache = cachePlace && (await PictureCache.open(cachePlace, files, form, size));
  const known = await cache?.read();
  // What could not be used before may be an error now.
  if (known && (keep || known.unusable.length === 0)) return known;
  const store = cache ? cache.store() : memoryStore(size);
  try {
    const pictures = await decodeAll(files, form, store, { keep, onProgress });
    const stored = await store.finish();
    if (stored instanceof Float32Array) return { ...pictures, values: unitValues(stored, pictures.present) };
    const read = { ...pictures, values: stored };
    await cache?.keep(read);
    return read;
  } catch (error) {
    await store.discard();
    throw error;
  }
}

async function decodeAll(
  files: readonly (string | undefined)[],
  form: PictureForm,
  store: LevelStore,
  { keep, onProgress }: Pick<ReadPicturesOptions, 'keep' | 'onProgress'>,
): Promise<Omit<PictureRows, 'values'>> {
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
    present,
  };
}

function unitValues(values: Float32Array, present: Uint8Array): UnitValues {
  const size = values.length / present.length;
  return {
    read: (row, into) => {
      if (present[row] === 1) into.set(values.subarray(row * size, (row + 1) * size));
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
