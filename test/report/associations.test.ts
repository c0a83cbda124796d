// Tests of latents with columns of other modalities use out-of-fold latents, keep their level, and find nothing in
// shuffled data.

import { join } from 'node:path';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { canonicalTest, normalScores } from '../../src/quality/pair-test.js';
import { graphFromJson, latentNodes } from '../../src/causal/index.js';
import { describeConclusions } from '../../src/conclusions/index.js';
import { spearman } from '../../src/metrics/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { associations, jointTest, rankTest } from '../../src/report/facts/associations.js';
import { readStudy } from '../../src/study/study.js';
import { readOutOfFold } from '../../src/fit/out-of-fold-file.js';
import { readRun } from '../../src/training/run-folder.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';
import { signRun } from '../fixtures/signed-run.js';

const random = new RandomStream(11, 3);
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());

describe('the test of one latent with one column', () => {
  test.each([
    [8, 1],
    [3, 2],
  ])('has Spearman’s ρ, and the interval of Bonett and Wright: %d columns, variance %d', (columns, variance) => {
    const x = normals(403);
    const y = x.map((value) => 0.5 * value + random.normal());
    const { rho } = rankTest(x, y, columns)!;
    const table = (values: Float64Array) => ({ values: Float32Array.from(values), rows: values.length, columns: 1 });
    expect(rho.estimate).toBeCloseTo(spearman(table(x), table(y)).values[0], 6);
    const margin = (1.959964 * Math.sqrt(1 + rho.estimate ** 2 / 2)) / Math.sqrt(403 / variance - 3);
    expect(Math.atanh(rho.upper) - Math.atanh(rho.estimate)).toBeCloseTo(margin, 10);
    expect(Math.atanh(rho.estimate) - Math.atanh(rho.lower)).toBeCloseTo(margin, 10);
  });

  test('leaves out subjects without a value, and tests neither too few subjects nor a constant', () => {
    const [x, y] = [normals(60), normals(60)];
    const holed = x.map((value, i) => (i % 3 === 0 ? NaN : value));
    const keep = (values: Float64Array) => values.filter((_, i) => i % 3 !== 0);
    expect(rankTest(holed, y, 8)).toEqual(rankTest(keep(x), keep(y), 8));
    expect(rankTest(x.slice(0, 19), y.slice(0, 19), 8)).toBeUndefined();
    expect(rankTest(x, new Float64Array(60).fill(2), 8)).toBeUndefined();
  });

  test('keeps its level if models of both folds make the same errors, unlike one test of all subjects', () => {
    // The model of each fold weights 10 columns by their random covariance with y in the other fold.
    const [rows, columns, studies] = [100, 10, 1000];
    const rejected = { folds: 0, all: 0 };
    for (let study = 0; study < studies; study++) {
      const x = Array.from({ length: columns }, () => normals(rows));
      const y = normals(rows);
      const isFirst = (row: number) => row < rows / 2;
      const weights = [true, false].map((first) =>
        x.map((one) => one.reduce((sum, value, row) => sum + (isFirst(row) === first ? value * y[row] : 0), 0)),
      );
      const raw = Float64Array.from(y, (_, row) =>
        x.reduce((sum, one, c) => sum + weights[isFirst(row) ? 1 : 0][c] * one[row], 0),
      );
      const latent = Float64Array.of(...normalScores(raw.slice(0, rows / 2)), ...normalScores(raw.slice(rows / 2)));
      const { rho, p } = rankTest(latent, y, 1)!;
      rejected.folds += Number(p <= 0.05);
      rejected.all += Number(Math.abs(Math.atanh(rho.estimate)) * Math.sqrt((rows - 3) / 1.06) >= 1.959964);
    }
    // Three standard errors of 5 % in 1,000 studies.
    expect(rejected.folds / studies).toBeLessThan(0.071);
    expect(rejected.all / studies).toBeGreaterThan(0.08);
  });
});

