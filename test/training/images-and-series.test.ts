// Whole fits of images and series, and their reports.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { standardiseChannels } from '../../src/data/standardise-channels.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { evaluate as compare, spearman } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { correlations } from '../../src/report/facts/correlations.js';
import { reconstruction } from '../../src/report/facts/reconstruction.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { physiology, PHYSIOLOGY_LATENTS } from '../../reproduction/simulation/physiology.js';
import { variantMnist } from '../../reproduction/simulation/variant-mnist.js';
import { fitConfigFor, type FitSettings } from '../../src/training/config.js';
import { encoderTrialStage, chosenEncoderStage } from '../../src/training/correlation-stage.js';
import { fitSubspaces } from '../../src/training/subspace-stages.js';
import { glyphs } from './glyphs.js';
import { longTest } from '../fixtures/long.js';

const random = new RandomStream(5, 1);

function normals(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

describe('a report of channels', () => {
  const subjects = 40;
  const regularArray = { kind: 'image', height: 3, width: 4 } as const;
  const raw = Float32Array.from({ length: subjects * 2 * 12 }, () => random.normal());
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: rows(0, 20), validation: rows(20, 30), test: rows(30, 40) };
  const scaled = standardiseChannels(raw, ['r', 'g'], regularArray, split.train);
  const modality = { name: 'm', latents: 1, exogenous: 1, ...scaled };
  const parts = { ids: Array.from({ length: subjects }, (_, row) => `s${row}`), modalities: [modality], split };
  const dataset: Dataset = { ...parts, fingerprint: fingerprintOf(parts) };

  test('says how well all pixels of each channel are reconstructed', () => {
    // The second channel is reconstructed as the mean image of the training split, so its R² is 0.
    const mean = (at: number) =>
      [...split.train].reduce((sum, row) => sum + scaled.values[row * 24 + (at % 24)], 0) / split.train.length;
    const rebuilt = scaled.values.map((value, at) => (Math.floor(at / 12) % 2 === 0 ? value : mean(at)));
    const [{ columns }] = reconstruction(dataset, rebuilt).modalities;
    expect(columns.map(({ name }) => name)).toEqual(['r', 'g']);
    expect(columns[0].r2).toBeCloseTo(1, 6);
    expect(columns[1].r2).toBeCloseTo(0, 6);
  });

  test('says how the means of channels correlate with latents', () => {
    const means = Float64Array.from({ length: subjects }, (_, row) =>
      scaled.values.subarray(row * 24 + 12, row * 24 + 24).reduce((sum, value) => sum + value, 0),
    );
    const { columns } = correlations(dataset, { values: means, rows: subjects, columns: 1 });
    expect(columns[1].rho[0]).toBeCloseTo(1, 6);
    expect(Math.abs(columns[0].rho[0])).toBeLessThan(0.9);
  });
});

// test/training/images.long.test.ts measures how good a fit of more images is.
const SUBJECTS = { train: 160, validation: 40, test: 40 };
const SETTINGS: FitSettings = {
  epochs: 4,
  encoderRestarts: 3,
  componentRestarts: 4,
  componentSteps: 60,
  decoderEpochs: 2,
  seed: 1,
};

