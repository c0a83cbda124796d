// Missing cells of models whose encoders have no marks of missing cells, because the training data were complete. The
// tests show how these cells are filled in, how good that is, and which warnings report it.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import type { Dataset, Modality, ObservedValues } from '../../src/data/dataset.js';
import { tableObservation } from '../../src/data/observation.js';
import { fillGaps, type GapFiller } from '../../src/inference/gap-filling.js';
import { Gaussian } from '../../src/linear/index.js';
import { spearman } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';

describe('a missing cell', () => {
  const scale = (name: string) => ({ name, log: false, offset: 0, mean: 0, sd: 1 });
  const shape = (name: string, masked: boolean) => ({
    name,
    observation: tableObservation(2, { masked }),
    latents: 1,
    exogenous: 0,
  });
  const filler = (options: Partial<GapFiller> & { readonly masked?: boolean } = {}): GapFiller => ({
    model: { modalities: [shape('a', false), shape('b', options.masked ?? false)] },
    scales: ['a', 'b'].map((name) => ({ columns: [scale(`${name}1`), scale(`${name}2`)] })),
    gaussian: () => undefined,
    // A decoder that repeats its input.
    reconstruct: (values, rows) => {
      const row = (i: number) => values.flatMap((table) => [...table.values.subarray(2 * i, 2 * i + 2)]);
      return Promise.resolve(Float32Array.from(Array.from({ length: rows }, (_, i) => row(i)).flat()));
    },
    ...options,
  });
  const table = (values: number[], observed: number[]): ObservedValues => ({
    values: Float32Array.from(values),
    observed: Uint8Array.from(observed),
  });
  /** The second subject lacks a2; the third subject lacks all of a, and b1. */
  const values = [table([1, 2, 2, 0, 0, 0], [1, 1, 1, 0, 0, 0]), table([1, 1, 1, 1, 0, 3], [1, 1, 1, 1, 0, 1])];
  const CORRELATED = [0.8, -0.5];
  const covariance = Matrix.eye(4);
  CORRELATED.forEach((rho, m) => {
    covariance.set(2 * m, 2 * m + 1, rho);
    covariance.set(2 * m + 1, 2 * m, rho);
    // Correlations between modalities are not used.
    covariance.set(m, 2 + m, 0.1);
    covariance.set(2 + m, m, 0.1);
  });
  const gaussian = new Gaussian(Float64Array.of(0, 0.5, 0, 0), covariance);

  test('is filled with what a Gaussian expects given the columns of its modality: μ₂ + ρ (x₁ − μ₁)', async () => {
    const [a, b] = await fillGaps(filler({ gaussian: () => gaussian }), values, 3);
    expect(a.values[3]).toBeCloseTo(0.5 + 0.8 * 2, 6);
    expect(b.values[4]).toBeCloseTo(-0.5 * 3, 6);
    expect([a.observed, b.observed]).toEqual(values.map(({ observed }) => observed));
  });

  test('is then replaced by the reconstruction of that value; a missing modality stays missing', async () => {
    const seen: number[] = [];
    const reconstruct: GapFiller['reconstruct'] = ([a], rows) => {
      seen.push(a.values[1]);
      return Promise.resolve(new Float32Array(4 * rows).fill(a.values[1] / 2 + 1));
    };
    const [a, b] = await fillGaps(filler({ reconstruct, gaussian: () => gaussian }), values, 3);
    expect(seen).toHaveLength(1);
    expect(a.values[3]).toBeCloseTo(2.1 / 2 + 1, 6);
    expect([...a.values.subarray(4)]).toEqual([0, 0]);
    expect([...a.values.subarray(0, 3), ...b.values.subarray(0, 4)]).toEqual([1, 2, 2, 1, 1, 1, 1]);
    // Without a Gaussian, the decoder runs four times, from the mean: 0, 1, 1.5, 1.75.
    seen.length = 0;
    const [other] = await fillGaps(filler({ reconstruct }), values, 3);
    expect(seen).toEqual([0, 1, 1.5, 1.75]);
    expect(other.values[3]).toBe(1.875);
  });

  test('stays 0 if the encoder reads masks; complete data are returned unchanged', async () => {
    const [, masked] = await fillGaps(filler({ gaussian: () => gaussian, masked: true }), values, 3);
    expect(masked).toBe(values[1]);
    const whole = values.map((table) => ({ values: table.values }));
    const decodes = () => Promise.reject(new Error('nothing to decode'));
    expect(await fillGaps(filler({ reconstruct: decodes }), whole, 3)).toBe(whole);
  });
});

