// Models of pictures and series: their networks, what deep canonical correlation maximises, and whole fits.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inverse, EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Augmentation } from '../src/data/augmentation.js';
import { fingerprintOf } from '../src/data/fingerprint.js';
import { observationOf } from '../src/data/observation.js';
import { standardiseChannels } from '../src/data/standardise-channels.js';
import type { Dataset, Modality } from '../src/data/dataset.js';
import { constant, data, type Node } from '../src/graph/index.js';
import { evaluate } from '../src/graph/reference.js';
import { evaluate as compare, spearman } from '../src/metrics/index.js';
import { augmented } from '../src/models/augmentation.js';
import { distanceFromWhite, sharedNats } from '../src/models/correlation.js';
import type { NoiseSource } from '../src/models/latent-prior.js';
import { LatentEncoders } from '../src/models/latent-encoders.js';
import { latentLayout } from '../src/models/layout.js';
import { thetaSize } from '../src/models/observation-likelihood.js';
import { observationNetwork } from '../src/models/observation.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { correlations } from '../src/report/facts/correlations.js';
import { reconstruction } from '../src/report/facts/reconstruction.js';
import { ParameterList } from '../src/nn/parameters.js';
import { RandomStream } from '../src/random/random-stream.js';
import { physiology, PHYSIOLOGY_LATENTS } from '../src/simulation/physiology.js';
import { variantMnist, type Glyphs } from '../src/simulation/variant-mnist.js';
import { fitConfigFor, type FitSettings } from '../src/training/config.js';
import { fitSubspaces } from '../src/training/two-part.js';

const random = new RandomStream(5, 1);

