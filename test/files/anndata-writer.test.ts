// Files of AnnData and MuData that interlatent writes, read again by its reader and by h5py.

import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ready } from 'h5wasm/node';
import { target as damagedFiles } from '../../fuzz/targets/hdf5.js';
import { attempt } from '../../fuzz/target.js';
import { writeAnnData, writeMuData, type AnnDataObject } from '../../src/files/anndata-writer.js';
import { withHdf5 } from '../../src/files/hdf5.js';
import { readTable } from '../../src/files/read-table.js';
import { scratch } from '../fixtures/scratch.js';
import { testIf } from '../fixtures/skipping.js';

const { file } = scratch();
const PYTHON = '/usr/bin/python3';
const withH5py = testIf(
  spawnSync(PYTHON, ['-c', 'import h5py']).status === 0,
  'no Python package h5py (Debian: python3-h5py)',
);

const obs = { index: ['p1', 'p2', 'p3'], columns: [{ name: 'split', values: ['training', 'test', 'training'] }] };

function object(prefix: string): AnnDataObject {
  return {
    obs,
    var: { index: [`${prefix}1`, `${prefix}é`], columns: [{ name: 'mean', values: Float64Array.of(1, NaN) }] },
    X: { values: Float32Array.of(1, 2, 3, NaN, 5, 6), width: 2 },
    obsm: { latents: { values: Float32Array.of(0.5, -1, 2), width: 1 } },
    varm: { loadings: { values: Float32Array.of(0.25, NaN), width: 1 } },
    uns: {
      study: 'a study',
      subjects: 3,
      names: ['x', 'y'],
      weights: Float64Array.of(1, 2),
      edges: { frame: { index: ['0'], columns: [{ name: 'from', values: ['a.z1'] }] } },
      deep: { group: { key: 'value' } },
    },
  };
}

const rows = async (target: string, part: string | undefined, columns: readonly string[]) => {
  const table = await readTable(target, {
    ...(part !== undefined && { part }),
    columns: [...columns],
    index: 'id',
    text: ['id'],
  });
  const values = columns.map((name) => table.numbers(name));
  return table.texts('id').map((id, row) => [id, ...values.map((column) => column[row])]);
};

describe('a .h5ad', () => {
  test('has the matrix, annotations of rows and columns, and matrices of rows', async () => {
    const target = file('study.h5ad');
    await writeAnnData(target, object('g'));
    expect(await rows(target, undefined, ['g1', 'gé'])).toEqual([
      ['p1', 1, 2],
      ['p2', 3, NaN],
      ['p3', 5, 6],
    ]);
    expect(await rows(target, 'obsm/latents', ['latents1'])).toEqual([
      ['p1', 0.5],
      ['p2', -1],
      ['p3', 2],
    ]);
    const variables = await readTable(target, { part: 'var', columns: ['mean'], index: 'name', text: ['name'] });
    expect([variables.texts('name'), [...variables.numbers('mean')]]).toEqual([
      ['g1', 'gé'],
      [1, NaN],
    ]);
  });

  test('names the encoding of everything, as AnnData 0.8 demands', async () => {
    const target = file('study.h5ad');
    await writeAnnData(target, object('g'));
    const encodings = await withHdf5(target, (opened) => {
      const at = [
        '',
        'X',
        'obs',
        'obsm',
        'obsm/latents',
        'varm/loadings',
        'uns/study',
        'uns/subjects',
        'uns/names',
        'uns/edges',
        'uns/deep',
      ];
      return Promise.resolve(at.map((one) => opened.attribute(one, 'encoding-type')));
    });
    const known = [
      'anndata',
      'array',
      'dataframe',
      'dict',
      'array',
      'array',
      'string',
      'numeric-scalar',
      'string-array',
    ];
    expect(encodings).toEqual([...known, 'dataframe', 'dict']);
  });

  test('compresses large matrices and keeps their values', async () => {
    const target = file('large.h5ad');
    const width = 3001;
    const ids = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const names = Array.from({ length: width }, (_, j) => `g${j}`);
    const values = Float32Array.from({ length: 40 * width }, (_, i) => i % 7);
    const frame = (index: readonly string[]) => ({ index, columns: [{ name: 'k', values: index }] });
    const whole = {
      ...object('g'),
      obs: frame(ids),
      var: frame(names),
      X: { values, width },
      obsm: {},
      varm: {},
    };
    await writeAnnData(target, whole);
    const table = await readTable(target, { columns: ['g3000'] });
    expect([...table.numbers('g3000')]).toEqual(ids.map((_, row) => (row * width + 3000) % 7));
    expect(readFileSync(target).length).toBeLessThan(values.byteLength);
  });

  // A damaged file can damage the memory of the library that reads it, so the writer must not use this memory.
  test('is written with memory that no reader uses, also after damaged files', async () => {
    const corpus = join(import.meta.dirname, '../../fuzz/corpus/hdf5');
    const damaged = readdirSync(corpus).map((name) => Uint8Array.from(readFileSync(join(corpus, name))));
    for (const bytes of damaged) await attempt(damagedFiles, bytes);
    const { HEAPU8: memory } = (await ready) as unknown as { readonly HEAPU8: Uint8Array };
    const before = Buffer.from(memory);
    const target = file('after.h5ad');
    await writeAnnData(target, object('g'));
    expect(before.equals(memory)).toBe(true);
    expect((await readTable(target, { columns: ['g1'] })).rows).toBe(3);
  });

  test('replaces an existing file only as a whole', async () => {
    const target = file('taken/study.h5ad', 'old');
    const below = writeAnnData(file('taken/study.h5ad/below.h5ad'), object('g'));
    await expect(below).rejects.toMatchObject({ code: 'unwritable' });
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(existsSync(file('taken/study.h5ad/below.h5ad'))).toBe(false);
  });
});

describe('a .h5mu', () => {
  const writeWhole = async (target: string): Promise<void> => {
    const modalities = { rna: object('g'), protein: object('p') };
    await writeMuData(target, { obs, obsm: object('g').obsm, uns: { study: 'a study' }, modalities }, '1.2.3');
  };

  test('begins with the mark of MuData and has a part for each modality', async () => {
    const target = file('study.h5mu');
    await writeWhole(target);
    expect(readFileSync(target).subarray(0, 72).toString()).toContain(
      'MuData (format-version=0.1.0;creator=interlatent;creator-version=1.2.3)',
    );
    expect(await rows(target, 'protein', ['p1'])).toEqual([
      ['p1', 1],
      ['p2', 3],
      ['p3', 5],
    ]);
  });

  withH5py('is read by h5py, with texts as texts and the order of the modalities', async () => {
    const target = file('study.h5mu');
    await writeWhole(target);
    const program = `
import h5py, json, sys
f = h5py.File(sys.argv[1])
print(json.dumps([f.attrs["encoding-type"], list(f["mod"].attrs["mod-order"]), f["varmap/protein"][:].tolist(),
  f["mod/rna/X"][:2].tolist()[0], f["mod/rna/var/_index"].asstr()[:].tolist(), f["mod/rna/uns/study"].asstr()[()]]))`;
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', program, target], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(['MuData', ['rna', 'protein'], [0, 0, 1, 2], [1, 2], ['g1', 'gé'], 'a study']);
  });
});