describe('a model fitted to complete data', () => {
  const dataset = simulatedDataset(simulate('case1', { samples: 600, test: 200, seed: 3 }));
  const random = new RandomStream(5, 0);
  /** The test subjects, of whom every second one lacks a fifth of the cells. */
  const holes = part(dataset, dataset.split.test).modalities.map((modality): Modality => {
    const width = modality.columns.length;
    const observed = modality.values.map((_, at) => {
      const isOdd = Math.floor(at / width) % 2 === 1;
      return isOdd && random.uniform() < 0.2 ? 0 : 1;
    });
    return {
      ...modality,
      values: modality.values.map((value, at) => value * observed[at]),
      observed: Uint8Array.from(observed),
    };
  });
  const complete = part(dataset, dataset.split.test);
  const holed: Dataset = { ...complete, modalities: holes };
  const missing = holes.map(({ observed }) => observed!.reduce((count, mark) => count + 1 - mark, 0));
  let model: MultimodalCausalModel;

  function part({ ids, modalities, ...rest }: Dataset, rows: Int32Array): Dataset {
    return {
      ...rest,
      ids: Array.from(rows, (row) => ids[row]),
      modalities: modalities.map((modality) => {
        const width = modality.columns.length;
        const rowValues = Array.from(rows, (row) => [...modality.values.subarray(row * width, (row + 1) * width)]);
        return { ...modality, values: Float32Array.from(rowValues.flat()) };
      }),
    };
  }

  beforeAll(async () => {
    const settings = {
      fit: 'joint',
      encoderRestarts: 1,
      epochs: 40,
      batch: 64,
      evidence: 'none',
      threads: 1,
      seed: 0,
    } as const;
    model = await MultimodalCausalModel.fit(dataset, settings);
  }, 60_000);

  afterAll(async () => {
    await model.dispose();
  });

  /** Returns the minimum Spearman correlation of a latent with that from complete data, over subjects with gaps. */
  async function nearness(incomplete: Dataset): Promise<number> {
    const [whole, encoded] = [await model.encode(complete), await model.encode(incomplete)];
    const odd = (all: Float32Array) => {
      return { values: all.filter((_, at) => Math.floor(at / 2) % 2 === 1), rows: 100, columns: 2 };
    };
    const correlations = Object.keys(whole).flatMap((name) => {
      const { values } = spearman(odd(whole[name]), odd(encoded[name]));
      return [values[0], values[3]];
    });
    return Math.min(...correlations);
  }

  test('finds the latents of subjects with missing cells far better than column means do', async () => {
    const means = holes.map((modality): Modality => ({ ...modality, observed: undefined }));
    const filled = await nearness(holed);
    expect(filled).toBeGreaterThan(0.98);
    expect(1 - filled).toBeLessThan((1 - (await nearness({ ...holed, modalities: means }))) / 3);
  });

  test('keeps the bits of subjects without gaps, and those of a modality for any other modalities', async () => {
    const [whole, encoded] = [await model.encode(complete), await model.encode(holed)];
    for (const [name, values] of Object.entries(whole)) {
      for (let row = 0; row < 200; row += 2) {
        expect(encoded[name].subarray(2 * row, 2 * row + 2)).toEqual(values.subarray(2 * row, 2 * row + 2));
      }
    }
    const alone = await model.encode({ ...holed, modalities: holes.slice(0, 1) }, { partial: true });
    expect(alone[holes[0].name]).toEqual(encoded[holes[0].name]);
    const { mean } = (await model.posterior(holed))[holes[0].name];
    expect(mean).toEqual(encoded[holes[0].name]);
  });

  test('reports the numbers of subjects and cells, for the modalities that are read', async () => {
    const lacking = Array.from({ length: 200 }, (_, row) =>
      holes.some(({ observed, columns: { length } }) =>
        observed!.subarray(row * length, (row + 1) * length).includes(0),
      ),
    ).filter(Boolean).length;
    const [warning, ...otherWarnings] = model.warnings(holed);
    expect(otherWarnings).toEqual([]);
    expect(warning.code).toBe('filled-gaps');
    expect(warning.text).toContain(`${lacking} subjects lack ${missing[0] + missing[1]} values of m1, m2`);
    expect(model.warnings(holed, ['m1'])[0].text).toContain(`${missing[0]} values of m1,`);
    expect(model.warnings(complete)).toEqual([]);
    const row = holes[0].observed!.indexOf(0) / holes[0].columns.length;
    const subjects = [holed.ids[Math.floor(row)]];
    const setting = { 'm1.z1': { sd: 1 } };
    const options = { subjects, draws: 2, untested: true, assumeOrder: true };
    for await (const { warnings } of model.counterfactual(holed, setting, options)) {
      expect(warnings.find(({ code }) => code === 'filled-gaps')?.text).toMatch(/^1 subject lacks/);
    }
  });

  test('imputes these cells from the filled-in values: the decoder is nearly as good as the Gaussian', () => {
    for (const { cells } of model.summary.imputation!.modalities) {
      expect(cells!.r2.decoder).toBeGreaterThan(cells!.r2.gaussian - 0.05);
    }
  });
});
