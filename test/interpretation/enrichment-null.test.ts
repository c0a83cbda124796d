// Nulls of the tests of gene sets: random sets have uniform p-values, and shuffled scores give no findings.

import { describe, expect, it, test } from '@jest/globals';
import { competitiveTest, meanCorrelation, residualsOf } from '../../src/interpretation/enrichment/competitive-test.js';
import {
  overRepresentation,
  topGenes,
  type TopGenes,
} from '../../src/interpretation/enrichment/over-representation.js';
import { permutationTests, type PermutationTest } from '../../src/interpretation/enrichment/permutation-tests.js';
import { enrichment, rankGenes } from '../../src/interpretation/enrichment/ranked-genes.js';
import { benjaminiHochberg } from '../../src/quality/pair-test.js';
import { RandomStream } from '../../src/random/random-stream.js';

const normals = (count: number, random: RandomStream) => Float64Array.from({ length: count }, () => random.normal());
const randomSet = (genes: number, size: number, random: RandomStream) => random.permutation(genes).slice(0, size);

/** Returns the largest distance between the distribution of p-values and the uniform distribution. */
function distanceFromUniform(ps: readonly number[]): number {
  const sorted = [...ps].sort((a, b) => a - b);
  return Math.max(...sorted.map((p, i) => Math.max(p - i / ps.length, (i + 1) / ps.length - p)));
}

function tested(scores: Float64Array, sets: readonly Int32Array[], seed: number, isSigned = true): PermutationTest[] {
  const ranked = rankGenes(scores);
  const list = sets.map((set) => ({ size: set.length, score: enrichment(ranked, set, isSigned).score }));
  return permutationTests([{ ranked, isSigned, sets: list }], { seed, maxPermutations: 2000 })[0];
}

const smallerP = (tops: readonly TopGenes[], count: number, set: Int32Array): number =>
  Math.min(...tops.map(({ direction }) => overRepresentation(tops, count, set, direction).p));

const COUNT = 400;
/** Critical value of the distance of 400 p-values at a level of 0.001 (Kolmogorov). */
const CRITICAL = 1.95 / Math.sqrt(COUNT);

describe('random gene sets have uniform p-values', () => {
  const random = new RandomStream(7, 0);
  const scores = normals(500, random).map((score) => score + 0.3);
  const sets = Array.from({ length: COUNT }, (_, i) => randomSet(500, 5 + (i % 40), random));

  it.each([true, false])('of enrichment scores, signed: %s', (isSigned) => {
    const used = isSigned ? scores : scores.map(Math.abs);
    const ps = tested(used, sets, 3, isSigned).map(({ p }) => p);
    expect(distanceFromUniform(ps)).toBeLessThan(CRITICAL);
  });

  it('of mean loadings, on one latent and on two', () => {
    const second = normals(500, random);
    for (const loadings of [[scores], [scores, second]]) {
      const ps = sets.map((set) => competitiveTest(loadings, set, 0));
      expect(distanceFromUniform(ps)).toBeLessThan(CRITICAL);
    }
  });

  it('of over-representation, whose p-values are discrete and never too small', () => {
    const tops = topGenes(scores, 0.1);
    const ps = sets.map((set) => smallerP(tops, 500, set));
    for (const level of [0.01, 0.05, 0.2]) {
      const share = ps.filter((p) => p <= level).length / COUNT;
      expect(share).toBeLessThan(level + 3 * Math.sqrt((level * (1 - level)) / COUNT));
    }
  });
});

const LISTS = 60;

test('shuffled scores give no finding at q < 0.05 in 19 of 20 lists', () => {
  const random = new RandomStream(11, 0);
  const scores = normals(300, random).map((score) => Math.sinh(score));
  const sets = Array.from({ length: 40 }, (_, i) => randomSet(300, 5 + i, random));
  let [lists, tops] = [0, 0];
  for (let repetition = 0; repetition < LISTS; repetition++) {
    const shuffled = Float64Array.from(random.permutation(300), (gene) => scores[gene]);
    const qs = benjaminiHochberg(tested(shuffled, sets, repetition).map(({ p }) => p));
    const extreme = topGenes(shuffled, 0.1);
    const overlaps = benjaminiHochberg(sets.map((set) => smallerP(extreme, 300, set)));
    if (qs.some((q) => q < 0.05)) lists++;
    if (overlaps.some((q) => q < 0.05)) tops++;
  }
  const limit = 0.05 * LISTS + 3 * Math.sqrt(0.05 * 0.95 * LISTS);
  expect(lists).toBeLessThan(limit);
  expect(tops).toBeLessThan(limit);
});

test('a latent of pure noise is not enriched in correlated genes, unless their correlation is ignored', () => {
  const random = new RandomStream(13, 0);
  const [genes, subjects, size] = [200, 100, 15];
  const set = Int32Array.from({ length: size }, (_, gene) => gene);
  const common = normals(subjects, random);
  const values = Array.from({ length: genes }, (_, gene) => {
    return normals(subjects, random).map((noise, i) => (gene < size ? (common[i] + noise) / Math.SQRT2 : noise));
  });
  const rejected = { permutation: 0, competitive: 0 };
  for (let repetition = 0; repetition < 100; repetition++) {
    const latent = normals(subjects, random);
    const scores = Float64Array.from(values, (gene) => gene.reduce((sum, value, i) => sum + value * latent[i], 0));
    const residuals = residualsOf(genes, (g) => values[g], [latent]);
    const p = competitiveTest([scores], set, meanCorrelation(residuals, set), residuals.degrees);
    if (p < 0.05) rejected.competitive++;
    if (tested(scores, [set], repetition)[0].p < 0.05) rejected.permutation++;
  }
  expect(rejected.competitive).toBeLessThan(12);
  expect(rejected.permutation).toBeGreaterThan(30);
});

describe('permutations', () => {
  const random = new RandomStream(5, 0);
  const scores = normals(300, random);
  const top = rankGenes(scores).order.slice(0, 20);

  it('find a set of the highest genes, with the smallest possible p', () => {
    const [test] = tested(scores, [top], 1);
    expect(test).toMatchObject({ isMinimum: true, p: 1 / (test.permutations + 1) });
    expect(test.normalised).toBeGreaterThan(2);
    const [mirrored] = tested(
      scores.map((score) => -score),
      [top],
      1,
    );
    expect(mirrored.normalised).toBeLessThan(-2);
  });

  it('give the same numbers for the same seed, however many lists are tested', () => {
    const ranked = rankGenes(scores);
    const list = { ranked, isSigned: true, sets: [{ size: 20, score: 0.4 }] };
    const options = { seed: 9, maxPermutations: 1500 };
    const [alone] = permutationTests([list], options);
    expect(permutationTests([list, list], options)).toEqual([alone, alone]);
    expect(permutationTests([list], { ...options, seed: 10 })).not.toEqual([alone]);
  });

  it('stop early for a set like random ones', () => {
    const ranked = rankGenes(scores);
    const sets = [{ size: 20, score: 0.1 }];
    const [[{ permutations }]] = permutationTests([{ ranked, isSigned: true, sets }], { seed: 1 });
    expect(permutations).toBeLessThan(1000);
  });

  it('end when the signal is aborted', () => {
    const ranked = rankGenes(scores);
    const sets = [{ size: 20, score: 0.99 }];
    const call = () => permutationTests([{ ranked, isSigned: true, sets }], { seed: 1, signal: AbortSignal.abort() });
    expect(call).toThrow('aborted');
  });
});
