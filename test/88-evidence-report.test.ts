// Reports and commands lead with the conclusions: every state of the evidence, with summaries made here.

import { describe, expect, test } from '@jest/globals';
import { latentNodes, type LatentEdge, type LatentGraph } from '../src/causal/index.js';
import { printConclusions, printEdges } from '../src/cli/evidence.js';
import { evidenceChart } from '../src/report/charts/evidence-chart.js';
import { conclusionsOf, headline, pairText } from '../src/conclusions/index.js';
import { AGREEMENT, comparisonHtml, graphSvg, type ReportDiscovery } from '../src/report/index.js';
import { reportHtml } from '../src/report/html/report.js';
import type { RunSummary } from '../src/training/run-folder.js';
import { madeSummary } from './made-runs.js';
import { printed } from './outputs.js';
import { findAll, readXml } from './xml-reader.js';

type Evidence = NonNullable<RunSummary['evidence']>;

const MODALITIES = [
  { name: 'blood', latents: 2 },
  { name: 'sleep', latents: 1 },
  { name: 'eyes & <ears>', latents: 1 },
];
const EYES = 'eyes &#38; &#60;ears&#62;';
const nodes = latentNodes(MODALITIES);
const edge = (from: string, to: string): LatentEdge => ({ from, to, strength: 0.5, agreement: 0.25 });
const ACROSS = edge('blood.z1', 'sleep.z1');
const WITHIN = { ...edge('blood.z1', 'blood.z2'), agreement: 0.75 };
const CHANCE = edge('blood.z2', 'sleep.z1');

function graphOf(edges: readonly LatentEdge[]): LatentGraph {
  return { nodes, strengths: new Float64Array(16), edges, runs: 4 };
}

function pair(first: string, second: string, corrected: number): Evidence['pairs'][number] {
  const associated = corrected <= 0.05;
  const correlation = associated
    ? { estimate: 0.54, lower: 0.41, upper: 0.65 }
    : { estimate: 0.03, lower: -0.1, upper: 0.16 };
  const folds = [corrected / 2, corrected];
  return { first, second, subjects: 240, folds, p: corrected / 3, corrected, associated, correlation };
}

const link = (first: string, second: string, q: number): Evidence['links'][number] => {
  const isSupported = q <= 0.05;
  const relation = {
    estimate: isSupported ? -0.58 : 0.03,
    lower: isSupported ? -0.7 : -0.1,
    upper: isSupported ? -0.4 : 0.16,
  };
  return {
    first,
    second,
    ...(isSupported ? { verdict: 'supported' } : { verdict: 'not-supported', reason: 'explained' }),
    association: { ...relation, p: q / 3 },
    direct: { ...relation, p: q / 2 },
    given: isSupported ? ['blood.z2'] : [],
    q,
  };
};

const latent = (name: string, agreement: number, single: boolean): Evidence['latents'][number] => ({
  name,
  agreement,
  chance: 0.5,
  corrected: (agreement - 0.5) / 0.5,
  p: single ? 0.003 : 0.6,
  subspace: 0.9,
  fitted: 0.95,
  replicated: true,
  single,
  leak: 0.1,
});

const RELATED: Evidence = {
  alpha: 0.05,
  linkAlpha: 0.01,
  folds: 2,
  splits: 3,
  subjects: 240,
  tested: true,
  pairs: [pair('blood', 'eyes & <ears>', 0.62), pair('blood', 'sleep', 4.1e-7), pair('sleep', 'eyes & <ears>', 0.73)],
  latents: [
    latent('blood.z1', 0.97, true),
    latent('blood.z2', 0.42, false),
    latent('sleep.z1', 0.91, true),
    latent('eyes & <ears>.z1', 0.88, true),
  ],
  links: [link('blood.z1', 'sleep.z1', 4.6e-8), link('blood.z2', 'sleep.z1', 0.66)],
  directions: [],
  unsupported: [CHANCE],
  seconds: 1,
};
const NOTHING: Evidence = {
  ...RELATED,
  pairs: RELATED.pairs.map(({ first, second }, i) => pair(first, second, 0.4 + i / 10)),
  links: [],
  unsupported: [ACROSS, CHANCE],
};
const TOO_FEW: Evidence = {
  ...NOTHING,
  subjects: 31,
  tested: false,
  pairs: NOTHING.pairs.map(({ first, second }) => ({
    ...{ first, second, subjects: 31 },
    ...{ folds: [], p: 1, corrected: 1, associated: false },
  })),
  latents: [],
};

