// Reads the images of a modality from files. Intensities keep the 8 or 16 bits of the files.

import { readBytes } from '../files/bytes.js';
import { collectImages } from './collect-images.js';
import { decodeImage } from './decode.js';
import { memoryStore } from './intensity-store.js';
import { ImageCache, type CachePlace } from './image-cache.js';
import type { ImageForm } from './image-form.js';
import type { ImageRows, UnitValues } from './image-rows.js';

export interface ReadImageFilesOptions {
  /** If true, an unusable file is skipped; otherwise it is an error. */
  readonly keep: boolean;
  /** Cache for intensities that do not fit in memory, or are used again. When left out they are in memory. */
  readonly cache?: CachePlace | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

const CONCURRENCY = 4;
const MAX_FILE = 2 ** 30;

/**
 * Decodes the file of every row, in order.
 *
 * @param files absolute paths; undefined for a row without a file
 * @throws InputError `missing-peer`, `mixed-units`.
 *   `cached-units`: images with a physical unit have a cache. `too-large`: intensities do not fit in memory.
 *   What reading and decoding a file throws, with `keep` only if no file gives an image.
 *   FileError `unwritable`, `disk-full`: the cache cannot be written
 */
export async function readImageFiles(
  files: readonly (string | undefined)[],
  form: ImageForm,
  { keep, cache: cachePlace, onProgress }: ReadImageFilesOptions,
): Promise<ImageRows> {
  const channels = form.channels === 'grey' ? 1 : 3;
  const size = { rows: files.length, channels, pixels: form.height * form.width };
  const cache = cachePlace && (await ImageCache.open(cachePlace, files, form, size));
  const known = await cache?.read();
  // A file that was skipped before is an error without `keep`, so decode again to report it.
  if (known && (keep || known.unusable.length === 0)) return known;
  const store = cache ? cache.store() : memoryStore(size);
  try {
    const images = await collectImages(files.length, {
      keep,
      onProgress,
      concurrency: CONCURRENCY,
      decode: async (row) => {
        const path = files[row];
        return path === undefined ? undefined : decodeImage(await readBytes(path, MAX_FILE), form, path);
      },
      set: (row, intensities) => store.set(row, intensities),
    });
    const stored = await store.finish();
    if (stored instanceof Float32Array) return { ...images, values: unitValues(stored, images.present) };
    const read = { ...images, values: stored };
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
