// Associations within groups: differences between sites associate their means, but not the rows of one site
// (docs/explanation/evidence.md).

import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../src/causal/index.js';
import { pairText } from '../../src/conclusions/index.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { splitSubjects } from '../../src/data/split.js';
import type { CrossFit, HeldOutFold } from '../../src/evidence/cross-fit.js';
import { pairEvidence } from '../../src/evidence/index.js';
import { testWithinGroups, type GroupedRows } from '../../src/evidence/within-groups.js';
import { tableDataset } from '../../reproduction/experiments/null-studies.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { shareWithin } from '../fixtures/draws.js';

interface Effects {
  /** Standard deviation of the shift that all rows of a site share in both modalities. */
  readonly site: number;
  /** Effect of a row of the first modality on that of the second. */
  readonly row: number;
}

/** Returns two columns of rows at sites of one to eight rows. */
function sites(random: RandomStream, count: number, { site, row }: Effects) {
  const sizes = Array.from({ length: count }, (_, s) => 1 + (s % 8));
  const shifts = sizes.map(() => site * random.normal());
  const names = sizes.flatMap((size, s) => new Array<number>(size).fill(s));
  const rowEffects = names.map(() => random.normal());
  const a = Float64Array.from(names, (s, i) => shifts[s] + rowEffects[i]);
  const b = Float64Array.from(names, (s, i) => shifts[s] + row * rowEffects[i] + random.normal());
  const members = sizes.map((_, s) => names.flatMap((name, i) => (name === s ? [i] : [])));
  return { a, b, names, members };
}

const tested = (grouped: GroupedRows, seed: number) => testWithinGroups(grouped, [0], [1], { seed, lost: 0 });

describe('a test within groups', () => {
  test('keeps its level for any differences between sites', () => {
    const random = new RandomStream(5, 0);
    const ps = Array.from({ length: 150 }, (_, seed) => {
      const { a, b, members } = sites(random, 16, { site: 3, row: 0 });
      return tested({ latents: [a, b], members }, seed)!.p;
    });
    for (const level of [0.05, 0.2]) shareWithin(ps, level);
  });

  test('finds associations within sites, also with missing modalities, and does not test too few rows', () => {
    const random = new RandomStream(6, 0);
    const { a, b, members } = sites(random, 40, { site: 1, row: 0.6 });
    const result = tested({ latents: [a, b], members }, 1)!;
    expect(result.p).toBeLessThan(1e-4);
    // Five sites have only one row, which cannot be compared.
    expect(result.rows).toBe(a.length - 5);
    const lacking = b.map((value, row) => (row % 3 === 0 ? NaN : value));
    const rest = tested({ latents: [a, lacking], members }, 1)!;
    expect(rest.rows).toBeLessThanOrEqual((2 / 3) * a.length);
    expect(rest.p).toBeLessThan(1e-3);
    expect(tested({ latents: [a, b], members: members.slice(0, 6) }, 1)).toBeUndefined();
    expect(tested({ latents: [a, b], members: members.map(([first]) => [first]) }, 1)).toBeUndefined();
  });
});

test('p-values within groups are corrected for all tested pairs, and there are none without groups', () => {
  const random = new RandomStream(8, 0);
  const fold = (isGrouped: boolean): HeldOutFold => {
    const { a, b, members } = sites(random, 40, { site: 2, row: 0 });
    const c = a.map(() => random.normal());
    const means = [a, b, c].map((column) =>
      Float64Array.from(members, (group) => group.reduce((sum, row) => sum + column[row], 0) / group.length),
    );
    return {
      ...{ rows: new Int32Array(), ids: [], removed: [0, 0, 0], forms: [undefined, undefined, undefined] },
      ...{ units: means, unrotated: means, grouped: isGrouped ? { latents: [a, b, c], members } : undefined },
    };
  };
  const nodes = latentNodes(['a', 'b', 'c'].map((name) => ({ name, latents: 1 })));
  const evidenceOf = (isGrouped: boolean) => {
    const folds = [fold(isGrouped), fold(isGrouped)];
    const result: CrossFit = { splits: [{ folds, replication: [], agreement: [] }], latents: [], minUnits: 10 };
    return pairEvidence(nodes, result, 3);
  };
  const pairs = evidenceOf(true);
  expect(pairs.map(({ associated, within }) => [associated, within?.associated])).toEqual([
    [true, false],
    [false, false],
    [false, false],
  ]);
  const minP = Math.min(...pairs.map(({ within }) => within!.p));
  expect(Math.min(...pairs.map(({ within }) => within!.corrected))).toBe(Math.min(1, 3 * minP));
  expect(evidenceOf(false).every((pair) => !('within' in pair))).toBe(true);
});

test('a fit of sites that differ says that differences between groups may explain the association', async () => {
  const random = new RandomStream(2, 0);
  const { a, b, names } = sites(random, 64, { site: 2, row: 0 });
  const columnsOf = (latent: Float64Array) =>
    Array.from({ length: 5 }, () => latent.map((value) => value + 0.5 * random.normal()));
  const order = random.permutation(names.length);
  const raw = [a, b].map((latent) => columnsOf(latent).map((column) => Float64Array.from(order, (row) => column[row])));
  const ids = names.map((_, i) => `s${i}`);
  const dataset = tableDataset({ names: ['blood', 'sleep'], latents: [1, 1] }, raw, ids);
  const groups = Array.from(order, (row) => `site${names[row]}`);
  const split = splitSubjects(ids, { validation: 0.1, test: 0, seed: 1 }, groups);
  const whole = { ...dataset, groups, split };
  const model = await MultimodalCausalModel.fit(
    { ...whole, fingerprint: fingerprintOf(whole) },
    { seed: 1, threads: 1 },
  );
  try {
    const { conclusions, sentences } = await model.conclusions();
    const [pair] = conclusions.pairs;
    expect(pair).toMatchObject({ verdict: 'supported', within: { associated: false } });
    expect(sentences).toContainEqual(pairText(pair, 1));
    expect(pairText(pair, 1)).toMatch(
      /Within groups the latents show no association \(p = 0\.\d+\): differences between/,
    );
  } finally {
    await model.dispose();
  }
});
