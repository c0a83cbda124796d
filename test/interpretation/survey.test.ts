// Estimates and variances of surveys: those of R's package survey, and those of simple random samples.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { SurveyDesign } from '../../src/data/survey.js';
import {
  errorsOf,
  figure,
  surveyCorrelation,
  surveyMeans,
  surveyPartialCorrelation,
  surveyVariances,
} from '../../src/interpretation/survey/moments.js';
import { surveyRegression, waldTest } from '../../src/interpretation/survey/regression.js';
import { surveyHazards } from '../../src/interpretation/survey/survival.js';
import { jackknife } from '../../src/interpretation/survey/variance.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface Figures {
  readonly rows: number;
  readonly degrees: number;
  readonly mean: { readonly estimate: number[]; readonly covariance: number[][] };
  readonly variance: { readonly estimate: number[]; readonly covariance: number[][] };
  readonly correlation: { readonly estimate: number; readonly error: number };
  readonly linear: Regression & { readonly wald: number; readonly waldP: number };
  readonly logistic: Regression;
  readonly partial: { readonly estimate: number; readonly error: number };
  readonly cox: Pick<Regression, 'covariance' | 'estimate'>;
}
interface Regression {
  readonly estimate: number[];
  readonly covariance: number[][];
  readonly degrees: number;
  readonly p: number[];
}
interface Golden {
  readonly data: Readonly<
    Record<'stratum' | 'unit' | 'x' | 'y' | 'z' | 'weight' | 'domain' | 'time' | 'event', (number | null)[]>
  > & {
    readonly group: string[];
  };
  readonly adjust: Figures;
  readonly certainty: Figures;
  readonly domain: Figures;
  readonly plain: Figures;
  readonly jackknife: Figures;
  readonly jackknifeDomain: Figures;
  readonly bootstrap: Figures & { readonly weights: number[][]; readonly scale: number; readonly factors: number[] };
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/survey.json'), 'utf8')) as Golden;
const { data } = golden;
const numbers = (name: Exclude<keyof Golden['data'], 'group'>) =>
  Float64Array.from(data[name], (value) => value ?? NaN);
const level = (name: string) => Float64Array.from(data.group, (group) => Number(group === name));
const [x, y, z] = [numbers('x'), numbers('y'), numbers('z')];
const inDomain = Uint8Array.from(numbers('domain'));
const ROWS = x.length;

/** Units 0 to 23, of which the sample has one in the last stratum. */
const strata = Int32Array.from(numbers('stratum'), (stratum) => stratum - 1);
const units = Int32Array.from(strata, (stratum, row) => 4 * stratum + numbers('unit')[row] - 1);
const whole: SurveyDesign = {
  weights: numbers('weight'),
  strata,
  units,
  unitsOfStratum: Int32Array.of(4, 4, 4, 4, 4, 1),
  lonely: 'adjust',
};
const single = Int32Array.from(x.keys());
const plain: SurveyDesign = {
  ...whole,
  strata: new Int32Array(ROWS),
  units: single,
  unitsOfStratum: Int32Array.of(ROWS),
};
const stratified = {
  ...whole,
  weights: whole.weights.map((weight, row) => (strata[row] === 5 ? 0 : weight)),
};
const replicated = { ...stratified, replicates: jackknife(stratified) };
const ofManyUnits = [...single].filter((row) => strata[row] !== 5);
const bootstrapped: SurveyDesign = {
  ...stratified,
  replicates: {
    weights: golden.bootstrap.factors.map((_, r) => {
      const weights = new Float64Array(ROWS);
      for (const [i, row] of ofManyUnits.entries()) weights[row] = golden.bootstrap.weights[i][r];
      return weights;
    }),
    scale: golden.bootstrap.scale,
    factors: Float64Array.from(golden.bootstrap.factors),
  },
};

const designs: [string, SurveyDesign, Uint8Array | undefined, Figures][] = [
  ['strata and units, with a lonely unit adjusted', whole, undefined, golden.adjust],
  ['strata and units, with a lonely unit certain', { ...whole, lonely: 'certainty' }, undefined, golden.certainty],
  ['a domain that lacks a unit', whole, inDomain, golden.domain],
  ['weights alone', plain, undefined, golden.plain],
  ['the jackknife', replicated, undefined, golden.jackknife],
  ['the jackknife of a domain', replicated, inDomain, golden.jackknifeDomain],
  ['given replicate weights', bootstrapped, undefined, golden.bootstrap],
];

function expectClose(actual: readonly number[], expected: readonly number[], precision = 1e-6): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(precision * Math.max(1e-3, Math.abs(value)));
  }
}

