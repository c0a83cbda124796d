// Tables as real programs write them: row names without a header, words as codes, cells like `<0.5`, other delimiters,
// decimal commas, subjects in columns, barcodes, no ids.

import { describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { InputError } from '../../src/errors/errors.js';
import { readTable } from '../../src/files/read-table.js';
import { readStudyVariables } from '../../src/study/reading/variables.js';
import { readStudy, type Study } from '../../src/study/study.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const SUBJECTS = 40;
const next = generator(38);
const ids = Array.from({ length: SUBJECTS }, (_, i) => `p${String(i).padStart(2, '0')}`);
/** Rounds to two decimals, so that the text in a file equals the number. */
const numbers = (scale = 10) => ids.map(() => Math.round(100 * scale * next()) / 100);
const [age, weight, iron, sugar] = [numbers(50), numbers(80), numbers(), numbers()];
const lines = (rows: readonly (readonly (string | number)[])[], delimiter = ',') =>
  `${rows.map((row) => row.join(delimiter)).join('\n')}\n`;

/** Second modality of every study: ids `p00` to `p39` in a named column. */
file('plain.csv', lines([['id', 'iron', 'sugar'], ...ids.map((id, i) => [id, iron[i], sugar[i]])]));

const yaml = (table: string, { id = 'id', plain = 'table: plain.csv', more = '' } = {}) => `study: met
id: ${id}
modalities:
  met: { ${table}, latents: 1 }
  plain: { ${plain}, latents: 1 }
${more}`;

const read = (text: string): Promise<Study> => readStudy(file('study.yaml', text));

/** Values of a column of the first modality in the units of the file, by subject. */
function values({ dataset }: Study, column: string): Record<string, number> {
  const { columns, values: all } = dataset.modalities[0];
  const at = columns.findIndex(({ name }) => name === column);
  const { mean, sd } = columns[at];
  return Object.fromEntries(dataset.ids.map((id, row) => [id, all[row * columns.length + at] * sd + mean]));
}

function expectValues(study: Study, column: string, expected: readonly (number | undefined)[], subjects = ids): void {
  const actual = values(study, column);
  expect(Object.keys(actual).sort()).toEqual(subjects.filter((_, i) => expected[i] !== undefined).sort());
  for (const [i, id] of subjects.entries()) {
    const value = expected[i];
    if (value !== undefined) expect(actual[id]).toBeCloseTo(value, 3);
  }
}

const refusal = async (text: string): Promise<InputError> => {
  const error: unknown = await read(text).catch((cause: unknown) => cause);
  if (!(error instanceof InputError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};

describe('a first column without a name', () => {
  // write.csv(d); d.to_csv() of pandas; write.table(d), whose header lacks a cell.
  const r = lines([['""', '"age"', '"weight"'], ...ids.map((id, i) => [`"${id}"`, age[i], weight[i]])]);
  const pandas = lines([['', 'age', 'weight'], ...ids.map((id, i) => [id, age[i], weight[i]])]);
  const short = lines([['"age"', '"weight"'], ...ids.map((id, i) => [`"${id}"`, age[i], weight[i]])], ' ');

  test.each([
    ['write.csv of R', 'r.csv', r],
    ['to_csv of pandas', 'pandas.csv', pandas],
    ['write.table of R', 'short.txt', short],
    ['write.table of R, gzipped', 'short.txt.gz', gzipSync(short)],
  ])('is the id if the study says so, and inspect reports it: %s', async (_, name, content) => {
    file(name, content);
    const study = await read(yaml(`table: ${name}, id: ''`));
    expectValues(study, 'age', age);
    expect(study.inspection.modalities.map(({ id }) => id)).toEqual(['the first column, which has no name', undefined]);
  });

  test('can be the id of the whole study', async () => {
    file('r.csv', r);
    file('other.csv', pandas.replace('age,weight', 'a,b'));
    const study = await read(yaml('table: r.csv', { id: "''", plain: 'table: other.csv' }));
    expectValues(study, 'weight', weight);
  });

  test('is never used without a request: row numbers would join different subjects', async () => {
    file('r.csv', r);
    expect((await refusal(yaml('table: r.csv'))).message).toMatch(/no column 'id'.*first column has no name.*''/);
    file('short.csv', lines([['age', 'weight'], ...ids.map((id, i) => [id, age[i], weight[i]])]));
    expect((await refusal(yaml('table: short.csv'))).message).toMatch(/no column 'id'|line 2: .*number of cells/);
    expect((await refusal(yaml("table: plain.csv, id: ''"))).message).toMatch(/first column of .* has a name: 'id'/);
  });
});

describe('codes that are words', () => {
  const smoker = ids.map((_, i) => ['yes', 'no', '1', 'n/a', '-'][i % 5]);
  const meaning = ids.map((_, i) => [1, 0, 1, undefined, undefined][i % 5]);
  const table = () =>
    file('words.csv', lines([['id', 'smoker', 'age'], ...ids.map((id, i) => [id, smoker[i], age[i]])]));

  test.each([
    ['by column', 'missing: { smoker: ["-", n/a] }, recode: { smoker: { yes: 1, no: 0 } }'],
    ['for all columns', 'missing: [NA, "-", n/a, -9], recode: { yes: 1, no: 0 }'],
    ['null in recode', 'recode: { smoker: { yes: 1, no: 0, "-": null, n/a: null } }'],
  ])('become numbers or missing values, %s', async (_, keys) => {
    table();
    expectValues(await read(yaml(`table: words.csv, ${keys}`, { more: 'missing: drop' })), 'smoker', meaning);
  });

  test('cause an error with the remedy if the study does not explain them', async () => {
    table();
    const { code, message } = await refusal(yaml('table: words.csv, recode: { smoker: { yes: 1 } }'));
    expect(code).toBe('not-numeric');
    expect(message).toMatch(/row 2 holds "no".*missing: \{ "smoker": \["no"\] \} or recode: \{ "smoker"/);
  });

  test('are refused if their number is also a code, which would be replaced twice', async () => {
    table();
    const { code, message } = await refusal(yaml('table: words.csv, recode: { smoker: { yes: 1, no: 2, 1: 2 } }'));
    expect([code, message]).toEqual(['invalid-study', expect.stringMatching(/makes 'yes' 1, which is itself a code/)]);
  });

  test.each([
    ['R', 'TRUE', 'FALSE'],
    ['pandas', 'True', 'False'],
  ])('include TRUE and FALSE as %s writes them', async (_, yes, no) => {
    const logical = ids.map((_id, i) => (i % 3 === 0 ? yes : no));
    file(
      'logical.csv',
      lines([['id', 'ill', 'age', 'weight'], ...ids.map((id, i) => [id, logical[i], age[i], weight[i]])]),
    );
    const study = await read(yaml('table: logical.csv, recode: { ill: { TRUE: 1, FALSE: 0 } }'));
    expectValues(
      study,
      'ill',
      ids.map((_id, i) => Number(i % 3 === 0)),
    );
    expect((await read(yaml('table: logical.csv'))).inspection.modalities[0].textColumns).toEqual(['ill']);
    const { message } = await refusal(yaml('table: logical.csv, columns: [ill, age]'));
    expect(message).toMatch(/recode: \{ "ill": \{ TRUE: 1, FALSE: 0 \} \}/);
  });
});

describe('laboratory values', () => {
  const crp = ids.map((_, i) => (i % 10 === 0 ? '<0.5' : i % 10 === 1 ? '> 100' : String(1 + i / 4)));
  const share = iron.map((value) => `${value}%`);
  const table = () =>
    file('lab.csv', lines([['id', 'crp', 'share', 'age'], ...ids.map((id, i) => [id, crp[i], share[i], age[i]])]));

  test('<0.5 becomes 0.5 / √2 and >100 becomes 100 if the study says so, and both are counted', async () => {
    table();
    const study = await read(yaml('table: lab.csv, censored: [crp], percent: [share]'));
    expectValues(
      study,
      'crp',
      ids.map((_, i) => (i % 10 === 0 ? 0.5 / Math.SQRT2 : i % 10 === 1 ? 100 : 1 + i / 4)),
    );
    expectValues(study, 'share', iron);
    expect(study.inspection.modalities[0].censored).toEqual([{ column: 'crp', below: 4, above: 4 }]);
    expectValues(await read(yaml('table: lab.csv, censored: true, percent: [share]')), 'share', iron);
  });

  test('otherwise cause errors that name the key', async () => {
    table();
    expect((await refusal(yaml('table: lab.csv'))).message).toMatch(/row 1 holds "<0\.5".*censored: \["crp"\]/);
    const { message } = await refusal(yaml('table: lab.csv, columns: [age, share]'));
    expect(message).toMatch(/percent: \["share"\]/);
  });

  test('cause errors for percentages and shares in one column, and for a limit that is not a number', async () => {
    const mixed = share.map((cell, i) => (i === 7 ? '0.12' : cell));
    file('mixed.csv', lines([['id', 'share', 'age'], ...ids.map((id, i) => [id, mixed[i], age[i]])]));
    expect((await refusal(yaml('table: mixed.csv, percent: [share]'))).message).toMatch(/row 8 holds "0\.12"/);
    const odd = crp.map((cell, i) => (i === 3 ? '<limit' : cell));
    file('odd.csv', lines([['id', 'crp', 'age'], ...ids.map((id, i) => [id, odd[i], age[i]])]));
    expect((await refusal(yaml('table: odd.csv, censored: [crp]'))).message).toMatch(/row 4 holds "<limit"/);
    expect((await refusal(yaml('table: plain.csv, censored: [iorn]'))).message).toMatch(/'iorn'.*did you mean 'iron'/);
  });
});

describe('delimiters and decimal commas', () => {
  const comma = (value: number) => String(value).replace('.', ',');
  const rows = [['id', 'age', 'weight'], ...ids.map((id, i) => [id, age[i], weight[i]])];

  test.each([
    ['tabs in .tsv', 'met.tsv', '\t'],
    ['tabs in .csv', 'tabs.csv', '\t'],
    ['tabs in .txt', 'tabs.txt', '\t'],
    ['semicolons', 'semi.csv', ';'],
    ['spaces in .txt', 'spaces.txt', ' '],
    ['commas in .txt', 'commas.txt', ','],
  ])('%s are recognised in the header', async (_, name, delimiter) => {
    file(name, lines(rows, delimiter));
    expectValues(await read(yaml(`table: ${name}`)), 'weight', weight);
  });

  test('a delimiter that is not in the header can be set', async () => {
    const hidden = [['id', 'age, years', 'weight'], ...rows.slice(1)];
    file('hidden.csv', lines(hidden, ';'));
    expectValues(await read(yaml("table: hidden.csv, delimiter: ';'")), 'age, years', age);
    expect((await refusal(yaml('table: hidden.csv, delimiter: ":"'))).message).toMatch(
      /delimiter must be one of ",", ";"/,
    );
  });

  test('semicolons and decimal commas of write.csv2 of R are read', async () => {
    const text = lines([rows[0], ...ids.map((id, i) => [id, comma(age[i]), comma(weight[i])])], ';');
    file('csv2.csv', text);
    expectValues(await read(yaml("table: csv2.csv, decimal: ','")), 'age', age);
    expect((await refusal(yaml('table: csv2.csv, columns: [age, weight]'))).message).toMatch(/decimal: ','/);
  });

  test('a comma, or a point with decimal: comma, never separates thousands', async () => {
    const quoted = (cell: (i: number) => string) =>
      lines([rows[0], ...ids.map((id, i) => [id, `"${cell(i)}"`, weight[i] + 0.5])]);
    file(
      'thousands.csv',
      quoted((i) => `1,${100 + i}`),
    );
    const { message } = await refusal(yaml('table: thousands.csv, columns: [age, weight]'));
    expect(message).toMatch(/row 1 holds "1,100"/);
    file('points.csv', lines([rows[0], ...ids.map((id, i) => [id, `1.${100 + i}`, comma(weight[i])])], ';'));
    expect((await refusal(yaml("table: points.csv, decimal: ',', columns: [age, weight]"))).code).toBe('not-numeric');
  });

  test('a requested column name with a semicolon is one column', async () => {
    const table = await readTable(file('one.csv', 'a;b\n1\n2\n'), { columns: ['a;b'] });
    expect(table.numbers('a;b')).toEqual(Float64Array.of(1, 2));
  });
});

describe('transposed tables', () => {
  const genes = ['TP53', 'BRCA1', 'EGFR'];
  const levels = genes.map(() => numbers());

  test.each([
    ['a header with a corner', 'genes.tsv', ['gene', ...ids]],
    ['a header of subjects alone', 'short.tsv', ids],
    ['a corner without a name', 'corner.csv', ['', ...ids]],
  ])('have genes in rows and subjects in columns: %s', async (_, name, header) => {
    const delimiter = name.endsWith('.tsv') ? '\t' : ',';
    file(name, lines([header, ...genes.map((gene, g) => [gene, ...levels[g]])], delimiter));
    const study = await read(yaml(`table: ${name}, transposed: true`));
    expect(study.dataset.modalities[0].columns.map((column) => column.name)).toEqual(genes);
    for (const [g, gene] of genes.entries()) expectValues(study, gene, levels[g]);
    expect(study.inspection.modalities[0]).toMatchObject({ id: 'the header', stacked: [SUBJECTS] });
    const some = await read(yaml(`table: ${name}, transposed: true, columns: [EGFR, TP53]`));
    expectValues(some, 'EGFR', levels[2]);
    const { message } = await refusal(yaml(`table: ${name}, transposed: true, columns: [EGFR, TP54]`));
    expect(message).toMatch(/'TP54'.*did you mean 'TP53'/);
  });

  test('cause errors for a repeated gene, a repeated subject and another format', async () => {
    const header = ['gene', ...ids];
    const rows = genes.map((gene, g) => [gene, ...levels[g]]);
    file('twice.csv', lines([header, ...rows, rows[0]]));
    expect(await refusal(yaml('table: twice.csv, transposed: true'))).toMatchObject({ code: 'duplicate-column' });
    file('again.csv', lines([['gene', ...ids.slice(1), 'p05'], ...rows]));
    expect(await refusal(yaml('table: again.csv, transposed: true'))).toMatchObject({ code: 'duplicate-id' });
    file('genes.npz', 'x');
    expect((await refusal(yaml('table: genes.npz, transposed: true'))).message).toMatch(/subjects in rows/);
  });
});

describe('ids of several forms', () => {
  const tcga = ids.map((_, i) => `TCGA-A1-${1000 + i}`);
  const joined = (id: string, idOf: (subject: string) => string, table = '') => {
    file('barcodes.csv', lines([['id', 'age', 'weight'], ...tcga.map((one, i) => [idOf(one), age[i], weight[i]])]));
    file('patients.csv', lines([['id', 'iron', 'sugar'], ...tcga.map((one, i) => [one, iron[i], sugar[i]])]));
    return yaml(`table: barcodes.csv${table}`, { id, plain: 'table: patients.csv' });
  };

  test.each([
    ['the first characters', '{ column: id, keep: 12 }', '', (one: string) => `${one}-01A-11R`],
    [
      'names that R changed',
      'id',
      ', id: { replace: { ".": "-", X: "" } }',
      (one: string) => `X${one}`.replaceAll('-', '.'),
    ],
    ['another case', '{ column: id, case: upper }', '', (one: string) => one.toLowerCase()],
    [
      'all of it',
      'id',
      ', id: { replace: { _: "-" }, case: upper, keep: 12 }',
      (one: string) => `${one}_01`.toLowerCase(),
    ],
  ])('are joined: %s', async (_, id, table, idOf) => {
    expectValues(await read(joined(id, idOf, table)), 'age', age, tcga);
  });

  test('without a rule match no subject, and the error shows both forms and the rules', async () => {
    const { code, message } = await refusal(joined('id', (one) => `${one}-01A`));
    expect(code).toBe('no-common-subjects');
    expect(message).toMatch(/TCGA-A1-1000-01A.*TCGA-A1-1000, .*replace, keep, case/);
  });

  test('do not silently merge two samples of a subject', async () => {
    expect(await refusal(joined('{ column: id, keep: 11 }', (one) => one))).toMatchObject({ code: 'duplicate-id' });
  });

  test.each([
    ['no column', '{ keep: 3 }', /id names no column/],
    ['rows and a column', '{ rows: true, column: id }', /rows: true, so nothing else/],
    ['a misspelled rule', '{ column: id, kep: 3 }', /unknown key 'id\.kep' \(did you mean 'keep'\?\)/],
    ['nothing to keep', '{ column: id, keep: 0 }', /id\.keep must be at least 1, not 0/],
    ['a list', '[id]', /id must be the name of a column, or a map/],
  ])('%s is refused', async (_, id, message) => {
    expect((await refusal(yaml('table: plain.csv', { id }))).message).toMatch(message);
  });
});

describe('tables without ids', () => {
  const rows = { id: '{ rows: true }', plain: 'table: bare.csv' };
  const numbered = ids.map((_, i) => String(i + 1));
  const write = (count = SUBJECTS) => {
    file('bare.csv', lines([['iron', 'sugar'], ...ids.slice(0, count).map((_, i) => [iron[i], sugar[i]])]));
    file('met.csv', lines([['age', 'weight'], ...ids.map((_, i) => [age[i], weight[i]])]));
  };

  test('are joined by row number if the study says so', async () => {
    write();
    const study = await read(yaml('table: met.csv', rows));
    expectValues(study, 'age', age, numbered);
    expect(study.inspection.modalities[1].id).toBe('number of the row');
    // A removed row does not change the numbers of the other rows.
    const some = await read(yaml('table: met.csv, missing: { age: [-1] }, where: { weight: { from: 8 } }', rows));
    expect(some.dataset.ids).toEqual(numbered.filter((_, i) => weight[i] >= 8));
  });

  test('of different lengths are refused', async () => {
    write(SUBJECTS - 1);
    const { code, message } = await refusal(yaml('table: met.csv', rows));
    expect(code).toBe('rows-disagree');
    expect(message).toMatch(/study\.yaml:2:5: .*bare\.csv of 'plain' has 39 rows and another table has 40/);
  });

  test('are joined by row number in a discovery too', async () => {
    write();
    file('person.csv', lines([['sex'], ...ids.map((_, i) => [i % 2])]));
    const more = 'discovery: { variables: { person: { table: person.csv } } }\n';
    const path = file('study.yaml', yaml('table: met.csv', { ...rows, more }));
    const { variables } = await readStudyVariables(path, ['2', '1', '40'], { rows: SUBJECTS });
    expect(Array.from(variables[0].values)).toEqual([1, 0, 1]);
    await expect(readStudyVariables(path, ['1'], { rows: 41 })).rejects.toMatchObject({ code: 'rows-disagree' });
  });
});
