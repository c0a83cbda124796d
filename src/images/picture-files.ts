// Pictures of a modality from their files. Their levels are kept as the files have them, in bytes where that is enough.

import { readBytes } from '../files/bytes.js';
import { collectPictures } from './collect-pictures.js';
import { decodePicture } from './decode.js';
import { memoryStore } from './level-store.js';
import { PictureCache, type CachePlace } from './picture-cache.js';
import type { PictureForm } from './picture-form.js';
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
    const pictures = await collectPictures(files.length, {
      ...{ keep, onProgress, atOnce: AT_ONCE },
      decode: async (row) => {
        const path = files[row];
        return path === undefined ? undefined : decodePicture(await readBytes(path, MAX_FILE), form, path);
      },
      set: (row, levels) => store.set(row, levels),
    });
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

function unitValues(values: Float32Array, present: Uint8Array): UnitValues {
  const size = values.length / present.length;
  return {
    read: (row, into) => {
      if (present[row] === 1) into.set(values.subarray(row * size, (row + 1) * size));
      else into.fill(NaN);
    },
  };
}
