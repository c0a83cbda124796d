// The order of the modalities against the reversed order, by the likelihood of held-out subjects.

import { expect, test } from '@jest/globals';
import { tableObservation } from '../../src/data/observation.js';
import { hasOrder, orderEvidence, orderFits, ordersOf, pairedDifference, reordered } from '../../src/evidence/order.js';
import { EQUAL_STANDARD_ERRORS } from '../../src/conclusions/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import type { Subspaces } from '../../src/training/component-stage.js';
import { fitConfig } from '../../src/training/config.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';

const dataset = simulatedDataset(simulate('case1', { seed: 1, samples: 60, test: 20 }));
const config = fitConfig(
  { flow: 'affine', componentRestarts: 4, componentSteps: 1000, componentMap: 8, seed: 1, hidden: 8 },
  { subjects: 700 },
);
const hooks = { threads: 1 };
const SUBJECTS = 1000;

/** One latent in each of two modalities, of unit variance. */
function twoLatents(effectOf: (cause: number, noise: number) => number): Subspaces {
  const random = new RandomStream(7, 0);
  const pairs = Array.from({ length: SUBJECTS }, () => {
    const cause = random.normal();
    return [cause, effectOf(cause, random.normal())];
  });
  const effects = pairs.map(([, effect]) => effect);
  const mean = effects.reduce((sum, value) => sum + value, 0) / SUBJECTS;
  const sd = Math.sqrt(effects.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SUBJECTS);
  const modalities = ['a', 'b'].map((name) => ({
    ...{ name, latents: 1, exogenous: 0 },
    observation: tableObservation(3),
  }));
  const rows = Int32Array.from({ length: SUBJECTS }, (_, row) => row);
  return {
    modalities,
    values: Float32Array.from(pairs.flatMap(([cause, effect]) => [cause, (effect - mean) / sd])),
    split: { train: rows.subarray(0, 600), validation: rows.subarray(600, 800), test: rows.subarray(800) },
    bends: false,
  };
}

const compare = async (subspaces: Subspaces) =>
  orderEvidence(await orderFits(subspaces, { dataset, config, hooks }), undefined);

test('a cause that its effect does not determine comes first, and a reversed study reverses the result', async () => {
  const subspaces = twoLatents((cause, noise) => cause ** 2 + 0.3 * noise);
  const order = await compare(subspaces);
  expect(order.subjects).toBe(400);
  expect(order.difference).toBeGreaterThan(5 * order.standardError);
  const turned = await compare(reordered(subspaces, [1, 0]));
  expect(turned.difference).toBeCloseTo(-order.difference, 6);
}, 60_000);

test('both orders explain a linear Gaussian pair equally well', async () => {
  const order = await compare(twoLatents((cause, noise) => 0.6 * cause + 0.8 * noise));
  expect(Math.abs(order.difference)).toBeLessThan(EQUAL_STANDARD_ERRORS * order.standardError);
}, 60_000);

test('only held-out subjects with every modality count, and too few give no evidence', async () => {
  const subspaces = twoLatents((cause, noise) => 0.6 * cause + 0.8 * noise);
  const present = [0, 1].map((m) => Uint8Array.from({ length: SUBJECTS }, (_, row) => (m === 0 && row > 608 ? 0 : 1)));
  expect(await orderFits({ ...subspaces, present }, { dataset, config, hooks })).toEqual([]);
});

test('reversed modalities keep all of their data', () => {
  const shape = (name: string, latents: number) => ({ name, latents, exogenous: 0, observation: tableObservation(3) });
  const rows = Int32Array.of(0, 1);
  const subspaces: Subspaces = {
    modalities: [shape('a', 2), shape('b', 1), shape('c', 1)],
    values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    present: [Uint8Array.of(1, 0), Uint8Array.of(1, 1), Uint8Array.of(0, 1)],
    columns: [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6), Float32Array.of(7, 8)],
    shared: { latents: 1, modalities: [0, 1] },
    split: { train: rows, validation: rows, test: rows },
  };
  const turned = reordered(subspaces, [2, 1, 0]);
  expect(turned.modalities.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  expect([...turned.values]).toEqual([4, 3, 1, 2, 8, 7, 5, 6]);
  expect(turned.present!.map((mask) => [...mask])).toEqual([
    [0, 1],
    [1, 1],
    [1, 0],
  ]);
  expect(turned.columns!.map((components) => [...components])).toEqual([
    [7, 8],
    [5, 6],
    [1, 2, 3, 4],
  ]);
  expect(turned.shared!.modalities).toEqual([1, 2]);
  expect(reordered(turned, [2, 1, 0])).toEqual(subspaces);
});

test('the standard error is that of a mean, over groups if rows belong to groups', () => {
  const values = Float32Array.of(1, 2, 3, 6);
  // The variance is 14/3, divided by 4.
  expect(pairedDifference(values)).toEqual({
    difference: 3,
    standardError: expect.closeTo(Math.sqrt(14 / 3 / 4), 9),
    subjects: 4,
  });
  // The group sums of the deviations are −3 and 3.
  const { standardError } = pairedDifference(values, ['x', 'x', 'y', 'y']);
  expect(standardError).toBeCloseTo(Math.sqrt(2 * 18) / 4, 9);
  expect(pairedDifference(values, ['x', 'x', 'x', 'x']).standardError).toBe(Infinity);
});

test('of up to three modalities all orders are compared, of more the reversed one and exchanged neighbours', () => {
  expect(ordersOf(2)).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(ordersOf(3).map((order) => order.join(''))).toEqual(['012', '210', '102', '021', '120', '201']);
  expect(ordersOf(4).map((order) => order.join(''))).toEqual(['0123', '3210', '1023', '0213', '0132']);
});

test('an order belongs to two-stage fits with ordered modalities', () => {
  expect(hasOrder(dataset, config)).toBe(true);
  expect(hasOrder(dataset, fitConfig({ sparsity: { graph: 'acyclic' } }))).toBe(false);
  expect(hasOrder(dataset, fitConfig({ fit: 'joint' }))).toBe(false);
  expect(hasOrder({ modalities: dataset.modalities.slice(0, 1) }, config)).toBe(false);
});
