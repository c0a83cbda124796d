// Discovery on worker threads: the answer of one thread for any number of threads; progress, abort, errors.

import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import {
  discover,
  discoverInParallel,
  type DataColumn,
  type Discovery,
  type ParallelOptions,
} from '../../src/causal/discovery/index.js';
import { graphQuestions, testOf } from '../../src/causal/discovery/discover.js';
import type { DiscoverOptions } from '../../src/causal/discovery/options.js';
import { QuestionThreads } from '../../src/causal/discovery/question-threads.js';
import { RememberedTest } from '../../src/causal/discovery/independence/independence.js';
import { generator, normals } from '../fixtures/numbers.js';

const normal = normals(generator(78));
/** a → b ← c, b → d. */
function collider(length: number): DataColumn[] {
  const a = Float64Array.from({ length }, normal);
  const c = Float64Array.from({ length }, normal);
  const b = a.map((value, i) => value + c[i] + normal());
  const d = b.map((value) => value + normal());
  return [a, b, c, d].map((values, i) => ({ name: 'abcd'[i], values }));
}
const columns = collider(300);

describe('the same answer', () => {
  test.each([
    ['PC, three threads', { halfSamples: 12, seed: 5 }, 3],
    ['PC, one thread', { halfSamples: 12, seed: 5, threshold: 0.6 }, 1],
    ['FCI', { halfSamples: 6, algorithm: 'fci', threshold: 0.5 }, 2],
    ['KCI, native in every thread', { halfSamples: 3, test: 'kci', maxConditioning: 1 }, 2],
    ['no resamples', {}, 4],
  ] as [string, ParallelOptions, number][])('%s', async (_, options, threads) => {
    // Compare as text, because objects from another thread belong to another realm.
    const text = (discovered: Discovery) =>
      JSON.stringify({ ...discovered, marks: Array.from(discovered.graph.marks) });
    expect(text(await discoverInParallel(columns, { ...options, threads }))).toBe(text(discover(columns, options)));
  });
});

describe('threads that share the tests of one graph', () => {
  const wide = Array.from({ length: 14 }, (_, i) => ({
    name: `v${i}`,
    values: columns[0].values.map((value, row) => value + columns[2].values[row] * (i % 3) + 1.5 * normal()),
  }));
  const shared = (data: DataColumn[], options: DiscoverOptions, helpers: number) => {
    const remembered = new RememberedTest(testOf(data, options));
    return new QuestionThreads({ columns: data, options, helpers }, 0).run(
      graphQuestions(remembered, options),
      remembered,
    );
  };
  const text = (discovered: object) => JSON.stringify(discovered);

  test.each([
    ['Fisher z', wide, { alpha: 0.2 }],
    ['a test of single sets whose p-values are needed again', wide, { test: 'rcit', rule: 'maxp', maxConditioning: 1 }],
    ['FCI', wide, { algorithm: 'fci', maxConditioning: 2 }],
  ] as [string, DataColumn[], DiscoverOptions][])(
    '%s gives the same graph, separations and counts',
    async (_, data, options) => {
      const small = options.test === undefined ? data : data.slice(0, 5);
      const alone = await shared(small, options, 0);
      expect(alone.tests).toBeGreaterThan(20);
      expect(text(await shared(small, options, 2))).toBe(text(alone));
    },
  );

  test('the error of one thread', async () => {
    const copies = [...wide, { name: 'copy', values: wide[9].values }, { name: 'other', values: wide[2].values }];
    const message = (helpers: number) => shared(copies, {}, helpers).catch(String);
    const alone = await message(0);
    expect(alone).toMatch(/linear function/);
    expect(await message(2)).toBe(alone);
  });
});

test('shares of FCI count circles, and a stable PAG keeps them', () => {
  // A half-sample has 300 rows.
  const { graph, edges } = discover(collider(600), { algorithm: 'fci', halfSamples: 20, threshold: 0.8, alpha: 0.01 });
  const edge = edges.find(({ from, to }) => from === 'a' && to === 'b')!;
  expect(edge.frequencies!.openForward).toBeGreaterThan(0.7);
  const { adjacent, ...shares } = edge.frequencies!;
  expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(adjacent, 12);
  expect(graph.marks[0 * 4 + 1]).toBe(2);
});

test('progress counts all data and every half-sample', async () => {
  const seen: number[] = [];
  await discoverInParallel(columns, {
    halfSamples: 5,
    threads: 2,
    onProgress: (done, total) => seen.push(done, total),
  });
  expect(seen).toEqual([1, 6, 2, 6, 3, 6, 4, 6, 5, 6, 6, 6]);
});

test('an abort ends it with the reason of the signal, before and during the search', async () => {
  await expect(discoverInParallel(columns, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  const controller = new AbortController();
  const options = { halfSamples: 1e6, threads: 2, signal: controller.signal };
  const stop = () => controller.abort(new Error('enough'));
  await expect(discoverInParallel(columns, { ...options, onProgress: stop })).rejects.toThrow('enough');
  // One signal may serve many searches.
  const { signal } = new AbortController();
  await discoverInParallel(columns, { threads: 1, signal });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('errors keep their code, both in the caller and in a worker', async () => {
  const code = (expected: string) => expect.objectContaining({ code: expected, name: 'InputError' });
  await expect(discoverInParallel(columns, { threads: 0 })).rejects.toEqual(code('invalid-threads'));
  await expect(discoverInParallel(columns, { algorithm: 'pcc' as 'pc' })).rejects.toEqual(code('unknown-algorithm'));
  await expect(discoverInParallel(columns, { alpha: 2, threads: 1 })).rejects.toEqual(code('invalid-alpha'));
  const flat = [...columns, { name: 'flat', values: columns[0].values.map(() => 1) }];
  await expect(discoverInParallel(flat, { threads: 1 })).rejects.toEqual(code('constant-column'));
  const thrown = () => {
    throw new Error('in the callback');
  };
  await expect(discoverInParallel(columns, { halfSamples: 2, onProgress: thrown })).rejects.toThrow('in the callback');
});
