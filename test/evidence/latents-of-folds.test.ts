// Latents of folds against those of the fit: the orthogonal map, replication against chance, two forms from disjoint
// columns, and the directions that are removed from latents before tests (docs/explanation/evidence.md).

import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../src/causal/index.js';
import type { Modality } from '../../src/data/dataset.js';
import {
  correlationOf,
  crossCorrelations,
  partners,
  procrustes,
  replication,
  rotated,
} from '../../src/evidence/alignment.js';
import type { CrossFit } from '../../src/evidence/cross-fit.js';
import { columnSets, formsOf as formsOfSets, type Forms } from '../../src/evidence/forms.js';
import { latentEvidence, normalScores } from '../../src/evidence/index.js';
import { adjusted, nuisanceOf, without } from '../../src/evidence/nuisance.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns } from '../fixtures/draws.js';

function formsOf(
  modality: Modality,
  latents: readonly Float64Array[],
  seen: Int32Array,
  wanted: Int32Array,
): Forms | undefined {
  const sets = columnSets(modality, latents, seen);
  return sets && formsOfSets(modality, sets, { latents, seen, wanted });
}

const scores = (columns: readonly Float64Array[]) => columns.map(normalScores);
const plane = ([x, y]: readonly Float64Array[], angle: number, flip = 1): Float64Array[] => [
  x.map((value, i) => Math.cos(angle) * value - flip * Math.sin(angle) * y[i]),
  x.map((value, i) => Math.sin(angle) * value + flip * Math.cos(angle) * y[i]),
];

describe('the map to the latents of the fit', () => {
  const random = new RandomStream(1, 0);
  const reference = scores(normalColumns(random, 400, 2));

  test.each([
    [0.3, 1],
    [-1.2, 1],
    [2.5, -1],
    [0, -1],
  ])('recovers a rotation by %d and a reflection of sign %i', (angle, flip) => {
    const result = plane(reference, angle, flip);
    const back = rotated(result, procrustes(reference, result));
    back.forEach((latent, i) => expect(correlationOf(latent, reference[i])).toBeGreaterThan(0.999));
  });

  test('recovers order and signs exactly, and is orthogonal for any latents', () => {
    const [x, y, z] = scores(normalColumns(random, 300, 3));
    const result = [z.map((value) => -value), x, y.map((value) => -value)];
    rotated(result, procrustes([x, y, z], result)).forEach((latent, i) => {
      expect(correlationOf(latent, [x, y, z][i])).toBeCloseTo(1, 3);
    });
    const map = procrustes([x, y, z], scores(normalColumns(random, 300, 3)));
    const product = map.transpose().mmul(map).to2DArray();
    product.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(Number(i === j), 10)));
  });
});

