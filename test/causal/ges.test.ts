// GES: counts of equivalence classes, equivalence of the score, the best of all DAGs, and classes recovered from data.

import { describe, expect, test } from '@jest/globals';
import {
  direct,
  emptyGraph,
  isDirected,
  neighbours,
  type CausalGraph,
} from '../../src/causal/discovery/causal-graph.js';
import { classOfDag, consistentDag } from '../../src/causal/discovery/search/dag-classes.js';
import {
  discover,
  discoverInParallel,
  causalGraphFromMatrix,
  gaussianBic,
  ges,
  type DataColumn,
} from '../../src/causal/discovery/index.js';
import { generator, normals } from '../fixtures/numbers.js';
import { listFiles, readColumns, readText, withCausalLearnTests } from './causal-learn-data.js';
import { allDags, isAcyclic, named, population, randomDag, totalScore } from './all-dags.js';
import { edgeTexts } from './edge-texts.js';

const dags = allDags(4);
const text = (graph: CausalGraph) => graph.marks.join();

describe('equivalence classes', () => {
  test('every class has a DAG that belongs to it', () => {
    for (const dag of dags) {
      const result = consistentDag(classOfDag(dag))!;
      expect(isAcyclic(result)).toBe(true);
      expect(text(classOfDag(result))).toBe(text(classOfDag(dag)));
    }
  });

  test('a square without colliders represents no DAG', () => {
    const square = classOfDag(emptyGraph(named(4)));
    for (const [i, j] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 0],
    ]) {
      square.marks[i * 4 + j] = -1;
      square.marks[j * 4 + i] = -1;
    }
    expect(consistentDag(square)).toBeUndefined();
  });
});

/** Returns data of a linear model over a DAG with weights ±[0.5, 1.5] and unit noise. */
function simulate(dag: CausalGraph, rows: number, seed: number): DataColumn[] {
  const next = generator(seed);
  const normal = normals(next);
  const values = dag.variables.map(() => Float64Array.from({ length: rows }, normal));
  const done = new Set<number>();
  while (done.size < values.length) {
    const node = values.findIndex(
      (_, i) => !done.has(i) && neighbours(dag, i).every((other) => !isDirected(dag, other, i) || done.has(other)),
    );
    for (const parent of neighbours(dag, node).filter((other) => isDirected(dag, other, node))) {
      const weight = (0.5 + next()) * (next() < 0.5 ? -1 : 1);
      for (let row = 0; row < rows; row++) values[node][row] += weight * values[parent][row];
    }
    done.add(node);
  }
  return dag.variables.map(({ name }, i) => ({ name, values: values[i] }));
}

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

describe('the score', () => {
  const score = gaussianBic(simulate(randomDag(4, 0.6, 3), 200, 4));
  const totals = dags.map((dag) => totalScore(score, dag));

  test('is the same for all DAGs of a class', () => {
    const first = new Map<string, number>();
    for (const [d, dag] of dags.entries()) {
      const known = first.get(text(classOfDag(dag))) ?? totals[d];
      first.set(text(classOfDag(dag)), known);
      expect(Math.abs(totals[d] - known)).toBeLessThan(1e-9 * Math.abs(known) + 1e-9);
    }
  });

  test('is the log-likelihood minus ½ ln n per parent', () => {
    // y = 2 x + e with x and e orthogonal and of variance 1: the residual share of the variance of y is 1/5.
    const x = Float64Array.from({ length: 8 }, (_, i) => (i < 4 ? 1 : -1));
    const y = x.map((value, i) => 2 * value + (i % 2 === 0 ? 1 : -1));
    const bic = gaussianBic([
      { name: 'x', values: x },
      { name: 'y', values: y },
    ]);
    expect(bic.score(1, [])).toBeCloseTo(0, 12);
    expect(bic.score(1, [0])).toBeCloseTo(-(8 * Math.log(1 / 5) + Math.log(8)) / 2, 12);
    const dearer = gaussianBic(bic.variables as DataColumn[], 3);
    expect(dearer.score(1, [0])).toBeCloseTo(-(8 * Math.log(1 / 5) + 3 * Math.log(8)) / 2, 12);
  });
});

