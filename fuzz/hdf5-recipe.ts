// Writes HDF5 files from a recipe in JSON, with h5wasm. Mutations of the recipe give files with other links, layouts,
// filters, types and references, and with valid checksums. `patch` then changes bytes of the finished file.

import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Library from 'h5wasm/node';
import * as z from 'zod';

/** Folder of golden files. The engine starts in the root of the checkout. */
const GOLDEN = 'test/golden/tables';
/** Maximal number of values of a dataset and of a chunk, so that every mutation writes a small file. */
const MAX_VALUES = 64;
/** A valid file. */
export const GOOD = join(GOLDEN, 'dense.h5ad');

const length = z.int().min(0).max(MAX_VALUES);
const value = z.union([z.number(), z.string().max(100)]);
const dataset = z.object({
  data: z.array(value).max(MAX_VALUES),
  shape: z.array(length).max(4).optional(),
  type: z.string().max(4).optional(),
  chunks: z.array(length).max(4).optional(),
  maxshape: z.array(length.nullable()).max(4).optional(),
  compression: z.union([z.int(), z.string()]).optional(),
});
const name = z.string().min(1).max(100);
const recipeSchema = z.object({
  /** Name of the golden file that the steps change. Default: an empty file. */
  base: z.string().optional(),
  steps: z.array(
    z.union([
      z.tuple([z.literal('group'), name]),
      z.tuple([z.literal('dataset'), name, dataset]),
      z.tuple([z.literal('attribute'), name, name, z.union([value, z.array(value).max(MAX_VALUES)])]),
      z.tuple([z.literal('soft'), name, name]),
      z.tuple([z.literal('hard'), name, name]),
      z.tuple([z.literal('external'), name, name, name]),
      z.tuple([z.literal('reference'), name, name]),
    ]),
  ),
  /** Positions, as shares of the file's length, and the bytes to write there. */
  patch: z.array(z.tuple([z.number().min(0).max(1), z.int().min(0).max(255)])),
  /** Part of the file that is read. */
  part: z.string().optional(),
});

export type Recipe = z.infer<typeof recipeSchema>;
type Hdf5 = typeof Library;

let folder: string | undefined;

/** Parses a recipe. @returns undefined if the bytes are not a recipe */
export function recipeOf(bytes: Uint8Array): Recipe | undefined {
  try {
    return recipeSchema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}

/** Writes the file of a recipe. @returns its path, or undefined if the library refuses to write it */
export async function cook(recipe: Recipe, library: Hdf5): Promise<string | undefined> {
  const { FS: files } = (await library.ready) as unknown as { FS: { write: (...args: unknown[]) => unknown } };
  const { write } = files;
  // The library prints its errors. They are suppressed, because a recipe that cannot be written is no finding.
  files.write = (stream, buffer, offset, length, ...rest) =>
    (stream as { fd: number }).fd === 2 ? length : write(stream, buffer, offset, length, ...rest);
  try {
    return written(recipe, library);
  } finally {
    files.write = write;
  }
}

function written({ base, steps, patch }: Recipe, library: Hdf5): string | undefined {
  folder ??= mkdtempSync(join(tmpdir(), 'interlatent-hdf5-'));
  const path = join(folder, 'input.h5ad');
  try {
    if (base !== undefined) copyFileSync(join(GOLDEN, base.replaceAll(/[^\w.-]/g, '')), path);
    const file = new library.File(path, base === undefined ? 'w' : 'a');
    try {
      for (const step of steps) perform(file, step, library);
    } finally {
      file.close();
    }
  } catch {
    return undefined;
  }
  if (patch.length === 0) return path;
  const bytes = readFileSync(path);
  for (const [place, byte] of patch) bytes[Math.floor(place * (bytes.length - 1))] = byte;
  writeFileSync(path, bytes);
  return path;
}

function perform(file: Library.File, [kind, path, ...rest]: Recipe['steps'][number], library: Hdf5): void {
  const at = path.split('/').filter((part) => part !== '');
  const leaf = at.pop()!;
  const within = at.length === 0 ? file : file.get(at.join('/'));
  if (!(within instanceof library.Group)) return;
  switch (kind) {
    case 'group':
      within.create_group(leaf);
      break;
    case 'dataset': {
      const [{ type, ...how }] = rest as [z.infer<typeof dataset>];
      within.create_dataset({ name: leaf, ...how, dtype: type } as never);
      break;
    }
    case 'attribute': {
      const [attribute, content] = rest as [string, string];
      const entity = within.get(leaf);
      if (!(entity instanceof library.Dataset || entity instanceof library.Group)) return;
      entity.create_attribute(attribute, content);
      break;
    }
    case 'soft':
      within.create_soft_link(rest[0] as string, leaf);
      break;
    case 'hard':
      within.create_hard_link(rest[0] as string, leaf);
      break;
    case 'external':
      within.create_external_link(rest[0] as string, rest[1] as string, leaf);
      break;
    case 'reference': {
      const entity = file.get(rest[0] as string);
      if (entity instanceof library.Dataset || entity instanceof library.Group) {
        within.create_dataset({ name: leaf, data: [entity.create_reference()] as never });
      }
    }
  }
}
