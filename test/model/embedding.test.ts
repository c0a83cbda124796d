// Features for backends: contexts of callbacks, known error codes, results with names, and awaited progress.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERROR_CODES } from '../../src/errors/error-codes.js';
import { graphFromJson } from '../../src/causal/index.js';
import type { Dataset } from '../../src/data/dataset.js';
import { readTable } from '../../src/files/read-table.js';
import { writeTable } from '../../src/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const BUILT = join(import.meta.dirname, '../../dist/index.js');
const FAST = { fit: 'joint', encoderRestarts: 1, epochs: 3, batch: 32, hidden: 8, evidence: 'none' } as const;

let dataset: Dataset;
let model: MultimodalCausalModel;

beforeAll(async () => {
  dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 100, test: 20 }));
  model = await MultimodalCausalModel.fit(dataset, FAST);
});

afterAll(() => model.dispose());

test('progress and logger have the context of the call, also from another thread', () => {
  // Only the built package has background threads.
  const script = file(
    'context.mjs',
    `import { AsyncLocalStorage } from 'node:async_hooks';
    import { MultimodalCausalModel, readStudy, simulate, writeSimulation } from ${JSON.stringify(BUILT)};
    const storage = new AsyncLocalStorage();
    await writeSimulation(simulate('case1', { seed: 1, samples: 80, test: 20 }), '${file('context')}');
    const study = await readStudy('${file('context')}/study.yaml');
    const seen = new Set();
    const note = (who) => () => seen.add(who + ' ' + storage.getStore());
    const logger = { info: note('log'), warn: note('log'), error: note('log') };
    await Promise.all(
      ['a', 'b'].map((name) =>
        storage.run(name, () =>
          MultimodalCausalModel.fit(study, { ...${JSON.stringify(FAST)}, onProgress: note(name), logger }),
        ),
      ),
    );
    console.log([...seen].sort().join());`,
  );
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8' });
  expect(output.trim()).toBe('a a,b b,log a,log b');
});

describe('codes of errors', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('error-codes.ts'))
    .map((path) => readFileSync(join('src', path), 'utf8'))
    .join('\n');

  test('are a sorted list, and each of them is thrown somewhere', () => {
    expect([...ERROR_CODES]).toEqual([...new Set(ERROR_CODES)].sort());
    // These codes consist of a word and the name of an option.
    const composed = ['unknown-rule', 'unknown-priority', 'unknown-test', 'unknown-algorithm', 'unknown-score'];
    const unused = ERROR_CODES.filter((code) => !composed.includes(code) && !sources.includes(`'${code}'`));
    expect(unused).toEqual([]);
  });
});

test('a graph has the JSON of graph.json, and is not changed by it', () => {
  const { graph } = model;
  const text = JSON.stringify({ graph });
  expect(text).not.toContain('{"0":');
  const again = graphFromJson(JSON.stringify((JSON.parse(text) as { graph: object }).graph));
  expect(again).toEqual(graph);
  expect(Object.keys(graph)).not.toContain('toJSON');
  expect(structuredClone(graph)).toEqual(graph);
});

test('latents have names, as columns for a table', async () => {
  const { ids, columns } = await model.encodeTable(dataset);
  const latents = await model.encode(dataset);
  expect(columns.map(({ name, modality }) => [name, modality])).toEqual([
    ['m1.z1', 'm1'],
    ['m1.z2', 'm1'],
    ['m2.z1', 'm2'],
    ['m2.z2', 'm2'],
  ]);
  for (const [i, { values }] of columns.entries()) {
    const modality = latents[i < 2 ? 'm1' : 'm2'];
    expect([...values]).toEqual(dataset.ids.map((_, row) => modality[2 * row + (i % 2)]));
  }
  for (const ending of ['csv', 'parquet', 'npz']) {
    const path = file(`latents.${ending}`);
    await writeTable(path, [{ name: 'id', values: ids }, ...columns]);
    const table = await readTable(path, { text: ['id'], keep: () => true });
    expect([table.texts('id'), table.columns]).toEqual([ids, ['id', 'm1.z1', 'm1.z2', 'm2.z1', 'm2.z2']]);
    expect(table.numbers('m2.z1')[3]).toBeCloseTo(columns[2].values[3], 6);
  }
  const part = { ...dataset, modalities: dataset.modalities.slice(1) };
  const some = await model.encodeTable(part, { partial: true });
  expect(some.columns.map(({ name }) => name)).toEqual(['m2.z1', 'm2.z2']);
  await expect(writeTable(file('latents.txt'), columns)).rejects.toMatchObject({ code: 'unknown-format' });
});

describe('a started fit', () => {
  test('reports its progress on request, and ends with the model', async () => {
    const { progress, model: fitted } = MultimodalCausalModel.start(dataset, FAST);
    const epochs: number[] = [];
    for await (const { epoch } of progress) epochs.push(epoch);
    expect(epochs.length).toBeGreaterThan(0);
    await using finished = await fitted;
    expect(finished.graph).toEqual(model.graph);
  });

  test('rejects both progress and model if it fails, without an unhandled rejection', async () => {
    const { progress, model: fitted } = MultimodalCausalModel.start(dataset, { ...FAST, epochs: -1 });
    await expect(
      (async () => {
        for await (const _ of progress);
      })(),
    ).rejects.toMatchObject({ code: 'invalid-setting' });
    await expect(fitted).rejects.toMatchObject({ code: 'invalid-setting' });
    const reason = new Error('enough');
    const stopped = MultimodalCausalModel.start(dataset, { ...FAST, signal: AbortSignal.abort(reason) });
    await expect(stopped.model).rejects.toBe(reason);
  });
});
