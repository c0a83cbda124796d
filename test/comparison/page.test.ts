// The page of a comparison: in Chromium it has no errors and no violations of accessibility rules.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { comparisonPage, type ComparedMethod, type Comparison } from '../../src/comparison/index.js';
import { browserPage, inBrowser } from '../fixtures/browser-page.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const share = (r2: number) => ({ r2, error: 0.01 });

const method = (name: string, r2: number): ComparedMethod => ({
  name,
  title: `Method <${name}>`,
  latents: { a: 1, b: 2 },
  within: share(r2),
  across: share(r2 / 3),
  difference: name === 'ours' ? null : { within: share(0.02), across: share(-0.02) },
  modalities: ['a', 'b'].map((modality) => ({ name: modality, within: share(r2), across: share(r2 / 3) })),
  pairs: [{ first: 'a', second: 'b', subjects: 90, correlation: 0.4, p: 1e-5, corrected: 1e-5 }],
  shuffled: { related: 1, pairs: 20, across: 0 },
  stability: name === 'ours' ? 0.9 : null,
  truth: {
    mcc: 0.9,
    chance: 0.8,
    corrected: 0.5,
    r2: 0.8,
    shd: name === 'ours' ? 2 : null,
    shdChance: name === 'ours' ? 3.5 : null,
  },
  seconds: 1.5,
  memory: name === 'ours' ? 2 ** 28 : null,
});

const comparison: Comparison = {
  format: 'interlatent-compared-1',
  version: '0.0.0',
  study: 'body & blood',
  fingerprint: 'f',
  subjects: { train: 300, validation: 30, test: 90 },
  seeds: [0, 1],
  shuffles: 20,
  methods: [method('ours', 0.5), method('pca', 0.6)],
  warnings: ['Only 9 subjects are held out.'],
};

test('the page has every method, and escapes names', async () => {
  const page = await comparisonPage(comparison);
  expect(page).toContain('body &#38; blood');
  expect(page).toContain('Method &#60;pca&#62;');
  expect(page).toContain('Only 9 subjects are held out.');
  expect(page).toContain('0.500 ± 0.010');
  expect(page).toContain('1 of 20');
  expect(page).toContain('−0.020 ± 0.010');
});

test('without intervals and pairs, the page says why', async () => {
  const bare = { ...method('pca', 0.5), within: { r2: 0.5, error: null }, across: null, difference: null, pairs: [] };
  const page = await comparisonPage({ ...comparison, methods: [{ ...bare, truth: null, shuffled: null }] });
  expect(page).toContain('Too few held-out subjects for an interval.');
  expect(page).toContain('Too few held-out subjects have two modalities.');
});

inBrowser('in Chromium', () => {
  const { open, troubles, violations } = browserPage();

  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('the page is accessible at %i pixels, %s', async (width, colorScheme) => {
    const path = join(folder, 'comparison.html');
    writeFileSync(path, await comparisonPage(comparison));
    await open(pathToFileURL(path).href, { width, colorScheme });
    expect(troubles).toEqual([]);
    expect((await violations()).filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  });
});
