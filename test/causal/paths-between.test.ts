// The nodes on paths between the ends of an edge, and their use in FCI.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { graphFromEdges, neighbours, TAIL, type CausalGraph } from '../../src/causal/discovery/causal-graph.js';
import { discover } from '../../src/causal/discovery/index.js';
import { nodesBetween } from '../../src/causal/discovery/search/biconnected.js';
import { generator, normals } from '../fixtures/numbers.js';

function graphOf(size: number, isEdge: (i: number, j: number) => boolean): CausalGraph {
  const variables = Array.from({ length: size }, (_, i) => ({ name: `v${i}` }));
  const edges = variables.flatMap((from, i) =>
    variables
      .slice(0, i)
      .filter((_, j) => isEdge(i, j))
      .map((to) => ({ from: from.name, to: to.name, fromMark: TAIL, toMark: TAIL }) as const),
  );
  return graphFromEdges(variables, edges);
}

/** Returns the nodes by definition: those on any simple path from x to y. */
function onPaths(graph: CausalGraph, x: number, y: number): Set<number> {
  const nodes = new Set<number>();
  const extend = (path: number[]): void => {
    const last = path[path.length - 1];
    if (last === y) for (const node of path) nodes.add(node);
    else for (const next of neighbours(graph, last)) if (!path.includes(next)) extend([...path, next]);
  };
  extend([x]);
  return nodes;
}

describe('nodes between the ends of an edge', () => {
  test('are those on a path, on random graphs', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, size, tenths) => {
          const next = generator(seed);
          const graph = graphOf(size, () => next() < tenths / 10);
          const between = nodesBetween(graph);
          for (let x = 0; x < size; x++) {
            for (const y of neighbours(graph, x)) {
              expect([...between(x, y)].sort()).toEqual([...onPaths(graph, x, y)].sort());
            }
          }
        },
      ),
      { numRuns: 150, seed: 73 },
    );
  });

  test('of a long chain, without recursion', () => {
    const between = nodesBetween(graphOf(300, (i, j) => i === j + 1));
    expect([...between(7, 8)].sort()).toEqual([7, 8]);
  });
});

test('FCI makes no tests on a chain that no path requires', () => {
  const normal = normals(generator(5));
  const columns = Array.from({ length: 9 }, (_, i) => ({ name: `v${i}`, values: new Float64Array(400) }));
  for (let row = 0; row < 400; row++) {
    for (let i = 0; i < 9; i++) columns[i].values[row] = (i === 0 ? 0 : columns[i - 1].values[row]) + normal();
  }
  const [pc, fci] = (['pc', 'fci'] as const).map((algorithm) => discover(columns, { algorithm, alpha: 0.001 }));
  expect(fci.edges.length).toBe(8);
  expect(fci.tests).toBe(pc.tests);
});
