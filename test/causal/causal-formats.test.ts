// Discovered graphs: comparison, text formats with exact round trips, and drawings with every mark.

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
} from '../../src/causal/discovery/causal-graph.js';
import {
  causalGraphFromDot,
  causalGraphFromGraphml,
  causalGraphFromJson,
  causalGraphFromMatrix,
  causalGraphFromText,
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  causalGraphToMatrix,
  causalGraphToText,
  compareCausalGraphs,
  readCausalGraph,
} from '../../src/causal/discovery/index.js';
import { graphFromAdjacency, graphToDot, graphToGraphml, graphToJson } from '../../src/causal/index.js';
import { encodeNpy } from '../../src/files/npy.js';
import { causalGraphSvg } from '../../src/report/index.js';
import { scratch } from '../fixtures/scratch.js';
import { edgeTexts } from './edge-texts.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const { file } = scratch();

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

describe('formats with a round trip', () => {
  const forms: [string, (graph: CausalGraph) => CausalGraph][] = [
    ['JSON', (graph) => causalGraphFromJson(causalGraphToJson(graph))],
    ['text', (graph) => causalGraphFromText(causalGraphToText(graph))],
    ['DOT', (graph) => causalGraphFromDot(causalGraphToDot(graph))],
    ['GraphML', (graph) => causalGraphFromGraphml(causalGraphToGraphml(graph))],
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

  test('modalities and hostile names', () => {
    const hostile = [
      { name: 'a "b" \\ c', modality: 'x & y' },
      { name: '-->\n<node>', modality: 'x & y' },
      { name: 'node', modality: '{subgraph}' },
      { name: '&amp;' },
    ];
    const graph = graphFromEdges(hostile, [
      { from: hostile[0].name, to: hostile[1].name, fromMark: CIRCLE, toMark: ARROW },
      arrow('node', '&amp;'),
    ]);
    expect(causalGraphFromDot(causalGraphToDot(graph))).toEqual(graph);
    expect(causalGraphFromGraphml(causalGraphToGraphml(graph))).toEqual(graph);
    expect(causalGraphFromJson(causalGraphToJson(graph))).toEqual(graph);
  });

  test('the graph over latents is read as arrows from each of its formats', () => {
    const latents = graphFromAdjacency(
      [
        { name: 'blood', latents: 2 },
        { name: 'sleep', latents: 1 },
      ],
      [0, 0, 0, 0, 0, 0, 1, 0, 0],
    );
    for (const graph of [
      causalGraphFromJson(graphToJson(latents)),
      causalGraphFromDot(graphToDot(latents)),
      causalGraphFromGraphml(graphToGraphml(latents)),
    ]) {
      expect(edgeTexts(graph)).toEqual(['blood.z1 --> sleep.z1']);
      expect(graph.variables.map(({ name, modality }) => `${modality}/${name}`)).toEqual([
        ...['blood/blood.z1', 'blood/blood.z2', 'sleep/sleep.z1'],
      ]);
    }
  });

  test('text is what causal-learn writes', () => {
    expect(causalGraphToText(pag)).toBe(
      'Graph Nodes:\na;b;c;d\n\nGraph Edges:\n1. a o-> b\n2. c --> a\n3. b <-> d\n4. c o-o d\n',
    );
  });

  test('the matrix has the mark at i of the edge between i and j in row i', () => {
    expect(causalGraphToMatrix(graphFromEdges(variables.slice(0, 2), [arrow('a', 'b')]))).toBe('0 -1\n1 0\n');
  });

  test('DOT of other programs: chains, defaults, undirected graphs, ports, comments', () => {
    const dot = `// made by hand
      strict digraph G { graph [rankdir=LR]; node [shape=box]
        label = "a title"; a -> b:n -> c [color="red"]; /* odd
        marks */ c -> d [dir=back]; "e f" -> a [dir=both arrowtail=odot, arrowhead=none]
        g -> h [dir=none]; lonely
      }`;
    expect(edgeTexts(causalGraphFromDot(dot))).toEqual(['a --> b', 'e f o-- a', 'b --> c', 'd --> c', 'g --- h']);
    expect(causalGraphFromDot(dot).variables.map(({ name }) => name)).toContain('lonely');
    expect(edgeTexts(causalGraphFromDot('graph { a -- b -- c }'))).toEqual(['a --- b', 'b --- c']);
  });

  test('GraphML of other programs: custom labels, default directions', () => {
    const xml = (edgedefault: string) => `<?xml version='1.0' encoding='utf-8'?>
      <!-- networkx --><graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="node" attr.name="name" attr.type="string"/>
      <graph edgedefault="${edgedefault}"><node id="0"><data key="d0">left &amp; right</data></node><node id="b"/>
      <edge source="0" target="b"/></graph></graphml>`;
    expect(edgeTexts(causalGraphFromGraphml(xml('directed')))).toEqual(['left & right --> b']);
    expect(edgeTexts(causalGraphFromGraphml(xml('undirected')))).toEqual(['left & right --- b']);
  });

  test('files, by extension', async () => {
    const graph = graphFromMatrix([{ name: 'X1' }, { name: 'X2' }], [0, -1, 1, 0]);
    const npy = encodeNpy({ shape: [2, 2], data: BigInt64Array.from([0n, -1n, 1n, 0n]) });
    for (const [name, text] of [
      ['g.json', causalGraphToJson(graph)],
      ['g.dot', causalGraphToDot(graph)],
      ['g.GV', causalGraphToDot(graph)],
      ['g.graphml', causalGraphToGraphml(graph)],
      ['g.txt', causalGraphToText(graph)],
      ['g.csv', causalGraphToMatrix(graph, ',')],
      ['named.csv', 'X1,X2\n0,-1\n1,0\n'],
      ['g.npy', npy],
    ] as const) {
      expect(await readCausalGraph(file(name, text))).toEqual(graph);
    }
    await expect(readCausalGraph('g.pdf')).rejects.toMatchObject({ code: 'unknown-format' });
    await expect(readCausalGraph('no-such.json')).rejects.toMatchObject({ code: 'missing-file' });
    const flat = encodeNpy({ shape: [4], data: Float64Array.from([0, -1, 1, 0]) });
    await expect(readCausalGraph(file('flat.npy', flat))).rejects.toMatchObject({ code: 'shape-mismatch' });
  });

  test('text with reversed edges, with attributes, and with names of several words', () => {
    const text =
      'Graph Nodes:\nblood pressure;a\n\nGraph Edges:\n1. a --> blood pressure dd nl\n\nGraph Attributes:\nBIC: 3\n';
    expect(graphEdges(causalGraphFromText(text))).toEqual([arrow('a', 'blood pressure')]);
    const turned = 'Graph Nodes:\na;b\nGraph Edges:\n1. b <-- a\n';
    expect(graphEdges(causalGraphFromText(turned))).toEqual([arrow('a', 'b')]);
  });

  const damaged: [string, () => unknown, string][] = [
    ['no JSON', () => causalGraphFromJson('{'), 'invalid-json'],
    ['JSON of something else', () => causalGraphFromJson('{"format":"x"}'), 'invalid-graph'],
    ['no DOT', () => causalGraphFromDot('digraph { a -> '), 'invalid-graph'],
    ['DOT with invalid characters', () => causalGraphFromDot('digraph { a -> b ? }'), 'invalid-graph'],
    ['arrows in an undirected graph', () => causalGraphFromDot('graph { a -> b }'), 'invalid-graph'],
    ['an edge twice', () => causalGraphFromDot('digraph { a -> b; b -> a }'), 'invalid-edge'],
    ['no XML', () => causalGraphFromGraphml('<graphml><graph>'), 'invalid-graph'],
    ['XML of something else', () => causalGraphFromGraphml('<svg/>'), 'invalid-graph'],
    [
      'marks that are none',
      () =>
        causalGraphFromGraphml(
          '<graphml><graph><node id="a"/><node id="b"/><edge source="a" target="b"><data ' +
            'key="marks">=></data></edge></graph></graphml>',
        ),
      'invalid-graph',
    ],
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

  test('the order of the variables does not matter', () => {
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

  test('GraphML is well-formed and has marks and numbers', () => {
    const root = readXml(causalGraphToGraphml(named, edges));
    const data = findAll(root, 'data').map(({ attributes, text }) => [attributes.key, text]);
    expect(data).toContainEqual(['name', nasty]);
    expect(data).toContainEqual(['marks', 'o->']);
    expect(data).toContainEqual(['forward', '0.25']);
    expect(findAll(root, 'edge').map(({ attributes }) => attributes.directed)).toEqual(['true', 'false']);
  });

  test('the drawing has boxes, arrowheads, circles, and text for screen readers', async () => {
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
    expect(group('y --- z').children[0].text).toContain('found in 50 % of half-samples');
    expect(Number(group('y --- z').attributes.opacity)).toBeCloseTo(0.63, 1);
    expect(findAll(root, 'desc')[0].text).toContain('3 variables, 2 edges');
  });

  test('a graph without edges or modalities can be drawn', async () => {
    const root = readXml(await causalGraphSvg(graphFromEdges(variables, [])));
    expect(findAll(root, 'rect').length).toBe(5);
  });
});