describe('associations of a study', () => {
  const nodes = latentNodes([
    { name: 'a', latents: 1 },
    { name: 'b', latents: 1 },
  ]);
  const rows = 300;
  const ids = Array.from({ length: rows }, (_, row) => `s${row}`);
  const scale = (name: string) => ({ name, log: false, offset: 0, mean: 0, sd: 1 });
  const modality = (name: string, columns: readonly Float64Array[]) => ({
    ...{ name, latents: 1, exogenous: 1 },
    columns: columns.map((_, c) => scale(`${name}${c}`)),
    values: Float32Array.from({ length: rows * columns.length }, (_, at) => {
      return columns[at % columns.length][Math.floor(at / columns.length)];
    }),
  });

  test('the list has columns of other modalities that pass Holm’s correction, the strongest first', () => {
    const a = normals(rows);
    const b = normals(rows);
    const near = a.map((value) => value + random.normal());
    const far = a.map((value) => value + 2 * random.normal());
    const modalities = [modality('a', [a, near]), modality('b', [near, normals(rows), far])];
    const result = associations({ ids, modalities }, nodes, [a, b]);
    expect(result.tested).toBe(3 + 2);
    expect(result.units).toBe(rows);
    expect(result.single.map(({ latent, modality: loadings, column }) => [latent, loadings, column])).toEqual([
      ['a.z1', 'b', 'b0'],
      ['a.z1', 'b', 'b2'],
    ]);
    const raw = rankTest(a, Float64Array.from(near, Math.fround), 3)!;
    expect(result.single[0].rho.estimate).toBeCloseTo(raw.rho.estimate, 10);
    expect(result.single[0].corrected).toBeCloseTo(5 * raw.p, 12);
  });

  test('the list has joint associations of all latents of a modality, except those that one latent shows', () => {
    const loadings = Array.from({ length: 9 }, () => normals(rows));
    const nine = latentNodes([
      { name: 'a', latents: 9 },
      { name: 'b', latents: 1 },
    ]);
    const rest = Array.from({ length: 8 }, () => normals(rows));
    const spread = normals(rows).map((value, i) => 0.125 * loadings.reduce((sum, z) => sum + z[i], 0) + value);
    const near = normals(rows).map((value, i) => loadings[0][i] + value);
    const modalities = [{ ...modality('a', loadings), latents: 9 }, modality('b', [spread, near, ...rest])];
    const result = associations({ ids, modalities }, nine, [...loadings, normals(rows)]);
    expect(result.tested).toBe(9 * 10 + 9 + 10);
    expect(result.single.map(({ latent, column }) => [latent, column])).toEqual([['a.z1', 'b1']]);
    expect(result.joint.map(({ latents, column }) => [latents, column])).toEqual([['a', 'b0']]);
  });

  test('a joint association has the p of canonical correlations, for any number of subjects', () => {
    const latents = Array.from({ length: 3 }, () => normalScores(normals(120)));
    const column = normalScores(normals(120).map((value, i) => value + 0.3 * latents[1][i]));
    const { multiple, p } = jointTest(latents, column, 8)!;
    const expected = canonicalTest(latents, [column], 120);
    expect(multiple).toBeCloseTo(expected.correlations[0], 6);
    expect(p / expected.p).toBeCloseTo(1, 5);
    expect(jointTest(latents, new Float64Array(120), 8)).toBeUndefined();
    expect(
      jointTest(
        latents,
        column.map((value, i) => (i < 99 ? NaN : value)),
        8,
      ),
    ).toBeUndefined();
  });

  test('a group counts once, for any number of rows', () => {
    const groups = ids.map((_, row) => `g${row % 30}`);
    const effect = normals(30);
    const repeated = Float64Array.from(ids, (_, row) => effect[row % 30]);
    const other = normals(30);
    const column = Float64Array.from(ids, (_, row) => other[row % 30] + 0.01 * random.normal());
    const modalities = [modality('a', [repeated]), modality('b', [column])];
    const result = associations({ ids, modalities, groups }, nodes, [repeated, normals(rows)]);
    expect(result.units).toBe(30);
    expect(result.single).toEqual([]);
  });
});

