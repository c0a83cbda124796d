// How far a read-out is trusted: numbers of a linear method have that method's, others are shrunk by subjects who did
// not train them (docs/how-to/evaluate.md).

import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { tableDataset } from '../src/experiments/null-studies.js';
import { trustedWeights } from '../src/quality/read-out.js';
import { TwoSplits } from '../src/quality/two-splits.js';
import { RandomStream } from '../src/random/random-stream.js';
import { normalColumns } from './draws.js';

const ROWS = 400;
const random = new RandomStream(3, 0);
const numbers = normalColumns(random, ROWS, 2);
/** Columns of the other modality: the first three follow the first number, the last follows none. */
const columns = [0.8, 0.6, -0.7, 0].map((slope) => numbers[0].map((z) => slope * z + 0.5 * random.normal()));
const ids = Array.from({ length: ROWS }, (_, i) => `s${i}`);
const dataset = tableDataset({ names: ['own', 'other'], latents: [2, 2] }, [numbers, columns], ids);
const splits = {
  train: Int32Array.from({ length: 200 }, (_, i) => i),
  heldOut: Int32Array.from({ length: 200 }, (_, i) => 200 + i),
};
const other = new TwoSplits(dataset, [1], splits);
const samplesOf = (rows: Int32Array, of: readonly Float64Array[]) => ({
  ...{ rows: rows.length, columns: of.length },
  values: Float64Array.from(
    { length: rows.length * of.length },
    (_, at) => of[at % of.length][rows[Math.floor(at / of.length)]],
  ),
});
const readOutOf = (of: readonly Float64Array[]) =>
  other.readOutOf({ train: samplesOf(splits.train, of), heldOut: samplesOf(splits.heldOut, of) });
/** What numbers say of training subjects is not what they say of others: those of the held-out split are exchanged. */
const validationOf = (of: readonly Float64Array[]) => ({ numbers: readOutOf(of).numbers.heldOut, columns: other });

describe('the weights of a read-out', () => {
  test('of numbers that a linear method has turned and scaled are that method’s', () => {
    const turned = [numbers[0].map((z, i) => z + numbers[1][i]), numbers[1].map((z, i) => 3 * numbers[0][i] - z + 7)];
    const own = readOutOf(numbers);
    const method = { numbers: own.numbers.train, weights: Matrix.mul(own.weights, 0.4) };
    const { numbers: given, weights } = readOutOf(turned);
    const trusted = trustedWeights({ numbers: given, weights }, [method], validationOf(turned));
    const predicted = given.heldOut.mmul(trusted);
    const expected = own.numbers.heldOut.mmul(method.weights);
    expect(Matrix.sub(predicted, expected).norm()).toBeLessThan(1e-9 * expected.norm());
    // A method of other numbers has no say.
    const elsewhere = { numbers: Matrix.rand(200, 2), weights: method.weights };
    expect(trustedWeights({ numbers: given, weights }, [elsewhere], undefined)).toBe(weights);
  });

  test('keep a direction that holds in validation subjects, and lose one that does not', () => {
    const spoilt = [numbers[0], numbers[1].map((z, i) => (i < 200 ? columns[3][i] : z))];
    const readOut = readOutOf(spoilt);
    const trusted = trustedWeights(readOut, [], validationOf(spoilt));
    const kept = (weights: Matrix, split: 'train' | 'heldOut') => {
      const predicted = { train: readOut.numbers.train.mmul(weights), heldOut: readOut.numbers.heldOut.mmul(weights) };
      return other.sharesOfCentred(predicted)[split]!;
    };
    // The fourth column is its own number in training subjects only.
    expect(kept(readOut.weights, 'train')).toBeGreaterThan(0.7);
    expect(kept(readOut.weights, 'heldOut')).toBeLessThan(0.35);
    expect(kept(trusted, 'heldOut')).toBeGreaterThan(0.45);
    expect(Math.abs(trusted.get(1, 3))).toBeLessThan(0.2);
    expect(trusted.get(0, 0) / readOut.weights.get(0, 0)).toBeGreaterThan(0.9);
  });

  test('never grow, and are zero where validation subjects show the opposite', () => {
    const opposite = [numbers[0].map((z, i) => (i < 200 ? z : -z))];
    const readOut = readOutOf(opposite);
    expect(trustedWeights(readOut, [], validationOf(opposite)).norm()).toBe(0);
    const stronger = [numbers[0].map((z, i) => (i < 200 ? z : z / 3))];
    const same = readOutOf(stronger);
    expect(Matrix.sub(trustedWeights(same, [], validationOf(stronger)), same.weights).norm()).toBeLessThan(1e-12);
  });
});
