// Quality of a fit: figures against a closed form and Python, and every warning on data that need it and on no other
// data. They appear in run.json, before and after a fit, in inspect and in the report.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { pooledR2, type Samples } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import {
  byImportance,
  measureQuality,
  qualityWarnings,
  type ModalityQuality,
  type ModelReading,
  type QualityFigures,
} from '../../src/quality/index.js';
import { measuredRows } from '../../src/quality/tables.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { reconstruction } from '../../src/report/facts/reconstruction.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig, fitConfigFor } from '../../src/training/config.js';
import { fitWarnings } from '../../src/training/fit-warnings.js';
import { readRun } from '../../src/training/run-folder.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();

interface Sizes {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

const SIZES: Sizes = { train: 300, validation: 50, test: 200 };

const rowsFrom = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);

/** Modalities of one latent each: column j of modality m is `value(factor, noise)`. */
function datasetOf(
  { train, validation, test: heldOut }: Sizes,
  modalities: readonly { readonly name: string; readonly columns: number; readonly share: number }[],
  seed = 1,
): { dataset: Dataset; factor: Float64Array } {
  const rows = train + validation + heldOut;
  const random = new RandomStream(seed, 0);
  const factor = Float64Array.from({ length: rows }, () => random.normal());
  const tables = modalities.map(({ name, columns, share }): Modality => {
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        values[i * columns + j] = Math.sqrt(share) * factor[i] + Math.sqrt(1 - share) * random.normal();
      }
    }
    const scales = Array.from({ length: columns }, (_, j) => {
      return { name: `c${j}`, log: false, offset: 0, mean: 0, sd: 1 };
    });
    return { name, columns: scales, values, latents: 1, exogenous: 1 };
  });
  const split = {
    train: rowsFrom(0, train),
    validation: rowsFrom(train, validation),
    test: rowsFrom(train + validation, heldOut),
  };
  const ids = Array.from({ length: rows }, (_, i) => `s${i}`);
  return { dataset: { ids, modalities: tables, split, fingerprint: '' }, factor };
}

/** Returns a model with these latents whose reconstruction is half of every value. */
function reader({ modalities }: Dataset, latents: readonly ArrayLike<number>[]) {
  return (rows: Int32Array): Promise<ModelReading> => {
    const table = (columns: number, value: (row: number, c: number) => number): Samples => ({
      values: Float64Array.from({ length: rows.length * columns }, (_, k) =>
        value(rows[Math.floor(k / columns)], k % columns),
      ),
      rows: rows.length,
      columns,
    });
    const places = modalities.flatMap(({ columns, values }) =>
      columns.map((_, c) => (row: number) => values[row * columns.length + c] / 2),
    );
    return Promise.resolve({
      latents: table(latents.length, (row, c) => latents[c][row]),
      reconstruction: table(places.length, (row, c) => places[c](row)),
    });
  };
}

const TWO = [
  { name: 'a', columns: 6, share: 0.5 },
  { name: 'b', columns: 4, share: 0.5 },
];

const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code);

