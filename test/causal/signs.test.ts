// A negative link has a minus in every format of a graph.

import { describe, expect, test } from '@jest/globals';
import {
  graphFromStrengths,
  graphFromJson,
  graphToDot,
  graphToGraphml,
  graphToJson,
  type LatentGraph,
} from '../../src/causal/index.js';
import {
  causalGraphFromDot,
  causalGraphFromGraphml,
  causalGraphFromJson,
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  discover,
} from '../../src/causal/discovery/index.js';
import type { DataColumn } from '../../src/causal/discovery/columns.js';
import { discoveryFromJson } from '../../src/causal/graph-json.js';
import { signedText, signOf } from '../../src/causal/sign-text.js';
import { spearman } from '../../src/metrics/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { causalGraphSvg, graphSvg, readDiscovery } from '../../src/report/index.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';
import { edgeTexts } from './edge-texts.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const { folder, file } = scratch();

const textsOf = (svg: string): string[] => findAll(readXml(svg), 'text').map(({ text }) => text);

test('numbers are written with their sign, and a number that rounds to zero with ±', () => {
  expect([0.434, -0.716, 0, -0.004, 0.996].map((value) => signedText(value))).toEqual([
    ...['+0.43', '−0.72', '±0.00', '±0.00', '+1.00'],
  ]);
  expect([signedText(undefined), signedText(NaN), signedText(-0.0004, 3)]).toEqual(['–', '–', '±0.000']);
  expect([0.2, -0.2, 0.001].map((value) => signOf(value))).toEqual(['+', '−', '±']);
});

describe('the graph over latents', () => {
  const bare = graphFromStrengths(
    [
      { name: 'a', latents: 2 },
      { name: 'b', latents: 1 },
    ],
    [0, 0, 0, 0, 0, 0, 0.9, 0.4, 0],
  );
  const effects: Readonly<Record<string, number>> = { 'a.z1': -0.716, 'a.z2': 0.25 };
  const risesWith = { modality: 'b', column: 'grip & strength', correlation: 0.93 };
  const graph: LatentGraph = {
    ...bare,
    nodes: bare.nodes.map((node) => (node.name === 'b.z1' ? { ...node, risesWith } : node)),
    edges: bare.edges.map((edge) => ({ ...edge, effect: effects[edge.from] })),
  };

  test('JSON keeps every bit of effects and of the columns that latents rise with', () => {
    const back = graphFromJson(graphToJson(graph));
    expect(back).toEqual(graph);
    expect(back.edges[0].effect).toBe(-0.716);
    expect(graphFromJson(graphToJson(bare))).toEqual(bare);
  });

  test('DOT and GraphML have the effect and stay readable', () => {
    const dot = graphToDot(graph);
    expect(dot).toContain('"a.z1" -> "b.z1" [strength=0.9, effect=-0.716, label="−0.72", agreement=1, ');
    expect(dot).toContain('effect=0.25, label="+0.25"');
    expect(edgeTexts(causalGraphFromDot(dot))).toEqual(edgeTexts(causalGraphFromDot(graphToDot(bare))));
    const root = readXml(graphToGraphml(graph));
    const effects = findAll(root, 'data').filter(({ attributes }) => attributes['key'] === 'effect');
    expect(effects.map(({ text }) => text)).toEqual(['-0.716', '0.25']);
    expect(edgeTexts(causalGraphFromGraphml(graphToGraphml(graph)))).toHaveLength(2);
    expect(graphToGraphml(bare)).not.toContain('<data key="effect">');
  });

  test('its drawing has number and sign on every arrow, or the sign alone if numbers are not shown', async () => {
    const shown = await graphSvg(graph);
    expect(textsOf(shown)).toEqual(expect.arrayContaining(['−0.72', '+0.25']));
    expect(shown).toContain('a.z1 → b.z1: strength 0.900, effect −0.72 sd per sd');
    expect(shown).toContain('b.z1: rises with grip &#38; strength; arrow from a.z1, a.z2');
    const hidden = textsOf(await graphSvg(graph, { strengths: 'hover' }));
    expect(hidden).toEqual(expect.arrayContaining(['−', '+']));
    expect(hidden).not.toContain('−0.72');
    // The caption has several lines.
    expect(hidden.join(' ')).toContain('−: one falls as the other rises');
  });

  test('without effects, as for known graphs, the drawing has strengths and no sign', async () => {
    const texts = textsOf(await graphSvg(bare));
    expect(texts).toEqual(expect.arrayContaining(['0.90', '0.40']));
    expect(texts.some((text) => /[+−]/.test(text))).toBe(false);
  });
});

