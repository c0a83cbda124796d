// Linear subspaces, which compete with the network. Expressed as a network, they compute exactly the linear map. They
// are chosen if they predict validation subjects better than the network does.

import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { factors } from '../../reproduction/experiments/null-studies.js';
import { encodeDataset, type ParameterValues } from '../../src/inference/inference.js';
import { leastSquares } from '../../src/linear/index.js';
import { mean } from '../../src/metrics/samples.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { LEAKY_SLOPE } from '../../src/nn/dense.js';
import { carried, linearLayers } from '../../src/nn/linear-layers.js';
import {
  compareSubspaces,
  linearMethodsOf,
  maxSampled,
  sampledText,
  subspacesText,
  type ModelReading,
  type PerSplit,
} from '../../src/quality/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig, fitConfigFor, withoutSparsity } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';
import { linearSubspaces } from '../../src/training/linear-subspaces.js';
import { modalityShapes, modelConfig } from '../../src/training/model-config.js';
import { withModelReader } from '../../src/training/model-reader.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { scratch } from '../fixtures/scratch.js';
import type { ModelConfig } from '../../src/networks/multimodal.js';

const rowsFrom = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);
const LIGHT_SETTINGS = { componentRestarts: 4, componentSteps: 40, encoderRestarts: 1 };
const LIGHT = { ...LIGHT_SETTINGS, seed: 0, threads: 1, evidence: 'none' as const };
const { file } = scratch();

type ModelReadings = PerSplit<ModelReading>;

test('layers of a linear map compute it, with two hidden units per number', () => {
  const right = { inputs: 3, outputs: 2, matrix: [0.5, -1, 2, 3, 0.25, -0.75] };
  const left = { inputs: 2, outputs: 4, matrix: [1, 0, 0, 1, 2, -3, 0, 0], shift: [0, 1, -2, 5] };
  const layers = linearLayers(right, left, 5);
  expect(carried(5)).toBe(2);
  for (const x of [
    [1, 2, 3],
    [-4, 0.5, 0],
    [0, 0, 0],
  ]) {
    const numbers = [0, 1].map((i) => x.reduce((sum, value, j) => sum + right.matrix[i * 3 + j] * value, 0));
    const expected = left.shift.map(
      (shift, o) => shift + left.matrix[o * 2] * numbers[0] + left.matrix[o * 2 + 1] * numbers[1],
    );
    const computed = layers.reduce((input, { weight, bias }, layer) => {
      const width = input.length;
      const sums = Array.from(bias, (b, o) => input.reduce((sum, value, j) => sum + weight[o * width + j] * value, b));
      return layer === layers.length - 1 ? sums : sums.map((a) => (a > 0 ? a : LEAKY_SLOPE * a));
    }, x);
    computed.forEach((value, o) => {
      expect(value).toBeCloseTo(expected[o], 5);
    });
  }
});

