// Resamples of the subjects before fitting: what is drawn, where its copies stand, what is fitted and looked for anew,
// and how `interlatent discover RUN --bootstrap N --bootstrap-fit` offers it (docs/evidence.md).

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { drawRows, type BootstrapResult } from '../src/causal/discovery/bootstrap.js';
import type { DataColumn } from '../src/causal/discovery/columns.js';
import { discover, type ParallelOptions } from '../src/causal/index.js';
import type { Dataset } from '../src/data/dataset.js';
import { copySubjects, shuffleSubjects } from '../src/data/resample.js';
import { foldSplits } from '../src/evidence/folds.js';
import { discoverWithRefits, type Refits } from '../src/evidence/index.js';
import { RandomStream } from '../src/random/random-stream.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { fitConfigFor } from '../src/training/config.js';
import { commandHere, type Said } from './command-here.js';
import { SHORT_TRAINING } from './command-line.js';
import { scratch } from './scratch.js';

const dataset = simulatedDataset(simulate('case1', { samples: 100, test: 20, seed: 5 }));
const SIZE = dataset.ids.length;
/** Some forty people with one to five rows each, in no order. */
const groups = Array.from(new RandomStream(8, 0).permutation(SIZE), (i) => `p${Math.floor(Math.sqrt(i * 13))}`);
const random = new RandomStream(3, 0);
const noise = () => Float64Array.from({ length: SIZE }, () => random.normal());

/** What stands for a fitted model here: any latents will do to be matched to. */
const fitted = Object.fromEntries(
  dataset.modalities.map(({ name }) => [name, Float32Array.from({ length: 2 * SIZE }, () => random.normal())]),
);
const LATENTS = ['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2'];
const latentColumns: DataColumn[] = LATENTS.map((name) => ({ name, modality: name.slice(0, 2), values: noise() }));
const config = fitConfigFor(dataset, { runs: 1, restarts: 2, epochs: 2, componentSteps: 20 });
const refits: Refits = { dataset, config, latents: fitted };
const OPTIONS: ParallelOptions = { bootstrap: 3, seed: 4, threads: 1, alpha: 0.2 };

describe('a resample of the subjects', () => {
  test.each([0, 1, 2, 3, 4])('copies of a subject are in one half and in one part of it (%i)', (number) => {
    for (const whole of [dataset, { ...dataset, groups }]) {
      const rows = drawRows(SIZE, 1, number, whole.groups);
      const drawn = copySubjects(whole, rows);
      const { groups: labels = [], split } = drawn;
      expect(new Set(rows).size).toBeLessThan(rows.length);
      expect(new Set(drawn.ids).size).toBe(rows.length);
      const original = whole.groups ?? whole.ids;
      expect(labels).toEqual(Array.from(rows, (row) => original[row]));
      const wholeIn = (parts: readonly Int32Array[]) => {
        const sets = parts.map((part) => new Set(Array.from(part, (i) => labels[i])));
        expect(sets.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(labels).size);
        expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...rows.keys()]);
      };
      for (const fold of foldSplits(drawn, number)) wholeIn([fold.train, fold.validation, fold.test]);
      const parts = [split.train, split.validation, split.test].map((part) => part.length);
      expect(parts.reduce((sum, size) => sum + size)).toBe(rows.length);
    }
  });

  test('holds the values of the rows that were drawn', () => {
    const rows = drawRows(SIZE, 1, 0);
    const { modalities } = copySubjects(dataset, rows);
    for (const [m, { values }] of modalities.entries()) {
      const from = dataset.modalities[m].values;
      const width = from.length / SIZE;
      for (const i of [0, 17, SIZE - 1]) {
        const row = rows[i];
        expect(values.subarray(i * width, (i + 1) * width)).toEqual(from.subarray(row * width, (row + 1) * width));
      }
    }
  });
});

