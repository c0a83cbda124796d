// Shrinkage of a read-out: features of a linear method have the shrinkage of that method, all other ones are shrunk
// with subjects who did not train them (docs/how-to/evaluate.md).

import { describe, expect, test } from '@jest/globals';
import { Matrix } from 'ml-matrix';
import { tableDataset } from '../../reproduction/experiments/null-studies.js';
import { trustedWeights } from '../../src/quality/read-out.js';
import { TwoSplits } from '../../src/quality/two-splits.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns } from '../fixtures/draws.js';

const ROWS = 400;
const random = new RandomStream(3, 0);
const features = normalColumns(random, ROWS, 2);
/** Columns of the other modality: the first three depend on the first feature, the last on none. */
const columns = [0.8, 0.6, -0.7, 0].map((slope) => features[0].map((z) => slope * z + 0.5 * random.normal()));
const ids = Array.from({ length: ROWS }, (_, i) => `s${i}`);
const dataset = tableDataset({ names: ['own', 'other'], latents: [2, 2] }, [features, columns], ids);
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
/** Features of the held-out split are exchanged, so that training and held-out subjects have different relations. */
const validationOf = (of: readonly Float64Array[]) => ({ features: readOutOf(of).features.heldOut, columns: other });

describe('the weights of a read-out', () => {
  test('of features that are an affine map of a linear method are those of the method', () => {
    const turned = [
      features[0].map((z, i) => z + features[1][i]),
      features[1].map((z, i) => 3 * features[0][i] - z + 7),
    ];
    const original = readOutOf(features);
    const method = { features: original.features.train, weights: Matrix.mul(original.weights, 0.4) };
    const { features: rotatedFeatures, weights } = readOutOf(turned);
    const trusted = trustedWeights({ features: rotatedFeatures, weights }, [method], validationOf(turned));
    const predicted = rotatedFeatures.heldOut.mmul(trusted);
    const expected = original.features.heldOut.mmul(method.weights);
    expect(Matrix.sub(predicted, expected).norm()).toBeLessThan(1e-9 * expected.norm());
    // A method with other features has no effect.
    const elsewhere = { features: Matrix.rand(200, 2), weights: method.weights };
    expect(trustedWeights({ features: rotatedFeatures, weights }, [elsewhere], undefined)).toBe(weights);
  });

  test('keep a direction that holds in validation subjects, and remove one that does not', () => {
    const spoilt = [features[0], features[1].map((z, i) => (i < 200 ? columns[3][i] : z))];
    const readOut = readOutOf(spoilt);
    const trusted = trustedWeights(readOut, [], validationOf(spoilt));
    const explained = (weights: Matrix, split: 'train' | 'heldOut') => {
      const predicted = {
        train: readOut.features.train.mmul(weights),
        heldOut: readOut.features.heldOut.mmul(weights),
      };
      return other.sharesOfCentred(predicted)[split]!;
    };
    // The fourth column equals its feature only in training subjects.
    expect(explained(readOut.weights, 'train')).toBeGreaterThan(0.7);
    expect(explained(readOut.weights, 'heldOut')).toBeLessThan(0.35);
    expect(explained(trusted, 'heldOut')).toBeGreaterThan(0.45);
    expect(Math.abs(trusted.get(1, 3))).toBeLessThan(0.2);
    expect(trusted.get(0, 0) / readOut.weights.get(0, 0)).toBeGreaterThan(0.9);
  });

  test('never grow, and are zero if validation subjects show the opposite', () => {
    const opposite = [features[0].map((z, i) => (i < 200 ? z : -z))];
    const readOut = readOutOf(opposite);
    expect(trustedWeights(readOut, [], validationOf(opposite)).norm()).toBe(0);
    const stronger = [features[0].map((z, i) => (i < 200 ? z : z / 3))];
    const same = readOutOf(stronger);
    expect(Matrix.sub(trustedWeights(same, [], validationOf(stronger)), same.weights).norm()).toBeLessThan(1e-12);
  });
});