describe.each(designs)('%s, as in R:', (_, design, domain, expected) => {
  const isJackknife = design.replicates !== undefined;
  // R counts a row without x as outside of the domain.
  const complete = Uint8Array.from(x, (value, row) => Number(!Number.isNaN(value) && (domain?.[row] ?? 1) === 1));

  test('means', () => {
    const { estimates, covariance, degrees, rows } = surveyMeans(design, [x, y], domain);
    expect({ degrees, rows }).toEqual({ degrees: expected.degrees, rows: expected.rows });
    expectClose(estimates, expected.mean.estimate);
    expectClose(covariance.to1DArray(), expected.mean.covariance.flat());
  });

  test('variances and the correlation', () => {
    const variances = surveyVariances(design, [x, y], domain);
    expectClose(variances.estimates, expected.variance.estimate);
    expectClose(variances.covariance.to1DArray(), expected.variance.covariance.flat());
    const { estimate, error, degrees } = surveyCorrelation(design, [x, y], domain);
    expectClose([estimate, error], [expected.correlation.estimate, expected.correlation.error]);
    expect(degrees).toBe(expected.degrees);
  });

  test('the correlation given another column', () => {
    const within = { ...design, weights: design.weights.map((weight, row) => weight * (domain?.[row] ?? 1)) };
    // A domain without its other rows has the same estimate. Its variance needs all units, so it is not compared.
    const { estimate, error, degrees } = surveyPartialCorrelation(domain ? within : design, [x, y], [z]);
    expectClose([estimate], [expected.partial.estimate]);
    if (!domain) {
      expectClose([error], [expected.partial.error], 1e-6);
      expect(degrees).toBe(expected.degrees - 1);
    }
  });

  test('a Cox regression', () => {
    const outcome = { times: numbers('time'), events: numbers('event') };
    const columns = [x, y, level('b'), level('c')].slice(0, domain ? 3 : 4);
    const hazards = surveyHazards(design, outcome, columns, domain);
    if (hazards.verdict !== 'estimated') throw new Error(hazards.verdict);
    expectClose(
      hazards.coefficients.map(({ estimate }) => estimate),
      expected.cox.estimate,
    );
    expectClose(hazards.covariance.to1DArray(), expected.cox.covariance.flat(), isJackknife ? 1e-5 : 1e-6);
    expect(hazards.degrees).toBe(expected.degrees - columns.length);
  });

  test('a linear regression with the test of two levels', () => {
    const linear = surveyRegression(design, y, [x, level('b'), level('c')].slice(0, domain ? 2 : 3), {
      domain: complete,
    });
    expectClose(
      linear.coefficients.map(({ estimate }) => estimate),
      expected.linear.estimate,
    );
    expectClose(linear.covariance.to1DArray(), expected.linear.covariance.flat());
    expect(linear.degrees).toBe(expected.linear.degrees);
    expectClose(
      linear.coefficients.map(({ p }) => p),
      expected.linear.p,
    );
    const { f, p } = waldTest(linear, domain ? [2] : [2, 3]);
    expectClose([f, p], [expected.linear.wald, expected.linear.waldP]);
  });

  test('a logistic regression', () => {
    const logistic = surveyRegression(design, z, [x, y], { kind: 'logistic', domain: complete });
    expectClose(
      logistic.coefficients.map(({ estimate }) => estimate),
      expected.logistic.estimate,
    );
    expectClose(logistic.covariance.to1DArray(), expected.logistic.covariance.flat(), isJackknife ? 1e-5 : 1e-6);
    expect(logistic.degrees).toBe(expected.logistic.degrees);
    expectClose(
      logistic.coefficients.map(({ p }) => p),
      expected.logistic.p,
      1e-5,
    );
  });
});

