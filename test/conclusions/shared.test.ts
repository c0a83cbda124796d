// Latents that are the same variable are stated as such: no output draws an arrow or a link between them.

import { describe, expect, test } from '@jest/globals';
import { graphFromJson, graphToDot, graphToGraphml, graphToJson } from '../../src/causal/index.js';
import { causalGraphToDot, causalGraphToGraphml } from '../../src/causal/discovery/index.js';
import { causalGraphFromJson } from '../../src/causal/graph-json.js';
import { printEdges, printTests } from '../../src/cli/evidence.js';
import {
  conclusionsOf,
  describeConclusions,
  directionOf,
  judgedGraph,
  linksNotConfirmed,
  linkText,
  summarySentences,
  withDirections,
} from '../../src/conclusions/index.js';
import { equivalenceConclusion } from '../../src/conclusions/equivalence.js';
import { graphSvg } from '../../src/report/index.js';
import { conclusionsSchema } from '../../src/serving/conclusions-schema.js';
import { ACROSS, graphOf, RELATED, report, section, summaryOf, type Evidence } from '../fixtures/example-evidence.js';
import { printed } from './outputs.js';

const correlation = { estimate: 0.992, lower: 0.981, upper: 1.004 };
const latents = ['blood.z1', 'sleep.z1'];
const SAME: Evidence = {
  ...RELATED,
  shared: {
    subsets: [
      {
        modalities: ['blood', 'sleep'],
        correlations: [{ ...correlation, verdict: 'shared' }],
        latents: 2,
        isUndecided: false,
      },
    ],
    same: [{ latents, signs: [1, 1], correlation }],
  },
};
const sentence =
  'blood.z1 and sleep.z1 are the same variable as far as the study can tell (correlation without errors of ' +
  'measurement 0.99, 99.9 % interval 0.98 to 1.00).';
const graph = graphOf([ACROSS]);
const summary = summaryOf(SAME);
const conclusions = conclusionsOf(graph, summary);
const flat = (text: string) => text.replace(/\s+/g, ' ');

test('the conclusions have no direction between them, and the graph no arrow', () => {
  const [link] = conclusions.links;
  expect(link).toMatchObject({ first: 'blood.z1', second: 'sleep.z1', same: correlation });
  expect(link.direction.verdict).toBe('undecided');
  expect(
    conclusions.links.filter(({ first, second }) => latents.includes(first) && latents.includes(second)),
  ).toHaveLength(1);
  expect(withDirections(graph, summary).edges[0].direction).toBe('undecided');
});

test('the class of equally good models has no link between them', () => {
  const ends = { first: 'blood.z1', second: 'sleep.z1', from: 'blood.z1', to: 'sleep.z1' };
  const link = { ...ends, presence: 'certain' as const, members: 2, blocks: 0, along: 2 };
  const other = { ...link, second: 'sleep.z2', to: 'sleep.z2' };
  const equivalence = {
    ...{ members: [], compared: 4, subjects: 100, orders: 1 },
    ...{ chosen: { difference: 0, standardError: 0, isMember: true }, links: [link, other] },
  };
  const { links } = equivalenceConclusion(equivalence, conclusions.links)!;
  expect(links.map(({ first, second }) => [first, second])).toEqual([['blood.z1', 'sleep.z2']]);
});

test('a search over the latents need not confirm a link between them', () => {
  const variables = latents.map((name) => ({ name }));
  const { excluded } = linksNotConfirmed(conclusions, { graph: { variables }, edges: [], undrawn: [] });
  expect(excluded).toEqual([]);
});

test('a link of a variable is one link, as its edges have it', () => {
  const relation = RELATED.links[0];
  const both = latents.map((first) => ({ ...relation, first, second: 'eyes & <ears>.z1' }));
  const edge = { ...ACROSS, from: 'sleep.z1', to: 'eyes & <ears>.z1' };
  const fit = graphOf([edge]);
  const of = summaryOf({ ...SAME, links: both });
  const { links } = conclusionsOf(fit, of);
  const ofVariable = links.filter(({ first, same }) => !same && latents.includes(first));
  expect(ofVariable.map(({ first, isFitted }) => [first, isFitted])).toEqual([['sleep.z1', true]]);
  const copy = { ...edge, from: 'blood.z1' };
  const verdicts = judgedGraph(graphOf([edge, copy]), of).edges.map(({ verdict }) => verdict);
  expect(verdicts).toEqual([ofVariable[0].verdict, ofVariable[0].verdict]);
});

