// The graph over latents: construction from strengths and gates, agreement over restarts, causal order, files.

import { describe, expect, test } from '@jest/globals';
import { instance } from '@viz-js/viz';
import fc from 'fast-check';
import {
  adjacencyMatrix,
  findCycle,
  graphFromAdjacency,
  graphFromGates,
  graphFromJson,
  graphFromStrengths,
  graphToDot,
  graphToGraphml,
  graphToJson,
  latentNodes,
  modalityLatents,
  topologicalOrder,
  withAgreement,
  type LatentGraph,
  type RunGraph,
} from '../../src/causal/index.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const modalities = [
  { name: 'blood', latents: 2 },
  { name: 'sleep', latents: 1 },
];
// Rows are children and columns parents: blood.z1, blood.z2, sleep.z1.
const strengths = [0.9, 0, 0, 0.3, 0, 0, 0.1, 0.7, 0.9];
const replaced = (entry: number, value: number) => strengths.map((s, k) => (k === entry ? value : s));
const nasty = 'a "b" <c> & \\ é\n&lt; ]]> \u0007\uD800';

describe('building', () => {
  test('latents have the name of their modality and a number from 1', () => {
    const nodes = latentNodes(modalities);
    expect(nodes.map(({ name }) => name)).toEqual(['blood.z1', 'blood.z2', 'sleep.z1']);
    expect(nodes[1]).toEqual({ name: 'blood.z2', modality: 'blood', index: 1 });
    expect(modalityLatents(graphFromStrengths(modalities, strengths))).toEqual(modalities);
  });

  test('an edge is a strength above the threshold, off the diagonal, strongest first', () => {
    const { edges } = graphFromStrengths(modalities, strengths);
    expect(edges).toEqual([
      { from: 'blood.z2', to: 'sleep.z1', strength: 0.7, agreement: 1 },
      { from: 'blood.z1', to: 'blood.z2', strength: 0.3, agreement: 1 },
    ]);
    expect(graphFromStrengths(modalities, strengths, { threshold: 0.05 }).edges).toHaveLength(3);
  });

  test('gates determine the edges, and strengths are reported', () => {
    const gates = [0, 0, 0, 0.5, 0, 0, 0.51, 0, 0];
    expect(graphFromGates(modalities, gates, strengths).edges).toEqual([
      { from: 'blood.z1', to: 'sleep.z1', strength: 0.1, agreement: 1 },
    ]);
  });

  test('an adjacency matrix survives the conversion to a graph and back, with children in rows', () => {
    const adjacency = [0, 0, 1, 1, 0, 0, 0, 0, 0];
    const graph = graphFromAdjacency(modalities, adjacency);
    expect(graph.edges.map(({ from, to }) => `${from} ${to}`)).toEqual(['sleep.z1 blood.z1', 'blood.z1 blood.z2']);
    expect([...adjacencyMatrix(graph)]).toEqual(adjacency);
  });

  test('refuses wrong sizes, NaN, negative strengths and repeated names', () => {
    expect(() => graphFromStrengths(modalities, [1, 2])).toThrow(/strengths: 2 entries; 3 latents need 3 × 3 = 9/);
    expect(() => graphFromStrengths(modalities, replaced(3, NaN))).toThrow(/strengths: entry \(1, 0\) is NaN/);
    expect(() => graphFromStrengths(modalities, replaced(7, -1))).toThrow(/blood.z2 → sleep.z1 is -1/);
    expect(() => graphFromGates(modalities, [1], strengths)).toThrow(/gates: 1 entries/);
    expect(() => latentNodes([modalities[0], modalities[0]])).toThrow(/"blood" is empty or used twice/);
    expect(() => latentNodes([{ name: 'blood', latents: 0 }])).toThrow(/"blood" has 0 latents/);
  });
});

