// The example page in a browser. A model and tables are opened with dialogs, with the keyboard and by dropping files.
// The loaded page sends no requests, and is accessible on wide and narrow screens. Screenshots are written to
// build/reports/browser/.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { browserPage, inBrowser, type Opening } from '../fixtures/browser-page.js';
import { scratch } from '../fixtures/scratch.js';
import { mixedRun, testedRun as writeTestedRun } from '../fixtures/served-runs.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/browser');
const SHOTS = join(import.meta.dirname, '../../build/reports/browser');
const { assemble } = (await import(join(EXAMPLE, 'assemble.mjs'))) as {
  readonly assemble: (page: string, run: string, tables: Readonly<Record<string, string>>) => void;
};

const files = scratch();
const names = ['clinic.csv', 'sleep.csv'];
let run: string;
/** A fit whose latents are mixtures. */
let testedRun: string;
let tables: string[];
let server: ChildProcess;
let address: string;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  run = await mixedRun(files, 'mixed');
  testedRun = await writeTestedRun(files, 'tested');
  tables = names.map((name) => files.file(`mixed/${name}`));
  assemble(
    files.file('page'),
    run,
    Object.fromEntries(tables.map((path, i) => [names[i], readFileSync(path, 'utf8')])),
  );
  server = spawn(process.execPath, [join(EXAMPLE, 'serve.mjs'), files.file('page')], {
    env: { ...process.env, PORT: '0' },
  });
  const [printed] = (await once(server.stdout!, 'data')) as [Buffer];
  address = printed.toString().trim();
}, 120_000);

afterAll(() => {
  server.kill('SIGKILL');
});

test('the page must not load anything from other servers, and files outside of the folder are not served', async () => {
  const html = await (await fetch(address)).text();
  expect(html).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'none'");
  for (const path of ['/', '/app.js', '/style.css', '/demo.js', '/interlatent/index.js']) {
    const { status, headers } = await fetch(address + path);
    const policy = headers.get('content-security-policy')!;
    expect([path, status, policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'")]).toEqual([
      path,
      200,
      true,
    ]);
  }
  expect((await fetch(`${address}/..%2f..%2fetc/passwd`)).status).toBe(404);
});

