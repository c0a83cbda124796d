// Figures for papers: exact sizes, no style sheets, embedded fonts, and no drawing without evidence.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { InputError } from '../../src/errors/errors.js';
import { readDrawing, drawingText } from '../../src/report/figures/drawn-tree.js';
import {
  figurePdf,
  figuresOf,
  figuresPdf,
  writeFigures,
  type Figure,
  type FigureList,
} from '../../src/report/figures/index.js';
import { panelLetter, panelPages } from '../../src/report/figures/pdf.js';
import { published } from '../../src/report/figures/publication.js';
import { ARROW, graphEdges, graphFromEdges, TAIL } from '../../src/causal/discovery/causal-graph.js';
import type { Dataset } from '../../src/data/dataset.js';
import type { Outcome } from '../../src/data/outcomes.js';
import type { PermutationNull } from '../../src/evidence/index.js';
import type { ResultCell, ResultTable } from '../../src/interpretation/index.js';
import type { UnitLoadings } from '../../src/interpretation/loadings.js';
import type { LatentUnit } from '../../src/interpretation/units.js';
import type { ExplainedVariance } from '../../src/interpretation/variance.js';
import { bandOf } from '../../src/report/charts/calibration-chart.js';
import { RandomStream } from '../../src/random/random-stream.js';
import type { Replication } from '../../src/replication/index.js';
import { light } from '../../src/report/theme.js';
import {
  ACROSS,
  CHANCE,
  graphOf,
  NOTHING,
  RELATED,
  summaryOf,
  TOO_FEW,
  type Evidence,
} from '../fixtures/example-evidence.js';
import { scratch } from '../fixtures/scratch.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const { folder } = scratch();
const OPEN = { openForward: 0, openBackward: 0, open: 0 };
const history = Array.from({ length: 30 }, (_, epoch) => ({
  ...{ stage: 'joint', phase: 'train', epoch, seconds: epoch, learningRate: 1e-3, sparsityWeight: 0 },
  training: { loss: [9 - epoch / 10, 8 - epoch / 10] },
  validation: { objective: [9 - epoch / 20, 8 - epoch / 20] },
}));

const figuresWith = (evidence: Evidence | undefined, edges = [ACROSS, CHANCE]): Promise<Figure[]> =>
  figuresOf({ summary: summaryOf(evidence), graph: graphOf(edges), history });

const named = (figures: readonly Figure[], name: string): Figure => {
  const figure = figures.find((one) => one.name === name);
  if (!figure) throw new Error(`no figure ${name}`);
  return figure;
};

const textOf = ({ svg }: Figure): string =>
  findAll(readXml(svg), 'text')
    .map(({ text, children }) => text + children.map((child) => child.text).join(''))
    .join(' ');

/** Returns the text of a PDF without compression of its structure. */
const structure = (pdf: Uint8Array): string => Buffer.from(pdf).toString('latin1');

