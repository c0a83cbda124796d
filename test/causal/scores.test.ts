// Scores of GES: BDeu and the degenerate Gaussian score against closed forms, their equality for all DAGs of a class,
// and the results of GES with them.

import { describe, expect, test } from '@jest/globals';
import {
  bdeu,
  degenerateGaussian,
  discover,
  gaussianBic,
  ges,
  type DataColumn,
} from '../../src/causal/discovery/index.js';
import { direct, emptyGraph } from '../../src/causal/discovery/causal-graph.js';
import { classOfDag } from '../../src/causal/discovery/search/dag-classes.js';
import { logGamma } from '../../src/graph/special.js';
import { allDags, named, totalScore } from './all-dags.js';
import { edgeTexts } from './edge-texts.js';
import { generator, normals } from '../fixtures/numbers.js';

const column = (name: string, values: readonly number[]): DataColumn => ({ name, values: Float64Array.from(values) });

/** a → c ← b, c → d: a continuous, b of three levels, c continuous, d binary. */
function mixed(rows: number, seed: number): DataColumn[] {
  const next = generator(seed);
  const normal = normals(next);
  const a = Array.from({ length: rows }, normal);
  const b = a.map(() => Math.floor(3 * next()));
  const c = a.map((value, i) => value + [0, 1.5, -1][b[i]] + 0.7 * normal());
  const d = c.map((value) => (value + normal() > 0.3 ? 1 : 0));
  return [column('a', a), column('b', b), column('c', c), column('d', d)];
}

function discrete(rows: number, seed: number): DataColumn[] {
  const next = generator(seed);
  const a = Array.from({ length: rows }, () => Math.floor(2 * next()));
  const b = a.map(() => Math.floor(3 * next()));
  const c = a.map((value, i) => (next() < 0.8 ? (value === 1 ? 2 : Math.min(1, b[i])) : Math.floor(3 * next())));
  const d = c.map((value) => (next() < 0.85 ? Math.min(1, value) : Math.floor(2 * next())));
  return [column('a', a), column('b', b), column('c', c), column('d', d)];
}

/** a → c ← b, c → d. */
function truth() {
  const dag = emptyGraph(named(4));
  for (const [from, to] of [
    [0, 2],
    [1, 2],
    [2, 3],
  ]) {
    direct(dag, from, to);
  }
  return classOfDag(dag);
}

describe.each([
  ['BDeu', bdeu(discrete(60, 1), { equivalentSampleSize: 3, structurePrior: 0.8 })],
  ['the degenerate Gaussian score', degenerateGaussian(mixed(80, 2), 1.5)],
])('%s', (_, score) => {
  test('is the same for all DAGs of a class', () => {
    const first = new Map<string, number>();
    for (const dag of allDags(4)) {
      const key = classOfDag(dag).marks.join();
      const total = totalScore(score, dag);
      const known = first.get(key) ?? total;
      first.set(key, known);
      expect(Math.abs(total - known)).toBeLessThan(1e-9 * Math.abs(known));
    }
    expect(first.size).toBe(185);
  });
});

describe('BDeu', () => {
  const columns = [column('x', [0, 0, 1, 1, 1, 0]), column('y', [5, 5, 7, 7, 5, 5]), column('z', [1, 2, 3, 1, 2, 3])];

  test('matches the closed form in counts, prior weight and expected parents', () => {
    const score = bdeu(columns, { equivalentSampleSize: 4, structurePrior: 0.5 });
    const counted = (cells: readonly number[], weight: number) =>
      logGamma(weight) -
      logGamma(weight + cells.reduce((sum, cell) => sum + cell)) +
      cells.reduce((sum, cell) => sum + logGamma(cell + weight / cells.length) - logGamma(weight / cells.length), 0);
    // Each of the two other variables is a parent with probability 1/4.
    expect(score.score(1, [])).toBeCloseTo(counted([4, 2], 4) + 2 * Math.log(3 / 4), 10);
    const likelihood = counted([3, 0], 2) + counted([1, 2], 2);
    expect(score.score(1, [0])).toBeCloseTo(likelihood + Math.log(1 / 4) + Math.log(3 / 4), 10);
  });

  test('one row of a fair coin has the probability ½, and two equal rows that of the prior', () => {
    const once = bdeu([column('x', [0, 1]), column('y', [0, 0])], { equivalentSampleSize: 1, structurePrior: 0.5 });
    // Γ(1)/Γ(3) · Γ(3/2)²/Γ(1/2)²: 1/8.
    expect(once.score(0, [])).toBeCloseTo(Math.log(1 / 8) + Math.log(1 / 2), 12);
  });

  test('expects half a parent for two variables', () => {
    const [x, y] = columns;
    expect(bdeu([x, y]).score(0, [])).toBeCloseTo(bdeu([x, y], { structurePrior: 0.5 }).score(0, []), 12);
  });

  test('ignores rows with a missing value', () => {
    const gaps = columns.map(({ name, values }, i) => ({
      name,
      values: Float64Array.from([...values, i === 0 ? NaN : 1]),
    }));
    const score = bdeu(gaps);
    expect(score.rows).toBe(6);
    expect(score.score(1, [0, 2])).toBeCloseTo(bdeu(columns).score(1, [0, 2]), 10);
  });

  test('finds the class of a DAG', () => {
    const { graph } = discover(discrete(3000, 4), { algorithm: 'ges', score: 'bdeu' });
    expect(edgeTexts(graph)).toEqual(edgeTexts(truth()));
  });
});

