// The tables of a survey: figures of the population, from out-of-fold latents, weights, strata, and units.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ResultTable } from '../../src/interpretation/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder, file } = place;
const SUBJECTS = 240;
const LINES = [
  'outcomes:',
  '  score: { table: sample.csv, column: score, kind: continuous, adjust: [age] }',
  '  arm: { table: sample.csv, column: arm, kind: categorical }',
  '  visit: { table: sample.csv, time: days, event: died }',
  '  blood1: { table: blood.csv, column: blood1, kind: continuous }',
];
const SURVEYS = {
  design: 'weight: weight, stratum: stratum, unit: unit, subgroups: [high, arm]',
  jackknife: 'weight: weight, stratum: stratum, unit: unit, variance: jackknife',
  equal: 'weight: one',
};

/** Writes a sample in which people with a high first factor have four times the chance of being drawn. */
function writeSample(factors: readonly Float64Array[]): void {
  const random = new RandomStream(11, 1);
  const rows = factors.map(([factor], i) =>
    [
      ...[`s${i}`, factor > 0 ? 1 : 4, 1 + (i % 6), 1 + (Math.floor(i / 6) % 5), 1, factor > 0 ? 'yes' : 'no'],
      ...[
        random.between(40, 70).toFixed(1),
        (factor + random.normal()).toFixed(3),
        'ab'[Math.floor(2 * random.uniform())],
      ],
      ...[Math.ceil(1000 * random.uniform()), Math.floor(2 * random.uniform())],
    ].join(),
  );
  file('people/sample.csv', ['id,weight,stratum,unit,one,high,age,score,arm,days,died', ...rows].join('\n'));
}

const records = ({ columns, rows }: ResultTable) =>
  rows.map((row) => Object.fromEntries(row.map((cell, c) => [columns[c].name, cell])));
const read = async (name: string, survey: keyof typeof SURVEYS = 'design') => {
  const flags = ['--study', `people/${survey}.yaml`, '--format', 'json'];
  const { out, err, code } = await commandHere(['table', 'run', name, ...flags], folder);
  if (code !== 0) throw new Error(err);
  const table = JSON.parse(out) as ResultTable;
  return { ...table, records: records(table) };
};

