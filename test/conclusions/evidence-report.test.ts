// The report begins with the conclusions. These tests cover every state of the evidence with invented summaries.

import { describe, expect, test } from '@jest/globals';
import type { LatentEdge } from '../../src/causal/index.js';
import { printEdges } from '../../src/cli/evidence.js';
import { conclusionsOf, headline, pairText } from '../../src/conclusions/index.js';
import { forestChart, type ForestRow } from '../../src/report/charts/forest-chart.js';
import { reportHtml } from '../../src/report/html/report.js';
import { AGREEMENT, comparisonHtml, graphSvg } from '../../src/report/index.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import {
  ACROSS,
  EYES,
  NOTHING,
  RELATED,
  TOO_FEW,
  WITHIN,
  graphOf,
  link,
  masthead,
  pair,
  report,
  section,
  summaryOf,
  textOf,
  type Evidence,
} from '../fixtures/example-evidence.js';
import { printed } from './outputs.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

describe('the source of directions', () => {
  const careful = async (change: Partial<RunSummary>, edges: readonly LatentEdge[] = [ACROSS]) => {
    const html = await reportHtml({
      summary: { ...summaryOf(RELATED), ...change },
      graph: graphOf(edges),
      history: [],
    });
    return masthead(html);
  };

  test('an assumed order is called assumed', async () => {
    const { config } = summaryOf(RELATED);
    const sparsity = { ...config.sparsity, graph: 'ordered', order: 'assumed' } as const;
    const top = await careful({ config: { ...config, sparsity } });
    expect(top).toContain('Assumed directions follow the order in the study file');
    expect(top).not.toContain('Nothing determines');
  });

  test('no direction is claimed if nothing determines it', async () => {
    const { config } = summaryOf(RELATED);
    const top = await careful({ config: { ...config, sparsity: { ...config.sparsity, graph: 'acyclic' } } });
    expect(top).toContain('Nothing determines the direction of 1 supported link');
    expect(top).not.toContain('assumed');
  });

  test('the masthead does not mention directions without a supported link', async () => {
    expect(await careful({ evidence: NOTHING }, [WITHIN])).not.toMatch(/direction/i);
  });
});

