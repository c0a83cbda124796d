// The key `survey`: weights, strata and units of the subjects, and of the people outside of the study.

import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { surveyMeans } from '../../src/interpretation/survey/moments.js';
import { readStudy } from '../../src/study/study.js';
import { describeWithData } from '../fixtures/skipping.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const SUBJECTS = 120;
const SAMPLED = 150;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const noise = (i: number, seed: number) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10;
const table = (count: number, columns: Readonly<Record<string, (i: number) => string | number>>) =>
  [
    ['id', ...Object.keys(columns)].join(','),
    ...range(count).map((i) => [`p${i}`, ...Object.values(columns).map((value) => value(i))].join(',')),
    '',
  ].join('\n');

const design = {
  weight: (i: number) => (i === 5 ? 0 : i === 6 ? '' : 1 + (i % 7)),
  stratum: (i: number) => (i < 75 ? 'north' : 'south'),
  unit: (i: number) => Math.floor((i % 75) / 15),
  sex: (i: number) => 1 + (i % 2),
  r1: (i: number) => 2 * (i % 7),
  r2: (i: number) => 1 + (i % 3),
};
const study = (survey = 'weight: weight, stratum: stratum, unit: unit', more = '') => `study: survey
id: id
survey: { table: sample.csv, ${survey} }
modalities:
  body: { table: body.csv, latents: 1 }
  blood: { table: blood.csv, latents: 1 }
${more}`;
const read = (text = study()) => readStudy(file('study.yaml', text));

beforeEach(() => {
  file('body.csv', table(SUBJECTS, { a: (i) => noise(i, 1), b: (i) => noise(i, 2) }));
  file('blood.csv', table(SUBJECTS, { c: (i) => noise(i, 3), d: (i) => noise(i, 4) }));
  file('sample.csv', table(SAMPLED, design));
});

describe('the survey', () => {
  test('has the weights, strata and units of the subjects, and the number of all units', async () => {
    const { survey, dataset, inspection } = await read(
      study('weight: weight, stratum: stratum, unit: unit, subgroups: [sex]'),
    );
    const rows = dataset.ids.map((id) => Number(id.slice(1)));
    expect(Array.from(survey!.design.weights)).toEqual(rows.map((i) => Number(design.weight(i))));
    const unitOf = (i: number) => `${design.stratum(i)} ${design.unit(i)}`;
    for (const [k, i] of rows.entries()) {
      const same = rows.findIndex((j) => unitOf(j) === unitOf(i));
      expect(survey!.design.units[k]).toBe(survey!.design.units[same]);
      expect(survey!.design.strata[k]).toBe(Number(design.stratum(i) === 'south'));
    }
    // The last two units of the south have no subject in the study.
    expect(Array.from(survey!.design.unitsOfStratum)).toEqual([5, 5]);
    expect(inspection.survey).toMatchObject({
      sampled: SAMPLED - 2,
      subjects: SUBJECTS - 2,
      lacking: 2,
      strata: 2,
      units: 8,
      lonely: 0,
      degrees: 6,
      variance: 'linearised',
    });
    expect(survey!.subgroups).toMatchObject([{ name: 'sex', levels: ['1', '2'] }]);
  });

  test('does not change the data set', async () => {
    const without = study().replace(/^survey: .*\n/m, '');
    expect((await read()).dataset.fingerprint).toBe((await read(without)).dataset.fingerprint);
  });

  test('gives the same means with its replicate weights and with linearisation', async () => {
    const { survey, dataset } = await read(study('weight: weight, replicates: { columns: [r1, r2], scale: 0.5 }'));
    const column = Float64Array.from(dataset.ids, (id) => Number(id.slice(1)));
    const weights = Float64Array.from(dataset.ids, (id) => Number(design.weight(Number(id.slice(1)))));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = weights.reduce((sum, weight, i) => sum + weight * column[i], 0) / total;
    const { estimates, degrees } = surveyMeans(survey!.design, [column]);
    expect(estimates[0]).toBeCloseTo(mean, 10);
    expect(degrees).toBe(1);
  });

  test('counts groups as units if it names none', async () => {
    const person = (i: number) => `f${i % 40}`;
    file('body.csv', table(SUBJECTS, { a: (i) => noise(i, 1), b: (i) => noise(i, 2), person }));
    file('blood.csv', table(SUBJECTS, { c: (i) => noise(i, 3), d: (i) => noise(i, 4), person }));
    const { survey } = await read(study('weight: weight').replace('id: id', 'id: id\ngroup: person'));
    expect(new Set(survey!.design.units).size).toBe(40);
    expect(Array.from(survey!.design.unitsOfStratum)).toEqual([40]);
  });

  test.each([
    ['a negative weight', { weight: (i: number) => i - 3 }, undefined, 'invalid-survey', /p0 has the weight -3/],
    ['no weight', { weight: () => 0 }, undefined, 'invalid-survey', /nobody is sampled/],
    [
      'a missing unit',
      { unit: (i: number) => (i === 9 ? '' : i) },
      undefined,
      'invalid-survey',
      /p9 has a weight and no 'unit'/,
    ],
    ['an unknown column', {}, 'weight: wieght', 'missing-column', /did you mean 'weight'/],
    [
      'factors of other replicates',
      {},
      'weight: weight, replicates: { columns: [r1, r2], scale: 1, factors: [1] }',
      'invalid-study',
      /1 numbers, and there are 2/,
    ],
    [
      'two kinds of variance',
      {},
      'weight: weight, variance: jackknife, replicates: { columns: [r1], scale: 1 }',
      'invalid-study',
      /excludes replicates/,
    ],
  ])('with %s', async (_, columns, keys, code, message) => {
    file('sample.csv', table(SAMPLED, { ...design, ...columns }));
    await expect(read(study(keys))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describeWithData('nhanes')('NHANES', () => {
  test('2005–2008 has 62 units in 31 strata', async () => {
    const { inspection } = await readStudy(
      join(import.meta.dirname, '../../examples/phenotype/nhanes-2005-2008/study.yaml'),
    );
    expect(inspection.survey).toMatchObject({ strata: 31, units: 62, lonely: 0, degrees: 31, lacking: 283 });
  });
});
