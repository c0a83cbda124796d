// Half-samples of the subjects with new fits and searches: the samples, the shares, and the command
// `interlatent discover RUN --half-samples N --refit` (docs/explanation/evidence.md).

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { halfSampleRows } from '../../src/causal/discovery/half-samples.js';
import { latentNodes } from '../../src/causal/index.js';
import { selectSubjects } from '../../src/data/resample.js';
import {
  discoverLatents,
  discoverWithRefits,
  type DiscoverLatentsOptions,
  type FitAgain,
  type RefitOptions,
  type Refits,
} from '../../src/evidence/index.js';
import { foldSplits } from '../../src/evidence/folds.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfigFor } from '../../src/training/config.js';
import { modalityShapes } from '../../src/training/model-config.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { SHORT_TRAINING } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

const dataset = simulatedDataset(simulate('case1', { samples: 180, test: 20, seed: 5 }));
const SIZE = dataset.ids.length;
/** About fifty people with one to seven rows each, in random order. */
const groups = Array.from(new RandomStream(8, 0).permutation(SIZE), (i) => `p${Math.floor(Math.sqrt(i * 13))}`);
const random = new RandomStream(3, 0);
const noise = () => Float64Array.from({ length: SIZE }, () => random.normal());
const nodes = latentNodes(modalityShapes(dataset));
/** Latents instead of those of a fitted model: any latents can be the target of the matching. */
const fitted = Object.fromEntries(
  dataset.modalities.map(({ name }) => [name, Float32Array.from({ length: 2 * SIZE }, () => random.normal())]),
);
const config = fitConfigFor(dataset, { encoderRestarts: 1, componentRestarts: 2, epochs: 2, componentSteps: 20 });
const refits: Refits = { dataset, config, latents: fitted };

/** m1.z1 and m2.z1 are associated and measured without error; the other latents are noise. */
const shared = noise();
const values = [0, 1, 2, 3].map((latent) =>
  noise().map((value, i) => (latent % 2 === 0 ? shared[i] + 0.3 * value : value)),
);
const unitsOf = (rows: readonly number[]) => {
  const units = values.map((all) => Float64Array.from(rows, (row) => all[row]));
  return { ids: rows.map((row) => dataset.ids[row]), units, forms: units.map((one) => ({ a: one, b: one })) };
};
const knownOf = (rows: readonly number[]) => ({
  splits: [{ folds: [0, 1].map((fold) => unitsOf(rows.filter((row) => row % 2 === fold))) }],
  pairs: [{ first: 'm1', second: 'm2', associated: true, subjects: rows.length, folds: [0, 0], p: 0, corrected: 0 }],
  latents: nodes.map(({ name }) => ({
    ...{ name, agreement: 1, chance: 0, corrected: 1, p: 0, subspace: 1, fitted: 1, replicated: true, single: true },
    leak: 0,
  })),
});
const question: DiscoverLatentsOptions = { nodes, ...knownOf([...dataset.ids.keys()]), seed: 1 };

test('selected subjects keep their ids, groups, splits and values', () => {
  for (const whole of [dataset, { ...dataset, groups }]) {
    const rows = halfSampleRows(SIZE, 1, 0, whole.groups);
    const selected = selectSubjects(whole, rows);
    expect(selected.ids).toEqual(Array.from(rows, (row) => dataset.ids[row]));
    expect(selected.groups).toEqual(whole.groups && Array.from(rows, (row) => groups[row]));
    const parts = [selected.split.train, selected.split.validation, selected.split.test].flatMap((part) => [...part]);
    expect(parts.sort((a, b) => a - b)).toEqual([...rows.keys()]);
    expect(Array.from(selected.split.test, (i) => selected.ids[i])).toEqual(
      Array.from(dataset.split.test, (row) => dataset.ids[row]).filter((id) => selected.ids.includes(id)),
    );
    const [{ values: of, columns }] = selected.modalities;
    const from = dataset.modalities[0].values;
    expect([...of.subarray(0, columns.length)]).toEqual([
      ...from.subarray(rows[0] * columns.length, (rows[0] + 1) * columns.length),
    ]);
    for (const { train, validation, test: heldOut } of foldSplits(selected, 3)) {
      expect(train.length + validation.length + heldOut.length).toBe(rows.length);
    }
  }
});

