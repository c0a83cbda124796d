// Explained variance: closed forms of linear Gaussian data, a separate computation of cross-fitted errors, and studies
// without association.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { Matrix, solve } from 'ml-matrix';
import { crossFittedErrors, foldsOf } from '../../src/interpretation/cross-fitted-errors.js';
import type { ResultTable } from '../../src/interpretation/index.js';
import { ratio } from '../../src/interpretation/ratio.js';
import { varianceWithin } from '../../src/interpretation/variance.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { formulaSubjects, unitOf } from '../fixtures/linear-decoder.js';
import { scratch } from '../fixtures/scratch.js';

const normals = (random: RandomStream, count: number) => Float64Array.from({ length: count }, () => random.normal());

describe('cross-fitted errors', () => {
  const random = new RandomStream(3, 0);
  const [rows, columns] = [60, 4];
  const features = [normals(random, rows), normals(random, rows), normals(random, rows)];
  const values = Float64Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns);
    return 0.5 + features[0][row] - 0.3 * features[2][row] * (at % columns) + random.normal();
  });
  const sets = [[0, 1, 2], [0], [1, 2]];

  test.each([false, true])('are those of a regression without each fold (missing values: %p)', (hasGaps) => {
    const observed = hasGaps ? Uint8Array.from(values, (_, at) => Number(at % 7 !== 0)) : undefined;
    const folds = foldsOf(rows, undefined, 1);
    const table = { samples: { values, rows, columns }, observed };
    const errors = crossFittedErrors(features, table, folds, sets);
    const isKnown = (row: number, c: number) => observed?.[row * columns + c] !== 0;
    for (const [s, set] of [[], ...sets].entries()) {
      const expected = new Float64Array(rows);
      for (let c = 0; c < columns; c++) {
        for (let fold = 0; fold < 10; fold++) {
          const designOf = (row: number) => [1, ...set.map((k) => features[k][row])];
          const otherRows = [...folds.keys()].filter((row) => folds[row] !== fold && isKnown(row, c));
          const weights = solve(
            new Matrix(otherRows.map(designOf)),
            Matrix.columnVector(otherRows.map((row) => values[row * columns + c])),
          ).to1DArray();
          for (const row of folds.keys()) {
            if (folds[row] !== fold || !isKnown(row, c)) continue;
            const predicted = designOf(row).reduce((sum, value, i) => sum + value * weights[i], 0);
            expected[row] += (values[row * columns + c] - predicted) ** 2;
          }
        }
      }
      const actual = s === 0 ? errors.baseline : errors.sets[s - 1];
      actual.forEach((error, row) => {
        expect(error).toBeCloseTo(expected[row], 6);
      });
    }
  });

  test('rows of a group are in one fold', () => {
    const groups = Array.from({ length: 50 }, (_, row) => `g${row % 12}`);
    const folds = foldsOf(50, groups, 0);
    for (const [row, group] of groups.entries()) expect(folds[row]).toBe(folds[groups.indexOf(group)]);
    expect(new Set(folds).size).toBe(10);
  });

  test('explain nothing of noise, and the closed form of a signal; intervals cover 90 %', () => {
    const stream = new RandomStream(11, 0);
    const draw = (slope: number) => {
      const z = normals(stream, 150);
      const x = Float64Array.from({ length: 150 * 5 }, (_, at) => slope * z[Math.floor(at / 5)] + stream.normal());
      const table = { samples: { values: x, rows: 150, columns: 5 }, observed: undefined };
      const {
        baseline,
        sets: [errors],
      } = crossFittedErrors([z], table, foldsOf(150, undefined, 0), [[0]]);
      return ratio(
        baseline.map((error, i) => error - errors[i]),
        baseline,
        undefined,
      );
    };
    const noise = Array.from({ length: 200 }, () => draw(0));
    expect(noise.reduce((sum, { estimate }) => sum + estimate, 0) / 200).toBeLessThan(0);
    expect(noise.filter(({ lower }) => lower > 0).length).toBeLessThanOrEqual(14);
    const truth = 0.25 / 1.25;
    const signal = Array.from({ length: 200 }, () => draw(0.5));
    expect(signal.reduce((sum, { estimate }) => sum + estimate, 0) / 200).toBeCloseTo(truth, 1.7);
    const covered = signal.filter(({ lower, upper }) => lower <= truth && truth <= upper).length / 200;
    expect(covered).toBeGreaterThan(0.83);
  });
});

