// The nodes on paths between the ends of an edge: those of its biconnected component (Hopcroft & Tarjan 1973).

import { neighbours, type CausalGraph } from '../causal-graph.js';

/** Returns a function from the ends of an edge to the nodes on paths between them, ends included. Ignores marks. */
export function nodesBetween(graph: CausalGraph): (x: number, y: number) => ReadonlySet<number> {
  const size = graph.variables.length;
  const around = graph.variables.map((_, i) => neighbours(graph, i));
  const components = new Map<number, Set<number>>();
  /**
   * The time when a node was entered, and the time of the earliest node that an edge from its subtree leads back to.
   */
  const entered = new Int32Array(size).fill(-1);
  const earliest = new Int32Array(size);
  const edges: [number, number][] = [];
  let time = 0;
  for (let root = 0; root < size; root++) {
    if (entered[root] >= 0) continue;
    entered[root] = earliest[root] = time++;
    /** The path from the root. `first` is the position in `edges` of the edge that led to the node. */
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
      // No edge from this subtree leads back beyond `before`, so the edges since `first` form one component.
      const component = edges.splice(first);
      const nodes = new Set(component.flat());
      for (const [i, j] of component) components.set(Math.min(i, j) * size + Math.max(i, j), nodes);
    }
  }
  return (x, y) => components.get(Math.min(x, y) * size + Math.max(x, y)) ?? new Set();
}
