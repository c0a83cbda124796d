// Runs every fuzz target in TypeScript on its corpus, which contains inputs of earlier findings, and on some mutations.
// The C++ tests do the same for targets in C++. `npm run fuzz` runs for a longer time.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mutate } from '../../fuzz/engine/mutate.js';
import { Random } from '../../fuzz/engine/random.js';
import { NATIVE_TARGETS } from '../../fuzz/engine/native.js';
import { cook, recipeOf } from '../../fuzz/hdf5-recipe.js';
import { hdf5Seeds } from '../../fuzz/hdf5-seeds.js';
import { attempt, type Target } from '../../fuzz/target.js';
import { readAnnData } from '../../src/files/anndata.js';

const MUTANTS = 20;
const targets = readdirSync('fuzz/targets').map((name) => name.replace(/\.ts$/, ''));

function corpusOf(name: string): Uint8Array[] {
  const folder = join('fuzz/corpus', name);
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

test('every target has a corpus, and every corpus has a target', () => {
  expect([...targets, ...NATIVE_TARGETS].sort()).toEqual(readdirSync('fuzz/corpus').sort());
});

test('each seed of HDF5 can be written, and the plain ones can be read', async () => {
  const library = await import('h5wasm/node');
  for (const [name, bytes] of hdf5Seeds()['hdf5']) {
    const path = await cook(recipeOf(Buffer.from(bytes))!, library);
    expect({ name, isWritten: path !== undefined }).toEqual({ name, isWritten: true });
    if (['dense', 'sparse'].includes(name)) expect((await readAnnData(path!)).columns).toEqual(['index', 'g1', 'g2']);
  }
});

// A seed of an earlier format would be refused at once, and its mutants would test nothing.
test.each(['run-folder', 'checkpoint', 'metrics', 'graphml', 'graph-json'])('each seed of %s is read', async (name) => {
  const { target } = (await import(`../../fuzz/targets/${name}.js`)) as { target: Target };
  const seeds = readdirSync(join('fuzz/corpus', name)).filter((file) => file.startsWith('seed-'));
  expect(seeds.length).toBeGreaterThan(0);
  for (const seed of seeds) await target.run(Uint8Array.from(readFileSync(join('fuzz/corpus', name, seed))));
});

describe('the corpus and mutations of it give results or coded errors', () => {
  test.each(targets)('%s', async (name) => {
    const { target } = (await import(`../../fuzz/targets/${name}.js`)) as { target: Target };
    const inputs = corpusOf(name);
    const random = new Random(1);
    const material = { random, words: [], inputs, maxBytes: 4096 };
    const before = inputs.map((bytes) => Uint8Array.from(bytes));
    const mutants = Array.from({ length: MUTANTS }, () => mutate(random.of(inputs), target, material));
    expect(inputs.map((bytes) => Uint8Array.from(bytes))).toEqual(before);
    for (const bytes of [...inputs, ...mutants]) {
      const wrong: unknown = await attempt(target, Uint8Array.from(bytes));
      if (wrong !== undefined) throw new Error(Buffer.from(bytes).toString('base64'), { cause: wrong });
    }
  });
});
