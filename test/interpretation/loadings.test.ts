// Loadings: closed forms of linear and curved decoders, robust standard errors by their definition, and the coverage of
// intervals over refits.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { inverse, Matrix } from 'ml-matrix';
import type { ResultTable } from '../../src/interpretation/index.js';
import { responsesOf } from '../../src/interpretation/loadings.js';
import { combined } from '../../src/interpretation/refit-slopes.js';
import { slopesOf } from '../../src/interpretation/slopes.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { formulaSubjects, unitOf } from '../fixtures/linear-decoder.js';
import { scratch } from '../fixtures/scratch.js';

const sdOf = (values: ArrayLike<number>): number => {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
};

describe('effects of a decoder', () => {
  const study = { subjects: 300, seed: 2, columns: 3, sd: [2, 0.5], noise: 1 };

  test('are its weights times the sd of the latent, if it is linear', async () => {
    const weights = [
      [0.4, 1],
      [-1, 0],
      [0, 0],
    ];
    const decoder = (z: Float64Array) => weights.map(([a, b]) => a * z[0] + b * z[1]);
    const subjects = formulaSubjects({ ...study, decoder });
    const { z } = subjects.modalities[0];
    const responses = await responsesOf(subjects, [unitOf(0), unitOf(1)]);
    for (const k of [0, 1]) {
      const sd = sdOf(z.filter((_, at) => at % 2 === k));
      for (const [c, row] of weights.entries()) {
        expect(responses[k][c].effect).toBeCloseTo(row[k] * sd, 5);
        if (row[k] === 0) expect(responses[k][c].nonlinear).toBeNaN();
        else expect(responses[k][c].nonlinear).toBeCloseTo(0, 5);
      }
    }
  });

  test('of a block are its size, for any axes', async () => {
    const decoderOf = (angle: number) => (z: Float64Array) => {
      const [a, b] = [Math.cos(angle) * z[0] - Math.sin(angle) * z[1], Math.sin(angle) * z[0] + Math.cos(angle) * z[1]];
      return [a, 2 * b, a - b];
    };
    const equal = { ...study, sd: [1, 1], subjects: 20_000 };
    const [straight, turned] = await Promise.all(
      [0, 0.7].map(async (angle) => {
        const [block] = await responsesOf(formulaSubjects({ ...equal, decoder: decoderOf(angle) }), [unitOf(0, 1)]);
        return block.map(({ effect }) => effect);
      }),
    );
    for (const [c, size] of [1, 2, Math.SQRT2].entries()) {
      expect(straight[c]).toBeCloseTo(size, 1);
      expect(turned[c]).toBeCloseTo(size, 1);
    }
  });

  test('are means of the slopes by finite differences, and curves are nonlinear', async () => {
    const decoder = (z: Float64Array) => [Math.tanh(z[0] / 8) + z[1], z[1] ** 2, Math.sin(z[1]) * 3];
    const subjects = formulaSubjects({ ...study, decoder });
    const [{ z }] = subjects.modalities;
    const [first, second] = await responsesOf(subjects, [unitOf(0), unitOf(1)]);
    const rows = Array.from({ length: study.subjects }, (_, i) => z.slice(2 * i, 2 * i + 2));
    const slope = (k: number, c: number): number => {
      const moved = (row: Float64Array, by: number) =>
        decoder(row.map((value, at) => (at === k ? value + by : value)))[c];
      return rows.reduce((sum, row) => sum + (moved(row, 1e-4) - moved(row, -1e-4)) / 2e-4, 0) / rows.length;
    };
    expect(first[0].effect / (slope(0, 0) * sdOf(rows.map(([a]) => a)))).toBeCloseTo(1, 1);
    expect(second[2].effect / (slope(1, 2) * sdOf(rows.map(([, b]) => b)))).toBeCloseTo(1, 1);
    expect(first[0].nonlinear).toBeLessThan(0.05);
    expect(second[1].nonlinear).toBeGreaterThan(0.9);
    expect(first[1].effect).toBe(0);
  });
});