describe('the linear model of a study with a shared factor', () => {
  const { dataset } = factors(3, { subjects: 200, columns: 12, correlations: [0.9, 0] });
  const config = withoutSparsity(fitConfigFor(dataset, {}));
  const model: ModelConfig = modelConfig(modalityShapes(dataset), config);
  let parameters: ParameterValues;
  let encoded: Float32Array;
  let rebuilt: Float32Array;

  beforeAll(async () => {
    parameters = (await linearSubspaces(dataset, model, 0))!;
    encoded = await encodeDataset(dataset, model, parameters, {});
    const rows = Int32Array.from(dataset.ids, (_, row) => row);
    const reading = await withModelReader(dataset, { model, parameters }, {}, (read) => read(rows));
    rebuilt = Float32Array.from(reading.reconstruction.values);
  });

  test('encodes the numbers of reduced-rank regression, with deviation 1 over training subjects', async () => {
    const methods = await linearMethodsOf(dataset, dataset.split.train);
    for (const m of [0, 1]) {
      const { weights } = methods[m].find(({ name }) => name === 'reduced-rank regression')!;
      const { values, columns } = dataset.modalities[m];
      for (const k of [0, 1]) {
        const numbers = dataset.ids.map((_, row) =>
          columns.reduce((sum, _column, c) => sum + values[row * columns.length + c] * weights.get(c, k), 0),
        );
        const train = Array.from(dataset.split.train, (row) => numbers[row]);
        const centre = mean(train);
        const sd = Math.sqrt(mean(train.map((value) => (value - centre) ** 2)));
        numbers.forEach((value, row) => {
          expect(encoded[row * 4 + 2 * m + k]).toBeCloseTo((value - centre) / sd, 3);
        });
      }
    }
  });

  test('reconstructs columns better than least squares from the numbers does, because it has private noise', () => {
    const { values, columns } = dataset.modalities[0];
    const { train } = dataset.split;
    const x = new Matrix(
      Array.from(train, (row) => [...values.subarray(row * columns.length, (row + 1) * columns.length)]),
    );
    x.center('column');
    const z = new Matrix(Array.from(train, (row) => [...encoded.subarray(row * 4, row * 4 + 2)]));
    const residual = Matrix.sub(x, z.mmul(leastSquares(z, x)));
    const byNumbers = Matrix.mul(residual, residual).sum();
    const width = rebuilt.length / dataset.ids.length;
    const means = columns.map((_, c) => mean(Array.from(train, (row) => values[row * columns.length + c])));
    let byModel = 0;
    train.forEach((row, i) => {
      columns.forEach((_, c) => (byModel += (x.get(i, c) - (rebuilt[row * width + c] - means[c])) ** 2));
    });
    // The private noise is the first principal component of the residuals of least squares.
    expect(byModel).toBeLessThan(0.9 * byNumbers);
    expect(byModel).toBeGreaterThan(0);
  });

  test('its posterior variances are those of the linear Gaussian model', () => {
    // log σ² = head − 3. The second half of the head is only a bias: row k of the last layer belongs to number k.
    const { values } = parameters.get('encoder.2.bias')!;
    const width = dataset.modalities[0].columns.length;
    const decoder = parameters.get('decoder.2.weight')!.values;
    const loadings = Matrix.zeros(3, width);
    const hidden = config.hidden;
    for (let c = 0; c < width; c++) {
      for (let k = 0; k < 3; k++) loadings.set(k, c, decoder[c * hidden + 2 * k] * (1 + LEAKY_SLOPE));
    }
    const { train } = dataset.split;
    const noise = dataset.modalities[0].columns.map((_, c) => {
      const errors = Array.from(train, (row) => {
        return dataset.modalities[0].values[row * width + c] - rebuilt[row * 2 * width + c];
      });
      return mean(errors.map((error) => error ** 2));
    });
    const precision = Matrix.eye(3).add(loadings.mmul(Matrix.diag(noise.map((v) => 1 / v))).mmul(loadings.transpose()));
    const expected = inverse(precision).diagonal();
    for (let k = 0; k < 3; k++) expect(values[3 + k] - 3).toBeCloseTo(Math.log(expected[k]), 2);
  });

  test('modalities of different shapes have separate networks', async () => {
    const [first, second] = dataset.modalities;
    const fewer = second.columns.length - 2;
    const narrow: Modality = {
      ...second,
      columns: second.columns.slice(0, fewer),
      values: second.values.filter((_, i) => i % second.columns.length < fewer),
      latents: 1,
    };
    const narrower: Dataset = { ...dataset, modalities: [first, narrow] };
    const narrowerModel = { ...model, modalities: modalityShapes(narrower) };
    const narrowerParameters = (await linearSubspaces(narrower, narrowerModel, 0))!;
    const z = await encodeDataset(narrower, narrowerModel, narrowerParameters, {});
    const methods = await linearMethodsOf(narrower, narrower.split.train, { names: ['reduced-rank regression'] });
    const weights = methods[1][0].weights;
    const numbers = narrower.ids.map((_, row) =>
      narrow.columns.reduce((sum, _column, c) => sum + narrow.values[row * fewer + c] * weights.get(c, 0), 0),
    );
    const centre = mean(Array.from(narrower.split.train, (row) => numbers[row]));
    const sd = Math.sqrt(mean(Array.from(narrower.split.train, (row) => (numbers[row] - centre) ** 2)));
    numbers.forEach((value, row) => {
      expect(z[row * 3 + 2]).toBeCloseTo((value - centre) / sd, 3);
    });
  });

  test('does not exist if hidden layers are too narrow, or if there is one modality', async () => {
    expect(await linearSubspaces(dataset, { ...model, hidden: 5 }, 0)).toBeUndefined();
    const alone: Dataset = { ...dataset, modalities: dataset.modalities.slice(0, 1) };
    const one = { ...model, modalities: model.modalities.slice(0, 1) };
    expect(await linearSubspaces(alone, one, 0)).toBeUndefined();
  });
});

