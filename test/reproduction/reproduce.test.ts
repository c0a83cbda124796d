// Tests the reproduction of the paper's figures: definitions, measures, means, a run that is stopped and continued, and
// its files.

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from '../../src/simulation/cases.js';
import { simulate } from '../../src/simulation/simulate.js';
import { EXPERIMENTS } from '../../reproduction/experiments/definitions.js';
import { FIGURE_NAMES } from '../../reproduction/experiments/experiment.js';
import { measure } from '../../reproduction/experiments/measure.js';
import { experimentsOf, finished, reproduce } from '../../reproduction/experiments/reproduce.js';
import type { Effort } from '../../reproduction/experiments/run.js';
import type { ExperimentRecord } from '../../reproduction/experiments/record.js';
import { summarise } from '../../reproduction/experiments/summary.js';
import { behindMarkdown, figureMarkdown } from '../../reproduction/experiments/tables.js';
import { writeResults } from '../../reproduction/experiments/write-results.js';
import { knownTruthRecords } from '../../reproduction/experiments/known-truth.js';
import { PHYSIOLOGY_PAGE } from '../../reproduction/experiments/known-truth-pages.js';
import { writeKnownTruth } from '../../reproduction/experiments/known-truth-results.js';
import { PHYSIOLOGY_STUDIES } from '../../reproduction/experiments/physiology.js';
import { VARIANT_MNIST_STUDIES } from '../../reproduction/experiments/variant-mnist.js';
import { physiology } from '../../reproduction/simulation/physiology.js';
import { scratch } from '../fixtures/scratch.js';
import { readXml } from '../fixtures/xml-reader.js';

const { folder } = scratch();

