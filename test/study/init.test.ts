// `interlatent init`: study files that are written from the tables of a user.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { writeTable } from '../../src/files/read-table.js';
import { writeDraft, type CheckedDraft, type DraftOptions, type Finding } from '../../src/study/draft/index.js';
import { missingCodes } from '../../src/study/draft/missing-codes.js';
import { readStudy } from '../../src/study/study.js';
import { commandLine } from '../fixtures/command-line.js';
import { writeSheets } from '../fixtures/reader-formats.js';
import { scratch } from '../fixtures/scratch.js';
import { dataFolder, describeWithData } from '../fixtures/skipping.js';

const { file, folder } = scratch();
const interlatent = commandLine();

const SUBJECTS = 60;
type Cells = readonly (string | number)[];
const rows = (of: (row: number) => string | number): Cells => Array.from({ length: SUBJECTS }, (_, row) => of(row));
/** Returns a measurement, different for every seed. */
const measured = (seed: number): Cells =>
  rows((row) => Math.round(1000 * Math.sin(12.9898 * (row + 1) + 78.233 * seed)) / 10);
const ids = rows((row) => `p${String(row).padStart(2, '0')}`);

function csv(columns: Readonly<Record<string, Cells>>, delimiter = ','): string {
  const names = Object.keys(columns);
  const lines = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(delimiter));
  return `${[names.join(delimiter), ...lines].join('\n')}\n`;
}

const body = { id: ids, weight: measured(1), height: measured(2), fat: measured(3) };
const blood = { id: ids, iron: measured(4), sugar: measured(5), lipids: measured(6) };

/** Returns the error of a promise that is rejected. */
const rejection = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: unknown) => error as Error,
  );

let number = 0;

/** Writes tables into a new folder, and a study file for them. */
async function init(
  tables: Readonly<Record<string, string>>,
  options: Omit<DraftOptions, 'out'> = {},
): Promise<CheckedDraft & { readonly path: string }> {
  const name = `init${++number}`;
  const paths = Object.entries(tables).map(([table, text]) => file(join(name, table), text));
  const path = file(join(name, 'study.yaml'));
  return { ...(await writeDraft(paths, { ...options, out: path })), path };
}

const findingsOf = ({ draft }: CheckedDraft): readonly Finding[] =>
  draft.modalities.flatMap(({ findings }) => findings);

/** Returns what was found about a column: key, value and certainty. */
const about = (checked: CheckedDraft, name: string) =>
  findingsOf(checked)
    .filter(({ column }) => column === name)
    .map(({ key, value, certain }) => [key, value, certain ? 'certain' : 'guess']);

