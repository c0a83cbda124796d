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

/**
 * Returns the BIC from the exact covariances of a linear model, as of 10⁹ rows; weights ±[0.5, 1.5], unit noise.
 * @param targets variables without parents in each of several environments of the same size
 */
export function population(dag: CausalGraph, seed: number, targets?: readonly (readonly number[])[]): LocalScore {
  const next = generator(seed);
  const environments = targets ?? [[]];
  const rows = 1e9;
  const order = causesFirst(dag);
  const weights = new Map(
    order.map((node) => [
      node,
      parentsIn(dag, node).map((parent) => [parent, (0.5 + next()) * (next() < 0.5 ? -1 : 1)] as const),
    ]),
  );
  const covariances = environments.map((target) =>
    covarianceOf(order, (node) => (target.includes(node) ? [] : weights.get(node)!)),
  );
  // The rows of a local score are those of all environments that do not set the variable.
  const score = (variable: number, parents: readonly number[]): number => {
    const unset = covariances.filter((_, e) => !environments[e].includes(variable));
    const mean = (i: number, j: number) => unset.reduce((sum, covariance) => sum + covariance[i][j] / unset.length, 0);
    const share = unset.length / environments.length;
    return -(share * rows * Math.log(residual([...parents, variable], mean)) + parents.length * Math.log(rows)) / 2;
  };
  return { variables: dag.variables, rows, score, ...(targets && { targets }) };
}

/** Returns the variables in an order in which causes precede their effects. */
export function causesFirst(dag: CausalGraph): number[] {
  const order: number[] = [];
  while (order.length < dag.variables.length) {
    const isNext = (i: number) => !order.includes(i) && parentsIn(dag, i).every((parent) => order.includes(parent));
    order.push([...dag.variables.keys()].find(isNext)!);
  }
  return order;
}

type Weights = readonly (readonly [parent: number, weight: number])[];

function covarianceOf(order: readonly number[], weightsOf: (node: number) => Weights): Float64Array[] {
  const covariance = order.map(() => new Float64Array(order.length));
  for (const [at, node] of order.entries()) {
    const weights = weightsOf(node);
    for (const other of order.slice(0, at)) {
      covariance[node][other] = weights.reduce((sum, [parent, weight]) => sum + weight * covariance[parent][other], 0);
      covariance[other][node] = covariance[node][other];
    }
    covariance[node][node] = weights.reduce((sum, [parent, weight]) => sum + weight * covariance[node][parent], 1);
  }
  return covariance;
}

/** Returns the residual variance of the last variable given the others, by Gaussian elimination. */
function residual(order: readonly number[], covariance: (i: number, j: number) => number): number {
  const matrix = order.map((i) => order.map((j) => covariance(i, j)));
  for (const [k, pivot] of matrix.entries()) {
    for (const row of matrix.slice(k + 1)) {
      const share = row[k] / pivot[k];
      for (let j = k; j < row.length; j++) row[j] -= share * pivot[j];
    }
  }
  return matrix[order.length - 1][order.length - 1];
}
