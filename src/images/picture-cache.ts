// Levels that were read once, in a folder: a file of numbers, named by what they were read from, and beside it what
// else is known of the pictures. The second one is written last: where it is, the first is whole.

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { readBytes } from '../files/bytes.js';
import { exists, sizeOf } from '../files/exists.js';
import { removeLeftovers } from '../files/temporary.js';
import { codeOf, fileStore, type LevelStore, type StoredLevels, type StoreSize } from './level-store.js';
import type { PictureForm } from './picture-form.js';
import type { PictureRows } from './picture-rows.js';

/** Changed where pictures are decoded otherwise. */
const FORMAT = 1;
const STATS_AT_ONCE = 64;
/** Of a level. */
const BYTES = { uint8: 1, int16: 2 } as const;

const range = z.tuple([z.number(), z.number()]);
const knownSchema = z.object({
  type: z.enum(['uint8', 'int16']),
  heights: range,
  widths: range,
  /** Rows without a picture. */
  absent: z.array(z.number()),
  unusable: z.array(z.object({ row: z.number(), code: z.string(), reason: z.string() })),
});

export interface CachePlace {
  /** It is made where it is not there. */
  readonly folder: string;
  /** Of the modality; files of several lie in a folder. */
  readonly name: string;
}

type CachedPictures = PictureRows & { readonly values: StoredLevels };

export class PictureCache {
  readonly #path: string;
  readonly #size: StoreSize;

  private constructor(path: string, size: StoreSize) {
    this.#path = path;
    this.#size = size;
  }

  /**
   * The cache of these files as they are now: names, sizes and times of change.
   * @throws FileError `unwritable`
   */
  static async open(
    { folder, name }: CachePlace,
    files: readonly (string | undefined)[],
    form: PictureForm,
    size: StoreSize,
  ): Promise<PictureCache> {
    await makeFolder(folder);
    removeLeftovers(folder);
    const hash = createHash('sha256').update(JSON.stringify({ format: FORMAT, form }));
    for (let start = 0; start < files.length; start += STATS_AT_ONCE) {
      const known = await Promise.all(files.slice(start, start + STATS_AT_ONCE).map(stateOf));
      hash.update(JSON.stringify(known));
    }
    return new PictureCache(join(folder, `${name}-${hash.digest('hex').slice(0, 16)}`), size);
  }

  /** What was kept, undefined without it. */
  async read(): Promise<PictureRows | undefined> {
    const { rows, channels, pixels } = this.#size;
    const known = await this.#known();
    if (known === undefined) return undefined;
    const { type, absent, ...rest } = known;
    if ((await sizeOf(this.#levels)) !== rows * channels * pixels * BYTES[type]) return undefined;
    const present = new Uint8Array(rows).fill(1);
    for (const row of absent) present[row] = 0;
    const numbers = { path: this.#levels, type, length: rows * channels * pixels };
    return { ...rest, values: { numbers, ...codeOf(type === 'int16') }, present };
  }

  /** Undefined where it is not there, or damaged: then pictures are read again. */
  async #known(): Promise<z.output<typeof knownSchema> | undefined> {
    if (!(await exists(this.#about))) return undefined;
    try {
      return knownSchema.parse(JSON.parse(new TextDecoder().decode(await readBytes(this.#about))));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }

  /** Where levels go that are to be kept. @throws FileError `unwritable`, `disk-full` */
  store(): LevelStore {
    return fileStore(this.#size, this.#levels);
  }

  /** @param pictures as `store` finished them @throws FileError `unwritable`, `disk-full` */
  async keep({ heights, widths, unusable, present, values }: CachedPictures): Promise<void> {
    // Nothing to find again, or a file that may be readable the next time.
    if (!present.includes(1) || unusable.some(({ code }) => code === 'unreadable')) return;
    const absent = [...present.keys()].filter((row) => present[row] === 0);
    const type = 'path' in values.numbers ? values.numbers.type : 'uint8';
    await writeFileAtomic(this.#about, JSON.stringify({ type, heights, widths, absent, unusable }));
  }

  get #levels(): string {
    return `${this.#path}.levels`;
  }

  get #about(): string {
    return `${this.#path}.json`;
  }
}

/** Of a file that cannot be looked at, why not. */
async function stateOf(path: string | undefined): Promise<readonly (string | number | undefined)[] | null> {
  if (path === undefined) return null;
  try {
    const { size, mtimeMs } = await stat(path);
    return [path, size, mtimeMs];
  } catch (error) {
    return [path, (error as NodeJS.ErrnoException).code];
  }
}
