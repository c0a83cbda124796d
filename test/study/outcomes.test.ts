// Outcomes of a study file: how they are read, what is refused, and that no fit notices them.

import { beforeEach, describe, expect, test } from '@jest/globals';
import type { EventOutcome, MeasuredOutcome } from '../../src/data/outcomes.js';
import { outcomeWarnings } from '../../src/study/inspection/outcome-warnings.js';
import { checkOriginals } from '../../src/study/reading/originals.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

const rows = 120;
const ids = Array.from({ length: rows }, (_, i) => `s${String(i).padStart(3, '0')}`);
const noise = (seed: number) =>
  ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) * (1 + seed / 7) + 78.233 * seed)) / 10);
const times = ids.map((_, i) => (i * 37) % 101);
const events = ids.map((_, i) => (i % 3 === 0 ? 1 : 0));
const grades = ids.map((_, i) => (i === 7 ? '' : ['low', 'mid', 'high'][i % 3]));

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const lines = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

const study = (outcomes: string, { omit = '', head = '' } = {}) => `study: people
id: id
${head}modalities:
  body: { table: body.csv, latents: 1${omit} }
  blood: { table: blood.csv, latents: 1 }
${outcomes === '' ? '' : `outcomes:\n  ${outcomes}\n`}`;
const SURVIVAL = 'survival: { table: follow.csv, time: days, event: died, adjust: [age, sex] }';
const GRADE = 'grade: { table: follow.csv, column: grade, kind: ordered, levels: [low, mid, high] }';
const read = (text: string, options = {}) => readStudy(file('study.yaml', text), options);
const refused = (text: string, code: string, message: RegExp) =>
  expect(read(text)).rejects.toEqual(
    expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }),
  );
const follow = (changes: Record<string, readonly (string | number)[]> = {}) =>
  file(
    'follow.csv',
    csv({
      ...{ id: ids, days: times, died: events, age: noise(8), sex: ids.map((_, i) => 'mf'[i % 2]), grade: grades },
      ...{ site: ids.map((_, i) => i % 4), ...changes },
    }),
  );

beforeEach(() => {
  file('body.csv', csv({ id: ids, a: noise(1), b: noise(2), weight: noise(3) }));
  file('blood.csv', csv({ id: ids, p: noise(5), q: noise(6), r: noise(7) }));
  follow();
});

