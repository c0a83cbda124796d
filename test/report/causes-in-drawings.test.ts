// Observed causes in drawings of the graph: squares to the left of the latents, arrows for effects, and dashed lines
// without arrowheads for associations.

import { describe, expect, test } from '@jest/globals';
import { drawnGraph } from '../../src/causal/blocks.js';
import { graphFromAdjacency, type CauseEdge, type CauseNode, type LatentGraph } from '../../src/causal/index.js';
import { causeGroups, groupLabel, groupText } from '../../src/report/cause-groups.js';
import { layoutGraph as graphvizLayout } from '../../src/report/graph-layout.js';
import { graphSvg } from '../../src/report/index.js';
import { layoutGraph as webLayout } from '../../src/web/platform/report-graph-layout.js';
import { findAll, readXml, type XmlElement } from '../fixtures/xml-reader.js';

const latents = graphFromAdjacency(
  [
    { name: 'rna', latents: 2 },
    { name: 'protein', latents: 1 },
  ],
  [0, 0, 0, 0, 0, 0, 1, 0, 0],
);
const guide: CauseNode = {
  name: 'guide',
  kind: 'categorical',
  levels: ['none', 'STAT1', 'JAK2', '<IRF1>'],
  assigned: true,
  effect: 'perfect',
};
const age: CauseNode = { name: 'age', kind: 'continuous', reference: 40, assigned: false, effect: 'soft' };
const sex: CauseNode = { name: 'sex', kind: 'categorical', levels: ['f', 'm'], assigned: false, effect: 'soft' };
const causeEdges: CauseEdge[] = [
  { from: 'guide', level: 'STAT1', to: 'rna.z1', effect: -1.2 },
  { from: 'guide', level: 'JAK2', to: 'rna.z1', effect: -0.8 },
  { from: 'guide', level: '<IRF1>', to: 'rna.z1', effect: -0.4 },
  { from: 'guide', level: 'STAT1', to: 'protein.z1', effect: 0.5 },
  { from: 'guide', level: 'JAK2', to: 'protein.z1', effect: 0.4 },
  { from: 'age', to: 'rna.z2', effect: 0.3 },
];
const graph: LatentGraph = { ...latents, causes: [guide, age, sex], causeEdges };

/** Returns the group whose hover title begins with a text. */
function titled(root: XmlElement, title: string): XmlElement {
  const group = findAll(root, 'g').find(
    ({ children }) => children[0]?.name === 'title' && children[0].text.startsWith(title),
  );
  if (group === undefined) throw new Error(`nothing is titled ${title}`);
  return group;
}

describe('words', () => {
  test('a line has names of up to two levels, otherwise their number, and the effect of a single edge', () => {
    const [many, two, number] = causeGroups(graph);
    expect(causeGroups(graph)).toHaveLength(3);
    expect([many, two, number].map(groupLabel)).toEqual(['3 levels', 'STAT1, JAK2', '+0.30']);
    expect(groupLabel({ cause: sex, to: 'rna.z1', edges: [{ from: 'sex', level: 'm', to: 'rna.z1' }] })).toBe('m');
  });

  test('only an edge of an assigned cause is an effect', () => {
    const texts = causeGroups(graph).map(groupText);
    expect(texts).toEqual([
      'guide → rna.z1: STAT1 −1.20 sd, JAK2 −0.80 sd, <IRF1> −0.40 sd',
      'guide → protein.z1: STAT1 +0.50 sd, JAK2 +0.40 sd',
      'age – rna.z2 (association): +0.30 sd per sd',
    ]);
  });
});