const summaryOf = (evidence: Evidence | undefined): RunSummary => madeSummary(MODALITIES, evidence);

function report(evidence: Evidence | undefined, edges: readonly LatentEdge[], discovery?: ReportDiscovery) {
  return reportHtml({ summary: summaryOf(evidence), graph: graphOf(edges), history: [], discovery });
}

/** A section of the page, and its text without markup. */
function section(html: string, id: string): { html: string; text: string } {
  const own = html.slice(html.indexOf(`<section id="${id}"`)).split('</section>')[0];
  return { html: own, text: textOf(own) };
}

function masthead(html: string): string {
  return textOf(html.split('<header')[1].split('</header>')[0]);
}

function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

test.each([
  ['ordered', 'follow the order of the study file; they are assumed, not found'],
  ['acyclic', 'the order that fits best among the orders that restarts drew'],
  ['cyclic', 'latents may cause each other'],
] as const)('the top says where directions of a graph that is %s come from', async (graph, text) => {
  const summary = summaryOf(undefined);
  const other = { ...summary, model: { ...summary.model, graph } };
  const html = await reportHtml({ summary: other, graph: graphOf([ACROSS]), history: [] });
  expect(masthead(html)).toContain(text);
});

describe('modalities that are associated', () => {
  const html = report(RELATED, [ACROSS, WITHIN]);

  test('come first in the report, before the graph, and in words at the top', async () => {
    const ids = Array.from((await html).matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids[0]).toBe('evidence');
    expect(ids).toContain('graph');
    expect(masthead(await html)).toContain('1 of 3 pairs of modalities are associated: blood and sleep.');
    expect(masthead(await html)).toContain('q 4.6 · 10⁻⁸');
  });

  test('every pair has its sentence, the clearest first, under one picture', async () => {
    const { html: own } = section(await html, 'evidence');
    expect(own.match(/<svg/g)).toHaveLength(1);
    const sentences = Array.from(own.split('told-pairs')[1].matchAll(/<li>(.*?)<\/li>/g), ([, text]) => text);
    expect(sentences).toEqual([
      'blood and sleep are associated (p 4.1 · 10⁻⁷, corrected for 3 pairs; correlation of held-out subjects 0.54 ' +
        '(95 % interval 0.41 to 0.65)).',
      `No association between blood and ${EYES} was found (p 0.62, corrected for 3 pairs; correlation of held-out ` +
        'subjects 0.03 (95 % interval −0.10 to 0.16)). A correlation of 0.3 is ruled out.',
      expect.stringContaining(`No association between sleep and ${EYES} was found (p 0.73`),
    ]);
  });

  test('links that are supported have sign, correlation and q; the others are apart, with the reason', async () => {
    const { html: own } = section(await html, 'evidence');
    const [supported, others] = own.split('id="links"')[1].split('<details');
    expect(textOf(supported)).toContain('blood.z1 − sleep.z1 −0.58 −0.58 (95 % interval −0.70 to −0.40) 4.6 · 10⁻⁸');
    expect(supported).not.toContain('blood.z2');
    expect(textOf(others)).toMatch(/blood\.z2 \+ sleep\.z1 .* one of 0\.3 is ruled out/);
  });

  test('the graph says that links are supported, not directions, and those within are not tested', async () => {
    const { text } = section(await html, 'graph');
    expect(text).toContain('supported by cross-fitting as links, not as directions');
    expect(text).toContain('those within a modality are not tested');
  });

  test('every latent says whether disjoint folds replicate it; the top warns of the others', async () => {
    const { text } = section(await html, 'evidence');
    expect(text).toMatch(/blood\.z1 0\.97 0\.50 0\.94 blood\.z1 is replicated/);
    expect(text).toMatch(/blood\.z2 0\.42 0\.50 −0\.16 blood\.z2 may be a mixture/);
    expect(masthead(await html)).toContain('1 of 4 latents is not replicated alone');
  });

  test('a single pair needs no correction, and is called by its names', () => {
    const of = (corrected: number) =>
      conclusionsOf(graphOf([]), summaryOf({ ...RELATED, pairs: [pair('blood', 'sleep', corrected)] }));
    expect(headline(of(0.01))).toBe('blood and sleep are associated.');
    expect(headline(of(0.3))).toBe('No association between blood and sleep was found.');
    expect(pairText(of(0.01).pairs[0], 1)).not.toContain('corrected');
  });

  test('associated modalities without a single supported link are no broken promise', async () => {
    const links = RELATED.links.map(({ first, second }) => link(first, second, 0.2));
    const { text } = section(await report({ ...RELATED, links, unsupported: [ACROSS] }, [WITHIN]), 'evidence');
    expect(text).toContain('No direct link is supported: what the modalities have in common is not traced to single');
  });
});

