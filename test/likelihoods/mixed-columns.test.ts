// Columns of every kind in one study: from raw numbers to a data set, to a fit, and invalid columns.

import { describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import { modalityOfColumns } from '../../src/data/columns-modality.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import type { RawColumn } from '../../src/data/kinds.js';
import { joinedObservation, observationOf } from '../../src/data/observation.js';
import { kindProblem } from '../../src/data/check-kinds.js';
import { latentLayout } from '../../src/networks/layout.js';
import { drawValues } from '../../src/networks/observation-draws.js';
import { thetaSize } from '../../src/networks/observation-likelihood.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';
import { modalityShapes } from '../../src/training/model-config.js';
import { generator } from '../fixtures/numbers.js';

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const TRAIN = Int32Array.of(0, 1, 2, 3);

function modality(...columns: readonly RawColumn[]): Modality {
  return modalityOfColumns({ name: 'clinic', columns, latents: 1, exogenous: 1 }, IDS, TRAIN);
}

const numbers = (...values: number[]): Float64Array => Float64Array.from(values);
const AGE = { name: 'age', values: numbers(1, 3, 1, 3, 5, 2) };
const SMOKER: RawColumn = {
  name: 'smoker',
  kind: 'binary',
  values: numbers(0, 1, 1, 0, 1, 1),
  levels: ['no', 'yes'],
};
const GRADE: RawColumn = {
  name: 'grade',
  kind: 'ordinal',
  values: numbers(0, 1, 2, 3, 0, 2),
  levels: ['none', 'mild', 'moderate', 'severe'],
};
const BLOOD: RawColumn = {
  name: 'blood',
  kind: 'categorical',
  values: numbers(2, 0, 1, 0, 0, 2),
  levels: ['A', 'B', 'O'],
};
const READS: RawColumn = { name: 'reads', kind: 'count', values: numbers(0, 7, 1, 120, 3, 0) };

/** Returns the values of a column of the table, in the order of the subjects. */
function column({ columns, values }: Modality, name: string): number[] {
  const at = columns.findIndex((one) => one.name === name);
  return IDS.map((_, row) => values[row * columns.length + at]);
}

describe('values of the columns of a modality', () => {
  const mixed = modality(AGE, SMOKER, GRADE, BLOOD, READS);

  test('a measurement has mean 0 and sd 1 on the training split', () => {
    expect(column(mixed, 'age')).toEqual([-1, 1, -1, 1, 3, 0]);
  });

  test('a binary column has 1 for yes and 0 for no', () => {
    expect(column(mixed, 'smoker')).toEqual([0, 1, 1, 0, 1, 1]);
  });

  test('a categorical column has a value for every level: 1 if the subject has it', () => {
    expect(['A', 'B', 'O'].map((level) => column(mixed, `blood=${level}`))).toEqual([
      [0, 1, 0, 1, 1, 0],
      [0, 0, 1, 0, 0, 0],
      [1, 0, 0, 0, 0, 1],
    ]);
  });

  test('an ordinal column has a value for every level except the lowest: 1 if the level is reached', () => {
    expect(['mild', 'moderate', 'severe'].map((level) => column(mixed, `grade>=${level}`))).toEqual([
      [0, 1, 1, 1, 0, 1],
      [0, 0, 1, 1, 0, 1],
      [0, 0, 0, 1, 0, 0],
    ]);
  });

  test('a count is the standardised logarithm of count + 1', () => {
    const logs = [0, 7, 1, 120].map(Math.log1p);
    const mean = logs.reduce((a, b) => a + b) / 4;
    const sd = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / 4);
    column(mixed, 'reads').forEach((value, i) => {
      expect(value).toBeCloseTo((Math.log1p(READS.values[i]) - mean) / sd, 6);
    });
  });

  test('adjacent columns of a kind are one part, and levels are stored', () => {
    const sorted = modality(SMOKER, AGE, { ...SMOKER, name: 'diabetes' }, READS, { ...AGE, name: 'height' });
    expect(sorted.columns.map(({ name }) => name)).toEqual(['smoker', 'diabetes', 'age', 'height', 'reads']);
    const { mean, sd } = sorted.columns[4];
    expect(observationOf(sorted).parts).toEqual([
      { likelihood: 'binary', from: 0, to: 2 },
      { likelihood: 'gaussian', from: 2, to: 4 },
      { likelihood: 'count', from: 4, to: 5, scales: [{ mean, sd }] },
    ]);
    expect(sorted.levels).toEqual({ smoker: ['no', 'yes'], diabetes: ['no', 'yes'] });
  });

  test('a missing cell is missing in all values of its column', () => {
    const holes = numbers(NaN, 1, 2, 3, 0, 2);
    const { columns, values, observed } = modality(AGE, { ...GRADE, values: holes });
    expect(columns).toHaveLength(4);
    expect([...values.subarray(0, 4)]).toEqual([-1, 0, 0, 0]);
    expect([...observed!]).toEqual([1, 0, 0, 0, ...new Array<number>(20).fill(1)]);
  });

  test('adjacent columns of one kind join only if they have the same number of levels', () => {
    const parts = observationOf(modality(BLOOD, { ...BLOOD, name: 'tissue' }, GRADE)).parts;
    expect(parts).toEqual([
      { likelihood: 'categorical', from: 0, to: 6, levels: 3 },
      { likelihood: 'ordinal', from: 6, to: 9, levels: 4 },
    ]);
    const counts = observationOf(modality(READS));
    expect(joinedObservation([counts, counts]).parts[0].scales).toHaveLength(2);
  });
});