describe('outcomes', () => {
  test('are aligned with the subjects of the data set; numbers, levels and covariates', async () => {
    // The table of outcomes has another order, lacks subjects, and has some whom the study lacks.
    const order = [...ids.keys()].reverse().slice(5);
    file(
      'follow.csv',
      csv({
        id: [...order.map((i) => ids[i]), 'unknown'],
        days: [...order.map((i) => times[i]), 3],
        died: [...order.map((i) => events[i]), 1],
        age: [...order.map((i) => 40 + i), 50],
        sex: [...order.map((i) => 'mf'[i % 2]), 'f'],
        site: [...order.map((i) => i % 4), 1],
        grade: [...order.map((i) => grades[i]), 'low'],
        weight: [...order.map((i) => 3 * i), 0],
      }),
    );
    const { outcomes, dataset } = await read(
      study(
        'survival: { table: follow.csv, time: days, event: died, adjust: [age, sex, site], categories: [site] }\n  ' +
          `${GRADE}\n  weight: { table: follow.csv, column: weight, kind: continuous, terms: spline }`,
      ),
    );
    const [survival, grade, weight] = outcomes as [EventOutcome, MeasuredOutcome, MeasuredOutcome];
    expect(dataset.ids).toEqual(ids);
    expect(survival).toMatchObject({ name: 'survival', kind: 'time-to-event', terms: 'linear', measuredIn: [] });
    expect(Array.from(survival.times)).toEqual(times.map((time, i) => (i >= rows - 5 ? NaN : time)));
    expect(Array.from(survival.events)).toEqual(events.map((event, i) => (i >= rows - 5 ? NaN : event)));
    const [age, sex, site] = survival.covariates;
    expect(age).toMatchObject({ column: 'age' });
    expect(age).not.toHaveProperty('levels');
    expect(age.values[10]).toBe(50);
    expect(sex).toMatchObject({ column: 'sex', levels: ['f', 'm'] });
    expect(Array.from(sex.values.slice(0, 2))).toEqual([1, 0]);
    expect(site).toMatchObject({ column: 'site', levels: ['0', '1', '2', '3'] });
    expect(grade).toMatchObject({ kind: 'ordered', levels: ['low', 'mid', 'high'] });
    expect(Array.from(grade.values.slice(0, 8))).toEqual([0, 1, 2, 0, 1, 2, 0, NaN]);
    expect(weight).toMatchObject({ kind: 'continuous', column: 'weight', terms: 'spline' });
  });

  test('never change the data set or its fingerprint', async () => {
    const without = await read(study(''));
    const withThem = await read(study(`${SURVIVAL}\n  ${GRADE}`));
    expect(without).not.toHaveProperty('outcomes');
    expect(withThem.dataset).toEqual(without.dataset);
    expect(withThem.inspection.subjects).toBe(rows);
    const same = 'weight: { table: body.csv, column: weight, kind: continuous }';
    expect((await read(study(same))).dataset).toEqual(without.dataset);
  });

  test('may belong to groups: subjects have the outcomes of their group if the table has groups only', async () => {
    const visits = ids.map((_, i) => `p${Math.floor(i / 2)}`);
    file('body.csv', csv({ id: ids, person: visits, a: noise(1), b: noise(2), weight: noise(3) }));
    const people = [...new Set(visits)];
    file('people.csv', csv({ id: people, bmi: people.map((_, i) => 20 + (i % 11)) }));
    const { outcomes } = await read(
      study('bmi: { table: people.csv, column: bmi, kind: continuous }', { head: 'group: person\nmissing: drop\n' }),
    );
    const [bmi] = outcomes as [MeasuredOutcome];
    expect(Array.from(bmi.values.slice(0, 6))).toEqual([20, 20, 21, 21, 22, 22]);
  });

  test('have codes and rows like other tables', async () => {
    follow({ died: ids.map((_, i) => ['alive', 'dead', 'lost'][i % 3]), days: times.map((t) => (t === 0 ? -9 : t)) });
    const codes = 'missing: { days: [-9], died: [lost] }, recode: { died: { alive: 0, dead: 1 } }';
    const { outcomes } = await read(
      study(`survival: { table: follow.csv, time: days, event: died, ${codes}, where: { site: { to: 2 } } }`),
    );
    const [survival] = outcomes as [EventOutcome];
    expect(Array.from(survival.events.slice(0, 6))).toEqual([0, 1, NaN, NaN, 1, NaN]);
    expect(survival.times[0]).toBe(NaN);
  });

  test('are files of the study, which no result overwrites', async () => {
    file('study.yaml', study(SURVIVAL));
    await expect(checkOriginals(file('study.yaml'), [file('follow.csv')])).rejects.toThrow('the study is read from');
  });
});

describe('an outcome is refused', () => {
  test('with a negative time, or an event that is neither 0 nor 1', async () => {
    follow({ days: times.map((time, i) => (i === 4 ? -1 : time)) });
    await refused(study(SURVIVAL), 'invalid-outcome', /study\.yaml:7:\d+: id s004 has the days -1, and a time is 0/);
    follow({ died: events.map((event) => event + 1) });
    await refused(study(SURVIVAL), 'invalid-outcome', /has 1, 2; write recode: \{ died: \{ 1: 0, 2: 1 \} \}/);
  });

  test('without an order of its texts, and with texts where numbers belong', async () => {
    await refused(
      study(GRADE.replace(', levels: [low, mid, high]', '')),
      'unordered-levels',
      /levels: \[high, low, mid\]/,
    );
    await refused(study(GRADE.replace('mid', 'middle')), 'unknown-level', /has 'mid'/);
    const text = 'grade: { table: follow.csv, column: grade, kind: continuous }';
    await refused(study(text), 'not-numeric', /recode/);
  });

  test('without common subjects or its column', async () => {
    follow({ id: ids.map((id) => id.toUpperCase()) });
    await refused(study(SURVIVAL), 'no-common-subjects', /outcomes\.survival has none of the 120 subjects.*S000/);
    follow();
    await refused(study(SURVIVAL.replace('days', 'day')), 'missing-column', /did you mean 'days'/i);
  });

  test.each([
    ['x: { table: follow.csv }', 'invalid-study', /outcomes\.x must have column and kind, or time and event/],
    ['x: { table: follow.csv, column: age }', 'invalid-study', /outcomes\.x/],
    ['x: { table: follow.csv, time: days, event: days }', 'invalid-study', /event is the column of the time/],
    ['x: { table: follow.csv, time: days, event: died, adjust: [days] }', 'invalid-study', /adjust\.0 is the outcome/],
    ['x: { table: follow.csv, column: age, kind: continuous, levels: [1, 2] }', 'invalid-study', /is continuous/],
    ['x: { table: follow.csv, column: age, kind: continuous, adjust: [sex, sex] }', 'invalid-study', /repeats/],
    ['x: { table: follow.csv, column: age, kind: continuous, categories: [sex] }', 'invalid-study', /adjust/],
    ['x: { table: follow.csv, column: age, kind: continuos }', 'invalid-study', /did you mean 'continuous'/i],
    ['x: { table: follow.csv, column: age, kind: continuous, ajust: [sex] }', 'unknown-key', /'adjust'/],
    ['1x: { table: follow.csv, column: age, kind: continuous }', 'invalid-study', /is not a name/],
  ])('%s', async (outcomes, code, message) => {
    await refused(study(outcomes), code, message);
  });
});

