// Compares the losses of the baselines with closed forms in double precision, and tests their results on a simulation.

import { describe, expect, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import { betaVae } from '../../reproduction/baselines/beta-vae.js';
import { causalVae } from '../../reproduction/baselines/causal-vae.js';
import { acrossModalities, contrastive, cosine, withinModality } from '../../reproduction/baselines/contrastive.js';
import { BASELINES } from '../../reproduction/baselines/index.js';
import type { BaselineGraph, BuildBaseline } from '../../reproduction/baselines/stage.js';
import { trainBaseline, type BaselineProgress } from '../../reproduction/baselines/training.js';
import { divergence, posteriorOf } from '../../reproduction/baselines/variational.js';
import { simulate } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { measure } from '../../reproduction/experiments/measure.js';
import { add, constant, data, mul, reshape, square, sum } from '../../src/graph/index.js';
import { latentLayout } from '../../src/networks/layout.js';
import { evaluate } from '../../src/graph/reference.js';
import { ParameterList, uniformWithin } from '../../src/nn/parameters.js';
import { restartSeed } from '../../src/training/stage.js';
import { longTest } from '../fixtures/long.js';
import { generator } from '../fixtures/numbers.js';
import { tableObservation } from '../../src/data/observation.js';
import { presenceOf } from '../../src/data/presence.js';
import type { Dataset } from '../../src/data/dataset.js';

const PAIR = ['left', 'right'].map((name) => ({ name, observation: tableObservation(4), latents: 2, exogenous: 1 }));
const batch = 5;
const layout = latentLayout(PAIR);
const next = generator(7);
// Constants of a graph have single precision.
const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * next() - 1);
const x = [{ values: constant(numbers(2 * 4 * batch), [1, 2, 4, batch]) }];
const labels = constant(numbers(4 * batch), [1, 4, batch]);
const noise = {
  normal: (_name: string, shape: readonly number[]) => constant(numbers(shape.reduce((a, b) => a * b)), shape),
  uniform: () => {
    throw new TypeError('no baseline draws uniform noise');
  },
};

/** Returns random values for all parameters. */
function parametersOf(graph: BaselineGraph): Record<string, Float32Array> {
  return Object.fromEntries(
    graph.parameters.all.map(({ name, shape }) => [name, numbers(shape.reduce((a, b) => a * b))]),
  );
}