describe('the figures', () => {
  test('a reconstruction of half of every value explains three quarters of the variance', async () => {
    const { dataset, factor } = datasetOf(SIZES, TWO);
    const { modalities, heldOut, train } = await measureQuality(dataset, reader(dataset, [factor, factor]));
    expect([train, heldOut]).toEqual([300, { split: 'test', subjects: 200 }]);
    for (const { reconstruction } of modalities) {
      expect(reconstruction.train).toBeCloseTo(0.75, 2);
      expect(reconstruction.heldOut).toBeCloseTo(0.75, 2);
    }
  });

  test('in the prediction of other columns the factor explains its share, and linear methods most of it', async () => {
    const { dataset, factor } = datasetOf({ ...SIZES, train: 2000, test: 2000 }, TWO);
    const { modalities } = await measureQuality(dataset, reader(dataset, [factor, factor]));
    for (const { prediction, linear } of modalities) {
      expect(prediction.train).toBeCloseTo(0.5, 1);
      expect(prediction.heldOut).toBeCloseTo(0.5, 1);
      expect(prediction.p).toBe(1 / 200);
      expect(linear.map(({ method }) => method).sort()).toEqual(['CCA', 'PCA', 'PLS', 'reduced-rank regression']);
      // Six or four noisy columns determine 6/7 or 4/5 of the factor, whose share is 0.5.
      expect(linear[0].heldOut).toBeGreaterThan(0.36);
      expect(linear[0].heldOut).toBeLessThan(0.45);
    }
  });

  test('without a test split figures use the validation split, and missing values do not count', async () => {
    const { dataset, factor } = datasetOf({ ...SIZES, test: 0 }, TWO);
    const [a, b] = dataset.modalities;
    const observed = new Uint8Array(a.values.length).fill(1);
    const values = a.values.slice();
    // Half of column 0 is missing, and the model has an error of 1000 there.
    for (let row = 0; row < dataset.ids.length; row += 2) {
      observed[row * 6] = 0;
      values[row * 6] = 0;
    }
    const masked = { ...dataset, modalities: [{ ...a, values, observed }, b] };
    const read = async (rows: Int32Array): Promise<ModelReading> => {
      const reading = await reader(masked, [factor, factor])(rows);
      const wrong = Float64Array.from(reading.reconstruction.values);
      rows.forEach((row, i) => {
        if (row % 2 === 0) wrong[i * 10] = 1000;
      });
      return { ...reading, reconstruction: { ...reading.reconstruction, values: wrong } };
    };
    const { heldOut, modalities } = await measureQuality(masked, read);
    expect(heldOut).toEqual({ split: 'validation', subjects: 50 });
    expect(modalities[0].reconstruction.heldOut).toBeCloseTo(0.75, 2);
  });

  test('if held-out rows are repetitions of four people, shuffles exchange the four people', async () => {
    const { dataset, factor } = datasetOf(SIZES, [
      { name: 'a', columns: 4, share: 0.5 },
      { name: 'b', columns: 4, share: 0.5 },
    ]);
    const ps = async (groups?: string[]) => {
      const { modalities } = await measureQuality({ ...dataset, groups }, reader(dataset, [factor, factor]));
      return modalities.map(({ prediction }) => prediction.p);
    };
    expect(await ps()).toEqual([0.005, 0.005]);
    // One of the 24 orders of four people is the correct one.
    const people = dataset.ids.map((_, row) => `p${Math.floor(row / 50)}`);
    for (const p of await ps(people)) expect(p).toBeGreaterThan(0.01);
  });

  test('p is uniform without any association: at most a tenth is below 0.05', async () => {
    const ps: (number | null)[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const { dataset } = datasetOf(
        { train: 60, validation: 20, test: 40 },
        TWO.map((m) => ({ ...m, share: 0 })),
        seed,
      );
      const latents = new RandomStream(seed, 9);
      const noise = Float64Array.from(dataset.ids, () => latents.normal());
      const { modalities } = await measureQuality(dataset, reader(dataset, [noise, noise]));
      ps.push(...modalities.map(({ prediction }) => prediction.p));
    }
    expect(ps.filter((p) => p !== null && p <= 0.05).length).toBeLessThanOrEqual(4);
    expect(ps.filter((p) => p !== null && p <= 0.5).length).toBeGreaterThan(10);
  });

  test('a nearly constant column among few held-out subjects does not dominate the figures', () => {
    const { dataset } = datasetOf({ train: 100, validation: 5, test: 5 }, TWO);
    const [a] = dataset.modalities;
    // Column 0 is constant in the held-out subjects up to rounding: a separate share would be −10⁹ or worse.
    for (const row of dataset.split.test) a.values[row * 6] = 1e-5;
    const xHat = new Float32Array(dataset.ids.length * 10).fill(0.3);
    const [first] = reconstruction(dataset, xHat).modalities;
    expect(first.columns[0].r2).toBeLessThan(-1e6);
    expect(Math.abs(first.heldOut!)).toBeLessThan(2);
    expect(Math.abs(first.train!)).toBeLessThan(0.3);
  });

  test('figures stay cheap: 4,096 subjects per split, fewer of wide tables, 1,000 columns', async () => {
    const split = { train: rowsFrom(0, 50_000), validation: rowsFrom(50_000, 10), test: rowsFrom(50_010, 5000) };
    const modality = (columns: number) => datasetOf({ train: 2, validation: 0, test: 0 }, [{ ...TWO[0], columns }]);
    const of = (columns: number) => measuredRows({ split, modalities: modality(columns).dataset.modalities });
    const { train, heldOut, split: measured } = of(6);
    expect([train.length, heldOut.length, measured]).toEqual([4096, 4096, 'test']);
    expect([train[0], train[1], train[4095]]).toEqual([0, 12, Math.floor((4095 * 50_000) / 4096)]);
    expect(of(20_000).train.length).toBe(1000);
    const many = Array.from({ length: 11 }, (_, m) => ({ name: `m${m}`, columns: 100, share: 0.5 }));
    const { dataset, factor } = datasetOf({ train: 20, validation: 5, test: 5 }, many);
    const { modalities } = await measureQuality(
      dataset,
      reader(
        dataset,
        many.map(() => factor),
      ),
    );
    expect(modalities.map(({ linear }) => linear)).toEqual(many.map(() => []));
    expect(modalities[0].prediction.heldOut).toBeGreaterThan(0.3);
  });

  test('stop when aborted', async () => {
    const { dataset, factor } = datasetOf(SIZES, TWO);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(measureQuality(dataset, reader(dataset, [factor, factor]), aborted)).rejects.toThrow('enough');
  });
});

