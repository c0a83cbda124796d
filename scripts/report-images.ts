// `scripts/report-images FUNDUS SLEEP NHANES` writes screenshots of reports to docs/images. FUNDUS and SLEEP are the
// output folders of `npm run example -- fundus` and `-- sleep`, NHANES that of `study run` on
// examples/phenotype/nhanes-2013-2014. The first image of the README is a fit of Variant MNIST (graph C of
// docs/results/table2), which takes a minute here. Needs dist/, INTERLATENT_DATA and Chromium (CHROMIUM is its path).

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { graphSvg, MultimodalCausalModel } from '../dist/index.js';
import { variantMnistSource } from '../reproduction/experiments/variant-mnist.js';

const SEED = 24;
const images = join(process.cwd(), 'docs/images');
const [fundus, sleep, nhanes] = process.argv.slice(2).map((folder) => resolve(folder));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});

/** Takes screenshots of elements of a report that is 900 pixels wide. */
async function screenshotsOf(
  report: string,
  selectors: readonly string[],
  { colorScheme = 'light', path }: { readonly colorScheme?: 'light' | 'dark'; readonly path?: string } = {},
): Promise<Buffer[]> {
  const page = await browser.newPage({ viewport: { width: 900, height: 900 }, colorScheme });
  await page.goto(pathToFileURL(report).href);
  // Opens the sections, most of which are closed at first.
  await page.evaluate("document.querySelectorAll('details.fold').forEach((one) => (one.open = true))");
  if (!path) await page.addStyleTag({ content: '.latent-looks { background: white }' });
  const screenshots: Buffer[] = [];
  for (const selector of selectors) {
    screenshots.push(await page.locator(selector).screenshot({ ...(path && { path: join(images, path) }) }));
  }
  await page.close();
  return screenshots;
}

/** Takes a screenshot of the top of a report, before scrolling. */
async function topOf(report: string, path: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 900, height: 1300 } });
  await page.goto(pathToFileURL(report).href);
  await page.screenshot({ path: join(images, path) });
  await page.close();
}

const ofFundus = join(fundus, 'report.html');
await screenshotsOf(ofFundus, ['#looks-left'], { path: 'report-looks.png' });
await screenshotsOf(ofFundus, ['#looks-left'], { path: 'report-looks-dark.png', colorScheme: 'dark' });
await screenshotsOf(join(sleep, 'report.html'), ['#looks-heart'], { path: 'report-curves.png' });
await topOf(join(nhanes, 'report.html'), 'report-top.png');
await screenshotsOf(join(nhanes, 'report.html'), ['#discovery'], { path: 'report-discovery.png' });
await screenshotsOf(join(nhanes, 'report.html'), ['#traversals'], { path: 'report-traversal.png' });

const { simulate } = await variantMnistSource();
const study = { id: 'C', title: 'C', graph: 'C', shiftInvariant: 0 } as const;
const { dataset } = simulate(study, SEED);
const model = await MultimodalCausalModel.fit(dataset, { seed: SEED });
const graph = await graphSvg(model.graph);
const folder = await mkdtemp(join(tmpdir(), 'report-images-'));
try {
  const report = join(folder, 'report.html');
  await writeFile(report, await model.report({ study: dataset }));
  const strips = await screenshotsOf(report, ['#looks-digit .latent-looks', '#looks-garment .latent-looks']);
  const shown = strips.map((strip) => `<img src="data:image/png;base64,${strip.toString('base64')}">`);
  const page = await browser.newPage({ viewport: { width: 1500, height: 800 } });
  await page.setContent(`<body style="margin: 0; background: white">
    <style>svg { width: 420px; height: auto } img { width: 100%; display: block; margin: 8px 0 }</style>
    <div id="both" style="display: flex; align-items: center; gap: 40px; padding: 16px; width: 1240px">
      <div style="flex: 1">${shown.join('')}</div>
      ${graph.slice(graph.indexOf('<svg'))}
    </div>
  </body>`);
  await page.locator('#both').screenshot({ path: join(images, 'variant-mnist.png') });
} finally {
  await rm(folder, { recursive: true, force: true });
}
await model.dispose();
await browser.close();