describe('graphSvg', () => {
  test('draws an effect as an arrow, and an association as a dashed line without an arrowhead', async () => {
    const root = readXml(await graphSvg(graph));
    const effect = findAll(titled(root, 'guide → rna.z1'), 'path');
    expect(effect).toHaveLength(2);
    expect(effect[0].attributes).not.toHaveProperty('stroke-dasharray');
    const association = findAll(titled(root, 'age – rna.z2'), 'path');
    expect(association).toHaveLength(1);
    expect(association[0].attributes).toHaveProperty('stroke-dasharray');
    const squares = ['guide', 'age', 'sex'].map((name) => findAll(titled(root, `${name}, observed cause`), 'rect')[0]);
    expect(squares.map(({ attributes }) => 'stroke-dasharray' in attributes)).toEqual([false, true, true]);
  });

  test('describes causes and latents, and never words an association as an effect', async () => {
    const svg = await graphSvg(graph);
    const root = readXml(svg);
    const titles = findAll(root, 'title').map(({ text }) => text);
    expect(titles).toEqual(
      expect.arrayContaining([
        'guide, observed cause: changes rna.z1, protein.z1',
        'age, observed cause: associated with rna.z2',
        'sex, observed cause: no association with a latent',
        'rna.z1: arrow to protein.z1; changed by guide (STAT1, JAK2, <IRF1>)',
        'rna.z2: no link with another latent; associated with age',
      ]),
    );
    expect(svg).not.toMatch(/(changed by|→) (age|sex)|(age|sex) →/);
    expect(root.children[1].text).toMatch(/age – rna\.z2 \(association\)/);
    expect(
      findAll(root, 'text')
        .map(({ text }) => text)
        .join(' '),
    ).toContain('Dashed: association');
    expect(await graphSvg({ ...graph, causes: [guide], causeEdges: causeEdges.slice(0, 2) })).not.toMatch(/Dashed/);
  });

  test('numbers edges and causes after those of the latents on a page, for its script', async () => {
    const root = readXml(await graphSvg(graph, { theme: 'page' }));
    const hooks = (name: string) =>
      findAll(root, 'g').flatMap(({ attributes }) => (name in attributes ? Number(attributes[name]) : []));
    expect(hooks('data-edge')).toEqual([0, 1, 2, 3]);
    expect(hooks('data-node')).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('is the same drawing as before without causes', async () => {
    expect(await graphSvg(latents)).not.toMatch(/Square|dasharray|observed/);
  });
});

describe.each([
  ['Graphviz', graphvizLayout],
  ['the layout of a page without Graphviz', webLayout],
])('%s', (_, layoutGraph) => {
  test('places causes left of all latents, apart from each other, with lines from squares to discs', async () => {
    const square = { width: 60, height: 34 };
    const ends = [
      { cause: 0, latent: 0, label: { width: 60, height: 17 } },
      { cause: 0, latent: 2 },
      { cause: 1, latent: 1 },
    ];
    const layout = await layoutGraph(drawnGraph(graph), {
      nodes: graph.nodes.map(() => ({ width: 42, height: 42 })),
      clusterLabels: ['rna', 'protein'],
      clusterLabelSize: 13,
      causes: [square, square, square],
      causeEdges: ends,
    });
    const { causes, nodes, clusters, causeEdges: lines, edges } = layout;
    expect([causes.length, lines.length, edges.length]).toEqual([3, 3, 1]);
    for (const { x } of causes) for (const cluster of clusters) expect(x + 30).toBeLessThan(cluster.x);
    const heights = causes.map(({ y }) => y).sort((a, b) => a - b);
    for (const k of [1, 2]) expect(heights[k] - heights[k - 1]).toBeGreaterThan(34);
    for (const [e, { cause, latent }] of ends.entries()) {
      const [start] = lines[e].spline;
      expect(Math.abs(start.x - causes[cause].x - 30)).toBeLessThan(4);
      expect(Math.abs(start.y - causes[cause].y)).toBeLessThan(18);
      const [tip, disc] = [lines[e].tip, nodes[latent]];
      expect(Math.abs(Math.hypot(tip.x - disc.x, tip.y - disc.y) - 21)).toBeLessThan(4);
    }
    for (const { x, y } of [...causes, ...nodes]) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(layout.width);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(layout.height);
    }
  });
});