describe('discovery with refits', () => {
  const pair = ({ pairs }: BootstrapResult, a: string, b: string) =>
    pairs.find(({ pair: ends }) => ends.includes(a) && ends.includes(b))?.adjacent ?? 0;

  test('fits anew in every resample; the same seed gives the same; progress counts them', async () => {
    const steps: number[][] = [];
    const onProgress = (done: number, total: number) => steps.push([done, total]);
    const options = { ...OPTIONS, bootstrap: 2 };
    const found = await discoverWithRefits(latentColumns, { ...options, onProgress }, refits);
    expect(steps).toEqual([1, 2, 3].map((done) => [done, 3]));
    expect(found.bootstrap).toMatchObject({ resamples: 2, seed: 4, resampled: 'subjects-before-fitting' });
    expect(found.bootstrap!.foundAgain!.map(({ name }) => name)).toEqual(LATENTS);
    for (const { share } of found.bootstrap!.foundAgain!) expect([0, 0.5, 1]).toContain(share);
    // The graph is that of the columns; only the shares are of other latents.
    const fixed = discover(latentColumns, { bootstrap: 2, seed: 4, alpha: 0.2 });
    expect(found.graph).toEqual(fixed.graph);
    expect(fixed.bootstrap).toMatchObject({ resampled: 'rows' });
    expect(found.bootstrap!.pairs).not.toEqual(fixed.bootstrap!.pairs);
    expect(await discoverWithRefits(latentColumns, options, refits)).toEqual(found);
  });

  test('folds of a resample replicate no latent of noise', async () => {
    const modalities = dataset.modalities.map((one) => ({ ...one, values: one.values.map(() => random.normal()) }));
    const options = { ...OPTIONS, bootstrap: 2 };
    const { bootstrap } = await discoverWithRefits(latentColumns, options, {
      ...refits,
      dataset: { ...dataset, modalities },
    });
    expect(bootstrap!.foundAgain).toEqual(LATENTS.map((name) => ({ name, share: 0 })));
  });

  test('latents are matched to those of the fitted model: where they change places, shares do', async () => {
    const measured = Float64Array.from({ length: SIZE }, (_, row) => dataset.modalities[1].values[row * 15]);
    const columns = [...latentColumns, { name: 'measured', values: measured }];
    const options = { ...OPTIONS, bootstrap: 2, alpha: 0.01, maxConditioning: 0 };
    const of = async (m2: Float32Array) => {
      const { bootstrap } = await discoverWithRefits(columns, options, { ...refits, latents: { ...fitted, m2 } });
      return ['m2.z1', 'm2.z2'].map((name) => pair(bootstrap!, name, 'measured'));
    };
    // The first is the measured column, and whatever latent goes best with it is called so.
    const m2 = fitted['m2'].map((value, at) => (at % 2 === 0 ? measured[at / 2] : value));
    const [first, second] = await of(m2);
    expect(first).toBeGreaterThan(second);
    expect(await of(m2.map((_, at) => -m2[at ^ 1]))).toEqual([second, first]);
  });

  test.each<[string, ParallelOptions]>([
    ['PC', { alpha: 0.1, maxConditioning: 0 }],
    ['GES', { algorithm: 'ges', penalty: 1 }],
  ])('%s has measured variables of the drawn subjects, as in the other resamples', async (_, how) => {
    const cause = noise();
    const effect = cause.map((value) => value + 6 * random.normal());
    const columns = [
      ...latentColumns.slice(0, 1),
      { name: 'cause', values: cause },
      { name: 'effect', values: effect },
    ];
    const search = { bootstrap: 3, seed: 2, ...how };
    const options = { ...search, threads: 1 };
    const fixed = discover(columns, { ...search, groups });
    const share = pair(fixed.bootstrap!, 'cause', 'effect');
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
    const own = { ...refits, dataset: { ...dataset, groups } };
    const found = await discoverWithRefits(columns, { ...options, groups }, own);
    expect(found.graph).toEqual(fixed.graph);
    expect(pair(found.bootstrap!, 'cause', 'effect')).toBe(share);
    // Rows in another order; the first subject has none.
    const order = [...new RandomStream(1, 0).permutation(SIZE)].filter((row) => row > 0);
    const ids = order.map((row) => dataset.ids[row]);
    const turned = columns.map((one) => ({ ...one, values: Float64Array.from(order, (row) => one.values[row]) }));
    const { bootstrap } = await discoverWithRefits(turned, { ...options, bootstrap: 1 }, { ...own, ids });
    const rows = drawRows(SIZE, 2, 0, groups).filter((row) => row > 0);
    const drawn = columns
      .slice(1)
      .map((one) => ({ ...one, values: Float64Array.from(rows, (row) => one.values[row]) }));
    expect(pair(bootstrap!, 'cause', 'effect')).toBe(discover(drawn, how).edges.length);
  });

  // Both find an edge between almost any two latents.
  test.each<[string, ParallelOptions]>([
    ['PC', { alpha: 0.99 }],
    ['GES', { algorithm: 'ges', penalty: 1e-6 }],
  ])('%s finds no edge between modalities that a resample finds unrelated, but required ones', async (_, search) => {
    const nothing: Dataset = shuffleSubjects(dataset, 1, 3);
    const options: ParallelOptions = { ...OPTIONS, bootstrap: 2, ...search };
    expect(discover(latentColumns, search).edges.length).toBeGreaterThanOrEqual(5);
    const across = ({ pairs }: BootstrapResult) =>
      pairs.filter(({ pair: [a, b] }) => a.slice(0, 2) !== b.slice(0, 2)).map(({ pair: ends }) => ends.join());
    const { bootstrap } = await discoverWithRefits(latentColumns, options, { ...refits, dataset: nothing });
    expect(across(bootstrap!)).toEqual([]);
    const knowledge = { required: [['m1.z2', 'm2.z1']] as const };
    const told = await discoverWithRefits(latentColumns, { ...options, knowledge }, { ...refits, dataset: nothing });
    expect(across(told.bootstrap!)).toEqual(['m1.z2,m2.z1']);
  });

  test('a signal ends it with its reason', async () => {
    const controller = new AbortController();
    const onProgress = (done: number) => {
      if (done === 2) controller.abort(new Error('enough'));
    };
    const options = { ...OPTIONS, bootstrap: 100, signal: controller.signal, onProgress };
    await expect(discoverWithRefits(latentColumns, options, refits)).rejects.toThrow('enough');
  });

  const few = simulatedDataset(simulate('case1', { samples: 30, test: 5, seed: 1 }));
  test.each<[string, ParallelOptions, Partial<Refits>, string]>([
    ['no resamples', { bootstrap: 0 }, {}, 'invalid-resamples'],
    ['ids of others', {}, { ids: ['a'] }, 'invalid-argument'],
    ['latents of others', {}, { latents: { m1: fitted['m1'], m2: fitted['m2'].subarray(2) } }, 'invalid-argument'],
    ['no latents', {}, { latents: {} }, 'invalid-argument'],
  ])('refuses %s before anything is fitted', async (_, options, own, code) => {
    const asked = discoverWithRefits(latentColumns, { ...OPTIONS, ...options }, { ...refits, ...own });
    await expect(asked).rejects.toMatchObject({ code });
  });

  test('refuses columns of which none is a latent', async () => {
    const columns = ['a', 'b'].map((name) => ({ name, values: noise() }));
    const asked = discoverWithRefits(columns, OPTIONS, refits);
    await expect(asked).rejects.toMatchObject({ code: 'invalid-resamples' });
  });

  test('refuses too few subjects', async () => {
    const rows = few.ids.length;
    const columns = latentColumns.map((one) => ({ ...one, values: one.values.slice(0, rows) }));
    const latents = Object.fromEntries(Object.entries(fitted).map(([name, all]) => [name, all.slice(0, 2 * rows)]));
    const asked = discoverWithRefits(columns, OPTIONS, { dataset: few, config, latents });
    await expect(asked).rejects.toMatchObject({ code: 'too-few-subjects' });
  });
});

