// `interlatent evaluate --latents`: latents of another program against a known truth. The figures match SciPy and
// scikit-learn (golden/make_metrics.py) for every file format and order of rows.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Evaluation } from '../../src/metrics/index.js';
import { writeNpz } from '../../src/files/npz.js';
import { encodeNpy, type NpyArray } from '../../src/files/npy.js';
import { writeTable } from '../../src/files/read-table.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

interface Golden {
  rows: number;
  true: number[];
  estimated: number[];
  z: number[];
  zHat: number[];
  pearson: { perModality: number[]; mean: number; global: number };
  spearman: { mean: number };
}

const golden = JSON.parse(readFileSync(new URL('../golden/metrics.json', import.meta.url), 'utf8')) as Golden;
const NAMES = golden.true.map((_, m) => `m${m + 1}`);
const { file, folder } = scratch();

/** Rows of the estimate in reverse order: ids identify subjects, not positions. */
const BACKWARDS = Array.from({ length: golden.rows }, (_, row) => golden.rows - 1 - row);
const idOf = (row: number): string => `s${row}`;

function matrix(values: readonly number[], rows: readonly number[]): NpyArray & { data: Float64Array } {
  const width = values.length / golden.rows;
  const data = Float64Array.from(rows.flatMap((row) => values.slice(row * width, (row + 1) * width)));
  return { shape: [rows.length, width], data };
}

/** Returns one matrix for each modality. */
function blocks(values: readonly number[], widths: readonly number[], rows: readonly number[]): [string, NpyArray][] {
  const { shape, data } = matrix(values, rows);
  let start = 0;
  return widths.map((width, m) => {
    const from = start;
    start += width;
    const values = Float64Array.from({ length: rows.length * width }, (_, k) => {
      return data[Math.floor(k / width) * shape[1] + from + (k % width)];
    });
    return [NAMES[m], { shape: [rows.length, width], data: values }];
  });
}

function named(values: readonly number[], widths: readonly number[], rows: readonly number[]) {
  return blocks(values, widths, rows).flatMap(([name, { shape, data }]) =>
    Array.from({ length: shape[1] }, (_, i) => ({
      name: `${name}.z${i + 1}`,
      values: Float64Array.from(rows, (_row, k) => data[k * shape[1] + i] as number),
    })),
  );
}

const evaluate = (...args: string[]): Promise<CommandResult> => commandHere(['evaluate', ...args], folder);

interface Printed extends Evaluation {
  leftOut: { latentsAlone: number; truthAlone: number; missing: number };
  joined: boolean;
}