describe('replication', () => {
  /** Compares two fits like a cross-fit, with the partners of the first in the second fit. */
  const compared = (first: readonly Float64Array[], second: readonly Float64Array[], seed = 1) => {
    const [a, b] = [scores(first), scores(second)];
    return replication(a, b, [[...a.keys()], partners(crossCorrelations(a, b))], seed);
  };
  const evidenceOf = (splits: readonly ReturnType<typeof replication>[]) => {
    const nodes = latentNodes([{ name: 'm', latents: splits[0].agreement.length }]);
    const agreement = nodes.map(() => 1);
    const result: CrossFit = {
      splits: splits.map((one) => ({ folds: [], replication: [one], agreement })),
      latents: [],
      minUnits: 20,
    };
    return latentEvidence(nodes, result);
  };

  test('of two latents: chance is the mean cosine of a uniform angle within 45°, 2√2/π', () => {
    const result = compared(...(Array(2).fill(normalColumns(new RandomStream(2, 0), 400, 2)) as [never, never]));
    // The tolerance is for 400 cosines with a standard deviation of 0.09.
    for (const chance of result.chance) expect(Math.abs(chance - (2 * Math.SQRT2) / Math.PI)).toBeLessThan(0.015);
    for (const r of result.agreement) expect(r).toBeCloseTo(1, 9);
    expect(result.subspace).toBeCloseTo(1, 9);
  });

  test('of subspaces with half the agreement, chance is half as large', () => {
    const random = new RandomStream(3, 0);
    const truth = normalColumns(random, 4000, 2);
    const noisy = () => truth.map((column) => column.map((value) => value + random.normal()));
    const { chance, subspace, agreement } = compared(noisy(), noisy());
    for (const value of chance) expect(Math.abs(value - Math.SQRT2 / Math.PI)).toBeLessThan(0.04);
    for (const value of agreement) expect(Math.abs(value - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(subspace - 0.25)).toBeLessThan(0.05);
  });

  test('copies and noisy copies are replicated individually', () => {
    const random = new RandomStream(4, 0);
    for (const noise of [0, 0.2]) {
      const splits = [1, 2, 3].map((seed) => {
        const truth = normalColumns(random, 300, 3);
        return compared(
          truth,
          truth.map((column) => column.map((value) => value + noise * random.normal())),
          seed,
        );
      });
      expect(evidenceOf(splits)).toMatchObject(Array(3).fill({ replicated: true, single: true }));
    }
  });

  test.each([2, 3])('random axes of %i latents are replicated together, but not individually', (size) => {
    const random = new RandomStream(5, size);
    const result = Array.from({ length: 60 }, (_, seed) => {
      const truth = normalColumns(random, 200, size);
      // The Procrustes map of two independent sets is a random rotation.
      const rotation = procrustes(normalColumns(random, 50, size), normalColumns(random, 50, size));
      return evidenceOf([compared(truth, rotated(truth, rotation), seed)]);
    }).flat();
    expect(result.every(({ replicated }) => replicated)).toBe(true);
    const singles = result.filter(({ single }) => single).length / result.length;
    // The tolerance is three standard deviations of 60 draws: latents of one modality are not independent.
    expect(singles).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 60));
    expect(result.filter(({ agreement }) => agreement >= 0.7).length / result.length).toBeGreaterThan(0.4);
    expect(result.every(({ leak, agreement }) => Math.abs(leak - Math.sqrt(1 - agreement)) < 1e-9)).toBe(true);
  });

  test('latents of two fits with different subspaces are not replicated', () => {
    const random = new RandomStream(6, 0);
    const result = evidenceOf([compared(normalColumns(random, 200, 2), normalColumns(random, 200, 2))]);
    expect(result).toMatchObject(Array(2).fill({ replicated: false, single: false }));
  });

  test('the only latent of a modality cannot be mixed: chance is 0, and nothing leaks', () => {
    const random = new RandomStream(7, 0);
    const [x] = normalColumns(random, 200, 1);
    const near = x.map((value) => value + 0.5 * random.normal());
    expect(evidenceOf([compared([x], [near])])).toMatchObject([{ chance: 0, p: 0, leak: 0, single: true }]);
    expect(evidenceOf([compared([x], normalColumns(random, 200, 1))])).toMatchObject([{ single: false }]);
  });
});

const table = (columns: readonly Float64Array[], latents: number): Modality => {
  const rows = columns[0].length;
  const values = new Float32Array(rows * columns.length);
  columns.forEach((column, c) => column.forEach((value, row) => (values[row * columns.length + c] = value)));
  const scale = (_: unknown, c: number) => ({ name: `x${c}`, log: false, offset: 0, mean: 0, sd: 1 });
  return { name: 'm', columns: columns.map(scale), values, latents, exogenous: 1 };
};
const rowsFrom = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);

describe('two forms of a latent', () => {
  const random = new RandomStream(10, 0);
  const truth = normalColumns(random, 900, 2);
  /** Ten noisy columns of each latent. The last two are copies of the first two. */
  const columns = Array.from({ length: 18 }, (_, c) =>
    truth[c % 2].map((value) => (0.5 + 0.05 * c) * value + random.normal()),
  );
  columns.push(
    columns[0].map((value) => 2 * value + 0.01 * random.normal()),
    columns[1].slice(),
  );
  const modality = table(columns, 2);
  const [seen, wanted] = [rowsFrom(0, 500), rowsFrom(500, 400)];
  const known = truth.map((latent) => latent.slice(0, 500));
  const heldOut = truth.map((latent) => latent.slice(500));
  const forms = formsOf(modality, known, seen, wanted)!;

  test('both measure it', () => {
    for (const form of forms) {
      form.forEach((values, latent) => {
        expect(correlationOf(values, heldOut[latent])).toBeGreaterThan(0.8);
        expect(Math.abs(correlationOf(values, heldOut[1 - latent]))).toBeLessThan(0.3);
      });
    }
  });

  test('their errors are independent', () => {
    const errors = forms.map((form) =>
      form.map((values, latent) => {
        const truth = heldOut[latent];
        const slope = dot(values, truth) / dot(truth, truth);
        return values.map((value, i) => value - slope * truth[i]);
      }),
    );
    // The tolerance is four standard errors of a correlation of 400 subjects.
    for (const a of errors[0]) for (const b of errors[1]) expect(Math.abs(correlationOf(a, b))).toBeLessThan(0.2);
  });

  test('each column is in one form only, together with its copies', () => {
    const formOf = (column: number): number => {
      const values = modality.values.slice();
      for (const row of wanted) values[row * 20 + column] += 1;
      const changed = formsOf({ ...modality, values }, known, seen, wanted)!;
      const moved = changed.map((form, f) => form.some((one, l) => one.some((value, i) => value !== forms[f][l][i])));
      expect(moved.filter(Boolean)).toHaveLength(1);
      return moved.indexOf(true);
    };
    const sets = columns.map((_, c) => formOf(c));
    expect(sets[18]).toBe(sets[0]);
    expect(sets[19]).toBe(sets[1]);
    for (const latent of [0, 1]) {
      const ofLatent = sets.slice(0, 18).filter((__, c) => c % 2 === latent);
      expect(
        Math.min(ofLatent.filter((set) => set === 0).length, ofLatent.filter((set) => set === 1).length),
      ).toBeGreaterThan(2);
    }
  });

  test('images, series, and tables with fewer than two measurements for each latent have none', () => {
    const regularArray = { kind: 'series' } as unknown as NonNullable<Modality['regularArray']>;
    expect(formsOf({ ...modality, regularArray }, known, seen, wanted)).toBeUndefined();
    expect(formsOf(table(columns.slice(0, 3), 2), known, seen, wanted)).toBeUndefined();
    expect(formsOf(table(columns.slice(0, 4), 2), known, seen, wanted)).toBeDefined();
    // Copies count as one measurement.
    const copies = Array.from({ length: 4 }, () => columns[2]);
    expect(formsOf(table(copies, 1), known.slice(0, 1), seen, wanted)).toBeUndefined();
    // Trials of one test have correlations above 0.9 and are not copies.
    const random = new RandomStream(12, 0);
    const trials = copies.map((column) => {
      const sd = Math.sqrt(column.reduce((sum, value) => sum + value ** 2, 0) / column.length);
      return column.map((value) => value / sd + 0.25 * random.normal());
    });
    const [a, b] = formsOf(table(trials, 1), known.slice(0, 1), seen, wanted)!;
    expect(a[0]).not.toEqual(b[0]);
  });
});

