// Tests `reproduce imputation`, which removes values from studies: the removed cells, the record of each fit, the
// table.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  IMPUTATION_STUDIES,
  imputationId,
  imputationRecords,
  type ImputationRecord,
} from '../../reproduction/experiments/imputation.js';
import { imputationTable, writeImputation } from '../../reproduction/experiments/imputation-results.js';
import type { WideOptions } from '../../reproduction/experiments/wide.js';
import type { WideStudy } from '../../reproduction/experiments/wide-studies.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
const before = process.env['INTERLATENT_DATA'];

/** Writes two tables of 200 subjects, and returns a study of them. All four columns of each depend on one factor. */
function tables(): WideStudy['tables'] {
  const random = new RandomStream(4, 0);
  const shared = Array.from({ length: 200 }, () => random.normal());
  for (const name of ['a', 'b']) {
    const rows = shared.map((z, i) => [`s${i}`, ...[1, 2, 3, 4].map(() => z + 0.4 * random.normal())].join(','));
    file(`${name}.csv`, `id,${[1, 2, 3, 4].map((c) => `${name}${c}`).join(',')}\n${rows.join('\n')}\n`);
  }
  const table = (name: string) => ({ table: `\${INTERLATENT_DATA}/${name}.csv` });
  return () => Promise.resolve({ id: 'id', modalities: { a: table('a'), b: table('b') } });
}

const TINY: WideStudy = { id: 'tiny', title: 'tiny', latents: 1, train: 100, validation: 40, tables: tables() };
const OPTIONS: WideOptions = {
  out: join(folder, 'out'),
  seeds: 1,
  fit: { fit: 'joint', encoderRestarts: 1, epochs: 2, hidden: 8 },
  threads: 1,
};

async function recordsOf(options: WideOptions): Promise<ImputationRecord[]> {
  const records: ImputationRecord[] = [];
  for await (const record of imputationRecords([TINY], options)) records.push(record);
  return records;
}

test('the studies are those of `reproduce wide` with four latents', () => {
  expect(IMPUTATION_STUDIES.map(({ id }) => id)).toEqual([
    'imputation-mixomics-k4',
    'imputation-body-chemistry-300-k4',
    'imputation-chemistry-counts-300-k4',
    'imputation-body-chemistry-4000-k4',
    'imputation-chemistry-counts-4000-k4',
  ]);
});

describe('a run', () => {
  let records: ImputationRecord[];
  const path = join(OPTIONS.out, `fits/${imputationId(TINY, 'cells')}-seed0.json`);

  beforeAll(async () => {
    process.env['INTERLATENT_DATA'] = folder;
    mkdirSync(OPTIONS.out, { recursive: true });
    records = await recordsOf(OPTIONS);
  });

  afterAll(() => {
    if (before === undefined) delete process.env['INTERLATENT_DATA'];
    else process.env['INTERLATENT_DATA'] = before;
  });

  test('imputes cells and modalities of held-out subjects, close to the values that their factor gives', () => {
    expect(records.map(({ question }) => question)).toEqual(['cells', 'modality']);
    for (const { subjects, modalities } of records) {
      expect(subjects).toEqual({ train: 100, validation: 40, test: 60, measured: 60 });
      expect(modalities.map(({ name }) => name)).toEqual(['a', 'b']);
      for (const { r2, covered } of modalities) {
        // The factor is 1 / 1.16 of the variance of every column.
        expect(r2).toBeGreaterThan(0.6);
        expect(covered).toBeGreaterThan(0.75);
      }
    }
  });

  test('writes the study and the list of removed cells, a fifth of all', async () => {
    const name = `${imputationId(TINY, 'cells')}-seed0.json`;
    const environment = { INTERLATENT_DATA: folder };
    const { dataset } = await readStudy(join(OPTIONS.out, 'studies', name), { environment });
    expect(dataset.fingerprint).toBe(records[0].fingerprint);
    const holes = JSON.parse(readFileSync(join(OPTIONS.out, 'holes', name), 'utf8')) as Record<string, number[]>;
    for (const cells of [holes['a'], holes['b']]) {
      expect(cells.length / 800).toBeGreaterThan(0.15);
      expect(cells.length / 800).toBeLessThan(0.25);
    }
    expect(holes['a']).not.toEqual(holes['b']);
  });

  test('does not repeat finished fits, and refuses records of other settings', async () => {
    const written = statSync(path).mtimeMs;
    expect(await recordsOf(OPTIONS)).toEqual(records);
    expect(statSync(path).mtimeMs).toBe(written);
    await expect(recordsOf({ ...OPTIONS, fit: {} })).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  test('gives a table with a row for each question and modality, and a page', async () => {
    const rows = imputationTable([TINY], records).split('\n').slice(2);
    expect(rows.map((row) => row.split(' | ').slice(0, 5).join(' '))).toEqual([
      '| tiny cells a 100 / 40 / 60 1',
      '| tiny cells b 100 / 40 / 60 1',
      '| tiny modality a 100 / 40 / 60 1',
      '| tiny modality b 100 / 40 / 60 1',
    ]);
    expect(rows[0].split(' | ')[5]).toBe((100 * records[0].modalities[0].r2).toFixed(1));
    const page = await writeImputation(folder, [TINY], records, {
      command: 'npm run reproduce -- imputation',
      threads: 1,
    });
    expect(readFileSync(page, 'utf8')).toContain('2 fits');
  });
});