describe('a fit of images', () => {
  const shapes = (stream: number) => ({ train: glyphs(stream, 160), test: glyphs(stream + 1, 80) });
  const simulated = variantMnist(
    { digits: shapes(1), garments: shapes(3) },
    { graph: 'P', seed: 3, shiftInvariant: 1, ...SUBJECTS },
  );
  const { dataset } = simulated;
  let folder: string;
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlatent-images-'));
    model = await MultimodalCausalModel.fit(dataset, { ...SETTINGS, threads: 1, evidence: 'none' });
    await model.save(folder);
  });

  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  test('trains encoders first, then components on their latents, and decoders last', () => {
    expect(model.summary.stages.map(({ name }) => name)).toEqual([
      'encoders',
      'subspaces',
      'exploration',
      'components',
      'pruning',
      'decoders',
      'missing',
    ]);
    expect(model.summary.subspaces).toEqual({ chosen: 'correlation' });
  });

  test('compares several encoder restarts, and continues with the one of most shared information', () => {
    const [tried, remaining] = model.summary.stages;
    expect(tried.objectives).toHaveLength(3);
    expect(remaining.objectives).toHaveLength(1);
    expect(remaining.objectives[0]!).toBeLessThan(Math.min(...tried.objectives.map(Number)));
  });

  test('is saved and loaded: the same latents, regular arrays and prior knowledge', async () => {
    const loaded = await MultimodalCausalModel.load(folder);
    const [first, second] = [await model.encode(dataset), await loaded.encode(dataset)];
    expect(second).toEqual(first);
    expect(loaded.columnScales[0].regularArray).toEqual({ kind: 'image', height: 32, width: 32 });
    expect(loaded.summary.model.modalities[1].observation.shiftInvariant).toBe(1);
    await loaded.dispose();
  });

  test('refuses questions about columns', async () => {
    await expect(model.intervene({ 'digit.z1': 1 })).rejects.toMatchObject({ code: 'no-table' });
    await expect(model.encodeRows([{ digit: { r: 1, g: 1, b: 1 } }])).rejects.toMatchObject({ code: 'no-table' });
  });

  test.each([
    ['fit', { fit: 'joint' }],
    ['subspaces', { subspaces: 'linear' }],
    ['decoderEpochs', { decoderEpochs: 0 }],
  ] as const)('refuses another value of %s', async (setting, settings) => {
    await expect(MultimodalCausalModel.fit(dataset, settings)).rejects.toMatchObject({
      code: 'invalid-setting',
      details: { setting },
    });
  });

  test('refuses values that do not fill the images, and images of another size', async () => {
    const [digit, garment] = dataset.modalities;
    const short = { ...dataset, modalities: [{ ...digit, values: digit.values.subarray(1) }, garment] };
    await expect(MultimodalCausalModel.fit(short)).rejects.toThrow('3 channels × 1024 positions');
    for (const wrong of [{ shiftInvariant: 3 }, { network: { kind: 'lstm' } }] as const) {
      const invalid = { ...dataset, modalities: [{ ...digit, ...wrong }, garment] };
      await expect(MultimodalCausalModel.fit(invalid)).rejects.toMatchObject({ code: 'invalid-dataset' });
    }
    const other: Modality = { ...garment, regularArray: { kind: 'image', height: 16, width: 64 } };
    const turned = { ...dataset, modalities: [digit, other] };
    await expect(model.encode(turned)).rejects.toMatchObject({ code: 'array-mismatch' });
  });
});

describe('a fit of series and a table', () => {
  const [subjects, steps] = [560, 32];
  const rate = Float64Array.from({ length: subjects }, () => random.between(-1, 1));
  const series = new Float32Array(subjects * steps);
  const table = new Float32Array(subjects * 6);
  for (let row = 0; row < subjects; row++) {
    const phase = random.between(0, 2 * Math.PI);
    for (let t = 0; t < steps; t++) {
      const missing = row % 7 === 0 && t < 4;
      const turns = (0.5 + 0.25 * rate[row]) * t + phase;
      series[row * steps + t] = missing ? NaN : Math.sin(turns) + 0.1 * random.normal();
    }
    const effect = Math.tanh(2 * rate[row]) + 0.2 * random.normal();
    for (let c = 0; c < 6; c++) table[row * 6 + c] = (c % 2 === 0 ? 1 : -1) * effect + 0.3 * random.normal();
  }
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: rows(0, 400), validation: rows(400, 480), test: rows(480, 560) };
  const regularArray = { kind: 'series', steps, seconds: 1 } as const;
  const wave = standardiseChannels(series, ['wave'], regularArray, split.train);
  const names = Array.from({ length: 6 }, (_, c) => `x${c}`);
  const { columns, values } = standardiseChannels(table, names, { kind: 'series', steps: 1, seconds: 1 }, split.train);
  const parts = {
    ids: Array.from(rate, (_, row) => `s${row}`),
    modalities: [
      { name: 'wave', latents: 1, exogenous: 2, ...wave },
      { name: 'clinic', latents: 1, exogenous: 1, columns, values },
    ],
    split,
  };

  test.each(['conv1d'] as const)('%s finds the latent that correlates with the table, for any phase', findsIt);
  longTest.each(['lstm', 'gru'] as const)('%s finds the latent that correlates with the table, for any phase', findsIt);

  async function findsIt(kind: 'conv1d' | 'lstm' | 'gru'): Promise<void> {
    const [waveModality, clinic] = parts.modalities;
    const all = { ...parts, modalities: [{ ...waveModality, network: { kind, widths: [16, 32] } }, clinic] };
    const dataset: Dataset = { ...all, fingerprint: fingerprintOf(all) };
    const settings = { ...SETTINGS, epochs: 20, encoderRestarts: 1, threads: 1 };
    const model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: 'none' });
    const { wave: z } = await model.encode(dataset);
    const one = (of: ArrayLike<number>) => ({
      z: { values: Float64Array.from(split.test, (row) => of[row]), rows: split.test.length, columns: 1 },
      modalities: [{ name: 'wave', latents: 1 }],
    });
    expect(compare(one(rate), one(z)).mccSpearman).toBeGreaterThan(0.8);
    await model.dispose();
  }

  test('subjects who lack the table nevertheless have latents', async () => {
    const [waveModality, clinic] = parts.modalities;
    const observed = Uint8Array.from(clinic.values, (_, at) => Number(Math.floor(at / 6) % 5 > 0));
    const seen = clinic.values.map((value, at) => value * observed[at]);
    const all = { ...parts, modalities: [waveModality, { ...clinic, values: seen, observed }] };
    const dataset: Dataset = { ...all, fingerprint: fingerprintOf(all) };
    const settings = { ...SETTINGS, epochs: 2, decoderEpochs: 1, encoderRestarts: 2, threads: 1 };
    const model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: 'none' });
    const { clinic: z } = await model.encode(dataset);
    expect(z.length).toBe(subjects);
    expect(z.every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});

