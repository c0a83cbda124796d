// What colliders imply about the other edges (Meek 1995): rules 1 to 3 until nothing changes; rule 4 too where there is
// background knowledge, without which it has nothing to do. Definite max-p first applies the first three where its
// triples are certain. No edge is turned against background knowledge, none closes a directed cycle.

import { isAdjacent, isDirected, isUndirected, type CausalGraph } from '../causal-graph.js';
import { paths, unshieldedTriples, type DefiniteTriples, type Triple } from './colliders.js';
import type { CompiledKnowledge } from './knowledge.js';
import type { Orientation } from './orientation.js';

/** i – j – l and i – k – l, j and k not adjacent, i – l. */
type Kite = readonly [i: number, j: number, k: number, l: number];

/** Orients undirected edges. */
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

/** Rules 1 to 3 from triples that are certainly colliders or certainly not. */
export function applyDefiniteRules(
  orientation: Orientation,
  { colliders, others }: DefiniteTriples,
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
  const isOther = isListed(others);
  repeat(orientation, knowledge, (orient) => {
    for (const [i, j, k] of others) {
      if (isDirected(graph, i, j)) orient(j, k);
      else if (isDirected(graph, k, j)) orient(j, i);
    }
    for (const [i, j, k] of triangles) if (isDirected(graph, i, j) && isDirected(graph, j, k)) orient(i, k);
    for (const [i, j, k, l] of kites) if (isCollider(j, l, k) && isOther(j, i, k)) orient(i, l);
  });
}

/**
 * d – a → b → c around the kite with the diagonal d – b: then d → c, when a and c are not adjacent and d – c is open.
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

/** i – j – k – i, every way round. */
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