describe('definitions', () => {
  test('have unique ids, belong to a figure, and state the reach of METHOD section 6 and issue 4', () => {
    const ids = EXPERIMENTS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const counts = FIGURE_NAMES.map(
      (figure) => EXPERIMENTS.filter((experiment) => experiment.figure === figure).length,
    );
    // 3 cases × 4 mechanisms; 9 baselines × 3 cases without the published contrastive ones on four modalities; …
    expect(counts).toEqual([12, 25, 11, 4, 8, 12, 7, 11, 6, 2]);
    for (const { id, case: name, figure, reach } of EXPERIMENTS) {
      expect(Object.keys(CASES)).toContain(name);
      expect([id, reach === undefined || reach.mcc! >= (figure === 'small' ? 0.88 : 0.93)]).toEqual([id, true]);
      if (figure === 'figure5' || figure === 'table4') expect(reach).toBeDefined();
    }
    expect(EXPERIMENTS.find(({ id }) => id === 'case1-mlp-heteroscedastic')?.reach).toEqual({
      mcc: 0.985,
      r2: 0.97,
      shd: 0.1,
    });
    expect(EXPERIMENTS.find(({ id }) => id === 'cyclic-across')?.paper).toEqual({ r2: 0.94, mcc: 0.92 });
  });

  test('a quick run includes some of them, with lower figures to reach', () => {
    const all = experimentsOf(['figure5', 'table4'], false);
    const quick = experimentsOf(['figure5', 'table4'], true);
    expect(all).toHaveLength(23);
    // The figure compares baselines with our fits of the same three data sets.
    expect(experimentsOf(['figure5c'], false)).toHaveLength(25 + 3);
    expect(quick.length).toBeGreaterThan(3);
    expect(quick.length).toBeLessThan(10);
    expect(experimentsOf(['eight', 'beyond'], false).map(({ id }) => id)).toEqual([
      'eight',
      'extra-edges',
      'extra-edges-tuned',
      'within-edges',
      'hidden-order',
      'linear-gaussian',
      'shared-two-first',
      'shared-two-first-tuned',
    ]);
    expect(experimentsOf(['all'], false)).toEqual(EXPERIMENTS);
    expect(() => experimentsOf(['figure6'], false)).toThrow(
      expect.objectContaining({ code: 'unknown-case', message: expect.stringContaining('did you mean') }),
    );
    expect(() => experimentsOf(['eight'], true)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
    for (const { id, reach } of quick) {
      const full = all.find((experiment) => experiment.id === id)!;
      expect(reach!.mcc!).toBeLessThan(full.reach!.mcc!);
    }
  });
});

describe('measures', () => {
  const simulation = simulate('case1', { samples: 200, test: 100, seed: 3 });
  const column = (latents: readonly number[]) =>
    Float64Array.from({ length: simulation.ids.length * latents.length }, (_, at) => {
      const row = Math.floor(at / latents.length);
      return simulation.z[row * 4 + latents[at % latents.length]];
    });
  const block = (...latents: number[]) => ({ latents: latents.length, values: column(latents) });

  test('are perfect for the true latents, also if they are swapped and transformed', () => {
    const cubes = block(1, 0);
    cubes.values.forEach((value, at) => (cubes.values[at] = value ** 3));
    // Latents 0 and 1 are exchanged.
    const place = [1, 0, 2, 3];
    const adjacency = Int8Array.from(
      { length: 16 },
      (_, at) => simulation.adjacency[place[Math.floor(at / 4)] * 4 + place[at % 4]],
    );
    const measured = measure(simulation, { setting: '', blocks: [cubes, block(2, 3)], adjacency });
    expect(measured).toMatchObject({ shd: 0, reversed: 0, trueEdges: 2 });
    expect(measured.mcc).toBeCloseTo(1, 12);
    expect(measured.mccPearson).toBeLessThan(0.99);
    expect(measured.r2).toBeGreaterThan(0.75);
  });

  test('count a reversed edge except in the skeleton, and match a block of all latents freely', () => {
    const reversed = Int8Array.from({ length: 16 }, (_, at) => simulation.adjacency[(at % 4) * 4 + Math.floor(at / 4)]);
    const estimate = { setting: '', blocks: [block(0, 1), block(2, 3)], adjacency: reversed };
    expect(measure(simulation, estimate)).toMatchObject({ shd: 2, reversed: 2 });
    expect(measure(simulation, estimate, 'skeleton')).toMatchObject({ shd: 0, reversed: 2 });
    const joined = measure(simulation, { setting: '', blocks: [block(3, 0, 2, 1)] });
    expect(joined.mcc).toBeCloseTo(1, 12);
    expect(joined.shd).toBeNull();
    // Latents in the block of the wrong modality match no true latent.
    const crossed = measure(simulation, { setting: '', blocks: [block(2, 3), block(0, 1)] });
    expect(crossed.mcc).toBeLessThan(0.95);
  });
});

describe('means', () => {
  const [experiment] = EXPERIMENTS;
  const record = (seed: number, mcc: number, shd: number): ExperimentRecord => ({
    format: 'interlatent-experiment-1',
    experiment: experiment.id,
    seed,
    method: 'interlatent',
    settings: '',
    mcc,
    chance: 0.5,
    mccPearson: mcc,
    r2: 0.99,
    shd,
    reversed: 0,
    trueEdges: 2,
    setting: '',
    sweep: [],
    restarts: { chosen: mcc - 0.01, best: mcc },
    seconds: 10,
    version: '0',
  });

  test('have a sample standard deviation, and are compared with every figure to reach', () => {
    const [one] = summarise([{ experiment, records: [record(0, 0.98, 0), record(1, 1, 0)] }]);
    expect(one.mcc.mean).toBeCloseTo(0.99, 12);
    expect(one.mcc.sd).toBeCloseTo(0.02 / Math.SQRT2, 12);
    expect(one.met).toBe(true);
    expect(one.regret?.mean).toBeCloseTo(0.01, 12);
    const [two] = summarise([{ experiment, records: [record(0, 0.98, 0), record(1, 1, 1)] }]);
    expect(two.met).toBe(false);
    const [three] = summarise([{ experiment, records: [record(0, 0.97, 0)] }]);
    expect([three.met, three.mcc.sd]).toEqual([false, null]);
  });

  test('use one swept setting, chosen for all data sets together', () => {
    const swept = (seed: number, a: number, b: number) => ({
      ...record(seed, Math.max(a, b), 0),
      sweep: [a, b].map((mcc, i) => ({
        setting: `β ${i}`,
        mcc,
        chance: 0.5,
        mccPearson: mcc,
        r2: 0.5,
        shd: null,
        reversed: null,
        trueEdges: null,
      })),
    });
    const [summary] = summarise([{ experiment, records: [swept(0, 0.9, 0.5), swept(1, 0.6, 0.8)] }]);
    expect(summary.mcc.values).toEqual([0.9, 0.6]);
    expect(summary.sweep.map(({ mcc }) => mcc)).toEqual([0.75, 0.65]);
  });

  test('compare a baseline with our fit in each case and in the mean over its cases', () => {
    const of = (id: string, mcc: number) => ({
      experiment: EXPERIMENTS.find((one) => one.id === id)!,
      records: [{ ...record(0, mcc, 0), experiment: id }],
    });
    const summaries = summarise([
      of('case1-monotone-heteroscedastic', 1),
      of('case2-monotone-heteroscedastic', 0.9),
      of('case1-beta-vae', 0.95),
      of('case2-beta-vae', 0.7),
    ]);
    const rows = behindMarkdown(summaries)!.split('\n').slice(4, -1);
    expect(rows).toEqual([
      '| case 1, β-VAE per modality | 1.000 | 0.950 | 0.050 | no | 1.000 | 0.900 |',
      '| case 2, β-VAE per modality | 0.900 | 0.700 | 0.200 | yes | 0.800 | 0.400 |',
      '| mean over case 1, case 2, β-VAE per modality | 0.950 | 0.825 | 0.125 | yes | 0.900 | 0.650 |',
    ]);
  });

  test('are tabulated with the number of data sets whose graph meets Condition 4.3', () => {
    const dense = EXPERIMENTS.find(({ id }) => id === 'edges-5')!;
    const summaries = summarise([
      { experiment, records: [record(0, 1, 0), record(1, 1, 0)] },
      { experiment: dense, records: [0, 1, 2].map((seed) => record(seed, 1, 0)) },
    ]);
    expect(figureMarkdown('figure5', summaries)).toContain('| holds |');
    expect(figureMarkdown('figure8b', summaries)).toContain('| priced 1, fails 2 |');
  });
});

test('the paper’s numbers have one separate row, below the fit with default settings', () => {
  const two = ['shared-two', 'shared-two-tuned'].map((id) => EXPERIMENTS.find((one) => one.id === id)!);
  expect(two.map(({ fit }) => fit)).toEqual([undefined, { componentMap: 48 }]);
  const record = { seed: 100, mcc: 0.9, chance: 0.8, mccPearson: 0.9, r2: 0.99, shd: 0, reversed: 0, trueEdges: 2 };
  const summaries = summarise(
    two.map((experiment) => ({
      experiment,
      records: [
        {
          ...{ format: 'interlatent-experiment-1', experiment: experiment.id, method: 'interlatent', settings: '' },
          ...{ ...record, setting: '', sweep: [], restarts: null, seconds: 1, version: '0' },
        } satisfies ExperimentRecord,
      ],
    })),
  );
  const rows = figureMarkdown('table4', summaries)
    .split('\n')
    .filter((row) => row.startsWith('| shared'))
    .map((row) => row.split(' | ').slice(0, 6));
  expect(rows).toEqual([
    ['| shared latents, two modalities', '1', '0.900', '0.800', '0.500', '0.990'],
    ['| shared latents, two modalities: the paper, with another generator', '–', '0.83', '–', '–', '0.86'],
    ['| shared latents, two modalities; component maps of 48 units', '1', '0.900', '0.800', '0.500', '0.990'],
  ]);
});

const TINY: Effort = {
  name: 'quick',
  simulation: { samples: 400, test: 100 },
  fit: { encoderRestarts: 1, epochs: 3, componentRestarts: 2, componentSteps: 20, polish: 1, hidden: 8 },
  baselineSteps: 0.005,
  baselineRestarts: 2,
};
const tiny = EXPERIMENTS.filter(({ id }) => id === 'case1-monotone-heteroscedastic' || id === 'case1-beta-vae');

test('a run writes a record per fit, continues after a stop, and refuses records of other settings', async () => {
  const out = join(folder, 'tiny');
  const options = { out, seeds: 1, effort: TINY, threads: 1 };
  const states: string[] = [];
  const early: number[] = [];
  const first = await reproduce(tiny, {
    ...options,
    onProgress: ({ done, fits, seed, secondsLeft }) => {
      states.push(`${done}/${fits} ${seed}`);
      if (done === 0) early.push(secondsLeft);
    },
  });
  // The remaining time is unknown only at the very start: it is estimated from the progress of the first fit.
  expect(early[0]).toBe(Infinity);
  expect(early.at(-1)).toBeGreaterThan(0);
  expect(early.at(-1)).toBeLessThan(Infinity);
  expect(new Set(states)).toEqual(new Set(['0/2 0', '1/2 0']));
  expect(first.map(({ records }) => records.length)).toEqual([1, 1]);
  expect(readdirSync(join(out, 'fits')).sort()).toEqual([
    'case1-beta-vae-seed0.json',
    'case1-monotone-heteroscedastic-seed0.json',
  ]);

  const [fit, baseline] = tiny.map(({ id }) => join(out, 'fits', `${id}-seed0.json`));
  rmSync(baseline);
  const before = statSync(fit).mtimeMs;
  const second = await reproduce(tiny, options);
  expect(statSync(fit).mtimeMs).toBe(before);
  // Only the duration of the repeated fit differs.
  const figures = (results: typeof first) =>
    results.map(({ records }) => records.map((one) => ({ ...one, seconds: 0 })));
  expect(figures(second)).toEqual(figures(first));

  const other = { ...options, effort: { ...TINY, baselineSteps: 0.01 } };
  await expect(reproduce(tiny, other)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });

  const summaries = summarise(second);
  const files = await writeResults(out, summaries, {
    command: 'npm run reproduce --',
    quick: true,
    firstSeed: 0,
    threads: 1,
  });
  expect(files.map((path) => path.slice(out.length + 1))).toEqual([
    'figure5.svg',
    'figure5c.svg',
    'results.json',
    'README.md',
  ]);
  const page = readFileSync(join(out, 'README.md'), 'utf8');
  const [{ records }] = second;
  expect(page).toContain(`| case 1, monotone heteroscedastic | 1 | ${records[0].mcc.toFixed(3)} |`);
  expect(page).toContain('is not a result');
  expect(page).toMatch(/\| case 1, β-VAE per modality \| -?[\d.]+ \|/);
  expect(readXml(readFileSync(join(out, 'figure5.svg'), 'utf8')).name).toBe('svg');
});