describe('discovery with refits', () => {
  const options: RefitOptions = { halfSamples: 6, seed: 4, threads: 1 };
  const again: FitAgain = ({ rows }) => Promise.resolve(knownOf([...rows]));

  test('has the graph of all subjects, and the shares of half-samples with the same search', async () => {
    const steps: number[][] = [];
    const onProgress = (done: number, total: number) => steps.push([done, total]);
    const result = await discoverWithRefits(question, { ...options, onProgress }, refits, again);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7].map((done) => [done, 7]));
    expect(result.graph).toEqual((await discoverLatents(question)).graph);
    expect(result.edges).toMatchObject([{ from: 'm1.z1', to: 'm2.z1', frequencies: { adjacent: 1, open: 1 } }]);
    expect(result.edges[0].intervals!.adjacent[0]).toBeLessThan(0.7);
    expect(result.halfSamples).toMatchObject({ count: 6, seed: 4, resampled: 'subjects-before-fitting' });
    expect(result.halfSamples.replicated).toEqual(nodes.map(({ name }) => ({ name, share: 1 })));
  });

  test('half-samples are disjoint in pairs, with whole groups and the columns of their subjects', async () => {
    const rowsByNumber: Int32Array[] = [];
    const seeing: FitAgain = (one, of, signal) => {
      rowsByNumber[one.number] = one.rows;
      return again(one, of, signal);
    };
    const measured = { ids: dataset.ids, columns: [{ name: 'cause', values: shared }] };
    const grouped = { ...refits, dataset: { ...dataset, groups } };
    const result = await discoverWithRefits({ ...question, measured }, options, grouped, seeing);
    for (const pair of [0, 2, 4]) {
      const [one, other] = [rowsByNumber[pair], rowsByNumber[pair + 1]].map(
        (rows) => new Set(Array.from(rows, (r) => groups[r])),
      );
      expect([...one].filter((group) => other.has(group))).toEqual([]);
    }
    // The cause explains the association of the two latents.
    const shares = result.halfSamples.pairs.map(({ pair, adjacent }) => [pair.join(), adjacent]);
    expect(shares).toContainEqual(['m1.z1,cause', 1]);
    expect(result.edges.map(({ from, to }) => `${from} ${to}`)).toEqual(['m1.z1 cause', 'm2.z1 cause']);
  });

  test('a half-sample without associated modalities, or with too few subjects, has no link', async () => {
    const nothing: FitAgain = ({ rows, number }) => {
      const known = knownOf([...rows]);
      const pairs = known.pairs.map((pair) => ({ ...pair, associated: false }));
      return Promise.resolve(number % 2 === 0 ? { ...known, pairs } : { splits: [], pairs: [], latents: [] });
    };
    const result = await discoverWithRefits(question, options, refits, nothing);
    expect(result.edges[0].frequencies!.adjacent).toBe(0);
    expect(result.halfSamples.replicated!.map(({ share }) => share)).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  test('refits each half-sample, and the same seed gives the same result', async () => {
    const pending = () => discoverWithRefits(question, { ...options, halfSamples: 2 }, refits);
    const result = await pending();
    expect(result.halfSamples.count).toBe(2);
    expect(await pending()).toEqual(result);
    expect(result.links).toEqual((await discoverLatents(question)).links);
  }, 60_000);

  test('a signal ends the refits with its reason', async () => {
    const controller = new AbortController();
    const onProgress = (done: number) => {
      if (done === 2) controller.abort(new Error('enough'));
    };
    const stopped = { ...options, halfSamples: 100, signal: controller.signal, onProgress };
    await expect(discoverWithRefits(question, stopped, refits)).rejects.toThrow('enough');
  });

  const few = simulatedDataset(simulate('case1', { samples: 60, test: 10, seed: 1 }));
  const latentsOfFew = Object.fromEntries(
    Object.entries(fitted).map(([name, all]) => [name, all.slice(0, 2 * few.ids.length)]),
  );
  test.each<[string, Partial<RefitOptions>, Partial<Refits>, string]>([
    ['no half-samples', { halfSamples: 0 }, {}, 'invalid-half-samples'],
    ['half a seed', { seed: 0.5 }, {}, 'invalid-half-samples'],
    ['no workers', {}, { workers: 0 }, 'invalid-threads'],
    ['latents of others', {}, { latents: { m1: fitted['m1'], m2: fitted['m2'].subarray(2) } }, 'invalid-argument'],
    ['no latents', {}, { latents: {} }, 'invalid-argument'],
    ['too few subjects', {}, { dataset: few, latents: latentsOfFew }, 'too-few-subjects'],
  ])('refuses %s before anything is fitted', async (_, other, invalid, code) => {
    const never: FitAgain = () => Promise.reject(new Error('fitted'));
    const pending = discoverWithRefits(question, { ...options, ...other }, { ...refits, ...invalid }, never);
    await expect(pending).rejects.toMatchObject({ code });
  });
});

