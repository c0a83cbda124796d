// The common rule for arrows: every format of the graph shows the direction in the conclusions.

import { describe, expect, test } from '@jest/globals';
import {
  causalGraphFromJson,
  graphFromJson,
  graphToDot,
  graphToGraphml,
  graphToJson,
  type LatentGraph,
} from '../../src/causal/index.js';
import {
  conclusionsOf,
  directionText,
  orderText,
  reversedOrder,
  summarySentences,
  withDirections,
} from '../../src/conclusions/index.js';
import { graphSvg } from '../../src/report/index.js';
import { simulate } from '../../src/simulation/simulate.js';
import { studyText } from '../../src/simulation/tables.js';
import { fitConfig } from '../../src/training/config.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { evidenceOf, type EvidenceFacts } from '../fixtures/judged-evidence.js';
import { exampleSummary } from '../fixtures/example-runs.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const strength = 0.5;
const TWO_MODALITIES = ['m1', 'm2'].map((name) => ({ name, latents: 2 }));
const nodes = ['m1', 'm2'].flatMap((modality) =>
  [0, 1].map((index) => ({ name: `${modality}.z${index + 1}`, modality, index })),
);
const EDGES = [
  { from: 'm1.z1', to: 'm1.z2' },
  { from: 'm1.z1', to: 'm2.z1' },
  { from: 'm1.z2', to: 'm2.z2' },
].map((edge) => ({ ...edge, strength, agreement: 1 }));
const graph: LatentGraph = { nodes, strengths: new Float64Array(16), edges: EDGES, runs: 4 };
const LINKS = [
  ['m1.z1', 'm2.z1', 'supported'],
  ['m1.z2', 'm2.z2', 'supported'],
] as const;

type Sparsity = Parameters<typeof fitConfig>[0]['sparsity'];

function judged(sparsity: Sparsity, facts: EvidenceFacts = { links: LINKS }) {
  const evidence = evidenceOf(facts) as NonNullable<RunSummary['evidence']>;
  const summary = {
    ...{ study: 'study', config: fitConfig({ sparsity }), evidence },
    subjects: { train: 300, validation: 30, test: 20 },
  };
  const drawn = withDirections(graph, summary);
  return { drawn, directions: drawn.edges.map(({ direction }) => direction), ...summary };
}

const ALL = withDirections(
  graph,
  judged(
    { order: 'assumed' },
    {
      links: LINKS,
      directions: [{ from: 'm1.z2', to: 'm2.z2', share: 0.95 }],
    },
  ),
);

describe('the rule', () => {
  test('the order gives no direction unless the user asserts it; then the direction is assumed', () => {
    expect(judged({}).directions).toEqual(['undecided', 'undecided', 'undecided']);
    // The order of the modalities does not apply within a modality.
    expect(judged({ order: 'assumed' }).directions).toEqual(['undecided', 'assumed', 'assumed']);
    expect(judged({ order: 'assumed', graph: 'acyclic' }).directions).toEqual(['undecided', 'undecided', 'undecided']);
  });

  test('a collider supports a direction; against the fitted edge it draws no arrow', () => {
    const share = 0.95;
    const along = judged({}, { links: LINKS, directions: [{ from: 'm1.z1', to: 'm2.z1', share }] });
    expect(along.directions).toEqual(['undecided', 'supported', 'undecided']);
    const against = judged({}, { links: LINKS, directions: [{ from: 'm2.z1', to: 'm1.z1', share }] });
    expect(against.directions).toEqual(['undecided', 'undecided', 'undecided']);
  });

  test.each([
    [0.01, 'as-well'],
    [-0.039, 'as-well'],
    [0.05, 'worse'],
    [-0.05, 'better'],
  ] as const)('a difference of %d with standard error 0.02: the reversed order explains %s', (difference, reversed) => {
    const order = { difference, standardError: 0.02, subjects: 500 };
    const { evidence, drawn, ...summary } = judged({ order: 'assumed' }, { links: LINKS, order });
    expect(reversedOrder(evidence)).toBe(reversed);
    const conclusions = conclusionsOf(drawn, {
      ...summary,
      evidence,
      quality: exampleSummary(TWO_MODALITIES, undefined).quality,
    });
    expect(conclusions.order).toMatchObject({ reversed, difference, subjects: 500 });
    const [link] = conclusions.links;
    expect(link.direction).toMatchObject({ verdict: 'assumed', reversed });
    const says = directionText(link);
    expect(says.includes('reversed order')).toBe(reversed !== 'worse');
    expect(summarySentences(conclusions)).toContain(orderText(conclusions.order!, 0));
    // For any likelihoods, the order of a study with unknown order stays unknown.
    expect(judged({}, { links: LINKS, order }).directions).toEqual(['undecided', 'undecided', 'undecided']);
  });
});

