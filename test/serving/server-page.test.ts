// The example server and its page in a browser. Every form gets answers, also with the keyboard alone. Errors appear
// next to the form, and the page is accessible. Screenshots are written to build/reports/server/.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { browserPage, inBrowser, type Opening } from '../fixtures/browser-page.js';
import { longTest } from '../fixtures/long.js';
import { scratch } from '../fixtures/scratch.js';
import { mixedRun, plainRun, rowsFor } from '../fixtures/served-runs.js';

const SERVER = join(import.meta.dirname, '../../examples/server/server.mjs');
const SHOTS = join(import.meta.dirname, '../../build/reports/server');

const files = scratch();
let run: string;
let server: ChildProcess;
let address: string;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  run = await plainRun(files, 'plain');
  const models = [`plain=${run}`, `mixed=${await mixedRun(files, 'mixed')}`];
  server = spawn(process.execPath, [SERVER, ...models], { env: { ...process.env, PORT: '0' } });
  const [printed] = (await once(server.stdout!, 'data')) as [Buffer];
  address = printed.toString().trim();
}, 120_000);

afterAll(() => {
  server.kill('SIGKILL');
});

test('without models the server prints its usage', () => {
  const { status, stderr } = spawnSync(process.execPath, [SERVER], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^usage: .* NAME=RUN/);
});

test('every file of the page is served, and must not load anything from other servers', async () => {
  const html = await (await fetch(address)).text();
  const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link);
  expect(links.length).toBeGreaterThan(1);
  for (const link of ['/', ...links]) {
    const { status, headers } = await fetch(address + link);
    expect([link, status, headers.get('content-security-policy')]).toEqual([link, 200, "default-src 'self'"]);
  }
});

