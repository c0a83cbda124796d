// Orientations that follow from colliders (Meek 1995): rules 1 to 3, repeated until nothing changes. Rule 4 is needed
// only with background knowledge. Definite max-p first applies rules 1 to 3 to its certain triples. No rule directs an
// edge against background knowledge or closes a directed cycle.

import { isAdjacent, isDirected, isUndirected, type CausalGraph } from '../causal-graph.js';
import { paths, unshieldedTriples, type DefiniteTriples, type Triple } from './colliders.js';
import type { CompiledKnowledge } from './knowledge.js';
import type { Orientation } from './orientation.js';

/** Nodes with i – j – l, i – k – l and i – l, where j and k are not adjacent. */
type Kite = readonly [i: number, j: number, k: number, l: number];

/** Orients undirected edges by Meek's rules. */
export function applyMeekRules(orientation: Orientation, knowledge: CompiledKnowledge): void {
  const { graph } = orientation;
  const unshielded = unshieldedTriples(graph);
  const triangles = findTriangles(graph);
  const kites = findKites(graph, triangles);
  repeat(orientation, knowledge, (orient) => {
    for (const [i, j, k] of unshielded) if (isDirected(graph, i, j)) orient(j, k);
    for (const [i, j, k] of triangles) if (isDirected(graph, i, j) && isDirected(graph, j, k)) orient(i, k);
    for (const [i, j, k, l] of kites) {
      const isOpen = isUndirected(graph, i, j) && isUndirected(graph, i, k);
      if (isOpen && isDirected(graph, j, l) && isDirected(graph, k, l)) orient(i, l);
      if (!knowledge.isEmpty) fourthRule(graph, [i, j, k, l], orient);
    }
  });
}

/** Applies rules 1 to 3 to triples that are certainly colliders or certainly not. */
export function applyDefiniteRules(
  orientation: Orientation,
  { colliders, nonColliders }: DefiniteTriples,
  knowledge: CompiledKnowledge,
): void {
  const { graph } = orientation;
  const triangles = findTriangles(graph);
  const kites = findKites(graph, triangles);
  const isListed = (triples: readonly Triple[]) => {
    const keys = new Set(triples.map((triple) => triple.join()));
    return (x: number, y: number, z: number) => keys.has([Math.min(x, z), y, Math.max(x, z)].join());
  };
  const isCollider = isListed(colliders);
  const isNonCollider = isListed(nonColliders);
  repeat(orientation, knowledge, (orient) => {
    for (const [i, j, k] of nonColliders) {
      if (isDirected(graph, i, j)) orient(j, k);
      else if (isDirected(graph, k, j)) orient(j, i);
    }
    for (const [i, j, k] of triangles) if (isDirected(graph, i, j) && isDirected(graph, j, k)) orient(i, k);
    for (const [i, j, k, l] of kites) if (isCollider(j, l, k) && isNonCollider(j, i, k)) orient(i, l);
  });
}

/**
 * Applies rule 4: orients d → c if d – a → b → c are the sides of a kite with the diagonal d – b, a and c are not
 * adjacent, and d – c is undirected.
 */
function fourthRule(graph: CausalGraph, [d, a, c, b]: Kite, orient: (from: number, to: number) => void): void {
  for (const [start, end] of [
    [a, c],
    [c, a],
  ]) {
    if (isDirected(graph, start, b) && isDirected(graph, b, end) && isUndirected(graph, d, start)) orient(d, end);
  }
}

/** Calls `pass` until it orients nothing more. */
function repeat(
  orientation: Orientation,
  knowledge: CompiledKnowledge,
  pass: (orient: (from: number, to: number) => void) => void,
): void {
  let isChanged = true;
  const orient = (from: number, to: number): void => {
    if (!isUndirected(orientation.graph, from, to) || !knowledge.allows(from, to)) return;
    if (orientation.closesCycle(from, to)) return;
    orientation.direct(from, to);
    isChanged = true;
  };
  while (isChanged) {
    isChanged = false;
    pass(orient);
  }
}

/** Returns all i – j – k – i, from every start and in both directions. */
function findTriangles(graph: CausalGraph): Triple[] {
  return paths(graph).filter(([i, , k]) => isAdjacent(graph, i, k));
}

function findKites(graph: CausalGraph, triangles: readonly Triple[]): Kite[] {
  const bySides = new Map<string, number[]>();
  for (const [i, j, l] of triangles) {
    const key = `${i},${l}`;
    const middles = bySides.get(key);
    if (middles === undefined) bySides.set(key, [j]);
    else middles.push(j);
  }
  return triangles.flatMap(([i, j, l]) =>
    bySides.get(`${i},${l}`)!.flatMap((k): Kite[] => (j < k && !isAdjacent(graph, j, k) ? [[i, j, k, l]] : [])),
  );
}
