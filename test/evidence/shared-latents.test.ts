// Latents that modalities share are found with the number in each set of modalities, and nothing else is called shared.

import { describe, expect, test } from '@jest/globals';
import { Matrix, SVD } from 'ml-matrix';
import { cycleEigenvalues } from '../../src/evidence/canonical-cycle.js';
import type { HeldOutFold } from '../../src/evidence/index.js';
import { sharedEvidence } from '../../src/evidence/shared-latents.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface Study {
  /** Positions among all variables of the latents of each modality. */
  readonly modalities: readonly (readonly number[])[];
  /** Correlations of variables: from, to, r. */
  readonly links?: readonly (readonly [number, number, number])[];
  readonly units: number;
  /** Standard deviation of the errors of a form. */
  readonly error: number;
  /** True if the latents of a modality are mixtures of its variables. */
  readonly isMixed?: boolean;
}

const nodesOf = ({ modalities }: Study) =>
  modalities.flatMap((of, m) => of.map((_, i) => ({ name: `m${m + 1}.z${i + 1}`, modality: `m${m + 1}` })));

function foldOf({ modalities, links = [], units, error, isMixed = false }: Study, random: RandomStream) {
  const count = 1 + Math.max(...modalities.flat());
  const normal = () => Float64Array.from({ length: units }, () => random.normal());
  const variables = Array.from({ length: count }, normal);
  for (const [from, to, r] of links) {
    variables[to] = variables[to].map((value, i) => r * variables[from][i] + Math.sqrt(1 - r * r) * value);
  }
  const forms = modalities.flatMap((of, m) => {
    const latents = of.map((at) => variables[at]);
    const mixed = latents.map((latent, k) =>
      isMixed
        ? latent.map((value, i) => value + (m === 1 ? -0.6 : 0.6) * latents[(k + 1) % latents.length][i])
        : latent,
    );
    // Form b measures the latents on another scale and with other errors.
    const measure = (scale: number, sd: number) =>
      mixed.map((z) => z.map((value) => scale * value + sd * random.normal()));
    const [a, b] = [measure(1, error), measure(0.6, 0.8 * error)];
    return mixed.map((_, k) => ({ a: a[k], b: b[k] }));
  });
  return { curvedForms: forms, removed: forms.map(() => 0) } satisfies Pick<HeldOutFold, 'curvedForms' | 'removed'>;
}

function evidenceOf(study: Study, seed: number) {
  const random = new RandomStream(seed, 0);
  const folds = [foldOf(study, random), foldOf(study, random)];
  return sharedEvidence({ nodes: nodesOf(study), splits: [{ folds }] })!;
}

const countsOf = ({ subsets }: ReturnType<typeof evidenceOf>) =>
  Object.fromEntries(
    subsets.filter(({ latents }) => latents > 0).map(({ modalities, latents }) => [modalities.join(' '), latents]),
  );

/** Variables 0, 1 and 2 belong to the modalities {1, 2}, {2, 3} and {1, 2, 3}. Each modality has a private one. */
const PATTERNS: Study = {
  modalities: [
    [0, 2, 3],
    [0, 1, 2, 4],
    [1, 2, 5],
  ],
  links: [
    [0, 3, 0.6],
    [3, 4, 0.6],
    [2, 5, 0.5],
  ],
  units: 1000,
  error: 0.4,
};
const STRONG: Study = {
  modalities: [
    [0, 1],
    [2, 3],
    [4, 5],
  ],
  links: [
    [0, 2, 0.9],
    [2, 4, 0.9],
    [1, 3, 0.9],
  ],
  units: 1000,
  error: 0.4,
};

