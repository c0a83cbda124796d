// A shared model: the ids of people are in one file, and a RUN folder without it is complete except for what needs ids.
// Users of the model can encode studies that lack a modality, and rows of JSON.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { encodeCommand } from '../../src/cli/encode.js';
import { evaluateCommand } from '../../src/cli/evaluate.js';
import { readStudy, type Study } from '../../src/study/study.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { Row } from '../../src/data/row.js';
import { scratch } from '../fixtures/scratch.js';

const SMALL = { fit: 'joint', encoderRestarts: 1, epochs: 2, batch: 64, hidden: 8 } as const;

const { folder } = scratch();
const run = join(folder, 'run');
let study: Study;
let model: MultimodalCausalModel;

beforeAll(async () => {
  const simulation = simulate('case1', { seed: 3, samples: 300, test: 100 });
  await writeSimulation(simulation, join(folder, 'data'));
  // Ids that cannot occur elsewhere by accident.
  for (const name of readdirSync(join(folder, 'data')).filter((file) => file.endsWith('.csv'))) {
    const path = join(folder, 'data', name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^(s?\d+),/gm, 'person-$1,'));
  }
  study = await readStudy(join(folder, 'data', 'study.yaml'));
  model = await MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', threads: 1 });
  await model.save(run);
});

const copy = (name: string): string => {
  const path = join(folder, name);
  cpSync(run, path, { recursive: true });
  return path;
};
const evaluateRun = (path: string) =>
  evaluateCommand()
    .exitOverride()
    .parseAsync(['node', 'evaluate', path, '--truth', join(folder, 'data/truth.npz')]);

describe('ids of people', () => {
  test('are only in subjects.json', () => {
    const named = readdirSync(run).filter((name) => readFileSync(join(run, name)).includes('person-'));
    expect(named).toEqual(['subjects.json']);
    const { heldOut } = JSON.parse(readFileSync(join(run, 'subjects.json'), 'utf8')) as { heldOut: string[] };
    expect(heldOut).toEqual(Array.from(study.dataset.split.test, (row) => study.dataset.ids[row]));
    expect(model.heldOut).toEqual(heldOut);
  });

  test('are not needed to load a RUN, encode, report, and save it again', async () => {
    const shared = copy('given');
    rmSync(join(shared, 'subjects.json'));
    await using loaded = await MultimodalCausalModel.load(shared);
    expect(loaded.heldOut).toBeUndefined();
    expect(await loaded.encode(study.dataset)).toEqual(await model.encode(study.dataset));
    expect(await loaded.report({ study })).toMatch(/\d+ were held out/);
    // Save over a folder that has other subjects.
    const target = copy('target');
    await loaded.save(target);
    expect(existsSync(join(target, 'subjects.json'))).toBe(false);
  });

  test('are requested by evaluate, which says where they are', async () => {
    const shared = copy('unknown');
    rmSync(join(shared, 'subjects.json'));
    await expect(evaluateRun(shared)).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringMatching(/subjects\.json is missing: it names the subjects that were held out/),
    });
  });

  test('are refused if they are damaged or belong to another fit', async () => {
    const mixed = copy('mixed');
    const path = join(mixed, 'subjects.json');
    const subjects = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    for (const content of [{ ...subjects, fingerprint: '0' }, { ...subjects, heldOut: 3 }, [], 3]) {
      writeFileSync(path, JSON.stringify(content));
      await expect(MultimodalCausalModel.load(mixed)).rejects.toMatchObject({ code: 'damaged-file' });
    }
    writeFileSync(path, '{');
    await expect(MultimodalCausalModel.load(mixed)).rejects.toMatchObject({ code: 'damaged-file' });
  });
});

/** Returns rows of JSON with the columns of the data set, in the units of the tables. */
const jsonRows = (count: number, names = ['m1', 'm2']): Record<string, Record<string, number>>[] =>
  Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      study.dataset.modalities
        .filter(({ name }) => names.includes(name))
        .map(({ name, columns, values }) => [
          name,
          Object.fromEntries(
            columns.map(({ name: column, mean, sd }, c) => [column, values[row * columns.length + c] * sd + mean]),
          ),
        ]),
    ),
  );

