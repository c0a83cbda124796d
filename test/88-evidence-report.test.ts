// Reports lead with what stands up to cross-fitting: every state of the evidence, with summaries made here.

import { describe, expect, jest, test } from '@jest/globals';
import { latentNodes, type LatentEdge, type LatentGraph } from '../src/causal/index.js';
import { printEdges, printEvidence } from '../src/cli/evidence.js';
import { tableObservation } from '../src/data/observation.js';
import { evidenceChart } from '../src/report/charts/evidence-chart.js';
import { AGREEMENT, comparisonHtml, graphSvg, sharing, type ReportDiscovery } from '../src/report/index.js';
import { reportHtml } from '../src/report/html/report.js';
import { fitConfig } from '../src/training/config.js';
import type { RunSummary } from '../src/training/run-folder.js';
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
const WITHIN = edge('blood.z1', 'blood.z2');
const CHANCE = edge('blood.z2', 'sleep.z1');

function graphOf(edges: readonly LatentEdge[]): LatentGraph {
  return { nodes, strengths: new Float64Array(16), edges, runs: 4 };
}

function pair(first: string, second: string, corrected: number): Evidence['pairs'][number] {
  const folds = [
    { correlations: [0.61, 0.1], p: corrected / 2 },
    { correlations: [0.47, 0.05], p: corrected },
  ];
  return { first, second, folds, p: corrected / 3, corrected, related: corrected <= 0.05 };
}

const RELATED: Evidence = {
  alpha: 0.05,
  folds: 2,
  subjects: 240,
  tested: true,
  pairs: [pair('blood', 'eyes & <ears>', 0.62), pair('blood', 'sleep', 4.1e-7), pair('sleep', 'eyes & <ears>', 0.73)],
  links: [
    { first: 'blood.z1', second: 'sleep.z1', correlation: 0.58, p: 2.3e-8, q: 4.6e-8, foundAgain: true, stands: true },
    { first: 'blood.z2', second: 'sleep.z1', correlation: 0.03, p: 0.66, q: 0.66, foundAgain: false, stands: false },
  ],
  agreement: [0.97, 0.42, 0.91, 0.88],
  withdrawn: [CHANCE],
  seconds: 1,
};
const NOTHING: Evidence = {
  ...RELATED,
  pairs: RELATED.pairs.map(({ first, second }, i) => pair(first, second, 0.4 + i / 10)),
  links: [],
  withdrawn: [ACROSS, CHANCE],
};
const TOO_FEW: Evidence = {
  ...NOTHING,
  subjects: 31,
  tested: false,
  pairs: NOTHING.pairs.map((one) => ({ ...one, folds: [], p: 1, corrected: 1, related: false })),
  agreement: [1, 1, 1, 1],
};

function summaryOf(evidence: Evidence | undefined): RunSummary {
  const column = { name: 'x', log: false, offset: 0, mean: 0, sd: 1 };
  const config = fitConfig({}, { subjects: 200 });
  return {
    format: 'interlatent-run-4',
    version: '0.0.0',
    node: 'v0',
    study: 'made up',
    id: 'id',
    fingerprint: 'f'.repeat(64),
    subjects: { train: 200, validation: 20, test: 20 },
    config,
    model: {
      modalities: MODALITIES.map((one) => ({ ...one, exogenous: 1, observation: tableObservation(5) })),
      hidden: 8,
      flow: 'affine',
      components: 1,
      flowHidden: 8,
      within: true,
      graph: 'ordered',
      gates: true,
      componentMap: 0,
    },
    columns: MODALITIES.map(({ name }) => ({ name, columns: [column] })),
    parts: [{ name: 'joint', chosenRun: 0, objectives: [1], bestEpochs: [0], epochs: 1, failures: [], seconds: 1 }],
    agreement: [1, 1, 1, 1],
    evidence,
    seconds: 1,
  };
}

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

/** What a call prints. */
function printed(call: () => void): string {
  const texts: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => texts.push(String(text)) > 0);
  try {
    call();
  } finally {
    spy.mockRestore();
  }
  return texts.join('');
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

