// Unusual texts: quotes in names of genes, invalid dates, bytes that are not UTF-8, characters that look equal, and a
// Node without WebAssembly.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readCausalGraph } from '../../src/causal/index.js';
import { readTable } from '../../src/files/read-table.js';
import { timeReader } from '../../src/series/samples.js';
import { readStudy } from '../../src/study/study.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

test('a quote in the name of a gene is part of the name', async () => {
  mkdirSync(join(folder, 'tenx'));
  file('tenx/matrix.mtx', '%%MatrixMarket matrix coordinate integer general\n3 2 2\n1 1 5\n3 2 7\n');
  file('tenx/barcodes.tsv', 'AAA-1\nCCC-1\n');
  const features = ['ENSG1\t"odd\tGene Expression', 'ENSG2\t5" cap\tGene Expression', 'ENSG3\ta""b\tGene Expression'];
  file('tenx/features.tsv', `${features.join('\n')}\n`);
  const table = await readTable(join(folder, 'tenx'), { index: 'cell', text: ['cell'], keep: () => true });
  expect(table.columns).toEqual(['cell', '"odd', '5" cap', 'a""b']);
  expect([...table.numbers('"odd')]).toEqual([5, 0]);
});

test.each([
  ['2020-02-31', undefined],
  ['2021-02-29', undefined],
  ['2020-04-31T10:00', undefined],
  ['2020-02-30 10:00:00Z', undefined],
  ['2020-02-29', 1582934400],
  ['1970-01-02T00:00+01:00', 82800],
  ['2020-12-31T23:59:59.5Z', 1609459199.5],
])('the time %s is %p', (text, seconds) => {
  expect(timeReader(1)(text)).toBe(seconds);
});

describe('bytes that are not UTF-8', () => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const refused = (promise: Promise<unknown>, says: RegExp) =>
    expect(promise).rejects.toMatchObject({ code: 'damaged-file', message: expect.stringMatching(says) });

  test('in the name of a column are refused', () =>
    refused(
      readTable(file('header.csv', latin1('id,Größe\n1,2\n'))),
      /line 1: cell 2 is not UTF-8; save the table in/,
    ));

  test('in an id are refused, and never make two ids equal', async () => {
    const path = file('ids.csv', latin1('id,x\nJosé,1\nJosÉ,2\n'));
    await refused(readTable(path, { text: ['id'] }), /line 2: cell 1 is not UTF-8/);
  });

  test('in a cell that is not read do not matter', async () => {
    const table = await readTable(file('note.csv', latin1('id,x,note\n1,2,für\n')), { columns: ['x'] });
    expect([...table.numbers('x')]).toEqual([2]);
  });

  test('in a graph are refused', () =>
    refused(readCausalGraph(file('graph.dot', latin1('digraph { "ä" -> b }'))), /it is not UTF-8/));

  test('do not include valid UTF-8, which is read', async () => {
    const table = await readTable(file('utf8.csv', 'id,µmol/l\nJosé,1\n'), { text: ['id'], keep: () => true });
    expect([table.columns, table.texts('id')]).toEqual([['id', 'µmol/l'], ['José']]);
  });
});

test('ids that differ only in Unicode normalisation give an error that says so', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `${['José', 'Zoë', 'Renée', 'Chloé'][i % 4]} ${i}`);
  const table = (name: string, form: 'NFC' | 'NFD') =>
    file(name, `id,x,y\n${names.map((id, i) => `${id.normalize(form)},${i},${i % 2}`).join('\n')}\n`);
  table('composed.csv', 'NFC');
  table('apart.csv', 'NFD');
  const study = (second: string) => `study: s
id: id
modalities:
  a: { table: composed.csv, latents: 1 }
  b: { table: ${second}, latents: 1 }
`;
  await expect(readStudy(file('study.yaml', study('apart.csv')))).rejects.toMatchObject({
    code: 'no-common-subjects',
    message: expect.stringMatching(/ids that look equal differ in Unicode.*NFC.*NFD/),
  });
  file('others.csv', 'id,x,y\nAnna,1,2\nBerta,2,3\n');
  const other = await readStudy(file('other.yaml', study('others.csv'))).catch((error: unknown) => String(error));
  expect(other).not.toMatch(/Unicode/);
});

test('a Node without WebAssembly reports that graphs need it', () => {
  const program = `
    import { graphSvg, graphFromJson } from '${join(import.meta.dirname, '../../dist/index.js')}';
    const nodes = [{ name: 'a.z1', modality: 'a', index: 0 }];
    const json = { format: 'interlatent-graph', version: 1, runs: 1, nodes, edges: [], strengths: [[0]] };
    const graph = graphFromJson(JSON.stringify(json));
    await graphSvg(graph).catch(({ code, message }) => console.log(code, message));
  `;
  const args = ['--jitless', '--no-warnings', '--input-type=module', '-e', program];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  expect(output).toMatch(/^no-webassembly .*--jitless/);
});

test('a disposed model cannot be saved', async () => {
  const dataset = simulatedDataset(simulate('case1', { seed: 1, samples: 100, test: 20 }));
  const model = await MultimodalCausalModel.fit(dataset, {
    fit: 'joint',
    encoderRestarts: 1,
    epochs: 1,
    evidence: 'none',
  });
  await model.dispose();
  await expect(model.save(join(folder, 'late'))).rejects.toMatchObject({ code: 'disposed' });
});