describe('losses', () => {
  test('the divergence of a Gaussian from N(0, I) is ½ Σ (μ² + σ² − 1 − log σ²)', () => {
    const [mu, raw] = [numbers(3), numbers(3)];
    const head = constant([...mu, ...raw], [1, 1, 6, 1]);
    const expected = mu.reduce((sum, m, i) => {
      const logVariance = raw[i] - 3;
      return sum + 0.5 * (m * m + Math.exp(logVariance) - 1 - logVariance);
    }, 0);
    expect(evaluate([divergence(posteriorOf(head))])[0][0]).toBeCloseTo(expected, 10);
  });

  test('the divergence covers only subjects who have the modality', () => {
    const head = constant([1, 2, 0.5, 3 + 0.2, 3, 3], [1, 1, 2, 3]);
    const present = constant([1, 0, 1], [1, 1, 1, 3]);
    const one = (mu: number, logVariance: number) => 0.5 * (mu * mu + Math.exp(logVariance) - 1 - logVariance);
    const expected = (one(1, Math.fround(0.2)) + one(0.5, 0)) / 3;
    expect(evaluate([divergence(posteriorOf(head), present)])[0][0]).toBeCloseTo(expected, 6);
  });

  describe('InfoNCE is the cross-entropy of identifying the same subject in the other modality', () => {
    const subjects = Array.from({ length: batch }, (_, i) => i);
    type Point = readonly number[];
    type Scores = (p: Point, q: Point, temperature: number) => number;
    const near: Scores = (p, q, temperature) => Math.exp(-((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2) / temperature);
    const aligned: Scores = (p, q, temperature) =>
      Math.exp((p[0] * q[0] + p[1] * q[1]) / (Math.hypot(...p) * Math.hypot(...q)) / temperature);

    test.each([
      ['by distance, against subjects in the same modality', withinModality, near, 500, { same: true, other: false }],
      ['by angle, against subjects in both modalities', cosine, aligned, 0.7, { same: true, other: true }],
      ['by distance, against subjects in the other one', acrossModalities, near, 500, { same: false, other: true }],
    ] as const)('%s', (_, form, score, temperature, against) => {
      const graph = contrastive(form)(layout, 1);
      const latents = graph.latents(x);
      const [loss, z] = evaluate([graph.loss(x, noise, labels, constant([temperature], [1])), latents], {
        parameters: parametersOf(graph),
      });
      const points = [0, 1].map((m) => subjects.map((i) => [0, 1].map((d) => z[(2 * m + d) * batch + i])));
      const entropies = (same: readonly Point[], other: readonly Point[]) =>
        subjects.map((i) => {
          const rest = subjects.filter((j) => j !== i);
          const competing = [
            ...(against.same ? rest.map((j) => score(same[i], same[j], temperature)) : []),
            ...(against.other ? rest.map((j) => score(same[i], other[j], temperature)) : []),
          ];
          const partner = score(same[i], other[i], temperature);
          return -Math.log(partner / (partner + competing.reduce((a, b) => a + b)));
        });
      const all = [...entropies(points[0], points[1]), ...entropies(points[1], points[0])];
      expect(loss[0]).toBeCloseTo(all.reduce((a, b) => a + b) / all.length, 8);
    });
  });

  test('the structural layer of CausalVAE is (I − A)⁻¹', () => {
    const graph = causalVae(false)(layout, 1);
    const parameters = parametersOf(graph);
    const free = { ...parameters, structure: new Float32Array(16) };
    const latents = graph.latents(x);
    const [z] = evaluate([latents], { parameters });
    const [epsilon] = evaluate([latents], { parameters: free });
    const structure = new Matrix(4, 4);
    for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) structure.set(i, j, parameters['structure'][i * 4 + j]);
    const expected = inverse(Matrix.sub(Matrix.eye(4), structure)).mmul(Matrix.from1DArray(4, batch, epsilon));
    for (const [at, value] of expected.to1DArray().entries()) expect(z[at]).toBeCloseTo(value, 8);
  });

  test('the loss of the supervised CausalVAE with A = 0 is the sum of its terms', () => {
    const graph = causalVae(true)(layout, 1);
    const parameters: Record<string, Float32Array> = { ...parametersOf(graph), structure: new Float32Array(16) };
    const still = { ...noise, normal: (_: string, shape: readonly number[]) => data('noise', shape) };
    const [loss, z] = evaluate([graph.loss(x, still, labels, constant([0.3], [1])), graph.latents(x)], {
      parameters,
      data: { noise: new Float32Array(4 * batch) },
    });
    const layers = (name: string, group: number, count: number, input: readonly number[]) =>
      Array.from({ length: count }, (_, k) => k).reduce<number[]>(
        (h, k) => {
          const bias = parameters[`${name}.${k}.bias`];
          const weight = parameters[`${name}.${k}.weight`];
          const groups = name === 'mask' ? 4 : 1;
          const [outputs, inputs] = [bias.length / groups, h.length];
          return Array.from({ length: outputs }, (_, o) => {
            const at = group * outputs + o;
            const sum = h.reduce((total, value, i) => total + weight[at * inputs + i] * value, bias[at]);
            return k < count - 1 && sum < 0 ? 0.2 * sum : sum;
          });
        },
        [...input],
      );
    const seen = evaluate([x[0].values])[0];
    const labelValues = evaluate([labels])[0];
    let expected = 0;
    for (let i = 0; i < batch; i++) {
      const of = (values: ArrayLike<number>, count: number) =>
        Array.from({ length: count }, (_, f) => values[f * batch + i]);
      const [concepts, label, columns] = [of(z, 4), of(labelValues, 4), of(seen, 8)];
      // Without parents the inputs of a mask network are zeros.
      const masked = concepts.map((value, c) => value + layers('mask', c, 2, [0, 0, 0, 0])[0]);
      const gap = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, k) => sum + (v - b[k]) ** 2, 0);
      const zero = [0, 0, 0, 0];
      expected +=
        (gap(columns, layers('decoder', 0, 3, masked)) +
          0.3 * gap(concepts, zero) +
          gap(concepts, label) +
          gap(masked, label)) /
          2 +
        gap(label, zero) / 4;
    }
    expect(loss[0]).toBeCloseTo(expected / batch, 6);
  });

  test('only the supervised CausalVAE depends on labels; β only scales the divergence', () => {
    const weight = constant([1], [1]);
    const other = constant(numbers(4 * batch), [1, 4, batch]);
    const still = { ...noise, normal: (_: string, shape: readonly number[]) => data('noise', shape) };
    for (const supervised of [false, true]) {
      const graph = causalVae(supervised)(layout, 1);
      const feeds = { parameters: parametersOf(graph), data: { noise: numbers(4 * batch) } };
      const [a, b] = evaluate(
        [labels, other].map((some) => graph.loss(x, still, some, weight)),
        feeds,
      );
      if (supervised) expect(a[0]).not.toBeCloseTo(b[0], 3);
      else expect(a[0]).toBe(b[0]);
    }
    const vae = betaVae(layout, 1);
    const feeds = { parameters: parametersOf(vae), data: { noise: numbers(2 * 3 * batch) } };
    const [none, one, two] = evaluate(
      [0, 1, 2].map((beta) => vae.loss(x, still, labels, constant([beta], [1]))),
      feeds,
    ).map(([value]) => value);
    expect(one - none).toBeGreaterThan(0);
    expect(two - one).toBeCloseTo(one - none, 8);
  });
});