function normals(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

describe('what two sets of numbers share', () => {
  const [p, q, batch] = [2, 3, 60];
  const b = normals(q * batch);
  const a = Float64Array.from({ length: p * batch }, (_, at) => 0.8 * b[at] + 0.3 * random.normal());
  const [x, y] = [data('a', [1, p, batch]), data('b', [1, q, batch])];

  /** From the canonical correlations of `[rows, subjects]` each, variances raised by a thousandth. */
  const canonicalNats = (s: Float64Array, t: Float64Array, subjects: number): number => {
    const centred = (values: Float64Array): Matrix => {
      const table = Matrix.from1DArray(values.length / subjects, subjects, values);
      return table.subColumnVector(table.mean('row'));
    };
    const covariance = (one: Matrix, other: Matrix): Matrix => one.mmul(other.transpose()).div(subjects);
    const [u, v] = [centred(s), centred(t)];
    const raised = (one: Matrix): Matrix => covariance(one, one).add(Matrix.eye(one.rows).mul(1e-3));
    const product = inverse(raised(u))
      .mmul(covariance(u, v))
      .mmul(inverse(raised(v)))
      .mmul(covariance(v, u));
    const squares = new EigenvalueDecomposition(product).realEigenvalues;
    return squares.reduce((sum, square) => sum - 0.5 * Math.log(1 - square), 0);
  };

  test('−½ Σ log(1 − ρ²) over the canonical correlations of the two', () => {
    const [found] = evaluate([sharedNats(x, y)], { data: { a, b } });
    expect(found[0]).toBeCloseTo(canonicalNats(a, b, batch), 8);
  });

  test('also of twenty functions each that hardly differ, whose determinant is some 1e-100', () => {
    const [count, subjects] = [20, 200];
    const few = normals(2 * subjects);
    const functions = (): Float64Array =>
      Float64Array.from({ length: count * subjects }, (_, at) => {
        const [f, subject] = [Math.floor(at / subjects), at % subjects];
        return few[subject] + 0.1 * (f / count) * few[subjects + subject] + 0.003 * random.normal();
      });
    const [s, t] = [functions(), functions()];
    const [u, v] = [data('s', [1, count, subjects]), data('t', [1, count, subjects])];
    const [found] = evaluate([sharedNats(u, v)], { data: { s, t } });
    expect(found[0]).toBeGreaterThan(1);
    expect(found[0]).toBeCloseTo(canonicalNats(s, t, subjects), 6);
  });

  test('subjects that do not count change nothing', () => {
    const half = batch / 2;
    const first = (values: Float64Array, rows: number): Float64Array =>
      Float64Array.from({ length: rows * half }, (_, at) => values[Math.floor(at / half) * batch + (at % half)]);
    const weight = Float64Array.from({ length: batch }, (_, subject) => Number(subject < half));
    const w = data('w', [1, 1, batch]);
    const outputs: Node[] = [sharedNats(x, y, w), distanceFromWhite(x, w)];
    const weighted = evaluate(outputs, { data: { a, b, w: weight } });
    const [u, v] = [data('a', [1, p, half]), data('b', [1, q, half])];
    const alone = evaluate([sharedNats(u, v), distanceFromWhite(u)], { data: { a: first(a, p), b: first(b, q) } });
    weighted.forEach((value, i) => {
      expect(value[0]).toBeCloseTo(alone[i][0], 8);
    });
  });
});

const GRIDS = {
  'a picture of odd sizes': { kind: 'image', height: 13, width: 9 },
  'a picture of one row': { kind: 'image', height: 1, width: 12 },
  'a series': { kind: 'series', steps: 21, seconds: 1 },
} as const;

describe('networks', () => {
  test.each(Object.entries(GRIDS))('%s is read, and rebuilt with one scale a channel', (_, grid) => {
    const channels = ['r', 'g'];
    const positions = grid.kind === 'image' ? grid.height * grid.width : grid.steps;
    const raw = Float32Array.from({ length: 4 * 2 * positions }, () => random.normal());
    const scaled = standardiseChannels(raw, channels, grid, Int32Array.of(0, 1, 2));
    const columns = scaled.columns.map((column) => ({ ...column, kind: 'learned-noise' as const }));
    const observation = observationOf({ ...scaled, columns });
    const parameters = new ParameterList(1);
    const network = observationNetwork(observation);
    const encode = network.encoder(parameters, 'e', { members: 1, hidden: 8, outputs: 3 });
    const decode = network.decoder(parameters, 'd', { members: 1, hidden: 8, inputs: 2 });
    const read = encode({ values: data('x', [1, 1, 2 * positions, 5]) });
    const theta = decode(data('v', [1, 1, 2, 5]));
    expect(read.shape).toEqual([1, 1, 3, 5]);
    expect(theta.shape).toEqual([1, 1, thetaSize(observation), 5]);
    const own = parameters.all.find(({ name }) => name === 'd.columns');
    expect(own?.shape).toEqual([1, 1, 2, 1]);
    const values = parameters.initialValues([1]);
    values.set('d.columns', Float32Array.of(-1, 1));
    const given = { parameters: Object.fromEntries(values), data: { v: normals(2 * 5) } };
    const [numbers] = evaluate([theta], given);
    const scales = Array.from(numbers.subarray(2 * positions * 5), Math.round);
    expect(scales).toEqual([...new Array<number>(positions * 5).fill(-1), ...new Array<number>(positions * 5).fill(1)]);
  });

  test.each(['lstm', 'gru'] as const)('%s reads a series in both directions, first step and last', (kind) => {
    const steps = 9;
    const raw = Float32Array.from({ length: 3 * steps }, () => random.normal());
    const grid = { kind: 'series', steps, seconds: 1 } as const;
    const scaled = standardiseChannels(raw, ['hr'], grid, Int32Array.of(0, 1));
    const observation = { ...observationOf(scaled), network: { kind, widths: [6, 5] } };
    const parameters = new ParameterList(1);
    const encode = observationNetwork(observation).encoder(parameters, 'e', { members: 1, hidden: 8, outputs: 2 });
    const own = Object.fromEntries(parameters.initialValues([3]));
    const said = (x: Float64Array) =>
      evaluate([encode({ values: data('x', [1, 1, steps, 1]) })], { parameters: own, data: { x } })[0];
    const x = normals(steps);
    const [forward, backward] = [said(x), said(x.slice().reverse())];
    expect(Math.abs(forward[0] - backward[0])).toBeGreaterThan(1e-3);
    for (const step of [0, steps - 1]) {
      const other = x.map((value, t) => (t === step ? -value - 1 : value));
      expect(Math.abs(forward[0] - said(other)[0])).toBeGreaterThan(1e-3);
    }
    const layers = ['input', 'state', 'bias', ...(kind === 'gru' ? ['stateBias'] : [])];
    for (const layer of ['forward.0', 'backward.0', 'forward.1', 'backward.1']) {
      for (const own of layers) expect(parameters.all.map(({ name }) => name)).toContain(`e.${layer}.${own}`);
    }
  });

  test('shift-invariant latents are the same for a picture moved by an eighth down and three to the right', () => {
    const raw = Float32Array.from({ length: 3 * 64 }, () => random.normal());
    const grid = { kind: 'image', height: 8, width: 8 } as const;
    const scaled = standardiseChannels(raw, ['grey'], grid, Int32Array.of(0, 1));
    const observation = observationOf({ ...scaled, shiftInvariant: 1 });
    const layout = latentLayout([{ name: 'm', observation, latents: 3, exogenous: 1 }]);
    const parameters = new ParameterList(1);
    const encoders = new LatentEncoders(parameters, layout, 8);
    const [z] = encoders.encode([{ values: data('x', [1, 1, 64, 1]) }]);
    const own = Object.fromEntries(parameters.initialValues([3]));
    const said = (x: Float64Array) => evaluate([z], { parameters: own, data: { x } })[0];
    const x = normals(64);
    const moved = Float64Array.from(x, (_, at) => x[(((at >> 3) + 7) % 8) * 8 + (((at & 7) + 5) % 8)]);
    const [before, after] = [said(x), said(moved)];
    expect(after[2]).toBeCloseTo(before[2], 6);
    expect(Math.abs(after[0] - before[0])).toBeGreaterThan(1e-4);
  });
});

describe('what encoders see in training', () => {
  const grid = { kind: 'image', height: 3, width: 3 } as const;
  const shape = [2, 3, 3] as const;
  const picture = Float64Array.from({ length: 18 }, (_, at) => at + 1);
  const group = (augment: Augmentation) => {
    const scaled = standardiseChannels(Float32Array.from(normals(36)), ['r', 'g'], grid, Int32Array.of(0, 1));
    const observation = observationOf({ ...scaled, augment });
    return latentLayout([{ name: 'photo', latents: 1, exogenous: 0, observation }]).groups[0];
  };
  /** Every draw is the same number; of two runs. */
  const seen = (augment: Augmentation, drawn: number): Float64Array => {
    const noise: NoiseSource = {
      uniform: (_, own) => constant(new Float32Array(own.reduce((a, b) => a * b)).fill(drawn), own),
      normal: (_, own) => constant(new Float32Array(own.reduce((a, b) => a * b)), own),
    };
    const x = { values: data('x', [1, 1, 18, 1]) };
    return evaluate([augmented(group(augment), x, noise, 2, 0).values], { data: { x: picture } })[0].subarray(0, 18);
  };
  const at = (channel: number, row: number, column: number): number =>
    picture[(channel * shape[1] + row) * shape[2] + column];

  test('pictures moved round', () => {
    const moved = seen({ shift: 1 }, 0.99);
    expect(moved[4]).toBe(at(0, 0, 0));
    expect(moved[9 + 8]).toBe(at(1, 1, 1));
    expect(moved[0]).toBe(at(0, 2, 2));
    expect(seen({ shift: 1 }, 0.01)[0]).toBe(at(0, 1, 1));
  });

  test('mirrored half of the time', () => {
    expect([...seen({ flip: true }, 0.9).subarray(0, 3)]).toEqual([3, 2, 1]);
    expect([...seen({ flip: true }, 0.1).subarray(0, 3)]).toEqual([1, 2, 3]);
  });

  test('lighter and darker, with more contrast and less', () => {
    seen({ brightness: 0.4, contrast: 0.2 }, 0.75).forEach((value, i) => {
      // 0.75 is half of what may be drawn, and each channel's own is half as much besides.
      expect(value).toBeCloseTo(picture[i] * (1 + 0.2 * 0.75) + 0.4 * 0.75, 5);
    });
  });

  test('as they are, where nothing is asked for', () => {
    expect([...seen({}, 0.75)]).toEqual([...picture]);
  });
});

describe('what a report says of channels', () => {
  const subjects = 40;
  const grid = { kind: 'image', height: 3, width: 4 } as const;
  const raw = Float32Array.from({ length: subjects * 2 * 12 }, () => random.normal());
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: rows(0, 20), validation: rows(20, 30), test: rows(30, 40) };
  const scaled = standardiseChannels(raw, ['r', 'g'], grid, split.train);
  const modality = { name: 'm', latents: 1, exogenous: 1, ...scaled };
  const parts = { ids: Array.from({ length: subjects }, (_, row) => `s${row}`), modalities: [modality], split };
  const dataset: Dataset = { ...parts, fingerprint: fingerprintOf(parts) };

  test('how well all pixels of each are rebuilt', () => {
    // Of the second channel the mean picture of the training part, which is worth nothing.
    const mean = (at: number) =>
      [...split.train].reduce((sum, row) => sum + scaled.values[row * 24 + (at % 24)], 0) / split.train.length;
    const rebuilt = scaled.values.map((value, at) => (Math.floor(at / 12) % 2 === 0 ? value : mean(at)));
    const [{ columns }] = reconstruction(dataset, rebuilt).modalities;
    expect(columns.map(({ name }) => name)).toEqual(['r', 'g']);
    expect(columns[0].r2).toBeCloseTo(1, 6);
    expect(columns[1].r2).toBeCloseTo(0, 6);
  });

  test('how their means go with latents', () => {
    const means = Float64Array.from({ length: subjects }, (_, row) =>
      scaled.values.subarray(row * 24 + 12, row * 24 + 24).reduce((sum, value) => sum + value, 0),
    );
    const { columns } = correlations(dataset, { values: means, rows: subjects, columns: 1 });
    expect(columns[1].rho[0]).toBeCloseTo(1, 6);
    expect(Math.abs(columns[0].rho[0])).toBeLessThan(0.9);
  });
});

