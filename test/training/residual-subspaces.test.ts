// Residual subspaces: a network that starts at zero is added to the linear map of a modality. The parameters compute
// this sum, training never makes it worse than the linear map, and the sum is chosen if it predicts better.

import { describe, expect, test } from '@jest/globals';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { encodeDataset } from '../../src/inference/inference.js';
import { mean } from '../../src/metrics/samples.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { freeUnits, linearLayers, perceptron, withPerceptron, type LayerValues } from '../../src/nn/linear-layers.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { fitConfigFor, withoutSparsity } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';
import { linearStart } from '../../src/training/linear-start.js';
import { subspaceParameters } from '../../src/training/linear-subspaces.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { modalityShapes, modelConfig } from '../../src/training/model-config.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const LIGHT = { componentRestarts: 4, componentSteps: 40, encoderRestarts: 1 };
const SUBJECTS = { train: 500, validation: 100, test: 400 };
const COLUMNS = 6;
/** The stages after the subspaces. */
const LATER = ['exploration', 'components', 'pruning', 'missing'];

/** Three columns of each modality measure a shared number s, as s + bend · |s| in the second one. The rest is noise. */
function study({ bend = 2, missing = 0 } = {}): Dataset {
  const random = new RandomStream(8, 0);
  const all = SUBJECTS.train + SUBJECTS.validation + SUBJECTS.test;
  const shared = Float64Array.from({ length: all }, () => random.normal());
  const modalities = ['a', 'b'].map((name, m): Modality => {
    const values = Float32Array.from({ length: all * COLUMNS }, (_, at) => {
      const s = shared[Math.floor(at / COLUMNS)];
      const signal = m === 0 ? s : (s + bend * Math.abs(s) - bend * Math.sqrt(2 / Math.PI)) / Math.hypot(1, 0.6 * bend);
      return at % COLUMNS < 3 ? 0.9 * signal + 0.4 * random.normal() : random.normal();
    });
    const observed = missing > 0 ? Uint8Array.from(values, () => Number(random.uniform() >= missing)) : undefined;
    observed?.forEach((mark, at) => (values[at] *= mark));
    const columns = Array.from({ length: COLUMNS }, (_, j) => ({
      name: `${name}${j}`,
      log: false,
      offset: 0,
      mean: 0,
      sd: 1,
    }));
    return { name, columns, values, observed, latents: 1, exogenous: 1 };
  });
  const rows = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);
  return {
    ids: Array.from({ length: all }, (_, i) => `s${i}`),
    modalities,
    split: {
      train: rows(0, SUBJECTS.train),
      validation: rows(SUBJECTS.train, SUBJECTS.validation),
      test: rows(SUBJECTS.train + SUBJECTS.validation, SUBJECTS.test),
    },
    fingerprint: `bend ${bend}, missing ${missing}`,
  };
}

function randomLayers(widths: readonly number[], seed: number): LayerValues[] {
  const random = new RandomStream(seed, 0);
  const draws = (count: number) => Float32Array.from({ length: count }, () => random.normal() / 2);
  return widths.slice(1).map((outputs, l) => ({ weight: draws(outputs * widths[l]), bias: draws(outputs) }));
}

test('a perceptron in the free hidden units is added to the linear map', () => {
  const right = { inputs: 3, outputs: 2, matrix: [0.5, -1, 2, 3, 0.25, -0.75] };
  const left = { inputs: 2, outputs: 3, matrix: [1, 0, 0, 1, 2, -3], shift: [0, 1, -2] };
  const hidden = 9;
  const linear = linearLayers(right, left, hidden);
  const added = randomLayers([3, freeUnits(hidden, 2), freeUnits(hidden, 2), 2], 1);
  const spread = [1, 0, 0, 2, -1, 0.5];
  const sum = withPerceptron(linear, added, spread);
  const x = Float64Array.from([1, 2, 3, -4, 0.5, 0]);
  const [whole, plain, extra] = [sum, linear, added].map((layers) => perceptron(layers, x, 2));
  const bias = added[2].bias;
  for (let row = 0; row < 2; row++) {
    for (let o = 0; o < 3; o++) {
      const more = [0, 1].reduce((total, r) => total + spread[o * 2 + r] * (extra[row * 2 + r] - bias[r]), 0);
      expect(whole[row * 3 + o]).toBeCloseTo(plain[row * 3 + o] + more, 5);
    }
  }
});