inBrowser('in Chromium', () => {
  let page: Page;
  const { open: openPage, troubles, violations } = browserPage();

  async function open(options?: Opening): Promise<void> {
    page = await openPage(address, options);
    await page.locator('[id="m1.x1"]').waitFor();
  }

  /** Waits for the answer of a form. Returns the texts of its table. */
  async function answer(form: string): Promise<string[][]> {
    const rows = page.locator(`#${form}-answer tbody tr`);
    await rows.first().waitFor();
    return Promise.all((await rows.all()).map((row) => row.locator('td').allTextContents()));
  }
  const problem = async (form: string): Promise<string | null> => {
    await page.locator(`#${form}-problem:not(:empty)`).waitFor();
    return page.locator(`#${form}-problem`).textContent();
  };
  /** Allows answers although these models were not tested. */
  const allowUntested = async () => {
    for (const box of ['#assume-order', '#untested']) await page.locator(box).check();
  };
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  test('a subject is encoded with the keyboard alone, to the latents of the model', async () => {
    await using model = await MultimodalCausalModel.load(run);
    const [row] = rowsFor(model, 1);
    await open();
    await page.locator('[id="m1.x1"]').focus();
    for (const value of Object.values(row).flatMap((values) => Object.values(values))) {
      await page.keyboard.press('Control+A');
      await page.keyboard.type(String(value));
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    const latents = Object.values(await model.encodeRows([row])).flatMap((values) => [...values]);
    const shown = await answer('subject');
    expect(shown.map(([name]) => name)).toEqual(['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2']);
    for (const [z, [, value]] of shown.entries()) expect(Number(value)).toBeCloseTo(latents[z], 2);
    expect(troubles).toEqual([]);
  });

  test('empty fields are imputed, also a whole modality; a form without values is refused', async () => {
    await open();
    await press('Impute what is empty');
    await page.getByText('Nothing is empty').waitFor();
    for (const field of await page.locator('fieldset[name=m1] input').all()) await field.fill('');
    await press('Impute what is empty');
    const shown = await answer('subject');
    expect(shown.map(([name]) => name)).toEqual(Array.from({ length: 15 }, (_, i) => `m1.x${i + 1}`));
    expect(shown.every(([, mean, low, high]) => Number(low) < Number(mean) && Number(mean) < Number(high))).toBe(true);
    await press('Encode');
    await page.getByText('no value').first().waitFor();
    for (const field of await page.locator('fieldset[name=m2] input').all()) await field.fill('');
    await press('Encode');
    expect(await problem('subject')).toMatch(/^Every field is empty/);
    expect(await page.locator('#subject-answer').textContent()).toBe('');
  });

  test('a wrong value has an error below the form and the focus in its field, until it is corrected', async () => {
    await open();
    await page.locator('[id="m2.x3"]').fill('1e9');
    await press('Encode');
    expect(await problem('subject')).toMatch(/^m2\.x3 is 1000000000: .*training mean/);
    expect(await page.locator('[aria-invalid=true]').getAttribute('id')).toBe('m2.x3');
    expect(await page.locator(':focus').getAttribute('id')).toBe('m2.x3');
    await page.locator('[id="m2.x3"]').fill('0');
    await press('Encode');
    expect(await answer('subject')).toHaveLength(4);
    expect(await page.locator('#subject-problem').textContent()).toBe('');
    expect(await page.locator('[aria-invalid]').count()).toBe(0);
  });

  test('a CSV file that the page saved is encoded; an error names what is wrong in another file', async () => {
    await open();
    const [download] = await Promise.all([page.waitForEvent('download'), press('Save as CSV')]);
    const text = readFileSync(await download.path(), 'utf8');
    const [head, line] = text.trim().split('\n');
    const send = async (name: string, content: string): Promise<void> => {
      await page.locator('#csv').setInputFiles(files.file(name, content));
      await press('Encode the file');
    };
    await send('two.csv', `${head}\n${line}\n${line.replace('subject', 'other')}\n`);
    const shown = await answer('subjects');
    expect(shown.map(([name]) => name)).toEqual(['subject', 'other']);
    expect(shown[0].slice(1)).toEqual(shown[1].slice(1));
    await send('column.csv', `${head},m3.x1\n${line},1\n`);
    expect(await problem('subjects')).toMatch(/^The model has no column m3\.x1/);
    await send('text.csv', `${head}\n${line.replace(/[^,]+$/, 'high')}\n`);
    await page.getByText('rows[0].m2.x15 is "high"').waitFor();
    await send('empty.csv', head);
    await page.getByText('a header and no subjects').waitFor();
  });

  test('an intervention has a table of effects that begins with the latents, and warnings', async () => {
    await open();
    await page.locator('#latent').selectOption('m1.z2');
    await page.locator('#deviations').fill('-1.5');
    await allowUntested();
    await page.locator('#deviations').press('Enter');
    const [[name, , , change]] = await answer('intervention');
    expect(name).toBe('m1.z2');
    expect(Number(change)).toBeCloseTo(-1.5, 0);
    expect(await page.locator('#intervention-answer').textContent()).toMatch(/Be careful: .*none of them was tested/);
    expect(troubles).toEqual([]);
  });

  test('a fit that was not tested answers only if this is allowed', async () => {
    await open();
    await press('Ask what follows');
    expect(await problem('intervention')).toMatch(/^The links and latents of this fit were not tested/);
  });

  test('another model has other fields, with a choice of levels', async () => {
    await open();
    await press('Encode');
    await answer('subject');
    await page.locator('#model').selectOption('mixed');
    await page.locator('[id="clinic.stage"]').selectOption('mid');
    expect(await page.locator('#subject-answer').textContent()).toBe('');
    await page.locator('[id="clinic.smoker"]').selectOption('yes');
    await press('Encode');
    expect((await answer('subject')).map(([name]) => name)).toEqual(['clinic.z1', 'clinic.z2', 'sleep.z1']);
  });

  const NAME = '%d pixels wide, %s: accessible, and nothing is cut off';
  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)(NAME, isWhole);
  longTest.each([
    [1280, 'dark'],
    [390, 'light'],
  ] as const)(NAME, isWhole);

  async function isWhole(width: number, colorScheme: 'light' | 'dark'): Promise<void> {
    await open({ width, colorScheme });
    await press('Encode');
    await allowUntested();
    await press('Ask what follows');
    await answer('subject');
    await answer('intervention');
    await page.locator('[id="m1.x1"]').fill('1e9');
    await press('Encode');
    await problem('subject');
    await page.screenshot({ path: join(SHOTS, `${width}-${colorScheme}.png`), fullPage: true });
    expect(await violations()).toEqual([]);
    expect(await page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)).toBe(width);
  }
});

test('the server ends with code 0 after SIGTERM', async () => {
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
}, 20_000);