test('within a modality, shares are those of the linear model', async () => {
  const weights = [
    [2, 0],
    [1, 1],
    [0, -1.5],
  ];
  const sd = [1, 0.5];
  const study = { subjects: 4000, seed: 5, columns: 3, sd, noise: 0.7 };
  const decoder = (z: Float64Array) => weights.map(([a, b]) => a * z[0] + b * z[1]);
  const shares = await varianceWithin(formulaSubjects({ ...study, decoder }), [unitOf(0), unitOf(1)]);
  const variances = sd.map((s, k) => weights.reduce((sum, row) => sum + (row[k] * s) ** 2, 0));
  const total = variances[0] + variances[1] + 3 * 0.7 ** 2;
  const [first, second, all] = shares;
  for (const [k, share] of [first, second].entries()) {
    expect(share.r2.estimate).toBeCloseTo(variances[k] / total, 1.5);
    expect(share.unique!.estimate).toBeCloseTo(variances[k] / total, 1.5);
    expect(share.r2.lower).toBeLessThan(variances[k] / total);
    expect(share.r2.upper).toBeGreaterThan(variances[k] / total);
  }
  expect(all.unit).toBeUndefined();
  expect(all.r2.estimate).toBeCloseTo((variances[0] + variances[1]) / total, 1.5);
  // A block has the joint share, whatever its axes are.
  const [block] = await varianceWithin(formulaSubjects({ ...study, decoder }), [unitOf(0, 1)]);
  expect(block.r2).toEqual(all.r2);
});

describe('of a fit', () => {
  const place = scratch();
  const tables: Record<string, ResultTable> = {};
  beforeAll(async () => {
    for (const [name, isShuffled] of [
      ['linked', false],
      ['shuffled', true],
    ] as const) {
      writeFactorStudy(place, { name, subjects: 400, seed: 8, ...TWO_FACTORS, isShuffled });
      await commandHere(['fit', `${name}/study.yaml`, '--out', name, ...SHORT_FIT], place.folder);
      const { out } = await commandHere(['table', name, 'variance', '--json'], place.folder);
      tables[name] = JSON.parse(out) as ResultTable;
    }
  }, 170_000);

  const rowsOf = ({ columns, rows }: ResultTable) =>
    rows.map((row) => Object.fromEntries(row.map((cell, c) => [columns[c].name, cell])));

  test('is that of the factors', () => {
    const total = rowsOf(tables['linked']).find(
      (row) => row['latent'] === 'body: all' && row['columns-of'] === 'blood',
    )!;
    // Three of five columns have the factor, with a variance of 1 and a noise of 0.6², and three columns measure it.
    const reliability = 1 / (1 + 0.36 / 3);
    const truth = ((3 / 5) * reliability) / 1.36;
    expect(Math.abs(Number(total['r2']) - truth)).toBeLessThan(0.1);
    expect(rowsOf(tables['linked']).filter((row) => row['latents-of'] === row['columns-of']).length).toBeGreaterThan(3);
  });

  test('is 0 within its error between shuffled modalities', () => {
    const across = rowsOf(tables['shuffled']).filter((row) => row['latents-of'] !== row['columns-of']);
    expect(across.length).toBeGreaterThan(2);
    for (const row of across) expect(Number(row['r2.lower'])).toBeLessThanOrEqual(0);
  });
});
