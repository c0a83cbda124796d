// How unusual subjects are: shares of held-out subjects of the same population are uniform, those of shifted subjects
// are small, in the library, in a command and at a route.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { selectSubjects } from '../../src/data/select-rows.js';
import { readTable, writeTable } from '../../src/files/read-table.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { comparison, referenceRows, type Typicality } from '../../src/questions/typicality.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

/** Returns the largest distance of the distribution of shares from the uniform distribution. */
function distanceFromUniform(shares: readonly number[]): number {
  const sorted = [...shares].sort((a, b) => a - b);
  return Math.max(...sorted.map((share, i) => Math.max((i + 1) / sorted.length - share, share - i / sorted.length)));
}

describe('the comparison with a reference', () => {
  const random = new RandomStream(3, 0);
  const subject = (missing = 0): Float64Array =>
    Float64Array.from({ length: 4 }, () => (random.uniform() < missing ? NaN : random.normal() ** 2));

  test('counts the subject and all of the reference with a score at least as large', () => {
    const compare = comparison([1, 2, 3, 3].map((score) => Float64Array.of(score)));
    const shareOf = (score: number) => compare(Float64Array.of(score)).shares[0];
    expect([0, 1, 2.5, 3, 4].map(shareOf)).toEqual([1, 1, 3 / 5, 3 / 5, 1 / 5]);
    expect(compare(Float64Array.of(4)).share).toBe(1 / 5);
    expect(compare(Float64Array.of(NaN)).shares[0]).toBeNaN();
  });

  test.each([0, 0.3])('gives exchangeable subjects uniform shares, with a share %p of missing scores', (missing) => {
    const shares: number[] = [];
    for (let draw = 0; draw < 400; draw++) {
      const compare = comparison(Array.from({ length: 39 }, () => subject(missing)));
      shares.push(compare(subject(missing)).share);
    }
    // The critical value of Kolmogorov and Smirnov at 1 %, and the step between shares of a reference of 39.
    expect(distanceFromUniform(shares)).toBeLessThan(1.63 / Math.sqrt(400) + 1 / 40);
    expect(shares.filter((share) => share <= 0.05).length / 400).toBeLessThan(0.05 + 2.6 * Math.sqrt(0.0475 / 400));
  });

  describe('takes as the reference', () => {
    const split = (test: number[]) => ({
      train: Int32Array.of(0),
      validation: Int32Array.of(1),
      test: Int32Array.from(test),
    });

    const fitted = () => Promise.resolve(new Set(['a', 'b']));
    const unknown = () => Promise.resolve(undefined);

    test('the held-out subjects of the fit alone, if there are any', async () => {
      const fit = { fingerprint: 'f', heldOut: ['c', 'x'], fittedIds: unknown };
      expect(await referenceRows({ ids: ['a', 'b', 'c'] }, fit)).toEqual({ rows: [2], isHeldOut: true });
      // A selection of rows that kept the fingerprint and the split of the whole data set.
      const selection = { ids: ['c', 'a'], fingerprint: 'f', split: split([2]) };
      expect(await referenceRows(selection, fit)).toEqual({ rows: [0], isHeldOut: true });
      await expect(referenceRows({ ids: [] }, fit)).rejects.toMatchObject({ code: 'no-subjects' });
    });

    test('the test split of the study of the fit, if subjects.json is missing', async () => {
      const study = { ids: ['a', 'b', 'c'], fingerprint: 'f', split: split([2]) };
      const fit = { fingerprint: 'f', heldOut: undefined, fittedIds: unknown };
      expect(await referenceRows(study, fit)).toEqual({ rows: [2], isHeldOut: true });
    });

    test.each([[undefined], [[]], [['x']]])('all subjects if nothing is known about them (%p)', async (heldOut) => {
      const reference = { ids: ['a', 'b'], fingerprint: 'g', split: split([]) };
      const fit = { fingerprint: 'f', heldOut, fittedIds: unknown };
      expect(await referenceRows(reference, fit)).toEqual({ rows: [0, 1], isHeldOut: false });
    });

    test('those who did not train the model, if it is known who did', async () => {
      const fit = { fingerprint: 'f', heldOut: ['x'], fittedIds: fitted };
      expect(await referenceRows({ ids: ['a', 'c', 'd'] }, fit)).toEqual({ rows: [1, 2], isHeldOut: true });
      await expect(referenceRows({ ids: ['b', 'a'] }, fit)).rejects.toMatchObject({ code: 'no-held-out' });
    });

    test.each([[undefined], [[]]])('nobody of a study that held no subjects out (%p)', async (heldOut) => {
      const study = { ids: ['a', 'b'], fingerprint: 'f', split: split([]) };
      const fit = { fingerprint: 'f', heldOut, fittedIds: unknown };
      await expect(referenceRows(study, fit)).rejects.toMatchObject({ code: 'no-held-out' });
    });
  });
});