describe('two plain tables', () => {
  test('become a study whose data set is that of a hand-written one', async () => {
    const checked = await init({ 'body.csv': csv(body), 'blood.csv': csv(blood) });
    expect(checked.draft.id).toEqual({ column: 'id', certain: true, reason: '60 of 60 ids are in all tables' });
    expect(checked.draft.modalities.map(({ name, width, latents }) => [name, width, latents])).toEqual([
      ['body', 3, 1],
      ['blood', 3, 1],
    ]);
    const byHand = file(
      join(`init${number}`, 'by-hand.yaml'),
      'study: hand\nid: id\nmodalities:\n' +
        '  body: { table: body.csv, latents: 1 }\n  blood: { table: blood.csv, latents: 1 }\n',
    );
    const [written, expected] = [await readStudy(checked.path), await readStudy(byHand)];
    expect(written.dataset.fingerprint).toBe(expected.dataset.fingerprint);
    expect(checked.inspection).toEqual(written.inspection);
  });

  test('have paths relative to the study file, and the name of its folder', async () => {
    file('apart/data/body.csv', csv(body));
    file('apart/data/blood.csv', csv(blood));
    const paths = ['body', 'blood'].map((name) => join(folder, 'apart/data', `${name}.csv`));
    const { draft } = await writeDraft(paths, { out: join(folder, 'apart/studies/study.yaml') });
    expect(draft.modalities.map(({ files }) => files)).toEqual([['../data/body.csv'], ['../data/blood.csv']]);
    expect(draft.study).toBe('studies');
    expect((await readStudy(join(folder, 'apart/studies/study.yaml'))).dataset.ids).toHaveLength(SUBJECTS);
  });

  test('may be Parquet with ids as numbers, next to CSV with the same ids as texts', async () => {
    const numbers = rows((row) => 100 + row) as number[];
    const parquet = file('mixed/genes.parquet');
    mkdirSync(join(folder, 'mixed'), { recursive: true });
    await writeTable(parquet, [
      { name: 'sample', values: Float64Array.from(numbers) },
      { name: 'a', values: Float64Array.from(measured(1) as number[]) },
      { name: 'b', values: Float64Array.from(measured(2) as number[]) },
    ]);
    const clinic = file('mixed/clinic.csv', csv({ sample: numbers, age: measured(3), dose: measured(4) }));
    const { draft, inspection } = await writeDraft([parquet, clinic], { out: file('mixed/study.yaml') });
    expect(draft.id).toMatchObject({ column: 'sample', certain: true });
    expect(inspection).toMatchObject({ subjects: SUBJECTS, complete: SUBJECTS });
  });

  test('never replace a file', async () => {
    file('taken/study.yaml', 'mine');
    const path = file('taken/body.csv', csv(body));
    const error = await rejection(writeDraft([path, path], { out: file('taken/study.yaml') }));
    expect(error).toMatchObject({ code: 'folder-exists', message: expect.stringMatching(/--out/) });
    expect(readFileSync(join(folder, 'taken/study.yaml'), 'utf8')).toBe('mine');
  });

  test('name the JSON Schema of an installed package', async () => {
    file('project/node_modules/interlatent/dist/study.schema.json', '{}');
    const tables = [file('project/data/body.csv', csv(body)), file('project/data/blood.csv', csv(blood))];
    const first = async (out: string) => (await writeDraft(tables, { out: join(folder, out) })).text.split('\n')[0];
    const path = 'node_modules/interlatent/dist/study.schema.json';
    expect(await first('project/one.yaml')).toBe(`# yaml-language-server: $schema=./${path}`);
    expect(await first('project/studies/two.yaml')).toBe(`# yaml-language-server: $schema=../${path}`);
    expect(await first('elsewhere/three.yaml')).toMatch(/^# Editors complete and check this file if/);
  });
});

describe('ids', () => {
  test('have the name that each table has', async () => {
    const { id: _, ...values } = blood;
    const { draft, inspection } = await init({
      'body.csv': csv(body),
      'blood.csv': csv({ patient_id: ids, ...values }),
    });
    expect(draft.id.column).toBe('id');
    expect(draft.modalities.map(({ id }) => id)).toEqual([undefined, 'patient_id']);
    expect(inspection?.complete).toBe(SUBJECTS);
  });

  test('may be a first column without a name, as R writes it', async () => {
    const unnamed = (columns: Readonly<Record<string, Cells>>) => csv(columns).replace(/^id,/, ',');
    const checked = await init({ 'body.csv': unnamed(body), 'blood.csv': unnamed(blood) });
    expect(checked.draft.id).toMatchObject({ column: '', certain: true });
    expect(checked.inspection?.subjects).toBe(SUBJECTS);
  });

  test('are never numbers of rows that have no telling name', async () => {
    const { id: _, ...values } = body;
    const { id: __, ...chemistry } = blood;
    const index = rows((row) => row + 1);
    const tables = { 'a.csv': csv({ index, ...values }), 'b.csv': csv({ index, ...chemistry }) };
    const error = await rejection(init(tables));
    expect(error).toMatchObject({ code: 'no-common-subjects', message: expect.stringMatching(/--id COLUMN.*--rows/s) });
    expect((await init(tables, { id: 'index' })).draft.id).toMatchObject({ column: 'index', certain: false });
    const byRow = await init(tables, { rows: true });
    expect(parse(byRow.text)).toMatchObject({ id: { rows: true } });
    expect(byRow.inspection?.subjects).toBe(SUBJECTS);
    expect(about(byRow, 'index')).toEqual([
      ['omit', undefined, 'certain'],
      ['omit', undefined, 'certain'],
    ]);
  });

  test('that no tables have in common are an error that shows them', async () => {
    const error = await rejection(
      init({ 'body.csv': csv(body), 'blood.csv': csv({ ...blood, id: rows((row) => `X-${row}`) }) }),
    );
    expect(error).toMatchObject({ code: 'no-common-subjects' });
    expect(error.message).toMatch(
      /body\.csv has 'id' with p00, p01, p02, …; .*blood\.csv has 'id' with X-0, X-1, X-2, …/,
    );
  });

  test('that a table lacks are an error with its columns', async () => {
    const error = await rejection(init({ 'body.csv': csv(body), 'blood.csv': csv(blood) }, { id: 'subject' }));
    expect(error).toMatchObject({ code: 'missing-column', message: expect.stringMatching(/id, weight, height, fat/) });
  });

  test('in a header mean that rows are variables', async () => {
    const genes = Array.from({ length: 8 }, (_, gene) => [`g${gene}`, ...measured(gene + 10)].join('\t'));
    const checked = await init({
      'genes.tsv': `${['gene', ...ids].join('\t')}\n${genes.join('\n')}\n`,
      'body.csv': csv(body),
    });
    expect(parse(checked.text)).toMatchObject({ modalities: { genes: { transposed: true } } });
    expect(checked.inspection?.modalities[0].columns.map(({ name }) => name)).toEqual(
      Array.from({ length: 8 }, (_, gene) => `g${gene}`),
    );
  });
});

describe('rows', () => {
  test('of one subject are averaged, and the file says so', async () => {
    const visits = { id: rows((row) => ids[Math.floor(row / 2)]), pulse: measured(7), pressure: measured(8) };
    const checked = await init({ 'body.csv': csv(body), 'visits.csv': csv(visits) });
    expect(parse(checked.text)).toMatchObject({ modalities: { visits: { repeats: { minRows: 1 } } } });
    expect(checked.text).toMatch(/repeats: .* # 60 rows of 30 subjects: a subject gets the mean of its rows/);
    expect(checked.inspection?.subjects).toBe(SUBJECTS);
  });

  test('of one person are a group', async () => {
    const person = rows((row) => `person${Math.floor(row / 2)}`);
    const { draft, inspection } = await init({
      'body.csv': csv({ ...body, patient: person }),
      'blood.csv': csv(blood),
    });
    expect(draft.group).toMatchObject({ column: 'patient', certain: true });
    expect(inspection?.groups).toBe(30);
  });

  test('of a group are a comment if some subjects have none', async () => {
    const more = { id: rows((row) => `p${String(row + 5).padStart(2, '0')}`), iron: measured(4), sugar: measured(5) };
    const person = rows((row) => Math.floor(row / 2));
    const checked = await init({ 'body.csv': csv({ ...body, patient: person }), 'blood.csv': csv(more) });
    expect(checked.draft.group).toMatchObject({ column: 'patient', certain: false });
    expect(checked.text).toMatch(/^# group: patient # guess: .*some subjects have no value of it/m);
    expect(checked.inspection?.modalities[0].columns.map(({ name }) => name)).toEqual(['weight', 'height', 'fat']);
  });

  test('of several files with the same columns are stacked', async () => {
    const [first, second] = [0, 30].map(
      (from) => (columns: Readonly<Record<string, Cells>>) =>
        csv(Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells.slice(from, from + 30)]))),
    );
    const checked = await init({
      'body_2013.csv': first({ ...body, only: measured(9) }),
      'body_2015.csv': second(body),
      'blood.csv': csv(blood),
    });
    expect(parse(checked.text)).toMatchObject({
      modalities: {
        body: { table: ['body_2013.csv', 'body_2015.csv'], omit: ['only'] },
        blood: { table: 'blood.csv' },
      },
    });
    expect(checked.inspection?.complete).toBe(SUBJECTS);
  });
});

