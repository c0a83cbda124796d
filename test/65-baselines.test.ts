// The baselines: their losses against closed forms in double precision, and what each finds on a simulation.

import { describe, expect, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import { betaVae } from '../src/baselines/beta-vae.js';
import { causalVae } from '../src/baselines/causal-vae.js';
import { contrastive } from '../src/baselines/contrastive.js';
import { BASELINES } from '../src/baselines/index.js';
import type { BaselineGraph } from '../src/baselines/training.js';
import { divergence, posteriorOf } from '../src/baselines/variational.js';
import { simulate, simulatedDataset } from '../src/data/simulate.js';
import { measure } from '../src/experiments/measure.js';
import { constant, data } from '../src/graph/index.js';
import { latentLayout } from '../src/models/layout.js';
import { evaluate } from '../src/graph/reference.js';
import { generator } from './numbers.js';

const PAIR = ['left', 'right'].map((name) => ({ name, columns: 4, latents: 2, exogenous: 1 }));
const batch = 5;
const layout = latentLayout(PAIR);
const next = generator(7);
// Single precision, as constants of a graph are kept.
const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * next() - 1);
const x = [constant(numbers(2 * 4 * batch), [1, 2, 4, batch])];
const labels = constant(numbers(4 * batch), [1, 4, batch]);
const noise = {
  normal: (_name: string, shape: readonly number[]) => constant(numbers(shape.reduce((a, b) => a * b)), shape),
  uniform: () => {
    throw new TypeError('no baseline draws uniform noise');
  },
};

/** A random number for every parameter. */
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

  test('InfoNCE is the cross-entropy of picking the own partner by distance, both ways', () => {
    const graph = contrastive(layout, 1);
    const temperature = 500;
    const latents = graph.latents(x);
    const [loss, found] = evaluate([graph.loss(x, noise, labels, constant([temperature], [1])), latents], {
      parameters: parametersOf(graph),
    });
    const point = (modality: number, subject: number) => [0, 1].map((i) => found[(2 * modality + i) * batch + subject]);
    const score = (a: number, b: number) => {
      const [p, q] = [point(0, a), point(1, b)];
      return Math.exp(-((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2) / temperature);
    };
    const subjects = Array.from({ length: batch }, (_, i) => i);
    const missed = (against: (a: number, b: number) => number) =>
      subjects.reduce(
        (sum, a) => sum - Math.log(against(a, a) / subjects.reduce((total, b) => total + against(a, b), 0)),
        0,
      ) / batch;
    expect(loss[0]).toBeCloseTo((missed(score) + missed((a, b) => score(b, a))) / 2, 8);
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
    const wanted = inverse(Matrix.sub(Matrix.eye(4), structure)).mmul(Matrix.from1DArray(4, batch, epsilon));
    for (const [at, value] of wanted.to1DArray().entries()) expect(z[at]).toBeCloseTo(value, 8);
  });

  test('labels enter the supervised CausalVAE alone, β only scales the divergence', () => {
    const weight = constant([1], [1]);
    const other = constant(numbers(4 * batch), [1, 4, batch]);
    const still = { ...noise, normal: (_: string, shape: readonly number[]) => data('noise', shape) };
    for (const supervised of [false, true]) {
      const graph = causalVae(supervised)(layout, 1);
      const feeds = { parameters: parametersOf(graph), data: { noise: numbers(4 * batch) } };
      const [a, b] = evaluate(
        [labels, other].map((given) => graph.loss(x, still, given, weight)),
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
    dataset: simulatedDataset(simulation),
    truth: { z: simulation.z, adjacency: simulation.adjacency },
    seed: 1,
    effort: 0.08,
    threads: 1,
  };

  test('contrastive learning finds what modalities share; the same seed gives the same bits', async () => {
    const estimates = await BASELINES.contrastive(request);
    expect(estimates.map(({ setting, blocks }) => [setting, blocks.map(({ latents }) => latents)])).toEqual([
      ['τ 0.1', [2, 2]],
      ['τ 0.3', [2, 2]],
      ['τ 1', [2, 2]],
    ]);
    const best = Math.max(...estimates.map((estimate) => measure(simulation, estimate).r2));
    expect(best).toBeGreaterThan(0.75);
    expect(await BASELINES.contrastive(request)).toEqual(estimates);
  });

  test('supervised CausalVAE follows its labels, without labels it does not', async () => {
    const mcc = async (method: 'causal-vae-supervised' | 'causal-vae-unsupervised') => {
      const estimates = await BASELINES[method](request);
      return Math.max(...estimates.map((estimate) => measure(simulation, estimate).mcc));
    };
    const supervised = await mcc('causal-vae-supervised');
    expect(supervised).toBeGreaterThan(0.85);
    expect(await mcc('causal-vae-unsupervised')).toBeLessThan(supervised);
  });

  test('β-VAE: blocks of causal and exogenous latents together, per modality or one for all', async () => {
    const perModality = await BASELINES['beta-vae'](request);
    expect(perModality[0].blocks.map(({ latents, values }) => [latents, values.length])).toEqual([
      [3, 3 * 2600],
      [3, 3 * 2600],
    ]);
    const concatenated = await BASELINES['beta-vae-concatenated'](request);
    expect(concatenated[0].blocks.map(({ latents }) => latents)).toEqual([6]);
    const { mcc, shd } = measure(simulation, concatenated[1]);
    expect(mcc).toBeGreaterThan(0.3);
    expect(shd).toBeNull();
  });

  test('contrastive learning refuses other than two modalities', async () => {
    const dataset = { ...request.dataset, modalities: request.dataset.modalities.slice(0, 1) };
    await expect(BASELINES.contrastive({ ...request, dataset })).rejects.toMatchObject({ code: 'modality-mismatch' });
  });
});