describe('with equal weights, one stratum and each subject a unit', () => {
  const complete = [...single].filter((row) => !Number.isNaN(x[row]));
  const [a, b] = [x, y].map((column) => Float64Array.from(complete, (row) => column[row]));
  const count = a.length;
  const simple: SurveyDesign = {
    weights: new Float64Array(count).fill(3),
    strata: new Int32Array(count),
    units: Int32Array.from(a.keys()),
    unitsOfStratum: Int32Array.of(count),
    lonely: 'fail',
  };
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const product = (u: Float64Array, v: Float64Array) => {
    const [mu, mv] = [mean(u), mean(v)];
    return u.reduce((sum, value, i) => sum + (value - mu) * (v[i] - mv), 0) / (count - 1);
  };

  test('means have the usual standard errors', () => {
    const means = surveyMeans(simple, [a, b]);
    expectClose(means.estimates, [mean(a), mean(b)], 1e-12);
    expectClose(
      errorsOf(means),
      [a, b].map((values) => Math.sqrt(product(values, values) / count)),
      1e-12,
    );
    expect(means.degrees).toBe(count - 1);
  });

  test('variances, correlation and regression are the unweighted ones', () => {
    expectClose(surveyVariances(simple, [a, b]).estimates, [product(a, a), product(a, b), product(b, b)], 1e-12);
    const r = product(a, b) / Math.sqrt(product(a, a) * product(b, b));
    expectClose([surveyCorrelation(simple, [a, b]).estimate], [r], 1e-12);
    const slope = product(a, b) / product(a, a);
    const { coefficients } = surveyRegression(simple, b, [a]);
    // The error is that of White (HC0), times n / (n − 1).
    const residuals = b.map((value, i) => value - mean(b) - slope * (a[i] - mean(a)));
    const meat = residuals.reduce((sum, value, i) => sum + (value * (a[i] - mean(a))) ** 2, 0);
    const error = Math.sqrt((meat * count) / (count - 1)) / ((count - 1) * product(a, a));
    expectClose([coefficients[1].estimate, coefficients[1].error], [slope, error], 1e-10);
  });
});

describe('without an association', () => {
  test('p values are uniform in a sample of strata, units, and weights', () => {
    const random = new RandomStream(7, 0);
    const studies = 500;
    const ps = Array.from({ length: studies }, () => {
      const effects = Array.from({ length: 24 }, () => [random.normal(), random.normal()]);
      const draw = (k: number) => Float64Array.from(units, (unit) => random.normal() + 0.5 * effects[unit][k]);
      const [u, v] = [draw(0), draw(1)];
      // Latents of clusters, and times that depend on the cluster and not on the latent.
      const outcome = {
        times: v.map((value) => Math.ceil(4 * Math.exp(value))),
        events: v.map((_, i) => Number(i % 5 > 0)),
      };
      const hazards = surveyHazards(whole, outcome, [u]);
      return [
        surveyCorrelation(whole, [u, v]).p,
        surveyRegression(whole, u, [v]).coefficients[1].p,
        surveyPartialCorrelation(whole, [u, v], [draw(0)]).p,
        hazards.verdict === 'estimated' ? hazards.coefficients[0].p : NaN,
      ];
    });
    for (const k of [0, 1, 2, 3]) {
      const share = (level: number) => ps.filter((p) => p[k] < level).length / studies;
      // Three binomial errors around the level, and a little more for the few degrees of freedom.
      expect(share(0.05)).toBeGreaterThan(0.02);
      expect(share(0.05)).toBeLessThan(0.1);
      expect(Math.abs(share(0.5) - 0.5)).toBeLessThan(0.08);
    }
  });
});

describe('designs that say too little', () => {
  test('a stratum of one unit is an error if the study says so', () => {
    expect(() => surveyMeans({ ...whole, lonely: 'fail' }, [y])).toThrow(
      expect.objectContaining({ code: 'invalid-survey' }),
    );
  });

  test('without degrees of freedom there is no p', () => {
    expect(figure(1, 0.5, 0)).toMatchObject({ p: NaN, low: NaN, high: NaN });
    expectClose([figure(1.96, 1, Infinity).p], [0.04999579029644087]);
  });

  test('collinear columns are an error', () => {
    const twice = x.map((value) => 2 * value);
    expect(() => surveyRegression(whole, y, [x, twice])).toThrow(
      expect.objectContaining({ code: 'collinear-columns' }),
    );
    expect(() => surveyRegression(whole, y, [new Float64Array(ROWS)])).toThrow(
      expect.objectContaining({ code: 'collinear-columns' }),
    );
    const separated = Float64Array.from(y, (value) => Number(value > 0));
    expect(() => surveyRegression(whole, separated, [y], { kind: 'logistic' })).toThrow(
      expect.objectContaining({ code: 'collinear-columns' }),
    );
  });
});
