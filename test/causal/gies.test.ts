// GIES: local scores against least squares in NumPy, graphs against the published implementation in Python
// (test/golden/make_interventions.py), the best of all DAGs, and unlimited data.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  direct,
  emptyGraph,
  isDirected,
  setEdge,
  TAIL,
  type CausalGraph,
} from '../../src/causal/discovery/causal-graph.js';
import { compileEnvironments } from '../../src/causal/discovery/environments.js';
import { halfOf } from '../../src/causal/discovery/discover.js';
import { discover, discoverInParallel, gaussianBic, ges, type DataColumn } from '../../src/causal/discovery/index.js';
import { classOfDag, consistentDag } from '../../src/causal/discovery/search/dag-classes.js';
import { interventionalScore } from '../../src/causal/discovery/search/interventional-score.js';
import { generator } from '../fixtures/numbers.js';
import { allDags, population, randomDag, totalScore } from './all-dags.js';
import { edgeTexts } from './edge-texts.js';
import { sample } from './environment-data.js';

interface Case {
  readonly targets: number[][];
  readonly penalty: number;
  /** Environments × columns × rows. */
  readonly data: number[][][];
  readonly true: [number, number][];
  readonly essential: [number, number][];
  readonly gains: [variable: number, parents: number[], gain: number][];
  readonly graph: [number, number][];
  readonly gain: number;
  readonly centred: [number, number][];
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/interventions.json'), 'utf8')) as {
  cases: Case[];
};

const names = Array.from('abcdefghij', (name) => ({ name }));

/** Returns the columns, and the environments with their targets, of a case. */
function dataOf({ data, targets }: Case) {
  const columns = data[0].map((_, c): DataColumn => {
    const values = data.flatMap((environment) => environment[c]);
    return { name: names[c].name, values: Float64Array.from(values) };
  });
  const environments = {
    levels: data.flatMap((environment, e) => environment[0].map(() => `e${e}`)),
    targets: Object.fromEntries(targets.map((target, e) => [`e${e}`, target.map((i) => names[i].name)])),
  };
  return { columns, environments };
}

function scoreOf(one: Case) {
  const { columns, environments } = dataOf(one);
  const compiled = compileEnvironments(columns, environments);
  return interventionalScore(columns, compiled, gaussianBic, { penalty: one.penalty, means: 'shared' });
}

/** Returns a graph from the entries of an adjacency matrix: [i, j] and [j, i] for i – j. */
function graphOf(size: number, entries: readonly (readonly [number, number])[]): CausalGraph {
  const graph = emptyGraph(names.slice(0, size));
  for (const [i, j] of entries) {
    if (isDirected(graph, j, i)) setEdge(graph, i, j, TAIL, TAIL);
    else direct(graph, i, j);
  }
  return graph;
}

describe.each(cases.map((one, i) => [i, one] as const))('case %i of the published implementation', (_, one) => {
  const size = one.data[0].length;

  test('the local scores are those of least squares', () => {
    const score = scoreOf(one);
    for (const [variable, parents, gain] of one.gains) {
      expect(score.score(variable, parents) - score.score(variable, [])).toBeCloseTo(gain, 8);
    }
  });

  test('the essential graph of the true DAG is the same', () => {
    const essential = classOfDag(graphOf(size, one.true), one.targets);
    expect(edgeTexts(essential)).toEqual(edgeTexts(graphOf(size, one.essential)));
  });

  test('with shared means, the search ends at the same graph with the same score', () => {
    const { columns, environments } = dataOf(one);
    const options = { algorithm: 'gies', environments, penalty: one.penalty, means: 'shared' } as const;
    const { graph } = discover(columns, options);
    expect(edgeTexts(graph)).toEqual(edgeTexts(graphOf(size, one.graph)));
    const score = scoreOf(one);
    const gain = totalScore(score, consistentDag(graph)!) - totalScore(score, emptyGraph(names.slice(0, size)));
    expect(gain).toBeCloseTo(one.gain, 6);
  });

  test('with means of environments, the graph is that of the score of the package', () => {
    const { columns, environments } = dataOf(one);
    const { graph } = discover(columns, { algorithm: 'gies', environments, penalty: 1 });
    expect(edgeTexts(graph)).toEqual(edgeTexts(graphOf(size, one.centred)));
  });
});