describe('the warnings', () => {
  const good: ModalityQuality = {
    name: 'mirna',
    reconstruction: { train: 0.6, heldOut: 0.55 },
    prediction: { train: 0.25, heldOut: 0.2, p: 0.005 },
    linear: [{ method: 'CCA', setting: { components: 30, shrinkage: 0.3 }, train: 0.25, heldOut: 0.205 }],
  };
  const figures = (modality: Partial<ModalityQuality>, rest: Partial<QualityFigures> = {}): QualityFigures => ({
    train: 100,
    heldOut: { split: 'test', subjects: 50 },
    modalities: [{ ...good, ...modality }],
    outliers: [],
    ...rest,
  });

  test('a good fit has none, even if a linear method is less than a point ahead', () => {
    expect(qualityWarnings(figures({}))).toEqual([]);
  });

  test('a linear method that is more than a point ahead is reported with both figures', () => {
    const linear = [{ ...good.linear[0], heldOut: 0.195 }];
    expect(qualityWarnings(figures({ prediction: { train: 0.2, heldOut: 0.141, p: 0.01 }, linear }))).toEqual([
      {
        code: 'linear-is-better',
        text: expect.stringMatching(
          /^A linear method .* fit again with training\.subspaces: linear, or .* more latents/,
        ),
        items: ['mirna: CCA 19.5 %, these latents 14.1 %'],
      },
    ]);
    const behind = figures({ prediction: { train: 0.2, heldOut: 0.141, p: 0.01 }, linear });
    // A fit with linear subspaces needs no advice to use them.
    expect(qualityWarnings(behind, { subspaces: 'linear' })[0].text).toMatch(
      /^A linear method .*; then give the modality more latents/,
    );
    // A linear method uses the sequencing depth, which latents of counts with a size do not contain.
    expect(qualityWarnings(behind, { sized: ['mirna'] })).toEqual([]);
    // A linear method that explains nothing is not better.
    const nothing = figures({
      prediction: { train: 0, heldOut: -0.05, p: 0.9 },
      linear: [{ ...linear[0], heldOut: -0.01 }],
    });
    expect(codes(qualityWarnings(nothing))).toEqual(['nothing-shared']);
  });

  test('overfit is a held-out share below half of training', () => {
    expect(qualityWarnings(figures({ reconstruction: { train: 0.48, heldOut: 0.11 } }))).toEqual([
      {
        code: 'overfit',
        text: expect.stringMatching(/^The fit explains less than half as much .* Add subjects/),
        items: ['mirna: training 48.0 %, held-out 11.0 % of its columns'],
      },
    ]);
    expect(codes(qualityWarnings(figures({ reconstruction: { train: 0.48, heldOut: 0.3 } })))).toEqual([]);
    expect(codes(qualityWarnings(figures({ reconstruction: { train: 0.08, heldOut: 0.01 } })))).toEqual([]);
    const prediction = figures({ prediction: { train: 0.4, heldOut: 0.15, p: 0.01 }, linear: [] });
    expect(qualityWarnings(prediction)[0].items).toEqual([
      "mirna: training 40.0 %, held-out 15.0 % of the other modalities' columns",
    ]);
  });

  test('nothing is shared if the prediction is below the mean, or not better than shuffled subjects', () => {
    const below = qualityWarnings(figures({ prediction: { train: 0.05, heldOut: -0.02, p: 0.03 }, linear: [] }));
    expect(below).toMatchObject([
      { code: 'nothing-shared', items: [expect.stringMatching(/^mirna: −2\.0 %; p of shuffled latents 0\.03$/)] },
    ]);
    const chance = figures({ prediction: { train: 0.05, heldOut: 0.01, p: 0.2 }, linear: [] });
    expect(codes(qualityWarnings(chance))).toEqual(['nothing-shared']);
  });

  test('values beyond 20 sd outside the training split are outliers, and at most ten are named', async () => {
    const { dataset, factor } = datasetOf(SIZES, TWO);
    const [a, b] = dataset.modalities;
    a.values[dataset.split.test[3] * 6 + 2] = -67;
    b.values[dataset.split.validation[0] * 4] = 21;
    b.values[dataset.split.train[0] * 4 + 1] = 500;
    b.values[dataset.split.test[0] * 4 + 1] = 19;
    const measured = await measureQuality(dataset, reader(dataset, [factor, factor]));
    expect(measured.outliers).toEqual([
      { modality: 'a', column: 'c2', split: 'test', sd: 67 },
      { modality: 'b', column: 'c0', split: 'validation', sd: 21 },
    ]);
    const warning = qualityWarnings({ ...measured, modalities: [] })[0];
    expect(warning.text).toContain('a c2 (67 sd, held-out), b c0 (21 sd, validation)');
    const many = Array.from({ length: 12 }, (_, i) => ({ ...measured.outliers[0], column: `c${i}` }));
    expect(qualityWarnings({ ...measured, modalities: [], outliers: many })[0].text).toMatch(
      /c9 \(67 sd, held-out\) and 2 more\. /,
    );
  });

  test('all cases of one kind are one warning with a list, the most important warning first', () => {
    const behind = { prediction: { train: 0.2, heldOut: 0.1, p: 0.01 }, linear: [{ ...good.linear[0], heldOut: 0.3 }] };
    const many = {
      ...figures({}, { heldOut: { split: 'test', subjects: 9 } }),
      modalities: ['a', 'b', 'c'].map((name) => ({ ...good, ...behind, name })),
      outliers: [{ modality: 'a', column: 'c', split: 'test' as const, sd: 99 }],
    };
    const warnings = byImportance(qualityWarnings(many));
    expect(codes(warnings)).toEqual(['outlier', 'linear-is-better', 'few-held-out']);
    expect(warnings[1].items).toHaveLength(3);
  });

  test('few held-out subjects', () => {
    const few = figures({}, { heldOut: { split: 'validation', subjects: 19 } });
    expect(qualityWarnings(few)).toEqual([
      { code: 'few-held-out', text: 'Only 19 validation subjects: held-out figures are uncertain.' },
    ]);
  });
});

