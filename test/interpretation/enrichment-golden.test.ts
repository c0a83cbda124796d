// Tests of gene sets, compared with R (phyper, limma) and with a NumPy program that follows the definition of the
// enrichment score (test/golden/make_enrichment.R, make_enrichment.py).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { competitiveTest, meanCorrelation, residualsOf } from '../../src/interpretation/enrichment/competitive-test.js';
import { hypergeometricTail } from '../../src/interpretation/enrichment/over-representation.js';
import { permutationTests } from '../../src/interpretation/enrichment/permutation-tests.js';
import { enrichment, rankGenes } from '../../src/interpretation/enrichment/ranked-genes.js';

interface Python {
  readonly scores: number[];
  readonly cases: { set: number[]; exponent: number; score: number; leading: number[] }[];
  readonly rounded: number[];
  readonly ties: { set: number[]; score: number }[];
  readonly few: number[];
  readonly exact: { set: number[]; score: number; p: number; normalised: number }[];
}
interface R {
  readonly hypergeometric: { genes: number; set: number; top: number; overlap: number; p: number }[];
  readonly scores: number[];
  readonly competitive: { set: number[]; correlation: number; p: number }[];
  readonly lists: number[][];
  readonly joint: { set: number[]; p: number }[];
  readonly correlated: { values: number[][]; latents: number[][]; correlation: number };
}

const read = (name: string): unknown => JSON.parse(readFileSync(`test/golden/${name}`, 'utf8'));
const python = read('enrichment.json') as Python;
const r = read('enrichment_r.json') as R;

describe('enrichment scores', () => {
  const scores = Float64Array.from(python.scores);

  it.each(python.cases)('of $set.length genes, exponent $exponent', ({ set, exponent, score, leading }) => {
    const result = enrichment(rankGenes(scores, exponent), Int32Array.from(set));
    expect(result.score).toBeCloseTo(score, 12);
    expect([...result.leadingEdge].sort((a, b) => a - b)).toEqual(leading);
  });

  it('do not depend on the order of genes with equal scores', () => {
    const rounded = Float64Array.from(python.rounded);
    const reversed = Float64Array.from(rounded).reverse();
    for (const { set, score } of python.ties) {
      expect(enrichment(rankGenes(rounded), Int32Array.from(set)).score).toBeCloseTo(score, 12);
      const mirrored = Int32Array.from(set, (gene) => rounded.length - 1 - gene);
      expect(enrichment(rankGenes(reversed), mirrored).score).toBeCloseTo(score, 12);
    }
  });

  it('have p-values and means near those of all sets of the same size', () => {
    const ranked = rankGenes(Float64Array.from(python.few));
    const sets = python.exact.map(({ set, score }) => ({ size: set.length, score }));
    const [tests] = permutationTests([{ ranked, isSigned: true, sets }], { seed: 1 });
    for (const [i, { p, normalised, permutations }] of tests.entries()) {
      const exact = python.exact[i];
      expect(Math.abs(p - exact.p)).toBeLessThan(4 * Math.sqrt((exact.p * (1 - exact.p)) / permutations) + 2e-3);
      expect(normalised / exact.normalised).toBeCloseTo(1, 1);
    }
  });
});

describe('tests of over-representation', () => {
  it('have the hypergeometric tails of R', () => {
    expect(r.hypergeometric.length).toBeGreaterThan(50);
    for (const { genes, set, top, overlap, p } of r.hypergeometric) {
      const tail = hypergeometricTail(genes, set, top, overlap);
      expect(Math.abs(tail - p)).toBeLessThan(1e-10);
      expect(Math.abs(Math.log(tail / p))).toBeLessThan(1e-10);
    }
  });

  it('are 1 or 0 outside the possible overlaps', () => {
    expect(hypergeometricTail(10, 8, 7, 5)).toBe(1);
    expect(hypergeometricTail(10, 3, 7, 4)).toBe(0);
  });
});

describe('tests with correlated genes', () => {
  const scores = Float64Array.from(r.scores);

  it.each(r.competitive)('of $set.length genes agree with cameraPR', ({ set, correlation, p }) => {
    const test = competitiveTest([scores], Int32Array.from(set), correlation);
    expect(Math.abs(Math.log(test / p))).toBeLessThan(1e-9);
  });

  it.each(r.joint)("of $set.length genes on three latents agree with Hotelling's test", ({ set, p }) => {
    const test = competitiveTest(r.lists.map(toDoubles), Int32Array.from(set), 0);
    expect(Math.abs(Math.log(test / p))).toBeLessThan(1e-9);
  });

  it('of several latents do not depend on their axes', () => {
    const [a, b] = r.lists.map(toDoubles);
    const mixed = [a.map((score, g) => 0.6 * score - 2 * b[g]), a.map((score, g) => score + 0.1 * b[g])];
    for (const { set, correlation } of r.competitive) {
      const tests = [[a, b], mixed].map((axes) => competitiveTest(axes, Int32Array.from(set), correlation, 20));
      expect(tests[1] / tests[0]).toBeCloseTo(1, 9);
    }
  });

  it('of latents without differences have p = 1', () => {
    expect(competitiveTest([new Float64Array(9).fill(2)], Int32Array.of(1, 2), 0)).toBe(1);
  });

  it('have the mean correlation of interGeneCorrelation', () => {
    const { values, latents, correlation } = r.correlated;
    const residuals = residualsOf(values.length, (g) => Float64Array.from(values[g]), latents.map(toDoubles));
    expect(residuals.degrees).toBe(22);
    expect(meanCorrelation(residuals, Int32Array.from(values.keys()))).toBeCloseTo(correlation, 12);
  });
});

function toDoubles(values: readonly number[]): Float64Array {
  return Float64Array.from(values);
}