describe('SVG', () => {
  test('figures have no classes, no style sheets, no scripts, and only colours of the light theme', async () => {
    const colours = new Set<string>([
      ...light.modalities,
      light.card,
      light.ink,
      light.muted,
      light.grid,
      light.border,
    ]);
    for (const { svg } of await figuresWith(RELATED)) {
      expect(svg).not.toMatch(/class=|<style|var\(|<script|href=|tabindex|data-/);
      for (const [, colour] of svg.matchAll(/(?:fill|stroke)="(#[^"]*)"/g)) {
        expect([...colours, '#ffffff', '#0b0f14']).toContain(colour);
      }
    }
  });

  test('figures have an exact width, and letters of at least 5 points', async () => {
    for (const { svg, width, height, smallestLetter, title, caption } of await figuresWith(RELATED)) {
      const { attributes, children } = readXml(svg);
      expect([85, 180]).toContain(width);
      expect(attributes).toMatchObject({ width: `${width}mm`, height: `${height}mm`, role: 'img' });
      const [, , w, h] = attributes['viewBox'].split(' ').map(Number);
      expect(h / w).toBeCloseTo(height / width, 3);
      expect(smallestLetter).toBeGreaterThanOrEqual(5);
      expect(smallestLetter).toBeLessThanOrEqual(8);
      expect(children.slice(0, 2).map(({ name, text }) => [name, text])).toEqual([
        ['title', title],
        ['desc', caption],
      ]);
    }
  });

  test('a width applies to all figures', async () => {
    const figures = await figuresOf({ summary: summaryOf(RELATED), graph: graphOf([ACROSS]), history }, { width: 180 });
    expect(new Set(figures.map(({ width }) => width))).toEqual(new Set([180]));
  });

  test('a wide drawing gets two columns, or smaller letters on request', () => {
    const drawing =
      '<svg viewBox="0 0 1000 100"><text class="il-ink" font-size="11" x="1" y="9">a &#38; b</text></svg>';
    const texts = { title: 't', caption: 'c' };
    expect(published(drawing, 85, texts)).toMatchObject({ width: 85, height: 8.5, smallestLetter: 2.65 });
    expect(published(drawing, 180, texts).smallestLetter).toBeCloseTo(5.61, 2);
  });

  test('reading and writing keep a drawing', () => {
    const drawing = '<svg a="1 &#38; &#34;2&#34;"><g><path d="M0 0L1 1"/></g><text x="1">é &#60; ρ</text></svg>';
    expect(drawingText(readDrawing(drawing))).toBe(drawing);
    for (const broken of ['<svg><g></svg>', '<svg>', '</svg>', 'text']) {
      expect(() => readDrawing(broken)).toThrow(expect.objectContaining({ code: 'invalid-drawing' }));
    }
  });
});

describe('evidence', () => {
  test('a supported link is drawn; a link that tests do not support is not a supported link', async () => {
    const figures = await figuresWith(RELATED);
    const links = named(figures, 'links');
    expect(links.finding).toBe('shown');
    expect(textOf(links)).toContain('blood.z1');
    expect(textOf(links)).not.toContain('blood.z2');
    expect(links.caption).toContain('These associations are not effects.');
    expect(named(figures, 'direct-links').svg).toContain('−0.58 (−0.70 to −0.40), supported');
  });

  test.each([
    ['an untested fit', undefined, 'untested'],
    ['too few subjects', TOO_FEW, 'untested'],
    ['a fit without signal', NOTHING, 'none'],
  ] as const)('%s: no graph and no links, and the figures say so', async (_, evidence, finding) => {
    const figures = await figuresWith(evidence, finding === 'untested' ? [ACROSS, CHANCE] : []);
    for (const name of ['links', 'graph']) {
      const figure = named(figures, name);
      expect(figure.finding).toBe(finding);
      expect(findAll(readXml(figure.svg), 'path')).toEqual([]);
      expect(textOf(figure)).toMatch(finding === 'untested' ? /[Nn]ot(hing was)? tested/ : /No association/);
    }
    const associations = named(figures, 'associations');
    expect(associations.finding).toBe(finding);
    expect(associations.svg).not.toContain('associated;');
  });

  test('intervals of pairs without association are hollow', async () => {
    const { svg } = named(await figuresWith(NOTHING), 'associations');
    const circles = findAll(readXml(svg), 'circle').filter(({ children }) => children.length > 0);
    expect(circles).toHaveLength(3);
    for (const { attributes } of circles) expect(attributes['fill']).toBe(light.card);
  });
});

