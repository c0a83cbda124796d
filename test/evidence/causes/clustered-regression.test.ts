// Regression with a jackknife over units against SciPy and against refits without each unit.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { numberTerms } from '../../../src/data/cause-terms.js';
import { termsAt, type CauseScales } from '../../../src/data/causes.js';
import {
  fTail,
  studentTwoSided,
  studentTwoSidedQuantile,
} from '../../../src/causal/discovery/independence/distributions.js';
import {
  ClusteredRegression,
  determinedColumns,
  standardErrorOf,
} from '../../../src/evidence/causes/clustered-regression.js';
import { normalScores } from '../../../src/quality/pair-test.js';
import { RandomStream } from '../../../src/random/random-stream.js';
import { shareBelow } from '../../fixtures/draws.js';

interface Golden {
  readonly student: readonly (readonly [number, number, number])[];
  readonly fisher: readonly (readonly [number, number, number, number])[];
  readonly welch: {
    readonly reference: number[];
    readonly level: number[];
    readonly t: number;
    readonly degrees: number;
  };
  readonly jackknife: {
    readonly columns: number[][];
    readonly y: number[];
    readonly groups: number[];
    readonly coefficients: number[];
    readonly errors: { readonly rows: number[]; readonly groups: number[] };
    readonly joint: { readonly rows: number; readonly groups: number };
  };
}

const DOSE = { name: 'dose', kind: 'continuous', assigned: true, effect: 'soft' } satisfies Partial<CauseScales>;

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/cause_tests.json'), 'utf8')) as Golden;
const relative = (value: number, truth: number) => Math.abs(value - truth) / Math.abs(truth);

describe('tails', () => {
  test('of t and F equal those of SciPy', () => {
    for (const [t, degrees, p] of golden.student) expect(relative(studentTwoSided(t, degrees), p)).toBeLessThan(1e-9);
    for (const [x, a, b, p] of golden.fisher) expect(relative(fTail(x, a, b), p)).toBeLessThan(1e-9);
  });

  test('quantiles invert the tail of t', () => {
    for (const [t, degrees, p] of golden.student) {
      if (p > 1e-12) expect(relative(studentTwoSidedQuantile(p, degrees), t)).toBeLessThan(1e-7);
    }
  });
});

describe('two levels', () => {
  const { reference, level, t, degrees } = golden.welch;
  const dummy = Float64Array.from([...reference.map(() => 0), ...level.map(() => 1)]);
  const columns = [dummy.map(() => 1), dummy];
  const fit = new ClusteredRegression({ columns, strata: [...dummy] }).fit(Float64Array.from([...reference, ...level]));

  test("are compared by Welch's t and degrees of freedom", () => {
    const estimate = fit.estimate(1);
    // A jackknife divides by n − 1 twice where Welch divides by n and n − 1.
    const error = [reference, level].map((values) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) ** 2;
    });
    expect(standardErrorOf(estimate)).toBeCloseTo(Math.sqrt(error[0] + error[1]), 12);
    expect(estimate.value / standardErrorOf(estimate) / t).toBeCloseTo(1, 1);
    expect(estimate.degrees / degrees).toBeCloseTo(1, 1);
  });
});

describe('a regression with covariates', () => {
  const { columns, y, groups, coefficients, errors, joint } = golden.jackknife;
  const x = columns.map((column) => Float64Array.from(column));
  const units = [...new Set(groups)].map((group) => groups.flatMap((of, row) => (of === group ? [row] : [])));

  test.each([
    ['rows', undefined],
    ['groups', units],
  ] as const)('has the errors of refits without each of the %s', (name, members) => {
    const fit = new ClusteredRegression({ columns: x, units: members }).fit(Float64Array.from(y));
    coefficients.forEach((truth, i) => {
      expect(fit.coefficients[i]).toBeCloseTo(truth, 10);
      expect(standardErrorOf(fit.estimate(i))).toBeCloseTo(errors[name][i], 10);
    });
    expect(fit.jointP([1, 2])).toBeCloseTo(joint[name], 9);
  });
});

describe('terms of a skewed number that does nothing', () => {
  /** Returns p of all terms, and of the slope alone. */
  const psOf = (seed: number, groups: number, size: number) => {
    const random = new RandomStream(seed, 1);
    const x = Float64Array.from({ length: groups * size }, () => Math.exp(random.normal()));
    const ofGroups = Array.from({ length: groups }, () => (size > 1 ? random.normal() : 0));
    const y = normalScores(x.map((_, row) => random.normal() + ofGroups[Math.floor(row / size)]));
    const { terms } = numberTerms({ kind: 'continuous', values: x }, Int32Array.from(x.keys()));
    const table = Array.from(x, (value) => termsAt({ ...DOSE, terms }, value));
    const columns = [x.map(() => 1), ...terms.map((_, term) => Float64Array.from(table, (values) => values[term]))];
    const units = Array.from({ length: groups }, (_, group) =>
      Array.from({ length: size }, (_row, i) => group * size + i),
    );
    const rows = { units: size > 1 ? units : undefined };
    const all = new ClusteredRegression({ columns, ...rows }).fit(y).jointP([...terms.keys()].map((term) => term + 1));
    return [all, new ClusteredRegression({ columns: columns.slice(0, 2), ...rows }).fit(y).jointP([1])];
  };

  // Hotelling's T² with the covariance of a jackknife is significant at .001 in about 1 %.
  test.each([
    [30, 1],
    [100, 1],
    [30, 4],
  ])('are significant no more often than the level says: %d units of %d rows', (groups, size) => {
    const studies = Array.from({ length: 600 }, (_, seed) => psOf(seed, groups, size));
    for (const which of [0, 1]) {
      const ps = studies.map((both) => both[which]);
      for (const level of [0.05, 0.01, 0.001]) {
        const max = level + 3 * Math.sqrt((level * (1 - level)) / ps.length);
        expect(shareBelow(ps, level)).toBeLessThan(max);
      }
    }
  });
});

test('a column that the other columns determine is left out', () => {
  const one = Float64Array.from([1, 1, 1, 1, 1]);
  const arm = Float64Array.from([0, 1, 0, 1, 1]);
  const other = arm.map((value) => 1 - value);
  const free = Float64Array.from([0, 0, 1, 1, 0]);
  expect(determinedColumns([one, arm, other, free])).toEqual([0, 1, 3]);
});
