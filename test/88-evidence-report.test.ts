// Reports and commands lead with the conclusions: every state of the evidence, with summaries made here.

import { describe, expect, jest, test } from '@jest/globals';
import type { LinkFigures } from '../src/causal/discovery/link-figures.js';
import { latentNodes, type LatentEdge, type LatentGraph } from '../src/causal/index.js';
import { printConclusions, printEdges, printTests } from '../src/cli/evidence.js';
import { tableObservation } from '../src/data/observation.js';
import { forestChart } from '../src/report/charts/forest-chart.js';
import { conclusionsOf, headline, pairText, summarySentences } from '../src/conclusions/index.js';
import { AGREEMENT, comparisonHtml, graphSvg, type ReportDiscovery, type ReportInput } from '../src/report/index.js';
import { missingCard } from '../src/report/html/missing-card.js';
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
    parts: [
      {
        ...{ name: 'joint', chosenRun: 0, rule: 'validation-objective', objectives: [1], bestEpochs: [0] },
        ...{ epochs: 1, failures: [], seconds: 1 },
      },
    ],
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

describe('where directions come from', () => {
  const careful = async (change: Partial<RunSummary>, edges: readonly LatentEdge[] = [ACROSS]) => {
    const html = await reportHtml({
      summary: { ...summaryOf(RELATED), ...change },
      graph: graphOf(edges),
      history: [],
    });
    return masthead(html);
  };

  test('an assumed order is said to be assumed', async () => {
    const { config } = summaryOf(RELATED);
    const sparsity = { ...config.sparsity, graph: 'ordered', order: 'assumed' } as const;
    const top = await careful({ config: { ...config, sparsity } });
    expect(top).toContain('Directions that are assumed follow the order in the study file');
    expect(top).not.toContain('Nothing determines');
  });

  test('where nothing determines a direction, none is claimed', async () => {
    const { config } = summaryOf(RELATED);
    const top = await careful({ config: { ...config, sparsity: { ...config.sparsity, graph: 'acyclic' } } });
    expect(top).toContain('Nothing determines the direction of 1 supported link');
    expect(top).not.toContain('assumed');
  });

  test('without a supported link nothing is said of directions', async () => {
    expect(await careful({ evidence: NOTHING }, [WITHIN])).not.toMatch(/direction/i);
  });
});

