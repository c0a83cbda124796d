// Latents, graphs, and targets of simulated studies are recovered.

import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { shuffleCauses, type Cause } from '../../src/data/causes.js';
import type { MomentProblem } from '../../src/moments/moment-problem.js';
import { momentProblem } from '../../src/moments/moments-of-causes.js';
import { searchMoments } from '../../src/moments/search-moments.js';
import { withoutNoise } from '../../src/moments/without-noise.js';
import { longTest } from '../fixtures/long.js';
import { interventionalData, scoreOf, type Design, type InterventionalData } from './interventional-data.js';
import { lightTunnel, measured } from './light-tunnel.js';

const CHAIN = { blocks: [3], parents: [[], [0], [1]], targets: [[0], [1], [2]], kind: 'perfect' } as const;

function problemOf(data: InterventionalData, causes = data.causes): MomentProblem {
  const { values, subjects, modalities } = data;
  return momentProblem(values, subjects, causes, { modalities, order: 'free', seed: 1 });
}

async function scoreOfBest(data: InterventionalData, problem = problemOf(data)) {
  const [fit] = await searchMoments(problem, { threads: 1 });
  return scoreOf(data, fit);
}

const simulated = (design: Design) => scoreOfBest(interventionalData(design));

/** Names the latent that each level acts on. */
function withTargets({ causes: [cause], targets }: InterventionalData): Cause[] {
  const named = targets.map((list, i) => [`level ${i + 1}`, list.map((latent) => `m1.z${latent + 1}`)] as const);
  return [{ ...cause, targets: Object.fromEntries(named) }];
}