describe('on case 1', () => {
  const simulation = simulate('case1', { samples: 2000, test: 600, seed: 1 });
  const request = {
    restarts: 1,
    dataset: simulatedDataset(simulation),
    truth: { z: simulation.z, adjacency: simulation.adjacency },
    seed: 1,
    effort: 0.08,
    threads: 1,
  };

  longTest('contrastive learning recovers what modalities share; the same seed gives the same bits', async () => {
    const estimates = await BASELINES['contrastive-swept'].fit(request);
    expect(estimates.map(({ setting, blocks }) => [setting, blocks.map(({ latents }) => latents)])).toEqual([
      ['τ 0.1', [2, 2]],
      ['τ 0.3', [2, 2]],
      ['τ 1', [2, 2]],
    ]);
    const best = Math.max(...estimates.map((estimate) => measure(simulation, estimate).r2));
    expect(best).toBeGreaterThan(0.75);
    expect(await BASELINES['contrastive-swept'].fit(request)).toEqual(estimates);
  });

  test('CausalVAE recovers the latents with labels, and less of them without', async () => {
    const mcc = async (method: 'causal-vae-supervised' | 'causal-vae-unsupervised') => {
      const estimates = await BASELINES[method].fit(request);
      return Math.max(...estimates.map((estimate) => measure(simulation, estimate).mcc));
    };
    const supervised = await mcc('causal-vae-supervised');
    expect(supervised).toBeGreaterThan(0.85);
    expect(await mcc('causal-vae-unsupervised')).toBeLessThan(supervised);
  });

  longTest('β-VAE has blocks of causal and exogenous latents together: one per modality, or one for all', async () => {
    const perModality = await BASELINES['beta-vae'].fit(request);
    expect(perModality[0].blocks.map(({ latents, values }) => [latents, values.length])).toEqual([
      [3, 3 * 2600],
      [3, 3 * 2600],
    ]);
    const concatenated = await BASELINES['beta-vae-concatenated'].fit(request);
    expect(concatenated[0].blocks.map(({ latents }) => latents)).toEqual([6]);
    const { mcc, shd } = measure(simulation, concatenated[1]);
    expect(mcc).toBeGreaterThan(0.3);
    expect(shd).toBeNull();
  });

  describe('training', () => {
    const settings = { swept: [0.1, 2], restarts: 1, batch: 512, steps: 12, learningRate: 2e-3 };

    test('reports its steps after every epoch, and stops with the reason of the signal', async () => {
      const reports: BaselineProgress[] = [];
      const onProgress = (progress: BaselineProgress) => reports.push(progress);
      await trainBaseline(betaVae, { ...request, effort: 1, onProgress }, settings);
      // With 1,800 training subjects an epoch has three mini-batches.
      expect(reports).toEqual([3, 6, 9, 12].map((step) => ({ step, steps: 12 })));
      reports.length = 0;
      const raced = { ...settings, restarts: 2, race: 0.25 };
      await trainBaseline(betaVae, { ...request, restarts: undefined, effort: 1, onProgress }, raced);
      expect(reports).toEqual([3, 6, 9, 12].map((step) => ({ step, steps: 12 })));
      const controller = new AbortController();
      const reason = new Error('enough');
      const stopped = trainBaseline(
        betaVae,
        { ...request, effort: 1, signal: controller.signal, onProgress: () => controller.abort(reason) },
        settings,
      );
      await expect(stopped).rejects.toBe(reason);
    });

    test('fails with the setting whose runs all diverged, even if another setting converges', async () => {
      const swept = [0.1, 1e38];
      await expect(trainBaseline(betaVae, { ...request, effort: 1 }, { ...settings, swept })).rejects.toMatchObject({
        code: 'all-runs-diverged',
        details: { setting: 1e38, step: 0 },
      });
    });
  });

  describe('restarts', () => {
    const drawn = new ParameterList(1);
    drawn.create('offset', [1], uniformWithin(1));
    const values = [0, 1, 2, 3].map(
      (restart) => drawn.initialValues([restartSeed(request.seed, restart)]).get('offset')![0],
    );
    /** The loss is setting · offset² for any subjects; the latent is `offset`. */
    const build: BuildBaseline = (_, runs) => {
      const parameters = new ParameterList(runs);
      const offset = parameters.create('offset', [1], uniformWithin(1));
      return {
        parameters,
        loss: (batches, _noise, _labels, setting) => {
          const nothing = mul(sum(batches[0].values, [1, 2, 3]), 0);
          return add(mul(square(reshape(offset, [runs])), setting), nothing);
        },
        latents: (batches) => {
          const zeros = mul(sum(batches[0].values, [1, 2]), 0);
          return reshape(add(zeros, offset), [runs, 1, zeros.shape[1]]);
        },
      };
    };
    const settings = { swept: [1, -1], restarts: 4, batch: 512, steps: 3, learningRate: 0 };
    const fullRequest = { ...request, restarts: undefined, effort: 1 };
    const bySize = [...values].sort((a, b) => Math.abs(a) - Math.abs(b));

    test('the restart with the lowest validation loss is chosen for each setting', async () => {
      const latents = await trainBaseline(build, fullRequest, settings);
      expect(latents.map((all) => all[0])).toEqual([bySize[0], bySize[3]]);
    });

    test('after a race, the best restart continues its training', async () => {
      const latents = await trainBaseline(build, fullRequest, { ...settings, steps: 6, race: 0.5 });
      expect(latents.map((all) => all[0])).toEqual([bySize[0], bySize[3]]);
    });
  });

  test('contrastive learning of two modalities refuses another number of modalities', async () => {
    const dataset = { ...request.dataset, modalities: request.dataset.modalities.slice(0, 1) };
    await expect(BASELINES.contrastive.fit({ ...request, dataset })).rejects.toMatchObject({
      code: 'modality-mismatch',
    });
  });

  test('the loss of contrastive learning of several modalities is the mean over all pairs', () => {
    const trio = latentLayout(['a', 'b', 'c'].map((name) => ({ ...PAIR[0], name })));
    const three = [{ values: constant(numbers(3 * 4 * batch), [1, 3, 4, batch]) }];
    const graph = contrastive(acrossModalities)(trio, 1);
    const parameters = parametersOf(graph);
    const temperature = constant([0.7], [1]);
    const [loss, z] = evaluate([graph.loss(three, noise, labels, temperature), graph.latents(three)], { parameters });
    const view = (m: number) => constant([...z.slice(2 * m * batch, 2 * (m + 1) * batch)], [1, 2, batch]);
    const pairs = [
      [0, 1],
      [0, 2],
      [1, 2],
    ].map(([i, j]) => evaluate([acrossModalities(view(i), view(j), temperature)])[0][0]);
    expect(loss[0]).toBeCloseTo((pairs[0] + pairs[1] + pairs[2]) / 3, 6);
  });

  describe('linear baselines', () => {
    // Canonical correlation and FastICA assume linear mixing and noise that is not normal.
    const easy = simulate('case1', {
      samples: 3000,
      test: 1000,
      seed: 2,
      mechanism: 'linear',
      noise: 'laplace',
      heteroscedastic: false,
    });
    const random = generator(3);
    const mixed = (): Dataset => {
      const dataset = simulatedDataset(easy);
      const modalities = dataset.modalities.map((modality, m) => {
        const width = modality.columns.length;
        const weights = Float64Array.from({ length: 2 * width }, () => 2 * random() - 1);
        const values = modality.values.map((_, at) => {
          const [row, column] = [Math.floor(at / width), at % width];
          const terms = [0, 1].map((k) => easy.z[row * 4 + 2 * m + k] * weights[2 * column + k]);
          return terms[0] + terms[1] + 0.3 * (random() - 0.5);
        });
        return { ...modality, values };
      });
      return { ...dataset, modalities };
    };
    const linearRequest = { ...request, dataset: mixed(), truth: easy, restarts: 4 };

    test('CCA and FastICA recover latents that are mixed linearly; the same seed gives the same bits', async () => {
      const [estimate] = await BASELINES['cca-ica'].fit(linearRequest);
      expect(estimate.blocks.map(({ latents }) => latents)).toEqual([2, 2]);
      const { mcc, chance } = measure(easy, estimate);
      expect(mcc).toBeGreaterThan(0.97);
      expect(chance).toBeLessThan(0.95);
      expect(await BASELINES['cca-ica'].fit(linearRequest)).toEqual([estimate]);
    });

    test('group factor analysis assigns all factors to every modality', async () => {
      const [estimate] = await BASELINES['factor-analysis'].fit(linearRequest);
      expect(estimate.blocks.map(({ latents }) => latents)).toEqual([6, 6]);
      expect(measure(easy, estimate).r2).toBeGreaterThan(0.95);
    });

    test('CCA and FastICA give NaN for a modality that a subject lacks', async () => {
      const holed = simulate('case1', { samples: 200, test: 40, seed: 1, missingModalities: 0.2 });
      const dataset = simulatedDataset(holed);
      const [{ blocks }] = await BASELINES['cca-ica'].fit({ ...linearRequest, dataset, truth: holed });
      blocks.forEach(({ values }, m) => {
        const present = presenceOf(dataset.modalities[m]);
        expect(values.every((value, at) => Number.isFinite(value) === (present[Math.floor(at / 2)] === 1))).toBe(true);
      });
    });
  });

  describe('if values are missing', () => {
    const holed = simulate('case1', { samples: 200, test: 40, seed: 1, missingModalities: 0.2, missingCells: 0.1 });
    const holedRequest = { ...request, dataset: simulatedDataset(holed), truth: holed, effort: 0.01 };

    test('β-VAE gives NaN for a modality that a subject lacks', async () => {
      const [{ blocks }] = await BASELINES['beta-vae'].fit(holedRequest);
      blocks.forEach(({ latents, values }, m) => {
        const present = presenceOf(holedRequest.dataset.modalities[m]);
        expect(present).toContain(0);
        const isNumber = Uint8Array.from(values, (value) => Number(Number.isFinite(value)));
        expect(isNumber).toEqual(isNumber.map((_, at) => present[Math.floor(at / latents)]));
      });
    });

    test.each(['beta-vae-concatenated', 'causal-vae-unsupervised', 'causal-vae-supervised'] as const)(
      '%s, whose input is all modalities together, gives numbers for all subjects',
      async (method) => {
        const [{ blocks }] = await BASELINES[method].fit(holedRequest);
        expect(blocks.every(({ values }) => values.every(Number.isFinite))).toBe(true);
      },
    );

    test('contrastive learning accepts missing cells, and refuses subjects who lack a modality', async () => {
      await expect(BASELINES.contrastive.fit(holedRequest)).rejects.toMatchObject({
        code: 'modality-mismatch',
        message: expect.stringMatching(/some subjects lack one\. Write missing: drop/),
      });
      const dataset = simulatedDataset(simulate('case1', { samples: 200, test: 40, seed: 1, missingCells: 0.1 }));
      const [{ blocks }] = await BASELINES.contrastive.fit({ ...holedRequest, dataset });
      expect(blocks.every(({ values }) => values.every(Number.isFinite))).toBe(true);
    });
  });
});
