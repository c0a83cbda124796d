// interlatent evaluate --latents FILE --study STUDY: scores of latents without a truth.

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { builtInMethods, comparedData, compareMethods, writeMethodLatents } from '../../src/comparison/index.js';
import type { Samples } from '../../src/metrics/index.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { generator, normals } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

interface Scores {
  subjects: number;
  isJoint: boolean;
  within: { r2: number; error: number };
  across: { r2: number; error: number } | null;
  modalities: { name: string; latents: number; within: { r2: number } }[];
  pairs: { p: number }[];
  reproducibility: number | null;
}

const { folder, file } = scratch();
const evaluate = (line: string) => commandHere(['evaluate', ...line.split(' ')], folder);
const scoresOf = async (line: string): Promise<Scores> => {
  const { code, out, err } = await evaluate(`${line} --study case1/study.yaml --json`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Scores;
};

/** Writes latents as a table. @param name name of each column */
function tableOf(path: string, ids: readonly string[], latents: readonly Samples[], name: (m: number) => string): void {
  const header = latents.flatMap(({ columns }, m) => Array.from({ length: columns }, (_, k) => `${name(m)}z${k + 1}`));
  const rows = ids.map((id, row) =>
    [id, ...latents.flatMap(({ values, columns }) => [...values.slice(row * columns, (row + 1) * columns)])].join(','),
  );
  file(path, [['id', ...header].join(','), ...rows].join('\n'));
}

beforeAll(async () => {
  expect((await commandHere('simulate case1 --samples 300 --test 200 --out case1'.split(' '), folder)).code).toBe(0);
  const study = await readStudy(join(folder, 'case1/study.yaml'));
  const data = comparedData(study.dataset);
  const input = { study, data, seed: 0, isShuffled: false, signal: new AbortController().signal };
  const [cca] = builtInMethods(['cca']);
  const { latents } = await cca.fit(input);
  await writeMethodLatents(join(folder, 'cca.npz'), data, { latents });
  tableOf('cca.csv', data.ids, latents, (m) => `m${m + 1}.`);
  tableOf('joint.csv', data.ids, latents, (m) => `factor${m}_`);
  const normal = normals(generator(5));
  const noise = latents.map(({ values, ...size }) => ({ ...size, values: Float64Array.from(values, normal) }));
  tableOf('noise.csv', data.ids, noise, (m) => `m${m + 1}.`);
  const noisy = latents.map(({ values, ...size }) => ({
    ...size,
    values: Float64Array.from(values, (z) => z + 0.02 * normal()),
  }));
  tableOf('noisy.csv', data.ids, noisy, (m) => `m${m + 1}.`);
}, 60_000);

describe('evaluate --study', () => {
  test('scores a file of a comparison like the comparison', async () => {
    const scores = await scoresOf('--latents cca.npz');
    expect(scores.subjects).toBe(200);
    const study = await readStudy(join(folder, 'case1/study.yaml'));
    const { methods } = await compareMethods(study, { methods: builtInMethods(['cca']), seeds: 1, shuffles: 0 });
    // Both read-outs are linear. This one learns from 120 held-out subjects, the other one from training subjects.
    expect(Math.abs(scores.within.r2 - methods[0].within!.r2)).toBeLessThan(0.03);
    expect(Math.abs(scores.across!.r2 - methods[0].across!.r2)).toBeLessThan(0.03);
    expect(scores.pairs[0].p).toBeCloseTo(methods[0].pairs[0].p, 12);
    expect(scores.reproducibility).toBeNull();
    expect(await scoresOf('--latents cca.csv')).toMatchObject({ within: { r2: expect.closeTo(scores.within.r2, 6) } });
  });

  test('gives noise nothing', async () => {
    const scores = await scoresOf('--latents noise.csv --subjects all');
    expect(scores.subjects).toBe(500);
    expect(Math.abs(scores.within.r2)).toBeLessThan(0.01);
    expect(Math.abs(scores.across!.r2)).toBeLessThan(0.01);
    expect(scores.pairs[0].p).toBeGreaterThan(0.01);
  });

  test('measures the agreement of several files', async () => {
    const same = await scoresOf('--latents cca.csv --latents cca.npz');
    expect(same.reproducibility).toBeCloseTo(1, 6);
    const other = await scoresOf('--latents cca.csv --latents noise.csv');
    expect(other.reproducibility).toBeLessThan(0.25);
    const { out } = await evaluate('--latents cca.csv --latents noisy.csv --study case1/study.yaml');
    expect(out.replaceAll('\n', ' ')).toMatch(/latents over 2 files: 0\.\d\d\d/);
  });

  test('reads every modality from latents that name none', async () => {
    const joint = await scoresOf('--latents joint.csv');
    const named = await scoresOf('--latents cca.csv');
    expect(joint.isJoint).toBe(true);
    expect(joint.across).toBeNull();
    expect(joint.pairs).toEqual([]);
    expect(joint.modalities.map(({ latents }) => latents)).toEqual([4, 4]);
    expect(joint.within.r2).toBeGreaterThanOrEqual(named.within.r2 - 0.01);
    const byPosition = await scoresOf('--latents joint.csv --modalities m1=2,m2=2');
    expect(byPosition.within.r2).toBeCloseTo(named.within.r2, 12);
  });

  test.each([
    ['--latents cca.csv', /needs --truth FILE .* or --latents FILE and --study/],
    ['--study case1/study.yaml', /--study needs --latents/],
    ['--latents cca.csv --study case1/study.yaml --truth case1/truth.npz', /Leave --truth out/],
    ['runs/x --latents cca.csv --study case1/study.yaml', /Leave a RUN folder out/],
    ['--latents cca.csv --latents cca.npz --truth case1/truth.npz', /Several --latents files need --study/],
    ['--latents joint.csv --study case1/study.yaml --modalities m1=2,m3=2', /latents of 'm3', the study has none/],
    ['--latents joint.csv --study case1/study.yaml --modalities m1=2', /has 4 latents, but --modalities names 2/],
    ['--latents few.csv --study case1/study.yaml', /There are 1 subjects to score/],
    ['--latents none.csv --study case1/study.yaml', /no subject in common/],
  ])('refuses %s', async (line, message) => {
    const study = await readStudy(join(folder, 'case1/study.yaml'));
    const [first] = study.dataset.split.test;
    file('few.csv', `id,m1.z1,m2.z1\n${study.dataset.ids[first]},1,2\n`);
    file('none.csv', 'id,m1.z1,m2.z1\nnobody,1,2\n');
    const { code, err } = await evaluate(line);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
