// Direct effects and directions, with latents that are measured with error.

import { describe, expect, test } from '@jest/globals';
import { chainEvidence } from '../../../bench/cause-studies.js';

type Chain = Parameters<typeof chainEvidence>[0];

async function verdictsOf(chain: Chain, studies: number) {
  const counts = { through: 0, direct: 0, undecided: 0, first: 0, right: 0, wrong: 0 };
  for (let seed = 1; seed <= studies; seed++) {
    const { effects, arrows } = await chainEvidence(chain, seed);
    counts[effects[1].direct?.verdict ?? 'undecided']++;
    counts.first += Number(effects[0].direct?.verdict === 'direct');
    for (const { from } of arrows) counts[from === effects[0].latent ? 'right' : 'wrong']++;
  }
  return counts;
}

describe('a level that acts on a, and through a on b', () => {
  test('has no direct effect on b, although a is measured with error, and directs a → b', async () => {
    const { direct, through, first, right, wrong } = await verdictsOf(
      { subjects: 4000, reliability: 0.9, direct: 0 },
      6,
    );
    expect(direct).toBe(0);
    expect(through).toBeGreaterThanOrEqual(5);
    expect(first).toBe(6);
    expect(right).toBeGreaterThanOrEqual(4);
    expect(wrong).toBe(0);
  });

  test('is undecided if the errors of a are not known, or if the graphs of the folds contradict the data', async () => {
    const chain = { subjects: 2000, reliability: 0.8, direct: 0 };
    expect(await verdictsOf({ ...chain, columns: 1 }, 4)).toMatchObject({
      direct: 0,
      undecided: 4,
      right: 0,
      wrong: 0,
    });
    const reversed = { subjects: 4000, reliability: 0.9, direct: 0, parents: [[1], []] };
    expect(await verdictsOf(reversed, 4)).toMatchObject({ direct: 0, right: 0, wrong: 0 });
  });
});

test('a level that also acts on b directly does so, and directs nothing', async () => {
  const counts = await verdictsOf({ subjects: 4000, reliability: 0.9, direct: 0.4 }, 4);
  expect(counts).toMatchObject({ direct: 4, right: 0, wrong: 0 });
});
