// Subgroups of a study file: how they are read, what is refused, and that no fit notices them.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { subgroupWarnings } from '../../src/study/inspection/subgroups.js';
import { checkOriginals } from '../../src/study/reading/originals.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

const ids = Array.from({ length: 120 }, (_, i) => `s${String(i).padStart(3, '0')}`);
const noise = (seed: number) =>
  ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) * (1 + seed / 7) + 78.233 * seed)) / 10);

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const lines = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

const study = (subgroups: string, { head = '', body = '' } = {}) => `study: people
id: id
${head}modalities:
  body: { table: body.csv, latents: 1${body} }
  blood: { table: blood.csv, latents: 1 }
${subgroups === '' ? '' : `subgroups: ${subgroups}\n`}`;
const SEX = '{ table: people.csv, column: sex, names: { 1: men, 2: women } }';
const read = (text: string) => readStudy(file('study.yaml', text));
const refused = (text: string, code: string, message: RegExp) =>
  expect(read(text)).rejects.toEqual(
    expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }),
  );

beforeEach(() => {
  const person = ids.map((_, i) => `p${Math.floor(i / 2)}`);
  const sex = ids.map((_, i) => (i === 5 ? '' : 1 + (Math.floor(i / 2) % 2)));
  file('body.csv', csv({ id: ids, person, a: noise(1), b: noise(2), sex: sex.map((code) => code || 1) }));
  file('blood.csv', csv({ id: ids, person, p: noise(5), q: noise(6), r: noise(7) }));
  file(
    'people.csv',
    csv({
      ...{ id: ids, sex, age: ids.map((_, i) => (i === 9 ? '' : 40 + i)), site: ids.map((_, i) => i % 4) },
      ...{ visit: ids.map((_, i) => i % 2), rare: ids.map((_, i) => (i < 7 ? 'b' : 'a')), one: ids.map(() => 1) },
      letter: ids.map((_, i) => String.fromCharCode(97 + (i % 11))),
    }),
  );
});

const body = ', omit: [sex]';

describe('subgroups', () => {
  test('are aligned with the subjects of the data set, with names and covariates', async () => {
    const { subgroups, inspection, dataset } = await read(
      study(SEX.replace(/ }$/, ', adjust: [age, site], categories: [site] }'), { body }),
    );
    expect(dataset.ids).toEqual(ids);
    expect(subgroups).toMatchObject({ column: 'sex', levels: ['men', 'women'], terms: 'linear', measuredIn: [] });
    expect(Array.from(subgroups!.values.slice(0, 8))).toEqual([0, 0, 1, 1, 0, NaN, 1, 1]);
    expect(subgroups!.covariates.map(({ column, levels }) => [column, levels?.length])).toEqual([
      ['age', undefined],
      ['site', 4],
    ]);
    expect(inspection.subgroups).toEqual({
      ...{ column: 'sex', without: 1, adjust: ['age', 'site'], lacking: 1 },
      groups: [
        { name: 'men', subjects: 59 },
        { name: 'women', subjects: 60 },
      ],
    });
  });

  test('have the order of their levels', async () => {
    const { subgroups } = await read(study('{ table: people.csv, column: sex, levels: [2, 1] }', { body }));
    expect(subgroups!.levels).toEqual(['2', '1']);
    expect(Array.from(subgroups!.values.slice(0, 4))).toEqual([1, 1, 0, 0]);
  });

  test('do not change the data set or its fingerprint', async () => {
    const without = await read(study('', { body }));
    const having = await read(study(SEX, { body }));
    expect(having.dataset).toEqual(without.dataset);
    expect(without.subgroups).toBeUndefined();
    expect(without.inspection.subgroups).toBeUndefined();
  });

  test('are refused if they are not 2 to 10', async () => {
    const of = (column: string) => study(`{ table: people.csv, column: ${column} }`, { body });
    await refused(
      of('one'),
      'invalid-subgroups',
      /study\.yaml:6:\d+: the subjects have 1 values of 'one', and 2 to 10/,
    );
    await refused(of('letter'), 'invalid-subgroups', /have 11 values of 'letter'.*; join values with recode/);
    await refused(
      study(SEX.replace('2: women', '3: women'), { body }),
      'invalid-subgroups',
      /no subject has the value '3'/,
    );
    await refused(
      study('{ table: people.csv, column: sex, adjust: [sex] }', { body }),
      'invalid-study',
      /subgroups\.adjust\.0 is the column of the groups: take it out of adjust/,
    );
  });

  test('are refused if rows of one person are in several', async () => {
    const grouped = (column: string) =>
      study(`{ table: people.csv, column: ${column} }`, { head: 'group: person\n', body: ', omit: [sex]' });
    await refused(grouped('visit'), 'invalid-subgroups', /rows of person p0 are in 0 and in 1; the tests compare diff/);
    expect((await read(grouped('sex'))).subgroups!.levels).toEqual(['1', '2']);
  });

  test('warn about small groups, and about latents that were made from the groups', async () => {
    const small = await read(study('{ table: people.csv, column: rare }', { body }));
    expect(subgroupWarnings(small.inspection)).toMatchObject([{ code: 'small-subgroup', items: ['b: 7 subjects'] }]);
    const measured = await read(study('{ table: body.csv, column: sex }', { body: ', omit: [person]' }));
    expect(measured.subgroups!.measuredIn).toEqual(['body']);
    expect(subgroupWarnings(measured.inspection)).toMatchObject([
      { code: 'subgroup-is-measured', items: ['sex: body'] },
    ]);
  });

  test('are protected from results, and printed by inspect', async () => {
    const path = file('study.yaml', study(SEX.replace(/ }$/, ', adjust: [age] }'), { body }));
    await expect(checkOriginals(path, [`${folder}/people.csv`])).rejects.toMatchObject({ code: 'overwrites-study' });
    const { out, code } = await commandHere(['inspect', 'study.yaml'], folder);
    expect(code).toBe(0);
    expect(out).toContain(
      'Subgroups, which no fit reads\nsex, 119 of 120 subjects: men (59), women (60)\n  adjusted for age; 1 subject',
    );
  });
});
