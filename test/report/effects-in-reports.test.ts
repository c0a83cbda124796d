// The section on effects of intervening in the report: do(z) on a grid, computed in advance, in the file and as a
// drawing.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { effectsChart } from '../../src/report/charts/effects-chart.js';
import { consequenceRows, type LatentConsequences } from '../../src/report/facts/interventions.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { evidenceOf } from '../fixtures/judged-evidence.js';
import { scratch } from '../fixtures/scratch.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const { folder } = scratch();
const SETTINGS = {
  fit: 'joint',
  encoderRestarts: 1,
  epochs: 2,
  batch: 64,
  hidden: 8,
  evidence: 'none',
  threads: 1,
} as const;
/** All edges that the order of the modalities allows. */
const DENSE = { kind: 'none' } as const;
const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 300, test: 50 }));

/** Links that held-out subjects support; the order of the modalities is assumed. */
const LINKS = ['m1.z1', 'm1.z2'].map((from) => [from, 'm2.z1', 'supported'] as const);

beforeAll(async () => {
  await using model = await MultimodalCausalModel.fit(dataset, {
    ...SETTINGS,
    sparsity: { ...DENSE, order: 'assumed' },
  });
  await model.save(join(folder, 'run'));
  const path = join(folder, 'run/run.json');
  const content = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...content, evidence: evidenceOf({ links: LINKS }) }));
}, 60_000);

interface PageData {
  readonly interventions?: { readonly steps: number[]; readonly latents: LatentConsequences[] };
}

