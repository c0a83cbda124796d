// What a second cohort says about hypotheses of a first study: true ones are replicated, false ones are not, and what
// the cohort lacks is not testable.

import { describe, expect, test } from '@jest/globals';
import { datasetOf } from '../../bench/cause-studies.js';
import type { Cause } from '../../src/data/causes.js';
import type { Dataset } from '../../src/data/dataset.js';
import { shuffleSubjects } from '../../src/data/resample.js';
import { holm, testHypotheses, type Hypothesis } from '../../src/evidence/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { fitConfigFor } from '../../src/training/config.js';
import { shareWithin } from '../fixtures/draws.js';

const COLUMNS = 6;

/** Returns a chain a → b → c with correlations of 0.6, a modality d of noise, and arms that shift a by 0.8. */
function cohort(subjects: number, seed: number, isNoise: readonly string[] = []): Dataset {
  const random = new RandomStream(seed, 1);
  const normal = () => Float64Array.from({ length: subjects }, () => random.normal());
  const values = Float64Array.from({ length: subjects }, (_, row) => row % 2);
  const a = normal().map((noise, row) => noise + 0.8 * values[row]);
  const next = (from: Float64Array) => normal().map((noise, row) => 0.6 * from[row] + 0.8 * noise);
  const b = next(a);
  const tables = Object.entries({ a, b, c: next(b), d: normal() }).map(([name, latent]) => ({
    ...{ name, latents: 1 },
    columns: Array.from({ length: COLUMNS }, (_, c) => ({
      name: `${name}${c}`,
      values: latent.map((value) => (isNoise.includes(name) ? 0 : value) + random.normal()),
    })),
  }));
  const arm: Cause = {
    ...{ name: 'arm', kind: 'categorical', levels: ['control', 'treated'], assigned: true, effect: 'soft', values },
    terms: [{ level: 'treated' }],
  };
  return datasetOf(tables, [arm], subjects);
}

/** Returns the means of columns as encodings, subjects × modalities. */
function encodedOf({ modalities, ids }: Dataset): Float32Array {
  const meanOf = (at: number): number => {
    const row = Math.floor(at / modalities.length);
    const { values } = modalities[at % modalities.length];
    return values.subarray(row * COLUMNS, (row + 1) * COLUMNS).reduce((sum, value) => sum + value / COLUMNS, 0);
  };
  return Float32Array.from({ length: ids.length * modalities.length }, (_, at) => meanOf(at));
}

const FIRST = cohort(300, 2);
const firstEncoded = encodedOf(FIRST);
const firstLatents = new Map(
  FIRST.modalities.map(({ name }, m): [string, Float64Array] => [
    `${name}.z1`,
    Float64Array.from(FIRST.ids, (_, row) => firstEncoded[row * FIRST.modalities.length + m]),
  ]),
);

function tested(hypotheses: readonly Hypothesis[], dataset: Dataset, hasFirstLatents = true) {
  return testHypotheses(hypotheses, {
    ...{ dataset, encoded: encodedOf(dataset), config: { ...fitConfigFor(dataset, {}), seed: 1 } },
    ...(hasFirstLatents && { firstLatents }),
  });
}

const interval = (estimate: number) => ({ estimate, lower: estimate - 0.1, upper: estimate + 0.1 });
const pair = (first: string, second: string, size = 0.5): Hypothesis => ({
  ...{ kind: 'pair', first, second, original: interval(size) },
});
const link = (first: string, second: string, conditioning: readonly string[], size = 0.6): Hypothesis => ({
  ...{ kind: 'link', first: `${first}.z1`, second: `${second}.z1`, conditioning, original: interval(size) },
});
const effect = (second: string, size = 0.6): Hypothesis => ({
  ...{ kind: 'effect', first: 'arm', level: 'treated', second: `${second}.z1`, original: interval(size) },
});

const TRUE = [
  pair('a', 'b'),
  pair('b', 'c'),
  pair('a', 'c', 0.3),
  link('a', 'b', ['c.z1']),
  link('b', 'c', []),
  effect('a'),
  effect('b', 0.4),
];
const FALSE = [pair('a', 'd'), link('a', 'c', ['b.z1']), link('b', 'd', []), effect('d')];
const verdicts = (results: readonly { readonly verdict: string; readonly reason?: string | undefined }[]) =>
  results.map(({ verdict, reason }) => (reason ? `${verdict}: ${reason}` : verdict));