test.each([0, 0.2])(
  'latents are the linear map plus the network, with standard deviation 1; share of missing cells: %d',
  async (missing) => {
    const dataset = study({ missing });
    const config = withoutSparsity(fitConfigFor(dataset, {}));
    const model = modelConfig(modalityShapes(dataset), config);
    const start = (await linearStart(dataset, model))!;
    const inputs = missing > 0 ? 2 * COLUMNS : COLUMNS;
    const width = freeUnits(config.hidden, 2);
    const residual = [0, 1].map((m) => randomLayers([inputs, width, width, 1], m));
    const encoded = await encodeDataset(
      dataset,
      model,
      await subspaceParameters(dataset, model, 0, { start, residual }),
      {},
    );
    const { train } = dataset.split;
    dataset.modalities.forEach(({ values, observed }, m) => {
      const numbers = dataset.ids.map((_, row) => {
        const rowValues = values.subarray(row * COLUMNS, (row + 1) * COLUMNS);
        const marks = observed?.subarray(row * COLUMNS, (row + 1) * COLUMNS) ?? [];
        const [added] = perceptron(residual[m], Float64Array.from([...rowValues, ...marks]), 1);
        return rowValues.reduce((sum, value, c) => sum + value * start[m].toLatents.get(c, 0), added);
      });
      const centre = mean(Array.from(train, (row) => numbers[row]));
      const sd = Math.sqrt(mean(Array.from(train, (row) => (numbers[row] - centre) ** 2)));
      numbers.forEach((value, row) => {
        expect(encoded[row * 2 + m]).toBeCloseTo((value - centre) / sd, 3);
      });
    });
  },
);

describe('a study whose relation is curved', () => {
  test('is fitted by residual subspaces, which predict held-out subjects better than every linear method', async () => {
    await using model = await MultimodalCausalModel.fit(study(), { ...LIGHT, threads: 1, evidence: 'none' });
    const { subspaces, stages, quality } = model.summary;
    expect(subspaces!.chosen).toBe('residual');
    const { linear, residual } = subspaces!.compared!;
    const straight = (shares: typeof linear) => mean(shares.map((share) => share.straight!));
    expect(straight(residual!)).toBeGreaterThan(straight(linear) + 0.02);
    expect(stages.map(({ name }) => name)).toEqual(['subspaces', 'residual', ...LATER]);
    const [first] = quality.modalities;
    expect(first.prediction.heldOut!).toBeGreaterThan(first.linear[0].heldOut! + 0.05);
  });

  test('gives the same bits for any number of threads, and after it was stopped', async () => {
    const dataset = study();
    const settings = fitConfigFor(dataset, { ...LIGHT, subspaces: 'residual', seed: 3 });
    const whole = await fitModel(dataset, settings, { threads: 1 });
    expect(whole.stages.map(({ name }) => name)).toEqual(['residual', ...LATER]);
    expect((await fitModel(dataset, settings, { threads: 2 })).parameters).toEqual(whole.parameters);
    const controller = new AbortController();
    const folder = file('stopped');
    const onProgress = ({ stage, epoch }: FitProgress) => {
      if (stage === 'residual' && epoch === 9) controller.abort(new Error('enough'));
    };
    const stopped = fitModel(dataset, settings, { threads: 1, folder, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toThrow('enough');
    const resumed = await fitModel(dataset, settings, { threads: 1, folder, resume: true });
    expect(resumed.parameters).toEqual(whole.parameters);
  });
});

test.each([
  ['linear', false],
  ['residual', true],
] as const)('components of %s subspaces lie along curves: %s', async (subspaces, areCurved) => {
  const settings = fitConfigFor(study(), { ...LIGHT, subspaces });
  const { parameters } = await fitModel(study(), settings, { threads: 1, infersMissing: false });
  expect(parameters.get('componentMap.1.outer')!.values.some((value) => value !== 0)).toBe(areCurved);
});

test('if the relation is straight, the linear map is chosen', async () => {
  await using model = await MultimodalCausalModel.fit(study({ bend: 0 }), { ...LIGHT, threads: 1, evidence: 'none' });
  expect(model.summary.subspaces!.chosen).toBe('linear');
});

test('no validation error is above that of the linear map', async () => {
  const dataset = study({ missing: 0.1 });
  const settings = fitConfigFor(dataset, { ...LIGHT, subspaces: 'residual' });
  const { stages } = await fitModel(dataset, settings, { threads: 1, infersMissing: false });
  const { objectives, bestEpochs, history } = stages[0];
  // Epoch −1 is the linear map. A later epoch replaces it only if its objective is lower.
  objectives.forEach((objective, run) => {
    const later = history.map(({ validation }) => validation['objective'][run]!);
    expect(objective!).toBeLessThanOrEqual(Math.min(...later));
    if (bestEpochs[run] < 0) expect(Math.min(...later)).toBeGreaterThanOrEqual(objective!);
  });
});

test('residual subspaces are refused if hidden layers have no room for a network', async () => {
  const settings = { ...LIGHT, threads: 1, evidence: 'none' as const, subspaces: 'residual' as const, hidden: 10 };
  await expect(MultimodalCausalModel.fit(study(), settings)).rejects.toThrow(
    'twice the latents and private noises of each modality plus eight units',
  );
});
