// The key `cohort`: which subjects a study is about, how many each rule excludes, and filters of one modality.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { cohortWarnings } from '../../src/study/inspection/cohort.js';
import { scratch } from '../fixtures/scratch.js';
import { readStudy } from '../../src/study/study.js';

const { file } = scratch();

const SUBJECTS = 240;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(3, '0')}`);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const noise = (seed: number) => ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10);

type Columns = Readonly<Record<string, readonly (string | number)[]>>;

function csv(columns: Columns, rows: readonly number[] = range(0, SUBJECTS)): string {
  const names = ['id', ...Object.keys(columns)];
  return [names, ...rows.map((row) => [ids[row], ...Object.values(columns).map((values) => values[row])])]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');
}

const pair = (seed: number) => ({ a: noise(seed), b: noise(seed + 1) });

/** A study of three modalities: sleep of the first 200 subjects, blood of all but the first 40, eyes of every second. */
const study = ({ sleep = '', blood = '', eyes = '' } = {}) => `study: cohort
id: id
modalities:
  sleep: { table: sleep.csv, latents: 1${sleep} }
  blood: { table: blood.csv, latents: 1${blood} }
  eyes: { table: eyes.csv, latents: 1${eyes} }
`;

beforeEach(() => {
  file('sleep.csv', csv(pair(1), range(0, 200)));
  file('blood.csv', csv(pair(3), range(40, SUBJECTS)));
  file(
    'eyes.csv',
    csv(
      pair(5),
      range(0, SUBJECTS).filter((row) => row % 2 === 0),
    ),
  );
});

const read = (text = study()) => readStudy(file('study.yaml', text));

const age = ids.map((_, row) => (row === 12 ? '' : row));
const sex = ids.map((_, row) => (row % 3 === 0 ? 'male' : 'female'));
const site = ids.map((_, row) => row % 4);
const people = { age, sex, site };

/** A study with a cohort. Everybody except the last two is in its table. */
const withCohort = (where: string, more = '') => {
  file('people.csv', csv(people, range(0, SUBJECTS - 2)));
  return `${study().replace('id: id', `id: id\ncohort: { table: people.csv, where: ${where} }`)}${more}`;
};

const expected = (meets: (row: number) => boolean) => ids.filter((_, row) => row < SUBJECTS - 2 && meets(row));

describe('the cohort', () => {
  test.each(['keep', 'drop'])('leaves other subjects out of every modality (missing: %s)', async (missing) => {
    const { dataset, inspection } = await read(withCohort('{ age: { from: 11, to: 180 } }', `missing: ${missing}\n`));
    const inRange = expected((row) => row >= 11 && row <= 180 && row !== 12);
    const hasAll = (id: string) => Number(id.slice(1)) >= 40 && Number(id.slice(1)) % 2 === 0;
    expect([...dataset.ids].sort()).toEqual(missing === 'keep' ? inRange : inRange.filter(hasAll));
    expect(inspection).toMatchObject({ known: inRange.length, shared: inRange.filter(hasAll).length });
    const odd = inRange.filter((id) => Number(id.slice(1)) % 2 === 1);
    expect(inspection.modalities.map(({ absent }) => absent)).toEqual([0, 28, odd.length]);
  });

  test('counts what each rule excludes alone and after the earlier ones', async () => {
    const where = '{ age: { from: 10 }, sex: { is: [female] }, site: { is: [0, 1, 2] } }';
    const { dataset, inspection } = await read(withCohort(where));
    const rows = range(0, SUBJECTS - 2);
    const rules = [
      (row: number) => row >= 10 && row !== 12,
      (row: number) => row % 3 !== 0,
      (row: number) => row % 4 < 3,
    ];
    const lost = (r: number, earlier: readonly ((row: number) => boolean)[]) =>
      rows.filter((row) => earlier.every((rule) => rule(row)) && !rules[r](row)).length;
    expect(inspection.cohort).toEqual({
      candidates: SUBJECTS,
      subjects: dataset.ids.length,
      absent: 2,
      rules: ['age from 10', 'sex is female', 'site is 0 or 1 or 2'].map((rule, r) => ({
        rule,
        alone: lost(r, []),
        inOrder: lost(r, rules.slice(0, r)),
      })),
    });
    expect([...dataset.ids].sort()).toEqual(expected((row) => rules.every((rule) => rule(row))));
  });

  test('may be a list of subjects without rules', async () => {
    file('list.csv', `id\n${ids.slice(5, 185).join('\n')}\n`);
    const { dataset } = await read(study().replace('id: id', 'id: id\ncohort: { table: list.csv }'));
    expect([...dataset.ids].sort()).toEqual(ids.slice(5, 185));
  });

  test('may name groups instead of rows', async () => {
    const person = ids.map((_, row) => `f${row % 120}`);
    for (const name of ['sleep', 'blood', 'eyes']) file(`${name}.csv`, csv({ ...pair(1), person }));
    file(
      'people.csv',
      `id,age\n${range(0, 120)
        .map((n) => `f${n},${n}\n`)
        .join('')}`,
    );
    const text = study().replace(
      'id: id',
      'id: id\ngroup: person\ncohort: { table: people.csv, where: { age: { to: 79 } } }',
    );
    const { dataset } = await read(text);
    expect(dataset.ids).toEqual(ids.filter((_, row) => row % 120 < 80));
  });

  test('changes nothing if it excludes nobody', async () => {
    file('people.csv', csv(people));
    const text = study().replace('id: id', 'id: id\ncohort: { table: people.csv, where: { site: { from: 0 } } }');
    expect((await read(text)).dataset.fingerprint).toBe((await read()).dataset.fingerprint);
  });

  test.each([
    ['an unknown column', '{ agee: { from: 1 } }', 'missing-column', /study\.yaml:3:\d+: .*'agee'.*did you mean 'age'/],
    ['nobody left', '{ age: { from: 300 } }', 'no-rows-left', /2 are not in the table; 'age from 300' excludes 238/],
    [
      'an unknown text',
      '{ sex: { is: [male, femal] } }',
      'unknown-level',
      /cohort|sex.*'femal'.*did you mean 'female'/,
    ],
    ['a range of nothing', '{ age: { from: 3, to: 1 } }', 'invalid-study', /cohort\.where\.age keeps nothing/],
    ['no rule', '{ age: {} }', 'invalid-study', /must have from, to or both, or is/],
    ['two rules', '{ age: { from: 1, is: [3] } }', 'invalid-study', /must have from, to or both, or is/],
    ['a text column in a range', '{ sex: { from: 1 } }', 'not-numeric', /'?sex'?/],
  ])('with %s', async (_, where, code, message) => {
    await expect(read(withCohort(where))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('with a table of other subjects', async () => {
    file('people.csv', 'id,age\nq1,3\nq2,4\n');
    const text = study().replace('id: id', 'id: id\ncohort: { table: people.csv, where: { age: { to: 19 } } }');
    await expect(read(text)).rejects.toMatchObject({ code: 'no-common-subjects' });
  });
});

describe('a filter of one modality', () => {
  test('accepts values, and warns of subjects that it did not check', async () => {
    file('blood.csv', csv({ ...pair(3), site }, range(40, SUBJECTS)));
    const { dataset, inspection } = await read(study({ blood: ', omit: [site], where: { site: { is: [0, 2] } }' }));
    // Nobody with blood and another site remains; the first 40 people have no blood.
    expect([...dataset.ids].sort()).toEqual(ids.filter((_, row) => row < 40 || row % 2 === 0));
    expect(inspection.modalities.map(({ unchecked }) => unchecked)).toEqual([undefined, 40, undefined]);
    expect(cohortWarnings(inspection)).toMatchObject([
      { code: 'filter-of-one-modality', items: ['blood: 40 subjects without a row of it'] },
    ]);
  });

  test('is silent if the cohort or the other modalities have the same rule', async () => {
    const all = csv({ ...pair(1), site });
    for (const name of ['sleep', 'blood', 'eyes']) file(`${name}.csv`, all);
    const where = ', omit: [site], where: { site: { is: [0, 2] } }';
    const everywhere = await read(study({ sleep: where, blood: where, eyes: where }));
    expect(cohortWarnings(everywhere.inspection)).toEqual([]);
    file('people.csv', csv({ site }));
    file('sleep.csv', csv({ ...pair(1), site }, range(0, 120)));
    const cohort = 'id: id\ncohort: { table: people.csv, where: { site: { is: [0, 2] } } }';
    const both = await read(study({ sleep: where }).replace('id: id', cohort));
    expect(cohortWarnings(both.inspection)).toEqual([]);
  });
});