test('with many columns of few subjects, subspaces are linear, and latents are linear in the columns', async () => {
  const { dataset } = factors(1, { subjects: 120, columns: 40, correlations: [0.8, 0.8] });
  await using model = await MultimodalCausalModel.fit(dataset, LIGHT);
  const { subspaces, stages } = model.summary;
  expect(subspaces!.chosen).toBe('linear');
  expect(stages.map(({ name }) => name)).not.toContain('polish');
  const z = (await model.encode(dataset))['a'];
  const { values, columns } = dataset.modalities[0];
  // Summed columns of two subjects have the sum of their latents, minus the latents of all-zero columns.
  const sum = (a: number, b: number) =>
    Float32Array.from(columns, (_, c) => values[a * columns.length + c] + values[b * columns.length + c]);
  const [first, second] = dataset.modalities;
  const tripled: Dataset = {
    ...dataset,
    ids: ['sum', 'origin'],
    modalities: [
      { ...first, values: Float32Array.from([...sum(3, 7), ...new Float32Array(columns.length)]) },
      { ...second, values: new Float32Array(2 * second.columns.length) },
    ],
  };
  const both = (await model.encode(tripled))['a'];
  for (const k of [0, 1]) expect(both[k]).toBeCloseTo(z[3 * 2 + k] + z[7 * 2 + k] - both[2 + k], 3);
  const text = subspacesText(subspaces, ['a', 'b'])!;
  expect(text).toMatch(/^Subspaces: linear\. .*: linear: a \d.*\| the network's: a \d.*\| linear plus a network: a \d/);
});

describe('figures of a sample of the subjects', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('are marked as such in run.json, and described in a sentence', async () => {
    const { dataset } = factors(1, { subjects: 120, columns: 40, correlations: [0.8, 0.8] });
    const { train, validation } = dataset.split;
    await using whole = await MultimodalCausalModel.fit(dataset, LIGHT);
    expect(sampledText(whole.summary)).toBeUndefined();
    expect(
      Object.keys({ ...whole.summary.subspaces, ...whole.summary.quality, ...whole.summary.ranges }),
    ).not.toContain('linearTrain');
    jest.spyOn(maxSampled, 'subjects', 'get').mockReturnValue(40);
    await using model = await MultimodalCausalModel.fit(dataset, LIGHT);
    const { quality, subspaces, ranges } = model.summary;
    expect(train.length).toBeGreaterThan(40);
    expect(quality).toMatchObject({ train: train.length, linearTrain: 40 });
    expect(subspaces).toMatchObject({ linearTrain: 40 });
    expect(ranges.sample).toEqual({ train: 40, validation: Math.min(40, validation.length) });
    expect(ranges.latents).not.toEqual(whole.summary.ranges.latents);
    expect(sampledText(model.summary)).toBe(
      `Of a sample of the ${train.length} training subjects, evenly spread: linear methods, of 40; ` +
        'linear subspaces, of 40; ranges in run.json, of 40.',
    );
    expect(await model.report()).toContain('linear methods, of 40; linear subspaces, of 40');
    const [latent] = model.graph.nodes;
    const { warnings } = await model.intervene(
      { [latent.name]: 1e3 },
      { undetermined: true, untested: true, assumeOrder: true },
    );
    expect(warnings.map(({ text }) => text).join()).toMatch(/98 % of a sample of 40 subjects lie/);
  });

  test('are also described if only some of the held-out or training subjects are measured', () => {
    const quality = { train: 4096, heldOut: { split: 'test', subjects: 9000, measured: 4096 } } as const;
    const figures = { ...quality, modalities: [], outliers: [], warnings: [] };
    expect(sampledText({ subjects: { train: 9_000_000 }, quality: figures })).toBe(
      'Of a sample of the 9,000,000 training subjects, evenly spread: explained variance and linear methods, of ' +
        '4,096; explained variance held out, of 4,096 of 9,000.',
    );
    const { heldOut } = quality;
    expect(sampledText({ subjects: { train: 4096 }, quality: { ...figures, heldOut } })).toBe(
      'Explained variance held out, of 4,096 of 9,000.',
    );
    const evidence = { subjects: 200_000, comparedSubjects: 100_000 };
    expect(sampledText({ subjects: { train: 4096 }, evidence })).toBe('Replication of latents, of 100,000 of 200,000.');
  });
});

test.each([
  ['monotone', 400, 1, 60],
  // The effects are so curved that residual latents are easier to read, but the network has the right latents.
  ['mlp', 2000, 30, undefined],
] as const)('%s, curved: the fit keeps the network, and reports what linear subspaces explain', async (...of) => {
  const [mechanism, samples, seed, epochs] = of;
  const dataset = simulatedDataset(simulate('case1', { mechanism, samples, test: 40, seed }));
  await using model = await MultimodalCausalModel.fit(dataset, { ...LIGHT, ...(epochs && { epochs }) });
  const { chosen, compared } = model.summary.subspaces!;
  expect(chosen).toBe('network');
  compared!.network.forEach(({ reconstruction }, m) => {
    expect(reconstruction!).toBeGreaterThan(compared!.linear[m].reconstruction! + 0.1);
  });
});

