// AnnData and MuData in HDF5. The input is a recipe (hdf5-recipe.ts). After a refused file, a valid file must be read
// as before, because the state of the library's compiled code lives as long as the process.

import * as library from 'h5wasm/node';
import { InterlatentError } from '../../src/errors/errors.js';
import { readAnnData } from '../../src/files/anndata.js';
import { cook, GOOD, recipeOf } from '../hdf5-recipe.js';
import { expectEqual, type Target } from '../target.js';

await library.ready;

async function valuesOf(path: string, part?: string): Promise<unknown> {
  const table = await readAnnData(path, part === undefined ? {} : { part });
  return table.columns.map((name) => [name, table.texts(name)]);
}

let good: unknown;

export const target: Target = {
  run: async (bytes) => {
    good ??= await valuesOf(GOOD);
    const recipe = recipeOf(bytes);
    const path = recipe && (await cook(recipe, library));
    if (path === undefined) return;
    try {
      await valuesOf(path, recipe!.part);
    } catch (error) {
      if (!(error instanceof InterlatentError)) throw error;
      expectEqual(await valuesOf(GOOD), good, 'a good file after a bad one');
      throw error;
    }
  },
};