describe('agreement over runs', () => {
  const rows = 40;
  const base = Array.from({ length: rows }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i * i), Math.sin(11 * i * i)]);
  const run = (map: (row: number[]) => number[], edges: [number, number][], alive = true): RunGraph => {
    const adjacency = new Uint8Array(9);
    for (const [child, parent] of edges) adjacency[child * 3 + parent] = 1;
    return { latents: { values: Float64Array.from(base.flatMap(map)), rows, columns: 3 }, adjacency, alive };
  };
  const graph = graphFromStrengths(modalities, strengths);
  const chosen = run(
    (row) => row,
    [
      [2, 1],
      [1, 0],
    ],
  );
  // The same solution with the latents of `blood` swapped and one flipped.
  const swapped = run(
    ([a, b, c]) => [-(b ** 3), a, c],
    [
      [2, 0],
      [0, 1],
    ],
  );
  const reversed = run(
    (row) => row,
    [
      [1, 2],
      [1, 0],
    ],
  );
  const dead = run(() => [NaN, NaN, NaN], [], false);

  test(
    'matches latents first, weights living restarts equally, and does not count a reversed edge as ' + 'agreement',
    () => {
      const result = withAgreement(graph, [dead, chosen, swapped, reversed], 1);
      expect(result.runs).toBe(3);
      expect(result.edges.map(({ from, to, agreement }) => [from, to, agreement])).toEqual([
        ['blood.z2', 'sleep.z1', 2 / 3],
        ['blood.z1', 'blood.z2', 1],
      ]);
    },
  );

  test('refuses a chosen restart that diverged or does not exist, and graphs of another size', () => {
    expect(() => withAgreement(graph, [dead, chosen], 0)).toThrow(/run 0 of 2 cannot be the chosen one/);
    expect(() => withAgreement(graph, [chosen], 1)).toThrow(/run 1 of 1/);
    expect(() => withAgreement(graph, [{ ...chosen, adjacency: [0] }], 0)).toThrow(/run 0: adjacency has 1 entries/);
  });
});

describe('causal order', () => {
  const size = 6;
  const many = [{ name: 'm', latents: size }];
  const bits = fc.array(fc.boolean(), { minLength: size * size, maxLength: size * size });

  test('every cause comes before its effects, for any numbering', () => {
    const shuffled = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: size });
    fc.assert(
      fc.property(bits, shuffled, (open, rank) => {
        const adjacency = open.map((bit, k) => Number(bit && rank[Math.floor(k / size)] > rank[k % size]));
        const graph = graphFromAdjacency(many, adjacency);
        const order = topologicalOrder(graph);
        expect([...order].sort()).toEqual(graph.nodes.map(({ name }) => name).sort());
        for (const { from, to } of graph.edges) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
        expect(findCycle(graph)).toBeNull();
      }),
    );
  });

  test('a reported cycle is a cycle, and none is reported exactly when the powers of the matrix vanish', () => {
    fc.assert(
      fc.property(bits, (open) => {
        const adjacency = open.map((bit, k) => Number(bit && k % (size + 1) !== 0));
        const graph = graphFromAdjacency(many, adjacency);
        const cycle = findCycle(graph);
        expect(cycle === null).toBe(isNilpotent(adjacency));
        for (const [k, from] of (cycle ?? []).entries()) {
          const to = cycle![(k + 1) % cycle!.length];
          expect(graph.edges.some((edge) => edge.from === from && edge.to === to)).toBe(true);
        }
      }),
    );
  });

  function isNilpotent(adjacency: readonly number[]): boolean {
    let power = [...adjacency];
    for (let step = 1; step < size; step++) {
      power = power.map((_, k) => {
        const [i, j] = [Math.floor(k / size), k % size];
        return Math.sign(adjacency.slice(i * size, (i + 1) * size).reduce((s, a, l) => s + a * power[l * size + j], 0));
      });
    }
    return power.every((entry) => entry === 0);
  }

  test('the error names the cycle', () => {
    const graph = graphFromAdjacency(modalities, [0, 0, 1, 1, 0, 0, 0, 1, 0]);
    expect(() => topologicalOrder(graph)).toThrow(/no causal order: blood\.z1 → blood\.z2 → sleep\.z1 → blood\.z1/);
  });
});