describe('modalities that are associated', () => {
  const html = report(RELATED, [ACROSS, WITHIN]);

  test('come first in the report, before the graph, and in words at the top', async () => {
    const ids = Array.from((await html).matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids[0]).toBe('evidence');
    expect(ids).toContain('graph');
    expect(masthead(await html)).toContain('1 of 3 pairs of modalities is associated: blood and sleep.');
  });

  test('every pair has correlation, interval and corrected p on the first page, the clearest first', async () => {
    const { text, html: own } = section(await html, 'evidence');
    expect(text).toMatch(/blood and sleep 0\.54 0\.41 to 0\.65 4 · 10⁻⁷ associated/);
    expect(text).toContain(`blood and ${EYES} 0.03 −0.10 to 0.16 0.62 not found; 0.3 ruled out`);
    expect(own.indexOf('blood and sleep')).toBeLessThan(own.indexOf(`blood and ${EYES}`));
    expect(own).not.toContain('<svg');
  });

  test('every pair has its sentence among everything that was tested', async () => {
    const { html: own } = section(await html, 'tested');
    expect(own).toContain('<details class="fold">');
    const sentences = Array.from(own.split('told-pairs')[1].matchAll(/<li>(.*?)<\/li>/g), ([, text]) => text);
    expect(sentences).toEqual([
      'In held-out subjects, the latents of blood and sleep correlate by 0.54 (95 % interval 0.41 to 0.65), ' +
        'corrected p = 4 · 10⁻⁷.',
      `No association between blood and ${EYES} was found (corrected p = 0.62). In held-out subjects, their latents ` +
        'correlate by 0.03 (95 % interval −0.10 to 0.16). A correlation of 0.3 is ruled out.',
      expect.stringContaining(`No association between sleep and ${EYES} was found (corrected p = 0.73`),
    ]);
  });

  test('supported links have sign, correlation and q; the others stand below, with the reason', async () => {
    const { text } = section(await html, 'evidence');
    const supported = text.split('Which latents are directly linked?')[1];
    expect(supported).toContain('blood.z1 − sleep.z1 −0.58 −0.70 to −0.40 5 · 10⁻⁸');
    expect(supported).not.toContain('blood.z2');
    expect(section(await html, 'tested').text).toMatch(/blood\.z2 \+ sleep\.z1 .* one of 0\.3 is ruled out/);
  });

  test('pictures follow: correlations, and supported links alone', async () => {
    const { html: own, text } = section(await html, 'pictures');
    expect(own.match(/<svg/g)).toHaveLength(2);
    expect(own).toContain('aria-label="How strongly the modalities are associated"');
    const drawn = own.split('aria-label="Supported links"')[1];
    expect(drawn).toContain('blood.z1');
    expect(drawn.split('</svg>')[0]).not.toContain('blood.z2');
    expect(drawn).toContain('−0.58');
    expect(text).toContain('one falls as the other rises');
    const ids = Array.from((await html).matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids.slice(0, 3)).toEqual(['evidence', 'pictures', 'tested']);
  });

  test('what follows the pictures is folded', async () => {
    const [front, rest] = (await html).split('<section id="tested"');
    expect(front).not.toContain('class="fold"');
    const sections = rest.split('<section id=');
    for (const own of sections) expect(own).toContain('<details class="fold">');
  });

  test('the graph says that links are supported, not their directions; those within are not tested', async () => {
    const { text } = section(await html, 'graph');
    expect(text).toContain('supported by cross-fitting as links, not as directions');
    expect(text).toContain('those within a modality are not tested');
  });

  test('replicated latents are listed; the top warns of the others', async () => {
    const replicated = section(await html, 'evidence').text.split('Which latents are replicated?')[1];
    expect(replicated).toMatch(/blood\.z1 0\.97 0\.50/);
    expect(replicated.split('Which latents are directly linked?')[0]).not.toContain('blood.z2');
    expect(section(await html, 'tested').text).toContain(
      'blood.z2 may be a mixture of the latents of its modality: the latents of two folds correlate by 0.42',
    );
    expect(masthead(await html)).toContain('1 of 4 latents is not replicated alone');
  });

  test('a single pair needs no correction, and is called by its names', () => {
    const of = (corrected: number) =>
      conclusionsOf(graphOf([]), summaryOf({ ...RELATED, pairs: [pair('blood', 'sleep', corrected)] }));
    expect(headline(of(0.01))).toBe('blood and sleep are associated.');
    expect(headline(of(0.3))).toBe('No association between blood and sleep was found.');
    expect(pairText(of(0.01).pairs[0], 1)).not.toContain('corrected');
  });

  test('an association along no straight line is reported as one, and so is one that sites may explain', () => {
    const curved = { ...pair('blood', 'sleep', 0.01), correlation: { estimate: 0.05, lower: -0.2, upper: 0.3 } };
    const within = { rows: 300, p: 0.2, corrected: 0.4, associated: false };
    const sentenceOf = (own: Evidence['pairs'][number]) =>
      pairText(conclusionsOf(graphOf([]), summaryOf({ ...RELATED, pairs: [own] })).pairs[0], 1);
    expect(sentenceOf({ ...curved, within })).toBe(
      'In held-out subjects, the latents of blood and sleep correlate by 0.05 (95 % interval −0.20 to 0.30). The ' +
        'modalities are associated all the same (p = 0.01): along a curve, in their spread, or in other directions ' +
        'than these latents. Within groups no association was found (p = 0.4): differences between groups may ' +
        'explain it.',
    );
    expect(sentenceOf({ ...curved, within: { ...within, associated: true } })).not.toContain('groups');
  });

  test('associated modalities without a single supported link are no broken promise', async () => {
    const links = RELATED.links.map(({ first, second }) => link(first, second, 0.2));
    const { text } = section(await report({ ...RELATED, links, unsupported: [ACROSS] }, [WITHIN]), 'evidence');
    expect(text).toContain('No direct link is supported: what the modalities have in common is not traced to single');
  });
});