describe('on the command line', () => {
  const { folder, file } = scratch();
  const interlatent = (...args: string[]): Promise<Said> => commandHere(args, folder);
  const succeeds = async (...args: string[]) => {
    expect(await interlatent(...args)).toMatchObject({ code: 0 });
  };
  const refit = (...args: string[]) => interlatent('discover', ...args, '--bootstrap-fit', '--threads', '1');

  beforeAll(async () => {
    await succeeds('simulate', 'case1', '--samples', '100', '--test', '20', '--out', 'data');
    appendFileSync(file('data/study.yaml'), SHORT_TRAINING);
    await succeeds('fit', 'data/study.yaml', '--out', 'run', '--epochs', '20', '--threads', '1');
    const ids = readFileSync(join(folder, 'run/latents.csv'), 'utf8').trim().split('\n').slice(1);
    file('age.csv', `id,age\n${ids.map((line) => `${line.split(',')[0]},${random.normal()}`).join('\n')}\n`);
  }, 60_000);

  test('prints, writes and reports which kind of resample it was', async () => {
    const { code, out } = await refit('run', '--bootstrap', '2', '--alpha', '0.5', '--out', 'graph.json');
    expect(code).toBe(0);
    expect(out).toMatch(/shares of 2 resamples, seed 0\nShares of resamples: subjects resampled before fitting\./);
    expect(out).toMatch(/Latents that both folds of a resample replicate: m1\.z1 \d+ %/);
    expect(JSON.parse(readFileSync(join(folder, 'graph.json'), 'utf8'))).toMatchObject({
      resampling: {
        resamples: 2,
        seed: 0,
        resampled: 'subjects-before-fitting',
        foundAgain: [{ name: 'm1.z1' }, {}, {}, {}],
      },
    });
    await succeeds('report', 'run', '--discovery', 'graph.json', '--out', 'report.html');
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('subjects resampled before fitting');
    await succeeds('graph', 'graph.json', '--format', 'dot');

    const fixed = await interlatent('discover', 'run', '--bootstrap', '2');
    expect(fixed.out).toContain('Shares of resamples: latents resampled.');
  }, 60_000);

  test('beside a table; a study that was moved is named', async () => {
    const { code, out } = await refit('age.csv', 'run', '--id', 'id', '--bootstrap', '1', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ rows: 120, bootstrap: { resampled: 'subjects-before-fitting' } });
    const summary = readFileSync(join(folder, 'run/run.json'), 'utf8');
    const moved = JSON.parse(summary) as object;
    writeFileSync(join(folder, 'run/run.json'), JSON.stringify({ ...moved, studyFile: undefined }));
    expect((await refit('run', '--bootstrap', '1')).err).toMatch(/error \[no-study\].*--study/);
    expect(await refit('run', '--bootstrap', '1', '--study', 'data/study.yaml', '--algorithm', 'ges')).toMatchObject({
      code: 0,
    });
    writeFileSync(join(folder, 'run/run.json'), summary);
  }, 60_000);

  test('options that do not go together, and data that are not the RUN’s, are refused', async () => {
    const study = readFileSync(join(folder, 'data/study.yaml'), 'utf8');
    file('data/other.yaml', study.replace('latents: 2', 'latents: 1'));
    for (const [args, message] of [
      [['run'], /\[invalid-option\].*give --bootstrap N/],
      [['run', '--bootstrap', '2', '--in-sample'], /\[invalid-option\].*--in-sample/],
      [['age.csv', '--bootstrap', '2'], /\[invalid-option\].*one RUN folder anew; there is none/],
      [
        ['run', '--bootstrap', '2', '--study', 'data/other.yaml'],
        /\[study-mismatch\].*data\/other\.yaml is not what run/,
      ],
    ] as const) {
      const { code, out, err } = await refit(...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(message);
    }
    const alone = await interlatent('discover', 'run', '--bootstrap', '2', '--study', 'data/study.yaml');
    expect(alone.err).toMatch(/\[invalid-option\] --study is what --bootstrap-fit fits anew/);
  }, 60_000);
});
