// Which nodes lie on a path between the ends of an edge: those of its biconnected component (Hopcroft & Tarjan 1973).

import { neighbours, type CausalGraph } from '../causal-graph.js';

/** For the ends of an edge, the nodes on paths between them, the ends included. Marks are not looked at. */
export function nodesBetween(graph: CausalGraph): (x: number, y: number) => ReadonlySet<number> {
  const size = graph.variables.length;
  const around = graph.variables.map((_, i) => neighbours(graph, i));
  const components = new Map<number, Set<number>>();
  /** When a node was entered, and the earliest node that an edge from below it leads back to. */
  const entered = new Int32Array(size).fill(-1);
  const earliest = new Int32Array(size);
  const edges: [number, number][] = [];
  let time = 0;
  for (let root = 0; root < size; root++) {
    if (entered[root] >= 0) continue;
    entered[root] = earliest[root] = time++;
    /** Nodes from the root on; `first` is the place of the edge that led to the node. */
    const path = [{ node: root, before: -1, next: 0, first: -1 }];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const { node, before, first } = at;
      if (at.next < around[node].length) {
        const other = around[node][at.next++];
        if (other === before || entered[other] > entered[node]) continue;
        edges.push([node, other]);
        if (entered[other] >= 0) {
          earliest[node] = Math.min(earliest[node], entered[other]);
        } else {
          entered[other] = earliest[other] = time++;
          path.push({ node: other, before: node, next: 0, first: edges.length - 1 });
        }
        continue;
      }
      path.pop();
      if (before < 0) continue;
      earliest[before] = Math.min(earliest[before], earliest[node]);
      if (earliest[node] < entered[before]) continue;
      // Nothing below `before` leads further back: the edges since then are one component.
      const component = edges.splice(first);
      const nodes = new Set(component.flat());
      for (const [i, j] of component) components.set(Math.min(i, j) * size + Math.max(i, j), nodes);
    }
  }
  return (x, y) => components.get(Math.min(x, y) * size + Math.max(x, y)) ?? new Set();
}
