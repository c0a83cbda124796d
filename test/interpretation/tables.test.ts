// Result tables: the command, the library, and the files are the same table.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readTable } from '../../src/files/read-table.js';
import { RESULT_TABLES, resultTable, tableNamed, type ResultTable } from '../../src/interpretation/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder, file } = place;
/** Options that a table needs. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  enrichment: ['--sets', file('sets.gmt', 'FIRST\tx\tbody1\tbody2\tbody3\n'), '--min-genes', '2'],
};
const table = (run: string, name: string = '', ...flags: string[]) =>
  commandHere(['table', run, ...(name === '' ? [] : [name]), ...(OPTIONS[name] ?? []), ...flags], folder);

describe('interlatent table', () => {
  beforeAll(async () => {
    writeFactorStudy(place, { name: 'first', subjects: 200, seed: 1, ...TWO_FACTORS });
    const { code, err } = await commandHere(['fit', 'first/study.yaml', '--out', 'run', ...SHORT_FIT], folder);
    expect({ code, failed: err.includes('error') }).toEqual({ code: 0, failed: false });
  }, 170_000);

  test('lists all tables', async () => {
    const { code, out } = await table('run');
    expect(code).toBe(0);
    for (const name of Object.keys(RESULT_TABLES)) expect(out).toMatch(new RegExp(`^${name} +\\S`, 'm'));
    expect(Object.keys(RESULT_TABLES)).toEqual(
      (JSON.parse((await table('run', '--json')).out) as { tables: { name: string }[] }).tables.map(({ name }) => name),
    );
  });

  test.each(Object.keys(RESULT_TABLES))('%s: prints lines of 80 letters, and writes every format', async (name) => {
    const printed = await table('run', name);
    expect(printed).toMatchObject({ code: 0, err: '' });
    expect(printed.out.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([]);
    const result = JSON.parse((await table('run', name, '--format', 'json')).out) as ResultTable;
    expect(result.name).toBe(name);
    for (const row of result.rows) {
      expect(row.length).toBe(result.columns.length);
      for (const [c, cell] of row.entries()) {
        if (cell !== null) expect(typeof cell).toBe(result.columns[c].kind === 'text' ? 'string' : 'number');
      }
    }
    expect(new Set(result.columns.map((column) => column.name)).size).toBe(result.columns.length);
    for (const extension of ['csv', 'parquet']) {
      const path = file(`${name}.${extension}`);
      expect((await table('run', name, '--out', path)).out).toBe(`${result.rows.length} rows written to ${path}\n`);
      if (result.rows.length === 0) continue;
      const texts = result.columns.flatMap((column) => (column.kind === 'text' ? [column.name] : []));
      const read = await readTable(path, { text: texts });
      for (const [c, column] of result.columns.entries()) {
        const expected = result.rows.map((row) => row[c]);
        if (column.kind === 'text') expect([...read.texts(column.name)]).toEqual(expected.map((cell) => cell ?? ''));
        else expect([...read.numbers(column.name)]).toEqual(expected.map((cell) => cell ?? NaN));
      }
    }
    expect((await table('run', name, '--format', 'csv')).out).toBe(readFileSync(file(`${name}.csv`), 'utf8'));
    await using model = await MultimodalCausalModel.load(file('run'));
    if (tableNamed(name).needs.length === 0) {
      expect(await model.table(name as 'latents')).toEqual(result);
    }
  });

  test('writes all tables to a folder, and says which ones are missing and why', async () => {
    const all = await table('run', '', '--out', 'all');
    expect(all.code).toBe(0);
    expect(all.out).toContain(join('all', 'latents.csv'));
    expect(all.out).toContain('No table enrichment: ');
    // Each reason is there once.
    expect(all.out.replaceAll(/\s+/g, ' ')).toContain('No tables outcomes, survival and survival-curves: The study');
    expect(all.out.match(/has no outcomes/g)).toHaveLength(1);
    expect(readFileSync(file('all/latents.csv'), 'utf8')).toBe((await table('run', 'latents', '--format', 'csv')).out);
    const listed = JSON.parse((await table('run', '', '--out', 'json', '--json', '--format', 'json')).out) as {
      readonly files: readonly string[];
      readonly missing: Readonly<Record<string, string>>;
    };
    expect(listed.files.length + Object.keys(listed.missing).length).toBe(Object.keys(RESULT_TABLES).length);
    const variance = JSON.parse(readFileSync(file(join('json', 'variance.json')), 'utf8')) as ResultTable;
    expect(variance.name).toBe('variance');
  });

  test('refuses an unknown name with the nearest one, and Parquet without a file', async () => {
    const unknown = await table('run', 'latent');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('error [unknown-table] There is no table "latent" (did you mean \'latents\'?).');
    expect((await table('run', 'latents', '--format', 'parquet')).err).toContain('Name the file with --out');
    expect((await table('run', '', '--out', 'x.csv')).err).toContain('--out needs the name of a table');
    expect((await table('run', 'latents', '--study', 'nowhere.yaml')).err).toContain('error [missing-file]');
  });
});

test('cells that are not finite are unknown', () => {
  const column = { name: 'x', kind: 'number', description: '' } as const;
  const { rows } = resultTable({
    name: 'a',
    title: '',
    columns: [column],
    rows: [[NaN], [Infinity], [undefined], [1]],
    notes: [],
  });
  expect(rows).toEqual([[null], [null], [null], [1]]);
});