describe('what latents mean', () => {
  const input = { summary: summaryOf(RELATED), graph: graphOf([ACROSS]), history };
  const unit = (name: string, modality: string, verdict: LatentUnit['verdict'] = 'component'): LatentUnit => ({
    ...{ name, modality, verdict, isBlock: verdict === 'block', nodes: [0], members: [0] },
  });
  const [blood, sleep] = [unit('blood.z1', 'blood'), unit('sleep.z1', 'sleep', 'not-replicated')];

  test('the variance of each latent is a table of squares; larger shares are darker', async () => {
    const share = (of: LatentUnit, to: string, estimate: number): ExplainedVariance => ({
      ...{ unit: of, from: of.modality, to, subjects: 50, columns: 4 },
      r2: { estimate, lower: NaN, upper: NaN },
    });
    const variance = [
      share(blood, 'blood', 0.4),
      share(blood, 'sleep', -0.02),
      share(sleep, 'blood', 0.2),
      share(sleep, 'sleep', NaN),
    ];
    const figures = await figuresOf({ ...input, interpretation: { variance, loadings: [] } });
    const figure = named(figures, 'variance');
    expect(textOf(figure)).toContain('sleep.z1 (not replicated)');
    expect(figure.caption).toContain('Models of disjoint subjects do not find');
    const shades = findAll(readXml(figure.svg), 'rect').filter(({ children }) => children.length > 0);
    const shown = shades.map(({ attributes, children }) => [children[0].text, attributes['fill-opacity']]);
    expect(shown.filter(([text]) => !text.includes('eyes'))).toEqual([
      ['blood.z1, blood: 40 %', '1'],
      ['blood.z1, sleep: −2 %', '0'],
      ['sleep.z1 (not replicated), blood: 20 %', '0.5'],
      ['sleep.z1 (not replicated), sleep: unknown', '0'],
    ]);
  });

  test('loadings have a figure per latent with the first ten columns; an interval with 0 is hollow', async () => {
    const columns = Array.from({ length: 12 }, (_, i) => ({
      ...{ column: `gene${i + 1}`, effect: 0.9 - i / 100, nonlinear: 0 },
      slope: { estimate: 0.8, lower: i === 0 ? 0.5 : -0.1, upper: 1 },
    }));
    const loadings: UnitLoadings[] = [
      { unit: blood, columns },
      { unit: unit('sleep.z1|z2', 'sleep', 'block'), columns: [{ column: 'hours', effect: 0.7, nonlinear: 0 }] },
    ];
    const figures = await figuresOf({ ...input, interpretation: { variance: [], loadings } });
    const ofLatent = named(figures, 'loadings-blood.z1');
    expect(textOf(ofLatent)).toContain('gene10');
    expect(textOf(ofLatent)).not.toContain('gene11');
    expect(ofLatent.caption).toContain('the 10 of 12 columns');
    const dots = findAll(readXml(ofLatent.svg), 'circle').filter(({ children }) => children.length > 0);
    expect(dots.map(({ attributes }) => attributes['fill'] === light.card)).toEqual([
      false,
      ...Array<boolean>(9).fill(true),
    ]);
    const ofBlock = named(figures, 'loadings-sleep.z1-z2');
    expect(ofBlock.title).toBe('Loadings of sleep.z1|z2 (block)');
    expect(textOf(ofBlock)).toMatch(/hours 0\.70 /);
  });

  const setTable = (rows: readonly (readonly ResultCell[])[]): ResultTable => ({
    ...{ name: 'enrichment', title: 'sets', rows, notes: ['A note on the figures.'] },
    columns: ['set', 'latent', 'verdict', 'direction', 'q'].map((name) => ({
      ...{ name, description: name, kind: name === 'q' ? 'number' : 'text' },
    })),
  });

  test('gene sets are ranked by their smallest q, with directions; darker sets have a smaller q', async () => {
    const enrichment = setTable([
      ['SECOND', 'blood.z1', 'component', 'up', 0.02],
      ['FIRST', 'blood.z1', 'component', 'down', 0.8],
      ['FIRST', 'sleep.z1|z2', 'block', 'either', 1e-5],
    ]);
    const figure = named(await figuresOf({ ...input, tables: { enrichment } }), 'gene-sets');
    expect(figure).toMatchObject({ finding: 'shown', width: 85 });
    expect(figure.caption).toContain('A note on the figures.');
    const squares = findAll(readXml(figure.svg), 'rect').filter(({ children }) => children.length > 0);
    expect(squares.map(({ attributes, children }) => [children[0].text, Number(attributes['fill-opacity'])])).toEqual([
      ['FIRST, blood.z1: 0.8 ↓', expect.closeTo(0.024, 2)],
      ['FIRST, sleep.z1|z2: 1 · 10⁻⁵', 1],
      ['SECOND, blood.z1: 0.02 ↑', expect.closeTo(0.42, 3)],
      ['SECOND, sleep.z1|z2: unknown', 0],
    ]);
    const many = setTable(Array.from({ length: 8 }, (_, k) => ['SET', `blood.z${k + 1}`, 'component', 'up', 0.00012]));
    expect(named(await figuresOf({ ...input, tables: { enrichment: many } }), 'gene-sets').width).toBe(180);
    const long = setTable([['HALLMARK_EPITHELIAL_MESENCHYMAL_TRANSITION', 'blood.z1', 'component', 'up', 0.2]]);
    const wide = named(await figuresOf({ ...input, tables: { enrichment: long } }), 'gene-sets');
    expect(wide).toMatchObject({ finding: 'none', width: 180 });
    expect(textOf(wide)).toContain('HALLMARK_EPITHELIAL_MESENCHYMAL_TRANSITION');
  });

  test('gene sets that were not tested say so', async () => {
    for (const enrichment of [setTable([]), { refused: 'A note on the figures.' }]) {
      const figure = named(await figuresOf({ ...input, tables: { enrichment } }), 'gene-sets');
      expect(figure.finding).toBe('untested');
      expect(figure.caption).toContain('A note on the figures.');
    }
  });
});

