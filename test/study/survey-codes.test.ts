// The codes of a survey in the study file: rows to use, several rows of a subject, skipped questions, codes, limits of
// measurement; and the measured variables of a discovery.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { readStudyVariables } from '../../src/study/reading/variables.js';
import { readStudy } from '../../src/study/study.js';
import { InputError } from '../../src/errors/errors.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const SUBJECTS = 40;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);

type Row = Record<string, string | number>;
const csv = (rows: readonly Row[]) => {
  const names = Object.keys(rows[0]);
  return `${names.join(',')}\n${rows.map((row) => names.map((name) => row[name]).join(',')).join('\n')}\n`;
};
const yaml = (survey: string, more = '') => `study: survey
id: id
modalities:
  survey: { table: survey.csv, columns: [value, other], latents: 1, ${survey} }
  plain: { table: plain.csv, latents: 1 }
missing: drop
${more}`;

beforeEach(() => {
  const next = generator(82);
  file('plain.csv', csv(ids.map((id) => ({ id, x: next(), y: next() }))));
});

/** Returns raw values of the column `value` by subject, without the standardisation. */
async function values(survey: readonly Row[], text: string, column = 'value'): Promise<Record<string, number>> {
  file('survey.csv', csv(survey));
  const { dataset } = await readStudy(file('study.yaml', text));
  const { columns, values: all } = dataset.modalities[0];
  const at = columns.findIndex(({ name }) => name === column);
  const { mean, sd } = columns[at];
  return Object.fromEntries(dataset.ids.map((id, row) => [id, all[row * columns.length + at] * sd + mean]));
}

const survey = (more: (i: number) => Row): Row[] => ids.map((id, i) => ({ id, other: (i * 7) % 11, ...more(i) }));

describe('codes', () => {
  test('the answer to an earlier question fills a skipped one; other gaps stay gaps', async () => {
    // Every third subject skipped the question after answer 2; one more has no answer.
    const rows = survey((i) => {
      const skipped = i % 3 === 0;
      return { before: skipped ? 2 : 1, value: skipped || i === 1 ? '' : (i % 2) + 4 };
    });
    const text = yaml('skips: { value: { when: before, is: [2, 3], value: 0 } }');
    const read = await values(rows, text);
    expect(Object.keys(read)).toHaveLength(SUBJECTS - 1);
    expect(read['p01']).toBeUndefined();
    for (const [i, id] of ids.entries()) if (i !== 1) expect(read[id]).toBeCloseTo(i % 3 === 0 ? 0 : (i % 2) + 4, 5);
    const { inspection } = await readStudy(file('study.yaml', text));
    expect(inspection.modalities[0].adjusted).toEqual([{ column: 'value', filled: 14, below: 0, above: 0 }]);
  });

  test('recode maps all codes simultaneously, null is missing, and other codes stay', async () => {
    const rows = survey((i) => ({ value: [1, 2, 3, 9, 5.5][i % 5] }));
    const read = await values(rows, yaml('recode: { value: { 1: 2, 2: 1, 9: null } }'));
    const meaning = [2, 1, 3, undefined, 5.5];
    for (const [i, id] of ids.entries()) {
      const expected = meaning[i % 5];
      if (expected === undefined) expect(read[id]).toBeUndefined();
      else expect(read[id]).toBeCloseTo(expected, 5);
    }
  });

  test('values below a limit become limit / √2, values above become the limit, and both are counted', async () => {
    const rows = survey((i) => ({ value: i / 10 }));
    const text = yaml('limits: { value: { lower: 0.5, upper: 3 } }');
    const read = await values(rows, text);
    expect(read['p04']).toBeCloseTo(0.5 / Math.SQRT2, 5);
    expect(read['p05']).toBeCloseTo(0.5, 5);
    expect(read['p30']).toBeCloseTo(3, 5);
    expect(read['p39']).toBeCloseTo(3, 5);
    const { inspection } = await readStudy(file('study.yaml', text));
    expect(inspection.modalities[0].adjusted).toEqual([{ column: 'value', filled: 0, below: 5, above: 9 }]);
  });

  test('the order is skips, missing codes, recode, limits', async () => {
    const rows = survey((i) => ({ before: 2, value: ['', 7, 1, i][i % 4] }));
    const keys =
      'skips: { value: { when: before, is: [2], value: 1 } }, missing: { value: [7] }, recode: { value: { ' +
      '1: 500 } }, limits: { value: { upper: 100 } }';
    const read = await values(rows, yaml(keys));
    expect(read['p00']).toBeCloseTo(100, 4);
    expect(read['p01']).toBeUndefined();
    expect(read['p02']).toBeCloseTo(100, 4);
    expect(read['p03']).toBeCloseTo(3, 4);
  });
});