describe('the search', () => {
  test.each(seeds)('finds the best class of all DAGs of four variables, data set %i', (seed) => {
    const score = gaussianBic(simulate(randomDag(4, 0.5, seed), 1000, 100 + seed));
    const scores = dags.map((dag) => totalScore(score, dag));
    const best = dags[scores.indexOf(Math.max(...scores))];
    expect(edgeTexts(ges(score).graph)).toEqual(edgeTexts(classOfDag(best)));
  });

  // With the covariances of 10⁹ rows, only the search can fail.
  test.each(Array.from({ length: 30 }, (_, i) => i + 1))('finds the class with unlimited data, graph %i', (seed) => {
    const dag = randomDag(7, 0.2 + (seed % 4) / 10, 50 + seed);
    expect(edgeTexts(ges(population(dag, 200 + seed)).graph)).toEqual(edgeTexts(classOfDag(dag)));
  });

  test('finds the class of a DAG in a sample', () => {
    const dag = emptyGraph(named(6));
    for (const [cause, effect] of [
      [0, 2],
      [1, 2],
      [2, 3],
      [3, 4],
      [5, 4],
    ]) {
      direct(dag, cause, effect);
    }
    const { graph, tests, maxRows } = discover(simulate(dag, 5000, 6), { algorithm: 'ges' });
    expect(edgeTexts(graph)).toEqual(edgeTexts(classOfDag(dag)));
    expect(tests).toBeGreaterThan(30);
    expect(maxRows).toBe(5000);
  });

  test('a higher penalty excludes an edge that a lower one includes', () => {
    const data = simulate(randomDag(6, 0.4, 11), 400, 12);
    const edges = [0.05, 1, 2, 1000].map(
      (penalty) => edgeTexts(discover(data, { algorithm: 'ges', penalty }).graph).length,
    );
    expect(edges[0]).toBeGreaterThan(edges[1]);
    expect(edges[1]).toBeGreaterThanOrEqual(edges[2]);
    expect(edges[3]).toBe(0);
    const defaults = discover(data, { algorithm: 'ges' }).graph;
    expect(edgeTexts(defaults)).toEqual(edgeTexts(discover(data, { algorithm: 'ges', penalty: 2 }).graph));
  });

  test('respects maxParents', () => {
    const dag = emptyGraph(named(4));
    for (const cause of [0, 1, 2]) direct(dag, cause, 3);
    const data = simulate(dag, 2000, 9);
    expect(edgeTexts(discover(data, { algorithm: 'ges' }).graph)).toEqual(['a --> d', 'b --> d', 'c --> d']);
    const { graph } = discover(data, { algorithm: 'ges', maxConditioning: 1 });
    const member = consistentDag(graph)!;
    for (const [i] of member.variables.entries()) {
      expect(neighbours(member, i).filter((other) => isDirected(member, other, i)).length).toBeLessThan(2);
    }
  });

  test('gives the same half-sample results on several threads', async () => {
    const data = simulate(randomDag(5, 0.5, 7), 300, 8);
    const options = { algorithm: 'ges', halfSamples: 6, threshold: 0.5 } as const;
    const plain = (result: ReturnType<typeof discover>) => JSON.stringify(result);
    expect(plain(await discoverInParallel(data, { ...options, threads: 2 }))).toBe(plain(discover(data, options)));
  });
});

withCausalLearnTests('identical to causal-learn', () => {
  const expected = [
    ...listFiles('linear_discrete_10', /^linear_(?<n>\d+)_ges_local_score_BIC_none_none\.txt$/).map(
      ({ path, groups }) => [path, `linear_discrete_10/data_linear_${groups.n}.txt.gz`],
    ),
    ...listFiles('simulated_5node', /^(?<name>test_ges_\w+)_CPDAG\.txt$/).map(({ path, groups }) => [
      path,
      `simulated_5node/${groups.name}_data.txt.gz`,
    ]),
  ];

  test('there is something to compare', () => {
    expect(expected.length).toBeGreaterThanOrEqual(2);
  });

  test.each(expected)('%s', (path, data) => {
    // These files were written when the default penalty was 2.
    const { graph } = discover(readColumns(data), { algorithm: 'ges', penalty: 2 });
    expect([...graph.marks]).toEqual([...causalGraphFromMatrix(readText(path)).marks]);
  });
});

describe('what it refuses', () => {
  const data = simulate(randomDag(4, 0.5, 1), 50, 1);
  test.each([
    [
      'knowledge against itself',
      data,
      {
        knowledge: {
          required: [
            ['a', 'b'],
            ['b', 'a'],
          ],
        },
      },
      'contradictory-knowledge',
    ],
    ['an unknown score', data, { score: 'bde' }, 'unknown-score'],
    ['an equivalent sample size of 0', data, { score: 'bdeu', equivalentSampleSize: 0 }, 'invalid-prior'],
    ['more expected parents than variables', data, { score: 'bdeu', structurePrior: 3 }, 'invalid-prior'],
    ['measurements by BDeu', simulate(randomDag(4, 0.5, 1), 300, 1), { score: 'bdeu' }, 'too-many-levels'],
    ['a test', data, { test: 'kci' }, 'unsupported-test'],
    ['a penalty of 0', data, { penalty: 0 }, 'invalid-penalty'],
    ['a column twice', [...data, { name: 'copy', values: data[0].values }], {}, 'collinear-columns'],
    ['a constant column', [...data, { name: 'flat', values: data[0].values.map(() => 1) }], {}, 'constant-column'],
    [
      'no row without missing values',
      data.map(({ name, values }, i) => ({ name, values: values.map((value, row) => (row % 4 === i ? NaN : value)) })),
      {},
      'too-few-rows',
    ],
  ] as [string, DataColumn[], object, string][])('%s', (_, columns, options, code) => {
    expect(() => discover(columns, { algorithm: 'ges', ...options })).toThrow(expect.objectContaining({ code }));
  });
});
