// Discovered graphs: comparison, text forms that come back as they went, pictures that tell every mark.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ARROW,
  CIRCLE,
  graphEdges,
  graphFromEdges,
  graphFromMatrix,
  TAIL,
  type CausalGraph,
} from '../src/causal/discovery/causal-graph.js';
import {
  causalGraphFromJson,
  causalGraphFromMatrix,
  causalGraphFromText,
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  causalGraphToMatrix,
  causalGraphToText,
  compareCausalGraphs,
} from '../src/causal/discovery/index.js';
import { causalGraphSvg } from '../src/report/index.js';
import { findAll, readXml } from './xml-reader.js';

const variables = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
const arrow = (from: string, to: string) => ({ from, to, fromMark: TAIL, toMark: ARROW }) as const;
const line = (from: string, to: string) => ({ from, to, fromMark: TAIL, toMark: TAIL }) as const;
const pag = graphFromEdges(variables, [
  { from: 'a', to: 'b', fromMark: CIRCLE, toMark: ARROW },
  { from: 'd', to: 'b', fromMark: ARROW, toMark: ARROW },
  { from: 'c', to: 'd', fromMark: CIRCLE, toMark: CIRCLE },
  arrow('c', 'a'),
]);

const marks = fc.constantFrom(TAIL, ARROW, CIRCLE);
const graphs = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.array(fc.option(fc.tuple(marks, marks)), { minLength: size * size, maxLength: size * size }).map((cells) => {
    const matrix = new Int8Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) [matrix[i * size + j], matrix[j * size + i]] = cells[i * size + j] ?? [0, 0];
    }
    const named = Array.from({ length: size }, (_, i) => ({ name: `X${i + 1}` }));
    return graphFromMatrix(named, matrix);
  }),
);

describe('forms that come back', () => {
  const forms: [string, (graph: CausalGraph) => CausalGraph][] = [
    ['JSON', (graph) => causalGraphFromJson(causalGraphToJson(graph))],
    ['text', (graph) => causalGraphFromText(causalGraphToText(graph))],
    ['matrix', (graph) => causalGraphFromMatrix(causalGraphToMatrix(graph))],
    ['matrix with commas', (graph) => causalGraphFromMatrix(causalGraphToMatrix(graph, ','))],
    ['edges', (graph) => graphFromEdges(graph.variables, graphEdges(graph))],
  ];
  test.each(forms)('%s', (_, there) => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(there(graph)).toEqual(graph);
      }),
      { seed: 72 },
    );
  });

  test('text is what causal-learn writes', () => {
    expect(causalGraphToText(pag)).toBe(
      'Graph Nodes:\na;b;c;d\n\nGraph Edges:\n1. a o-> b\n2. c --> a\n3. b <-> d\n4. c o-o d\n',
    );
  });

  test('the matrix has the mark at i of the edge between i and j in row i', () => {
    expect(causalGraphToMatrix(graphFromEdges(variables.slice(0, 2), [arrow('a', 'b')]))).toBe('0 -1\n1 0\n');
  });

  test('text with edges turned round, with attributes and with names of more than one word', () => {
    const text =
      'Graph Nodes:\nblood pressure;a\n\nGraph Edges:\n1. a --> blood pressure dd nl\n\nGraph Attributes:\nBIC: 3\n';
    expect(graphEdges(causalGraphFromText(text))).toEqual([arrow('a', 'blood pressure')]);
    const turned = 'Graph Nodes:\na;b\nGraph Edges:\n1. b <-- a\n';
    expect(graphEdges(causalGraphFromText(turned))).toEqual([arrow('a', 'b')]);
  });

  const damaged: [string, () => unknown, string][] = [
    ['no JSON', () => causalGraphFromJson('{'), 'invalid-json'],
    ['JSON of something else', () => causalGraphFromJson('{"format":"x"}'), 'invalid-graph'],
    ['no headings', () => causalGraphFromText('1. a --> b'), 'invalid-graph'],
    ['no edge', () => causalGraphFromText('Graph Nodes:\na;b\n\nGraph Edges:\n1. a ==> b\n'), 'invalid-graph'],
    [
      'an unknown end',
      () => causalGraphFromText('Graph Nodes:\na;b\n\nGraph Edges:\n1. a --> c\n'),
      'unknown-variable',
    ],
    ['an edge twice', () => graphFromEdges(variables, [arrow('a', 'b'), line('b', 'a')]), 'invalid-edge'],
    ['a loop', () => graphFromEdges(variables, [arrow('a', 'a')]), 'invalid-edge'],
    ['a name twice', () => graphFromEdges([{ name: 'a' }, { name: 'a' }], []), 'duplicate-variable'],
    ['a matrix that is not square', () => causalGraphFromMatrix('0 1 0\n1 0 0\n'), 'shape-mismatch'],
    ['half an edge', () => causalGraphFromMatrix('0 1\n0 0\n'), 'invalid-edge'],
    ['a mark that is none', () => causalGraphFromMatrix('0 5\n1 0\n'), 'invalid-edge'],
  ];
  test.each(damaged)('%s is refused', (_, read, code) => {
    expect(read).toThrow(expect.objectContaining({ code }));
  });
});

