// Layouts of a page, which has no Graphviz.

import { describe, expect, test } from '@jest/globals';
import { drawnGraph } from '../../src/causal/blocks.js';
import { ARROW, graphEdges, graphFromEdges, TAIL } from '../../src/causal/discovery/causal-graph.js';
import { graphFromAdjacency } from '../../src/causal/index.js';
import { labelPlaces } from '../../src/web/curves.js';
import { layoutCausalGraph } from '../../src/web/platform/report-causal-layout.js';
import { layoutGraph } from '../../src/web/platform/report-graph-layout.js';

test('labels of crossing edges hide neither each other nor the other edge', () => {
  // a.z1 → b.z2 and a.z2 → b.z1.
  const adjacency = new Float64Array(16);
  adjacency[3 * 4] = 1;
  adjacency[2 * 4 + 1] = 1;
  const modalities = ['a', 'b'].map((name) => ({ name, latents: 2 }));
  const graph = drawnGraph(graphFromAdjacency(modalities, adjacency));
  const { edges } = layoutGraph(graph, {
    nodes: graph.nodes.map(() => ({ width: 42, height: 42 })),
    clusterLabels: ['a', 'b'],
    clusterLabelSize: 13,
    causes: [],
    causeEdges: [],
  });
  const [first, second] = edges.map(({ label }) => label);
  expect(Math.abs(first.x - second.x) >= 40 || Math.abs(first.y - second.y) >= 17).toBe(true);
  expect(edges.every(({ label }) => Math.abs(label.x - (edges[0].tip.x + 51) / 2) > 1)).toBe(true);
});

test('the label of a single curve is in its middle', () => {
  const line = [0, 30, 60, 90].map((x) => ({ x, y: 0 }));
  expect(labelPlaces([line])).toEqual([{ x: 45, y: 0 }]);
  expect(labelPlaces([])).toEqual([]);
});

describe('a graph of discovery', () => {
  const variables = ['a.x', 'a.y', 'b.x', 'c.x', 'age'].map((name) => {
    return { name, ...(name.includes('.') && { modality: name.split('.')[0] }) };
  });
  const pairs = [
    ['a.x', 'a.y'],
    ['a.x', 'b.x'],
    ['a.y', 'c.x'],
    ['b.x', 'c.x'],
  ];
  const graph = graphFromEdges(
    variables,
    pairs.map(([from, to]) => ({ from, to, fromMark: TAIL, toMark: ARROW })),
  );
  const boxes = variables.map(({ name }) => ({ width: 20 + 8 * name.length, height: 28 }));
  const layout = layoutCausalGraph(graph, boxes, { width: 46, height: 17 });

  test('has a column for each modality, and no box hides another', () => {
    const [ax, ay, bx, cx, age] = layout.nodes;
    expect([ax.x === ay.x, ax.x < bx.x, bx.x < cx.x, cx.x < age.x]).toEqual([true, true, true, true]);
    expect(ay.y - ax.y).toBeGreaterThan(28);
    for (const [i, { x, y }] of layout.nodes.entries()) {
      expect(x - boxes[i].width / 2).toBeGreaterThanOrEqual(0);
      expect(x + boxes[i].width / 2).toBeLessThanOrEqual(layout.width);
      expect(y + 14).toBeLessThanOrEqual(layout.height);
    }
  });

  test('has edges that end at the sides of boxes, above the columns that they pass', () => {
    const position = new Map(variables.map(({ name }, i) => [name, i]));
    expect(layout.labels).toHaveLength(pairs.length);
    for (const [e, { from, to }] of graphEdges(graph).entries()) {
      const spline = layout.edges[e];
      for (const [name, point] of [
        [from, spline[0]],
        [to, spline.at(-1)!],
      ] as const) {
        const i = position.get(name)!;
        expect([Math.abs(point.x - layout.nodes[i].x), point.y]).toEqual([boxes[i].width / 2, layout.nodes[i].y]);
      }
    }
    const passing = layout.edges.filter(({ length }) => length === 7);
    expect(passing).toHaveLength(1);
    expect(passing[0][3].y).toBeLessThan(Math.min(...layout.nodes.map(({ y }) => y)) - 14);
  });
});