describe('slopes', () => {
  const random = new RandomStream(4, 1);
  const normal = () => random.normal();

  test('and their covariance are those of the definition, also with missing values', () => {
    const [rows, columns] = [40, 2];
    const x = [0, 1].map(() => Float64Array.from({ length: rows }, normal));
    const values = Float64Array.from({ length: rows * columns }, (_, at) => x[at % 2][at >> 1] * (1 + normal()));
    const observed = Uint8Array.from(values, (_, at) => Number(at % 5 !== 0));
    for (const marks of [undefined, observed]) {
      const all = slopesOf(x, { samples: { values, rows, columns }, observed: marks });
      for (const [c, slopes] of all.entries()) {
        const known = [...x[0].keys()].filter((row) => marks?.[row * columns + c] !== 0);
        const design = new Matrix(known.map((row) => [1, x[0][row], x[1][row]]));
        const y = Matrix.columnVector(known.map((row) => values[row * columns + c]));
        const bread = inverse(design.transpose().mmul(design));
        const weights = bread.mmul(design.transpose()).mmul(y);
        const rest = Matrix.sub(y, design.mmul(weights)).to1DArray();
        const meat = design
          .transpose()
          .mmul(Matrix.diag(rest.map((one) => one ** 2)))
          .mmul(design);
        const covariance = bread
          .mmul(meat)
          .mmul(bread)
          .mul(known.length / (known.length - 3));
        for (const k of [0, 1]) {
          expect(slopes!.estimate[k]).toBeCloseTo(weights.get(k + 1, 0), 6);
          for (const l of [0, 1]) expect(slopes!.covariance.get(k, l)).toBeCloseTo(covariance.get(k + 1, l + 1), 6);
        }
        expect(slopes!.degrees).toBe(known.length - 3);
      }
    }
  });

  test.each([
    ['no difference between refits', 0],
    ['large differences between refits', 0.2],
  ])('cover 90 %% of true slopes: %s', (_, tau) => {
    let covered = 0;
    const [repeats, columns] = [300, 4];
    for (let r = 0; r < repeats; r++) {
      // A refit turns the axes, so all columns move together.
      const turns = [0, 1].map(() => tau * normal());
      const estimates = Array.from({ length: columns }, (__, c) => [
        turns.map((turn) => ({
          estimate: 0.5 + turn * (c % 2 ? 1 : -1) + 0.1 * normal(),
          variance: 0.01,
          degrees: 50,
        })),
      ]);
      for (const one of combined(estimates, { isSize: false, degrees: 1 })) {
        covered += Number(one!.lower <= 0.5 && 0.5 <= one!.upper);
      }
    }
    expect(covered / repeats / columns).toBeGreaterThan(0.86);
    expect(covered / repeats / columns).toBeLessThan(0.98);
  });

  test('are missing without folds, and the size of a block is not negative', () => {
    expect(combined([[]], { isSize: false, degrees: 1 })).toEqual([undefined]);
    const fold = { estimate: 0.1, variance: 0.04, degrees: 30 };
    expect(combined([[[fold, fold]]], { isSize: true, degrees: 1 })[0]!.lower).toBe(0);
  });
});

describe('of a fit', () => {
  const place = scratch();
  let table: ResultTable;
  beforeAll(async () => {
    writeFactorStudy(place, { name: 'linked', subjects: 400, seed: 9, ...TWO_FACTORS });
    await commandHere(['fit', 'linked/study.yaml', '--out', 'run', ...SHORT_FIT], place.folder);
    table = JSON.parse((await commandHere(['table', 'run', 'loadings', '--json'], place.folder)).out) as ResultTable;
  }, 170_000);

  test('rank the columns of the factor first, with its signs, and agree with the slopes', () => {
    const at = (name: string) => table.columns.findIndex((column) => column.name === name);
    const blood = table.rows.filter((row) => row[at('latent')] === 'blood.z1');
    const first = blood.slice(0, 3);
    expect(first.map((row) => row[at('column')]).sort()).toEqual(['blood1', 'blood2', 'blood3']);
    expect(new Set(first.map((row) => (row[at('column')] === 'blood3' ? '−' : '+') === row[at('sign')])).size).toBe(1);
    for (const row of first) {
      expect(Math.sign(Number(row[at('effect')]))).toBe(Math.sign(Number(row[at('slope')])));
      expect(Math.abs(Number(row[at('effect')]) - Number(row[at('slope')]))).toBeLessThan(0.3);
      expect(Number(row[at('lower')])).toBeLessThan(Number(row[at('slope')]));
    }
    expect(blood.map((row) => row[at('rank')])).toEqual([1, 2, 3, 4, 5]);
  });

  test('have no slopes without the folds of the fit', async () => {
    await commandHere(
      ['fit', 'linked/study.yaml', '--out', 'untested', ...SHORT_FIT, '--evidence', 'none'],
      place.folder,
    );
    const { out } = await commandHere(['table', 'untested', 'loadings'], place.folder);
    expect(out).toContain('There are no slopes and intervals');
  }, 60_000);
});