describe('the report of a shuffled study', () => {
  const { folder } = scratch();
  const file = (name: string) => join(folder, name);

  test('lists no association, and gives the reason if there are no out-of-fold latents', async () => {
    const done = async (...args: string[]) => {
      const printed = await commandHere(args, folder);
      expect({ args, code: printed.code }).toEqual({ args, code: 0 });
      return printed;
    };
    await done('simulate', 'case1', '--samples', '120', '--test', '20', '--seed', '5', '--out', 'data');
    // The second table has other people than the first.
    const table = readFileSync(file('data/m2.csv'), 'utf8').trimEnd().split('\n');
    const values = table.slice(1).map((line) => line.slice(line.indexOf(',')));
    const order = new RandomStream(4, 4).permutation(values.length);
    const shuffled = table.slice(1).map((line, row) => `${line.split(',')[0]}${values[order[row]]}`);
    writeFileSync(file('data/m2.csv'), `${[table[0], ...shuffled].join('\n')}\n`);
    const fitted = await done(
      'fit',
      'data/study.yaml',
      '--fit',
      'joint',
      '--encoder-restarts',
      '1',
      '--epochs',
      '60',
      '--evidence',
      'quick',
      '--threads',
      '1',
      '--out',
      'run',
      '--json',
    );
    const run = await readRun(file('run'));
    const described: unknown = JSON.parse(JSON.stringify(describeConclusions(run)));
    expect(JSON.parse(fitted.out)).toMatchObject(described as object);
    const { out: json } = await done('graph', 'run', '--format', 'json');
    expect((JSON.parse(json) as { conclusions: unknown }).conclusions).toEqual(
      (described as { conclusions: unknown }).conclusions,
    );
    expect(graphFromJson(json)).toEqual(run.graph);

    // Latents of training subjects are in-sample for every caller.
    const { train, validation } = run.summary.subjects;
    const warned = `Careful: ${train + validation} of these 140 subjects trained the model.`;
    const encode = ['encode', 'run', 'data/study.yaml', '--out', 'latents.csv'];
    expect((await done(...encode)).err).toContain(`${warned} Their latents are in-sample`);
    expect((await done(...encode)).err).toContain('latents.csv has their out-of-fold latents');
    expect(JSON.parse((await done(...encode, '--json')).out)).toMatchObject({ fitted: train + validation });
    rmSync(file('run/latents-in-sample.csv'));
    expect((await done(...encode)).err).toContain(warned);
    await done('simulate', 'case1', '--samples', '20', '--test', '10', '--seed', '6', '--out', 'new');
    expect((await done('encode', 'run', 'new/study.yaml', '--out', 'new.csv')).err).toBe('');

    await done('report', 'run', '--out', 'report.html');
    const html = readFileSync(file('report.html'), 'utf8');
    expect(html).toContain('No association was found between a latent and a column of another modality.');
    expect(html).not.toContain('In other modalities, held-out subjects');

    // The page follows latents.csv: with a column of the other modality in it, an association is listed.
    const { dataset } = await readStudy(file('data/study.yaml'));
    const outOfFold = (await readOutOfFold(file('run'), run.graph.nodes))!;
    expect(outOfFold.ids).toEqual(dataset.ids);
    const [, m2] = dataset.modalities;
    const lines = readFileSync(file('run/latents.csv'), 'utf8').trimEnd().split('\n');
    const planted = lines.map((line, row) => {
      const [id, , ...rest] = line.split(',');
      return row === 0 ? line : [id, m2.values[(row - 1) * m2.columns.length], ...rest].join(',');
    });
    writeFileSync(file('run/latents.csv'), `${planted.join('\n')}\n`);
    const changed = await commandHere(['report', 'run', '--out', 'planted.html'], folder);
    expect(changed).toMatchObject({
      code: 2,
      err: expect.stringMatching(/latents\.csv is not the file that run\.json/),
    });
    signRun(file('run'));
    await done('report', 'run', '--out', 'planted.html');
    const listed = readFileSync(file('planted.html'), 'utf8').split('In other modalities, held-out subjects')[1];
    expect(listed.replaceAll(/<[^>]*>/g, ' ')).toMatch(/^\s*x1\s+m2\s+1\.00/);

    rmSync(file('run/latents.csv'));
    await done('report', 'run', '--out', 'bare.html');
    const bare = readFileSync(file('bare.html'), 'utf8');
    expect(bare).toContain('There are no out-of-fold latents of these subjects');
    expect(bare).not.toContain('In other modalities, held-out subjects');
  }, 120_000);
});