/** Rings and crosses instead of digits and garments. */
function glyphs(stream: number, count: number): Glyphs {
  const side = 28;
  const draw = new RandomStream(9, stream);
  const pixels = new Uint8Array(count * side * side);
  for (let i = 0; i < count; i++) {
    const [radius, width] = [draw.between(5, 11), draw.between(1, 4)];
    const isRing = draw.uniform() < 0.5;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const [down, right] = [Math.abs(y - 13.5), Math.abs(x - 13.5)];
        const inside = isRing
          ? Math.abs(Math.hypot(down, right) - radius) < width
          : Math.min(down, right) < width && Math.max(down, right) < radius;
        pixels[(i * side + y) * side + x] = inside ? 255 : 0;
      }
    }
  }
  return { side, pixels };
}

const SUBJECTS = { train: 1200, validation: 200, test: 400 };
const SETTINGS: FitSettings = { epochs: 12, restarts: 16, componentSteps: 500, decoderEpochs: 8, seed: 1 };

describe('a fit of pictures', () => {
  const shapes = (stream: number) => ({ train: glyphs(stream, 1200), test: glyphs(stream + 1, 600) });
  const simulated = variantMnist(
    { digits: shapes(1), garments: shapes(3) },
    { graph: 'P', seed: 3, shiftInvariant: 1, ...SUBJECTS },
  );
  const { dataset } = simulated;
  let folder: string;
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlatent-pictures-'));
    model = await MultimodalCausalModel.fit(dataset, { ...SETTINGS, threads: 1, evidence: false });
    await model.save(folder);
  });

  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  test('trains encoders first, the components on what they find, decoders last', () => {
    expect(model.summary.parts.map(({ name }) => name)).toEqual([
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

  test('tries several draws of the encoders, and goes on with the one that shares most', () => {
    const [tried, kept] = model.summary.parts;
    expect(tried.objectives).toHaveLength(8);
    expect(kept.objectives).toHaveLength(1);
    expect(kept.objectives[0]!).toBeLessThan(Math.min(...tried.objectives.map(Number)));
  });

  test('finds places and levels, the latter told to be shift-invariant', async () => {
    const latents = await model.encode(dataset);
    const rows = dataset.split.test;
    const modalities = ['digit', 'garment'].map((name) => ({ name, latents: 2 }));
    const table = (at: (row: number, k: number) => number) => ({
      z: {
        values: Float64Array.from({ length: rows.length * 4 }, (_, i) => at(rows[Math.floor(i / 4)], i % 4)),
        rows: rows.length,
        columns: 4,
      },
      modalities,
    });
    const truth = table((row, k) => simulated.z[row * 4 + k]);
    const found = table((row, k) => latents[modalities[k >> 1].name][row * 2 + (k % 2)]);
    const { mccSpearman, modalities: each } = compare(truth, found);
    expect(mccSpearman).toBeGreaterThan(0.85);
    expect(each['digit'].latents.map(({ estimate }) => estimate)).toEqual(['digit.z1', 'digit.z2']);
  });

  test('rebuilds more than the mean picture, and says so', () => {
    for (const { own } of model.summary.quality!.modalities) expect(own.heldOut).toBeGreaterThan(0.15);
  });

  test('is saved and loaded: the same latents, grids and prior knowledge', async () => {
    const loaded = await MultimodalCausalModel.load(folder);
    const [first, second] = [await model.encode(dataset), await loaded.encode(dataset)];
    expect(second).toEqual(first);
    expect(loaded.columnScales[0].grid).toEqual({ kind: 'image', height: 32, width: 32 });
    expect(loaded.summary.model.modalities[1].observation.shiftInvariant).toBe(1);
    await loaded.dispose();
  });

  test('answers no questions of columns', async () => {
    await expect(model.intervene({ 'digit.z1': 1 })).rejects.toMatchObject({ code: 'no-table' });
    await expect(model.encodeRows([{ digit: { r: 1, g: 1, b: 1 } }])).rejects.toMatchObject({ code: 'no-table' });
  });

  test.each([
    ['fit', { fit: 'joint' }],
    ['subspaces', { subspaces: 'linear' }],
    ['decoderEpochs', { decoderEpochs: 0 }],
  ] as const)('refuses another %s', async (setting, settings) => {
    await expect(MultimodalCausalModel.fit(dataset, settings)).rejects.toMatchObject({
      code: 'invalid-setting',
      details: { setting },
    });
  });

  test('refuses values that do not fill the pictures, and scales of other sizes', async () => {
    const [digit, garment] = dataset.modalities;
    const short = { ...dataset, modalities: [{ ...digit, values: digit.values.subarray(1) }, garment] };
    await expect(MultimodalCausalModel.fit(short)).rejects.toThrow('3 channels × 1024 positions');
    for (const wrong of [{ shiftInvariant: 3 }, { network: { kind: 'lstm' } }] as const) {
      const told = { ...dataset, modalities: [{ ...digit, ...wrong }, garment] };
      await expect(MultimodalCausalModel.fit(told)).rejects.toMatchObject({ code: 'invalid-dataset' });
    }
    const other: Modality = { ...garment, grid: { kind: 'image', height: 16, width: 64 } };
    const turned = { ...dataset, modalities: [digit, other] };
    await expect(model.encode(turned)).rejects.toMatchObject({ code: 'grid-mismatch' });
  });
});

describe('a fit of series and a table', () => {
  const [subjects, steps] = [700, 32];
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
  const split = { train: rows(0, 500), validation: rows(500, 600), test: rows(600, 700) };
  const grid = { kind: 'series', steps, seconds: 1 } as const;
  const wave = standardiseChannels(series, ['wave'], grid, split.train);
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

  test.each(['conv1d', 'lstm', 'gru'] as const)(
    '%s finds what the table goes with, whatever the phase',
    async (kind) => {
      const [own, clinic] = parts.modalities;
      const all = { ...parts, modalities: [{ ...own, network: { kind, widths: [16, 32] } }, clinic] };
      const dataset: Dataset = { ...all, fingerprint: fingerprintOf(all) };
      const settings = { ...SETTINGS, epochs: 40, decoderEpochs: 2, componentSteps: 200, threads: 1 };
      const model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: false });
      const { wave: z } = await model.encode(dataset);
      const one = (of: ArrayLike<number>) => ({
        z: { values: Float64Array.from(split.test, (row) => of[row]), rows: split.test.length, columns: 1 },
        modalities: [{ name: 'wave', latents: 1 }],
      });
      expect(compare(one(rate), one(z)).mccSpearman).toBeGreaterThan(0.8);
      await model.dispose();
    },
  );

  test('subjects who lack the table have latents all the same', async () => {
    const [own, clinic] = parts.modalities;
    const observed = Uint8Array.from(clinic.values, (_, at) => Number(Math.floor(at / 6) % 5 > 0));
    const seen = clinic.values.map((value, at) => value * observed[at]);
    const all = { ...parts, modalities: [own, { ...clinic, values: seen, observed }] };
    const dataset: Dataset = { ...all, fingerprint: fingerprintOf(all) };
    const settings = { ...SETTINGS, epochs: 2, decoderEpochs: 1, componentSteps: 60, restarts: 4, threads: 1 };
    const model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: false });
    const { clinic: z } = await model.encode(dataset);
    expect(z.length).toBe(subjects);
    expect(z.every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});

test('series on both sides, all phases random: canonical directions are where training begins', async () => {
  const { dataset, z } = physiology({ seed: 0, network: { kind: 'conv1d' }, train: 2000, validation: 200, test: 400 });
  const config = fitConfigFor(dataset, { epochs: 1, batch: 500, learningRate: 1e-6 });
  const found = await fitSubspaces(dataset, config, { threads: 1 });
  // Heads drawn at random say about 0.1 of any of these.
  const share = (name: (typeof PHYSIOLOGY_LATENTS)[number], first: number): number => {
    const column = (of: ArrayLike<number>, at: number) => ({
      values: Float64Array.from(dataset.split.test, (row) => of[row * 4 + at]),
      rows: dataset.split.test.length,
      columns: 1,
    });
    const truth = column(z, PHYSIOLOGY_LATENTS.indexOf(name));
    return Math.max(...[first, first + 1].map((at) => Math.abs(spearman(truth, column(found, at)).values[0])));
  };
  expect(Math.max(share('rate', 0), share('amplitude', 0))).toBeGreaterThan(0.4);
  expect(Math.max(share('drift', 2), share('coupling', 2))).toBeGreaterThan(0.4);
});