describe('on the command line', () => {
  const { folder, file } = scratch();
  const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);
  const succeeds = async (...args: string[]) => {
    expect(await interlatent(...args)).toMatchObject({ code: 0 });
  };
  const refit = (...args: string[]) => interlatent('discover', ...args, '--refit', '--threads', '1');

  beforeAll(async () => {
    await succeeds('simulate', 'case1', '--samples', '180', '--test', '20', '--out', 'data');
    appendFileSync(file('data/study.yaml'), SHORT_TRAINING);
    await succeeds('fit', 'data/study.yaml', '--out', 'run', '--evidence', 'quick', '--threads', '1');
    const ids = readFileSync(join(folder, 'run/latents.csv'), 'utf8').trim().split('\n').slice(1);
    file('age.csv', `id,age\n${ids.map((line) => `${line.split(',')[0]},${random.normal()}`).join('\n')}\n`);
  }, 60_000);

  test('prints, writes and reports the kind of half-samples', async () => {
    const { code, out } = await refit('run', '--half-samples', '2', '--out', 'graph.json');
    expect(code).toBe(0);
    expect(out).toMatch(/Shares of half-samples: subjects halved before fitting\./);
    expect(out).toMatch(/Latents whose subspace both folds of a half-sample replicate: m1\.z1 \d+ %/);
    expect(JSON.parse(readFileSync(join(folder, 'graph.json'), 'utf8'))).toMatchObject({
      halfSamples: {
        ...{ count: 2, seed: 0, resampled: 'subjects-before-fitting' },
        replicated: [{ name: 'm1.z1' }, {}, {}, {}],
      },
    });
    await succeeds('report', 'run', '--discovery', 'graph.json', '--out', 'report.html');
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('subjects halved before fitting');
    await succeeds('graph', 'graph.json', '--format', 'dot');
  }, 60_000);

  test('works with a table, and names a study that was moved', async () => {
    const { code, out } = await refit('age.csv', 'run', '--id', 'id', '--half-samples', '1', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ units: 200, halfSamples: { resampled: 'subjects-before-fitting' } });
    const summary = readFileSync(join(folder, 'run/run.json'), 'utf8');
    const moved = JSON.parse(summary) as object;
    writeFileSync(join(folder, 'run/run.json'), JSON.stringify({ ...moved, studyFile: undefined }));
    expect((await refit('run', '--half-samples', '1')).err).toMatch(/error \[no-study\].*--study/);
    expect(await refit('run', '--half-samples', '1', '--study', 'data/study.yaml')).toMatchObject({ code: 0 });
    writeFileSync(join(folder, 'run/run.json'), summary);
  }, 60_000);

  test('incompatible options, and data that differ from the RUN, are refused', async () => {
    const study = readFileSync(join(folder, 'data/study.yaml'), 'utf8');
    file('data/other.yaml', study.replace('latents: 2', 'latents: 1'));
    for (const [args, message] of [
      [['run'], /\[invalid-option\].*needs --half-samples N/],
      [['age.csv', '--half-samples', '2'], /\[invalid-option\].*no argument is a RUN folder/],
      [
        ['run', '--half-samples', '2', '--study', 'data/other.yaml'],
        /\[study-mismatch\].*data\/other\.yaml is not the study of run/,
      ],
    ] as const) {
      const { code, out, err } = await refit(...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(message);
    }
    const alone = await interlatent('discover', 'run', '--study', 'data/study.yaml');
    expect(alone.err).toMatch(/\[invalid-option\] --study names the study that --refit fits again/);
  }, 60_000);
});