describe('the choice between models by their subspaces', () => {
  // The modalities share a factor. Their first column measures it; their second column is noise of the modality.
  const random = new RandomStream(4, 0);
  const rows = 400;
  const factor = Float64Array.from({ length: rows }, () => random.normal());
  const noises = [0, 1].map(() => Float64Array.from({ length: rows }, () => random.normal()));
  const columns = [0, 1].map((j) => ({ name: `c${j}`, log: false, offset: 0, mean: 0, sd: 1 }));
  const modalities = [0, 1].map((m): Modality => {
    const values = Float32Array.from({ length: 2 * rows }, (_, i) => {
      return i % 2 === 0 ? factor[i >> 1] + 0.5 * random.normal() : noises[m][i >> 1];
    });
    return { name: `m${m}`, columns, values, latents: 1, exogenous: 1 };
  });
  const dataset: Dataset = {
    ids: Array.from({ length: rows }, (_, i) => `s${i}`),
    modalities,
    split: { train: rowsFrom(0, 300), validation: rowsFrom(300, 100), test: new Int32Array() },
    fingerprint: '',
  };
  /** Returns the readings of a model with these latents, whose reconstruction is the columns times `rebuilt`. */
  const reading = (latents: readonly Float64Array[], rebuilt: number) => {
    const of = (subjects: Int32Array): ModelReading => ({
      latents: table(subjects, 2, (row, m) => latents[m][row]),
      reconstruction: table(subjects, 4, (row, c) => rebuilt * modalities[c >> 1].values[row * 2 + (c & 1)]),
    });
    return { train: of(dataset.split.train), heldOut: of(dataset.split.validation) };
  };
  const table = (subjects: Int32Array, width: number, value: (row: number, column: number) => number) => ({
    values: Float32Array.from({ length: subjects.length * width }, (_, i) =>
      value(subjects[Math.floor(i / width)], i % width),
    ),
    rows: subjects.length,
    columns: width,
  });
  const splits = { train: dataset.split.train, heldOut: dataset.split.validation };
  const shared = [factor, factor];

  const curved = factor.map((z) => z ** 3 + z / 4);
  const chosen = (network: ModelReadings, linear: ModelReadings, residual?: ModelReadings) =>
    compareSubspaces(dataset, splits, { network, linear, residual }).chosen;

  test('prediction of the other modalities decides, not reconstruction of the same modality', () => {
    const readings = { network: reading(noises, 1), linear: reading(shared, 0.1) };
    const comparison = compareSubspaces(dataset, splits, readings);
    expect(comparison.chosen).toBe('linear');
    const { network, linear } = comparison.compared;
    expect(network[0].reconstruction).toBe(1);
    for (const kind of ['prediction', 'straight'] as const) {
      expect(network[0][kind]).toBeCloseTo(0, 1);
      // The factor's column has half of the other modality's variance, and the factor has 1 / 1.25 of that column's.
      expect(linear[0][kind]).toBeGreaterThan(0.3);
    }
    expect(chosen(reading(shared, 0.1), reading(noises, 1))).toBe('network');
  });

  test("the network's latents may be curved, because its read-out is not linear", () => {
    expect(chosen(reading([curved, curved], 0.9), reading(noises, 1))).toBe('network');
  });

  test('a residual network must predict better along straight lines than the linear map', () => {
    const half = factor.map((z, row) => z + noises[0][row]);
    expect(chosen(reading(noises, 1), reading([half, half], 0.5), reading(shared, 0.5))).toBe('residual');
    expect(chosen(reading(noises, 1), reading(shared, 0.5), reading(shared, 0.9))).toBe('linear');
    // Along curves, the residual latents predict the other modality equally well; along lines they do not.
    expect(chosen(reading(noises, 1), reading(shared, 0.5), reading([curved, curved], 0.9))).toBe('linear');
  });

  test('a tie goes to straight lines, unless the network shows that its columns are curved', () => {
    expect(chosen(reading(shared, 0.7), reading(shared, 0.5))).toBe('network');
    expect(chosen(reading(shared, 0.5), reading(shared, 0.5))).toBe('linear');
    expect(chosen(reading(shared, 0.5), reading(shared, 0.6))).toBe('linear');
  });

  test('for strongly curved columns the network is chosen, although residual latents are easier to read', () => {
    const noisy = (noise: number) => factor.map((z, row) => z + noise * noises[0][row]);
    const [good, bad, worse] = [0.3, 0.6, 1].map(noisy);
    // Better than the linear model but worse than the residual one, which a read-out of few subjects prefers.
    expect(chosen(reading([good, good], 0.9), reading([bad, bad], 0.4), reading(shared, 0.6))).toBe('network');
    // The columns are curved, but not strongly.
    expect(chosen(reading([good, good], 0.6), reading([bad, bad], 0.5), reading(shared, 0.6))).toBe('residual');
    // The network is worse than the linear model as well.
    expect(chosen(reading([worse, worse], 0.9), reading([bad, bad], 0.4), reading(shared, 0.6))).toBe('residual');
  });

  test('reconstruction does not decide a tie that the other modalities nearly decide', () => {
    // The network is worse by 1.5 to 2 standard errors, and then by less than one.
    const behind = (noise: number) => factor.map((z, row) => z + noise * noises[0][row]);
    expect(chosen(reading([behind(0.2), behind(0.2)], 0.9), reading(shared, 0.5))).toBe('linear');
    expect(chosen(reading([behind(0.05), behind(0.05)], 0.9), reading(shared, 0.5))).toBe('network');
  });

  test('rows of one group count once', () => {
    // The linear latents fail in the last 80 rows, which belong to one group.
    const groups = Array.from({ length: rows }, (_, row) => (row < 320 ? `s${row}` : 'one'));
    const failing = factor.map((z, row) => (row < 320 ? z : noises[0][row]));
    const readings = { network: reading(shared, 0.5), linear: reading([failing, failing], 0.5) };
    expect(compareSubspaces(dataset, splits, readings).chosen).toBe('network');
    expect(compareSubspaces({ ...dataset, groups }, splits, readings).chosen).toBe('linear');
  });
});