describe('warnings before a fit', () => {
  const enough = { batch: 32, epochs: 300 };

  test('there are none with enough steps, subjects and validation subjects', () => {
    const { dataset } = datasetOf(SIZES, TWO);
    expect(fitWarnings(dataset, fitConfig(enough))).toEqual([]);
  });

  test('too few steps are reported, with settings that give enough steps', () => {
    const { dataset } = datasetOf(SIZES, TWO);
    const [warning, ...prediction] = fitWarnings(dataset, fitConfig({ batch: 512, epochs: 60 }));
    expect(prediction).toEqual([]);
    expect(warning.code).toBe('few-steps');
    expect(warning.text).toMatch(/^60 steps in total \(epochs 60 × batches 1\)/);
    expect(warning.text).toMatch(/Leave out training\.batch and training\.epochs/);
    expect(fitWarnings(dataset, fitConfigFor(dataset, {}))).toEqual([]);
  });

  test('wide tables of few subjects are reported with the size of the encoder', () => {
    const { dataset } = datasetOf({ ...SIZES, train: 150 }, [TWO[0], { ...TWO[1], columns: 200 }]);
    const warnings = fitWarnings(dataset, fitConfig(enough));
    expect(codes(warnings)).toEqual(['few-subjects']);
    // 200 × 64 + 64 + 64 × 64 + 64 + 64 × 4 + 4.
    expect(warnings[0].text).toMatch(/^150 training subjects are few for the weights of an encoder/);
    expect(warnings[0].items).toEqual(['b: 17284 weights (200 columns)']);
  });

  test('fewer than 20 validation subjects are reported', () => {
    const { dataset } = datasetOf({ ...SIZES, validation: 5 }, TWO);
    expect(codes(fitWarnings(dataset, fitConfig(enough)))).toEqual(['few-validation']);
  });

  test('rows that are windows of few people are reported, with the unit that counts', () => {
    const { dataset } = datasetOf(SIZES, TWO);
    const of = (people: number) =>
      fitWarnings({ ...dataset, groups: dataset.ids.map((_, row) => `${row % people}`) }, fitConfig(enough));
    const [few] = of(10);
    expect(few.code).toBe('rows-of-groups');
    expect(few.text).toMatch(/belong to 10 groups.* needs 20 groups, so nothing can be tested here\.$/);
    expect(of(30)[0].text).toMatch(/tested on the groups' means\.$/);
    expect(of(dataset.ids.length)).toEqual([]);
  });
});

describe('a fit', () => {
  test('has the figures of its latents and reconstructions, in the summary and in run.json', async () => {
    const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 500, test: 100 }));
    const settings = {
      fit: 'joint',
      encoderRestarts: 2,
      epochs: 6,
      batch: 64,
      hidden: 16,
      threads: 1,
      evidence: 'none',
    } as const;
    await using model = await MultimodalCausalModel.fit(dataset, settings);
    const quality = model.summary.quality;
    expect(codes(quality.warnings)).toContain('few-steps');
    expect(quality.heldOut).toEqual({ split: 'test', subjects: 100 });
    const xHat = await model.reconstruct(dataset);
    const [{ name, values, columns }] = dataset.modalities;
    const rows = dataset.ids.length;
    const part = (all: Float32Array, chosen: Int32Array): Samples => ({
      values: Float32Array.from(
        [...chosen].flatMap((row) => [...all.subarray(row * columns.length, (row + 1) * columns.length)]),
      ),
      rows: chosen.length,
      columns: columns.length,
    });
    expect(rows).toBe(600);
    const expected = (chosen: Int32Array) =>
      pooledR2(part(values, chosen), part(xHat[name], chosen), new Float64Array(columns.length))!;
    expect(quality.modalities[0].reconstruction.train).toBeCloseTo(expected(dataset.split.train), 4);
    expect(quality.modalities[0].reconstruction.heldOut).toBeCloseTo(expected(dataset.split.test), 4);
    await model.save(join(folder, 'run'));
    expect((await readRun(join(folder, 'run'))).summary.quality).toEqual(quality);
    const html = await model.report();
    expect(html.indexOf('id="quality"')).toBeGreaterThan(0);
    expect(html.indexOf('id="quality"')).toBeLessThan(html.indexOf('id="graph"'));
    expect(html).toContain('Quality of the fit');
  });
});

