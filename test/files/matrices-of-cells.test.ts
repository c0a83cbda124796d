// Cell matrices of other programs: Cell Ranger, Matrix Market, AnnData and MuData. The script that wrote them stored
// their content in test/golden/tables/expected.json.

import { describe, expect, test } from '@jest/globals';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import type { Dataset } from 'h5wasm/node';
import { join } from 'node:path';
import { withHdf5 } from '../../src/files/hdf5.js';
import { readTable } from '../../src/files/read-table.js';
import type { Table, TableOptions } from '../../src/files/table.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder, snapshot } = scratch();
const refuses = refusing(snapshot);
const golden = (name: string): string => join(import.meta.dirname, '../golden/tables', name);

interface Expected {
  readonly cells: string[];
  readonly counts: number[][];
  readonly proteins: number[][];
  readonly symmetric: number[][];
  readonly pca: number[][];
  readonly depth: number[];
}
const expected = JSON.parse(readFileSync(golden('expected.json'), 'utf8')) as Expected;
const { cells, counts, proteins } = expected;

/** Rows of the numeric columns of a table. */
function rowsOf(table: Table, columns: readonly string[]): number[][] {
  const values = columns.map((name) => table.numbers(name));
  return Array.from({ length: table.rows }, (_, row) => values.map((column) => column[row]));
}

const times = (matrix: number[][], change: (value: number) => number) => matrix.map((row) => row.map(change));

describe('a folder of Cell Ranger', () => {
  const genes = ['CD3D', 'CD19', 'TBCE (ENSG00002)', 'TBCE (ENSG00003)', 'MS4A1'];

  test('is a table of barcodes × features of the requested type', async () => {
    const table = await readTable(golden('tenx'), { part: 'Gene Expression', index: 'cell' });
    expect(table.available).toEqual(['cell', ...genes]);
    expect(table.texts('cell')).toEqual(cells);
    expect(rowsOf(table, genes)).toEqual(counts);
    const other = await readTable(golden('tenx'), { part: 'Antibody Capture' });
    expect(rowsOf(other, ['CD3_TotalSeqB', 'CD19_TotalSeqB'])).toEqual(proteins);
  });

  test('can also be of version 2, or have a prefix', async () => {
    const table = await readTable(golden('geo/GSM1_matrix.mtx'), { index: 'cell', text: ['cell'], columns: ['MS4A1'] });
    expect(table.columns).toEqual(['cell', 'MS4A1']);
    expect(rowsOf(table, ['MS4A1'])).toEqual(counts.map((row) => [row[4]]));
  });

  test('keeps only requested features, and keeps them sparse', async () => {
    const table = await readTable(golden('geo/GSM1_matrix.mtx'), { columns: ['CD19'] });
    expect(table.columns).toEqual(['barcode', 'CD19']);
    expect(table.isPacked('CD19')).toBe(true);
  });
});