describe('the sentence on the reversed order', () => {
  const order = { difference: 0.01, standardError: 0.02, subjects: 500 };
  const [first, second] = LINKS.map(([from, to]) => ({ from, to, share: 0.95 }));
  const summaryWith = (directions: readonly (typeof first)[]) => {
    const { drawn, ...summary } = judged({ order: 'assumed' }, { links: LINKS, order, directions });
    const { quality } = exampleSummary(TWO_MODALITIES, undefined);
    return summarySentences(conclusionsOf(drawn, { ...summary, quality })).join(' ');
  };

  test('does not deny a direction that something else supports', () => {
    expect(summaryWith([])).toContain('the data give no direction.');
    const text = summaryWith([first]);
    expect(text).toContain('Of 2 directions, 1 is supported and 1 is assumed by the study file.');
    expect(text).toContain('the data give no other direction.');
    expect(text).not.toContain('the data give no direction');
  });

  test('is left out if all directions are supported', () => {
    const text = summaryWith([first, second]);
    expect(text).toContain('Of 2 directions, 2 are supported.');
    expect(text).not.toContain('reversed order');
  });
});

describe('formats of a graph', () => {
  const drawn = ALL;

  test('JSON keeps the verdicts; an undecided edge has circles at both ends for other programs', () => {
    expect(drawn.edges.map(({ direction }) => direction)).toEqual(['undecided', 'assumed', 'supported']);
    expect(graphFromJson(graphToJson(drawn)).edges).toEqual(expect.arrayContaining([...drawn.edges]));
    const { variables, marks } = causalGraphFromJson(graphToJson(drawn));
    const at = (from: string, to: string) => {
      const [i, j] = [from, to].map((name) => variables.findIndex((one) => one.name === name));
      return [marks[i * variables.length + j], marks[j * variables.length + i]];
    };
    expect(at('m1.z1', 'm1.z2')).toEqual([2, 2]);
    expect(at('m1.z1', 'm2.z1')).toEqual([-1, 1]);
  });

  test('DOT and GraphML draw lines and arrows', () => {
    const [undecided, assumed, supported] = graphToDot(drawn)
      .split('\n')
      .filter((line) => line.includes('->'));
    expect(undecided).toContain('direction=undecided, dir=none');
    expect(assumed).toContain('direction=assumed, edgetooltip="direction assumed"');
    expect(supported).toMatch(/direction=supported\]/);
    const edges = findAll(readXml(graphToGraphml(drawn)), 'edge');
    expect(edges.map(({ attributes }) => attributes.directed)).toEqual(['false', undefined, undefined]);
    // A graph without verdicts, as that of a simulation, is written unchanged.
    expect(graphToDot(graph)).not.toContain('direction');
  });

  test('the drawing has an arrowhead only for a direction, and describes it', async () => {
    const heads = (svg: string) =>
      findAll(readXml(svg), 'path').filter(({ attributes }) => attributes.d.endsWith('Z')).length;
    const svg = await graphSvg(drawn);
    expect([heads(await graphSvg(graph)), heads(svg)]).toEqual([3, 2]);
    const texts = findAll(readXml(svg), 'text').map(({ text }) => text);
    expect(texts.join(' ')).toContain('Hollow arrowhead: assumed direction. Line: direction not known');
    const hollow = findAll(readXml(svg), 'path').filter(({ attributes }) => attributes.class.startsWith('il-patch'));
    expect(hollow).toHaveLength(1);
    expect(svg).toContain('m1.z1 – m1.z2 (direction not known)');
    expect(svg).toContain('m1.z1 → m2.z1 (direction assumed)');
    expect(svg).toContain('linked with m1.z1, direction not known');
  });
});

test('a simulated study asserts its order', () => {
  expect(studyText(simulate('case1', { samples: 60, test: 20 }), 'csv')).toContain('sparsity: { order: assumed }');
});