async function figures(...args: string[]): Promise<Printed> {
  const { code, out, err } = await evaluate(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Printed;
}

function expectGolden({ mcc, mccSpearman, globalMcc, modalities }: Evaluation): void {
  expect(mcc).toBeCloseTo(golden.pearson.mean, 6);
  expect(mccSpearman).toBeCloseTo(golden.spearman.mean, 6);
  expect(globalMcc).toBeCloseTo(golden.pearson.global, 6);
  expect(Object.keys(modalities)).toEqual(NAMES);
  Object.values(modalities).forEach((one, m) => expect(one.mcc).toBeCloseTo(golden.pearson.perModality[m], 6));
}

const everyone = Array.from({ length: golden.rows }, (_, row) => row);
const ids = (rows: readonly number[]): [string, NpyArray] => ['id', { shape: [rows.length], data: rows.map(idOf) }];

async function truthFile(name = 'truth.npz', more: readonly [string, NpyArray][] = []): Promise<string> {
  const path = file(name);
  await writeNpz(path, [ids(everyone), ['z', matrix(golden.z, everyone)], ...more]);
  return path;
}

describe('one estimate in every file that Python writes', () => {
  const estimate = (rows: readonly number[]) => named(golden.zHat, golden.estimated, rows);
  const write: [string, (path: string) => Promise<void>][] = [
    ['latents.npz', (path) => writeNpz(path, [ids(BACKWARDS), ...blocks(golden.zHat, golden.estimated, BACKWARDS)])],
    ['latents.csv', (path) => writeTable(path, [{ name: 'id', values: BACKWARDS.map(idOf) }, ...estimate(BACKWARDS)])],
    [
      'latents.parquet',
      (path) => writeTable(path, [{ name: 'patient', values: BACKWARDS.map(idOf) }, ...estimate(BACKWARDS)]),
    ],
  ];
  test.each(write)('%s: subjects joined by id, modalities by name', async (name, writeFile) => {
    await writeFile(file(name));
    // The columns of this truth table name the modalities, in another order.
    const columns = named(golden.z, golden.true, everyone);
    await writeTable(file('truth.csv'), [{ name: 'id', values: everyone.map(idOf) }, ...columns]);
    const result = await figures(
      '--latents',
      name,
      '--truth',
      'truth.csv',
      ...(name.endsWith('parquet') ? [] : ['--id', 'id']),
    );
    expectGolden(result);
    expect(result).toMatchObject({ joined: true, subjects: golden.rows, leftOut: { latentsAlone: 0, truthAlone: 0 } });
  });

  test('a .npy file has no names: rows are in order, and --modalities gives the modalities', async () => {
    file('latents.npy', encodeNpy(matrix(golden.z, everyone)));
    const widths = golden.true.map((width, m) => `${NAMES[m]}=${width}`).join(',');
    await truthFile();
    const result = await figures('--latents', 'latents.npy', '--truth', 'truth.npz', '--modalities', widths);
    expect(result).toMatchObject({ joined: false, mcc: expect.closeTo(1, 9), mccSpearman: expect.closeTo(1, 9) });
    expect(Object.keys(result.modalities)).toEqual(NAMES);
    const { out } = await evaluate('--latents', 'latents.npy', '--truth', 'truth.npz');
    const { floor } = result.chance.mccSpearman;
    expect(floor).toBeGreaterThan(0.5);
    expect(floor).toBeLessThan(0.95);
    expect(result.chance.mccSpearman.corrected).toBeCloseTo(1, 9);
    // Here all latents are one modality, with a lower chance level than separate modalities.
    expect(out).toMatch(/^modality +MCC +chance +corrected +MCC rank +chance +corrected +R² +SHD$/m);
    expect(out).toMatch(/^all +1(\.000)? +0\.\d{3} +1(\.000)? +1(\.000)? +0\.\d{3} +1(\.000)? /m);
    expect(out).toContain('chance: mean MCC of 500 random rotations');
    expect(out).toContain('note: rows were matched in order');
  });

  test('pandas writes its index first, without a name', async () => {
    const rows = everyone.map((row) => [row, ...matrix(golden.z, [row]).data].join(','));
    const names = named(golden.z, golden.true, [0]).map(({ name }) => name);
    file('pandas.csv', ['', ...names].join(',') + '\n' + rows.join('\n'));
    await writeNpz(file('numbered.npz'), [
      ['id', { shape: [golden.rows], data: Int32Array.from(BACKWARDS) }],
      ['z', matrix(golden.z, BACKWARDS)],
    ]);
    expect(await figures('--latents', 'pandas.csv', '--truth', 'numbered.npz')).toMatchObject({
      mcc: expect.closeTo(1, 9),
    });
  });
});

test('subjects in only one file, and subjects without a latent, are left out and counted', async () => {
  const columns = named(golden.zHat, golden.estimated, everyone.slice(5));
  columns[0].values[0] = NaN;
  await writeTable(file('some.csv'), [
    { name: 'id', values: [...everyone.slice(5, -1).map(idOf), 'a stranger'] },
    ...columns,
  ]);
  await truthFile();
  const result = await figures('--latents', 'some.csv', '--truth', 'truth.npz');
  expect(result.leftOut).toEqual({ latentsAlone: 1, truthAlone: 6, missing: 1 });
  expect(result.subjects).toBe(golden.rows - 7);
  const { out } = await evaluate('--latents', 'some.csv', '--truth', 'truth.npz');
  expect(out).toContain('left out are 1 subjects without truth and 6 without latents');
});

describe('graphs', () => {
  // Two modalities of two latents. The estimate has them in reverse order, and one edge is reversed.
  const z = Float64Array.from({ length: 4 * 200 }, (_, k) => Math.sin(k * k * 0.37 + 11 * (k % 4)));
  const swapped = z.map((_, k) => z[k - (k % 4) + [1, 0, 3, 2][k % 4]]);
  const adjacency = (edges: readonly [number, number][]): NpyArray => {
    const data = new Float64Array(16);
    for (const [child, parent] of edges) data[child * 4 + parent] = 1;
    return { shape: [4, 4], data };
  };
  const truth = adjacency([
    [2, 0],
    [3, 1],
  ]);

  test('graphs in .npz files or graph files are aligned by the matching and compared', async () => {
    await writeNpz(file('g-truth.npz'), [
      ['a', { shape: [200, 2], data: z.filter((_, k) => k % 4 < 2) }],
      ['b', { shape: [200, 2], data: z.filter((_, k) => k % 4 >= 2) }],
      ['adjacency', truth],
    ]);
    // a.z1 of the estimate is a.z2 of the truth: its edge to b.z1 is correct, and that of a.z2 is reversed.
    const estimated = adjacency([
      [2, 0],
      [1, 3],
    ]);
    await writeNpz(file('g-latents.npz'), [
      ['z', { shape: [200, 4], data: swapped }],
      ['adjacency', estimated],
    ]);
    const result = await figures('--latents', 'g-latents.npz', '--truth', 'g-truth.npz');
    expect(result).toMatchObject({ shd: 1, shdReversalTwice: 2, structure: { cross: { reversed: 1, trueEdges: 2 } } });

    file('estimate.dot', 'digraph { "a.z1"; "a.z2"; "b.z1"; "b.z2"; "a.z1" -> "b.z1"; "b.z2" -> "a.z2" }');
    file('truth.txt', 'Graph Nodes:\na.z1;a.z2;b.z1;b.z2\n\nGraph Edges:\n1. a.z1 --> b.z1\n2. a.z2 --- b.z2\n');
    const files = ['--graph', 'estimate.dot', '--truth-graph', 'truth.txt'];
    // One edge is reversed, and an undirected true edge differs from a directed one.
    expect((await figures('--latents', 'g-latents.npz', '--truth', 'g-truth.npz', ...files)).shd).toBe(2);
  });

  test('graphs of latents without modalities are compared as a whole', async () => {
    await writeNpz(file('w-truth.npz'), [
      ['z', { shape: [200, 4], data: z }],
      ['adjacency', truth],
    ]);
    await writeNpz(file('w-latents.npz'), [
      ['z', { shape: [200, 4], data: z }],
      ['adjacency', adjacency([[2, 0]])],
    ]);
    const { out } = await evaluate('--latents', 'w-latents.npz', '--truth', 'w-truth.npz');
    expect(out).toMatch(/^total +1\.000 +0\.\d{3} +1\.000 +1\.000 +0\.\d{3} +1\.000 +1\.000 +1$/m);
  });
});

describe('mistakes end with code 2 and a remedy', () => {
  const table = (header: string, cells: (row: number) => unknown[]): string =>
    [header, ...everyone.map((row) => cells(row).join(','))].join('\n');
  const width = golden.true.reduce((sum, one) => sum + one, 0);
  const wide = Array.from({ length: width - 1 }, (_, i) => `c${i}`);
  const cases: [string, string, RegExp, () => string[]][] = [
    ['neither a RUN nor latents', 'invalid-option', /--latents FILE/, () => []],
    [
      'an option of latents for a RUN',
      'invalid-option',
      /--truth-graph belongs to --latents FILE/,
      () => ['run', '--truth-graph', 'x'],
    ],
    ['invalid counts', 'invalid-option', /body=2,blood=3/, () => ['--latents', 'x.csv', '--modalities', 'a=0']],
    ['a missing file of latents', 'missing-file', /nowhere/, () => ['--latents', 'nowhere.csv']],
    [
      'other subjects',
      'no-common-subject',
      /"p0" and "s0"/,
      () => [
        '--latents',
        file(
          'other.csv',
          table('id,m1.z1', (row) => [`p${row}`, row]),
        ),
      ],
    ],
    [
      'no ids and another number of rows',
      'rows-disagree',
      /column of ids/,
      () => ['--latents', file('short.csv', 'm1.z1\n1\n2\n')],
    ],
    ['one subject twice', 'duplicate-id', /"s1"/, () => ['--latents', file('twice.csv', 'id,m1.z1\ns1,1\ns1,2\n')]],
    [
      'one column with the name of its modality and one without',
      'unknown-modalities',
      /'age'.*--id/,
      () => [
        '--latents',
        file(
          'age.csv',
          table('id,m1.z1,age', (row) => [idOf(row), row, 5]),
        ),
      ],
    ],
    [
      'a number of latents that differs from --modalities',
      'unknown-modalities',
      /m1=2,? /,
      () => [
        '--latents',
        file(
          'few.csv',
          table(`id,${wide.join(',')}`, (row) => [idOf(row), ...wide.map((_, i) => (row * i) % 7)]),
        ),
        '--modalities',
        `m1=2,m2=${width - 2}`,
      ],
    ],
    [
      'texts for latents',
      'not-numeric',
      /row 1 holds "high"/,
      () => [
        '--latents',
        file(
          'texts.csv',
          table('id,m1.z1', (row) => [idOf(row), 'high']),
        ),
      ],
    ],
  ];
  test.each(cases)('%s', async (_, code, says, args) => {
    await truthFile();
    const { code: status, err, out } = await evaluate(...args(), '--truth', 'truth.npz');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(`error [${code}]`);
    expect(err).toMatch(says);
  });

  test('modalities that the truth does not have are named', async () => {
    await writeTable(file('t.csv'), [
      { name: 'id', values: everyone.map(idOf) },
      ...named(golden.z, golden.true, everyone),
    ]);
    await writeNpz(file('misnamed.npz'), [
      ids(everyone),
      ...blocks(golden.zHat, golden.estimated, everyone).map(([name, array], m): [string, NpyArray] => [
        m === 0 ? 'n1' : name,
        array,
      ]),
    ]);
    const { code, err } = await evaluate('--latents', 'misnamed.npz', '--truth', 't.csv');
    expect(code).toBe(2);
    expect(err).toMatch(/modality-mismatch.*'n1'/s);
  });
});