/** Returns the section of a page as markup and text, and the numbers for its script. */
function read(html: string) {
  const markup = html.slice(html.indexOf('<section id="interventions"')).split('</section>')[0];
  const json = html.split('id="report-data">')[1].split('</script>')[0];
  const { interventions } = JSON.parse(json) as PageData;
  return { markup, text: markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '), ...interventions };
}

/** Returns a copy of the RUN with one changed file. */
async function changed(name: string, file: string, change: (content: Record<string, unknown>) => object) {
  cpSync(join(folder, 'run'), join(folder, name), { recursive: true });
  const path = join(folder, name, file);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
  await using model = await MultimodalCausalModel.load(join(folder, name));
  return read(await model.report());
}

test('the page has the answers of intervene for the same draws, along supported links', async () => {
  await using model = await MultimodalCausalModel.load(join(folder, 'run'));
  const { steps, latents, markup } = read(await model.report());
  const { nodes } = model.graph;
  expect(latents!.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
  expect(markup.match(/<option/g)).toHaveLength(nodes.length);
  const draws = Number(/draws other than these (\d+)/.exec(markup)![1]);
  for (const sd of [-2, 0.5]) {
    const at = steps!.indexOf(sd);
    const { consequences } = await model.intervene({ 'm1.z2': { sd } }, { draws });
    const { rows } = latents![1];
    expect(rows.length).toBeGreaterThan(6);
    for (const { label, m, rest, mean, low, high } of rows) {
      const [name, modality = 'm1'] = label.split(' · ');
      const is = consequences.find((one) => one.name === name || one.name === `${modality}.${name}`)!;
      expect(is.modality).toBe(['m1', 'm2'][m]);
      [is.before.mean, is.after.mean, is.after.low, is.after.high].forEach((value, k) => {
        expect([rest, mean[at], low[at], high[at]][k]).toBeCloseTo(value, 3);
      });
    }
  }
});

test('columns with the largest effects are listed, and the set latent is not among the effects', async () => {
  await using model = await MultimodalCausalModel.load(join(folder, 'run'));
  const { latents } = read(await model.report());
  const { consequences } = await model.intervene({ 'm2.z1': { sd: 2 } }, { draws: 500 });
  const moves = consequences.filter(({ kind }) => kind === 'column');
  const size = ({ effect, before }: (typeof moves)[number]) => Math.abs(effect.mean) / before.sd;
  const largestMove = moves.reduce((a, b) => (size(a) > size(b) ? a : b));
  const labels = latents![2].rows.map(({ label }) => `m2.${label}`);
  expect(labels).toContain(largestMove.name);
  expect(labels).toHaveLength(6);
});

test('directions that the answers depend on are called assumed, with the result of the reversed order', async () => {
  const order = { difference: 0.01, standardError: 0.02, subjects: 50 };
  const evidence = evidenceOf({ links: LINKS, order });
  const { text } = await changed('as-well', 'run.json', (run) => ({ ...run, evidence }));
  expect(text).toContain('Assumed directions: m1.z1 → m2.z1 and m1.z2 → m2.z1.');
  expect(text).toContain('The reversed order of modalities explains held-out subjects equally well.');
});

test('without a supported link only columns of the modality of a latent change', async () => {
  const { text, latents } = await changed('alone', 'run.json', (run) => ({ ...run, evidence: evidenceOf({}) }));
  expect(text).toContain('No link between modalities is supported, so a latent affects only columns of its modality.');
  latents!.forEach(({ name, rows }) => {
    expect(rows.map(({ m }) => `m${m + 1}`)).toEqual(rows.map(() => name.slice(0, 2)));
    expect(rows.every(({ label }) => /^x\d+$/.test(label))).toBe(true);
  });
});

test('latents that cannot be set are left out, each with its reason', async () => {
  const determination = { determined: [true, false, true, true], agreement: [1, 0.4, 1, 1], restarts: 2, equals: 2 };
  const unclear = await changed('unclear', 'run.json', (run) => ({ ...run, determination }));
  expect(unclear.text).toContain('m1.z2 : m1.z2 is identified only up to a mixture with m1.z1');
  expect(unclear.latents!.map(({ name }) => name)).toEqual(['m1.z1', 'm2.z1', 'm2.z2']);
  const unknown = await changed('unknown', 'run.json', ({ config, ...run }) => {
    const { sparsity, ...settings } = config as { sparsity: object };
    return { ...run, config: { ...settings, sparsity: { ...sparsity, order: 'unknown' } } };
  });
  expect(unknown.text).toContain('The effects are not known: nothing determines the direction of m1.z1 – m2.z1');
  expect(unknown.latents!.map(({ name }) => name)).toEqual(['m2.z2']);
});

test('a fit that was not tested has no answers', async () => {
  const { text, latents } = await changed('untested', 'run.json', (run) => ({ ...run, evidence: undefined }));
  expect(text).toMatch(
    /This fit cannot answer\. The links and latents of this fit were not tested.*fit again without --evidence none/,
  );
  expect(latents).toBeUndefined();
});

test('a fit without answers gives the reason, and has the rest of its report', async () => {
  const settings = { ...SETTINGS, epochs: 1, sparsity: { graph: 'cyclic' } } as const;
  await using model = await MultimodalCausalModel.fit(dataset, settings);
  const html = await model.report();
  expect(read(html).text).toMatch(/This fit cannot answer\. Latents of this fit cause each other/);
  expect(html).toMatch(/<section id="training"/);
});

test.each([760, 320])('%i pixels: dots and lines are at the positions of means and subjects', (width) => {
  const row = { label: 'iron', m: 0, rest: 10, sd: 2, mean: [8, 10, 14], low: [6, 8, 11], high: [10, 12, 90] };
  const rows = consequenceRows({ name: 'blood.z1', beyond: [false, false, true], rows: [row] });
  const chart = (at: number) =>
    readXml(effectsChart(rows, { title: 'Effects', state: 'With blood.z1 set', at, width }));
  /** Returns the ends of the interval and the mean, in sd of iron without intervention. */
  const drawn = (at: number) => {
    const root = chart(at);
    const lines = findAll(root, 'line');
    const zero = Number(lines.find(({ attributes }) => attributes.class === 'il-grid')!.attributes.x1);
    const spread = lines.find(({ attributes: { class: name, opacity } }) => name === 'il-line il-s0' && !opacity)!;
    const [ring, dot] = findAll(root, 'circle');
    // The ring is at the end of the axis: +2 sd of iron.
    const sd = (Number(ring.attributes.cx) - zero) / 2;
    return [spread.attributes.x1, dot.attributes.cx, spread.attributes.x2].map((x) => (Number(x) - zero) / sd);
  };
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 1));
  expect(drawn(0)).toEqual(near([-2, -1, 0]));
  // A long tail is cut at the end of the axis.
  expect(drawn(2)).toEqual(near([0.5, 2, 3]));
  expect(findAll(chart(2), 'desc')[0].text).toBe('With blood.z1 set: iron 14 (+4).');
});