describe('an outcome that a modality measures', () => {
  const weight = 'weight: { table: body.csv, column: weight, kind: continuous }';

  test('is marked, from its place or as a copy; another modality, and an omitted column, are not', async () => {
    const { outcomes, inspection } = await read(study(weight));
    expect(outcomes![0].measuredIn).toEqual(['body']);
    expect(outcomeWarnings(inspection)).toMatchObject([{ code: 'outcome-is-measured', items: ['weight: body'] }]);
    const omitted = await read(study(weight, { omit: ', omit: [weight]' }));
    expect(omitted.outcomes![0].measuredIn).toEqual([]);
    follow({ pounds: noise(3).map((kilograms) => 2.2 * kilograms) });
    const copied = await read(study('pounds: { table: follow.csv, column: pounds, kind: continuous }'));
    expect(copied.outcomes![0].measuredIn).toEqual(['body']);
  });

  test('may be the event of a time', async () => {
    file('body.csv', csv({ id: ids, a: noise(1), died: events, b: noise(2).map((b) => b + 200) }));
    const { outcomes } = await read(study('survival: { table: body.csv, time: b, event: died }'));
    expect(outcomes![0].measuredIn).toEqual(['body']);
  });
});

describe('inspect', () => {
  test('lists outcomes with subjects, events, levels and covariates, and warns of few', async () => {
    follow({ rare: ids.map((_, i) => (i < 4 ? 'yes' : 'no')), age: ids.map((_, i) => (i < 3 ? '' : i)) });
    const rare = 'rare: { table: follow.csv, column: rare, kind: categorical }';
    file(
      'study.yaml',
      study(`${SURVIVAL}\n  ${GRADE}\n  ${rare}\n  age: { table: follow.csv, column: age, kind: continuous }`),
    );
    const { out: stdout } = await commandHere(['inspect', 'study.yaml', '--device', 'cpu'], folder);
    const text = stdout.replaceAll(/\n +/g, ' ');
    expect(text).toContain('Outcomes, which no fit reads');
    expect(text).toContain('survival: time to event, 120 subjects, 40 events, median time 49.5, maximum 100');
    expect(text).toContain('adjusted for age, sex; 3 subjects without a value of these');
    expect(text).toContain('grade: ordered, 119 of 120 subjects: low (40), mid (39), high (40)');
    expect(text).toContain('age: continuous, 117 of 120 subjects from 3 to 119');
    expect(text).toContain('rare yes: 4 subjects');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const { out: json } = await commandHere(['inspect', 'study.yaml', '--device', 'cpu', '--json'], folder);
    expect((JSON.parse(json) as { outcomes: unknown }).outcomes).toMatchObject([
      { name: 'survival', kind: 'time-to-event', columns: ['days', 'died'], subjects: 120, events: 40, lacking: 3 },
      { name: 'grade', levels: [{ level: 'low', subjects: 40 }, { subjects: 39 }, { subjects: 40 }] },
      { name: 'rare' },
      { name: 'age', range: [3, 119] },
    ]);
  });
});
