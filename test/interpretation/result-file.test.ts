// Results of a fit for other programs: workbook, AnnData, MuData. All are made of the result tables.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { readTable } from '../../src/files/read-table.js';
import { withHdf5 } from '../../src/files/hdf5.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder, file } = place;
const exported = (...flags: string[]) => commandHere(['export', 'run', ...flags], folder);

beforeAll(async () => {
  writeFactorStudy(place, { name: 'first', subjects: 200, seed: 1, ...TWO_FACTORS });
  const { code } = await commandHere(['fit', 'first/study.yaml', '--out', 'run', ...SHORT_FIT], folder);
  expect(code).toBe(0);
}, 170_000);

describe('a workbook', () => {
  test('has the conclusions, every table, and the meaning of the columns', async () => {
    const path = file('results.xlsx');
    const { code, out } = await exported('--format', 'xlsx', '--out', path);
    expect({ code, written: out.split('\n')[0] }).toEqual({ code: 0, written: `Written to ${path}` });
    const names = await readTable(path, { sheet: 'latents', columns: [], text: ['latent'] });
    await using model = await MultimodalCausalModel.load(file('run'));
    expect(names.texts('latent')).toEqual(model.graph.nodes.map(({ name }) => name));
    const { columns } = await model.table('latents');
    const meaning = await readTable(path, { sheet: 'columns', columns: [], text: ['sheet', 'column', 'meaning'] });
    expect(meaning.texts('meaning').slice(0, columns.length)).toEqual(columns.map(({ description }) => description));
  });
});

describe('an object of AnnData', () => {
  const path = file('results.h5ad');
  const parts = async (part: string, columns?: readonly string[]) => {
    const table = await readTable(path, { part, index: 'id', text: ['id'], ...(columns && { columns: [...columns] }) });
    return { ids: table.texts('id'), table };
  };

  beforeAll(async () => {
    expect((await exported('--format', 'h5ad', '--out', path)).code).toBe(0);
  });

  test('has the standardised data by the names of the columns', async () => {
    const { dataset } = await readStudy(file('first/study.yaml'));
    const { ids, table } = await parts('X');
    expect(ids).toEqual(dataset.ids);
    for (const { columns, values } of dataset.modalities) {
      for (const [c, column] of columns.entries()) {
        expect([...table.numbers(column.name)]).toEqual(dataset.ids.map((_, row) => values[row * columns.length + c]));
      }
    }
  });

  test('has the name of the modality before a column name that several modalities have', async () => {
    const { dataset } = await readStudy(file('first/study.yaml'));
    const modalities = dataset.modalities.map((modality) => ({
      ...modality,
      columns: modality.columns.map((column) => ({ ...column, name: column.name.replace('blood', 'body') })),
    }));
    await using model = await MultimodalCausalModel.load(file('run'));
    await model.exportResults(file('same-names.h5ad'), 'h5ad', { study: { ...dataset, modalities } });
    const { available } = await readTable(file('same-names.h5ad'), { part: 'X', columns: [] });
    expect(available).toEqual(expect.arrayContaining(['body:body1', 'blood:body1', 'blood:body5', 'body6']));
  });

  test('has the out-of-fold latents of latents.csv, by subject', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    const names = model.graph.nodes.map(({ name }) => name);
    const known = await readTable(file('run/latents.csv'), { columns: names, text: ['id'] });
    const { ids, table } = await parts('obsm/X_interlatent');
    const position = new Map(known.texts('id').map((id, row) => [id, row]));
    for (const [k, name] of names.entries()) {
      const expected = ids.map((id) => Math.fround(known.numbers(name)[position.get(id)!]));
      expect([...table.numbers(`X_interlatent${k + 1}`)]).toEqual(expected);
    }
  });

  test('has the graph, the conclusions and the tables in uns', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    const latents = await model.table('latents');
    await withHdf5(path, async (opened) => {
      const at = 'uns/interlatent';
      expect(await opened.vector(`${at}/latents`)).toEqual(model.graph.nodes.map(({ name }) => name));
      expect(await opened.vector(`${at}/sentences`)).toEqual((await model.conclusions()).sentences);
      expect(opened.kind(`${at}/graph`)).toBe('dataset');
      const frame = `${at}/tables/latents`;
      expect(opened.attribute(frame, 'column-order')).toEqual(latents.columns.map(({ name }) => name));
    });
  });
});

test('an object of MuData has a part for each modality', async () => {
  const path = file('results.h5mu');
  expect((await exported('--format', 'h5mu', '--out', path)).code).toBe(0);
  const { dataset } = await readStudy(file('first/study.yaml'));
  for (const { name, columns } of dataset.modalities) {
    const table = await readTable(path, { part: name, columns: columns.map((column) => column.name) });
    expect(table.rows).toBe(dataset.ids.length);
  }
});

test('an object without subjects is refused, and options are refused where they mean nothing', async () => {
  await using model = await MultimodalCausalModel.load(file('run'));
  await expect(model.exportResults(file('no.h5ad'), 'h5ad')).rejects.toMatchObject({ code: 'no-study' });
  const refused = [
    ['--format', 'xlsx', '--out', 'x.xlsx', '--licence', 'MIT'],
    ['--format', 'onnx', '--out', 'x.onnx', '--study', 's.yaml'],
    ['--format', 'onnx', '--out', 'x.onnx', '--sets', 's.gmt'],
  ];
  for (const flags of refused) expect((await exported(...flags)).err).toContain('invalid-option');
});

describe('gene sets', () => {
  const sets = (): string => file('sets.gmt', 'FIRST\t\tbody1\tbody2\tbody3\tbody4\tbody5\n');

  test('are a sheet of a workbook', async () => {
    const path = file('sets.xlsx');
    const { out } = await exported('--format', 'xlsx', '--out', path, '--sets', sets());
    expect(out).not.toContain('No table enrichment');
    const { rows } = await readTable(path, { sheet: 'enrichment', columns: ['q'] });
    expect(rows).toBeGreaterThan(0);
  });

  test('are a table in uns, also with the library', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    const study = await readStudy(file('first/study.yaml'));
    const { tables } = await model.exportResults(file('sets.h5ad'), 'h5ad', { study, sets: sets() });
    expect(tables).toContain('enrichment');
    expect((await exported('--format', 'h5mu', '--out', file('sets.h5mu'), '--sets', sets())).code).toBe(0);
    for (const name of ['sets.h5ad', 'sets.h5mu']) {
      await withHdf5(file(name), async (opened) => {
        const names = await opened.vector('uns/interlatent/tables/enrichment/set');
        expect(new Set(names as string[])).toEqual(new Set(['FIRST']));
      });
    }
  });

  test('are missing with the remedy if none were passed', async () => {
    const { out } = await exported('--format', 'xlsx', '--out', file('none.xlsx'));
    expect(out.replaceAll('\n', ' ')).toContain('No table enrichment: The table "enrichment" needs gene sets.');
  });
});