describe('a fit of case 1', () => {
  const { folder } = scratch();
  let simulation: Simulation;
  let dataset: Dataset;
  let model: MultimodalCausalModel;
  /** Held-out subjects: one half is the reference, the other one is asked about. */
  let reference: Dataset;
  let fresh: Dataset;

  beforeAll(async () => {
    simulation = simulate('case1', { seed: 4, samples: 1000, test: 1000 });
    dataset = simulatedDataset(simulation);
    const settings = { fit: 'joint', encoderRestarts: 1, epochs: 8, hidden: 16, evidence: 'none', threads: 1 } as const;
    model = await MultimodalCausalModel.fit(dataset, settings);
    await model.save(join(folder, 'run'));
    reference = some(dataset.split.test.subarray(0, 500));
    fresh = some(dataset.split.test.subarray(500));
  }, 120_000);
  afterAll(() => model.dispose());

  function some(rows: Int32Array): Dataset {
    return {
      ...dataset,
      ids: Array.from(rows, (row) => dataset.ids[row]),
      modalities: dataset.modalities.map((modality) => ({ ...modality, ...selectSubjects(modality, 15, rows) })),
    };
  }

  function changed(change: (value: number, modality: number) => number): Dataset {
    const modalities = fresh.modalities.map((modality, m): Modality => ({
      ...modality,
      values: modality.values.map((value) => change(value, m)),
    }));
    return { ...fresh, modalities };
  }

  const sharesOf = ({ subjects }: Typicality): Readonly<Record<string, number[]>> => ({
    share: subjects.map(({ share }) => share),
    ...Object.fromEntries(
      ['m1', 'm2'].flatMap((name, m) =>
        (['measurements', 'latents'] as const).map((what) => [
          `${name} ${what}`,
          subjects.map(({ modalities }) => modalities[m][what].share),
        ]),
      ),
    ),
  });
  const below = (shares: readonly number[], level: number) =>
    shares.filter((share) => share <= level).length / shares.length;

  test('shares of held-out subjects are uniform, all together and for each score', async () => {
    const answer = await model.typicality(fresh, reference);
    expect(answer).toMatchObject({ reference: 500, warnings: [] });
    for (const shares of Object.values(sharesOf(answer))) {
      // Two samples of 500: the critical value of Kolmogorov and Smirnov at 1 %.
      expect(distanceFromUniform(shares)).toBeLessThan(1.63 * Math.sqrt(2 / 500));
      expect(below(shares, 0.05)).toBeLessThan(0.05 + 2.6 * Math.sqrt((2 * 0.0475) / 500));
    }
  });

  test('noise in one modality makes its measurements unusual, and leaves those of the other one', async () => {
    const random = new RandomStream(9, 0);
    const noisy = await model.typicality(
      changed((value, m) => (m === 1 ? value + 2 * random.normal() : value)),
      reference,
    );
    const [plain, shares] = [await model.typicality(fresh, reference), noisy].map(sharesOf);
    expect(below(shares['m2 measurements'], 0.01)).toBeGreaterThan(0.95);
    expect(below(shares['share'], 0.01)).toBeGreaterThan(0.95);
    expect(shares['m1 measurements']).toEqual(plain['m1 measurements']);
  });

  test('subjects of another population have unusual latents', async () => {
    const shares = sharesOf(
      await model.typicality(
        changed((value, m) => (m === 0 ? 4 * value : value)),
        reference,
      ),
    );
    expect(below(shares['m1 latents'], 0.05)).toBeGreaterThan(0.5);
    expect(below(shares['share'], 0.05)).toBeGreaterThan(0.5);
  });

  test('training subjects of the reference are left out', async () => {
    const options = { subjects: fresh.ids.slice(0, 5) };
    const answer = await model.typicality(fresh, dataset, options);
    expect(answer.reference).toBe(1000);
    expect(answer.subjects.map(({ row }) => row)).toEqual([0, 1, 2, 3, 4]);
  });

  test('a modality that a subject lacks has no share, and a small reference a warning', async () => {
    const onlyFirst = { ...fresh, modalities: [fresh.modalities[0]] };
    const few = some(dataset.split.test.subarray(0, 20));
    const { subjects, warnings } = await model.typicality(onlyFirst, few, { subjects: [fresh.ids[3]] });
    expect(subjects[0].modalities.map(({ name }) => name)).toEqual(['m1']);
    expect(warnings).toMatchObject([{ code: 'small-reference', text: expect.stringContaining('below 0.048') }]);
    expect(warnings[0].text).not.toContain('m2');
  });

  test('a modality that few of a large reference have has a warning: no share is below 1 / (n + 1)', async () => {
    const [first, second] = reference.modalities;
    const observed = new Uint8Array(second.values.length).fill(1);
    observed.fill(0, 9 * second.columns.length);
    const few = { ...reference, modalities: [first, { ...second, observed }] };
    const far = changed((value, m) => (m === 1 ? value + 100 : value));
    const { subjects, warnings } = await model.typicality(far, few, { subjects: fresh.ids.slice(0, 5) });
    expect(subjects.map(({ modalities }) => modalities[1].measurements.share)).toEqual(new Array(5).fill(1 / 10));
    expect(warnings).toMatchObject([{ code: 'small-reference', text: expect.stringContaining('m2: 9 subjects') }]);
    expect(warnings[0].text).not.toContain('m1');
  });

  test('a reference that may have trained the model has a warning', async () => {
    const trained = some(dataset.split.train.subarray(0, 200));
    const { reference: size, warnings } = await model.typicality(fresh, trained, { subjects: fresh.ids.slice(0, 2) });
    expect([size, warnings.map(({ code }) => code)]).toEqual([200, ['reference-not-held-out']]);
  });

  test('a RUN folder with latents of its subjects names those who trained the model', async () => {
    const run = join(folder, 'named');
    await mkdir(run);
    await writeTable(join(run, 'latents-in-sample.csv'), [{ name: 'id', values: dataset.ids }]);
    await model.save(run, ['latents-in-sample.csv']);
    const loaded = await MultimodalCausalModel.load(run);
    try {
      const trained = some(dataset.split.train.subarray(0, 200));
      await expect(loaded.typicality(fresh, trained)).rejects.toMatchObject({ code: 'no-held-out' });
      const newSubjects = { ...trained, ids: trained.ids.map((id) => `new ${id}`) };
      const answer = await loaded.typicality(fresh, newSubjects, { subjects: fresh.ids.slice(0, 2) });
      expect([answer.reference, answer.warnings]).toEqual([200, []]);
    } finally {
      await loaded.dispose();
    }
  });

  test('without subjects.json, the reference is the test split of the study of the fit', async () => {
    await rm(join(folder, 'run', 'subjects.json'));
    const shared = await MultimodalCausalModel.load(join(folder, 'run'));
    try {
      const [known, unknown] = [await shared.typicality(fresh, dataset), await shared.typicality(fresh, reference)];
      expect([known.reference, known.warnings]).toEqual([1000, []]);
      expect(unknown.warnings.map(({ code }) => code)).toEqual(['reference-not-held-out']);
    } finally {
      await shared.dispose();
      await model.save(join(folder, 'run'));
    }
  });

  test('the command writes the shares of the library', async () => {
    await writeSimulation(simulation, join(folder, 'data'));
    const study = 'data/study.yaml';
    const args = ['typicality', 'run', study, '--reference', study, '--out', 'shares.csv'];
    expect(await commandHere(args, folder)).toMatchObject({ code: 0, out: '4000 rows written to shares.csv\n' });
    const missing = await commandHere(['typicality', 'run', study, '--reference', 'none.yaml', '--json'], folder);
    expect([missing.code, JSON.parse(missing.err)]).toMatchObject([2, { error: { code: 'missing-file' } }]);
    const table = await readTable(join(folder, 'shares.csv'), { text: ['id', 'modality'] });
    const row = table.texts('id').indexOf(fresh.ids[0]);
    const { subjects } = await model.typicality(fresh, dataset, { subjects: [fresh.ids[0]] });
    expect(table.numbers('share')[row]).toBeCloseTo(subjects[0].share, 9);
    expect(table.numbers('measurements_share')[row]).toBeCloseTo(subjects[0].modalities[0].measurements.share, 9);
  });
});
