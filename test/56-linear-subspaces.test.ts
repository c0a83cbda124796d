// Linear subspaces, the network's rival: as a network they compute exactly what they say; they are taken where they say
// more of validation subjects, and not where the network does.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import type { Dataset } from '../src/data/dataset.js';
import { factors } from '../src/experiments/null-studies.js';
import { encodeDataset } from '../src/inference/encode-dataset.js';
import { leastSquares } from '../src/linear/index.js';
import { mean } from '../src/metrics/samples.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { LEAKY_SLOPE } from '../src/nn/dense.js';
import { carried, linearLayers } from '../src/nn/linear-layers.js';
import { linearMethodsOf, subspacesText } from '../src/quality/index.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { fitConfig, withoutSparsity } from '../src/training/config.js';
import { linearSubspaces } from '../src/training/linear-subspaces.js';
import { modalityShapes, modelConfig } from '../src/training/program.js';
import { withModelReader } from '../src/training/model-reader.js';
import type { ModelConfig } from '../src/models/multimodal.js';

const LIGHT = { restarts: 4, componentSteps: 40, runs: 1, seed: 0, threads: 1, evidence: false };

test('layers of a linear map compute it, with as many hidden units as two a number', () => {
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
  const config = withoutSparsity(fitConfig({}, dataset.split.train.length));
  const model: ModelConfig = modelConfig(modalityShapes(dataset), config);
  let encoded: Float32Array;
  let rebuilt: Float32Array;

  beforeAll(async () => {
    const parameters = (await linearSubspaces(dataset, model, 0))!;
    encoded = await encodeDataset(dataset, model, parameters, {});
    const rows = Int32Array.from(dataset.ids, (_, row) => row);
    const reading = await withModelReader(dataset, { model, parameters }, {}, (read) => read(rows));
    rebuilt = Float32Array.from(reading.reconstruction.values);
  });

  test('encodes the numbers of reduced-rank regression, each with deviation 1 over training subjects', async () => {
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

  test('rebuilds columns as least squares from the numbers does, and better for its private noise', () => {
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
    // One private noise is the first principal component of what the numbers leave.
    expect(byModel).toBeLessThan(0.9 * byNumbers);
    expect(byModel).toBeGreaterThan(0);
  });

  test('is not offered where hidden layers cannot carry it, nor to one modality', async () => {
    expect(await linearSubspaces(dataset, { ...model, hidden: 5 }, 0)).toBeUndefined();
    const alone: Dataset = { ...dataset, modalities: dataset.modalities.slice(0, 1) };
    const one = { ...model, modalities: model.modalities.slice(0, 1) };
    expect(await linearSubspaces(alone, one, 0)).toBeUndefined();
  });
});

test('many columns of few subjects: linear subspaces are taken, latents are linear in the columns', async () => {
  const { dataset } = factors(1, { subjects: 120, columns: 40, correlations: [0.8, 0.8] });
  await using model = await MultimodalCausalModel.fit(dataset, LIGHT);
  const { subspaces, parts } = model.summary;
  expect(subspaces!.chosen).toBe('linear');
  expect(parts.map(({ name }) => name)).not.toContain('polish');
  const z = (await model.encode(dataset))['a'];
  const { values, columns } = dataset.modalities[0];
  // The sum of two subjects' columns has the sum of their latents, less the latents of the columns' origin.
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
  const text = subspacesText(subspaces!, ['a', 'b'])!;
  expect(text).toMatch(/^Subspaces: linear\. .*the network's in brackets: a \d/);
});

test('curved columns: the fit keeps the network, and says what the linear ones explain', async () => {
  const dataset = simulatedDataset(simulate('case1', { samples: 400, test: 40, seed: 1 }));
  await using model = await MultimodalCausalModel.fit(dataset, { ...LIGHT, epochs: 60 });
  const { chosen, compared } = model.summary.subspaces!;
  expect(chosen).toBe('network');
  compared!.network.forEach(({ own }, m) => {
    expect(own!).toBeGreaterThan(compared!.linear[m].own! + 0.1);
  });
});

describe('as the settings say', () => {
  const { dataset } = factors(2, { subjects: 120, columns: 6, correlations: [0.8, 0.8] });

  test('linear: nothing is compared, no network is trained', async () => {
    await using model = await MultimodalCausalModel.fit(dataset, { ...LIGHT, subspaces: 'linear' });
    expect(model.summary.subspaces).toEqual({ chosen: 'linear' });
    expect(subspacesText(model.summary.subspaces!, ['a', 'b'])).toBeUndefined();
    expect(model.summary.parts.map(({ name }) => name)).toEqual(['exploration', 'components', 'pruning']);
  });

  test('network: nothing is compared', async () => {
    await using model = await MultimodalCausalModel.fit(dataset, { ...LIGHT, epochs: 2, subspaces: 'network' });
    expect(model.summary.subspaces).toEqual({ chosen: 'network' });
    expect(model.summary.parts.map(({ name }) => name)).toContain('polish');
  });

  test('linear ones that cannot be are refused with what they need', async () => {
    const asked = { ...LIGHT, subspaces: 'linear' as const, hidden: 4 };
    await expect(MultimodalCausalModel.fit(dataset, asked)).rejects.toThrow(
      'training.hidden of twice the latents and private',
    );
  });
});