describe('the setting `subspaces`', () => {
  const { dataset } = factors(2, { subjects: 120, columns: 6, correlations: [0.8, 0.8] });

  test('linear: nothing is compared, and no network is trained', async () => {
    await using model = await MultimodalCausalModel.fit(dataset, { ...LIGHT, subspaces: 'linear' });
    expect(model.summary.subspaces).toEqual({ chosen: 'linear' });
    expect(subspacesText(model.summary.subspaces, ['a', 'b'])).toBeUndefined();
    expect(model.summary.stages.map(({ name }) => name)).toEqual(['exploration', 'components', 'pruning', 'missing']);
  });

  test('network: nothing is compared', async () => {
    await using model = await MultimodalCausalModel.fit(dataset, { ...LIGHT, epochs: 2, subspaces: 'network' });
    expect(model.summary.subspaces).toEqual({ chosen: 'network' });
    expect(model.summary.stages.map(({ name }) => name)).toContain('polish');
  });

  test('linear subspaces that are impossible are refused, with the requirements', async () => {
    const settings = { ...LIGHT, subspaces: 'linear' as const, hidden: 4 };
    await expect(MultimodalCausalModel.fit(dataset, settings)).rejects.toThrow(
      'training.hidden of at least twice the latents and private',
    );
  });

  test('a joint fit has no choice of subspaces', () => {
    expect(() => fitConfig({ fit: 'joint', subspaces: 'linear' })).toThrow('a joint fit has no subspaces');
  });

  test('a fit on linear subspaces that was stopped resumes to the same bits', async () => {
    const settings = fitConfigFor(dataset, { ...LIGHT_SETTINGS, subspaces: 'linear', seed: 3 });
    const whole = await fitModel(dataset, settings, { threads: 1 });
    const controller = new AbortController();
    const folder = file('stopped');
    const onProgress = ({ stage }: FitProgress) => {
      if (stage === 'components') controller.abort(new Error('enough'));
    };
    const stopped = fitModel(dataset, settings, { threads: 1, folder, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toThrow('enough');
    const resumed = await fitModel(dataset, settings, { threads: 1, folder, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
  });

  test('copies of shared latents also agree on linear subspaces', async () => {
    const simulation = simulate('shared2-first', { seed: 1, samples: 400, test: 40 });
    const tied = simulatedDataset(simulation);
    await using model = await MultimodalCausalModel.fit(tied, { ...LIGHT, subspaces: 'linear' });
    const { m1, m2 } = await model.encode(tied);
    const { latents } = simulation;
    for (let row = 0; row < 5; row++) {
      expect(m1[row * latents + latents - 1]).toBeCloseTo(m2[row * latents + latents - 1], 5);
    }
  });
});