describe('the search', () => {
  // With the covariances of 10⁹ rows, only the search can fail. Greedy steps do not always lead to the best class under
  // interventions (Wang, Solus, Yang & Uhler 2017).
  test('finds the class with unlimited data in 29 of 30 graphs', () => {
    const isBest = Array.from({ length: 30 }, (_, seed) => {
      const dag = randomDag(6, 0.3 + (seed % 4) / 10, 70 + seed);
      const next = generator(seed);
      const targets = [[], ...Array.from({ length: 2 }, () => [0, 1, 2, 3, 4, 5].filter(() => next() < 0.3))];
      const score = population(dag, 300 + seed, targets);
      const { graph } = ges(score);
      expect(totalScore(score, consistentDag(graph)!)).toBeLessThanOrEqual(totalScore(score, dag) + 1);
      return edgeTexts(graph).join() === edgeTexts(classOfDag(dag, targets)).join();
    });
    expect(isBest.filter(Boolean).length).toBe(29);
  });

  test('finds the best class of all DAGs of four variables', () => {
    for (const one of [1, 2, 3, 4]) {
      const dag = randomDag(4, 0.5, one);
      const targets = [[], [one % 4], [(one + 1) % 4, (one + 2) % 4]];
      const { columns, environments } = sample(dag, targets, 400, 10 + one);
      const compiled = compileEnvironments(columns, environments);
      const score = interventionalScore(columns, compiled, gaussianBic, { penalty: 2, means: 'environment' });
      const dags = allDags(4);
      const totals = dags.map((other) => totalScore(score, other));
      const best = dags[totals.indexOf(Math.max(...totals))];
      const { graph } = discover(columns, { algorithm: 'gies', environments });
      expect(edgeTexts(graph)).toEqual(edgeTexts(classOfDag(best, targets)));
    }
  });

  const chain = emptyGraph(names.slice(0, 3));
  direct(chain, 0, 1);
  direct(chain, 1, 2);

  test('directs a chain that observation cannot direct, and keeps true knowledge', () => {
    const { columns, environments } = sample(chain, [[], [2]], 300, 3);
    expect(edgeTexts(discover(columns, { algorithm: 'ges' }).graph)).toContain('a --- b');
    const options = { algorithm: 'gies', environments } as const;
    expect(edgeTexts(discover(columns, options).graph)).toEqual(['a --- b', 'b --> c']);
    const knowledge = { tiers: [['a'], ['b', 'c']] };
    expect(edgeTexts(discover(columns, { ...options, knowledge }).graph)).toEqual(['a --> b', 'b --> c']);
  });

  test('with means of environments, a shift of all columns gives no edge', () => {
    const { columns, environments } = sample(emptyGraph(names.slice(0, 3)), [[], [0]], 300, 5);
    const shifted = columns.map(({ name, values }) => ({
      name,
      values: values.map((v, row) => v + (row < 300 ? 0 : 2)),
    }));
    const edges = (means?: 'shared') => discover(shifted, { algorithm: 'gies', environments, means }).edges.length;
    expect(edges()).toBe(0);
    expect(edges('shared')).toBeGreaterThan(0);
  });

  test('ignores rows with a missing value', () => {
    const { columns, environments } = sample(chain, [[], [2]], 60, 4);
    const gaps = columns.map(({ name, values }, i) => ({
      name,
      values: values.map((v, row) => (row % 10 === i ? NaN : v)),
    }));
    const present = [...columns[0].values.keys()].filter((row) => row % 10 > 2);
    const complete = columns.map(({ name, values }) => ({
      name,
      values: Float64Array.from(present, (row) => values[row]),
    }));
    const levels = present.map((row) => environments.levels[row]);
    const all = discover(gaps, { algorithm: 'gies', environments });
    expect(all.maxRows).toBe(present.length);
    expect(all.edges).toMatchObject(
      discover(complete, { algorithm: 'gies', environments: { ...environments, levels } }).edges.map(
        ({ from, to }) => ({
          from,
          to,
        }),
      ),
    );
  });

  test('half-samples have half of every environment, on any number of threads', async () => {
    const { columns, environments } = sample(chain, [[], [2]], 40, 6);
    // Only seven rows of the second environment remain, so that unstratified halves would often miss it.
    const few = {
      columns: columns.map(({ name, values }) => ({ name, values: values.slice(0, 47) })),
      environments: { ...environments, levels: environments.levels.slice(0, 47) },
    };
    const options = { algorithm: 'gies', environments: few.environments, halfSamples: 6 } as const;
    for (const number of [0, 1]) {
      const { options: half } = halfOf(few.columns, options, number);
      expect(half.environments.levels.filter((level) => level === 'e1').length).toBe(3);
      expect(half.environments.levels.length).toBe(23);
    }
    const result = discover(few.columns, options);
    expect(result.edges.every(({ frequencies }) => frequencies !== undefined)).toBe(true);
    expect(JSON.stringify(await discoverInParallel(few.columns, { ...options, threads: 2 }))).toBe(
      JSON.stringify(result),
    );
  });
});

describe('what it refuses', () => {
  const { columns, environments } = sample(randomDag(3, 0.5, 1), [[], [0], [0, 1]], 30, 1);
  const { targets, levels } = environments;
  test.each([
    ['no environments', { environments: undefined }, /gies needs the environments/],
    ['unknown targets', { environments: { levels, targets: { e0: [] } } }, /does not know those of e1, e2/],
    ['a target that is no column', { environments: { levels, targets: { ...targets, e1: ['aa'] } } }, /'aa' of 'e1'/],
    ['targets of no level', { environments: { levels, targets: { ...targets, e9: ['a'] } } }, /'e9' is not a level/],
    ['a missing level', { environments: { levels: ['', ...levels.slice(1)], targets } }, /row 1 has no level/],
    ['too few levels', { environments: { levels: levels.slice(1), targets } }, /89 elements/],
    ['a level of one row', { environments: { levels: ['x', ...levels.slice(1)], targets } }, /only one row/],
    [
      'a column that every level sets',
      { environments: { levels, targets: { e0: ['a'], e1: ['a'], e2: ['a'] } } },
      /sets 'a'/,
    ],
    ['targets of the reference', { environments: { levels, reference: 'e1', targets } }, /has the targets a/],
    ['means of environments for levels', { score: 'degenerate-gaussian', means: 'environment' }, /leave out means/],
    ['ges', { algorithm: 'ges' }, /ges ignores them/],
  ] as [string, object, RegExp][])('%s', (_, options, message) => {
    const run = () => discover(columns, { algorithm: 'gies', environments, ...options });
    expect(run).toThrow(expect.objectContaining({ code: 'invalid-environments' }));
    expect(run).toThrow(message);
  });

  test('an unknown field', () => {
    const wrong = { ...environments, levles: levels } as object as typeof environments;
    expect(() => discover(columns, { algorithm: 'gies', environments: wrong })).toThrow(
      expect.objectContaining({ code: 'unknown-option' }),
    );
  });
});
