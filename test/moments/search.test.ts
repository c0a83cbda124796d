// How a search runs: the same result for every number of threads, stops, progress, and errors.

import { describe, expect, test } from '@jest/globals';
import type { MomentProblem } from '../../src/moments/moment-problem.js';
import { momentProblem } from '../../src/moments/moments-of-causes.js';
import { searchMoments } from '../../src/moments/search-moments.js';
import { interventionalData } from './interventional-data.js';

function problemOf(latents: number, rows: number): MomentProblem {
  const parents = Array.from({ length: latents }, (_, i) => (i === 0 ? [] : [i - 1]));
  const targets = parents.map((_, i) => [i]);
  const data = interventionalData({ blocks: [latents], parents, targets, kind: 'perfect', rows, seed: 151 });
  return momentProblem(data.values, data.subjects, data.causes, {
    modalities: data.modalities,
    order: 'free',
    seed: 2,
  });
}

const small = problemOf(3, 500);
/** Takes seconds, so that a test can stop it. */
const large = problemOf(14, 3000);

describe('a search', () => {
  test('has the same bits with any number of threads, and in a second run', async () => {
    const fits = await Promise.all([1, 2, 3].map((threads) => searchMoments(small, { threads })));
    expect(fits[1]).toEqual(fits[0]);
    expect(fits[2]).toEqual(fits[0]);
    expect(await searchMoments(small)).toEqual(fits[0]);
  });

  test('gives latents of variance 1 and consistent figures', async () => {
    for (const { maps, edges, gates, likelihood, objective } of await searchMoments(small, { threads: 1 })) {
      const price = (prices: Float64Array, of: Uint8Array, at: (i: number) => number): number =>
        of.reduce((sum, isThere, i) => sum + isThere * prices[at(i)], 0);
      const prices =
        price(small.edgePrices, edges, (i) => i) + price(small.gatePrices, gates, (i) => Math.floor(i / 3));
      expect(objective).toBeCloseTo(prices - likelihood, 10);
      // The values are whitened, and the environments have equal sizes.
      for (let i = 0; i < 3; i++) {
        const row = maps.subarray(3 * i, 3 * i + 3);
        expect(row.reduce((sum, value) => sum + value ** 2, 0)).toBeCloseTo(1, 4);
        expect(row.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)).toBeGreaterThan(0);
      }
    }
  });

  test('returns near-ties, but none that only adds to a better structure', async () => {
    const fits = await searchMoments(small, { threads: 1 });
    expect(fits.length).toBeGreaterThan(1);
    const orders = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b, 3 - a - b])).filter(([a, b]) => a !== b);
    const contains = (larger: Uint8Array, smaller: Uint8Array, at: (i: number) => number): boolean =>
      smaller.every((isThere, i) => isThere <= larger[at(i)]);
    fits.forEach((fit, i) => {
      for (const better of fits.slice(0, i)) {
        const isExtension = orders.some(
          (order) =>
            contains(fit.edges, better.edges, (at) => order[Math.floor(at / 3)] * 3 + order[at % 3]) &&
            contains(fit.gates, better.gates, (at) => Math.floor(at / 3) * 3 + order[at % 3]),
        );
        expect(isExtension).toBe(false);
      }
    });
  });

  test('returns the best optimum first', async () => {
    const problem = { ...small, gates: [], allowedGates: new Uint8Array(), known: undefined };
    const objectives = (await searchMoments({ ...problem, gatePrices: new Float64Array() })).map(
      (fit) => fit.objective,
    );
    expect(objectives.length).toBeGreaterThan(1);
    expect(objectives).toEqual([...objectives].sort((a, b) => a - b));
  });

  test('stops when its signal is aborted, and rejects with the reason', async () => {
    const reason = new Error('enough');
    const aborting = new AbortController();
    const onProgress = (): void => aborting.abort(reason);
    await expect(searchMoments(large, { threads: 2, signal: aborting.signal, onProgress })).rejects.toBe(reason);
    await expect(searchMoments(small, { signal: aborting.signal })).rejects.toBe(reason);
  });

  test('reports progress, and stops if that throws', async () => {
    const shares: number[] = [];
    const error = new Error('from the caller');
    const running = searchMoments(large, {
      onProgress: (share) => {
        shares.push(share);
        if (shares.length === 4) throw error;
      },
    });
    await expect(running).rejects.toBe(error);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });

  test('leaves the event loop free', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await searchMoments(problemOf(5, 1000), { threads: 1 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('errors of a search', () => {
  test.each<[string, Partial<MomentProblem>, RegExp]>([
    ['no environment', { environments: [] }, /no environment/],
    ['weights', { environments: small.environments.slice(1) }, /weights must sum to 1/],
    ['allowedEdges', { allowedEdges: new Uint8Array(8) }, /allowedEdges must have 9 elements, not 8/],
    ['gates', { gates: [{ effect: 'soft', environments: [7] }, ...small.gates.slice(1)] }, /names member 7 of 4/],
    ['terms', { gates: [{ effect: 'shift', terms: [0] }, ...small.gates.slice(1)] }, /names member 0 of 0/],
    ['known', { known: new Uint8Array(9).fill(1), allowedGates: new Uint8Array(9) }, /a known gate must be allowed/],
    ['prices', { edgePrices: new Float64Array(9).fill(NaN) }, /edgePrices must be finite/],
    ['seed', { seed: -1 }, /seed/],
    ['starts', { starts: [new Float64Array(4)] }, /a start must have 9 elements/],
  ])('%s', async (_, changes, message) => {
    const failure = searchMoments({ ...small, ...changes });
    await expect(failure).rejects.toMatchObject({ name: 'InputError', code: 'invalid-argument' });
    await expect(failure).rejects.toThrow(message);
  });

  test('moments that are not numbers', async () => {
    const environments = small.environments.map((one) => ({ ...one, covariance: new Float64Array(9).fill(NaN) }));
    await expect(searchMoments({ ...small, environments })).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
