// Latents, graphs, and targets of simulated studies are recovered.

import { describe, expect, test } from '@jest/globals';
import { shuffleCauses } from '../../src/data/causes.js';
import { momentProblem } from '../../src/moments/moments-of-causes.js';
import { searchMoments } from '../../src/moments/search-moments.js';
import { interventionalData, scoreOf, type Design, type InterventionalData } from './interventional-data.js';

const CHAIN = { blocks: [3], parents: [[], [0], [1]], targets: [[0], [1], [2]], kind: 'perfect' } as const;

function problemOf(data: InterventionalData, causes = data.causes) {
  const { values, subjects, modalities } = data;
  return momentProblem(values, subjects, causes, { modalities, order: 'free', seed: 1 });
}

async function best(design: Design) {
  const data = interventionalData(design);
  const [fit] = await searchMoments(problemOf(data), { threads: 1 });
  return scoreOf(data, fit);
}

describe('a chain of three latents in one modality, with a perfect level for each', () => {
  test.each([
    [10_000, 101, 0.999],
    [10_000, 102, 0.999],
    [10_000, 103, 0.999],
    [2000, 104, 0.99],
    [2000, 105, 0.99],
    [500, 106, 0.98],
    [500, 107, 0.98],
  ])('is found in %d subjects (seed %d)', async (rows, seed, mcc) => {
    const score = await best({ ...CHAIN, rows, seed });
    expect(score).toMatchObject({ shd: 0, open: 3, right: 3 });
    expect(score.mcc).toBeGreaterThan(mcc);
  });

  test.each([111, 112, 113])('has no targets if the levels are shuffled (seed %d)', async (seed) => {
    const data = interventionalData({ ...CHAIN, rows: 2000, seed });
    const fits = await searchMoments(problemOf(data, shuffleCauses(data.causes, seed)), { threads: 1 });
    expect(scoreOf(data, fits[0]).open).toBe(0);
    // Without levels, no rotation is better than another.
    expect(fits.length).toBeGreaterThan(1);
    expect(fits[1].objective).toBeCloseTo(fits[0].objective, 4);
  });
});
