// Interventional essential graphs (Hauser & Bühlmann 2012) against the enumeration of all DAGs: two DAGs are equivalent
// if they have the same skeleton and colliders before and after every intervention.

import { describe, expect, test } from '@jest/globals';
import {
  ARROW,
  copyGraph,
  emptyGraph,
  isAdjacent,
  isDirected,
  removeEdge,
  setEdge,
  TAIL,
  type CausalGraph,
} from '../../src/causal/discovery/causal-graph.js';
import { classOfDag, consistentDag } from '../../src/causal/discovery/search/dag-classes.js';
import { subsets } from '../../src/causal/discovery/search/subsets.js';
import { generator } from '../fixtures/numbers.js';
import { allDags } from './all-dags.js';

/** Returns the skeleton and the colliders of a DAG as a text. */
function markovKey(dag: CausalGraph): string {
  const nodes = [...dag.variables.keys()];
  const edges = nodes.flatMap((i) => nodes.filter((j) => j > i && isAdjacent(dag, i, j)).map((j) => `${i}-${j}`));
  const colliders = nodes.flatMap((y) =>
    nodes.flatMap((x) =>
      nodes
        .filter((z) => z > x && isDirected(dag, x, y) && isDirected(dag, z, y) && !isAdjacent(dag, x, z))
        .map((z) => `${x}>${y}<${z}`),
    ),
  );
  return `${edges.join()}|${colliders.join()}`;
}

/** Returns the DAG without the edges into the targets. */
function intervened(dag: CausalGraph, target: readonly number[]): CausalGraph {
  const cut = copyGraph(dag);
  for (const y of target) for (const x of dag.variables.keys()) if (isDirected(dag, x, y)) removeEdge(cut, x, y);
  return cut;
}

/** Returns, for every DAG, the union of all DAGs that are equivalent under the interventions. */
function unions(dags: readonly CausalGraph[], targets: readonly (readonly number[])[]): CausalGraph[] {
  const groups = new Map<string, CausalGraph[]>();
  const keys = dags.map((dag) => [dag, ...targets.map((target) => intervened(dag, target))].map(markovKey).join('/'));
  for (const [d, dag] of dags.entries()) groups.set(keys[d], [...(groups.get(keys[d]) ?? []), dag]);
  const byKey = new Map([...groups].map(([key, members]) => [key, union(members)]));
  return keys.map((key) => byKey.get(key)!);
}

function union(members: readonly CausalGraph[]): CausalGraph {
  const result = emptyGraph(members[0].variables);
  for (const i of result.variables.keys()) {
    for (const j of result.variables.keys()) {
      if (i >= j || !isAdjacent(members[0], i, j)) continue;
      const isForward = members.some((dag) => isDirected(dag, i, j));
      const isBackward = members.some((dag) => isDirected(dag, j, i));
      setEdge(result, i, j, isForward ? TAIL : ARROW, isBackward ? TAIL : ARROW);
    }
  }
  return result;
}

const text = (graph: CausalGraph) => graph.marks.join();

describe('the essential graph is the union of the class', () => {
  const four = allDags(4);
  const targets = [...subsets([0, 1, 2, 3])];
  // Families that differ only in the names of the variables give the same graphs with other names.
  const first = [[0], [0, 1], [0, 1, 2]];
  const families = first.flatMap((one) => targets.map((other) => [one, other]));

  test('of every DAG of four variables, for every pair of interventions', () => {
    for (const family of families) {
      const expected = unions(four, family);
      for (const [d, dag] of four.entries()) expect(text(classOfDag(dag, family))).toBe(text(expected[d]));
    }
  });

  test('of 29,281 DAGs of five variables, for random interventions', () => {
    const five = allDags(5);
    expect(five.length).toBe(29_281);
    const next = generator(5);
    const family = Array.from({ length: 3 }, () => [0, 1, 2, 3, 4].filter(() => next() < 0.35));
    const expected = unions(five, family);
    const wrong = five.filter((dag, d) => text(classOfDag(dag, family)) !== text(expected[d]));
    expect(wrong.length).toBe(0);
  });

  test('has a DAG that belongs to the class', () => {
    for (const dag of four) {
      const graph = classOfDag(dag, [[1], [2, 3]]);
      expect(text(classOfDag(consistentDag(graph)!, [[1], [2, 3]]))).toBe(text(graph));
    }
  });
});

test('one intervention on each variable but one identifies every DAG', () => {
  for (const dag of allDags(4)) expect(text(classOfDag(dag, [[0], [1], [2]]))).toBe(text(dag));
});