describe('values that contradict the kind of their column are refused', () => {
  test.each<[string, RawColumn, string, RegExp]>([
    ['a binary column with three levels', { ...SMOKER, levels: ['no', 'yes', 'often'] }, 'level-count', /exactly 2/],
    ['an ordinal column with two levels', { ...GRADE, levels: ['low', 'high'] }, 'level-count', /at least 3/],
    [
      'a level that does not exist',
      { ...BLOOD, values: numbers(0, 1, 2, 3, 0, 0) },
      'unknown-level',
      /has 3, .*A, B, O/,
    ],
    [
      'values of other subjects',
      { ...AGE, values: numbers(1, 2) },
      'invalid-argument',
      /columns\[1\]\.values has 2 elements; 6/,
    ],
    ['a negative count', { ...READS, values: numbers(0, -1, 2, 3, 0, 0) }, 'not-a-count', /has -1/],
    ['a fractional count', { ...READS, values: numbers(0, 1.5, 2, 3, 0, 0) }, 'not-a-count', /has 1\.5/],
    [
      'a column without a training value',
      { ...READS, values: numbers(NaN, NaN, NaN, NaN, 0, 3) },
      'constant-column',
      /empty/,
    ],
    ['a column without spread', { ...SMOKER, values: numbers(1, 1, 1, 1, 0, 0) }, 'constant-column', /'smoker'/],
  ])('%s', (_, wrong, code, message) => {
    expect(() => modality(AGE, wrong)).toThrow(message);
    expect(() => modality(AGE, wrong)).toThrow(expect.objectContaining({ code }));
  });

  test('an unknown kind in untyped JavaScript is refused', () => {
    const column: RawColumn = JSON.parse('{ "name": "x", "kind": "binry", "values": [] }') as RawColumn;
    const call = () => modality(AGE, { ...column, values: numbers(0, 1, 0, 1, 0, 1) });
    expect(call).toThrow(/cannot be 'binry'.*binary/);
    expect(call).toThrow(expect.objectContaining({ code: 'unknown-kind' }));
  });

  const valid = modality(AGE, SMOKER, BLOOD, GRADE, READS);
  const AT: Readonly<Record<string, number>> = Object.fromEntries(valid.columns.map(({ name }, i) => [name, i]));

  test.each<[string, Partial<Modality>, RegExp]>([
    ['a binary value that is neither 0 nor 1', changed('smoker', 0.5), /'smoker'\) is binary and has \[0\.5\]/],
    ['two categories of one subject', changed('blood=B', 1), /'blood'\) is categorical and has \[0, 1, 1\]/],
    ['an ordinal value that skips a level', changed('grade>=severe', 1), /'grade'\) is ordinal and has \[0, 0, 1\]/],
    [
      'a fractional count',
      changed('reads', (Math.log1p(2.5) - valid.columns[AT['reads']].mean) / 3),
      /'reads'\) is a count/,
    ],
    ['a single missing level', hidden('blood=B'), /'blood'\) is observed in only some of its levels/],
  ])('in a data set: %s', (_, change, message) => {
    const dataset = datasetOf([{ ...valid, ...change }, modality(AGE)]);
    expect(() => {
      checkDataset(dataset);
    }).toThrow(message);
  });

  /** Returns the values with one value of the first subject changed. */
  function changed(name: string, value: number): Pick<Modality, 'values'> {
    const values = valid.values.slice();
    values[AT[name]] = value;
    return { values };
  }

  function hidden(name: string): Pick<Modality, 'values' | 'observed'> {
    const observed = new Uint8Array(valid.values.length).fill(1);
    observed[AT[name]] = 0;
    return { ...changed(name, 0), observed };
  }

  function datasetOf(modalities: readonly Modality[]): Dataset {
    const named = modalities.map((one, m) => ({ ...one, name: `m${m}` }));
    const plain = {
      ids: IDS,
      modalities: named,
      split: { train: TRAIN, validation: Int32Array.of(4), test: Int32Array.of(5) },
    };
    return { ...plain, fingerprint: fingerprintOf(plain) };
  }
});