describe('a study that lacks a modality', () => {
  const encode = async (name: string, modalities: string) => {
    const path = join(folder, 'data', name);
    writeFileSync(path, `study: part\nid: id\nmodalities:\n${modalities}`);
    const part = await readStudy(path, { scales: model.columnScales, partial: true });
    return { dataset: part.dataset, latents: await model.encode(part.dataset, { partial: true }) };
  };

  test('has the latents of the present modalities, bit by bit', async () => {
    const all = await model.encode(study.dataset);
    for (const only of ['m1', 'm2']) {
      const { dataset, latents } = await encode('part.yaml', `  ${only}: { table: ${only}.csv, latents: 2 }\n`);
      expect(dataset.ids).toEqual(study.dataset.ids);
      expect(latents).toEqual({ [only]: all[only] });
    }
  });

  test('is encoded by the command line, which names the left out modalities', async () => {
    const path = join(folder, 'data', 'only.yaml');
    writeFileSync(path, 'study: part\nid: id\nmodalities:\n  m2: { table: m2.csv, latents: 2 }\n');
    const out = join(folder, 'only.csv');
    const written: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    try {
      await encodeCommand().parseAsync(['node', 'encode', run, path, '--out', out, '--json']);
      await encodeCommand().parseAsync(['node', 'encode', run, path, '--out', out]);
    } finally {
      write.mockRestore();
    }
    expect(JSON.parse(written[0])).toMatchObject({ columns: ['m2.z1', 'm2.z2'], leftOut: ['m1'] });
    expect(written.slice(1).join('')).toMatch(/left out, not in the study: m1\n/);
    expect(readFileSync(out, 'utf8')).toMatch(/^id,m2\.z1,m2\.z2\n/);
  });

  test('is refused without the option, if a name is misspelled, or if no modality remains', async () => {
    const m2 = '  m2: { table: m2.csv, latents: 2 }\n';
    await expect(encode('odd.yaml', `  m11: { table: m1.csv, latents: 2 }\n${m2}`)).rejects.toMatchObject({
      code: 'modality-mismatch',
      message: expect.stringMatching(/needs modality 'm1' \(did you mean 'm11'/),
    });
    await expect(encode('none.yaml', '  x: { table: m1.csv, latents: 2 }\n')).rejects.toMatchObject({
      code: 'modality-mismatch',
    });
    const { dataset } = await encode('part.yaml', m2);
    await expect(model.encode(dataset)).rejects.toMatchObject({ code: 'modality-mismatch' });
    await expect(model.encode({ ...dataset, modalities: [] }, { partial: true })).rejects.toMatchObject({
      code: 'modality-mismatch',
    });
  });

  test('is refused if its latents are shared, because they are a mean over their modalities', async () => {
    const tied = simulatedDataset(simulate('shared2', { seed: 1, samples: 100, test: 10 }));
    await using fitted = await MultimodalCausalModel.fit(tied, {
      ...{
        encoderRestarts: 1,
        epochs: 1,
        batch: 64,
        hidden: 8,
        componentRestarts: 2,
        componentSteps: 5,
        polish: 0,
        threads: 1,
      },
      ...{ subspaces: 'network', evidence: 'none' },
    });
    const part = { ...tied, modalities: tied.modalities.slice(0, 1) };
    await expect(fitted.encode(part, { partial: true })).rejects.toThrow(/mean over these modalities: "m2" cannot/);
  });
});

describe('rows of JSON', () => {
  test('have the same latents as the same subjects in a table, by modality', async () => {
    const all = await model.encode(study.dataset);
    const encoded = await model.encodeRows(jsonRows(5));
    for (const name of ['m1', 'm2']) {
      expect(encoded[name]).toHaveLength(10);
      for (const [i, value] of encoded[name].entries()) expect(value).toBeCloseTo(all[name][i], 4);
    }
    const part = await model.encodeRows(jsonRows(5, ['m2']), { partial: true });
    expect(part).toEqual({ m2: encoded['m2'] });
  });

  const changed = (change: (row: Record<string, Record<string, unknown>>) => void): Row[] => {
    const rows = jsonRows(3);
    change(rows[2]);
    return rows;
  };
  test.each([
    [
      'a value far outside training',
      'far-from-training',
      { x3: 4000 },
      /rows\[2\]\.m1\.x3 is 4000: \d+ standard deviations/,
    ],
    ['a text', 'not-numeric', { x3: '1.5' }, /rows\[2\]\.m1\.x3 is "1\.5"/],
    ['NaN', 'not-finite', { x3: NaN }, /column 'x3', subject rows\[2\]/],
    ['a column that is missing', 'missing-column', { x3: undefined }, /lacks column 'x3'/],
    ['a column that the model does not know', 'unknown-column', { x33: 1 }, /'x33' \(did you mean 'x3/],
  ])('%s is named', async (_, code, cells, message) => {
    const rows = changed((row) => Object.assign(row['m1'], cells));
    await expect(model.encodeRows(rows)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('accept a limit for distant values', async () => {
    const rows = changed((row) => (row['m1']['x3'] = 4000));
    expect((await model.encodeRows(rows, { maxDeviations: Infinity }))['m1']).toHaveLength(6);
  });

  test('are refused, with their place, if a modality is missing or unknown, or if they are not rows', async () => {
    const partly = changed((row) => delete row['m1']);
    await expect(model.encodeRows(partly)).rejects.toThrow(/rows\[2\] lacks modality 'm1'.*with partial: true/);
    const unknown = changed((row) => (row['m3'] = {}));
    await expect(model.encodeRows(unknown)).rejects.toThrow(/rows\[2\] has 'm3'.*the model has m1, m2/);
    await expect(model.encodeRows(jsonRows(2, ['m1']))).rejects.toThrow(/rows\[0\] lacks modality 'm2'/);
    await expect(model.encodeRows(changed((row) => Object.assign(row, { m1: [1] })))).rejects.toMatchObject({
      code: 'invalid-rows',
    });
    expect(await model.encodeRows([])).toEqual({ m1: new Float32Array(0), m2: new Float32Array(0) });
  });
});