describe('a discovered graph', () => {
  const random = new RandomStream(6, 1);
  const ROWS = 400;
  const woman = Float64Array.from({ length: ROWS }, () => Number(random.normal() > 0));
  const grip = woman.map((sex) => -1.8 * sex + 0.8 * random.normal());
  const lean = grip.map((value) => value + 0.8 * random.normal());
  const gaps = lean.map((value, row) => (row % 7 === 0 ? NaN : value));
  const columns: DataColumn[] = [
    { name: 'woman', values: woman },
    { name: 'grip', values: grip },
    { name: 'lean', values: gaps },
  ];
  const { graph, edges } = discover(columns, { alpha: 0.01 });
  const between = (a: string, b: string) =>
    edges.find(({ from, to }) => [from, to].sort().join() === [a, b].sort().join())!;

  test('has Spearman’s ρ of each edge, over the rows that have both columns', () => {
    const rows = (values: Float64Array, isUsed: (row: number) => boolean) => {
      const selected = values.filter((_, row) => isUsed(row));
      return { values: selected, rows: selected.length, columns: 1 };
    };
    const all = () => true;
    const complete = (row: number) => row % 7 !== 0;
    const [sex] = spearman(rows(woman, all), rows(grip, all)).values;
    expect(sex).toBeLessThan(-0.5);
    expect(between('woman', 'grip').association).toBeCloseTo(sex, 12);
    const [mass] = spearman(rows(grip, complete), rows(lean, complete)).values;
    expect(between('grip', 'lean').association).toBeCloseTo(mass, 12);
  });

  test('has no sign if levels have no order', () => {
    const [first, ...rest] = columns;
    const unordered = discover([{ ...first, isUnordered: true }, ...rest], { alpha: 0.01 });
    const [edge] = unordered.edges.filter(({ from, to }) => [from, to].includes('woman'));
    expect(edge).not.toHaveProperty('association');
    expect(causalGraphToDot(unordered.graph, [edge])).not.toContain('label="−');
  });

  test('JSON, DOT and GraphML have the association and survive a round trip', () => {
    const json = causalGraphToJson(graph, edges);
    const read = discoveryFromJson(json)!;
    expect(read.edges.map(({ association }) => association)).toEqual(edges.map(({ association }) => association));
    expect(readDiscovery(json).edges.map(({ association }) => association)).toEqual(
      edges.map(({ association }) => association),
    );
    const { association } = between('woman', 'grip');
    const dot = causalGraphToDot(graph, edges);
    expect(dot).toContain(`label="${signedText(association)}", association=${association}`);
    const graphml = causalGraphToGraphml(graph, edges);
    expect(graphml).toContain(`<data key="association">${association}</data>`);
    for (const back of [causalGraphFromJson(json), causalGraphFromDot(dot), causalGraphFromGraphml(graphml)]) {
      expect(edgeTexts(back)).toEqual(edgeTexts(graph));
    }
  });

  test('its drawing has the sign on the edge, and the size if there are few edges', async () => {
    const text = signedText(between('woman', 'grip').association);
    expect(text.startsWith('−')).toBe(true);
    const svg = await causalGraphSvg(graph, edges);
    expect(textsOf(svg)).toContain(text);
    expect(svg).toContain(`ρ ${text}`);
    const names = Array.from({ length: 8 }, (_, i) => ({
      name: `v${i}`,
      values: grip.map((g) => g + random.normal()),
    }));
    const many = discover([...names, { name: 'woman', values: woman }], { alpha: 0.5, maxConditioning: 0 });
    expect(many.edges.length).toBeGreaterThan(20);
    const signs = textsOf(await causalGraphSvg(many.graph, many.edges)).filter((one) => one === '−' || one === '+');
    expect(signs).toHaveLength(many.edges.length);
    expect(new Set(signs)).toEqual(new Set(['−', '+']));
  });

  test('a file from discover keeps its signs when graph converts it', async () => {
    file('found.json', causalGraphToJson(graph, edges));
    const text = signedText(between('woman', 'grip').association);
    for (const format of ['json', 'dot', 'graphml', 'svg']) {
      const { out, err } = await commandHere(['graph', 'found.json', '--format', format], folder);
      expect(err).toBe('');
      expect(out).toContain(format === 'dot' || format === 'svg' ? text : String(between('woman', 'grip').association));
    }
  });

  test('the table and JSON of the command have it, and a column of two text levels shows its direction', async () => {
    const rows = [...grip].map((value, row) => `${value},${woman[row] === 1 ? 'woman' : 'man'},${gaps[row]}`);
    file('body.csv', `grip,sex,lean\n${rows.join('\n').replaceAll('NaN', '')}\n`);
    const args = ['discover', 'body.csv', '--test', 'mixed', '--alpha', '0.01'];
    const { out, err } = await commandHere(args, folder);
    expect(err).toBe('');
    expect(out).toMatch(/edge +ρ +max p/);
    expect(out).toContain(signedText(between('woman', 'grip').association));
    expect(out).toContain('sex rises from man to woman');
    const json = JSON.parse((await commandHere([...args, '--json'], folder)).out) as {
      variables: { name: string; levels?: string[] }[];
      edges: { from: string; to: string; association: number }[];
    };
    expect(json.variables.find(({ name }) => name === 'sex')!.levels).toEqual(['man', 'woman']);
    const [edge] = json.edges.filter(({ from, to }) => [from, to].includes('sex'));
    expect(edge.association).toBeCloseTo(between('woman', 'grip').association!, 12);
  });
});
