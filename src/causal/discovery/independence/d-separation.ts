// The oracle: the independences of a known DAG, by reachability along active trails (Koller & Friedman 2009, algorithm
// 3.1). It shows the result of an algorithm when no test is wrong.

import { checkArgument } from '../../../errors/argument.js';
import { InputError } from '../../../errors/errors.js';
import { didYouMean } from '../../../errors/suggestion.js';
import { checkCausalGraph, isAdjacent, isDirected, positions, type CausalGraph } from '../causal-graph.js';
import type { IndependenceTest } from './independence.js';

/**
 * Returns a test whose p is 1 for variables that the DAG separates and 0 otherwise.
 * @param names names of the observed variables, in the order of the test; all when left out
 * @throws InputError `not-a-dag`, `unknown-variable`
 */
export function dSeparation(dag: CausalGraph, names?: readonly string[]): IndependenceTest {
  checkCausalGraph('dSeparation', dag);
  if (names !== undefined) checkArgument('dSeparation: observed', names, ['text']);
  const observed = names ?? dag.variables.map(({ name }) => name);
  const size = dag.variables.length;
  const parents = Array.from({ length: size }, (_, i) => range(size).filter((j) => isDirected(dag, j, i)));
  const children = Array.from({ length: size }, (_, i) => range(size).filter((j) => isDirected(dag, i, j)));
  checkDag(dag, parents, children);

  function isConnected(x: number, y: number, conditioning: ReadonlySet<number>): boolean {
    const observedBelow = closure(conditioning, parents);
    const seen = new Set<number>();
    // An odd state means that the trail arrived from a parent, an even one from a child.
    const open = [2 * x];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (seen.has(state)) continue;
      seen.add(state);
      const node = state >> 1;
      const isFromParent = state % 2 === 1;
      if (node === y) return true;
      if (!conditioning.has(node)) for (const child of children[node]) open.push(2 * child + 1);
      const isPassable = isFromParent ? observedBelow.has(node) : !conditioning.has(node);
      if (isPassable) for (const parent of parents[node]) open.push(2 * parent);
    }
    return false;
  }

  const position = positions(dag.variables);
  const known = observed.map((name) => {
    const at = position.get(name);
    if (at !== undefined) return at;
    throw new InputError('unknown-variable', `the DAG has no variable "${name}"${didYouMean(name, position.keys())}`);
  });
  return {
    variables: known.map((at) => dag.variables[at]),
    resolution: 0,
    test: (x, y, conditioning) => ({
      p: isConnected(known[x], known[y], new Set(conditioning.map((i) => known[i]))) ? 0 : 1,
      rows: 0,
    }),
  };
}

/** Returns the nodes and all their ancestors. */
function closure(nodes: Iterable<number>, parents: readonly (readonly number[])[]): Set<number> {
  const reached = new Set<number>();
  const open = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    open.push(...parents[node]);
  }
  return reached;
}

function checkDag(
  graph: CausalGraph,
  parents: readonly (readonly number[])[],
  children: readonly (readonly number[])[],
): void {
  const names = graph.variables.map(({ name }) => name);
  for (const [i, name] of names.entries()) {
    const directed = new Set([...parents[i], ...children[i]]);
    const other = range(names.length).find((j) => isAdjacent(graph, i, j) && !directed.has(j));
    if (other !== undefined) {
      throw new InputError('not-a-dag', `the edge ${name} – ${names[other]} is not directed; every edge must be`);
    }
    if (parents[i].some((parent) => closure([parent], parents).has(i))) {
      throw new InputError('not-a-dag', `${name} is an ancestor of itself; a DAG has no cycle`);
    }
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
