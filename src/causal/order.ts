// Causal order: tests if a graph is acyclic, and finds an order in which every cause precedes its effects (Kahn 1962).

import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import type { LatentGraph } from './graph.js';

type Topology = Pick<LatentGraph, 'nodes' | 'edges' | 'causes'>;

/** Returns the node names of one directed cycle, each a cause of the next, the last of the first; null if acyclic. */
export function findCycle(graph: Topology): string[] | null {
  checkArgument('graph', graph, { nodes: [{ name: 'text' }], edges: [{ from: 'text', to: 'text' }] });
  const { remaining } = sort(graph);
  if (remaining.size === 0) return null;
  // Every remaining node has a remaining parent, so a walk backwards must return to a node that it has visited.
  const parentOf = new Map(
    graph.edges.filter(({ from, to }) => remaining.has(from) && remaining.has(to)).map(({ from, to }) => [to, from]),
  );
  const path: string[] = [];
  let node = [...remaining][0];
  while (!path.includes(node)) {
    path.push(node);
    node = parentOf.get(node)!;
  }
  const cycle = path.slice(path.indexOf(node)).reverse();
  const first = graph.nodes.find(({ name }) => cycle.includes(name))!.name;
  return [...cycle.slice(cycle.indexOf(first)), ...cycle.slice(0, cycle.indexOf(first))];
}

/**
 * Returns the names of all nodes, causes before effects. Observed causes come first, because nothing causes them. Ties
 * follow the node order.
 * @throws InputError `cyclic-graph`, naming a cycle.
 */
export function topologicalOrder(graph: Topology): string[] {
  const cycle = findCycle(graph);
  if (cycle !== null) {
    throw new InputError('cyclic-graph', `the graph has no causal order: ${[...cycle, cycle[0]].join(' → ')}`, {
      cycle,
    });
  }
  return [...(graph.causes ?? []).map(({ name }) => name), ...sort(graph).order];
}

function sort({ nodes, edges }: Topology): { order: string[]; remaining: Set<string> } {
  const remaining = new Set(nodes.map(({ name }) => name));
  const order: string[] = [];
  for (;;) {
    const blocked = new Set(edges.filter(({ from }) => remaining.has(from)).map(({ to }) => to));
    const free = nodes.find(({ name }) => remaining.has(name) && !blocked.has(name));
    if (free === undefined) return { order, remaining };
    remaining.delete(free.name);
    order.push(free.name);
  }
}
