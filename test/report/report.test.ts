// The report is one self-contained file. These tests use all its controls in a browser, and check accessibility. They
// leave screenshots of the main states in build/reports/report/.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { browserPage, inBrowser, type Opening } from '../fixtures/browser-page.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { signRun } from '../fixtures/signed-run.js';

const SHOTS = join(import.meta.dirname, '../../build/reports/report');
const SUBJECTS = 1000;
/** More subjects than the figures of a report use. */
const MANY = 10_200;

let folder: string;
const file = (name: string) => join(folder, name);

/** Output of the report of a fit with another study. */
let elsewhere: CommandResult;

const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);

/** Changes a RUN so that its study file does not exist. Returns a function that restores the RUN. */
function withoutStudy(run: string): () => void {
  const path = file(`${run}/run.json`);
  const text = readFileSync(path, 'utf8');
  const summary = JSON.parse(text) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...summary, studyFile: file('gone.yaml') }));
  return () => {
    writeFileSync(path, text);
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-report-'));
  mkdirSync(SHOTS, { recursive: true });
  const done = async (...args: string[]) => {
    const { code, err } = await interlatent(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  };
  await done('simulate', 'case1', '--samples', String(SUBJECTS - 500), '--test', '500', '--out', 'data');
  const fit = ['fit', 'data/study.yaml', '--epochs', '3', '--threads', '1', '--json'];
  const fitted = async (...args: string[]) => {
    expect(await interlatent(...args)).toMatchObject({ code: 0 });
  };
  await fitted(...fit, '--fit', 'joint', '--encoder-restarts', '2', '--out', 'a');
  await fitted(...fit, '--fit', 'joint', '--encoder-restarts', '1', '--seed', '1', '--evidence', 'none', '--out', 'b');
  const study = readFileSync(file('data/study.yaml'), 'utf8');
  writeFileSync(
    file('data/parts.yaml'),
    `${study}training: { encoderRestarts: 1, componentRestarts: 1, componentSteps: 20, polish: 1, hidden: 16 }\n`,
  );
  await fitted('fit', 'data/parts.yaml', ...fit.slice(2), '--evidence', 'none', '--out', 'parts');
  const names = ['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2'].map((name) => ({ name, modality: name.slice(0, 2) }));
  const frequencies = { adjacent: 0.9, forward: 0.7, backward: 0.1, undirected: 0.1, bidirected: 0 };
  const edges = [
    { from: 'm1.z1', to: 'm2.z1', fromMark: 'tail', toMark: 'arrow', p: 0.002, frequencies },
    { from: 'high blood pressure', to: 'm2.z2', fromMark: 'tail', toMark: 'tail', p: 3e-7, frequencies },
  ];
  writeFileSync(
    file('discovery.json'),
    JSON.stringify({
      format: 'interlatent-causal-graph',
      version: 1,
      variables: [...names, { name: 'high blood pressure', modality: 'diagnoses' }],
      edges,
    }),
  );
  // These tests need two links, which three epochs do not guarantee.
  const graph = JSON.parse(readFileSync(file('a/graph.json'), 'utf8')) as { edges: object[] };
  graph.edges = [
    { from: 'm1.z1', to: 'm2.z1', strength: 0.8, agreement: 1 },
    { from: 'm1.z2', to: 'm2.z2', strength: 0.2, agreement: 0.5 },
  ];
  writeFileSync(file('a/graph.json'), JSON.stringify(graph));
  signRun(file('a'));
  await done('report', 'a', '--discovery', 'discovery.json', '--out', 'report.html');
  await done('report', 'parts', '--out', 'parts.html');
  await done('report', '--compare', 'a', 'b', '--out', 'compare.html');
  // The second discovery has no resamples, and its study has many more subjects.
  const once = edges.map((edge) => ({ ...edge, frequencies: undefined }));
  const { variables } = JSON.parse(readFileSync(file('discovery.json'), 'utf8')) as { variables: object[] };
  const format = { format: 'interlatent-causal-graph', version: 1 };
  writeFileSync(file('once.json'), JSON.stringify({ ...format, variables, edges: once }));
  await done('simulate', 'case1', '--samples', String(MANY - 500), '--test', '500', '--out', 'many');
  // The study of the fit does not exist, and --study names another one.
  const back = withoutStudy('a');
  elsewhere = await interlatent(
    ...['report', 'a', '--study', 'many/study.yaml', '--discovery', 'once.json', '--out', 'many.html'],
  );
  expect(elsewhere).toMatchObject({ code: 0, err: '' });
  back();
}, 240_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the file', () => {
  test('is one small file without a reference to anything outside', () => {
    const html = readFileSync(file('report.html'), 'utf8');
    expect(html.length).toBeLessThan(1_000_000);
    const outside = html.replaceAll('http://www.w3.org/2000/svg', '').match(/https?:\/\/[^"'\s<]*/g);
    expect(outside).toBeNull();
    expect(html).not.toMatch(/<(link|img|iframe)\b|@import|url\((?!#)/);
  });

  test('does not grow with the number of subjects', () => {
    const [few, many] = ['report.html', 'many.html'].map((name) => readFileSync(file(name), 'utf8'));
    expect(many).toContain(MANY.toLocaleString('en'));
    expect(many).toContain('over 10,000 subjects');
    expect(Math.abs(many.length / few.length - 1)).toBeLessThan(0.1);
    const marks = (html: string) => html.match(/<(path|circle|rect|line|text)\b/g)!.length;
    expect(Math.abs(marks(many) / marks(few) - 1)).toBeLessThan(0.1);
    expect(marks(many)).toBeLessThan(1500);
  });

  test('without the data says what is missing, and why, and has the other sections', async () => {
    const back = withoutStudy('b');
    const { code, out } = await interlatent('report', 'b', '--out', 'bare.html');
    expect(code).toBe(0);
    expect(out).toMatch(/Sections that need the study's data are missing: .*\n.*gone\.yaml/);
    const html = readFileSync(file('bare.html'), 'utf8');
    expect(html).toContain('can be shown only with the study’s data');
    expect(html).toMatch(/<section id="training"/);
    expect(elsewhere.out).not.toMatch(/missing/);
    back();
  });

  test('contains names that look like markup as text', async () => {
    const { MultimodalCausalModel } = await import('../../src/model/multimodal-causal-model.js');
    const model = await MultimodalCausalModel.load(file('a'));
    const nasty = '</script><b onload="x">&';
    const html = await model.report({ command: nasty });
    await model.dispose();
    expect(html).not.toContain(nasty);
    expect(html.match(/<\/script>/g)).toHaveLength(html.match(/<script/g)!.length);
    await expect(model.report({ study: { ids: [] } as never })).rejects.toThrow(/disposed/);
  });

  test.each([
    ['no RUN', ['report', '--out', 'x.html'], 'invalid-option'],
    ['one RUN to compare', ['report', '--compare', 'a', '--out', 'x.html'], 'invalid-option'],
    [
      'discovery in a comparison',
      ['report', '--compare', 'a', 'b', '--discovery', 'discovery.json', '--out', 'x.html'],
      'invalid-option',
    ],
    ['a folder that is no RUN', ['report', 'data', '--out', 'x.html'], 'no-run'],
    ['a graph of a fit', ['report', 'a', '--discovery', 'a/graph.json', '--out', 'x.html'], 'invalid-graph'],
    ['a missing study', ['report', 'a', '--study', 'none.yaml', '--out', 'x.html'], 'missing-file'],
  ])('%s is refused and writes nothing', async (_, args, code) => {
    const result = await interlatent(...args);
    expect(result.code).toBe(2);
    expect(result.err).toContain(`error [${code}]`);
    expect(existsSync(file('x.html'))).toBe(false);
  });
});

inBrowser('in Chromium', () => {
  const PHONE = 375;
  const { open: openPage, troubles, violations } = browserPage();
  /** Opens a page. Unfolds all sections, unless `folded`. */
  const open = async (
    name: string,
    { width = 1280, folded = false, ...options }: Opening & { readonly folded?: boolean } = {},
  ): Promise<Page> => {
    const page = await openPage(pathToFileURL(file(name)).href, { width, height: width < 500 ? 844 : 900, ...options });
    if (!folded) await page.evaluate("document.querySelectorAll('.fold').forEach((one) => { one.open = true; })");
    return page;
  };

  test('loads without an error', async () => {
    const page = await open('report.html');
    expect(await page.locator('.figures').first().textContent()).toContain(SUBJECTS.toLocaleString('en'));
    await page.screenshot({ path: join(SHOTS, 'top.png') });
    // The headline has the answer.
    expect(await page.locator('.verdict').textContent()).toMatch(/m1 and m2/);
    const dependent = await page.locator('#diagnostics .beside td strong').count();
    expect(dependent).toBeGreaterThan(0);
    expect(await page.locator('.cautions a[href="#independence"]').textContent()).toMatch(/of 15 pairs of noises/);
    expect(await page.locator('#latents .card').count()).toBe(4);
    await page.locator('#latents .cards').screenshot({ path: join(SHOTS, 'latents.png') });
    expect(troubles).toEqual([]);
  });

  test('conclusions are open and other sections are folded; a link opens its target', async () => {
    const page = await open('report.html', { folded: true });
    expect(await page.locator('#evidence h2').isVisible()).toBe(true);
    expect(await page.locator('#diagnostics h3').first().isVisible()).toBe(false);
    await page.locator('.cautions a[href="#identifiability"]').first().click();
    await page.locator('#identifiability').waitFor({ state: 'visible' });
    expect(await page.locator('#latents .card').first().isVisible()).toBe(false);
    expect(await page.locator('.fold[open]').count()).toBe(1);
    expect(troubles).toEqual([]);
  });

  test('the summary is copied as one paragraph that begins with the answer', async () => {
    const page = await open('report.html');
    await page.evaluate(
      'navigator.clipboard.writeText = (text) => { document.title = text; return Promise.resolve(); }',
    );
    await page.getByRole('button', { name: 'Copy the summary' }).click();
    const answer = (await page.locator('.verdict').textContent())!;
    expect(await page.title()).toBe(`${answer} ${(await page.locator('.summary p').textContent())!.trim()}`);
  });

  test('loads with 10,200 subjects, and filters the links of a discovery without resamples by p', async () => {
    const page = await open('many.html');
    expect(await page.locator('#study .notice').textContent()).toContain(
      `describe ${MANY.toLocaleString('en')} other subjects`,
    );
    const view = page.locator('[data-view="discovery"]');
    expect(await view.locator('[data-count]').textContent()).toBe('2 links');
    // p is 0.002 and 3 · 10⁻⁷.
    await view.locator('[name="strength"]').fill('4');
    expect(await view.locator('[data-count]').textContent()).toBe('1 of 2 links');
    expect(await view.locator('[data-edge="0"]').isVisible()).toBe(false);
    expect(troubles).toEqual([]);
  });

  test('the chart of losses zooms by fields and by dragging, and changes term, scale and runs', async () => {
    const page = await open('report.html');
    const form = page.locator('form[data-controls="losses"]');
    const chart = page.locator('[data-drawing="losses"]');
    const lines = () => chart.locator('path.il-line[opacity]').count();
    const before = await lines();
    await form.locator('[name="onlyChosen"]').check();
    expect(await lines()).toBeLessThan(before);
    await form.locator('[name="term"]').selectOption('independence');
    expect(await chart.locator('> svg').getAttribute('aria-label')).toBe('Independence (KL)');
    await form.locator('[name="scale"]').selectOption('log');
    await form.locator('[name="from"]').fill('2');
    expect(await chart.locator('> svg > desc').textContent()).not.toContain('epoch 1.');
    await page.getByRole('button', { name: 'All epochs' }).click();
    expect(await form.locator('[name="from"]').inputValue()).toBe('1');
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + 60, box.y + 150);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 10, box.y + 160, { steps: 4 });
    expect(await page.locator('.lens').isVisible()).toBe(true);
    await page.mouse.up();
    expect(await form.locator('[name="to"]').inputValue()).toBe('3');
    await page.screenshot({ path: join(SHOTS, 'losses.png') });
    expect(troubles).toEqual([]);
  });

  test('a fit with several stages has the losses of each stage, with its terms and epochs', async () => {
    const page = await open('parts.html');
    const form = page.locator('form[data-controls="losses"]');
    const terms = () => form.locator('[name="term"] option').allTextContents();
    expect(await terms()).toContain('Independence (KL)');
    expect(await form.locator('[name="to"]').inputValue()).toBe('3');
    await form.locator('[name="stage"]').selectOption({ label: 'Components, refinement' });
    expect(await terms()).toContain('Open gates');
    expect(await terms()).not.toContain('Independence (KL)');
    expect(await form.locator('[name="to"]').inputValue()).not.toBe('3');
    expect(await page.locator('#restarts h3').allTextContents()).toEqual(
      await form.locator('[name="stage"] option').allTextContents(),
    );
    expect(await page.locator('#restarts h3').allTextContents()).toContain('Pruning');
    expect(troubles).toEqual([]);
  });

  test('an edge shows its strength, agreement and resamples on hover and focus; sliders and table agree', async () => {
    const page = await open('report.html');
    const view = page.locator('[data-view="graph"]');
    const description = view.locator('[data-description]');
    await view.locator('[data-edge="1"]').focus();
    expect(await description.textContent()).toMatch(
      /m1\.z2 .*→ m2\.z2 .*strength 0\.200.*1 of 2 restarts.*not found by discovery/,
    );
    await view.locator('[data-edge="0"] .il-reach').hover({ force: true });
    expect(await description.textContent()).toMatch(
      /strength 0\.800.*2 of 2 restarts.*90 % of half-samples.*p-value 0\.002/,
    );
    await page.screenshot({ path: join(SHOTS, 'graph.png') });
    await view.locator('[name="strength"]').fill('0.5');
    expect(await view.locator('[data-count]').textContent()).toBe('1 of 2 links');
    expect(await view.locator('[data-edge="1"]').isVisible()).toBe(false);
    await view.locator('[name="strength"]').fill('0');
    await view.locator('[name="agreement"]').fill('60');
    expect(await view.locator('[data-edge="1"]').isVisible()).toBe(false);
    await view.getByText('Table', { exact: true }).click();
    expect(await view.locator('svg').isVisible()).toBe(false);
    expect(await view.locator('tbody tr:visible').count()).toBe(1);
    const discovery = page.locator('[data-view="discovery"]');
    await discovery.locator('[data-edge="0"]').focus();
    expect(await discovery.locator('[data-description]').textContent()).toMatch(/0\.002.*90 %.*70 %/);
    await discovery.locator('[name="strength"]').fill('0.95');
    expect(await discovery.locator('[data-count]').textContent()).toBe('0 of 2 links');
    expect(troubles).toEqual([]);
  });

  test('a node shows its description and its neighbours, and fades other links', async () => {
    const page = await open('report.html');
    const view = page.locator('[data-view="discovery"]');
    const description = view.locator('[data-description]');
    await view.locator('[data-node="4"]').focus();
    expect(await description.textContent()).toMatch(/high blood pressure linked with m2\.z2/);
    expect(await view.locator('[data-edge="1"].faded').count()).toBe(0);
    expect(await view.locator('[data-edge="0"].faded').count()).toBe(1);
    await view.locator('[data-node="0"]').hover({ force: true });
    expect(await description.textContent()).toMatch(/m1\.z1 \(x\d+.*linked with m2\.z1/);
    await page.locator('[data-view="graph"] [data-node="0"]').focus();
    expect(await page.locator('[data-view="graph"] [data-description]').textContent()).toMatch(
      /m1\.z1 .*assumed arrow to m2\.z1/,
    );
    // Measured variables are outlined, latents filled as in the other drawing.
    expect(await view.locator('.il-outlined').count()).toBe(1);
    expect(await page.locator('#top').textContent()).toMatch(
      /Most certain links of measured variables.*high blood pressure/,
    );
    expect(await page.locator('#discovery').textContent()).toContain('3 · 10⁻⁷');
    await page.locator('#discovery').screenshot({ path: join(SHOTS, 'discovery.png') });
    expect(troubles).toEqual([]);
  });

  test('the slider of a latent changes the values of its columns, and restores them', async () => {
    const page = await open('report.html');
    const form = page.locator('form[data-controls="traversals"]');
    const chart = page.locator('[data-drawing="traversals"] > svg');
    const at = async (value: string) => {
      await form.locator('[name="at"]').fill(value);
      return chart.locator('> desc').textContent();
    };
    const middle = await at('4');
    expect(middle).toContain('at its mean');
    expect(middle!.match(/±0/g)!.length).toBeGreaterThan(2);
    const end = await at('8');
    expect(end).toContain('at +2 sd');
    expect(end).not.toBe(middle);
    expect(await at('4')).toBe(middle);
    await form.locator('[name="latent"]').selectOption({ label: 'm2.z2' });
    expect(await chart.getAttribute('aria-label')).toContain('m2.z2');
    const few = await chart.locator('circle').count();
    await form.locator('[name="all"]').check();
    expect(await chart.locator('circle').count()).toBeGreaterThanOrEqual(few);
    await page.locator('#traversals').screenshot({ path: join(SHOTS, 'traversals.png') });
    expect(troubles).toEqual([]);
  });

  test('the slider of an intervention changes its effects, and restores them', async () => {
    const page = await open('report.html');
    const form = page.locator('form[data-controls="interventions"]');
    const chart = page.locator('[data-drawing="interventions"] > svg');
    const at = async (value: string) => {
      await form.locator('[name="at"]').fill(value);
      return chart.locator('> desc').textContent();
    };
    const low = await at('0');
    expect(low).toContain('With m1.z1 set to −2 sd');
    expect(await at('8')).not.toBe(low);
    expect(await at('0')).toBe(low);
    await form.locator('[name="latent"]').selectOption({ label: 'm2.z2' });
    expect(await chart.getAttribute('aria-label')).toBe('Effect of intervening on m2.z2');
    await page.locator('#interventions').screenshot({ path: join(SHOTS, 'interventions.png') });
    expect(troubles).toEqual([]);
  });

  test('columns can be searched by name, the colour scheme changes, and the command is copied', async () => {
    const page = await open('report.html');
    await page.getByText('Correlation of every column with the latents of its modality').click();
    await page.getByLabel('Find a column').fill('x13');
    expect(await page.locator('#correlations tbody tr:visible').count()).toBe(2);
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    expect(await ground()).not.toBe(light);
    await page.screenshot({ path: join(SHOTS, 'dark.png') });
    await page.getByRole('button', { name: 'Light', exact: true }).click();
    expect(await ground()).toBe(light);
    await page.getByRole('button', { name: 'Auto', exact: true }).click();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('button', { name: /Copied|Select it/ }).waitFor();
    expect(await page.locator('.command code').textContent()).toBe(
      'interlatent fit data/study.yaml --out a --fit joint --encoder-restarts 2 --epochs 3',
    );
    expect(troubles).toEqual([]);
  });

  test('every figure can be downloaded as an SVG file', async () => {
    const page = await open('report.html');
    const buttons = page.locator('button[data-download]:visible');
    const count = await buttons.count();
    expect(count).toBeGreaterThan(8);
    for (const k of [0, count - 1]) {
      const [download] = await Promise.all([page.waitForEvent('download'), buttons.nth(k).click()]);
      const svg = readFileSync(await download.path(), 'utf8');
      expect(download.suggestedFilename()).toMatch(/^[\w-]+\.svg$/);
      expect(svg).toMatch(/^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      expect(svg).toContain('.il-light .il-ink');
    }
    expect(troubles).toEqual([]);
  });

  test.each([
    ['report.html', 'light', 1280],
    ['report.html', 'dark', PHONE],
    ['compare.html', 'light', PHONE],
    ['compare.html', 'dark', 1280],
  ] as const)('%s has no serious accessibility violation in %s, %i pixels wide', async (name, colorScheme, width) => {
    const page = await open(name, { colorScheme, width });
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    const serious = (await violations()).filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test('a phone needs no horizontal scrolling; a print has all sections, in light colours', async () => {
    const phone = await open('compare.html', { width: PHONE });
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBe(PHONE);
    await phone.screenshot({ path: join(SHOTS, 'compare-phone.png') });
    const page = await open('report.html', { width: PHONE, colorScheme: 'dark' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE);
    await page.screenshot({ path: join(SHOTS, 'phone.png') });
    // A graph of few latents shrinks, but not below 70 %.
    const width = (of: string) => page.evaluate(`document.querySelector('#graph .drawing').${of}`);
    expect(await width('clientWidth')).toBeGreaterThan(200);
    expect(await width('scrollWidth')).toBe(await width('clientWidth'));
    // A link without a direction has a dash instead of an arrow.
    const sign = "(one) => getComputedStyle(one, '::before').content";
    const signs = `[...document.querySelectorAll('.findings [data-towards]')].map(${sign}).join()`;
    expect(await page.evaluate(signs)).toContain('–');
    // Names of columns are not truncated.
    const isCut =
      "[...document.querySelectorAll('.bars li > span')].some((one) => one.scrollWidth > one.clientWidth + 1)";
    expect(await page.evaluate(isCut)).toBe(false);
    await page.setViewportSize({ width: 720, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--card')")).toBe(
      '#ffffff',
    );
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.locator('[data-view="graph"] [data-part="table"]').isVisible()).toBe(true);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('#correlations table').first().isVisible()).toBe(true);
    expect(await page.locator('.hint').first().isVisible()).toBe(false);
    // Conclusions and drawings have separate pages: the other sections begin on a new page.
    const breaks = "[...document.querySelectorAll('main > section')].map((one) => getComputedStyle(one).breakBefore)";
    const [, ...rest] = await page.evaluate<string[]>(breaks);
    expect(rest.filter((one) => one === 'page')).toHaveLength(1);
    await page.screenshot({ path: join(SHOTS, 'print.png') });
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    await page.emulateMedia({ media: 'screen' });
    expect(await page.locator('#correlations table').first().isVisible()).toBe(false);
  });

  test('a comparison shows runs next to each other, with matched latents', async () => {
    const page = await open('compare.html');
    const rows = await page.locator('#latents tbody tr').allTextContents();
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toMatch(/m\d\.z\d.*m\d\.z\d\s+[01]\.\d\d/);
    expect(await page.locator('#settings').textContent()).toMatch(/seed\s*0\s*1/);
    expect(await page.locator('.lead').textContent()).toMatch(/All runs have \d of a’s 4 latents/);
    const form = page.locator('form[data-controls="losses"]');
    expect(await form.locator('[name="onlyChosen"]').count()).toBe(0);
    await form.locator('[name="term"]').selectOption('reconstruction');
    // Every run has a different colour, and the legend has its name.
    const chart = page.locator('[data-drawing="losses"] > svg');
    const strokes = async (run: string) => {
      const lines = chart.locator('path', { has: page.locator(`title:text-matches("^${run}, ")`) });
      return Promise.all((await lines.all()).map((line) => line.getAttribute('class')));
    };
    const [a, b] = [await strokes('a'), await strokes('b')];
    expect([a.length, b.length]).toEqual([2, 2]);
    expect(new Set(a).size).toBe(1);
    expect(b[0]).not.toBe(a[0]);
    expect(await chart.locator('text', { hasText: /^b$/ }).count()).toBe(1);
    expect(await page.locator('#graph figure').count()).toBe(2);
    await page.screenshot({ path: join(SHOTS, 'compare.png') });
    expect(troubles).toEqual([]);
  });
});