describe('the picture of the pairs', () => {
  const pairOf = (first: string, second: string, [lower, estimate, upper]: number[], associated: boolean) => {
    return {
      first: { name: first, m: 0 },
      second: { name: second, m: 1 },
      correlation: { lower, estimate, upper },
      associated,
    };
  };
  const pairs = [
    pairOf('blood', 'sleep', [0.4, 0.5, 0.6], true),
    pairOf('blood', '<ears>', [-0.45, -0.1, 0.25], false),
  ];

  test.each([860, 300])('%i pixels: every interval lies where the axis says', (width) => {
    const svg = forestChart({ pairs }, width);
    const root = readXml(svg);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const [{ text }] = findAll(root, 'desc');
    expect(text).toContain('blood and <ears>: −0.10 (−0.45 to 0.25), no association found');
    const numbers = (name: string, element: (typeof root)['attributes']) => Number(element[name]);
    const points = findAll(root, 'circle').filter(({ children }) => children.length === 1);
    const zero = numbers(
      'x1',
      findAll(root, 'line').find(({ attributes }) => 'stroke-dasharray' in attributes)!.attributes,
    );
    const [first, second] = points.map(({ attributes }) => numbers('cx', attributes) - zero);
    expect(first / second).toBeCloseTo(0.5 / -0.1, 1);
    expect(points.map(({ attributes }) => attributes.class)).toEqual(['il-f0', 'il-patch il-axis']);
    const intervals = findAll(root, 'line').filter(
      ({ attributes }) => attributes['stroke-width'] === '2.5' && attributes.y1 === attributes.y2,
    );
    intervals.forEach(({ attributes }, k) => {
      const { lower, upper } = pairs[k].correlation;
      const scale = first / 0.5;
      expect(numbers('x1', attributes) - zero).toBeCloseTo(lower * scale, 0);
      expect(numbers('x2', attributes) - zero).toBeCloseTo(upper * scale, 0);
      expect(numbers('x1', attributes)).toBeGreaterThanOrEqual(0);
      expect(numbers('x2', attributes)).toBeLessThanOrEqual(width);
    });
    expect(intervals).toHaveLength(2);
  });
});