describe('comparison', () => {
  const truth = graphFromEdges(variables, [arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'd'), arrow('a', 'd')]);

  test('a missing, an extra, a reversed and an open edge', () => {
    const estimate = graphFromEdges(variables, [arrow('b', 'a'), line('b', 'c'), arrow('c', 'd'), arrow('b', 'd')]);
    expect(compareCausalGraphs(truth, estimate)).toEqual({
      distance: 4,
      distanceReversalTwice: 5,
      missing: 1,
      extra: 1,
      reversed: 1,
      otherwiseMarked: 1,
      trueEdges: 4,
      estimatedEdges: 4,
      adjacency: { precision: 3 / 4, recall: 3 / 4 },
      arrow: { precision: 1 / 3, recall: 1 / 4 },
    });
  });

  test('the order of the variables does not count', () => {
    const turned = graphFromEdges([...variables].reverse(), graphEdges(truth));
    expect(compareCausalGraphs(truth, turned)).toMatchObject({ distance: 0, arrow: { precision: 1, recall: 1 } });
  });

  test('other variables are refused', () => {
    const fewer = graphFromEdges(variables.slice(1), []);
    expect(() => compareCausalGraphs(truth, fewer)).toThrow(/'a'/);
    expect(() => compareCausalGraphs(fewer, truth)).toThrow(expect.objectContaining({ code: 'variables-disagree' }));
  });
});

describe('for people and other programs', () => {
  const nasty = '<b> "x" & \\';
  const named = graphFromEdges(
    [
      { name: nasty, modality: 'one' },
      { name: 'y', modality: 'two' },
      { name: 'z', modality: 'two' },
    ],
    [
      { from: nasty, to: 'y', fromMark: CIRCLE, toMark: ARROW },
      { from: 'y', to: 'z', fromMark: TAIL, toMark: TAIL },
    ],
  );
  const frequencies = {
    adjacent: 0.5,
    forward: 0.25,
    backward: 0,
    undirected: 0.25,
    bidirected: 0,
    openForward: 0,
    openBackward: 0,
    open: 0,
  };
  const edges = graphEdges(named).map((edge) => ({ ...edge, p: 0.001, frequencies }));

  test('DOT draws both marks and groups modalities', () => {
    const dot = causalGraphToDot(named, edges);
    expect(dot).toContain('dir=both, arrowtail=odot, arrowhead=normal, p=0.001, adjacent=0.5');
    expect(dot).toContain('dir=both, arrowtail=none, arrowhead=none');
    expect(dot).toContain('"<b> \\"x\\" & \\\\" -> "y"');
    expect(dot.match(/subgraph/g)).toHaveLength(2);
  });

  test('GraphML is well-formed and holds marks and numbers', () => {
    const root = readXml(causalGraphToGraphml(named, edges));
    const data = findAll(root, 'data').map(({ attributes, text }) => [attributes.key, text]);
    expect(data).toContainEqual(['name', nasty]);
    expect(data).toContainEqual(['marks', 'o->']);
    expect(data).toContainEqual(['forward', '0.25']);
    expect(findAll(root, 'edge').map(({ attributes }) => attributes.directed)).toEqual(['true', 'false']);
  });

  test('the picture: a box per variable, arrowheads and circles where the marks are, words for those who cannot see', async () => {
    const root = readXml(await causalGraphSvg(named, edges, { title: 'Study' }));
    const texts = findAll(root, 'text').map(({ text }) => text);
    for (const shown of ['Study', nasty, 'y', 'z', 'one', 'two']) expect(texts).toContain(shown);
    const group = (title: string) =>
      findAll(root, 'g').find(({ children }) => children[0]?.name === 'title' && children[0].text.startsWith(title))!;
    const shapes = (title: string) =>
      group(title)
        .children.slice(1)
        .map(({ name }) => name);
    expect(shapes(`${nasty} o-> y`)).toEqual(['path', 'circle', 'path']);
    expect(shapes('y --- z')).toEqual(['path']);
    expect(group('y --- z').children[0].text).toContain('found in 50 % of resamples');
    expect(Number(group('y --- z').attributes.opacity)).toBeCloseTo(0.63, 1);
    expect(findAll(root, 'desc')[0].text).toContain('3 variables, 2 edges');
  });

  test('a graph without edges or modalities is a picture too', async () => {
    const root = readXml(await causalGraphSvg(graphFromEdges(variables, [])));
    expect(findAll(root, 'rect').length).toBe(5);
  });
});