describe('columns', () => {
  const several = {
    ...body,
    row: rows((row) => row + 1),
    empty: rows(() => ''),
    unit: rows(() => 7),
    smoker: rows((row) => row % 2),
    answer: rows((row) => [1, 2, 7, 9][row % 4]),
    grade: rows((row) => 1 + (row % 5)),
    visits: rows((row) => (row % 7 === 0 ? 40 + row : row % 3)),
    dose: rows((row) => (row % 10 === 0 ? 9999 : Math.round(10 * (1 + Math.sin(row))))),
    site: rows((row) => ['Rome', 'Oslo', 'Bern'][row % 3]),
    alive: rows((row) => (row % 3 === 0 ? 'no' : 'yes')),
    when: rows((row) => `2024-02-${String(1 + (row % 28)).padStart(2, '0')}`),
    day: rows((row) => 20240101 + (row % 28)),
    crp: rows((row) => (row % 2 === 0 ? '<0.5' : 1 + row)),
    share: rows((row) => `${0.5 + ((row * 7) % 50)} %`),
    late: rows((row) => (row % 6 === 0 ? 'n.d.' : Math.sin(row))),
    odd: rows((row) => (row % 30 === 0 ? 'broken' : row * 1.5)),
    notes: rows((row) => `text ${row}`),
  };
  let checked: CheckedDraft;

  beforeAll(async () => {
    checked = await init({ 'body.csv': csv(several), 'blood.csv': csv(blood) });
  });

  test.each([
    ['numbers of rows', 'row', [['omit', undefined, 'certain']]],
    ['no values', 'empty', [['omit', undefined, 'certain']]],
    ['one value', 'unit', [['omit', undefined, 'certain']]],
    ['dates as numbers', 'day', [['omit', undefined, 'certain']]],
    ['two values', 'smoker', [['kinds', 'binary', 'certain']]],
    ['yes and no', 'alive', [['kinds', 'binary', 'certain']]],
    [
      'answers with codes',
      'answer',
      [
        ['missing', [7, 9], 'guess'],
        ['kinds', 'binary', 'guess'],
      ],
    ],
    ['few whole numbers', 'grade', [['kinds', 'ordinal', 'guess']]],
    ['counts', 'visits', [['kinds', 'count', 'guess']]],
    [
      'a code far from all values',
      'dose',
      [
        ['missing', [9999], 'certain'],
        ['kinds', 'count', 'guess'],
      ],
    ],
    ['few texts', 'site', [['kinds', 'categorical', 'guess']]],
    ['dates', 'when', [['text', undefined, 'certain']]],
    ['many texts', 'notes', [['text', undefined, 'certain']]],
    ['values below a limit', 'crp', [['censored', undefined, 'certain']]],
    ['a percent sign', 'share', [['percent', undefined, 'certain']]],
    ['a text that means missing', 'late', [['missing', ['n.d.'], 'certain']]],
    [
      'numbers and other texts',
      'odd',
      [
        ['omit', undefined, 'certain'],
        ['missing', ['broken'], 'guess'],
      ],
    ],
  ])('with %s: %s', (_, name, findings) => {
    expect(about(checked, name)).toEqual(findings);
  });

  test('are read by a fit as the certain findings say', () => {
    const { columns } = checked.inspection!.modalities[0];
    expect(columns.map(({ name }) => name).sort()).toEqual(
      [
        'alive',
        'answer',
        'crp',
        'dose',
        'fat',
        'grade',
        'height',
        'late',
        'share',
        'smoker',
        'visits',
        'weight',
      ].sort(),
    );
    expect(columns.find(({ name }) => name === 'dose')?.max).toBeLessThan(30);
    expect(checked.draft.modalities[0].width).toBe(columns.length);
  });

  test('have guesses in comments that become keys without their #', () => {
    const withGuesses = checked.text.replaceAll(/^( +)# (?=(?:- )?\w+(?:: .*)? # guess: )/gm, '$1');
    expect(withGuesses).not.toBe(checked.text);
    const study = parse(withGuesses) as { modalities: { body: { kinds: object; missing: object } } };
    expect(study.modalities.body.kinds).toMatchObject({ smoker: 'binary', grade: 'ordinal', visits: 'count' });
    expect(study.modalities.body.missing).toMatchObject({ dose: [9999], answer: [7, 9] });
    const tables = ['body.csv', 'blood.csv'];
    expect(tables.every((table) => withGuesses.includes(`table: ${table}`))).toBe(true);
  });

  test('with decimal commas are numbers', async () => {
    const commas = (cells: Cells): Cells => cells.map((cell) => String(cell).replace('.', ','));
    const text = csv({ id: ids, a: commas(measured(1)), b: commas(measured(2)), c: commas(measured(3)) }, ';');
    const comma = await init({ 'body.csv': text, 'blood.csv': csv(blood) });
    expect(parse(comma.text)).toMatchObject({ modalities: { body: { decimal: ',' } } });
    expect(comma.inspection?.modalities[0].columns[0].max).toBeCloseTo(Math.max(...(measured(1) as number[])), 6);
  });

  test('that are constant in the training split are omitted', async () => {
    const rare = rows((row) => (row === 3 ? 5.5 : 1.25));
    const { inspection, problem } = await init({
      'body.csv': csv({ ...body, rare, rare2: [...rare].reverse() }),
      'blood.csv': csv(blood),
    });
    expect(problem).toBeUndefined();
    expect(inspection).toBeDefined();
  });

  test('that are counts in a wide table get one transform, not hundreds of kinds', async () => {
    const count = (gene: number) => rows((row) => ((row + gene) % 7 === 0 ? 0 : (row * (gene + 3) * 17) % 101));
    const genes = Object.fromEntries(Array.from({ length: 60 }, (_, gene) => [`g${gene}`, count(gene)]));
    const wide = await init({ 'genes.csv': csv({ id: ids, ...genes }), 'blood.csv': csv(blood) });
    expect(wide.text).toMatch(/# transform: log1p # guess: \d+ of 60 columns look like counts/);
    expect(wide.text).not.toMatch(/g1: count/);
  });
});

test('thousands of columns with the same finding get one line', async () => {
  const many = (of: (row: number, column: number) => number | string) =>
    Array.from({ length: 400 }, (_, column) => rows((row) => of(row, column)));
  const named = (name: string, columns: readonly Cells[]) => columns.map((cells, i) => [`${name}${i}`, cells] as const);
  const flags = Object.fromEntries(
    named(
      'flag',
      many((row, column) => (row + column) % 2),
    ),
  );
  const empty = Object.fromEntries(
    named(
      'empty',
      many(() => ''),
    ),
  );
  const checked = await init({ 'wide.csv': csv({ ...body, ...flags, ...empty }), 'blood.csv': csv(blood) });
  expect(checked.text).toMatch(/constant: omit # 400 columns have no values or only one/);
  expect(checked.text).toMatch(/# 400 columns have two values and are read as measurements/);
  expect(checked.text.split('\n').length).toBeLessThan(40);
  expect(checked.inspection?.modalities[0].columns).toHaveLength(403);
});

describe('codes of missing values', () => {
  const codesIn = (...values: readonly number[]) => missingCodes(Float64Array.from(values));
  const repeat = (count: number, of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));

  test.each([
    ['7 and 9 after 1 and 2', [...repeat(40, (i) => 1 + (i % 2)), 7, 9, 9], [7, 9], false],
    ['9 after grades', [...repeat(40, (i) => i % 4), 9, 9], [9], false],
    ['7 and 9 after 1 to 5', [...repeat(40, (i) => 1 + (i % 5)), 7, 9, 9], [7, 9], false],
    ['77 and 99 after hours', [...repeat(40, (i) => 2 + (i % 11)), 77, 99], [77, 99], false],
    ['−9 below measurements', [...repeat(40, (i) => 20 + i / 3), -9, -9], [-9], false],
    ['−9 below scores around 0', [...repeat(60, (i) => Math.sin(i) * 3 + i / 1e4), -9, -9, -9], [-9], false],
    ['−999 far below measurements', [...repeat(40, (i) => 20 + i / 3), ...repeat(4, () => -999)], [-999], true],
    ['9999 far above measurements', [...repeat(40, (i) => 20 + i / 3), ...repeat(4, () => 9999)], [9999], true],
    ['a repeated extreme value', [...repeat(40, (i) => 20 + i / 3), ...repeat(4, () => 65535)], [65535], false],
  ])('%s', (_, values, codes, certain) => {
    expect(codesIn(...values)).toMatchObject({ codes, certain });
  });

  test.each([
    ['ages up to 99', repeat(100, (i) => i)],
    ['a scale of 1 to 7', repeat(70, (i) => 1 + (i % 7))],
    ['a scale of 0 to 9', repeat(70, (i) => i % 10)],
    ['values with other negative values', [...repeat(40, (i) => i - 20), -9, -9]],
    ['values with a single 99', [...repeat(40, (i) => i % 11), 99]],
    ['two values', repeat(40, (i) => (i % 2 === 0 ? 0 : 99))],
    ['no values', repeat(10, () => NaN)],
  ])('not among %s', (_, values) => {
    expect(codesIn(...values)).toBeUndefined();
  });
});

describe('a single file', () => {
  test('is divided by the first words of its columns', async () => {
    const one = {
      id: ids,
      body_weight: measured(1),
      body_height: measured(2),
      blood_iron: measured(3),
      blood_crp: measured(4),
      age: measured(5),
    };
    const checked = await init({ 'all.csv': csv(one) });
    expect(parse(checked.text)).toMatchObject({
      modalities: {
        body: { columns: ['body_weight', 'body_height'] },
        blood: { columns: ['blood_iron', 'blood_crp'] },
      },
    });
    expect(about(checked, 'age')).toEqual([['text', undefined, 'certain']]);
    expect(checked.inspection?.modalities.map(({ columns }) => columns.length)).toEqual([2, 2]);
  });

  test('without such words is an error that says how to get two modalities', async () => {
    const error = await rejection(init({ 'body.csv': csv(body) }));
    expect(error).toMatchObject({
      code: 'too-few-modalities',
      message: expect.stringMatching(/Give a second table .* body_weight, body_height, blood_iron/),
    });
  });

  test('with several sheets has a modality for each', async () => {
    const table = (columns: Readonly<Record<string, Cells>>): (string | number)[][] => [
      Object.keys(columns),
      ...rows((row) => row).map((row) => Object.values(columns).map((cells) => cells[row as number])),
    ];
    const path = file('sheets/lab.xlsx', '');
    writeSheets(path, { Body: table(body), 'Blood values': table(blood) });
    const checked = await writeDraft([path], { out: file('sheets/study.yaml') });
    expect(parse(checked.text)).toMatchObject({
      modalities: { Body: { sheet: 'Body' }, Blood_values: { sheet: 'Blood values' } },
    });
    expect(checked.inspection?.complete).toBe(SUBJECTS);
  });
});

test('a table with fewer than two columns is left out, and named', async () => {
  const checked = await init({
    'body.csv': csv(body),
    'blood.csv': csv(blood),
    'type.csv': csv({ id: ids, type: rows((row) => ['A', 'B', 'C'][row % 3]) }),
  });
  expect(checked.draft.leftOut.map(({ name }) => name)).toEqual(['type']);
  expect(checked.text).toMatch(/# type\.csv has 0 columns to fit and is left out/);
});

test('names of columns that YAML would misread are in quotes', async () => {
  const odd = {
    id: ids,
    yes: measured(1),
    '1e3': measured(2),
    'a: b': measured(3),
    'c # d': rows((row) => row % 2),
    no: rows((row) => row % 2),
  };
  const checked = await init({ 'odd.csv': csv(odd), 'blood.csv': csv(blood) });
  expect(parse(checked.text)).toMatchObject({ modalities: { odd: { kinds: { 'c # d': 'binary', no: 'binary' } } } });
  expect(checked.problem).toBeUndefined();
});

describe('the command', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'command'), { recursive: true });
    writeFileSync(
      join(folder, 'command/body.csv'),
      csv({ ...body, smoker: rows((row) => row % 2), grade: rows((row) => row % 4) }),
    );
    writeFileSync(join(folder, 'command/blood.csv'), csv(blood));
  });
  const run = (...args: string[]) => interlatent(join(folder, 'command'), ['init', ...args]);

  test('prints what is certain, what is a guess, and the next steps; inspect reads the file', () => {
    const { code, out, err } = run('body.csv', 'blood.csv', '--out', 'first.yaml');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Written: first\.yaml \(2 modalities, 60 subjects\)/);
    expect(out).toMatch(/id: id \(certain: 60 of 60 ids are in all tables\)/);
    expect(out).toMatch(/certain, kinds: smoker binary/);
    expect(out).toMatch(/guess, kinds: grade ordinal/);
    expect(out).toMatch(/Next steps\n.*\ninterlatent inspect first\.yaml/);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(interlatent(join(folder, 'command'), ['inspect', 'first.yaml']).code).toBe(0);
  });

  test('prints JSON', () => {
    const { code, out } = run('body.csv', 'blood.csv', '--out', 'second.yaml', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      out: 'second.yaml',
      id: { column: 'id', certain: true },
      modalities: [{ name: 'body', latents: 1 }, { name: 'blood' }],
      check: { ok: true, subjects: SUBJECTS },
    });
  });

  test('refuses a file that is there, with a code', () => {
    const { code, err } = run('body.csv', 'blood.csv', '--out', 'first.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/error \[folder-exists\] first\.yaml already exists/);
  });

  test('says in the file and on the screen what inspect would stop at', () => {
    const few = (columns: Readonly<Record<string, Cells>>) => csv(columns).split('\n').slice(0, 9).join('\n');
    file('command/few1.csv', few(body));
    file('command/few2.csv', few(blood));
    const { code, out } = run('few1.csv', 'few2.csv', '--out', 'few.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/To do before a fit\n[^]*\[too-few-subjects\]/);
  });
});