describe('a chain of three latents in one modality, with a perfect level for each', () => {
  test.each([
    [10_000, 101, 0.999],
    [10_000, 102, 0.999],
    [10_000, 103, 0.999],
    [2000, 104, 0.995],
    [2000, 105, 0.995],
    [500, 106, 0.98],
    [500, 107, 0.98],
  ])('is recovered from %d subjects (seed %d)', async (rows, seed, mcc) => {
    const score = await simulated({ ...CHAIN, rows, seed });
    expect(score).toMatchObject({ shd: 0, open: 3, right: 3 });
    expect(score.mcc).toBeGreaterThan(mcc);
  });

  test('is recovered with known targets, which name the latents', async () => {
    const data = interventionalData({ ...CHAIN, rows: 2000, seed: 108 });
    const problem = problemOf(data, withTargets(data));
    const [fit] = await searchMoments(problem, { threads: 1 });
    expect(scoreOf(data, fit)).toMatchObject({ shd: 0, open: 3, right: 3 });
    expect([...fit.gates]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  test('is recovered in a given order, in which latents are exchanged', async () => {
    const data = interventionalData({ ...CHAIN, rows: 2000, seed: 109 });
    const [fit] = await searchMoments({ ...problemOf(data), order: 'given' }, { threads: 1 });
    expect(scoreOf(data, fit)).toMatchObject({ shd: 0, open: 3, right: 3 });
    expect([...fit.edges]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0]);
  });

  test.each([111, 112, 113])('has no targets if the levels are shuffled (seed %d)', async (seed) => {
    const data = interventionalData({ ...CHAIN, rows: 2000, seed });
    const fits = await searchMoments(problemOf(data, shuffleCauses(data.causes, seed)), { threads: 1 });
    expect(scoreOf(data, fits[0]).open).toBe(0);
    // Without levels, no rotation is better than another.
    expect(fits.length).toBeGreaterThan(1);
    expect(fits[1].objective).toBeCloseTo(fits[0].objective, 4);
  });
});

describe('two modalities with two edges, each from one latent to one latent', () => {
  const PAIR = { blocks: [2, 2], parents: [[], [], [0], [1]], rows: 10_000, isEven: true } as const;
  const allowedEdges = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);

  test.each(['soft', 'shift', 'perfect'] as const)('are recovered with one %s level', async (kind) => {
    for (const [seed, target] of [
      [121, 0],
      [122, 2],
    ]) {
      const data = interventionalData({ ...PAIR, targets: [[target]], kind, seed });
      const score = await scoreOfBest(data, { ...problemOf(data), allowedEdges, order: 'given' });
      expect(score).toMatchObject({ shd: 0, open: 1, right: 1 });
      expect(score.mcc).toBeGreaterThan(0.99);
    }
  });

  test('are not determined without levels', async () => {
    const data = interventionalData({ ...PAIR, targets: [], kind: 'soft', seed: 123 });
    const problem = { ...problemOf(data), allowedEdges, order: 'given' } as const;
    expect(problem.gates).toEqual([]);
    const score = await scoreOfBest(data, problem);
    expect(score.open).toBe(0);
    expect(score.mcc).toBeLessThan(0.99);
  });
});

describe('the light tunnel', () => {
  test.each([0, 1])('is recovered with unknown and with known targets (seed %d)', async (seed) => {
    const data = lightTunnel(seed, 3000);
    const unknown = await scoreOfBest(data);
    expect(unknown).toMatchObject({ shd: 0, open: 5, right: 5 });
    expect(unknown.mcc).toBeGreaterThan(0.999);
    const known = await scoreOfBest(data, problemOf(data, withTargets(data)));
    expect(known).toMatchObject({ shd: 0, open: 5, right: 5 });
    expect(known.mcc).toBeGreaterThan(0.999);
  });

  test('is recovered from noisy sensors if the noise is subtracted', async () => {
    const data = lightTunnel(2, 5000);
    const { values, noise } = measured(data, 0.05, 2);
    // The posterior mean of the values without noise.
    const shrunk = values.map((value, at) => value * (1 - noise[6 * (at % 5)]));
    const noisy = { ...data, values };
    const problem = problemOf(noisy);
    const covariance = Matrix.from1DArray(5, 5, [...noise]);
    const denoised = { ...data, values: withoutNoise(values, data.causes, covariance, data.subjects) };
    const clean = await scoreOfBest({ ...data, values: shrunk }, problemOf(denoised));
    expect(clean).toMatchObject({ shd: 0, open: 5, right: 5 });
    // The best linear prediction of the causes.
    const ceiling = [0, 1, 2, 3, 4].map((j) => Math.sqrt(explained(data, values, j)));
    expect(clean.mcc).toBeGreaterThan(ceiling.reduce((sum, value) => sum + value, 0) / 5 - 0.003);
    expect((await scoreOfBest(noisy, problem)).mcc).toBeLessThan(clean.mcc - 0.01);
  });
});

/** Returns the share of the variance of a cause that whitened, uncorrelated values explain. */
function explained({ z, subjects }: InterventionalData, values: Float32Array, cause: number): number {
  const rows = subjects.length;
  return [0, 1, 2, 3, 4].reduce((share, k) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += z[5 * i + cause] * values[5 * i + k];
    return share + (sum / rows) ** 2;
  }, 0);
}

test.each(['soft', 'shift'] as const)('a screen of many %s levels names the latent of each, or none', async (kind) => {
  const parents = [[], [], [], [], []];
  const targets = Array.from({ length: 23 }, (_, i) => (i < 16 ? [i % 5] : []));
  const score = await simulated({ blocks: [5], parents, targets, kind, rows: 8000, seed: 132 });
  expect(score).toMatchObject({ shd: 0, open: 16, right: 16 });
  expect(score.mcc).toBeGreaterThan(0.99);
});

test('several targets of a level are found', async () => {
  const score = await simulated({
    blocks: [4],
    parents: [[], [0], [], [1, 2]],
    targets: [[0], [1], [2], [3], [0, 3]],
    kind: 'perfect',
    rows: 6000,
    seed: 131,
  });
  expect(score).toMatchObject({ shd: 0, open: 6, right: 6 });
  expect(score.mcc).toBeGreaterThan(0.99);
});

longTest('a chain of twelve latents in one modality is recovered', async () => {
  const parents = Array.from({ length: 12 }, (_, i) => (i === 0 ? [] : [i - 1]));
  const targets = parents.map((_, i) => [i]);
  const score = await simulated({ blocks: [12], parents, targets, kind: 'perfect', rows: 10_000, seed: 141 });
  expect(score).toMatchObject({ shd: 0, open: 12, right: 12 });
  expect(score.mcc).toBeGreaterThan(0.99);
});