describe('graphs for other programs mark the copies, and have no edge between them', () => {
  const judged = judgedGraph(graph, summary);
  const json = graphToJson(judged);

  test('JSON', () => {
    const copies = judged.nodes.map(({ name, sameAs }) => [name, sameAs]).filter(([, sameAs]) => sameAs);
    expect(copies).toEqual([
      ['blood.z1', ['sleep.z1']],
      ['sleep.z1', ['blood.z1']],
    ]);
    expect(graphFromJson(json).nodes).toEqual(judged.nodes);
    const { variables, marks } = causalGraphFromJson(json);
    expect(variables.find(({ name }) => name === 'blood.z1')!.sameAs).toEqual(['sleep.z1']);
    expect(marks.every((mark) => mark === 0)).toBe(true);
  });

  test('DOT', () => {
    for (const dot of [graphToDot(judged), causalGraphToDot(causalGraphFromJson(json))]) {
      expect(dot).toMatch(/"blood\.z1" \[label="[^"]*z1 = sleep\.z1".*sameAs="sleep\.z1"\]/);
      expect(dot).not.toContain('->');
    }
  });

  test('GraphML', () => {
    for (const xml of [graphToGraphml(judged), causalGraphToGraphml(causalGraphFromJson(json))]) {
      expect(xml).toContain('<data key="sameAs">sleep.z1</data>');
      expect(xml).toContain('<key id="sameAs"');
      expect(xml).not.toContain('<edge ');
    }
  });

  test('SVG', async () => {
    const svg = await graphSvg(judged);
    const text = flat(svg.replace(/<[^>]*>/g, ' '));
    expect(text).toContain('Same variable: blood.z1, sleep.z1');
  });
});

describe('a link of a variable with copies', () => {
  const names = ['m1.z1', 'm2.z1', 'm3.z1'];
  const directionIn = (copies: readonly string[], pair: readonly [string, string]) => {
    const evidence = {
      ...RELATED,
      latents: names.map((name) => ({ ...RELATED.latents[0], name })),
      directions: [],
      shared: { subsets: [], same: [{ latents: copies, signs: [1, 1] as const, correlation }] },
    };
    const { config } = summaryOf(evidence);
    const assumed = { ...config, sparsity: { ...config.sparsity, order: 'assumed' as const } };
    return directionOf(pair, { from: pair[0], to: pair[1] }, { evidence, config: assumed, isWithin: false });
  };

  test('has the direction of all copies', () => {
    const assumed = { verdict: 'assumed', from: 'm2.z1', to: 'm3.z1' };
    expect(directionIn(['m1.z1', 'm2.z1'], ['m2.z1', 'm3.z1'])).toMatchObject(assumed);
    expect(directionIn(['m2.z1', 'm3.z1'], ['m1.z1', 'm3.z1'])).toMatchObject({ from: 'm1.z1', to: 'm3.z1' });
  });

  test('has none if the order puts copies on both sides of the other end', () => {
    expect(directionIn(['m1.z1', 'm3.z1'], ['m2.z1', 'm3.z1'])).toEqual({ verdict: 'undecided' });
    expect(directionIn(['m1.z1', 'm3.z1'], ['m1.z1', 'm2.z1'])).toEqual({ verdict: 'undecided' });
  });
});

describe('every output says that they are the same', () => {
  test('sentences', () => {
    expect(linkText(conclusions.links[0])).toBe(sentence);
    const all = summarySentences(conclusions);
    expect(all).toContain(sentence);
    expect(all.join(' ')).not.toContain('blood.z1 and sleep.z1 are directly linked');
  });

  test('the command line, which lists no edge between them', () => {
    expect(flat(printed(() => printTests(graph, summary)))).toContain(sentence);
    const edges = flat(printed(() => printEdges(graph, summary)));
    expect(edges).toContain('1 edge between latents that are the same variable');
    expect(edges).not.toMatch(/blood\.z1 [→–] sleep\.z1/);
  });

  test('the report, with the variable that the fit does not separate', async () => {
    const { text } = section(await report(SAME, [ACROSS]), 'evidence');
    expect(flat(text)).toContain(sentence);
    expect(flat(text)).toContain('blood and sleep have 1 more variable in common');
  });

  test('the server', () => {
    const answer = describeConclusions({ graph, summary });
    expect(conclusionsSchema.parse(JSON.parse(JSON.stringify(answer))).conclusions.shared).toEqual(SAME.shared);
  });
});
