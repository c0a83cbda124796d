// Direct effects and directions, with latents that are measured with error.

import { describe, expect, test } from '@jest/globals';
import { chainEvidence, datasetOf, evidenceOf } from '../../../bench/cause-studies.js';
import type { Cause } from '../../../src/data/causes.js';
import { causeArrows } from '../../../src/evidence/causes/index.js';
import { RandomStream } from '../../../src/random/random-stream.js';

function armOf(values: Float64Array): Cause {
  return {
    ...{ name: 'arm', kind: 'categorical', levels: ['l0', 'l1'], assigned: true, effect: 'soft', values },
    terms: [{ level: 'l1' }],
  };
}

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

test('the direct part has the unit of the total effect, also if a explains most of b', async () => {
  const shares = await Promise.all(
    [1, 2, 3].map(async (seed) => {
      const { effects } = await chainEvidence({ subjects: 4000, reliability: 0.9, direct: 0.4 }, seed);
      return effects[1].direct!.estimate! / effects[1].effect!.estimate;
    }),
  );
  // The total is 1.1, of which 0.7 passes through a.
  for (const share of shares) expect(Math.abs(share - 0.4 / 1.1)).toBeLessThan(0.06);
});

test('axes of the fitted model, which has seen the tested subjects, do not matter', async () => {
  // The level acts on p, and through p on a. It also acts on b, of the modality of a.
  const random = new RandomStream(1, 92);
  const subjects = 3000;
  const values = Float64Array.from({ length: subjects }, (_, row) => row % 2);
  const p = values.map((level) => level + random.normal());
  const a = p.map((value) => 0.8 * value + 0.7 * random.normal());
  const b = values.map((level) => level + random.normal());
  const columnsOf = (latent: Float64Array, name: string) =>
    Array.from({ length: 6 }, (_, c) => ({
      name: `${name}${c}`,
      values: latent.map((z) => z + 0.7 * random.normal()),
    }));
  const [ofP, ofA, ofB] = [columnsOf(p, 'p'), columnsOf(a, 'a'), columnsOf(b, 'b')];
  const tables = [
    { name: 'p', latents: 1, columns: ofP },
    { name: 'm', latents: 2, columns: [...ofA, ...ofB] },
  ];
  const cause = armOf(values);
  const means = [ofP, ofA, ofB].map((columns) =>
    values.map((_, row) => columns.reduce((sum, column) => sum + column.values[row] / columns.length, 0)),
  );
  const encodedBy = (of: (p: number, a: number, b: number) => number[]) =>
    Float32Array.from([...values.keys()].flatMap((row) => of(means[0][row], means[1][row], means[2][row])));
  const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
  const evidence = await evidenceOf(datasetOf(tables, [cause], subjects), {
    fitted: encodedBy((x, y, z) => [x, cos * y + sin * z, cos * z - sin * y]),
    encode: () => Promise.resolve({ encoded: encodedBy((...each) => each), parents: [[], [0], []] }),
    ...{ splits: 1, seed: 1 },
  });
  expect(evidence.effects[1].direct).toMatchObject({ verdict: 'through', through: ['p.z1'] });
  expect(evidence.effects[2].direct).toMatchObject({ verdict: 'direct' });
});

test('a parent of the graphs that is not needed directs nothing', async () => {
  // The level acts on i, and through k on j. The graphs of the folds have i → j, too.
  const random = new RandomStream(1, 93);
  const subjects = 3000;
  const values = Float64Array.from({ length: subjects }, (_, row) => row % 2);
  const [i, k] = [0, 1].map(() => values.map((level) => level + random.normal()));
  const j = k.map((value) => 0.8 * value + 0.6 * random.normal());
  const tables = [i, k, j].map((latent, m) => ({
    ...{ name: 'ikj'[m], latents: 1 },
    columns: Array.from({ length: 6 }, (_, c) => ({
      ...{ name: `${m}${c}`, values: latent.map((z) => z + 0.7 * random.normal()) },
    })),
  }));
  const cause = armOf(values);
  const encoded = Float32Array.from({ length: 3 * subjects }, (_, at) => {
    const { columns } = tables[at % 3];
    return columns.reduce((sum, column) => sum + column.values[Math.floor(at / 3)] / columns.length, 0);
  });
  const encode = () => Promise.resolve({ encoded, parents: [[], [], [0, 1]] });
  const dataset = datasetOf(tables, [cause], subjects);
  const { effects, nodes } = await evidenceOf(dataset, { fitted: encoded, encode, splits: 1, seed: 1 });
  expect(effects[2].direct).toMatchObject({ verdict: 'through', through: ['i.z1', 'k.z1'], needed: ['k.z1'] });
  const links = ['i', 'k'].map((name) => ({ first: `${name}.z1`, second: 'j.z1', verdict: 'supported' as const }));
  const arrows = causeArrows(effects, { nodes, links, study: { causes: [cause] } });
  expect(arrows.map(({ from, to }) => `${from} → ${to}`)).toEqual(['k.z1 → j.z1']);
});