test('latents have the agreement of two folds, and of random axes', async () => {
  const figure = named(await figuresWith(RELATED), 'latents');
  const titles = findAll(readXml(figure.svg), 'circle').flatMap(({ children }) => children.map(({ text }) => text));
  expect(titles.length).toBeGreaterThan(0);
  for (const title of titles) expect(title).toMatch(/component|block|not replicated/);
});

test('refits of shuffled subjects are compared with the diagonal', async () => {
  const refits = Array.from({ length: 19 }, (_, i) => (i + 0.5) / 19);
  const chance: PermutationNull = {
    ...{ alpha: 0.05, associated: 1, refits: 19, seconds: 1 },
    pairs: [{ first: 'blood', second: 'sleep', observed: 1e-9, refits, p: 0.05, corrected: 0.05 }],
    causes: [{ cause: 'drug', observed: 0.5, refits: refits.map((p) => p / 50), p: 0.9, corrected: 0.9 }],
  };
  const figures = await figuresOf({ summary: summaryOf(RELATED), graph: graphOf([ACROSS]), history, chance });
  const figure = named(figures, 'calibration');
  expect(figure.caption).toContain('In 1 of 19 refits of shuffled subjects');
  expect(named(figures, 'chance').svg).toContain('blood – sleep');
  const [uniform, small] = findAll(readXml(figure.svg), 'path').slice(1);
  expect(uniform.children[0].text).toBe('blood and sleep: 1 of 19 refits have p ≤ 0.05');
  expect(small.children[0].text).toBe('drug: 19 of 19 refits have p ≤ 0.05');
  // The table of Kolmogorov's test (Massey 1951) has 0.301 for 19, and 0.24 for 30.
  expect(bandOf(19)).toBeCloseTo(0.3014, 3);
  expect(bandOf(30)).toBeCloseTo(0.2417, 3);
});

