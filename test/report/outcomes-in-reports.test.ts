// Outcomes in a report: the section, its forest plots, and survival curves, from the same results as the tables.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { kaplanMeier } from '../../src/interpretation/survival/kaplan-meier.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { forestChart } from '../../src/report/charts/forest-chart.js';
import { survivalChart, type DrawnSurvival } from '../../src/report/charts/survival-chart.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const place = scratch();
const { folder, file } = place;

describe('survival curves', () => {
  const random = new RandomStream(11, 1);
  const curves = ['low', 'middle', 'high'].map((name, k): DrawnSurvival => {
    const times = Float64Array.from({ length: 40 }, () => Math.ceil((-100 * Math.log(random.uniform())) / (k + 1)));
    const events = Array.from(times, () => (random.uniform() < 0.7 ? 1 : 0));
    const { steps, subjects, events: count } = kaplanMeier({ times, events });
    return {
      ...{ name, subjects, events: count },
      steps: steps.map(
        ({ time, survival, lower, upper, censored }) => [time, survival, lower, upper, censored] as const,
      ),
    };
  });

  test.each([860, 320])('%i pixels: curves fall from 1, and the numbers at risk are those of the data', (width) => {
    const svg = survivalChart({ title: 'Survival', axis: 'days', curves }, width);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const root = readXml(svg);
    const lines = findAll(root, 'path').filter(({ attributes }) => attributes.class.startsWith('il-line'));
    expect(lines).toHaveLength(3);
    for (const { attributes } of lines) {
      const points = attributes.d.match(/-?[\d.]+/g)!.map(Number);
      const [xs, ys] = [0, 1].map((k) => points.filter((_, i) => i % 2 === k));
      expect(xs.every((x, i) => i === 0 || x >= xs[i - 1])).toBe(true);
      expect(ys.every((y, i) => i === 0 || y >= ys[i - 1])).toBe(true);
      expect(Math.max(...xs)).toBeLessThanOrEqual(width);
    }
    const texts = findAll(root, 'text').map(({ text }) => text);
    expect(texts.filter((text) => text === '40')).toHaveLength(3);
    const [{ text }] = findAll(root, 'desc');
    expect(text).toContain(`low: 40 subjects, ${curves[0].events} events, `);
  });
});

test('a forest plot of ratios has a logarithmic axis with the line at 1', () => {
  const row = (estimate: number, lower: number, upper: number) => ({
    ...{ title: 'a.z1', modalities: [0], interval: { estimate, lower, upper }, supported: true, words: 'associated' },
  });
  const rows = [row(2, 1.5, 2.6), row(0.5, 0.4, 0.6)];
  const svg = forestChart(
    { title: 'Ratios', axis: 'ratio', description: 'Ratios.', isRatio: true, ends: [0.5, 2], rows },
    800,
  );
  const root = readXml(svg);
  const zero = +findAll(root, 'line').find(({ attributes }) => 'stroke-dasharray' in attributes)!.attributes.x1;
  const [twice, half] = findAll(root, 'circle')
    .filter(({ attributes }) => attributes.r === '5.5')
    .map(({ attributes }) => +attributes.cx - zero);
  expect(twice).toBeGreaterThan(20);
  expect(half).toBeCloseTo(-twice, 0);
});

describe('the section of a report', () => {
  let html = '';
  beforeAll(async () => {
    const lines = [
      'outcomes:',
      '  survival: { table: clinic.csv, time: days, event: died }',
      '  grade: { table: clinic.csv, column: grade, kind: ordered, adjust: [age] }',
    ];
    const factors = writeFactorStudy(place, { name: 'people', subjects: 240, seed: 4, ...TWO_FACTORS, lines });
    const random = new RandomStream(12, 1);
    const rows = factors.map(([factor], i) => {
      const time = Math.ceil((-500 * Math.log(random.uniform())) / Math.exp(factor));
      const grade = Math.round(factor + random.normal());
      return [`s${i}`, Math.min(time, 900), Number(time < 900), grade, 40 + (i % 30)].join();
    });
    file('people/clinic.csv', ['id,days,died,grade,age', ...rows].join('\n'));
    for (const args of [
      ['fit', 'people/study.yaml', '--out', 'run', ...SHORT_FIT],
      ['report', 'run', '--out', 'report.html'],
    ]) {
      const { code, err } = await commandHere(args, folder);
      expect({ code, failed: err.includes('error') ? err : false }).toEqual({ code: 0, failed: false });
    }
    html = readFileSync(file('report.html'), 'utf8');
  }, 170_000);

  test('has a headline, forest plots, curves by thirds, and a table with all tests', () => {
    const from = html.indexOf('id="outcomes"');
    expect(from).toBeGreaterThan(0);
    const section = html.slice(from, html.indexOf('</section>', from));
    expect(section).toMatch(/\d of \d tests show an association of a latent with an outcome\./);
    expect(section).toContain('data-drawing="survival"');
    expect(section).toContain('data-drawing="forest"');
    expect(section).toContain('data-name="latents and grade"');
    expect(section).toContain('coloured by grade');
    expect(section).toContain('log-rank p');
    expect(section).toContain('hazard ratio per sd');
    expect(section).toContain('Benjamini and Hochberg');
    expect(section).toContain('An association is not an effect');
  });

  test('says that a fit without out-of-fold latents has none', async () => {
    const fast = SHORT_FIT.map((word) => (word === 'quick' ? 'none' : word));
    expect((await commandHere(['fit', 'people/study.yaml', '--out', 'untested', ...fast], folder)).code).toBe(0);
    expect((await commandHere(['report', 'untested', '--out', 'untested.html'], folder)).code).toBe(0);
    const page = readFileSync(file('untested.html'), 'utf8');
    const from = page.indexOf('id="outcomes"');
    const section = page.slice(from, page.indexOf('</section>', from));
    expect(section).toContain('Fit again without --evidence none');
    expect(section).not.toContain('<table');
  }, 170_000);

  test('is absent from a report of a study without outcomes', async () => {
    file('people/plain.yaml', readFileSync(file('people/study.yaml'), 'utf8').replace(/outcomes:[^]*/, ''));
    const args = ['report', 'run', '--study', 'people/plain.yaml', '--out', 'plain.html'];
    expect((await commandHere(args, folder)).code).toBe(0);
    expect(readFileSync(file('plain.html'), 'utf8')).not.toContain('id="outcomes"');
  });
});
