// GIES: local scores against least squares in NumPy, graphs against the published implementation in Python
// (test/golden/make_interventions.py), the best of all DAGs, and unlimited data.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { direct, emptyGraph, isDirected, setEdge, TAIL, type CausalGraph } from '../../src/causal/discovery/causal-graph.js';
import { compileEnvironments } from '../../src/causal/discovery/environments.js';
import { discover, discoverInParallel, gaussianBic, type DataColumn } from '../../src/causal/discovery/index.js';
import { classOfDag, consistentDag } from '../../src/causal/discovery/search/dag-classes.js';
import { interventionalScore } from '../../src/causal/discovery/search/interventional-score.js';
import { allDags, totalScore } from './all-dags.js';
import { edgeTexts } from './edge-texts.js';

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
function dataOf({ data, targets }: Case, isCentred = false) {
  const columns = data[0].map((_, c): DataColumn => {
    const values = data.flatMap((environment) => {
      const rows = environment[c];
      const mean = isCentred ? rows.reduce((sum, value) => sum + value, 0) / rows.length : 0;
      return rows.map((value) => value - mean);
    });
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
  return interventionalScore(columns, compileEnvironments(columns, environments), gaussianBic, one.penalty);
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

  test('the search ends at the same graph with the same score', () => {
    const { columns, environments } = dataOf(one);
    const { graph } = discover(columns, { algorithm: 'gies', environments, penalty: one.penalty });
    expect(edgeTexts(graph)).toEqual(edgeTexts(graphOf(size, one.graph)));
    const score = scoreOf(one);
    const gain = totalScore(score, consistentDag(graph)!) - totalScore(score, emptyGraph(names.slice(0, size)));
    expect(gain).toBeCloseTo(one.gain, 6);
  });

  test('without the means of the environments, the graph is that of its own score', () => {
    const { columns, environments } = dataOf(one, true);
    const { graph } = discover(columns, { algorithm: 'gies', environments, penalty: 1 });
    expect(edgeTexts(graph)).toEqual(edgeTexts(graphOf(size, one.centred)));
  });
});