test('with series of random phases in both modalities, training begins from canonical directions', async () => {
  const { dataset, z } = physiology({ seed: 0, network: { kind: 'conv1d' }, train: 1000, validation: 100, test: 400 });
  const config = fitConfigFor(dataset, { epochs: 1, batch: 500, learningRate: 1e-6 });
  const subspaces = await fitSubspaces(dataset, config, { threads: 1 });
  // Random heads have correlations of about 0.1 with each of these.
  const share = (name: (typeof PHYSIOLOGY_LATENTS)[number], first: number): number => {
    const column = (of: ArrayLike<number>, at: number) => ({
      values: Float64Array.from(dataset.split.test, (row) => of[row * 4 + at]),
      rows: dataset.split.test.length,
      columns: 1,
    });
    const truth = column(z, PHYSIOLOGY_LATENTS.indexOf(name));
    return Math.max(...[first, first + 1].map((at) => Math.abs(spearman(truth, column(subspaces, at)).values[0])));
  };
  expect(Math.max(share('rate', 0), share('amplitude', 0))).toBeGreaterThan(0.4);
  expect(Math.max(share('drift', 2), share('coupling', 2))).toBeGreaterThan(0.4);
});

test('the comparison of restarts prefers latents that correlate directly, not through functions', () => {
  const { dataset } = physiology({ seed: 1, train: 256, validation: 200, test: 20 });
  const stage = encoderTrialStage(dataset, fitConfigFor(dataset, { encoderRestarts: 2 }));
  const subjects = 200;
  // Ten functions per modality, then two latents per modality, in the order of the program: run by run.
  const [functions, latents] = [10, 2];
  const draw = (ofFunctions: number, ofLatents: number): Float64Array[] => {
    const pairs = (count: number, rho: number): Float64Array[] => {
      const first = Array.from({ length: count }, () => normals(subjects));
      const second = first.map((x) => x.map((value) => rho * value + Math.sqrt(1 - rho ** 2) * random.normal()));
      return [...first, ...second];
    };
    return [...pairs(functions, ofFunctions), ...pairs(latents, ofLatents)];
  };
  const curved = draw(0.7, 0);
  const straight = draw(0.65, 0.9);
  const numbers = [...curved, ...straight].flatMap((values) => [...values]);
  const evaluated = (runs: number) => ({ entry: stage.compiled.entries['evaluate'], runs });
  const { nats, objective } = stage.validation.score!(Float32Array.from(numbers), evaluated(2));
  expect(objective[1]!).toBeLessThan(objective[0]!);
  expect(nats[1]!).toBeGreaterThan(nats[0]!);
  const onFunctions = chosenEncoderStage(dataset, fitConfigFor(dataset, { encoderRestarts: 2 })).validation;
  const alone = (values: Float64Array[]) =>
    onFunctions.score!(Float32Array.from(values.slice(0, 2 * functions).flatMap((array) => [...array])), evaluated(1))
      .objective[0]!;
  expect(alone(straight)).toBeGreaterThan(alone(curved));
});