describe('modalities that share something', () => {
  const html = report(RELATED, [ACROSS, WITHIN]);

  test('come first in the report, before the graph, and in words at the top', async () => {
    const ids = Array.from((await html).matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids[0]).toBe('evidence');
    expect(ids).toContain('graph');
    expect(masthead(await html)).toContain('1 of 3 pairs of modalities share something: blood and sleep.');
    expect(masthead(await html)).toContain('q 4.6 · 10⁻⁸');
  });

  test('every pair has a sentence, the clearest first, under one picture', async () => {
    const { html: own } = section(await html, 'evidence');
    expect(own).toContain('aria-label="What the modalities share"');
    const sentences = Array.from(own.split('told-pairs')[1].matchAll(/<li>(.*?)<\/li>/g), ([, text]) => text);
    expect(sentences).toEqual([
      'blood and sleep share something: in subjects that no model had seen, what is closest in their latents ' +
        'correlates by 0.61 and 0.47 in the two halves (p 4.1 · 10⁻⁷, corrected for 3 pairs).',
      `Nothing that blood and ${EYES} share was found (p 0.62, corrected for 3 pairs).`,
      `Nothing that sleep and ${EYES} share was found (p 0.73, corrected for 3 pairs).`,
    ]);
  });

  test('links that stand have correlation, p and q; those that do not are counted only', async () => {
    const { html: own, text } = section(await html, 'evidence');
    const rows = own.split('Latents that go together')[2].split('</table>')[0];
    expect(textOf(rows)).toContain('blood.z1 sleep.z1 0.58 2.3 · 10⁻⁸ 4.6 · 10⁻⁸');
    expect(rows).not.toContain('blood.z2');
    expect(text).toContain('1 of 2 pairs of latents in related modalities');
  });

  test('withdrawn edges are named with the reason, and what is left of the fit says so', async () => {
    const { text } = section(await html, 'evidence');
    expect(text).toContain(
      'Withdrawn from the graph: blood.z2 → sleep.z1; found by the fit, but halves of the subjects that no model had ' +
        'seen do not show it, or do not find the latents again.',
    );
    expect(section(await html, 'graph').text).toContain('those within a modality were not tested');
  });

  test('every latent says whether halves of the data find it again; the top warns of the others', async () => {
    const { text } = section(await html, 'evidence');
    expect(text).toContain('Halves of the data find 3 of 4 latents again');
    expect(text).toMatch(/blood\.z1 0\.97 found again blood\.z2 0\.42 not found again sleep\.z1 0\.91 found again/);
    expect(masthead(await html)).toContain('Halves of the data do not find 1 of 4 latents again');
  });

  test('a single pair needs no correction, and is told by its names', () => {
    const one = { ...RELATED, pairs: [pair('blood', 'sleep', 0.01)] };
    expect(sharing(one).headline).toBe('blood and sleep share something.');
    expect(sharing({ ...one, pairs: [pair('blood', 'sleep', 0.3)] }).headline).toBe(
      'Nothing that blood and sleep share was found.',
    );
  });

  test('related modalities without a single link that stands are no broken promise', async () => {
    const links = RELATED.links.map((link) => ({ ...link, q: 0.2, stands: false }));
    const { text } = section(await report({ ...RELATED, links, withdrawn: [ACROSS] }, [WITHIN]), 'evidence');
    expect(text).toContain('No single one: of 2 pairs of latents in related modalities none stands');
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
    expect(root.attributes['aria-label']).toBe('What the modalities share');
    const [{ text }] = findAll(root, 'desc');
    expect(text).toContain('5 % line');
    expect(text).toContain('blood and <ears>: nothing found · p 0.2');
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

describe('a study in which nothing is related', () => {
  const html = report(NOTHING, [WITHIN]);

  test('says so in large plain words at the top', async () => {
    const head = (await html).split('<header')[1].split('</header>')[0];
    expect(head).toContain(
      '<p class="verdict">Nothing that any two of the modalities share was found, in 3 pairs.</p>',
    );
    expect(masthead(await html)).toContain('None stands');
    expect(masthead(await html)).not.toMatch(/sparsity\.weight|how they depend on one another/);
    expect(section(await html, 'evidence').text).toContain('This is no proof that they share nothing');
  });

  test('has no figure of the evidence and none of the graph; what the fit had is named', async () => {
    for (const id of ['evidence', 'graph']) expect(section(await html, id).html).not.toContain('<svg');
    expect(section(await html, 'graph').text).toContain('No link between modalities stands.');
    expect(section(await html, 'graph').text).toContain('blood.z1 blood.z2 0.500');
    expect(section(await html, 'evidence').text).toContain('blood.z1 → sleep.z1 and blood.z2 → sleep.z1; found by the');
    expect(section(await html, 'evidence').text).toContain('do not show them');
  });
});

describe('what was not tested', () => {
  test.each([
    [
      'without evidence',
      undefined,
      'Not tested: whether the modalities share anything is not known.',
      '--evidence none',
    ],
    [
      'of too few subjects',
      TOO_FEW,
      'Not tested: 31 subjects are too few to tell what the modalities share.',
      'No link between modalities stands',
    ],
  ])('%s is told at the top, in a warning, beside the graph', async (_, evidence, headline, advice) => {
    const html = await report(evidence, evidence ? [WITHIN] : [ACROSS, WITHIN]);
    expect(masthead(html)).toContain(headline);
    expect(masthead(html)).toContain('Whether the modalities share anything was not tested');
    const own = section(html, 'evidence');
    expect(own.html).toContain('class="notice warning"');
    expect(own.html).not.toContain('<svg');
    expect(own.text).toContain(headline);
    expect(own.text).toContain(advice);
    expect(own.text).not.toMatch(/found again|share something/);
    expect(section(html, 'graph').text).toContain(headline);
    expect(html).not.toContain('stand up to cross-fitting');
  });

  test('edges of too few subjects are withdrawn for want of a test, not because of one', async () => {
    const { text } = section(await report(TOO_FEW, []), 'evidence');
    expect(text).toContain('found by the fit, but there are too few subjects to test them.');
    expect(text).not.toContain('do not show');
  });

  test('links of a fit without evidence are said to be untested', async () => {
    expect(masthead(await report(undefined, [ACROSS]))).toMatch(/Not tested: they may be chance\..*not tested/);
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
    const out = printed(() => printEdges(graphOf([ACROSS]), 'Edges of the model'));
    expect(out).toMatch(/Edges of the model:\n.*from +to +strength +agreement/);
    expect(out).toMatch(/blood\.z1 +sleep\.z1 +0\.500 +25 %/);
    expect(out).toContain(AGREEMENT);
    expect(printed(() => printEdges(graphOf([]), 'Edges'))).toBe('\nNo edges.\n');
  });
});

describe('commands', () => {
  test('print what modalities share, what stands and what was withdrawn', () => {
    const out = printed(() => printEvidence(RELATED));
    expect(out).toContain('1 of 3 pairs of modalities share something: blood and sleep.');
    expect(out).toMatch(/blood +sleep +0\.610 +1\.4e-7 +4\.1e-7 +share something/);
    expect(out).toMatch(/blood\.z1 +sleep\.z1 +0\.580 +2\.3e-8 +4\.6e-8/);
    expect(out).not.toMatch(/blood\.z2 +sleep\.z1/);
    expect(out).toContain('Withdrawn from the graph: blood.z2 → sleep.z1;');
    expect(out).toContain('Halves of the data find 3 of 4 latents again');
  });

  test('say on how many subjects a pair was tested, where not all have both', () => {
    const pairs = RELATED.pairs.map((pair) => ({ ...pair, subjects: pair.second === 'sleep' ? 171 : 240 }));
    const out = printed(() => printEvidence({ ...RELATED, pairs }));
    expect(out).toContain('subjects (groups) with both');
    expect(out).toMatch(/blood +sleep +171 +0\.610/);
    expect(printed(() => printEvidence(RELATED))).not.toContain('with both');
  });

  test.each([
    [undefined, /^\n.*Not tested: whether.*--evidence none/],
    [TOO_FEW, /^\n.*Not tested: 31 subjects are too few.*\n.*too few subjects to test them\.\n$/],
    [NOTHING, /^\n.*Nothing that any two of the modalities share was found/],
  ])('say what is not known before anything else (%#)', (evidence, expected) => {
    expect(printed(() => printEvidence(evidence))).toMatch(expected);
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
    expect(text).toContain(`blood and ${EYES}; sleep and ${EYES}: cross-fitting finds nothing that they share.`);
  });

  test('says how many subjects took no part, because they lack a modality', async () => {
    const { text } = section(await report(RELATED, [ACROSS], asking(17)), 'discovery');
    expect(text).toContain('17 subjects took no part: a modality whose latents entered is missing of each.');
    expect(section(await report(RELATED, [ACROSS], asking(0)), 'discovery').text).not.toContain('took no part');
  });

  test('says what its edges do not mean where halves of the data do not find a latent again', async () => {
    const said = async (evidence: Evidence) =>
      section(await report(evidence, [ACROSS], asking(0)), 'discovery').text.match(
        /Halves of the data .* again\./,
      )?.[0];
    expect(await said(RELATED)).toBe('Halves of the data find only 3 of the 4 latents again.');
    expect(await said({ ...RELATED, agreement: [0.1, 0.2, 0.3, 0.6] })).toMatch(/find none of the latents again/);
    expect(await said({ ...RELATED, agreement: [0.9, 0.9, 0.9, 0.9] })).toBeUndefined();
  });

  test('a graph from a file says that it does not know', async () => {
    const { text } = section(await report(RELATED, [ACROSS], { graph, edges: [] }), 'discovery');
    expect(text).toContain('The graph’s file does not say whether its latents are cross-fitted');
    expect(text).not.toMatch(/The latents are cross-fitted|No edge was allowed/);
  });
});

test('a comparison says of every run what is related, first', async () => {
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
  for (const { name, summary } of runs) expect(text).toContain(`${name} ${sharing(summary.evidence).headline}`);
  const row = (title: string) => textOf(own.split(`<th scope="row">${title}</th>`)[1].split('</tr>')[0]).trim();
  expect(row('blood and sleep')).toMatch(
    /^share something corrected p 4\.1 · 10⁻⁷ share something corrected .* nothing found corrected p 0\.5 not tested not tested$/,
  );
  expect(row('Edges of the fit that were withdrawn')).toBe('1 1 2 – –');
  expect(row('Latents that halves of the data find again')).toBe('3 3 3 – –');
  expect(section(html, 'settings').text).toContain(AGREEMENT);
});

describe('what follows if', () => {
  const consequences = async (evidence: Evidence | undefined, edges: readonly LatentEdge[]) => {
    const interventions = { steps: [-2, 0, 2], draws: 100, level: 0.9, latents: [], undetermined: ['blood.z2'] };
    const input = { summary: summaryOf(evidence), graph: graphOf(edges), history: [], interventions };
    return section(await reportHtml(input), 'interventions').text;
  };

  test('names the edges that are not taken, and why', async () => {
    expect(await consequences(RELATED, [ACROSS])).toContain(
      'Not taken: blood.z2 → sleep.z1. The fit has it, but it did not stand up to cross-fitting.',
    );
    expect(await consequences(TOO_FEW, [])).toContain(
      'blood.z1 → sleep.z1 and blood.z2 → sleep.z1. The fit has them, but there are too few subjects to test them.',
    );
  });

  test('says that untested arrows may be nothing, and that nothing follows without any', async () => {
    expect(await consequences(undefined, [ACROSS])).toContain('none was tested on subjects that no model saw');
    expect(await consequences(RELATED, [ACROSS])).not.toMatch(/none was tested|nothing follows/);
    expect(await consequences(NOTHING, [])).toContain('nothing follows from a latent but the columns of its own');
  });

  test('leaves out latents that the data do not determine, with the reason', async () => {
    expect(await consequences(RELATED, [ACROSS])).toContain('blood.z2 is not set here: an equally good restart');
  });
});