describe('modalities that are associated', () => {
  const html = report(RELATED, [ACROSS, WITHIN]);

  test('come first in the report, before the graph, and in a sentence at the top', async () => {
    const ids = Array.from((await html).matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids[0]).toBe('evidence');
    expect(ids).toContain('graph');
    expect(masthead(await html)).toContain('1 of 3 pairs of modalities is associated: blood and sleep.');
  });

  test('every pair has correlation, interval and corrected p on the first page, in order of p', async () => {
    const { text, html: evidence } = section(await html, 'evidence');
    expect(text).toMatch(/blood and sleep 0\.54 0\.41 to 0\.65 4 · 10⁻⁷ associated/);
    expect(text).toContain(`blood and ${EYES} 0.03 −0.10 to 0.16 0.62 not found; 0.3 ruled out`);
    expect(evidence.indexOf('blood and sleep')).toBeLessThan(evidence.indexOf(`blood and ${EYES}`));
    expect(evidence).not.toContain('<svg');
  });

  test('every pair has a sentence in the section of all tests', async () => {
    const { html: tested } = section(await html, 'tested');
    expect(tested).toContain('<details class="fold">');
    const sentences = Array.from(tested.split('sentences')[1].matchAll(/<li>(.*?)<\/li>/g), ([, text]) => text);
    expect(sentences).toEqual([
      'In held-out subjects, the latents of blood and sleep correlate by 0.54 (95 % interval 0.41 to 0.65), ' +
        'corrected p = 4 · 10⁻⁷.',
      `No association between blood and ${EYES} was found (corrected p = 0.62). In held-out subjects, their latents ` +
        'correlate by 0.03 (95 % interval −0.10 to 0.16). A correlation of 0.3 is ruled out.',
      expect.stringContaining(`No association between sleep and ${EYES} was found (corrected p = 0.73`),
    ]);
  });

  test('supported links have sign, correlation and q; other links are below, with the reason', async () => {
    const { text } = section(await html, 'evidence');
    const supported = text.split('Which latents are directly linked?')[1];
    expect(supported).toContain('blood.z1 − sleep.z1 −0.58 −0.70 to −0.40 5 · 10⁻⁸');
    expect(supported).not.toContain('blood.z2');
    expect(section(await html, 'tested').text).toMatch(/blood\.z2\|z1 sleep\.z1 .* one of 0\.3 is ruled out/);
  });

  test('the next section has drawings of the correlations and of supported links', async () => {
    const { html: figures, text } = section(await html, 'figures');
    expect(figures.match(/<svg/g)).toHaveLength(2);
    expect(figures).toContain('aria-label="Strength of association between modalities"');
    const drawn = figures.split('aria-label="Supported links"')[1];
    const [svg] = drawn.split('</svg>');
    const names = Array.from(svg.matchAll(/class="il-node"[^>]*aria-label="([^ ]+)/g), ([, name]) => name);
    expect(names).toEqual(['blood.z1', 'sleep.z1']);
    expect(drawn).toContain('−0.58');
    expect(text).toContain('one falls as the other rises');
    const ids = Array.from((await html).matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids.slice(0, 3)).toEqual(['evidence', 'figures', 'tested']);
  });

  test('the sections after the drawings are folded', async () => {
    const [front, rest] = (await html).split('<section id="tested"');
    expect(front).not.toContain('class="fold"');
    const sections = rest.split('<section id=');
    for (const one of sections) expect(one).toContain('<details class="fold">');
  });

  test('the graph says that links are supported, but not their directions or links within a modality', async () => {
    const { text } = section(await html, 'graph');
    expect(text).toContain('supported by cross-fitting, but not their directions');
    expect(text).toContain('Links within a modality are not tested');
  });

  test('latents are listed with their verdicts; the masthead warns of blocks', async () => {
    const identified = section(await html, 'evidence').text.split('Which latents are identified?')[1];
    expect(identified).toMatch(/blood\.z1 component 0\.97 0\.50/);
    expect(identified).toMatch(/blood\.z2 block with z1 0\.42/);
    expect(section(await html, 'tested').text).toContain(
      'blood.z2 is identified only up to a mixture with blood.z1: models of disjoint subjects agree on it too little ' +
        '(correlation 0.42',
    );
    expect(masthead(await html)).toContain('blood.z2 is identified only up to mixing within blood');
  });

  test('a single pair needs no correction, and the headline names its modalities', () => {
    const single = (corrected: number) =>
      conclusionsOf(graphOf([]), summaryOf({ ...RELATED, pairs: [pair('blood', 'sleep', corrected)] }));
    expect(headline(single(0.01))).toBe('blood and sleep are associated.');
    expect(headline(single(0.3))).toBe('No association between blood and sleep was found.');
    expect(pairText(single(0.01).pairs[0], 1)).not.toContain('corrected');
  });

  test('a nonlinear association is described, and so is one that groups may explain', () => {
    const curved = { ...pair('blood', 'sleep', 0.01), correlation: { estimate: 0.05, lower: -0.2, upper: 0.3 } };
    const within = { rows: 300, p: 0.2, corrected: 0.4, associated: false };
    const sentenceOf = (tested: Evidence['pairs'][number]) =>
      pairText(conclusionsOf(graphOf([]), summaryOf({ ...RELATED, pairs: [tested] })).pairs[0], 1);
    expect(sentenceOf({ ...curved, within })).toBe(
      'In held-out subjects, the latents of blood and sleep show no clear linear correlation: 0.05 (95 % interval ' +
        '−0.20 to 0.30). The modalities are nevertheless associated (p = 0.01): by a curve, by their spread, or in ' +
        'directions that these latents miss. Within groups the latents show no association (p = 0.4): differences ' +
        'between groups may explain it.',
    );
    expect(sentenceOf({ ...curved, within: { ...within, associated: true } })).not.toContain('groups');
  });

  test('associated modalities without a supported link have a sentence that explains it', async () => {
    const links = RELATED.links.map(({ first, second }) => link(first, second, 0.2));
    const { text } = section(await report({ ...RELATED, links, unsupported: [ACROSS] }, [WITHIN]), 'evidence');
    expect(text).toContain('No direct link is supported: the associations cannot be traced to single latents.');
  });
});

describe('the drawing of the pairs', () => {
  const rowOf = (title: string, [lower, estimate, upper]: number[], supported: boolean): ForestRow => {
    const words = supported ? 'associated' : 'no association found';
    return { title, modalities: [0, 1], interval: { lower, estimate, upper }, supported, words };
  };
  const rows = [
    { ...rowOf('blood and sleep', [0.4, 0.5, 0.6], true), heading: 'pairs' },
    rowOf('blood and <ears>', [-0.45, -0.1, 0.25], false),
  ];
  const figures = { title: 'pairs', axis: 'correlation', description: 'Correlations.', ends: [-0.2, 1], rows } as const;

  test.each([860, 300])('%i pixels: every interval has the scale of the axis', (width) => {
    const svg = forestChart(figures, width);
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
    // An interval is one path: an end, the line, and the other end.
    const intervals = findAll(root, 'path').flatMap(({ attributes: { d } }) => {
      const ends = /^M(\S+) \S+v8m0 -4H(\S+)m0 -4v8$/.exec(d)?.slice(1).map(Number);
      return ends ? [ends] : [];
    });
    intervals.forEach(([x1, x2], k) => {
      const { lower, upper } = rows[k].interval;
      const scale = first / 0.5;
      expect(x1 - zero).toBeCloseTo(lower * scale, 0);
      expect(x2 - zero).toBeCloseTo(upper * scale, 0);
      expect(x1).toBeGreaterThanOrEqual(0);
      expect(x2).toBeLessThanOrEqual(width);
    });
    expect(intervals).toHaveLength(2);
  });
});

describe('a study in which nothing is associated', () => {
  const html = report(NOTHING, [WITHIN]);

  test('says so in the headline', async () => {
    const head = (await html).split('<header')[1].split('</header>')[0];
    expect(head).toContain(
      '<p class="verdict" data-copied>No association was found between any two of the modalities (3 pairs).</p>',
    );
    expect(masthead(await html)).toContain('supported links of the fit 0');
    expect(masthead(await html)).toContain('This does not show that the modalities are unrelated');
  });

  test('has conclusions without a drawing, a latent or a link', async () => {
    expect(await html).not.toContain('<section id="figures"');
    expect(section(await html, 'evidence').text).not.toMatch(/Which latents|\.z\d/);
    for (const id of ['evidence', 'graph']) expect(section(await html, id).html).not.toContain('<svg');
    expect(section(await html, 'graph').text).toContain('No link between modalities is supported.');
    expect(section(await html, 'graph').text).toContain('Not shown: 1 edge that was not tested');
  });
});

describe('a fit without tests', () => {
  test.each([
    [
      'no evidence',
      undefined,
      'Not tested: it is not known whether the modalities are associated.',
      'fit again without --evidence none',
    ],
    [
      'too few subjects',
      TOO_FEW,
      'Not tested: 31 subjects are too few to tell whether the modalities are associated.',
      '40 subjects are needed',
    ],
    [
      'too few subjects with two modalities',
      { ...TOO_FEW, subjects: 900 },
      'Not tested: too few subjects have two modalities.',
      '40 subjects who have both modalities are needed',
    ],
    [
      'too few groups',
      { ...TOO_FEW, subjects: 900, groups: 12 },
      'Not tested: 900 rows of 12 groups are too few to tell whether the modalities are associated.',
      '20 groups are needed',
    ],
  ])('%s: the masthead, a warning and the graph give the reason', async (_, evidence, sentence, advice) => {
    const html = await report(evidence, evidence ? [WITHIN] : [ACROSS, WITHIN]);
    expect(masthead(html)).toContain(sentence);
    expect(masthead(html)).toContain('No association between the modalities was tested');
    const shown = section(html, 'evidence');
    expect(shown.html).toContain('class="notice warning"');
    expect(shown.html).not.toContain('<svg');
    expect(shown.text).toContain(sentence);
    expect(shown.text).toContain(advice);
    expect(shown.text).toContain('No link between modalities is supported, and none is drawn');
    expect(shown.text).not.toMatch(/replicated|directly linked|\d and sleep are associated/);
    expect(section(html, 'graph').text).toContain(sentence);
    expect(html).not.toContain('supported by cross-fitting');
  });

  test('the masthead warns that links of a fit without evidence may be chance', async () => {
    expect(masthead(await report(undefined, [ACROSS]))).toContain('its links may be chance');
  });
});

describe('agreement', () => {
  test('is explained next to the graph and in the diagnostics, and nothing is called confidence', async () => {
    const html = await report(RELATED, [ACROSS, WITHIN]);
    for (const id of ['graph', 'diagnostics']) expect(section(html, id).text).toContain(AGREEMENT);
    expect(textOf(html).replaceAll('not a confidence level', '')).not.toMatch(/confiden/i);
    expect(masthead(html)).not.toMatch(/\d of 4 restarts/);
  });

  test('changes no colour and no opacity of an arrow', async () => {
    const looks = async (agreement: number) =>
      (await graphSvg(graphOf([{ ...ACROSS, agreement }]))).replaceAll(/found in \d of 4 restarts/g, '');
    expect(await looks(0.25)).toBe(await looks(1));
  });

  test('is explained under the edges that commands print', () => {
    const out = printed(() => printEdges(graphOf([ACROSS]), summaryOf(RELATED)));
    expect(out).toMatch(/Edges of the model\nedge +strength +agreement +direction +held-out subjects\n/);
    expect(out).toMatch(/blood\.z1 – sleep\.z1 +0\.500 +25 % +not known +supported/);
    expect(out.replace(/\s+/g, ' ')).toContain(AGREEMENT);
    expect(printed(() => printEdges(graphOf([]), summaryOf(RELATED)))).toBe('\nThe graph has no edges.\n');
  });
});

test('every section describes the subjects with the same sentence', async () => {
  const html = await report(RELATED, [ACROSS]);
  const sentence =
    'Of 240 subjects, 200 trained the model, 20 chose between its restarts, and 20 were held out. All of them were ' +
    'tested, each with latents from models that had not seen it.';
  expect(masthead(html)).toContain(sentence);
  expect(section(html, 'study').text).toContain(sentence);
  expect(masthead(await report(TOO_FEW, []))).toContain('and 20 were held out. None was tested.');
});

test('a comparison begins with the associations of every run', async () => {
  const turned = { ...RELATED, pairs: RELATED.pairs.map((one) => ({ ...one, first: one.second, second: one.first })) };
  const runs = [RELATED, turned, NOTHING, TOO_FEW, undefined].map((evidence, r) => ({
    name: `run-${r}`,
    summary: summaryOf(evidence),
    graph: graphOf([WITHIN]),
    history: [],
  }));
  const html = await comparisonHtml(runs);
  expect(html.match(/<section id="(\w+)"/)![1]).toBe('evidence');
  const { text, html: evidence } = section(html, 'evidence');
  for (const { name, summary, graph } of runs) {
    expect(text).toContain(`${name} ${headline(conclusionsOf(graph, summary))}`);
  }
  const row = (title: string) => textOf(evidence.split(`<th scope="row">${title}</th>`)[1].split('</tr>')[0]).trim();
  expect(row('blood and sleep')).toMatch(
    /^associated corrected p 4 · 10⁻⁷ associated corrected .* not shown corrected p 0\.5 not tested not tested$/,
  );
  expect(row('Edges of the fit without support')).toBe('1 1 2 – –');
  // Without a link to another modality, no latent is a component.
  expect(row('Latents that are components')).toBe('0 0 0 – –');
  expect(section(html, 'settings').text).toContain(AGREEMENT);
});