describeWithData('nhanes', 'mixomics')('real tables', () => {
  const nhanes = (...names: string[]) => names.map((name) => join(dataFolder, 'nhanes', `${name}.csv.gz`));

  test('NHANES: two cycles are stacked, codes are proposed, and the study is read', async () => {
    const names = ['BMX', 'BIOPRO', 'SLQ'].flatMap((name) => [`2005-2006/${name}_D`, `2007-2008/${name}_E`]);
    const checked = await writeDraft(nhanes(...names), { out: file('nhanes/study.yaml') });
    expect(checked.draft.id).toMatchObject({ column: 'SEQN', certain: true });
    expect(checked.draft.modalities.map(({ name, files }) => [name, files.length])).toEqual([
      ['BMX', 2],
      ['BIOPRO', 2],
      ['SLQ', 2],
    ]);
    expect(about(checked, 'SLD010H')).toEqual([['missing', [77, 99], 'guess']]);
    expect(about(checked, 'SLQ050')).toEqual([
      ['missing', [7, 9], 'guess'],
      ['kinds', 'binary', 'guess'],
    ]);
    expect(checked.problem).toBeUndefined();
    const { inspection } = await readStudy(join(folder, 'nhanes/study.yaml'));
    expect(inspection.subjects).toBe(checked.inspection?.subjects);
  });

  test('breast cancer: ids are in a first column without a name; a table of one text is left out', async () => {
    const names = ['mirna', 'mrna', 'protein', 'subtype'];
    const paths = names.map((name) => join(dataFolder, `mixomics/breastTCGA_data.train_${name}.csv.gz`));
    const { draft, inspection } = await writeDraft(paths, { out: file('tcga/study.yaml') });
    expect(draft.id).toMatchObject({ column: '', certain: true });
    expect(draft.modalities.map(({ name }) => name)).toEqual(['mirna', 'mrna', 'protein']);
    expect(draft.leftOut.map(({ name }) => name)).toEqual(['subtype']);
    expect(inspection).toMatchObject({ subjects: 150, complete: 150 });
  });
});