describe('the directions that are removed from latents', () => {
  const random = new RandomStream(12, 0);
  const rows = rowsFrom(0, 60);
  const [age, sex, latent, noise] = normalColumns(random, 60, 4);
  const plain = table([noise], 1);

  test('include everything that is linear in the covariates, even with copies among them', () => {
    const sum = age.map((value, i) => 2 * value - 3 * sex[i]);
    const covariates = [age, age.map((value) => 5 * value + 1), sum, sex, new Float64Array(60).fill(4)];
    const directions = nuisanceOf(plain, rows, covariates)!;
    expect(directions.columns).toBe(2);
    const product = directions.transpose().mmul(directions).to2DArray();
    product.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(Number(i === j), 10)));
    const rest = without(latent, directions);
    for (const one of [age, sex, sum]) expect(correlationOf(rest, one)).toBeCloseTo(0, 10);
    without(rest, directions).forEach((value, i) => expect(value).toBeCloseTo(rest[i], 10));
    // The residual of the covariates stays.
    const more = noise.map((value, i) => value + 3 * age[i] - sex[i] + 2);
    expect(correlationOf(without(more, directions), without(noise, directions))).toBeCloseTo(1, 9);
  });

  test('also equalise the spread if it is linear in the covariates', () => {
    const uneven = noise.map((value, i) => value * (1 + 0.4 * age[i]) + age[i]);
    const directions = nuisanceOf(plain, rows, [age])!;
    const sizes = (values: Float64Array) => Math.abs(correlationOf(values.map(Math.abs), age));
    const even = adjusted(uneven, directions);
    expect(correlationOf(even, age)).toBeCloseTo(0, 10);
    expect(sizes(even)).toBeLessThan(0.3 * sizes(without(uneven, directions)));
    // With ten directions, 40 subjects do not determine a spread.
    const few = nuisanceOf(plain, rows.slice(0, 40), normalColumns(random, 60, 10))!;
    expect(adjusted(uneven.slice(0, 40), few)).toEqual(without(uneven.slice(0, 40), few));
  });

  test('are undefined without gaps and covariates', () => {
    expect(nuisanceOf(plain, rows)).toBeUndefined();
    expect(nuisanceOf(plain, rows, [new Float64Array(60).fill(3)])).toBeUndefined();
  });

  test('include the share of observed values', () => {
    const wide = table(normalColumns(random, 60, 5), 1);
    const observed = Uint8Array.from({ length: 300 }, () => Number(random.uniform() < 0.6));
    const shares = Float64Array.from(rows, (row) => observed.slice(5 * row, 5 * row + 5).reduce((a, b) => a + b, 0));
    const directions = nuisanceOf({ ...wide, observed }, rows, [age])!;
    // There are three components of 60 subjects, the share and age. The components may or may not determine the share.
    expect(directions.columns).toBeGreaterThanOrEqual(4);
    expect(directions.columns).toBeLessThanOrEqual(5);
    const rest = without(latent, directions);
    for (const one of [shares, age]) expect(correlationOf(rest, one)).toBeCloseTo(0, 9);
  });
});

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