test('an aborted run rejects with the reason and keeps the records of finished fits', async () => {
  const controller = new AbortController();
  const out = join(folder, 'aborted');
  const reason = new Error('stopped by the test');
  const run = reproduce(tiny, {
    out,
    seeds: 1,
    effort: TINY,
    threads: 1,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 1) controller.abort(reason);
    },
  });
  await expect(run).rejects.toBe(reason);
  expect(readdirSync(join(out, 'fits'))).toEqual(['case1-monotone-heteroscedastic-seed0.json']);
  const other = await finished(tiny, { out, seeds: 2, firstSeed: 7, effort: TINY });
  expect(other.map(({ records }) => records.length)).toEqual([0, 0]);
});

describe('images and series with known latents', () => {
  const study = { id: 'tiny', title: 'tiny', reach: { mcc: 0.97, r2: 0.96, shd: 0 } };
  const source = {
    settings: () => ({ network: 'conv1d' }),
    simulate: (_: unknown, seed: number) =>
      physiology({ seed, network: { kind: 'conv1d', widths: [4, 4] }, train: 200, validation: 40, test: 40 }),
    subjects: { subjects: 200, regularArrays: true, series: true },
    boundSteps: 4,
  };
  const fit = { epochs: 1, componentRestarts: 2, componentSteps: 20, decoderEpochs: 1 };

  test('have a study for every network of series, with figures to reach', () => {
    expect(PHYSIOLOGY_STUDIES.map(({ network, reach }) => [network, reach])).toEqual([
      ['conv1d', { mcc: 0.97, r2: 0.96, shd: 0 }],
      ['lstm', { mcc: 0.97, r2: 0.96, shd: 0 }],
    ]);
    expect(VARIANT_MNIST_STUDIES).toHaveLength(4);
  });

  test('give a record for each seed from the first one on, and a table of means', async () => {
    const out = join(folder, 'known');
    const options = { out, firstSeed: 5, seeds: 2, threads: 1, fit };
    const records = [];
    for await (const record of knownTruthRecords([study], source, options)) records.push(record);
    expect(readdirSync(join(out, 'fits')).sort()).toEqual(['tiny-seed5.json', 'tiny-seed6.json']);
    expect(records.map(({ seed, ours, bound }) => [seed, ours.latents.length, bound.latents.length])).toEqual([
      [5, 4, 4],
      [6, 4, 4],
    ]);
    const again = [];
    for await (const record of knownTruthRecords([study], source, options)) again.push(record);
    expect(again).toEqual(records);

    const path = await writeKnownTruth(
      out,
      PHYSIOLOGY_PAGE,
      { studies: [study], records },
      { command: 'npm run reproduce -- series', threads: 1 },
    );
    const page = readFileSync(path, 'utf8');
    const mcc = (records[0].ours.mcc + records[1].ours.mcc) / 2;
    expect(page).toContain('Data seeds 5, 6.');
    expect(page).toContain(`| tiny | 2 | ${mcc.toFixed(3)} ± `);
    expect(page).toContain('| 0.97, 0.96, SHD 0 | no |');
  });
});
