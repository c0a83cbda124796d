// Effects of causes on modalities with missing values.

import { describe, expect, test } from '@jest/globals';
import { datasetOf, evidenceOf } from '../../../bench/cause-studies.js';
import type { Cause } from '../../../src/data/causes.js';
import { gapTest } from '../../../src/evidence/causes/gap-effects.js';
import { RandomStream } from '../../../src/random/random-stream.js';

const COLUMNS = 20;

interface GapStudy {
  readonly subjects: number;
  /** Effect of the second arm on the latent. */
  readonly effect: number;
  /** True if a value is missing. @param value with a standard deviation of 1.1 around the latent @param arm 0 or 1 */
  readonly isMissing: (value: number, arm: number, random: RandomStream) => boolean;
  /** True if the subject has no value. Default: false. */
  readonly isAbsent?: (latent: number, arm: number) => boolean;
  /** What the encoder reads instead of a missing value. Default: 0, the mean of the observed ones. */
  readonly filled?: number;
}

/** Returns a study of two arms and one latent. The encoding is the mean of the columns. */
function gapStudy({ subjects, effect, isMissing, isAbsent = () => false, filled = 0 }: GapStudy, seed: number) {
  const random = new RandomStream(seed, 9);
  const arms = Float64Array.from({ length: subjects }, (_, row) => row % 2);
  const latent = arms.map((arm) => effect * arm + random.normal());
  const columns = Array.from({ length: COLUMNS }, (_, c) => ({
    name: `x${c}`,
    values: latent.map((z, row) => {
      const value = z + 0.5 * random.normal();
      return isAbsent(z, arms[row]) || isMissing(value, arms[row], random) ? NaN : value;
    }),
  }));
  const cause: Cause = {
    ...{ name: 'arm', kind: 'categorical', levels: ['l0', 'l1'], assigned: true, effect: 'soft', values: arms },
    terms: [{ level: 'l1' }],
  };
  const dataset = datasetOf([{ name: 'm', latents: 1, columns }], [cause], subjects);
  const { values, observed = new Uint8Array(values.length).fill(1) } = dataset.modalities[0];
  const encoded = new Float32Array(subjects);
  values.forEach((value, at) => (encoded[Math.floor(at / COLUMNS)] += observed[at] === 1 ? value : filled));
  return { dataset, encoded };
}

async function effectOf(study: GapStudy, seed: number) {
  const { dataset, encoded } = gapStudy(study, seed);
  const encode = () => Promise.resolve({ encoded });
  return (await evidenceOf(dataset, { encode, fitted: encoded, splits: 1, seed })).effects[0];
}

const limit = (value: number) => value < -0.5;
const atRandom = (_value: number, _arm: number, random: RandomStream) => random.uniform() < 0.3;

describe('missing values', () => {
  test.each([0.3, 1])(
    'below a detection limit leave an effect of %p sd undecided, and do not hide it',
    async (effect) => {
      const one = await effectOf({ subjects: 2000, effect, isMissing: limit, filled: -1.7 }, 1);
      expect(one).toMatchObject({ verdict: 'undecided', reason: 'gaps', spread: { verdict: 'undecided' } });
      expect(one.effect!.estimate).toBeGreaterThan(0.75 * effect);
    },
  );

  test('below a limit that the arm moves are no effect on the latent', async () => {
    const isMissing = (value: number, arm: number) => value < arm - 1;
    expect(await effectOf({ subjects: 1000, effect: 0, isMissing }, 2)).toMatchObject({ reason: 'gaps' });
  });

  test('at random leave an effect as it is', async () => {
    const one = await effectOf({ subjects: 1000, effect: 0.6, isMissing: atRandom }, 3);
    expect(one.verdict).toBe('supported');
    expect(one.effect!.lower).toBeLessThan(0.6);
    expect(one.effect!.upper).toBeGreaterThan(0.55);
  });

  test('of subjects who left one arm are no effect on the latent', async () => {
    const isAbsent = (latent: number, arm: number) => arm === 1 && latent > 0.8;
    const study = { subjects: 1000, effect: 0, isMissing: () => false };
    expect(await effectOf({ ...study, isAbsent }, 4)).toMatchObject({ verdict: 'undecided', reason: 'gaps' });
    const both = (latent: number) => latent > 0.8;
    expect((await effectOf({ ...study, isAbsent: both }, 4)).reason).not.toBe('gaps');
  });

  test('that do not depend on the arm are said to in about 5 % of studies, each with two tests', () => {
    const isAbsent = (latent: number) => latent > 1;
    const dependent = Array.from({ length: 120 }, (_, seed) => {
      const { dataset } = gapStudy({ subjects: 200, effect: 0, isMissing: limit, isAbsent }, seed);
      const { causes = [], modalities, ids } = dataset;
      const depends = gapTest(modalities[0], Int32Array.from(ids.keys()), [{ causes }], seed);
      return depends({ position: 0, key: 1, isWithin: false });
    }).filter(Boolean).length;
    // 9.75 % if both tests are independent and exact, and three standard deviations.
    expect(dependent).toBeGreaterThan(1);
    expect(dependent).toBeLessThan(22);
  });
});