describe('outcomes', () => {
  const SUBJECTS = 90;
  const random = new RandomStream(7, 1);
  const normals = () => Float32Array.from({ length: SUBJECTS }, () => random.normal());
  const latents = { blood: Float32Array.from({ length: 2 * SUBJECTS }, () => random.normal()), sleep: normals() };
  const ids = Array.from({ length: SUBJECTS }, (_, i) => `s${i}`);
  const shared = { column: 'c', covariates: [], terms: 'linear', measuredIn: [] } as const;
  const figuresOfOutcomes = (outcomes: readonly Outcome[]) =>
    figuresOf({
      ...{ summary: summaryOf(RELATED), graph: graphOf([ACROSS]), history },
      subjects: {
        dataset: { ids } as unknown as Dataset,
        outcomes,
        outOfFold: { ids, latents: { ...latents, 'eyes & <ears>': normals() } },
      },
    });
  const severity = (noise: number): Outcome => ({
    ...{ ...shared, name: 'severity', kind: 'continuous' },
    values: Float64Array.from(latents.sleep, (value) => value + noise * random.normal()),
  });

  test('an associated outcome is filled, and colours the subjects', async () => {
    const figures = await figuresOfOutcomes([severity(0.5)]);
    expect(named(figures, 'outcomes-correlations').finding).toBe('shown');
    const coloured = named(figures, 'latents-by-severity');
    expect(coloured.finding).toBe('shown');
    expect(textOf(coloured)).toContain('blood.z1');
    const dots = findAll(readXml(coloured.svg), 'path').flatMap(({ attributes }) =>
      Array.from(attributes['d'].matchAll(/z/g)),
    );
    expect(dots).toHaveLength(3 * SUBJECTS);
  });

  test('an outcome of chance is no finding', async () => {
    const levels = ['a', 'b', 'c'];
    const values = Float64Array.from({ length: SUBJECTS }, (_, i) => i % 3);
    const type: Outcome = { ...shared, name: 'type', kind: 'categorical', levels, values };
    const figures = await figuresOfOutcomes([type]);
    const coloured = named(figures, 'latents-by-type');
    expect(coloured.finding).toBe('none');
    expect(coloured.caption).toContain('No association was found');
    // Levels have other colours than the three modalities.
    const fills = new Set(findAll(readXml(coloured.svg), 'path').map(({ attributes }) => attributes['fill']));
    expect([...fills].filter((fill) => light.modalities.slice(0, 3).includes(fill))).toEqual([]);
  });

  test('survival that no latent is associated with has no curves', async () => {
    const times = Float64Array.from({ length: SUBJECTS }, (_, i) => ((i * 37) % SUBJECTS) + 1);
    const outcome: Outcome = {
      ...{ ...shared, name: 'death', kind: 'time-to-event', columns: { time: 'days', event: 'died' } },
      ...{ times, events: Float64Array.from(times, (time) => time % 2) },
    };
    const figure = named(await figuresOfOutcomes([outcome]), 'survival');
    expect(figure.finding).toBe('none');
    expect(findAll(readXml(figure.svg), 'path')).toEqual([]);
  });

  test('thirds of an associated latent have curves, and numbers at risk', async () => {
    const times = Float64Array.from(latents.sleep, (value, i) => Math.exp(-value) * (1 + (i % 7) / 10));
    const outcome: Outcome = {
      ...{ ...shared, name: 'death', kind: 'time-to-event', columns: { time: 'days', event: 'died' } },
      ...{ times, events: Float64Array.from(times, (_, i) => (i % 4 === 0 ? 0 : 1)) },
    };
    const figures = await figuresOfOutcomes([outcome]);
    expect(named(figures, 'outcomes-hazards').finding).toBe('shown');
    const curves = named(figures, 'survival-death-sleep.z1');
    expect(textOf(curves)).toContain('at risk');
    expect(curves.caption).toContain('An association is not an effect');
    expect((await figurePdf(curves)).length).toBeGreaterThan(1000);
  });
});

test('a graph of discovery is drawn, with the share of half-samples of each link and its interval', async () => {
  const graph = graphFromEdges(
    ['blood.z1', 'sleep.z1', 'age'].map((name) => ({ name })),
    [{ from: 'age', to: 'sleep.z1', fromMark: TAIL, toMark: ARROW }],
  );
  const frequencies = { adjacent: 0.9, forward: 0.7, backward: 0.1, undirected: 0.1, bidirected: 0, ...OPEN };
  const intervals = { adjacent: [0.8, 0.95], asWritten: [0.6, 0.8] } as const;
  const edges = graphEdges(graph).map((edge) => ({ ...edge, frequencies, intervals }));
  const input = { summary: summaryOf(RELATED), graph: graphOf([ACROSS]), history };
  const figures = await figuresOf({ ...input, discovery: { graph, edges } });
  expect(textOf(named(figures, 'discovery'))).toContain('age');
  expect(textOf(named(figures, 'edge-support'))).toContain('0.90 (0.80 to 0.95)');
  const empty = await figuresOf({ ...input, discovery: { graph: graphFromEdges(graph.variables, []), edges: [] } });
  expect(named(empty, 'discovery')).toMatchObject({ finding: 'none', caption: 'No link is supported.' });
});