describe('the picture of the pairs', () => {
  const data = {
    alpha: 0.05,
    pairs: [
      { first: { name: 'blood', m: 0 }, second: { name: 'sleep', m: 1 }, p: 4.1e-7, related: true },
      { first: { name: 'blood', m: 0 }, second: { name: '<ears>', m: 2 }, p: 0.2, related: false },
      { first: { name: 'a', m: 3 }, second: { name: 'b', m: 4 }, p: 0, related: true },
    ],
  };

  test.each([860, 300])('%i pixels: bars pass the line where modalities are related, only there', (width) => {
    const svg = evidenceChart(data, width);
    const root = readXml(svg);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const [{ text }] = findAll(root, 'desc');
    expect(text).toContain('5 % line');
    expect(text).toMatch(/blood and <ears>: .* · p 0\.2/);
    const line = Number(
      findAll(root, 'line').find(({ attributes }) => 'stroke-dasharray' in attributes)!.attributes.x1,
    );
    expect(line / width).toBeCloseTo(Math.log10(20) / 10, 2);
    const bars = findAll(root, 'rect').filter(({ children }) => children.length === 1);
    expect(bars.map(({ attributes }) => Number(attributes.width) > line)).toEqual([true, false, true]);
    expect(bars.map(({ attributes }) => attributes.class)).toEqual(['il-f0', 'il-muted', 'il-f0']);
    for (const { attributes } of bars) expect(Number(attributes.width)).toBeLessThanOrEqual(width);
  });
});

describe('a study in which nothing is associated', () => {
  const html = report(NOTHING, [WITHIN]);

  test('says so in large plain words at the top', async () => {
    const head = (await html).split('<header')[1].split('</header>')[0];
    expect(head).toContain(
      '<p class="verdict">No association was found between any two of the modalities (3 pairs).</p>',
    );
    expect(masthead(await html)).toContain('None is supported');
    expect(masthead(await html)).not.toMatch(/sparsity\.weight|how they depend on one another/);
    expect(section(await html, 'evidence').text).toContain('This does not show that the modalities are unrelated');
  });

  test('has no figure of the evidence and none of the graph', async () => {
    for (const id of ['evidence', 'graph']) expect(section(await html, id).html).not.toContain('<svg');
    expect(section(await html, 'graph').text).toContain('No link between modalities is supported.');
    expect(section(await html, 'graph').text).toContain('blood.z1 blood.z2 not known 0.500');
  });
});

describe('what was not tested', () => {
  test.each([
    [
      'without evidence',
      undefined,
      'Not tested: it is not known whether the modalities are associated.',
      'fit again without --evidence none',
    ],
    [
      'of too few subjects',
      TOO_FEW,
      'Not tested: 31 subjects are too few to tell whether the modalities are associated.',
      '40 subjects are needed',
    ],
  ])('%s is said at the top, in a warning, beside the graph', async (_, evidence, sentence, advice) => {
    const html = await report(evidence, evidence ? [WITHIN] : [ACROSS, WITHIN]);
    expect(masthead(html)).toContain(sentence);
    expect(masthead(html)).toContain('No association between the modalities was tested');
    const own = section(html, 'evidence');
    expect(own.html).toContain('class="notice warning"');
    expect(own.html).not.toContain('<svg');
    expect(own.text).toContain(sentence);
    expect(own.text).toContain(advice);
    expect(own.text).toContain('No link between modalities is supported, and none is drawn');
    expect(own.text).not.toMatch(/replicated|directly linked|\d and sleep are associated/);
    expect(section(html, 'graph').text).toContain(sentence);
    expect(html).not.toContain('supported by cross-fitting');
  });

  test('links of a fit without evidence are said to be untested', async () => {
    expect(masthead(await report(undefined, [{ ...ACROSS, agreement: 0.75 }]))).toMatch(
      /Not tested: they may be chance\..*not tested/,
    );
  });
});