describe('Matrix Market', () => {
  test('is rows × columns without barcodes and features', async () => {
    const table = await readTable(golden('alone.mtx'));
    expect(rowsOf(table, ['c1', 'c2', 'c3', 'c4', 'c5'])).toEqual(counts);
  });

  test('can have half of a symmetric matrix, or all entries of a dense one', async () => {
    const symmetric = await readTable(golden('symmetric.mtx'));
    expect(rowsOf(symmetric, ['c1', 'c2', 'c3'])).toEqual(expected.symmetric);
    const dense = await readTable(golden('array.mtx'));
    expect(rowsOf(dense, ['c1', 'c2', 'c3'])).toEqual(expected.symmetric);
    const pattern = file('pattern.mtx', '%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 1\n');
    expect(rowsOf(await readTable(pattern), ['c1', 'c2'])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  const header = '%%MatrixMarket matrix coordinate real general\n';
  const mtx = (name: string, text: string, options: TableOptions = {}) => {
    const path = file(name, text);
    return () => readTable(path, options);
  };
  const folderOf = (name: string, changes: Record<string, string>) => {
    cpSync(golden('geo'), join(folder, name), { recursive: true });
    for (const [entry, text] of Object.entries(changes)) file(join(name, entry), text);
    return () => readTable(join(folder, name, 'GSM1_matrix.mtx'));
  };
  refuses([
    ['another text', 'damaged-file', /line 1 must be %%MatrixMarket/, mtx('text.mtx', 'id,a\n1,2\n')],
    ['complex numbers', 'unsupported-type', /'complex general'/, mtx('c.mtx', header.replace('real', 'complex'))],
    ['no size', 'damaged-file', /ends before the size/, mtx('size.mtx', header)],
    [
      'an invalid size',
      'damaged-file',
      /line 2: the size of the matrix is 'three 3 1'/,
      mtx('s.mtx', `${header}three 3 1\n`),
    ],
    [
      'an entry outside the matrix',
      'damaged-file',
      /line 3: place 3, 1 lies outside 2 × 2/,
      mtx('o.mtx', `${header}2 2 1\n3 1 1\n`),
    ],
    ['a word', 'damaged-file', /line 3: 'one' is not a number/, mtx('w.mtx', `${header}2 2 1\n1 1 one\n`)],
    ['cut short', 'damaged-file', /has 1 of the 2 entries/, mtx('cut.mtx', `${header}2 2 2\n1 1 1\n`)],
    ['too many entries', 'damaged-file', /more than the 1 entries/, mtx('m.mtx', `${header}2 2 1\n1 1 1\n2 2 1\n`)],
    ['a place twice', 'damaged-file', /row 1 of 'c1' is repeated/, mtx('t.mtx', `${header}2 2 2\n1 1 1\n1 1 2\n`)],
    ['rows beyond memory', 'too-large', /of 4000000000 × 1; /, mtx('big.mtx', `${header}4000000000 1 0\n`)],
    ['columns beyond memory', 'too-large', /of 3 × 9292233; /, mtx('wide.mtx', `${header}3 9292233 1\n1 1 1\n`)],
    ['gzip that is none', 'damaged-file', /gzip/, mtx('none.mtx.gz', header)],
    ['a part without features', 'unknown-part', /no features.tsv/, mtx('p.mtx', header, { part: 'Peaks' })],
    ['several types', 'ambiguous-part', /with part: 'Gene Expression' or/, () => readTable(golden('tenx'))],
    [
      'a type misspelled',
      'unknown-part',
      /did you mean 'Antibody Capture'/,
      () => readTable(golden('tenx'), { part: 'Antibody Captures' }),
    ],
    ['a folder of something else', 'missing-file', /without matrix.mtx/, () => readTable(golden('geo'))],
    [
      'too few barcodes',
      'rows-disagree',
      /5 rows and 12 columns.*5 features and.*2 barcodes/,
      folderOf('few', { 'GSM1_barcodes.tsv': 'a\nb\n' }),
    ],
  ]);
});

describe('AnnData', () => {
  const path = golden('cells.h5ad');
  const genes = ['CD3D', 'CD19', 'TBCE', 'TBCE-1', 'MS4A1'];

  test('gives X with the names of obs and var', async () => {
    const table = await readTable(path, { index: 'cell', text: ['cell'], keep: () => true });
    expect(table.columns).toEqual(['cell', ...genes]);
    expect(table.texts('cell')).toEqual(cells);
    expect(rowsOf(table, genes)).toEqual(counts);
    expect(table.isPacked('CD19')).toBe(true);
    const dense = await readTable(golden('dense.h5ad'));
    expect(rowsOf(dense, ['CD3', 'CD19'])).toEqual(proteins);
  });

  test('gives layers, raw and obsm: sparse by column, dense, with and without names', async () => {
    expect(rowsOf(await readTable(path, { part: 'layers/by_gene' }), genes)).toEqual(
      times(counts, (value) => value * 2),
    );
    const one = await readTable(path, { part: 'layers/by_gene', columns: ['TBCE'] });
    expect(rowsOf(one, ['TBCE'])).toEqual(counts.map((row) => [row[2] * 2]));
    expect(rowsOf(await readTable(path, { part: 'layers/scaled' }), genes)).toEqual(
      times(counts, (value) => (value - 1) / 2),
    );
    expect(rowsOf(await readTable(path, { part: 'raw/X' }), ['ONE'])).toEqual(counts.map(() => [1]));
    expect(rowsOf(await readTable(path, { part: 'obsm/X_pca' }), ['X_pca1', 'X_pca2', 'X_pca3'])).toEqual(expected.pca);
    expect((await readTable(path, { part: 'obsm/clinic' })).numbers('age')[0]).toBe(30);
  });

  test('gives tables with categories, Booleans and missing values', async () => {
    const obs = await readTable(path, { part: 'obs', index: 'cell', text: ['cell', 'donor'], keep: () => true });
    expect(obs.texts('donor')).toEqual(['d1', 'd1', 'd1', 'd1', 'd2', 'd2', 'd2', 'd2', '', 'd3', 'd3', 'd3']);
    expect([...obs.numbers('grade')].slice(0, 4)).toEqual([1, 2, 3, 1]);
    expect([...obs.numbers('doublet')].slice(0, 3)).toEqual([0, 1, 0]);
    expect([...obs.numbers('age')].slice(0, 4)).toEqual([0, 1, NaN, 3]);
    const genesTable = await readTable(path, { part: 'var', index: 'gene' });
    expect(genesTable.texts('gene')).toEqual(genes);
  });

  test('adds columns of obs to X if they are requested by name', async () => {
    const table = await readTable(path, {
      index: 'cell',
      text: ['cell', 'donor'],
      keep: (name) => name === 'CD19' || name === 'depth',
      named: (name) => name === 'depth',
    });
    expect(table.columns).toEqual(['cell', 'donor', 'depth', 'CD19']);
    expect([...table.numbers('depth')]).toEqual(expected.depth);
    expect(table.texts('donor')[4]).toBe('d2');
    const all = await readTable(path, { index: 'cell', text: ['cell'], keep: () => true });
    expect(all.has('depth')).toBe(false);
  });

  test('gives one of several modalities by its name, with the observations of that modality', async () => {
    const prot = await readTable(golden('cite.h5mu'), { part: 'prot', index: 'cell' });
    expect(prot.texts('cell')).toEqual(cells.slice(0, 9));
    expect(rowsOf(prot, ['CD3', 'CD19'])).toEqual(proteins.slice(0, 9));
    const rna = await readTable(golden('cite.h5mu'), { part: 'mod/rna/X' });
    expect(rowsOf(rna, genes)).toEqual(counts);
    expect((await readTable(golden('cite.h5mu'), { part: 'obs' })).numbers('batch')[1]).toBe(1);
  });

  const patched = (name: string, source: string, change: (bytes: Buffer) => Buffer | undefined) => {
    const bytes = readFileSync(golden(source));
    const target = file(name, change(bytes) ?? bytes);
    return (options: TableOptions = {}) => readTable(target, options);
  };
  /** Replaces every occurrence of a text by another of the same length. */
  const renamed = (from: string, to: string) => (bytes: Buffer) => {
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
    return undefined;
  };
  const cut = patched('cut.h5ad', 'cells.h5ad', (bytes) => bytes.subarray(0, bytes.length / 2));
  const text = patched('text.h5ad', 'cells.h5ad', () => Buffer.from('id,a\n1,2\n'));
  const encoding = patched('encoding.h5ad', 'cells.h5ad', renamed('csr_matrix', 'coo_matrix'));
  const categorical = patched('category.h5ad', 'cells.h5ad', renamed('categorical', 'cetegorical'));
  const noVar = patched('var.h5ad', 'dense.h5ad', renamed('var\0', 'vor\0'));
  const pointers = patched('pointers.h5ad', 'cells.h5ad', renamed('indptr', 'indptx'));
  const map = patched('map.h5mu', 'cite.h5mu', (bytes) => {
    // obsmap of prot is 1 … 9 and three zeros. Swap the first two entries.
    const places = Buffer.from(Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0).buffer);
    const at = bytes.indexOf(places);
    bytes.writeUInt32LE(2, at);
    bytes.writeUInt32LE(1, at + 4);
    return undefined;
  });
  refuses([
    ['cut short', 'damaged-file', /truncated file/, cut],
    ['no HDF5', 'damaged-file', /signature not found/, text],
    ['missing', 'missing-file', /no such file/, () => readTable(join(folder, 'nowhere.h5ad'))],
    ['another encoding of X', 'unsupported-type', /X has the encoding 'coo_matrix'; supported are/, encoding],
    [
      'another encoding of a column',
      'unsupported-type',
      /obs\/donor has the encoding 'cetegorical'/,
      () => categorical({ part: 'obs' }),
    ],
    ['no var', 'damaged-file', /no group var/, noVar],
    ['no X', 'unknown-part', /no part 'X'; it has no part of an AnnData/, () => readTable(golden('other.h5ad'))],
    ['a sparse matrix without pointers', 'damaged-file', /no dataset X\/indptr/, pointers],
    [
      'a layer misspelled',
      'unknown-part',
      /did you mean 'layers\/scaled'/,
      () => readTable(path, { part: 'layers/scale' }),
    ],
    [
      'a gene misspelled',
      'missing-column',
      /'CD190' \(did you mean 'CD19'\?\)/,
      () => readTable(path, { columns: ['CD190'] }),
    ],
    ['modalities and no part', 'ambiguous-part', /rna, prot|prot, rna/, () => readTable(golden('cite.h5mu'))],
    [
      'an unknown modality',
      'unknown-part',
      /it has (prot, rna|rna, prot)/,
      () => readTable(golden('cite.h5mu'), { part: 'atac' }),
    ],
    ['a map of observations that lies', 'damaged-file', /obsmap\/prot does not match/, () => map({ part: 'prot' })],
    [
      'a package that is missing',
      'missing-peer',
      /npm install h5wasm/,
      () =>
        withHdf5(
          path,
          () => Promise.resolve(1),
          () => Promise.reject(new Error('Cannot find it')),
        ),
    ],
  ]);
});

// Damaged copies of dense.h5ad and of long-heap.h5, which h5wasm 0.10 wrote with a text of 9,000 letters.
describe('an HDF5 heap that HDF5 2.0 would never finish reading', () => {
  const texts = (name: string) => () => withHdf5(golden(name), (file) => file.vector('a'));
  const bytes = Buffer.from(readFileSync(golden('long-heap.h5')));
  bytes[bytes[8] < 2 ? 14 : 10] = 4;
  const lengths = file('lengths.h5', bytes);
  const heap = /an object in a heap of texts has an impossible length/;
  refuses([
    ['no length', 'damaged-file', heap, () => readTable(golden('endless-heap.h5ad'))],
    ['a length of 2^32', 'damaged-file', heap, () => readTable(golden('endless-wrap.h5ad'))],
    ['no length behind the first 4 KiB', 'damaged-file', heap, texts('endless-long.h5')],
    ['lengths of 4 bytes', 'damaged-file', /lengths have 4 bytes/, () => withHdf5(lengths, () => Promise.resolve())],
  ]);

  test('is read if it is intact', async () => {
    expect(await texts('long-heap.h5')()).toEqual(['x'.repeat(9000), 'y', 'z']);
  });
});

describe('an HDF5 file that takes values from another file', () => {
  const outside = (name: string) => () => readTable(golden(`outside-${name}.h5ad`));
  const other = /takes values from another file \(.*outside\.h5\).*copy the values into this file/;
  refuses([
    ['by an external link', 'other-file', other, outside('link')],
    ['by a link to such a link', 'other-file', other, outside('soft-link')],
    ['by external storage', 'other-file', other, outside('storage')],
    ['by a virtual dataset', 'other-file', other, outside('virtual')],
    ['by a virtual dataset whose source is missing', 'other-file', /nowhere\.h5/, outside('virtual-missing')],
  ]);

  test.each(['none-virtual', 'none-soft-link'])('is read if the other place is in the same file: %s', async (name) => {
    const table = await outside(name)();
    expect(rowsOf(table, ['g1', 'g2', 'g3']).flat()).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test('is refused after any other read, and other users of the library are not affected', async () => {
    await expect(outside('link')()).rejects.toThrow('another file');
    const { File } = await import('h5wasm/node');
    const file = new File(golden('outside-link.h5ad'), 'r');
    try {
      expect((file.get('X') as Dataset).value).toHaveLength(12);
    } finally {
      file.close();
    }
    await expect(outside('link')()).rejects.toThrow('another file');
  });

  test.each(['open', 'write'] as const)('is not read with a library whose %s cannot be replaced', async (hidden) => {
    const library = await import('h5wasm/node');
    const module = await library.ready;
    const { FS: files } = module as unknown as { FS: Record<string, unknown> };
    // Assignments reach the library, except that of the hidden property.
    const covered = new Proxy(files, {
      set: (target, key, value) => key === hidden || Reflect.set(target, key, value),
    });
    const reading = withHdf5(
      golden('cells.h5ad'),
      () => Promise.resolve(1),
      () => Promise.resolve({ ...library, ready: Promise.resolve({ ...module, FS: covered }) } as never),
    );
    await expect(reading).rejects.toMatchObject({ code: 'unsupported-peer' });
  });

  test('is closed, so that other files can be read after any number of refused files', async () => {
    const opened = () => readdirSync('/proc/self/fd').length;
    const before = opened();
    const refused = ['outside-link.h5ad', 'outside-storage.h5ad', 'endless-heap.h5ad', 'other.h5ad'];
    for (let repetition = 0; repetition < 12; repetition++) {
      for (const name of refused) {
        // Each copy has another name, because the library recognises files that are still open.
        const path = file(`refused-${repetition}-${name}`, readFileSync(golden(name)));
        await expect(readTable(path)).rejects.toMatchObject({ name: 'InputError' });
      }
    }
    expect(opened()).toBe(before);
    expect((await readTable(golden('dense.h5ad'))).rows).toBeGreaterThan(0);
  });
});