describe('in a second cohort', () => {
  test('true hypotheses are replicated and false ones are not, each tested once', async () => {
    const results = await tested([...TRUE, ...FALSE], cohort(800, 3));
    expect(verdicts(results)).toEqual([...TRUE.map(() => 'replicated'), ...FALSE.map(() => 'not-replicated: smaller')]);
    const ps = results.map(({ p }) => p!);
    expect(results.map(({ q }) => q)).toEqual(holm(ps));
    for (const { estimate, power, subjects } of results) {
      expect(estimate!.lower).toBeLessThan(estimate!.estimate);
      expect(estimate!.estimate).toBeLessThan(estimate!.upper);
      expect(power).toBeGreaterThan(0.5);
      expect(subjects).toBeGreaterThanOrEqual(400);
    }
    // The correlations of the chain, which the correction for measurement errors recovers.
    expect(Math.abs(results[4].estimate!.estimate - 0.6)).toBeLessThan(0.08);
  });

  test('the sign and the size of the first estimate matter', async () => {
    const results = await tested(
      [link('a', 'b', [], -0.6), effect('a', -0.6), effect('a', 4), link('a', 'b', [], 0.9)],
      cohort(800, 4),
    );
    expect(verdicts(results)).toEqual([
      'not-replicated: opposite-sign',
      'not-replicated: opposite-sign',
      'not-replicated: smaller',
      'replicated',
    ]);
    expect(results[0].p).toBeGreaterThan(0.99);
  });

  test('small cohorts are undecided, and say how much power they had', async () => {
    const results = await tested([effect('c', 0.25), ...TRUE.slice(0, 2)], cohort(60, 5));
    expect(verdicts(results)[0]).toMatch(/^undecided/);
    expect(results[0].power).toBeLessThan(0.4);
  });

  test('nothing is replicated if modalities are shuffled against each other', async () => {
    for (const seed of [1, 2, 3]) {
      const dataset = cohort(400, 10 + seed);
      const shuffled = dataset.modalities.reduce((some, _, m) => shuffleSubjects(some, m, seed), dataset);
      const results = await tested(TRUE, shuffled);
      expect(results.filter(({ verdict }) => verdict === 'replicated')).toEqual([]);
      expect(results.filter(({ verdict }) => verdict === 'not-replicated').length).toBeGreaterThanOrEqual(5);
    }
  });

  test('p of a fixed combination is uniform if nothing is associated', async () => {
    const ps: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const [result] = await tested([pair('a', 'd')], { ...cohort(50, 100 + seed), causes: undefined });
      ps.push(result.p!);
    }
    for (const level of [0.05, 0.5]) shareWithin(ps, level);
  });

  test('a pair without a direction is tested for any association', async () => {
    const unclear: Hypothesis = { ...pair('a', 'b'), original: { estimate: 0.1, lower: -0.1, upper: 0.3 } };
    const [u, v] = await tested([unclear, pair('a', 'b')], cohort(400, 6), false);
    expect(verdicts([u, v])).toEqual(['replicated', 'replicated']);
    expect(u.p).toBe(v.p);
  });

  test('groups are units: copies of rows add nothing', async () => {
    const dataset = cohort(120, 7);
    const rows = Int32Array.from({ length: 600 }, (_, i) => Math.floor(i / 5));
    const repeated: Dataset = {
      ...dataset,
      ids: Array.from(rows, (row, i) => `${row}-${i}`),
      groups: Array.from(rows, (row) => `g${row}`),
      causes: undefined,
      modalities: dataset.modalities.map((modality) => ({
        ...modality,
        values: Float32Array.from({ length: rows.length * COLUMNS }, (_, at) => {
          return modality.values[rows[Math.floor(at / COLUMNS)] * COLUMNS + (at % COLUMNS)];
        }),
      })),
    };
    const [once] = await tested([pair('a', 'b')], { ...dataset, causes: undefined });
    const [again] = await tested([pair('a', 'b')], repeated);
    expect(again.subjects).toBe(120);
    const width = ({ estimate }: typeof once) => estimate!.upper - estimate!.lower;
    expect(width(again) / width(once)).toBeGreaterThan(0.8);
    const [copied] = await tested([pair('a', 'b')], { ...repeated, groups: undefined });
    expect(verdicts([copied])).toEqual(['not-testable: copied-rows']);
  });
});

describe('not testable is', () => {
  const dataset = cohort(400, 8);
  const without = (name: string): Dataset => ({
    ...dataset,
    modalities: dataset.modalities.filter((modality) => modality.name !== name),
  });

  test('what needs a modality, a cause, or more subjects than the cohort has', async () => {
    expect(verdicts(await tested([pair('a', 'c'), link('a', 'b', ['c.z1']), effect('c')], without('c')))).toEqual(
      Array.from({ length: 3 }, () => 'not-testable: modality-missing'),
    );
    const [unassigned, other] = await tested([effect('a'), pair('a', 'b')], { ...dataset, causes: undefined });
    expect(verdicts([unassigned, other])).toEqual(['not-testable: cause-missing', 'replicated']);
    expect(other.q).toBe(other.p);
    expect(verdicts(await tested([pair('a', 'b'), effect('a')], cohort(30, 9)))).toEqual([
      'not-testable: too-few',
      'not-testable: too-few',
    ]);
  });

  test('a link of a latent that the columns do not measure', async () => {
    const results = await tested([link('a', 'b', []), link('b', 'c', [])], cohort(400, 12, ['a']));
    expect(verdicts(results)).toEqual(['not-testable: not-measured', 'replicated']);
  });

  test('a level with too few subjects', async () => {
    const [arm] = dataset.causes!;
    const few = { ...dataset, causes: [{ ...arm, values: arm.values.map((_, row) => Number(row < 4)) }] };
    expect(verdicts(await tested([effect('a')], few))).toEqual(['not-testable: too-few']);
  });
});
