// Recipes of HDF5 files (hdf5-recipe.ts): a dense and a sparse AnnData, and changed golden files.

import type { Recipe } from './hdf5-recipe.js';
import type { Seeds } from './seeds.js';

type Steps = Recipe['steps'];

function frame(at: string, ids: readonly string[]): Steps {
  return [
    ['group', at],
    ['attribute', at, 'encoding-type', 'dataframe'],
    ['attribute', at, 'encoding-version', '0.2.0'],
    ['attribute', at, '_index', 'id'],
    ['attribute', at, 'column-order', ['age', 'sex']],
    ['dataset', `${at}/id`, { data: [...ids] }],
    ['dataset', `${at}/age`, { data: ids.map((_, i) => i + 0.5), type: '<d', chunks: [2], compression: 4 }],
    ['group', `${at}/sex`],
    ['attribute', `${at}/sex`, 'encoding-type', 'categorical'],
    ['dataset', `${at}/sex/categories`, { data: ['f', 'm'] }],
    ['dataset', `${at}/sex/codes`, { data: ids.map((_, i) => (i % 3) - 1), type: '<b' }],
  ];
}

const DENSE: Steps = [
  ...frame('obs', ['a', 'b', 'c']),
  ...frame('var', ['g1', 'g2']),
  ['dataset', 'X', { data: [1, 2, 3, 4, 5, 6], shape: [3, 2], type: '<f', chunks: [2, 2], compression: 1 }],
  ['attribute', 'X', 'encoding-type', 'array'],
  ['soft', 'again', '/X'],
  ['hard', 'obs/alias', '/obs/age'],
  ['reference', 'obs/points', '/X'],
];

const SPARSE: Steps = [
  ...frame('obs', ['a', 'b', 'c']),
  ...frame('var', ['g1', 'g2']),
  ['group', 'X'],
  ['attribute', 'X', 'encoding-type', 'csr_matrix'],
  ['attribute', 'X', 'shape', [3, 2]],
  ['dataset', 'X/data', { data: [1.5, 2, 3], type: '<d' }],
  ['dataset', 'X/indices', { data: [0, 0, 1], type: '<i' }],
  ['dataset', 'X/indptr', { data: [0, 1, 1, 3], type: '<i', maxshape: [null], chunks: [4] }],
];

const LINKS: Steps = [
  ['external', 'elsewhere', 'dense.h5ad', '/X'],
  ['soft', 'loop', '/loop'],
  ['soft', 'obs/nowhere', '/nothing'],
];

export function hdf5Seeds(): Record<string, Seeds> {
  const seed = (recipe: Partial<Recipe>): Buffer => Buffer.from(JSON.stringify({ steps: [], patch: [], ...recipe }));
  return {
    hdf5: new Map([
      ['dense', seed({ steps: DENSE })],
      ['obs', seed({ steps: DENSE, part: 'obs' })],
      ['sparse', seed({ steps: SPARSE })],
      ['links', seed({ base: 'cells.h5ad', steps: LINKS, part: 'obs' })],
      ['cells', seed({ base: 'cells.h5ad', patch: [[0.5, 1]] })],
      ['layer', seed({ base: 'cells.h5ad', part: 'layers/by_gene' })],
      ['cite', seed({ base: 'cite.h5mu', part: 'rna', patch: [[0.1, 255]] })],
      ['virtual', seed({ base: 'outside-virtual.h5ad' })],
      ['storage', seed({ base: 'outside-storage.h5ad' })],
    ]),
  };
}