describe('agreement', () => {
  test('is explained beside the graph and in the diagnostics, and nothing is called confidence', async () => {
    const html = await report(RELATED, [ACROSS, WITHIN]);
    for (const id of ['graph', 'diagnostics']) expect(section(html, id).text).toContain(AGREEMENT);
    expect(textOf(html).replaceAll(/no confidence/g, '')).not.toMatch(/confiden/i);
    expect(masthead(html)).not.toMatch(/\d of 4 runs/);
  });

  test('colours and fades no arrow', async () => {
    const looks = async (agreement: number) =>
      (await graphSvg(graphOf([{ ...ACROSS, agreement }]))).replaceAll(/found in \d of 4 runs/g, '');
    expect(await looks(0.25)).toBe(await looks(1));
  });

  test('is explained under the edges that commands print', () => {
    const out = printed(() => printEdges(graphOf([ACROSS]), 'Edges of the model', summaryOf(RELATED)));
    expect(out).toMatch(/Edges of the model:\nlatents +direction +strength +agreement/);
    expect(out).toMatch(/blood\.z1 +sleep\.z1 +not known +0\.500 +25 %/);
    expect(out.replace(/\s+/g, ' ')).toContain(AGREEMENT);
    expect(printed(() => printEdges(graphOf([]), 'Edges', summaryOf(RELATED)))).toBe('\nThe graph has no edges.\n');
  });
});