describe('a study in which nothing is associated', () => {
  const html = report(NOTHING, [WITHIN]);

  test('says so in large plain words at the top', async () => {
    const head = (await html).split('<header')[1].split('</header>')[0];
    expect(head).toContain(
      '<p class="verdict" data-copied>No association was found between any two of the modalities (3 pairs).</p>',
    );
    expect(masthead(await html)).toContain('supported links 0');
    expect(masthead(await html)).toContain('This does not show that the modalities are unrelated');
  });

  test('is visibly empty: no picture, no latent and no link among its conclusions', async () => {
    expect(await html).not.toContain('<section id="pictures"');
    expect(section(await html, 'evidence').text).not.toMatch(/Which latents|\.z\d/);
    for (const id of ['evidence', 'graph']) expect(section(await html, id).html).not.toContain('<svg');
    expect(section(await html, 'graph').text).toContain('No link between modalities is supported.');
    expect(section(await html, 'graph').text).toContain('Not shown: 1 edge that was not tested');
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
    [
      'of too few subjects who have two modalities',
      { ...TOO_FEW, subjects: 900 },
      'Not tested: too few subjects have two modalities.',
      '40 subjects who have both modalities are needed',
    ],
    [
      'of too few groups',
      { ...TOO_FEW, subjects: 900, groups: 12 },
      'Not tested: 900 rows of 12 groups are too few to tell whether the modalities are associated.',
      '20 groups are needed',
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
    expect(masthead(await report(undefined, [ACROSS]))).toContain('what its links show may be chance');
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
    printed(() => {
      printTests(graphOf(edges), summaryOf(evidence));
      printConclusions(graphOf(edges), summaryOf(evidence));
    });

  test('print pairs and links with their verdicts and reasons, and end with the summary', () => {
    const out = said(RELATED);
    expect(out).toMatch(/blood +sleep +0\.540 +0\.410 … 0\.650 +1 · 10⁻⁷ +4 · 10⁻⁷ +supported/);
    expect(out).toMatch(/blood\.z1 +sleep\.z1 +-0\.580 +-0\.580 .* 5 · 10⁻⁸ +supported/);
    const flat = out.replaceAll(/\s+/g, ' ');
    expect(flat.split('blood.z2 – sleep.z1: no direct correlation is found, and one of 0.3 is ruled out.')[1]).toMatch(
      /1 of 3 pairs of modalities is associated: blood and sleep\..*not effects/,
    );
    expect(flat).toMatch(/one falls as the other rises \(correlation given blood\.z2/);
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
    [NOTHING, /\n.*No association was found between any two of the modalities/],
  ])('say what is not known before anything else (%#)', (evidence, expected) => {
    expect(said(evidence)).toMatch(expected);
  });
});

describe('discovery in the report', () => {
  const graph = { variables: nodes.map(({ name, modality }) => ({ name, modality })), marks: new Int8Array(16) };
  const asking = {
    ...{ graph, edges: [], undrawn: [] },
    asked: { refits: 0, seed: 0, groups: [], crossFitted: true },
  };

  test('says how latents are tested, and between which modalities no link was looked for', async () => {
    const { text } = section(await report(RELATED, [ACROSS], asking), 'discovery');
    expect(text).toContain('with the measurement errors of latents taken into account');
    expect(text).toContain('No link was looked for between latents of');
    expect(text).toContain(`blood and ${EYES}; sleep and ${EYES}: no association of theirs was found.`);
  });

  test('lists undecided pairs apart from the links', async () => {
    const undecided: LinkFigures = {
      first: 'blood.z1',
      second: 'sleep.z1',
      verdict: 'undecided',
      reason: 'low-power',
      given: [],
      direction: { verdict: 'undecided' },
      association: { estimate: 0.2, lower: 0.1, upper: 0.3, p: 0.01 },
    };
    const { text } = section(await report(RELATED, [ACROSS], { ...asking, undrawn: [undecided] }), 'discovery');
    expect(text).toContain('Undecided pairs, which are not in the picture');
    expect(text).toContain('the study is too small to tell a direct link from none');
    expect(section(await report(RELATED, [ACROSS], asking), 'discovery').text).not.toContain('Undecided pairs');
  });

  test('says what its edges do not mean where folds do not replicate a latent alone', async () => {
    const said = async (evidence: Evidence) =>
      section(await report(evidence, [ACROSS], asking), 'discovery').text.match(
        /Not replicated alone: [^.]*\.z\d\./,
      )?.[0];
    expect(await said(RELATED)).toBe('Not replicated alone: blood.z2.');
    const all = RELATED.latents.map(({ name }) => latent(name, 0.9, true));
    expect(await said({ ...RELATED, latents: all })).toBeUndefined();
  });

  test('a graph of measured columns has the words of its own search', async () => {
    const { text } = section(await report(RELATED, [ACROSS], { graph, edges: [] }), 'discovery');
    expect(text).toContain('by tests of conditional independence');
    expect(text).not.toMatch(/measurement errors|No link was looked for/);
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
    /^associated corrected p 4 · 10⁻⁷ associated corrected .* not shown corrected p 0\.5 not tested not tested$/,
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

describe('sentences that can be copied', () => {
  const groups = { ...RELATED, groups: 40 };
  const many = { ...RELATED, links: [...RELATED.links, link('blood.z1', 'eyes & <ears>.z1', 1e-4)] };
  test.each([
    ['associated', RELATED],
    ['associated, with groups', groups],
    ['several links', many],
    ['nothing associated', NOTHING],
    ['too few', TOO_FEW],
    ['untested', undefined],
  ])('%s: three to ten, at most 35 words each and 18 on average; the caveat comes last', (_, evidence) => {
    const sentences = summarySentences(conclusionsOf(graphOf([ACROSS]), summaryOf(evidence)));
    expect(sentences.length).toBeGreaterThanOrEqual(3);
    expect(sentences.length).toBeLessThanOrEqual(10);
    const words = sentences.map((sentence) => sentence.split(/\s+/).length);
    expect(Math.max(...words)).toBeLessThanOrEqual(35);
    expect(words.reduce((sum, length) => sum + length, 0) / words.length).toBeLessThanOrEqual(18);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Za-z0-9].*\.$/);
    expect(sentences[0]).toBe(headline(conclusionsOf(graphOf([ACROSS]), summaryOf(evidence))));
    if (evidence?.tested) expect(sentences.at(-1)).toMatch(/not effects|does not show/);
  });
});

describe('what a summary cautions about', () => {
  const said = (evidence: Evidence, quality?: object) => {
    const summary = { ...summaryOf(evidence), ...quality };
    return summarySentences(conclusionsOf(graphOf([ACROSS]), summary)).join(' ');
  };
  const sizes = (correlation: number, interval: [number, number]) => {
    const size = { modality: 'blood', latent: 'blood.z1', correlation, interval, isOutOfFold: true, subjects: 240 };
    return { quality: { train: 200, modalities: [], warnings: [], librarySizes: [size] } };
  };

  test('links of latents that follow the library size may be depth', () => {
    expect(said(RELATED, sizes(-0.93, [-0.95, -0.9]))).toContain(
      'blood.z1 (−0.93) follows the library size: such links may be differences of sequencing depth.',
    );
    expect(said(RELATED, sizes(0.25, [0.12, 0.37]))).not.toContain('library size');
    expect(said(NOTHING, sizes(-0.93, [-0.95, -0.9]))).not.toContain('library size');
  });

  test('links of latents that may be mixtures are links of modalities', () => {
    const mixed = RELATED.latents.map((one) => ({ ...one, replicated: true, single: false }));
    expect(said({ ...RELATED, latents: mixed })).toContain('read links as those of modalities');
    const lost = RELATED.latents.map((one) => ({ ...one, replicated: false, single: false }));
    expect(said({ ...RELATED, latents: lost })).toMatch(/None of the \d latents is replicated on its own/);
  });
});

test('every section says the same of who the subjects were', async () => {
  const html = await report(RELATED, [ACROSS]);
  const sentence =
    'Of 240 subjects, 200 trained the model, 20 chose between its restarts, and 20 were held out. All of them were ' +
    'tested, each with latents from models that had not seen it.';
  expect(masthead(html)).toContain(sentence);
  expect(section(html, 'study').text).toContain(sentence);
  expect(masthead(await report(TOO_FEW, []))).toContain('and 20 were held out. None was tested.');
});

describe('one card on missing data', () => {
  const modality = (name: string, joined: number) => ({ name, joined });
  const inspection = { missing: 'keep', known: 210, shared: 150, subjects: 200, complete: 120 };
  const modalities = [modality('blood', 200), modality('sleep', 150)];
  const card = (change: object, warnings: readonly { code: string; text: string }[] = []) => {
    const summary = { ...summaryOf(RELATED), quality: { warnings } };
    const input = { summary, subjects: { inspection: { ...inspection, modalities, ...change } } };
    const made = missingCard(input as unknown as ReportInput);
    return made && textOf(made.text);
  };

  test('says how many lack something, and what', () => {
    expect(card({})).toContain(
      '80 of 200 subjects lack a value or a modality (25 % lack sleep). They take part with what was observed of them.',
    );
    expect(card({ missing: 'drop', shared: 205 })).toContain(
      '10 of 210 subjects were left out: 5 lack a modality, and 5 lack a value.',
    );
  });

  test('has all warnings of missing data, and no other', () => {
    const warnings = [
      { code: 'missing-depends-on-observed', text: 'sleep depends' },
      { code: 'few-in-common', text: 'few have both' },
      { code: 'overfit', text: 'too many weights' },
    ];
    expect(card({}, warnings)).toMatch(/2 warnings.*sleep depends.*few have both/);
    expect(card({}, warnings)).not.toContain('too many weights');
  });

  test('is not there where nothing is missing', () => {
    expect(card({ complete: 200 })).toBeUndefined();
    expect(card({ missing: 'drop', known: 200 })).toBeUndefined();
  });
});