describe('sets of modalities', () => {
  test('with their numbers of shared latents', () => {
    for (const seed of [1001, 1002, 1003, 1004, 1005]) {
      const evidence = evidenceOf(PATTERNS, seed);
      expect(countsOf(evidence)).toEqual({ 'm1 m2': 1, 'm2 m3': 1, 'm1 m2 m3': 1 });
      expect(evidence.same.map(({ latents }) => latents.join(' ')).sort()).toEqual([
        'm1.z1 m2.z1',
        'm1.z2 m2.z3 m3.z2',
        'm2.z2 m3.z1',
      ]);
    }
  });

  test('of latents that are mixtures: the same numbers, and no latent is named', () => {
    for (const seed of [1001, 1002, 1003]) {
      const evidence = evidenceOf({ ...PATTERNS, isMixed: true }, seed);
      expect(countsOf(evidence)).toEqual({ 'm1 m2': 1, 'm2 m3': 1, 'm1 m2 m3': 1 });
      expect(evidence.same).toEqual([]);
    }
  });

  test('with correlations of 0.9 share nothing', () => {
    for (const units of [100, 1000, 4000]) {
      for (const seed of [1001, 1002, 1003, 1004]) expect(countsOf(evidenceOf({ ...STRONG, units }, seed))).toEqual({});
    }
  });

  test('of few subjects are undecided', () => {
    const few = [1001, 1002, 1003, 1004].map((seed) => evidenceOf({ ...PATTERNS, units: 120, error: 0.6 }, seed));
    expect(few.some(({ subsets }) => subsets.some(({ isUndecided }) => isUndecided))).toBe(true);
  });

  test('are not compared without forms', () => {
    const folds = [{ removed: [0, 0] }, { removed: [0, 0] }];
    expect(sharedEvidence({ nodes: nodesOf(STRONG), splits: [{ folds }] })).toBeUndefined();
  });
});

describe('eigenvalues of a cycle', () => {
  const [x, y, z] = [0, 1, 2].map((stream) => {
    const random = new RandomStream(1001, stream);
    return Array.from({ length: 2 }, () => Float64Array.from({ length: 400 }, () => random.normal()));
  });
  const mixed = (first: readonly Float64Array[], other: readonly Float64Array[], share: number) =>
    first.map((values, k) => values.map((value, i) => value + share * other[k][i]));
  const exact = (values: Float64Array[]) => {
    const centred = values.map((one) => {
      const middle = one.reduce((sum, value) => sum + value, 0) / one.length;
      return one.map((value) => value - middle);
    });
    return { a: centred, b: centred };
  };

  test('of two modalities without errors are squared canonical correlations', () => {
    const [left, right] = [exact(x), exact(mixed(y, x, 0.7))];
    const orthonormal = ({ a }: { a: readonly Float64Array[] }) => {
      const { leftSingularVectors } = new SVD(new Matrix(a.map((one) => [...one])).transpose());
      return leftSingularVectors.subMatrix(0, 399, 0, 1);
    };
    const { diagonal } = new SVD(orthonormal(left).transpose().mmul(orthonormal(right)));
    const { sums } = cycleEigenvalues([left, right]);
    expect(sums[0]).toBeCloseTo(diagonal[0] ** 2, 10);
    expect(sums[1]).toBeCloseTo(diagonal[0] ** 2 + diagonal[1] ** 2, 10);
  });

  test('of three modalities have the influence functions of their derivatives', () => {
    const spaces = [exact(x), exact(mixed(y, x, 1)), exact(mixed(z, x, 1))];
    const { sums, influences } = cycleEigenvalues(spaces);
    // The weight of unit 7 changes by a small amount.
    const step = 1e-4;
    const weighted = spaces.map(({ a }) => {
      const scaled = a.map((values) => values.map((value, i) => value * Math.sqrt(i === 7 ? 1 + step : 1)));
      return { a: scaled, b: scaled };
    });
    const moved = cycleEigenvalues(weighted).sums;
    sums.forEach((sum, k) => {
      const slope = ((moved[k] - sum) / step) * 400;
      expect(Math.abs(slope - influences[k][7])).toBeLessThan(0.01 * (1 + Math.abs(slope)));
    });
  });
});

test('standard errors agree with the scatter over studies', () => {
  const estimates = Array.from({ length: 60 }, (_, i) => {
    const [{ correlations }] = evidenceOf({ ...STRONG, units: 300 }, 2000 + i).subsets;
    const [{ estimate, lower, upper }] = correlations;
    return { estimate, error: (upper - lower) / (2 * 3.2905) };
  });
  const middle = estimates.reduce((sum, { estimate }) => sum + estimate / estimates.length, 0);
  const scatter = Math.sqrt(estimates.reduce((sum, { estimate }) => sum + (estimate - middle) ** 2, 0) / 59);
  const error = estimates.reduce((sum, one) => sum + one.error / estimates.length, 0);
  expect(error / scatter).toBeGreaterThan(0.7);
  expect(error / scatter).toBeLessThan(1.6);
});
