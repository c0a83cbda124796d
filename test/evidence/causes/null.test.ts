// Shuffled causes: what chance finds in a study of one modality, and which subjects are permuted.

import { describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../../src/data/dataset.js';
import { shuffleCausesOfSubjects } from '../../../src/data/resample.js';
import { permutationNull } from '../../../src/evidence/index.js';
import { nullSvg } from '../../../src/report/index.js';
import { simulatedDataset } from '../../../src/simulation/dataset.js';
import { simulate } from '../../../src/simulation/simulate.js';
import { fitConfigFor } from '../../../src/training/config.js';
import { SETTINGS } from '../holed-studies.js';

const dataset = simulatedDataset(simulate('chain', { samples: 200, test: 40, seed: 2, levels: 'perfect' }));

test('a cause that acts differs from its refits, although there is no pair of modalities', async () => {
  const config = fitConfigFor(dataset, SETTINGS);
  const result = await permutationNull(dataset, config, { refits: 4, seed: 3, threads: 1 });
  expect(result.pairs).toEqual([]);
  const [cause] = result.causes!;
  expect(cause).toMatchObject({ cause: 'arm', p: 0.2, corrected: 0.2 });
  expect(cause.observed).toBeLessThan(1e-6);
  expect(Math.min(...cause.refits)).toBeGreaterThan(1e-3);
  expect(new Set(cause.refits).size).toBe(4);
  expect(nullSvg(result).match(/<circle/g)).toHaveLength(5);
});

test('one modality without causes has nothing to test', async () => {
  const one = simulatedDataset(simulate('chain', { samples: 80, test: 20, seed: 2 }));
  const refused = permutationNull(one, fitConfigFor(one, SETTINGS), { refits: 1, seed: 3, threads: 1 });
  await expect(refused).rejects.toMatchObject({ code: 'too-few-modalities' });
});

describe('shuffled causes', () => {
  const [arm] = dataset.causes!;
  const count = dataset.ids.length;
  const levelsIn = ({ causes }: Dataset, isIn: (row: number) => boolean) =>
    [...causes![0].values].filter((_, row) => isIn(row)).sort();

  test('stay within groups and batches', () => {
    const groups = dataset.ids.map((_, row) => `g${row % 7}`);
    const batchPositions = Float64Array.from({ length: count }, (_, row) => (row % 2 === 0 ? 0 : NaN));
    const modalities = dataset.modalities.map((one) => ({ ...one, batchPositions }));
    const study = { ...dataset, groups, modalities };
    const shuffled = shuffleCausesOfSubjects(study, 4);
    expect(shuffled.causes![0].values).not.toEqual(arm.values);
    expect(shuffled.fingerprint).not.toBe(dataset.fingerprint);
    for (let stratum = 0; stratum < 14; stratum++) {
      const isIn = (row: number) => row % 14 === stratum;
      expect(levelsIn(shuffled, isIn)).toEqual(levelsIn(study, isIn));
    }
  });

  test('stay constant within batches if each level has several', () => {
    const batchPositions = Float64Array.from({ length: count }, (_, row) => row % 12);
    const values = batchPositions.map((batch) => batch % 3);
    const batches = { column: 'run', levels: Array.from({ length: 12 }, (_, batch) => `r${batch}`), causes: ['arm'] };
    const modalities = dataset.modalities.map((one) => ({ ...one, batches, batchPositions }));
    const shuffled = shuffleCausesOfSubjects({ ...dataset, modalities, causes: [{ ...arm, values }] }, 4);
    const after = shuffled.causes![0].values;
    expect(after).not.toEqual(values);
    after.forEach((value, row) => expect(value).toBe(after[row % 12]));
    expect([...after.subarray(0, 12)].sort()).toEqual([...values.subarray(0, 12)].sort());
  });

  test('stay constant within groups if they were', () => {
    const groups = dataset.ids.map((_, row) => `g${Math.floor(row / 4)}`);
    const values = Float64Array.from({ length: count }, (_, row) => Math.floor(row / 4) % 3);
    const shuffled = shuffleCausesOfSubjects({ ...dataset, groups, causes: [{ ...arm, values }] }, 4);
    const after = shuffled.causes![0].values;
    expect(after).not.toEqual(values);
    after.forEach((value, row) => expect(value).toBe(after[4 * Math.floor(row / 4)]));
    expect([...after].sort()).toEqual([...values].sort());
  });
});