describe('JSON', () => {
  const graph: LatentGraph = {
    ...graphFromStrengths(
      modalities,
      strengths.map((s) => s / 3),
      { threshold: 0 },
    ),
    runs: 4,
  };

  test('a round trip preserves every bit, even with hostile names', () => {
    expect(graphFromJson(graphToJson(graph))).toEqual(graph);
    const hostile = graphFromAdjacency(
      [
        { name: nasty, latents: 1 },
        { name: '__proto__', latents: 1 },
      ],
      [0, 0, 1, 0],
    );
    expect(graphFromJson(graphToJson(hostile))).toEqual(hostile);
  });

  test('keeps one item per line, so that files can be compared', () => {
    const lines = graphToJson(graph).split('\n');
    expect(lines).toContain('    {"name":"blood.z1","modality":"blood","index":0},');
    expect(lines.filter((line) => line.includes('"from"'))).toHaveLength(graph.edges.length);
  });

  const edited = (edit: (document: Record<string, unknown>) => void) => {
    const document = JSON.parse(graphToJson(graph)) as Record<string, unknown>;
    edit(document);
    return JSON.stringify(document);
  };
  const edge = { from: 'blood.z1', to: 'sleep.z1', strength: 1, agreement: 1 };

  test.each([
    ['text', '{"format"', /graph\.json is not JSON/],
    ['another version', edited((d) => (d.version = 2)), /version/],
    ['another version with further keys', edited((d) => Object.assign(d, { version: 2, colour: 'red' })), /version/],
    ['an unknown key', edited((d) => (d.colour = 'red')), /colour/],
    ['a key of a megabyte', edited((d) => (d['\n'.repeat(1e6)] = 1)), /^[^\n]{0,200}$/],
    ['an unknown node', edited((d) => (d.edges = [{ ...edge, to: 'x.z1' }])), /there is no node "x\.z1"/],
    ['a self-edge', edited((d) => (d.edges = [{ ...edge, to: 'blood.z1' }])), /parent of itself/],
    ['an edge twice', edited((d) => (d.edges = [edge, edge])), /listed twice/],
    ['an agreement above 1', edited((d) => (d.edges = [{ ...edge, agreement: 1.5 }])), /at edges\.0\.agreement/],
    ['an infinite strength', edited(() => undefined).replace('0.3', '1e999'), /at strengths\.0\.0/],
    ['a ragged matrix', edited((d) => (d.strengths = [[1], [1], [1]])), /3 rows of 3 numbers/],
    [
      'nodes in another order',
      edited((d) => (d.nodes as unknown[]).reverse()),
      /node 1 is "blood\.z2".*expected "blood\.z1"/,
    ],
    ['no object', 'null', /is not a latent graph/],
  ])('refuses %s', (_, text, message) => {
    expect(() => graphFromJson(text, 'graph.json')).toThrow(message);
  });
});

describe('other formats', () => {
  const hostile = graphFromAdjacency(
    [
      { name: nasty, latents: 1 },
      { name: 'ends\\', latents: 1 },
    ],
    [0, 0, 1, 0],
  );

  test('Graphviz reads the DOT output with names, clusters and edges intact', async () => {
    const viz = await instance();
    const read = (dot: string) =>
      JSON.parse(viz.renderString(dot, { format: 'json' })) as {
        objects: { name: string; label: string; nodes?: number[] }[];
        edges: { tail: number; head: number; strength: string }[];
      };
    const plain = read(graphToDot(graphFromStrengths(modalities, strengths)));
    const names = plain.objects.map(({ name }) => name);
    expect(names).toEqual(['cluster_0', 'cluster_1', 'blood.z1', 'blood.z2', 'sleep.z1']);
    expect(plain.objects.slice(0, 2).map(({ label, nodes }) => [label, nodes!.map((n) => names[n])])).toEqual([
      ['blood', ['blood.z1', 'blood.z2']],
      ['sleep', ['sleep.z1']],
    ]);
    expect(plain.edges.map(({ tail, head, strength }) => [names[tail], names[head], strength])).toEqual([
      ['blood.z2', 'sleep.z1', '0.7'],
      ['blood.z1', 'blood.z2', '0.3'],
    ]);
    expect(read(graphToDot(hostile)).edges).toHaveLength(1);
    const drawing = viz.renderString(graphToDot(hostile), { format: 'svg' });
    expect(drawing).toContain('a &quot;b&quot; &lt;c&gt; &amp; \\ é');
    expect(drawing).toContain('>ends\\<');
  });

  test('GraphML is well-formed and has names, modalities, strengths and agreement', () => {
    const root = readXml(graphToGraphml(graphFromStrengths(modalities, strengths)));
    expect(root.name).toBe('graphml');
    expect(findAll(root, 'node').map(({ children }) => children.map(({ text }) => text))).toEqual([
      ['blood.z1', 'blood', '0'],
      ['blood.z2', 'blood', '1'],
      ['sleep.z1', 'sleep', '0'],
    ]);
    const [strongest] = findAll(root, 'edge');
    expect(strongest.attributes).toEqual({ source: 'n1', target: 'n2' });
    expect(strongest.children.map(({ attributes, text }) => [attributes.key, text])).toEqual([
      ['strength', '0.7'],
      ['agreement', '1'],
    ]);
    const [node] = findAll(readXml(graphToGraphml(hostile)), 'node');
    expect(node.children[1].text).toBe(nasty.replace('\u0007', '\uFFFD').replace('\uD800', '\uFFFD'));
  });
});