/** Returns case 1 with a column of every kind in addition to the measured ones. */
function mixedStudy(): Dataset {
  const { ids, modalities, latents, split } = simulate('case1', { seed: 2, samples: 400, test: 50 });
  const next = generator(3);
  const logistic = (): number => {
    const u = next();
    return Math.log(u / (1 - u));
  };
  const mixed = modalities.map(({ name, x, columns: width }, m) => {
    const raw = (c: number): Float64Array => Float64Array.from(ids, (_, row) => x[row * width + c]);
    const flags = raw(0).map((value) => (2 * value + logistic() > 0 ? 1 : 0));
    const grades = raw(1).map((value) => [-2, 0, 2].filter((t) => 2 * value + logistic() > t).length);
    const counts = raw(2).map((value) => Math.round(Math.exp(m + 2 + value)));
    const columns: RawColumn[] = [
      { name: 'binary', kind: 'binary', values: flags, levels: ['no', 'yes'] },
      { name: 'ordinal', kind: 'ordinal', values: grades, levels: ['0', '1', '2', '3'] },
      { name: 'categorical', kind: 'categorical', values: grades, levels: ['0', '1', '2', '3'] },
      { name: 'count', kind: 'count', values: counts },
      { name: 'poisson', kind: 'poisson', values: counts },
      { name: 'robust', kind: 'robust', values: raw(3) },
      { name: 'noise', kind: 'learned-noise', values: raw(4) },
      ...[5, 6, 7, 8].map((c) => ({ name: `x${c}`, values: raw(c) })),
    ];
    return modalityOfColumns({ name, columns, latents, exogenous: 1 }, ids, split.train);
  });
  const plain = { ids, modalities: mixed, split };
  return { ...plain, fingerprint: fingerprintOf(plain) };
}

test('draws given θ are valid values of a data set with the expected means', () => {
  const drawnModality = modality(AGE, SMOKER, BLOOD, GRADE, READS, { ...READS, name: 'visits', kind: 'poisson' });
  const observation = observationOf(drawnModality);
  // age; a certain yes; certainly O; f far above all thresholds; ln of the expected count and ln r; the same for
  // visits.
  const theta = [30, 60, -60, -60, 60, 60, 0, 0, 0, Math.log(100), 0];
  expect(theta).toHaveLength(thetaSize(observation));
  const random = new RandomStream(1, 2);
  const draws = Array.from({ length: 2000 }, () => drawValues(observation, theta, random));
  expect(draws.every(([, ...certain]) => certain.slice(0, 7).join() === '1,0,0,1,1,1,1')).toBe(true);
  const average = (at: number): number => {
    const { mean, sd } = drawnModality.columns[at];
    return draws.reduce((sum, drawn) => sum + Math.expm1(drawn[at] * sd + mean), 0) / draws.length;
  };
  const geometric = Math.expm1(drawnModality.columns[8].mean);
  expect(average(8) / geometric).toBeCloseTo(1, 1);
  expect(average(9) / geometric).toBeCloseTo(1, 1);
  const values = Float32Array.from(IDS.flatMap((_, row) => [...draws[row]]));
  expect(kindProblem({ columns: drawnModality.columns, values })).toBeUndefined();
});

describe('a fit of columns of every kind', () => {
  const dataset = mixedStudy();

  test('groups modalities of the same kinds, whatever the scales of their counts', () => {
    checkDataset(dataset);
    const { groups } = latentLayout(modalityShapes(dataset));
    expect(groups.map(({ members }) => members)).toEqual([[0, 1]]);
    const [first, second] = groups[0].observations;
    expect(first.parts).not.toEqual(second.parts);
  });

  test('trains the per-column numbers, too: scales, thresholds, dispersions', async () => {
    const settings = {
      encoderRestarts: 2,
      epochs: 6,
      batch: 32,
      hidden: 16,
      componentRestarts: 2,
      componentSteps: 40,
      polish: 2,
      seed: 5,
    };
    const { stages, parameters } = await fitModel(dataset, fitConfig(settings), { threads: 1 });
    const objectives = stages.flatMap((stage) => stage.objectives);
    expect(objectives.every(Number.isFinite)).toBe(true);
    const columns = parameters.get('decoder.columns')!;
    // Two gaps of the ordinal column, the count's dispersion, two scales.
    expect(columns.shape).toEqual([1, 2, 2 + 1 + 2, 1]);
    const initial = [Math.log(Math.E - 1), Math.log(Math.E - 1), 0, 0.5 * Math.log(0.5), 0.5 * Math.log(0.5)];
    const moved = [...columns.values].filter((value, i) => Math.abs(value - initial[i % 5]) > 1e-3);
    expect(moved).toHaveLength(10);
  });
});