describe('rows', () => {
  test('where keeps the rows whose file values are in every range; a missing value is in none', async () => {
    const rows = survey((i) => ({ value: Math.sin(i), age: i === 30 ? '' : i + 10, sex: 1 + Number(i % 4 === 3) }));
    const read = await values(rows, yaml('where: { age: { from: 15, to: 45 }, sex: { to: 1 } }'));
    const expected = ids.filter((_, i) => i >= 5 && i <= 35 && i % 4 !== 3 && i !== 30);
    expect(Object.keys(read)).toEqual(expected);
    const { inspection } = await readStudy(file('study.yaml', yaml('where: { age: { from: 20 } }')));
    expect(inspection.modalities[0]).toMatchObject({ filtered: 11, few: 0 });
  });

  test('days become their mean and, as .sd, their standard deviation, over the days with a value', async () => {
    const days = ids.flatMap((id, i) =>
      [2, 4, 9].map((value, day) => ({ id, day, worn: i === 5 && day > 0 ? 0 : 1, value: value * i, other: i * day })),
    );
    days.push({ id: 'p07', day: 3, worn: 1, value: NaN, other: 0 });
    const text = yaml('where: { worn: { from: 1 } }, repeats: { minRows: 2 }').replace(
      '[value, other]',
      '[value, value.sd]',
    );
    const shuffled = [...days].sort((a, b) => a.day - b.day || a.id.localeCompare(b.id));
    const read = await values(shuffled, text);
    expect(Object.keys(read)).toHaveLength(SUBJECTS - 1);
    expect(read['p05']).toBeUndefined();
    expect(read['p07']).toBeCloseTo((7 * (2 + 4 + 9)) / 3, 3);
    const spread = await values(shuffled, text, 'value.sd');
    // SciPy: numpy.std([2, 4, 9], ddof=1) = 3.605551275463989
    expect(spread['p07']).toBeCloseTo(7 * 3.605551275463989, 3);
    const { inspection } = await readStudy(file('study.yaml', text));
    expect(inspection.modalities[0]).toMatchObject({ filtered: 2, few: 1, stacked: [SUBJECTS] });
  });
});

describe('variables of a discovery', () => {
  const group = (keys: string) => `discovery: { variables: { person: { table: person.csv, ${keys} } } }\n`;

  test('are in the order of the subjects with their labels, and missing for subjects in no table', async () => {
    file(
      'person.csv',
      csv(
        [...ids]
          .reverse()
          .slice(0, 30)
          .map((id) => ({ id, AGE: Number(id.slice(1)), SEX: 1 })),
      ),
    );
    const text = yaml('exogenous: 1', group('columns: [AGE, SEX], labels: { AGE: age }, recode: { SEX: { 1: null } }'));
    const path = file('study.yaml', text);
    const { variables, groups } = await readStudyVariables(path, ['p39', 'p05', 'p12']);
    expect(variables.map(({ name, column, group: more }) => [name, column, more])).toEqual([
      ['age', 'AGE', 'person'],
      ['SEX', 'SEX', 'person'],
    ]);
    expect(Array.from(variables[0].values)).toEqual([39, NaN, 12]);
    expect(groups[0].columns.map(({ missing }) => missing)).toEqual([1, 3]);
  });

  test('two variables with the same name are refused', async () => {
    file('person.csv', csv(ids.map((id) => ({ id, a: 1, b: 2 }))));
    const path = file('study.yaml', yaml('exogenous: 1', group('columns: [a, b], labels: { a: age, b: age }')));
    const error = await readStudyVariables(path, ids).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'duplicate-variable' });
    expect((error as InputError).message).toMatch(/study\.yaml:\d+:\d+: two variables are called 'age'/);
  });
});