describe('the degenerate Gaussian score', () => {
  test('of continuous columns is BIC', () => {
    const next = generator(3);
    const columns = ['x', 'y', 'z'].map((name) => column(name, Array.from({ length: 40 }, next)));
    for (const parents of [[], [1], [1, 2]]) {
      expect(degenerateGaussian(columns, 2).score(0, parents)).toBeCloseTo(
        gaussianBic(columns, 2).score(0, parents),
        10,
      );
    }
  });

  test('of two binary columns has their phi coefficient', () => {
    const x = [0, 0, 0, 0, 1, 1, 1, 1];
    const y = [2, 2, 2, 3, 3, 3, 3, 2];
    const score = degenerateGaussian([column('x', x), column('y', y)], 1);
    expect(score.score(1, [0])).toBeCloseTo(-(8 * Math.log(1 - 0.5 ** 2) + Math.log(8)) / 2, 10);
  });

  test('of levels is a multivariate regression: Wilks’ Λ, with a parameter per pair of indicators', () => {
    // For a continuous variable given three groups, Λ is the share of its variance within groups.
    const groups = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    const y = [1.5, 2.5, 3.5, 4, 5, 6.5, 1, 0.5, 3];
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value) / values.length;
    const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0);
    const within = [0, 1, 2].reduce((sum, group) => sum + squares(y.filter((_, i) => groups[i] === group)), 0);
    const score = degenerateGaussian([column('group', groups), column('y', y)], 1);
    const expected = -(9 * Math.log(within / squares(y)) + 2 * Math.log(9)) / 2;
    expect(score.score(1, [0])).toBeCloseTo(expected, 10);
    // The reverse direction subtracts the term of the groups alone.
    expect(score.score(0, [1]) - score.score(0, [])).toBeCloseTo(expected, 10);
  });

  test('accepts many levels that a parent nearly determines', () => {
    // Nine indicators have residual shares of 4 %, whose product is below the bound of one share.
    const next = generator(9);
    const original = Array.from({ length: 4000 }, () => Math.floor(10 * next()));
    const copy = original.map((value) => (next() < 0.98 ? value : Math.floor(10 * next())));
    const columns = [column('own', original), column('copy', copy), column('other', Array.from(original, next))];
    const score = degenerateGaussian(columns, 2);
    expect(score.score(1, [0]) - score.score(1, [])).toBeCloseTo(score.score(0, [1]) - score.score(0, []), 6);
    const { edges } = discover(columns, { algorithm: 'ges', score: 'degenerate-gaussian' });
    expect(edges.map(({ from, to }) => [from, to])).toEqual([['own', 'copy']]);
  });

  test('refuses levels that a parent determines', () => {
    const original = Array.from({ length: 60 }, (_, row) => row % 4);
    const score = degenerateGaussian([column('own', original), column('copy', original)]);
    expect(() => score.score(1, [0])).toThrow(expect.objectContaining({ code: 'collinear-columns' }));
  });

  test('finds the class of a DAG of continuous and discrete variables', () => {
    const results = Array.from({ length: 10 }, (_, seed) =>
      edgeTexts(discover(mixed(3000, 20 + seed), { algorithm: 'ges', score: 'degenerate-gaussian' }).graph).join(),
    );
    expect(results.filter((edges) => edges === edgeTexts(truth()).join()).length).toBeGreaterThanOrEqual(9);
  });

  test('a column twice is refused', () => {
    const columns = mixed(50, 5);
    const score = degenerateGaussian([...columns, { ...columns[1], name: 'again' }]);
    expect(() => ges(score)).toThrow(expect.objectContaining({ code: 'collinear-columns' }));
  });
});
