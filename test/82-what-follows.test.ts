// "What follows if" of the report: do(z) on a grid, computed beforehand, in the file and as a drawing.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { effectsChart } from '../src/report/charts/effects-chart.js';
import { consequenceRows, type LatentConsequences } from '../src/report/facts/interventions.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { evidenceOf } from './judged-evidence.js';
import { scratch } from './scratch.js';
import { findAll, readXml } from './xml-reader.js';

const { folder } = scratch();
const SETTINGS = { fit: 'joint', encoderRestarts: 1, epochs: 2, batch: 64, hidden: 8, evidence: 'none', threads: 1 } as const;
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

/** The section of a page as text, its markup, and the numbers that its script draws from. */
function read(html: string) {
  const own = html.slice(html.indexOf('<section id="interventions"')).split('</section>')[0];
  const json = html.split('id="report-data">')[1].split('</script>')[0];
  const { interventions } = JSON.parse(json) as PageData;
  return { own, text: own.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '), ...interventions };
}

/** A copy of the RUN, with one of its files changed. */
async function changed(name: string, file: string, change: (content: Record<string, unknown>) => object) {
  cpSync(join(folder, 'run'), join(folder, name), { recursive: true });
  const path = join(folder, name, file);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
  await using model = await MultimodalCausalModel.load(join(folder, name));
  return read(await model.report());
}

test('the page holds what intervene answers for the same draws, along links that are supported', async () => {
  await using model = await MultimodalCausalModel.load(join(folder, 'run'));
  const { steps, latents, own } = read(await model.report());
  const { nodes } = model.graph;
  expect(latents!.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
  expect(own.match(/<option/g)).toHaveLength(nodes.length);
  const draws = Number(/draws than these (\d+)/.exec(own)![1]);
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

test('columns that move most are told; a latent that is set is not among what follows', async () => {
  await using model = await MultimodalCausalModel.load(join(folder, 'run'));
  const { latents } = read(await model.report());
  const { consequences } = await model.intervene({ 'm2.z1': { sd: 2 } }, { draws: 500 });
  const moves = consequences.filter(({ kind }) => kind === 'column');
  const size = ({ effect, before }: (typeof moves)[number]) => Math.abs(effect.mean) / before.sd;
  const most = moves.reduce((a, b) => (size(a) > size(b) ? a : b));
  const labels = latents![2].rows.map(({ label }) => `m2.${label}`);
  expect(labels).toContain(most.name);
  expect(labels).toHaveLength(6);
});

test('directions that the answers rest on are called assumed, with what the reversed order explains', async () => {
  const order = { difference: 0.01, standardError: 0.02, subjects: 50 };
  const evidence = evidenceOf({ links: LINKS, order });
  const { text } = await changed('as-well', 'run.json', (run) => ({ ...run, evidence }));
  expect(text).toContain('Assumed directions: m1.z1 → m2.z1 and m1.z2 → m2.z1.');
  expect(text).toContain('The reversed order of modalities explains held-out subjects as well.');
});

test('without a supported link nothing follows but a latent’s own columns', async () => {
  const { text, latents } = await changed('alone', 'run.json', (run) => ({ ...run, evidence: evidenceOf({}) }));
  expect(text).toContain(
    'No link between modalities is supported, so nothing follows from a latent but the columns of its modality.',
  );
  latents!.forEach(({ name, rows }) => {
    expect(rows.map(({ m }) => `m${m + 1}`)).toEqual(rows.map(() => name.slice(0, 2)));
    expect(rows.every(({ label }) => /^x\d+$/.test(label))).toBe(true);
  });
});

test('latents that may not be set are left out, each with its reason', async () => {
  const determination = { determined: [true, false, true, true], agreement: [1, 0.4, 1, 1], restarts: 2, equals: 2 };
  const unclear = await changed('unclear', 'run.json', (run) => ({ ...run, determination }));
  expect(unclear.text).toContain('m1.z2 : m1.z2 is not determined by the data');
  expect(unclear.latents!.map(({ name }) => name)).toEqual(['m1.z1', 'm2.z1', 'm2.z2']);
  const unknown = await changed('unknown', 'run.json', ({ config, ...run }) => {
    const { sparsity, ...settings } = config as { sparsity: object };
    return { ...run, config: { ...settings, sparsity: { ...sparsity, order: 'unknown' } } };
  });
  expect(unknown.text).toContain('What follows is not known: nothing determines the direction of m1.z1 – m2.z1');
  expect(unknown.latents!.map(({ name }) => name)).toEqual(['m2.z2']);
});

test('a fit that was not tested has no answers', async () => {
  const { text, latents } = await changed('untested', 'run.json', (run) => ({ ...run, evidence: undefined }));
  expect(text).toMatch(/This fit cannot be asked\. Nothing is known of this fit.*fit again without --evidence none/);
  expect(latents).toBeUndefined();
});

test('a fit that cannot be asked says why, and has the rest of its report', async () => {
  const settings = { ...SETTINGS, epochs: 1, sparsity: { graph: 'cyclic' } } as const;
  await using model = await MultimodalCausalModel.fit(dataset, settings);
  const html = await model.report();
  expect(read(html).text).toMatch(/This fit cannot be asked\. Latents of this fit cause each other/);
  expect(html).toContain('How training went');
});

test.each([760, 320])('%i pixels: dots and lines stand where means and subjects are', (width) => {
  const row = { label: 'iron', m: 0, rest: 10, sd: 2, mean: [8, 10, 14], low: [6, 8, 11], high: [10, 12, 90] };
  const rows = consequenceRows({ name: 'blood.z1', beyond: [false, false, true], rows: [row] });
  const chart = (at: number) =>
    readXml(effectsChart(rows, { title: 'What follows', state: 'With blood.z1 set', at, width }));
  /** The interval’s ends and the mean, in sd of iron while nothing is set. */
  const told = (at: number) => {
    const root = chart(at);
    const lines = findAll(root, 'line');
    const zero = Number(lines.find(({ attributes }) => attributes.class === 'il-grid')!.attributes.x1);
    const spread = lines.find(({ attributes: { class: name, opacity } }) => name === 'il-line il-s0' && !opacity)!;
    const [ring, dot] = findAll(root, 'circle');
    // The ring is the end of the way: +2 sd of iron.
    const sd = (Number(ring.attributes.cx) - zero) / 2;
    return [spread.attributes.x1, dot.attributes.cx, spread.attributes.x2].map((x) => (Number(x) - zero) / sd);
  };
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 1));
  expect(told(0)).toEqual(near([-2, -1, 0]));
  // A long tail is cut where the axis ends.
  expect(told(2)).toEqual(near([0.5, 2, 3]));
  expect(findAll(chart(2), 'desc')[0].text).toBe('With blood.z1 set: iron 14 (+4).');
});
