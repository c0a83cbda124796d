// The links of latents that the evidence supports: only between associated modalities and replicated latents, and none
// that another latent of the modality could cause (docs/explanation/evidence.md).

import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../src/causal/index.js';
import type { HeldOutFold } from '../../src/evidence/cross-fit.js';
import { searchLatents, type LatentEvidence, type PairEvidence } from '../../src/evidence/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns } from '../fixtures/draws.js';

const nodes = latentNodes([
  { name: 'a', latents: 2 },
  { name: 'b', latents: 1 },
]);
const random = new RandomStream(1, 0);
const UNITS = 800;

/** Both latents of a cause that of b, the first one more strongly. */
function fold(hasForms = true): HeldOutFold {
  const [x, y, noise] = normalColumns(random, UNITS, 3);
  const units = [x, y, noise.map((value, i) => 0.9 * x[i] + 0.5 * y[i] + value)];
  const error = (truth: Float64Array) => truth.map((value) => value + 0.3 * random.normal());
  const forms = units.map((truth) => (hasForms ? { a: error(truth), b: error(truth) } : undefined));
  const [rows, removed] = [new Int32Array(), units.map(() => 0)];
  return { rows, ids: [], units, unrotated: units, forms, removed };
}

const pair = (associated: boolean): PairEvidence => {
  const p = associated ? 1e-6 : 0.4;
  return { first: 'a', second: 'b', subjects: 2 * UNITS, folds: [p, p], p, corrected: p, associated };
};

function latents(changes: Partial<LatentEvidence> = {}): LatentEvidence[] {
  const same = { agreement: 0.9, chance: 0, corrected: 0.9, p: 0.01, subspace: 0.9, fitted: 0.9, leak: 0 };
  return nodes.map(({ name }) => ({
    ...{ name, ...same, replicated: true, single: true },
    ...(name === 'a.z2' && changes),
  }));
}

const split = (...folds: HeldOutFold[]) => ({ folds, replication: [], agreement: [] });
const crossFit = { splits: [split(fold(), fold())], latents: [], minUnits: 20 };
const linksOf = async (pairs: readonly PairEvidence[], latentsOf: readonly LatentEvidence[]) =>
  (await searchLatents({ nodes, splits: crossFit.splits, pairs, latents: latentsOf, seed: 1 })).links;
const verdicts = (links: Awaited<ReturnType<typeof linksOf>>) =>
  Object.fromEntries(links.map(({ first, second, verdict, reason }) => [`${first} ${second}`, reason ?? verdict]));

describe('links of two latents with a third', () => {
  test('are supported between associated modalities, with correlations, intervals and p-values', async () => {
    const links = await linksOf([pair(true)], latents());
    expect(verdicts(links)).toEqual({ 'a.z1 b.z1': 'supported', 'a.z2 b.z1': 'supported' });
    for (const { association, direct, conditioning, q } of links) {
      for (const { lower, estimate, upper, p } of [association, direct]) {
        expect(lower).toBeLessThan(estimate);
        expect(estimate).toBeLessThan(upper);
        expect(p).toBeLessThan(0.01);
      }
      expect(conditioning.every((name) => name.startsWith('a.'))).toBe(true);
      expect(q).toBeGreaterThanOrEqual(direct.p);
    }
    expect(links.every(({ first, second }) => first[0] !== second[0])).toBe(true);
  });

  test('are not tested between modalities that are not associated', async () => {
    expect(await linksOf([pair(false)], latents())).toEqual([]);
  });

  test('are undecided if a latent is not replicated', async () => {
    const links = await linksOf([pair(true)], latents({ replicated: false, single: false }));
    expect(verdicts(links)).toEqual({ 'a.z1 b.z1': 'supported', 'a.z2 b.z1': 'not-replicated' });
  });

  test('are undecided if a mixture with another latent of the modality could cause them', async () => {
    const withLeak = async (leak: number) => verdicts(await linksOf([pair(true)], latents({ leak })))['a.z2 b.z1'];
    // The other latent has a correlation of 0.63 with b, this one 0.35 with an interval that begins near 0.3.
    expect(await withLeak(0.2)).toBe('supported');
    expect(await withLeak(0.7)).toBe('leak');
  });
});