describe('commands', () => {
  const said = (evidence: Evidence | undefined, edges: readonly LatentEdge[] = [ACROSS]) =>
    printed(() => printConclusions(graphOf(edges), summaryOf(evidence)));

  test('print the summary, then pairs and links with their verdicts and reasons', () => {
    const out = said(RELATED);
    expect(out).toMatch(/^\n.*1 of 3 pairs of modalities are associated: blood and sleep\./);
    expect(out).toMatch(/blood +sleep +0\.540 +0\.410 … 0\.650 +1\.4e-7 +4\.1e-7 +supported/);
    expect(out).toMatch(/blood\.z1 +sleep\.z1 +-0\.580 +-0\.580 .* 4\.6e-8 +supported +not known/);
    expect(textOf(out)).toMatch(/one falls as the other rises \(correlation given blood\.z2/);
    expect(textOf(out)).toContain('blood.z2 – sleep.z1: no direct correlation is found, and one of 0.3 is ruled out.');
    expect(textOf(out)).toContain('Associations are not effects');
  });

  test('say how many subjects a pair was tested on, where not all have both', () => {
    const pairs = RELATED.pairs.map((one) => ({ ...one, subjects: one.second === 'sleep' ? 171 : 240 }));
    const out = said({ ...RELATED, pairs });
    expect(out).toContain('with both');
    expect(out).toMatch(/blood +sleep +171 +0\.540/);
    expect(said(RELATED)).not.toContain('with both');
  });

  test.each([
    [undefined, /^\n.*Not tested: it is not known[^]*--evidence none/],
    [TOO_FEW, /^\n.*Not tested: 31 subjects are too few[^]*40 subjects are needed/],
    [NOTHING, /^\n.*No association was found between any two of the modalities/],
  ])('say what is not known before anything else (%#)', (evidence, expected) => {
    expect(said(evidence)).toMatch(expected);
  });
});

describe('discovery in the report', () => {
  const graph = { variables: nodes.map(({ name, modality }) => ({ name, modality })), marks: new Int8Array(16) };
  const asked = { algorithm: 'pc', test: 'mixed', alpha: 0.01, bootstrap: 0, seed: 0, groups: [] } as const;
  const asking = (lacking: number) => ({ graph, edges: [], asked: { ...asked, crossFitted: true, lacking } });

  test('says that its latents are cross-fitted, and between which modalities no edge was allowed', async () => {
    const { text } = section(await report(RELATED, [ACROSS], asking(0)), 'discovery');
    expect(text).toContain('The latents are cross-fitted: each subject’s are those of a model that never saw it');
    expect(text).toContain('No edge was allowed between latents of');
    expect(text).toContain(`blood and ${EYES}; sleep and ${EYES}: no association of theirs was found.`);
  });

  test('says how many subjects took no part, because they lack a modality', async () => {
    const { text } = section(await report(RELATED, [ACROSS], asking(17)), 'discovery');
    expect(text).toContain('17 subjects took no part: a modality whose latents entered is missing of each.');
    expect(section(await report(RELATED, [ACROSS], asking(0)), 'discovery').text).not.toContain('took no part');
  });

  test('says what its edges do not mean where folds do not replicate a latent alone', async () => {
    const said = async (evidence: Evidence) =>
      section(await report(evidence, [ACROSS], asking(0)), 'discovery').text.match(
        /Not replicated alone: [^.]*\.z\d\./,
      )?.[0];
    expect(await said(RELATED)).toBe('Not replicated alone: blood.z2.');
    const all = RELATED.latents.map(({ name }) => latent(name, 0.9, true));
    expect(await said({ ...RELATED, latents: all })).toBeUndefined();
  });

  test('a graph from a file says that it does not know', async () => {
    const { text } = section(await report(RELATED, [ACROSS], { graph, edges: [] }), 'discovery');
    expect(text).toContain('The graph’s file does not say whether its latents are cross-fitted');
    expect(text).not.toMatch(/The latents are cross-fitted|No edge was allowed/);
  });
});

test('a comparison says of every run what is associated, first', async () => {
  const turned = { ...RELATED, pairs: RELATED.pairs.map((one) => ({ ...one, first: one.second, second: one.first })) };
  const runs = [RELATED, turned, NOTHING, TOO_FEW, undefined].map((evidence, r) => ({
    name: `run-${r}`,
    summary: summaryOf(evidence),
    graph: graphOf([WITHIN]),
    history: [],
  }));
  const html = await comparisonHtml(runs);
  expect(html.match(/<section id="(\w+)"/)![1]).toBe('evidence');
  const { text, html: own } = section(html, 'evidence');
  for (const { name, summary, graph } of runs) {
    expect(text).toContain(`${name} ${headline(conclusionsOf(graph, summary))}`);
  }
  const row = (title: string) => textOf(own.split(`<th scope="row">${title}</th>`)[1].split('</tr>')[0]).trim();
  expect(row('blood and sleep')).toMatch(
    /^associated corrected p 4\.1 · 10⁻⁷ associated corrected .* not shown corrected p 0\.5 not tested not tested$/,
  );
  expect(row('Edges of the fit that are not supported')).toBe('1 1 2 – –');
  expect(row('Latents that are replicated')).toBe('3 3 3 – –');
  expect(section(html, 'settings').text).toContain(AGREEMENT);
});

describe('what follows if', () => {
  const refused = {
    name: 'blood.z2',
    code: 'undetermined-latent',
    reason: 'blood.z2 is not determined by the data.',
  } as const;
  const consequences = async (evidence: Evidence | undefined, edges: readonly LatentEdge[]) => {
    const interventions = { steps: [-2, 0, 2], draws: 100, level: 0.9, latents: [], unset: [refused] };
    const input = { summary: summaryOf(evidence), graph: graphOf(edges), history: [], interventions };
    return section(await reportHtml(input), 'interventions').text;
  };

  test('names the edges that are not followed, and why', async () => {
    expect(await consequences(RELATED, [ACROSS])).toContain(
      'Not followed: blood.z2 – sleep.z1. The fit has it, but held-out subjects do not support it.',
    );
  });

  test('says that nothing follows without a supported link', async () => {
    expect(await consequences(RELATED, [ACROSS])).not.toMatch(/nothing follows/);
    expect(await consequences(NOTHING, [])).toContain('nothing follows from a latent but the columns of its modality');
  });

  test('leaves out latents that may not be set, with the reason', async () => {
    expect(await consequences(RELATED, [ACROSS])).toContain(refused.reason);
  });
});
