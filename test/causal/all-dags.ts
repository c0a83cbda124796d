// All DAGs over a few variables, and random ones, for tests of searches.

import {
  direct,
  emptyGraph,
  isDirected,
  neighbours,
  type CausalGraph,
} from '../../src/causal/discovery/causal-graph.js';
import type { LocalScore } from '../../src/causal/discovery/index.js';
import { generator } from '../fixtures/numbers.js';

export const named = (size: number) => Array.from({ length: size }, (_, i) => ({ name: 'abcdefgh'[i] }));

export function allDags(size: number): CausalGraph[] {
  const pairs = Array.from({ length: size }, (_, i) => Array.from({ length: i }, (__, j) => [j, i])).flat();
  return Array.from({ length: 3 ** pairs.length }, (_, number) => {
    const graph = emptyGraph(named(size));
    for (const [p, [i, j]] of pairs.entries()) {
      const state = Math.floor(number / 3 ** p) % 3;
      if (state === 1) direct(graph, i, j);
      if (state === 2) direct(graph, j, i);
    }
    return graph;
  }).filter(isAcyclic);
}

export function isAcyclic(graph: CausalGraph): boolean {
  const remaining = new Set(graph.variables.keys());
  for (;;) {
    const source = [...remaining].find((node) => [...remaining].every((other) => !isDirected(graph, other, node)));
    if (source === undefined) return remaining.size === 0;
    remaining.delete(source);
  }
}

export function randomDag(size: number, density: number, seed: number): CausalGraph {
  const next = generator(seed);
  const order = named(size)
    .map((_, i) => [next(), i])
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i);
  const graph = emptyGraph(named(size));
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) if (next() < density) direct(graph, order[j], order[i]);
  return graph;
}

export function parentsIn(dag: CausalGraph, node: number): number[] {
  return neighbours(dag, node).filter((other) => isDirected(dag, other, node));
}

export function totalScore(local: LocalScore, dag: CausalGraph): number {
  return dag.variables.reduce((sum, _, i) => sum + local.score(i, parentsIn(dag, i)), 0);
}

/** Returns the BIC from the exact covariances of a linear model, as of 10⁹ rows; weights ±[0.5, 1.5], unit noise. */
export function population(dag: CausalGraph, seed: number): LocalScore {
  const next = generator(seed);
  const size = dag.variables.length;
  const rows = 1e9;
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  const done: number[] = [];
  while (done.length < size) {
    const node = [...dag.variables.keys()].find(
      (i) => !done.includes(i) && parentsIn(dag, i).every((other) => done.includes(other)),
    )!;
    const weights = parentsIn(dag, node).map((parent) => [parent, (0.5 + next()) * (next() < 0.5 ? -1 : 1)]);
    for (const other of done) {
      covariance[node][other] = weights.reduce((sum, [parent, weight]) => sum + weight * covariance[parent][other], 0);
      covariance[other][node] = covariance[node][other];
    }
    covariance[node][node] = weights.reduce((sum, [parent, weight]) => sum + weight * covariance[node][parent], 1);
    done.push(node);
  }
  // Gaussian elimination gives the residual variance of the last variable.
  const residual = (order: readonly number[]): number => {
    const matrix = order.map((i) => order.map((j) => covariance[i][j]));
    for (const [k, pivot] of matrix.entries()) {
      for (const row of matrix.slice(k + 1)) {
        const share = row[k] / pivot[k];
        for (let j = k; j < row.length; j++) row[j] -= share * pivot[j];
      }
    }
    return matrix[order.length - 1][order.length - 1];
  };
  const score = (variable: number, parents: readonly number[]): number =>
    -(rows * Math.log(residual([...parents, variable])) + parents.length * Math.log(rows)) / 2;
  return { variables: dag.variables, rows, score };
}