describe('mistakes are reported with their place', () => {
  test.each([
    ['recode to no number', 'recode: { value: { 1: yes } }', 'invalid-study', /recode must map codes to numbers/],
    ['an empty limit', 'limits: { value: {} }', 'invalid-study', /limits\.value must have lower, upper or both/],
    ['a limit at 0', 'limits: { value: { lower: 0 } }', 'invalid-study', /lower must be above 0, not 0/],
    ['crossed limits', 'limits: { value: { lower: 3, upper: 1 } }', 'invalid-study', /lower 3 is above upper 1/],
    [
      'a range of nothing',
      'where: { value: { from: 3, to: 1 } }',
      'invalid-study',
      /keeps nothing: from 3 is above to 1/,
    ],
    ['a misspelled key', 'recodes: { value: { 1: 2 } }', 'unknown-key', /did you mean 'recode'/],
    [
      'a misspelled key inside',
      'skips: { value: { when: other, in: [2], value: 0 } }',
      'unknown-key',
      /skips\.value\.in/,
    ],
    ['an unknown column', 'limits: { valeu: { lower: 1 } }', 'missing-column', /'valeu'.*did you mean 'value'/],
    ['an unknown question', 'skips: { value: { when: bef, is: [2], value: 0 } }', 'missing-column', /:4:\d+: .*'bef'/],
    ['a range of an unknown column', 'where: { age: { from: 1 } }', 'missing-column', /:4:\d+: .*'age'/],
    [
      'ranges that no row meets',
      'where: { value: { from: 1000 } }',
      'no-rows-left',
      /no row of 'survey' meets all rules/,
    ],
    ['more rows than any subject has', 'repeats: { minRows: 2 }', 'no-rows-left', /no subject of 'survey' has 2 rows/],
  ])('%s', async (_, keys, code, message) => {
    file('survey.csv', csv(survey((i) => ({ value: i }))));
    const error = await readStudy(file('study.yaml', yaml(keys))).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code });
    expect((error as InputError).message).toMatch(message);
  });

  test('half-samples of subjects may be refitted', async () => {
    file('survey.csv', csv(survey((i) => ({ value: i }))));
    const more = 'discovery: { refits: 6, seed: 3 }\n';
    const { config } = await readStudy(file('study.yaml', yaml('exogenous: 1', more)));
    expect(config.discovery).toMatchObject({ refits: 6, seed: 3 });
  });

  test.each([
    ['a search of measured columns', 'test: mixed', 'unknown-key', /discovery\.test/],
    ['half a refit', 'refits: 0.5', 'invalid-study', /discovery\.refits/],
    ['a pair of three', 'forbidden: [[a, b, c]]', 'invalid-study', /discovery\.forbidden\.0/],
    [
      'joined tables with repeats',
      'variables: { p: { table: [[a.csv], [b.csv]], repeats: {} } }',
      'invalid-study',
      /needs a single table/,
    ],
  ])('%s', async (_, keys, code, message) => {
    file('survey.csv', csv(survey((i) => ({ value: i }))));
    const error = await readStudy(file('study.yaml', yaml('exogenous: 1', `discovery: { ${keys} }\n`))).catch(
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ code });
    expect((error as InputError).message).toMatch(message);
  });
});
