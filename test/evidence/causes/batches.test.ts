// Batch or cause: a shifted latent moves every modality that shares it, a shifted observation only one of them.

import { expect, test } from '@jest/globals';
import { batchStudyEvidence, type BatchStudy } from '../../../bench/cause-studies.js';
import { modalityOfColumns } from '../../../src/data/columns-modality.js';
import type { Dataset } from '../../../src/data/dataset.js';
import { batchText } from '../../../src/conclusions/index.js';
import { withBatchesOf } from '../../../src/evidence/causes/batched-data.js';

const SUBJECTS = 600;
const ids = Array.from({ length: SUBJECTS }, (_, i) => `s${i}`);
const train = Int32Array.from(ids.keys()).subarray(10);
const split = { train, validation: Int32Array.from(ids.keys()).subarray(0, 10), test: new Int32Array(0) };

const verdictOf = (study: Partial<BatchStudy>, seed: number) =>
  batchStudyEvidence({ subjects: SUBJECTS, reliabilities: [0.8, 0.8], ...study }, seed);

test.each([
  ['an observation', { observation: 1 }, 'batch'],
  ['a shared latent', { latent: 1 }, 'cause'],
] as const)('a shift of %s is named so, and never the opposite', async (_, shifts, expected) => {
  const opposite = expected === 'batch' ? 'cause' : 'batch';
  const verdicts: string[] = [];
  for (let seed = 1; seed <= 12; seed++) verdicts.push((await verdictOf(shifts, seed)).verdict);
  expect(verdicts.filter((verdict) => verdict === expected).length).toBeGreaterThanOrEqual(9);
  expect(verdicts).not.toContain(opposite);
});

test('no shift, or no modality to compare with, is undecided with its reason', async () => {
  expect(await verdictOf({}, 1)).toMatchObject({ verdict: 'undecided', reason: 'no-shift' });
  const alone = await verdictOf({ observation: 1, isShared: false }, 1);
  expect(alone).toMatchObject({ verdict: 'undecided', reason: 'not-shared', otherModalities: [] });
  expect(batchText(alone)).toContain('nothing to compare with');
});

test('the effects of batches return to the values that the reader removed them from', () => {
  const columns = [
    { name: 'x', log: false, offset: 0, mean: 2, sd: 4, batches: { offsets: [-3, 3], factors: [1, 2] } },
  ];
  const modality = {
    ...modalityOfColumns(
      { name: 'm', columns: [{ name: 'x', values: Float64Array.from(ids.keys()) }], latents: 1, exogenous: 0 },
      ids,
      train,
    ),
    columns,
    values: Float32Array.from([0.5, 0.5, 0.5, 0]),
    observed: Uint8Array.from([1, 1, 1, 0]),
    batches: { column: 'run', levels: ['a', 'b'] },
    batchPositions: Float64Array.from([0, 1, NaN, 1]),
  };
  const study: Dataset = { ids: ids.slice(0, 4), modalities: [modality], split, fingerprint: '' };
  // A value of 0.5 is 4 in the unit of the column: 4 − 3, and 4 · 2 + 3. A missing value stays 0.
  expect([...withBatchesOf(study, 'run').modalities[0].values]).toEqual([-0.25, 2.25, 0.5, 0]);
  expect(withBatchesOf(study, 'site').modalities[0]).toBe(modality);
});