describe('a fit of a survey', () => {
  beforeAll(async () => {
    const study = { name: 'people', subjects: SUBJECTS, seed: 3, ...TWO_FACTORS };
    let factors: readonly Float64Array[] = [];
    for (const [name, keys] of Object.entries(SURVEYS)) {
      const survey = `survey: { table: sample.csv, ${keys} }`;
      factors = writeFactorStudy(place, { ...study, lines: [...LINES, survey] });
      file(`people/${name}.yaml`, readFileSync(join(folder, 'people/study.yaml'), 'utf8'));
    }
    writeSample(factors);
    const { code, err, out } = await commandHere(['fit', 'people/design.yaml', '--out', 'run', ...SHORT_FIT], folder);
    expect({ code, failed: err.includes('error') }).toEqual({ code: 0, failed: false });
    expect(out).toContain('The fit itself weighs all subjects equally');
  }, 170_000);

  test('confirms the pair of modalities in the population', async () => {
    const { records: rows, notes } = await read('survey-links');
    const [pair] = rows;
    expect(pair).toMatchObject({ what: 'modalities', first: 'body', second: 'blood', result: 'associated' });
    expect(pair).toMatchObject({ subjects: SUBJECTS, degrees: 24 });
    expect(Math.sign(pair.weighted as number)).toBe(Math.sign(pair.unweighted as number));
    expect(notes.join(' ')).toContain('The fit did not use the weights');
    expect(notes.join(' ')).toContain('no replication');
  });

  test('has the unweighted figures with equal weights', async () => {
    const { records: rows } = await read('survey-links', 'equal');
    for (const { weighted, unweighted } of rows) expect(weighted).toBeCloseTo(unweighted as number, 12);
    const { records: means } = await read('survey-means', 'equal');
    // Latents are normal scores of the subjects.
    for (const { mean, se } of means) {
      if (mean === null) continue;
      expect(Math.abs(mean as number)).toBeLessThan(1e-6);
      expect(se as number).toBeCloseTo(1 / Math.sqrt(SUBJECTS), 2);
    }
  });

  test('gives the population more of the people whom the sample lacks', async () => {
    const { records: rows } = await read('survey-means');
    const of = (level: string, subgroup = 'high') =>
      rows.find((row) => row.latent === 'blood.z1' && row.subgroup === subgroup && row.level === level)!;
    const [all, low, high] = [of('', ''), of('no'), of('yes')];
    const sign = Math.sign((high.mean as number) - (low.mean as number));
    // Four fifths of the population have a low factor.
    expect(sign * (all.mean as number)).toBeLessThan(-0.2);
    expect((all.mean as number) * 5).toBeCloseTo(4 * (low.mean as number) + (high.mean as number), 0);
    expect(high.q as number).toBeLessThan(1e-6);
    expect(of('a', 'arm').q as number).toBeGreaterThan(0.05);
    expect((low.subjects as number) + (high.subjects as number)).toBe(SUBJECTS);
  });

  test('relates latents to outcomes, and nothing to chance', async () => {
    const { records: rows } = await read('survey-outcomes');
    const blood = rows.filter(({ latent }) => latent === 'blood.z1');
    expect(blood.map(({ outcome, result }) => [outcome, String(result).split(':')[0]])).toEqual([
      ['score', 'associated'],
      ['arm', 'not shown'],
      ['visit', 'not tested'],
      ['blood1', 'not tested'],
    ]);
    expect((blood[0].lower as number) * (blood[0].upper as number)).toBeGreaterThan(0);
    expect(blood.map((row) => row.for)).toEqual(['+1 sd', 'b instead of a', null, null]);
    // Units − strata, less the outcome and a covariate.
    expect(blood[0].degrees).toBe(22);
  });

  test('has hazard ratios of the population, and finds none in chance', async () => {
    const { records: rows, notes } = await read('survey-survival');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row).toMatchObject({ outcome: 'visit', subjects: SUBJECTS, result: 'not shown' });
      if (row['hazard-ratio'] === null) continue;
      expect(row.lower as number).toBeLessThan(row['hazard-ratio'] as number);
      expect(row.upper as number).toBeGreaterThan(row['hazard-ratio'] as number);
      expect(row.degrees).toBe(23);
    }
    expect(notes.join(' ')).toContain('describe the population of the survey');
    const { records: died } = await read('survey-survival', 'jackknife');
    for (const [i, row] of rows.entries()) {
      expect(died[i]['hazard-ratio']).toBe(row['hazard-ratio']);
      expect(Math.abs(Math.log((died[i].p as number) / (row.p as number)))).toBeLessThan(1);
    }
  });

  test('has the correlation of a link given the other latents', async () => {
    const { records: rows } = await read('survey-links');
    for (const row of rows) {
      // Pairs of modalities and blocks have none.
      if (row.partial === null) expect(row.conditioning).toBe('');
      else if (row.conditioning === '') expect(row.partial).toBeCloseTo(row.weighted as number, 12);
      else expect(Math.abs(row.partial as number)).toBeLessThan(1);
      if (row.what === 'modalities') expect(row.partial).toBeNull();
    }
  });

  test('has nearly the same errors by the jackknife', async () => {
    const linearised = await read('survey-links');
    const jackknife = await read('survey-links', 'jackknife');
    for (const [i, row] of linearised.records.entries()) {
      expect(jackknife.records[i].weighted).toBe(row.weighted);
      expect(Math.abs((jackknife.records[i].se as number) / (row.se as number) - 1)).toBeLessThan(0.1);
    }
    expect(jackknife.notes[0]).toContain('jackknife');
  });

  test('has the tables in its report, which is for the subjects otherwise', async () => {
    const flags = ['--study', 'people/design.yaml', '--out', 'report.html'];
    expect((await commandHere(['report', 'run', ...flags], folder)).code).toBe(0);
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    const section = html.slice(html.indexOf('id="survey"'));
    for (const name of ['survey-links', 'survey-outcomes', 'survey-survival', 'survey-means']) {
      expect(section).toContain(`id="${name}"`);
    }
    expect(section).toContain('describe the population of the survey');
  });
});