test('a replication has both studies; only replicated results are filled', async () => {
  const interval = { estimate: 0.5, lower: 0.4, upper: 0.6 };
  const result = {
    kind: 'pair',
    second: 'sleep',
    original: interval,
    estimate: interval,
    q: 0.01,
    subjects: 90,
  } as const;
  const replication: Replication = {
    ...{ headline: 'One of two results is replicated.', study: 'made up', subjects: 90, alpha: 0.05, tests: 2 },
    hypotheses: [
      { ...result, first: 'blood', verdict: 'replicated' },
      { ...result, first: 'eyes', verdict: 'undecided' },
    ],
    ...{ shifts: [], warnings: [] },
  };
  const input = { summary: summaryOf(RELATED), graph: graphOf([ACROSS]), history };
  const figure = named(await figuresOf({ ...input, replication }), 'replication');
  expect(figure.caption).toMatch(/^One of two results is replicated\./);
  const dots = findAll(readXml(figure.svg), 'circle').filter(({ children }) => children.length > 0);
  expect(dots.map(({ attributes }) => attributes['fill'] === light.card)).toEqual([false, false, false, true]);
  const untested = {
    ...replication,
    hypotheses: [{ ...result, first: 'blood', estimate: undefined, verdict: 'not-testable' }],
  };
  const empty = await figuresOf({ ...input, replication: untested as unknown as Replication });
  expect(named(empty, 'replication').finding).toBe('none');
});

describe('PDF', () => {
  test('a page has the size of its figure, and the fonts are embedded', async () => {
    const figure = named(await figuresWith(RELATED), 'associations');
    const pdf = structure(await figurePdf(figure));
    const [, width, height] = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf)!.map(Number);
    expect(width).toBeCloseTo((85 * 72) / 25.4, 1);
    expect(height).toBeCloseTo((figure.height * 72) / 25.4, 1);
    expect(pdf).toContain('/FontFile2');
    expect(pdf).not.toMatch(/\/BaseFont \/(Helvetica|Times|Courier)/);
    expect(pdf).not.toContain('/Subtype /Image');
  });

  test('the same figures give the same bytes', async () => {
    const figures = await figuresWith(RELATED);
    expect(await figuresPdf(figures)).toEqual(await figuresPdf(figures));
  });

  test('panels have letters, do not overlap, and stay on their pages', async () => {
    const pages = panelPages(await figuresWith(RELATED));
    const panels = pages.flat();
    expect(panels.map(({ letter }) => letter).join('')).toBe('abcdefghijkl'.slice(0, panels.length));
    expect([0, 25, 26, 51, 52].map(panelLetter)).toEqual(['a', 'z', 'aa', 'az', 'ba']);
    for (const page of pages) {
      for (const [i, a] of page.entries()) {
        expect(a.x + a.figure.width).toBeLessThanOrEqual(195);
        for (const b of page.slice(i + 1)) {
          const isBeside = a.x + a.figure.width <= b.x || b.x + b.figure.width <= a.x;
          expect(isBeside || a.y + a.figure.height <= b.y).toBe(true);
        }
      }
    }
  });

  test('a font without a letter of the figure is refused', async () => {
    const [figure] = await figuresWith(RELATED);
    const svg = figure.svg.replace('blood and sleep', '血液');
    await expect(figurePdf({ ...figure, svg })).rejects.toThrow(
      expect.objectContaining({ code: 'missing-letters', details: expect.objectContaining({ letters: ['血', '液'] }) }),
    );
  });

  test('an element that pages cannot show is an error, not a gap', async () => {
    const [figure] = await figuresWith(RELATED);
    const svg = figure.svg.replace('</svg>', '<image href="x"/></svg>');
    await expect(figurePdf({ ...figure, svg })).rejects.toThrow(expect.objectContaining({ code: 'invalid-drawing' }));
  });
});

test('a folder has every figure, the panels, and a list', async () => {
  const out = join(folder, 'figures');
  const figures = await figuresWith(RELATED);
  await writeFigures(out, figures, { title: 'made up' });
  const list = JSON.parse(readFileSync(join(out, 'figures.json'), 'utf8')) as FigureList;
  const files = list.figures.flatMap((figure) => figure.files);
  expect(readdirSync(out).sort()).toEqual([...files, 'figures.json', 'figures.pdf'].sort());
  expect(list.document).toBe('figures.pdf');
  expect(list.palette).toContain('tritan');
  expect(list.figures.map(({ title }) => title)).toEqual(figures.map(({ title }) => title));
  const svgOnly = await writeFigures(join(folder, 'svg'), figures, { formats: ['svg'] });
  expect(svgOnly.document).toBeUndefined();
  expect(existsSync(join(folder, 'svg/figures.pdf'))).toBe(false);
  await expect(writeFigures(out, figures, { font: join(folder, 'gone.ttf') })).rejects.toThrow(InputError);
});