inBrowser('in Chromium', () => {
  let page: Page;
  const { open: openPage, troubles, violations } = browserPage();
  const requests: string[] = [];
  const count = (request: { url: () => string }): void => {
    requests.push(request.url());
  };

  /** Opens the page, and counts requests after it is loaded. */
  async function open(options?: Opening): Promise<void> {
    page = await openPage(address, options);
    await page.locator('#device:not(:empty)').waitFor();
    page.off('request', count);
    requests.length = 0;
    page.on('request', count);
  }

  /** Returns errors and warnings, except those of Chromium about graphics cards. */
  const wrong = (): string[] => troubles.filter((text) => !/No available adapters|WebGPU/.test(text));
  const cells = async (row: number): Promise<string[]> =>
    page.locator(`#latents tr[data-row="${row}"] td`).allTextContents();

  async function openAll(): Promise<void> {
    await page.locator('#model-folder').setInputFiles(run);
    await page.locator('#model-facts > p strong').waitFor();
    await page.locator('#tables-files').setInputFiles(tables);
    await page.locator('#latents tr').first().waitFor();
  }

  test('a folder and tables give the latents of the library, without a request', async () => {
    await using model = await MultimodalCausalModel.load(run);
    const { dataset } = await readStudy(files.file('mixed/study.yaml'), { scales: model.columnScales });
    const { clinic, sleep } = await model.encode(dataset);
    await open();
    await openAll();
    for (const row of [0, 1, 17]) {
      const expected = [clinic[2 * row], clinic[2 * row + 1], sleep[row]];
      const shown = (await cells(row)).map((text) => Number(text.replace('−', '-').replace('*', '')));
      shown.forEach((value, k) => expect(value).toBeCloseTo(expected[k], 1));
    }
    expect(await cells(0)).toEqual([
      expect.not.stringContaining('*'),
      expect.not.stringContaining('*'),
      expect.stringContaining('*'),
    ]);
    expect(await page.locator('#tables-facts').textContent()).toMatch(
      /160 people encoded .* 32 lack sleep, .* inferred/,
    );
    // Nothing was tested, so the page draws no graph, as the report.
    expect(await page.locator('#graph svg').count()).toBe(0);
    expect(await page.locator('#verdict').textContent()).toMatch(/^Not tested/);
    expect(await page.locator('#verdicts li').allTextContents()).toEqual(
      ['clinic.z1', 'clinic.z2', 'sleep.z1'].map((name) =>
        expect.stringMatching(`^${name} was not tested for replication: `),
      ),
    );
    expect(await page.locator('#device').textContent()).toMatch(
      /^(This browser has WebGPU|This browser found no usable graphics card|This browser has no WebGPU)/,
    );
    expect([requests, wrong()]).toEqual([[], []]);
  });

  test('a tested fit has the verdicts of the report: blocks, links of blocks, and equally good graphs', async () => {
    await open();
    await page.locator('#model-folder').setInputFiles(testedRun);
    await page.locator('#model-facts > p strong').waitFor();
    await page.locator('#tables-files').setInputFiles(['m1', 'm2'].map((name) => files.file(`tested/${name}.csv`)));
    await page.locator('#graph svg').waitFor();
    for (const summary of await page.locator('#results summary').all()) await summary.click();
    await page.locator('#graph').screenshot({ path: join(SHOTS, 'blocks.png') });
    expect(await page.locator('#graph .il-edge').count()).toBe(1);
    expect(await page.locator('#graph desc').textContent()).toContain('m1.z1|z2 → m2.z1|z2 (direction assumed)');
    expect(await page.locator('.factor .tag').allTextContents()).toEqual([
      ...['in the mixture m1.z1|z2', 'in the mixture m1.z1|z2', 'in the mixture m2.z1|z2', 'in the mixture m2.z1|z2'],
    ]);
    expect(await page.locator('#verdicts li').first().textContent()).toMatch(
      /^m1\.z1 is identified only up to a mixture with m1\.z2: /,
    );
    const rows = await page.locator('#edges tbody tr').all();
    expect(rows).toHaveLength(1);
    const [first, , second, , verdict, direction] = await rows[0].locator('td').allTextContents();
    expect([first, second, verdict, direction]).toEqual([
      ...['m1.z1|z2', 'm2.z1|z2', 'supported', 'm1.z1|z2 → m2.z1|z2, assumed'],
    ]);
    expect(await page.locator('#equivalence').textContent()).toMatch(/^\d graphs? explains? \d+ held-out subjects/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#report').click()]);
    const report = readFileSync(await download.path(), 'utf8');
    expect(report).toContain('m1.z1|z2 → m2.z1|z2, assumed');
    expect(await page.locator('body').innerText()).not.toMatch(/caused? by|may cause|causes each/);
    expect(wrong()).toEqual([]);
  });

  test('the keyboard alone opens the example, selects persons and saves files', async () => {
    await open();
    const tab = async (id: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        if ((await page.locator(':focus').getAttribute('id')) === id) return;
      }
      throw new Error(`Tab does not reach ${id}`);
    };
    await tab('demo');
    await page.keyboard.press('Enter');
    await page.locator('#results:focus').waitFor();
    await tab('person');
    await page.keyboard.press('ArrowDown');
    await page.locator('svg[aria-label^="clinic.z1 of p1:"]').waitFor();
    await tab('next');
    await page.keyboard.press('Enter');
    expect(await page.locator('.strip').first().getAttribute('aria-label')).toMatch(/^clinic\.z1 of p2: −?\d/);
    await tab('save');
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    const [header, first] = readFileSync(await download.path(), 'utf8').split('\n');
    expect(header).toBe('id,clinic.z1,clinic.z2,sleep.z1,clinic.inferred,sleep.inferred');
    expect(first).toMatch(/^p0,.*,0,1$/);
    await tab('report');
    const [report] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(readFileSync(await report.path(), 'utf8')).toMatch(/^<!doctype html>/);
    expect([requests.filter((url) => !url.startsWith('blob:')), wrong()]).toEqual([[], []]);
  });

  test('a model and tables can be dropped together; other files have an error', async () => {
    await open();
    const drop = async (contents: Readonly<Record<string, string>>): Promise<void> => {
      const script = `(() => {
        const transfer = new DataTransfer();
        for (const [name, base64] of Object.entries(${JSON.stringify(contents)})) {
          transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
        }
        return transfer;
      })()`;
      await page.dispatchEvent('body', 'drop', { dataTransfer: await page.evaluateHandle(script) });
    };
    const base64 = (path: string): string => readFileSync(path).toString('base64');
    await drop({ 'letter.docx': '' });
    await page.getByText('letter.docx: neither files of a model').waitFor();
    const model = Object.fromEntries(
      ['run.json', 'model.safetensors', 'graph.json'].map((name) => [name, base64(join(run, name))]),
    );
    await drop({ ...model, ...Object.fromEntries(tables.map((path, i) => [names[i], base64(path)])) });
    await page.locator('#latents tr').first().waitFor();
    expect(await page.locator('#model-problem').textContent()).toBe('');
  });

  test('an error of a file is shown next to it, until the file is corrected', async () => {
    await open();
    await page.locator('#model-files').setInputFiles(join(run, 'run.json'));
    await page.getByText('model.safetensors is not among these files').waitFor();
    await page.locator('#model-folder').setInputFiles(run);
    await page.locator('#model-facts > p strong').waitFor();
    expect(await page.locator('#model-problem').textContent()).toBe('');
    expect(await page.locator('#tables-needed summary').allTextContents()).toEqual([
      'clinic: 4 columns',
      'sleep: 2 columns',
    ]);
    const sleep = readFileSync(tables[1], 'utf8');
    await page.locator('#tables-files').setInputFiles(files.file('sleep.csv', sleep.replace('hours', 'stunden')));
    await page.getByText("sleep.csv has no column 'hours'").waitFor();
    expect(await page.locator('#results').isVisible()).toBe(false);
    await page.locator('#tables-files').setInputFiles(tables[1]);
    await page.getByText('No table of clinic is open').waitFor();
    expect(await page.locator('#tables-problem').textContent()).toBe('');
    expect(await cells(0)).toHaveLength(1);
    expect(await page.locator('.behind').count()).toBe(0);
    await page.locator('#tables-files').setInputFiles(files.file('sleep.csv', 'id,hours,snore\nA,1,2\n'));
    await page.getByText('These are fewer than 30 people').waitFor();
    expect(await page.locator('.strip .behind').count()).toBe(300);
  });

  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('%d pixels wide, %s: accessible, and nothing is cut off', async (width, colorScheme) => {
    await open({ width, colorScheme });
    await page.locator('#demo').click();
    await page.locator('#latents tr').first().waitFor();
    for (const summary of await page.locator('summary:visible').all()) await summary.click();
    await page.locator('#verdicts li').first().waitFor();
    await page.screenshot({ path: join(SHOTS, `${width}-${colorScheme}.png`), fullPage: true });
    expect(await violations()).toEqual([]);
    expect(await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)).toBe(width);
  });
});
