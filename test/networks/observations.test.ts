// Observations of a modality: parts, and masks from the data set to the loss.

import { describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import type { Dataset } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { joinedObservation, observationOf, tableObservation, valueCount } from '../../src/data/observation.js';
import { data, grad, sum } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { logProbability, meanOf, thetaSize } from '../../src/networks/observation-likelihood.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';

test('joined tables are one table: adjacent parts of one likelihood become one, and a mask is preserved', () => {
  const joined = joinedObservation([tableObservation(3), tableObservation(2, { masked: true })]);
  expect(joined).toEqual({
    kind: 'table',
    shape: [5],
    parts: [{ likelihood: 'gaussian', from: 0, to: 5 }],
    masked: true,
  });
  expect([valueCount(joined), thetaSize(joined)]).toEqual([5, 5]);
});

describe('a missing value', () => {
  const observation = tableObservation(2, { masked: true });
  const [values, theta, observed] = [
    [0.5, -1, 0, 2],
    [0.25, -0.5, 3, 1],
    [1, 1, 0, 1],
  ].map((numbers) => Float32Array.from(numbers));
  const x = { values: data('x', [1, 1, 2, 2]), observed: data('observed', [1, 1, 2, 2]) };
  const node = data('theta', [1, 1, 2, 2]);
  const feeds = { data: { x: values, observed, theta } };

  test('adds nothing to the log likelihood', () => {
    const [actual] = evaluate([logProbability([observation], x, node)], feeds);
    expect([...actual]).toEqual([-0.0625, -0.25, -0, -1]);
  });

  test('has a slope of zero', () => {
    const [slope] = evaluate(grad(sum(logProbability([observation], x, node), [0, 1, 2, 3]), [node]), feeds);
    expect([...slope]).toEqual([0.5, -1, -0, 2]);
  });

  test("has a mean, which is the decoder's prediction", () => {
    expect([...evaluate([meanOf([observation], node)], feeds)[0]]).toEqual([...theta]);
  });
});

const SMALL: FitSettings = {
  encoderRestarts: 2,
  epochs: 4,
  batch: 64,
  hidden: 16,
  componentRestarts: 4,
  componentSteps: 60,
  polish: 2,
  seed: 5,
};

/** Returns case 1 with the same mask on both modalities. */
function masked(mask: (row: number, column: number) => 0 | 1): Dataset {
  const { ids, modalities, split } = simulatedDataset(simulate('case1', { seed: 2, samples: 400, test: 50 }));
  const withMasks = modalities.map((modality) => {
    const width = modality.columns.length;
    const observed = Uint8Array.from(modality.values, (_, i) => mask(Math.floor(i / width), i % width));
    return { ...modality, values: modality.values.map((value, i) => value * observed[i]), observed };
  });
  return withFingerprint({ ids, modalities: withMasks, split });
}

function withFingerprint(dataset: Omit<Dataset, 'fingerprint'>): Dataset {
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}

/** Returns a data set with all values observed and no mask. */
function unmasked({ ids, modalities, split }: Dataset): Dataset {
  return withFingerprint({
    ids,
    modalities: modalities.map((modality) => ({ ...modality, observed: undefined })),
    split,
  });
}

function changed(mask: Uint8Array, at: number, mark: number): Uint8Array {
  const copy = mask.slice();
  copy[at] = mark;
  return copy;
}

describe('a fit with a mask', () => {
  test('gives the same bits as a fit without a mask if nothing is missing', async () => {
    const all = masked(() => 1);
    expect(all.modalities.map((modality) => observationOf(modality).masked)).toEqual([false, false]);
    const [withMask, without] = await Promise.all(
      [all, unmasked(all)].map((dataset) => fitModel(dataset, fitConfig(SMALL), { threads: 1 })),
    );
    expect(withMask.stages.map(({ objectives }) => objectives)).toEqual(
      without.stages.map(({ objectives }) => objectives),
    );
    expect([...withMask.parameters]).toEqual([...without.parameters]);
  });

  test('does not train the bias of a value that is always missing', async () => {
    // No value of column 3 is observed, so no loss changes the bias of its reconstruction.
    const dataset = masked((_, column) => (column === 3 ? 0 : 1));
    const { parameters } = await fitModel(dataset, fitConfig({ ...SMALL, fit: 'joint', encoderRestarts: 1 }), {
      threads: 1,
    });
    const { values, shape } = parameters.get('decoder.2.bias')!;
    expect(shape).toEqual([1, 2, 15, 1]);
    expect([...values.keys()].filter((at) => values[at] === 0)).toEqual([3, 18]);
  });

  test('has another fingerprint than a data set with the same values, all observed', () => {
    const dataset = masked((row) => (row % 2 === 0 ? 1 : 0));
    expect(unmasked(dataset).fingerprint).not.toBe(dataset.fingerprint);
  });

  test.each([
    [(mask: Uint8Array) => mask.subarray(1), /observed has 6749 elements, values has 6750/],
    [(mask: Uint8Array) => changed(mask, 7, 2), /observed\[7\] is 2; accepted are 1, observed, and 0, missing/],
    [(mask: Uint8Array) => changed(mask, 7, 0), /observed\[7\] marks a missing value, but .*; store 0 there/],
  ])('is refused if the mask does not fit the values', (change, message) => {
    const { modalities, ...rest } = masked(() => 1);
    const [first, second] = modalities;
    const wrong = { ...rest, modalities: [{ ...first, observed: change(first.observed!) }, second] };
    const check = () => {
      checkDataset(wrong);
    };
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'invalid-dataset' }));
  });
});