describe('the command line', () => {
  const interlatent = (...args: string[]) => commandHere(args, folder);

  /** 60 subjects in wide, independent tables, with a held-out outlier. */
  function writeStudy(): void {
    const random = new RandomStream(5, 0);
    for (const name of ['m1', 'm2']) {
      const header = ['id', ...Array.from({ length: 30 }, (_, j) => `${name}_${j}`)];
      const lines = Array.from({ length: 60 }, (_, i) => [`s${i}`, ...header.slice(1).map(() => random.normal())]);
      file(`data/${name}.csv`, [header, ...lines].map((line) => line.join()).join('\n'));
    }
    const modality = (name: string) => ({ table: `${name}.csv`, latents: 1 });
    const modalities = { m1: modality('m1'), m2: modality('m2') };
    file('data/study.json', JSON.stringify({ study: 'wide', id: 'id', modalities }));
  }

  test('inspect and fit warn before the fit, and fit prints its figures afterwards', async () => {
    writeStudy();
    const inspected = await interlatent('inspect', 'data/study.json');
    expect({ code: inspected.code, err: inspected.err }).toEqual({ code: 0, err: '' });
    expect(inspected.out).toMatch(/Careful: \d+ validation subjects choose between the restarts/);
    const json = JSON.parse((await interlatent('inspect', 'data/study.json', '--json')).out) as {
      warnings: { code: string }[];
    };
    expect(codes(json.warnings)).toEqual(expect.arrayContaining(['few-subjects', 'few-validation']));
    const small = [
      '--fit',
      'joint',
      '--encoder-restarts',
      '1',
      '--epochs',
      '2',
      '--batch',
      '16',
      '--threads',
      '1',
      '--evidence',
      'none',
    ];
    const { code, out } = await interlatent('fit', 'data/study.json', '--out', 'cli', ...small);
    expect(code).toBe(0);
    const [before, after] = out.split('Fitted in');
    expect(before).toMatch(/Careful: \d+ steps in total \(epochs 2 × batches \d+\) are too few/);
    expect(after).toMatch(
      /modality +its columns +training +other modalities +training\nm1[^]*\nmodality +best linear method\n/,
    );
    expect(after).toMatch(/Careful: Only \d+ held-out subjects/);
    expect(after).not.toContain('steps in total');
    const summary = JSON.parse(readFileSync(join(folder, 'cli/run.json'), 'utf8')) as {
      quality: { warnings: { code: string }[] };
    };
    const all = codes(summary.quality.warnings);
    expect(all).toEqual(expect.arrayContaining(['few-steps', 'few-validation', 'few-held-out']));
    // A finished fit prints everything again.
    const again = await interlatent('fit', 'data/study.json', '--out', 'cli', ...small, '--resume');
    expect(again.out).toMatch(/Careful: \d+ steps in total/);
  });
});
