// Caches decoded intensities in a folder: a file of numbers whose name depends on the image files, and a JSON file with
// further facts about the images. The JSON file is written last, so if it exists, the numbers are complete.

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { readBytes } from '../files/bytes.js';
import { exists, sizeOf } from '../files/exists.js';
import { removeLeftovers } from '../files/temporary.js';
import { codeOf, fileStore, type IntensityStore, type StoredIntensities, type StoreSize } from './intensity-store.js';
import type { ImageForm } from './image-form.js';
import type { ImageRows } from './image-rows.js';

/** Increases when decoding changes. */
const FORMAT = 1;
const STAT_CONCURRENCY = 64;
/** Bytes of an intensity. */
const BYTES = { uint8: 1, int16: 2 } as const;

const range = z.tuple([z.number(), z.number()]);
const aboutSchema = z.object({
  type: z.enum(['uint8', 'int16']),
  heights: range,
  widths: range,
  /** Rows without an image. */
  absent: z.array(z.number()),
  unusable: z.array(z.object({ row: z.number(), code: z.string(), reason: z.string() })),
});

export interface CachePlace {
  /** Folder of the cache; created if it does not exist. */
  readonly folder: string;
  /** Name of the modality. Several modalities can share a folder. */
  readonly name: string;
}

type CachedImages = ImageRows & { readonly values: StoredIntensities };

export class ImageCache {
  readonly #path: string;
  readonly #size: StoreSize;

  private constructor(path: string, size: StoreSize) {
    this.#path = path;
    this.#size = size;
  }

  /**
   * Opens the cache of these files in their present state: names, sizes and modification times.
   * @throws FileError `unwritable`
   */
  static async open(
    { folder, name }: CachePlace,
    files: readonly (string | undefined)[],
    form: ImageForm,
    size: StoreSize,
  ): Promise<ImageCache> {
    await makeFolder(folder);
    removeLeftovers(folder);
    const hash = createHash('sha256').update(JSON.stringify({ format: FORMAT, form }));
    for (let start = 0; start < files.length; start += STAT_CONCURRENCY) {
      const states = await Promise.all(files.slice(start, start + STAT_CONCURRENCY).map(stateOf));
      hash.update(JSON.stringify(states));
    }
    return new ImageCache(join(folder, `${name}-${hash.digest('hex').slice(0, 16)}`), size);
  }

  /** Returns the cached images; undefined if there are none. */
  async read(): Promise<ImageRows | undefined> {
    const { rows, channels, pixels } = this.#size;
    const about = await this.#readAbout();
    if (about === undefined) return undefined;
    const { type, absent, ...rest } = about;
    if ((await sizeOf(this.#numbers)) !== rows * channels * pixels * BYTES[type]) return undefined;
    const present = new Uint8Array(rows).fill(1);
    for (const row of absent) present[row] = 0;
    const numbers = { path: this.#numbers, type, length: rows * channels * pixels };
    return { ...rest, values: { numbers, ...codeOf(type === 'int16') }, present };
  }

  /** Returns the facts; undefined if they are missing or damaged. Images are then decoded again. */
  async #readAbout(): Promise<z.output<typeof aboutSchema> | undefined> {
    if (!(await exists(this.#about))) return undefined;
    try {
      return aboutSchema.parse(JSON.parse(new TextDecoder().decode(await readBytes(this.#about))));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }

  /** Returns a store for the intensities of the cache. @throws FileError `unwritable`, `disk-full` */
  store(): IntensityStore {
    return fileStore(this.#size, this.#numbers);
  }

  /** Writes the facts about images whose intensities are stored. @throws FileError `unwritable`, `disk-full` */
  async keep({ heights, widths, unusable, present, values }: CachedImages): Promise<void> {
    // Do not cache a result without images, or one with a file that may be readable the next time.
    if (!present.includes(1) || unusable.some(({ code }) => code === 'unreadable')) return;
    const absent = [...present.keys()].filter((row) => present[row] === 0);
    const type = 'path' in values.numbers ? values.numbers.type : 'uint8';
    await writeFileAtomic(this.#about, JSON.stringify({ type, heights, widths, absent, unusable }));
  }

  get #numbers(): string {
    return `${this.#path}.levels`;
  }

  get #about(): string {
    return `${this.#path}.json`;
  }
}

/** Returns path, size and modification time of a file, or why they are unknown. */
async function stateOf(path: string | undefined): Promise<readonly (string | number | undefined)[] | null> {
  if (path === undefined) return null;
  try {
    const { size, mtimeMs } = await stat(path);
    return [path, size, mtimeMs];
  } catch (error) {
    return [path, (error as NodeJS.ErrnoException).code];
  }
}
