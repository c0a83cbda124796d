// Observed causes in the graph over latents: JSON and its checks, causal order, DOT, GraphML, and edges with marks.

import { describe, expect, test } from '@jest/globals';
import { instance } from '@viz-js/viz';
import {
  causalGraphFromJson,
  graphFromAdjacency,
  graphFromJson,
  graphToDot,
  graphToGraphml,
  graphToJson,
  topologicalOrder,
  type CauseEdge,
  type CauseNode,
  type LatentGraph,
} from '../../src/causal/index.js';
import { ARROW, CIRCLE, graphEdges, TAIL } from '../../src/causal/discovery/causal-graph.js';
import { findAll, readXml, type XmlElement } from '../fixtures/xml-reader.js';

const latents = graphFromAdjacency(
  [
    { name: 'blood', latents: 2 },
    { name: 'sleep', latents: 1 },
  ],
  [0, 0, 0, 1, 0, 0, 0, 1, 0],
);
const guide: CauseNode = {
  name: 'guide',
  kind: 'categorical',
  levels: ['none', 'STAT1', 'a "b" <c>'],
  assigned: true,
  effect: 'perfect',
};
const age: CauseNode = { name: 'age', kind: 'continuous', reference: 40.5, assigned: false, effect: 'soft' };
const causeEdges: CauseEdge[] = [
  { from: 'guide', level: 'STAT1', to: 'blood.z1', effect: -1.2 },
  { from: 'guide', level: 'a "b" <c>', to: 'blood.z1' },
  { from: 'age', to: 'sleep.z1', effect: 0.1 + 0.2 },
];
const graph: LatentGraph = { ...latents, causes: [guide, age], causeEdges };

describe('JSON', () => {
  test('a round trip preserves causes and their edges, and a graph without causes has no such keys', () => {
    expect(graphFromJson(graphToJson(graph))).toEqual(graph);
    expect(graphFromJson(graphToJson({ ...graph, causeEdges: [] })).causeEdges).toEqual([]);
    expect(graphToJson(latents)).not.toMatch(/cause/);
    expect(graphFromJson(graphToJson(latents))).toEqual(latents);
  });

  test('what a fit knows further about a cause stays out of the file', () => {
    const scales = { ...guide, targets: { STAT1: ['blood'] }, terms: [{ level: 'STAT1' }] };
    expect(graphFromJson(graphToJson({ ...latents, causes: [scales], causeEdges: [] })).causes).toEqual([guide]);
  });

  const edited = (causes: object[], edges: object[]) =>
    JSON.stringify({ ...(JSON.parse(graphToJson(latents)) as object), causes, causeEdges: edges });

  test.each([
    ['a cause with the name of a latent', [{ ...age, name: 'sleep.z1' }], [], /the name "sleep\.z1" is used twice/],
    ['two causes of one name', [guide, { ...age, name: 'guide' }], [], /the name "guide" is used twice/],
    ['a level twice', [{ ...guide, levels: ['a', 'a'] }], [], /cause "guide" has the level "a" twice/],
    ['a single level', [{ ...guide, levels: ['a'] }], [], /cause "guide" needs at least two levels/],
    ['a number without its reference', [{ ...age, reference: undefined }], [], /cause "age" needs the number/],
    ['an unknown kind', [{ ...age, kind: 'text' }], [], /at causes\.0\.kind/],
    ['an unknown cause', [], [causeEdges[0]], /at least 1 in the list at causes/],
    ['edges of an unknown cause', [age], [causeEdges[0]], /guide = STAT1 → blood\.z1: there is no cause "guide"/],
    ['an unknown latent', [age], [{ from: 'age', to: 'x.z1' }], /there is no node "x\.z1"/],
    ['an edge of the reference', [guide], [{ ...causeEdges[0], level: 'none' }], /"guide" has no such level/],
    ['an edge without a level', [guide], [{ from: 'guide', to: 'blood.z1' }], /"guide" has no such level/],
    ['a level of a number', [age], [{ from: 'age', level: '3', to: 'blood.z1' }], /"age" is a number/],
    ['an edge twice', [age], [causeEdges[2], causeEdges[2]], /age → sleep\.z1 is listed twice/],
  ])('refuses %s', (_, causes, edges, message) => {
    expect(() => graphFromJson(edited(causes, edges), 'graph.json')).toThrow(message);
  });
});

test('causes come first in the causal order', () => {
  expect(topologicalOrder(graph)).toEqual(['guide', 'age', 'blood.z1', 'blood.z2', 'sleep.z1']);
});

test('an assigned cause has an arrow, the levels share it, and an association leaves its end open', () => {
  const causal = causalGraphFromJson(graphToJson(graph));
  expect(causal.variables.map(({ name }) => name)).toEqual(['guide', 'age', 'blood.z1', 'blood.z2', 'sleep.z1']);
  const marks = graphEdges(causal).map(({ from, to, fromMark, toMark }) => [from, fromMark, toMark, to]);
  expect(marks).toHaveLength(4);
  expect(marks).toContainEqual(['guide', TAIL, ARROW, 'blood.z1']);
  expect(marks).toContainEqual(['age', CIRCLE, ARROW, 'sleep.z1']);
});

test('Graphviz draws causes as boxes, with levels and effects, and associations as dashed lines', async () => {
  const viz = await instance();
  const drawn = JSON.parse(viz.renderString(graphToDot(graph), { format: 'json' })) as {
    objects: { name: string; shape?: string }[];
    edges: { tail: number; head: number; label?: string; level?: string; style?: string; assigned?: string }[];
  };
  const boxes = drawn.objects.filter(({ shape }) => shape === 'box').map(({ name }) => name);
  expect(boxes).toEqual(['guide', 'age']);
  const edges = drawn.edges.filter(({ assigned }) => assigned !== undefined);
  expect(
    edges.map(({ tail, head, level, style, label }) => [
      drawn.objects[tail].name,
      level,
      drawn.objects[head].name,
      style,
      label,
    ]),
  ).toEqual([
    ['guide', 'STAT1', 'blood.z1', undefined, 'STAT1 −1.20'],
    ['guide', 'a "b" <c>', 'blood.z1', undefined, 'a "b" <c>'],
    ['age', undefined, 'sleep.z1', 'dashed', '+0.30'],
  ]);
});

test('GraphML has causes as nodes with a kind, and their edges with levels and effects', () => {
  const root = readXml(graphToGraphml(graph));
  const fields = (element: XmlElement) =>
    Object.fromEntries(element.children.map(({ attributes, text }) => [attributes['key'], text]));
  expect(findAll(root, 'node').slice(3).map(fields)).toEqual([
    { name: 'guide', kind: 'categorical', assigned: 'true' },
    { name: 'age', kind: 'continuous', assigned: 'false' },
  ]);
  const edges = findAll(root, 'edge').slice(2);
  expect(edges.map(({ attributes }) => attributes)).toEqual([
    { source: 'n3', target: 'n0' },
    { source: 'n3', target: 'n0' },
    { source: 'n4', target: 'n2' },
  ]);
  expect(edges.map(fields)).toEqual([
    { level: 'STAT1', effect: '-1.2' },
    { level: 'a "b" <c>' },
    { effect: String(0.1 + 0.2) },
  ]);
  const declared = findAll(root, 'key').map(({ attributes }) => attributes['id']);
  expect(declared).toEqual(expect.arrayContaining(['kind', 'assigned', 'level']));
  expect(graphToGraphml(latents)).not.toMatch(/kind|level/);
});
