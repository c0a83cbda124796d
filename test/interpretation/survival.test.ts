// Survival statistics against R's package survival (test/golden/make_survival.R), and what they do without a result.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { concordance } from '../../src/interpretation/survival/concordance.js';
import { crossFittedConcordance, survivalFolds } from '../../src/interpretation/survival/cross-fitted-concordance.js';
import { coxRegression, scoreResiduals, type CoxEstimates } from '../../src/interpretation/survival/cox.js';
import { kaplanMeier } from '../../src/interpretation/survival/kaplan-meier.js';
import { logRank } from '../../src/interpretation/survival/log-rank.js';
import { proportionalHazards } from '../../src/interpretation/survival/proportional-hazards.js';
import { timeGroups } from '../../src/interpretation/survival/survival-times.js';
import { RandomStream } from '../../src/random/random-stream.js';

interface CoxGolden {
  readonly coefficients: number[];
  readonly se: number[];
  readonly p: number[];
  readonly covariance: number[][];
  readonly logLikelihood: [number, number];
  readonly linear: number[];
  readonly score: number[][];
  readonly zph: { readonly chiSquare: number[]; readonly p: number[] };
  readonly concordance: number;
  readonly concordanceSe: number;
  readonly crossFitted: number;
  readonly crossFittedSe: number;
  readonly robust?: { readonly covariance: number[][]; readonly se: number[]; readonly p: number[] };
}

interface Golden {
  readonly times: number[];
  readonly events: number[];
  readonly columns: number[][];
  readonly clusters?: number[];
  readonly cox: CoxGolden;
  readonly curve: Record<'atRisk' | 'censored' | 'events' | 'survival' | 'time', number[]> & {
    readonly lower: (number | null)[];
    readonly upper: (number | null)[];
    readonly median: number | 'NA';
  };
  readonly logRank: { groups: number[]; observed: number[]; expected: number[]; chiSquare: number; p: number };
}

const path = new URL('../golden/survival.json', import.meta.url);
const cases = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Golden>;

/** Expects a relative difference of at most 10⁻⁶. */
function near(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    expect({ i, actual: actual[i], isNear: error <= 1e-6 * Math.max(1e-3, Math.abs(expected[i])) }).toEqual({
      ...{ i, actual: actual[i], isNear: true },
    });
  }
}

const estimated = (fit: ReturnType<typeof coxRegression>): CoxEstimates => {
  if (fit.verdict !== 'estimated') throw new Error(fit.verdict);
  return fit;
};

describe.each(Object.entries(cases))('%s', (_, golden) => {
  const outcome = { times: Float64Array.from(golden.times), events: golden.events };
  const input = { ...outcome, columns: golden.columns.map((column) => Float64Array.from(column)) };
  const { cox, curve, logRank: ranks } = golden;

  test('Cox regression equals coxph', () => {
    const fit = estimated(coxRegression(input));
    near(fit.coefficients, cox.coefficients);
    near(fit.standardErrors, cox.se);
    near(fit.ps, cox.p);
    near(fit.covariance.to1DArray(), cox.covariance.flat());
    near([fit.logLikelihood.empty, fit.logLikelihood.fitted], cox.logLikelihood);
    // R does not centre columns of 0 and 1.
    near(
      fit.linearPredictor.map((value) => value - fit.linearPredictor[0]),
      cox.linear.map((value) => value - cox.linear[0]),
    );
  });

  test('score residuals equal those of coxph', () => {
    const { linearPredictor } = estimated(coxRegression(input));
    const centred = input.columns.map((column) => column.map((value) => value - column[0]));
    const residuals = scoreResiduals(timeGroups(outcome), centred, linearPredictor);
    for (const [i, column] of residuals.entries()) {
      expect(Math.max(...column.map((value, row) => Math.abs(value - cox.score[row][i])))).toBeLessThan(1e-6);
    }
  });

  test('robust errors of clusters equal those of coxph', () => {
    if (!golden.clusters || !cox.robust) return;
    const fit = estimated(coxRegression({ ...input, clusters: golden.clusters }));
    near(fit.coefficients, cox.coefficients);
    near(fit.covariance.to1DArray(), cox.robust.covariance.flat());
    near(fit.standardErrors, cox.robust.se);
    near(fit.ps, cox.robust.p);
  });

  test('the test of proportional hazards equals cox.zph', () => {
    const { columns, together } = proportionalHazards(input, estimated(coxRegression(input)));
    near(
      [...columns, together].map(({ chiSquare }) => chiSquare),
      cox.zph.chiSquare,
    );
    near(
      [...columns, together].map(({ p }) => p),
      cox.zph.p,
    );
  });

  test('concordance and its standard error equal those of concordance()', () => {
    const { linearPredictor } = estimated(coxRegression(input));
    const { concordance: share, standardError } = concordance(outcome, linearPredictor)!;
    near([share, standardError], [cox.concordance, cox.concordanceSe]);
  });

  test('the concordance in held-out subjects equals a loop over coxph', () => {
    const folds = Uint8Array.from(golden.times, (_time, i) => i % 5);
    const { concordance: share, standardError } = crossFittedConcordance(input, folds)!;
    near([share, standardError], [cox.crossFitted, cox.crossFittedSe]);
  });

  test('the Kaplan–Meier curve equals survfit with log-log intervals', () => {
    const { steps, median } = kaplanMeier(outcome);
    for (const key of ['time', 'atRisk', 'events', 'censored', 'survival'] as const) {
      near(
        steps.map((step) => step[key]),
        curve[key],
      );
    }
    for (const end of ['lower', 'upper'] as const) {
      // R gives no interval where survival is 1.
      const known = steps.flatMap((step, i) => (step.survival === 1 ? [] : [i]));
      expect(known.map((i) => steps[i][end] === null)).toEqual(known.map((i) => curve[end][i] === null));
      const finite = known.filter((i) => steps[i][end] !== null);
      near(
        finite.map((i) => steps[i][end]!),
        finite.map((i) => curve[end][i]!),
      );
    }
    expect(median).toBe(typeof curve.median === 'number' ? curve.median : null);
  });

  test('the log-rank test equals survdiff', () => {
    const { observed, expected, chiSquare, p } = logRank(outcome, ranks.groups);
    near(observed, ranks.observed);
    near(expected, ranks.expected);
    near([chiSquare, p], [ranks.chiSquare, ranks.p]);
  });
});

describe('a regression without a finite maximum has a verdict and no figures', () => {
  const times = Float64Array.from({ length: 40 }, (_, i) => i + 1);
  const wave = times.map((time) => Math.sin(1.7 * time));
  const events = Array.from(times, (_, i) => i % 2);
  const verdict = (columns: Float64Array[], of: readonly number[] = events) =>
    coxRegression({ times, events: of, columns });

  test('no events', () => {
    expect(
      verdict(
        [wave],
        Array.from(times, () => 0),
      ),
    ).toEqual({
      ...{ verdict: 'no-events', subjects: 40, events: 0 },
    });
  });

  test('constant or dependent columns', () => {
    expect(verdict([new Float64Array(40).fill(2)]).verdict).toBe('collinear');
    expect(verdict([wave, wave.map((value) => 3 - 2 * value)]).verdict).toBe('collinear');
  });

  test('all events in one of two groups, and an event order that a column determines', () => {
    const isEvent = Float64Array.from(events);
    expect(verdict([isEvent]).verdict).toBe('separated');
    expect(verdict([wave, isEvent]).verdict).toBe('separated');
    expect(
      verdict(
        [times.map((time) => -time)],
        Array.from(times, () => 1),
      ).verdict,
    ).toBe('separated');
  });

  test('a strong effect is not separation', () => {
    const fit = estimated(
      verdict(
        [times.map((time, i) => -time + (i % 5 === 0 ? 12 : 0))],
        Array.from(times, () => 1),
      ),
    );
    expect(fit.coefficients[0]).toBeGreaterThan(0.1);
    expect(fit.ps[0]).toBeLessThan(1e-5);
  });

  test('columns in any unit give the same p', () => {
    const [p] = estimated(verdict([wave])).ps;
    expect(estimated(verdict([wave.map((value) => 1e9 + 1e5 * value)])).ps[0]).toBeCloseTo(p, 6);
    expect(estimated(verdict([wave.map((value) => 1e-7 * value)])).ps[0]).toBeCloseTo(p, 8);
  });

  test('times and events that are none are refused', () => {
    expect(() => coxRegression({ times, events: Array.from(times, () => 2), columns: [wave] })).toThrow('event 2');
    expect(() => coxRegression({ times: times.map(() => -1), events, columns: [wave] })).toThrow('time -1');
  });
});

test('without an effect, p is uniform: Cox, proportional hazards, log-rank, and concordance', () => {
  const random = new RandomStream(43, 1);
  const ps: Record<string, number[]> = { cox: [], hazards: [], ranks: [], harrell: [] };
  const repeats = 400;
  for (let r = 0; r < repeats; r++) {
    const n = 120;
    const z = Float64Array.from({ length: n }, () => random.normal());
    const times = Float64Array.from({ length: n }, () => Math.ceil(-20 * Math.log(1 - random.uniform())));
    const events = Array.from({ length: n }, () => (random.uniform() < 0.6 ? 1 : 0));
    const input = { times, events, columns: [z] };
    const fit = estimated(coxRegression(input));
    ps.cox.push(fit.ps[0]);
    ps.hazards.push(proportionalHazards(input, fit).columns[0].p);
    const sorted = z.slice().sort();
    ps.ranks.push(
      logRank(
        input,
        z.map((value) => Number(value > sorted[39]) + Number(value > sorted[79])),
      ).p,
    );
    const { concordance: share, standardError } = concordance(input, z)!;
    ps.harrell.push(Math.abs(share - 0.5) / standardError > 1.96 ? 0.01 : 0.5);
  }
  for (const list of Object.values(ps)) {
    // 5 % of 400, four standard errors.
    expect(Math.abs(list.filter((p) => p < 0.05).length / repeats - 0.05)).toBeLessThan(
      4 * Math.sqrt((0.05 * 0.95) / 400),
    );
  }
  for (const list of [ps.cox, ps.hazards, ps.ranks]) {
    expect(Math.abs(list.reduce((sum, p) => sum + p, 0) / repeats - 0.5)).toBeLessThan(4 / Math.sqrt(12 * repeats));
  }
});

describe('concordance of columns without an effect', () => {
  test('is above one half in the subjects of the regression, and not in held-out subjects', () => {
    const random = new RandomStream(47, 1);
    const draw = (count: number) => Float64Array.from({ length: count }, () => random.normal());
    const repeats = 200;
    let [within, outside] = [0, 0];
    for (let r = 0; r < repeats; r++) {
      const times = draw(80).map((value) => Math.exp(value));
      const input = { times, events: times.map((_, i) => Number(i % 4 > 0)), columns: [draw(80), draw(80), draw(80)] };
      within += concordance(input, estimated(coxRegression(input)).linearPredictor)!.concordance / repeats;
      outside += crossFittedConcordance(input)!.concordance / repeats;
    }
    expect(within).toBeGreaterThan(0.54);
    // Scores of held-out subjects are slightly below one half, because folds have what is left of the subjects.
    expect(outside).toBeLessThan(0.51);
    expect(outside).toBeGreaterThan(0.46);
  });

  test('folds keep clusters together, and divide events evenly', () => {
    const events = Array.from({ length: 53 }, (_, i) => Number(i < 17));
    const folds = survivalFolds({ events });
    const sizes = [0, 1, 2, 3, 4].map((fold) => events.filter((event, i) => event === 1 && folds[i] === fold).length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    const clusters = events.map((_, i) => `p${i >> 1}`);
    const together = survivalFolds({ events, clusters });
    expect(clusters.every((_, i) => i % 2 === 0 || together[i] === together[i - 1])).toBe(true);
  });
});

test('survival curves have intervals that cover the truth', () => {
  const random = new RandomStream(7, 1);
  let covered = 0;
  for (let r = 0; r < 300; r++) {
    const times = Float64Array.from({ length: 80 }, () => -Math.log(1 - random.uniform()));
    const { steps } = kaplanMeier({ times, events: Array.from(times, () => 1) });
    const last = steps.filter(({ time }) => time <= 0.7).at(-1)!;
    covered += Number(last.lower! <= Math.exp(-0.7) && Math.exp(-0.7) <= last.upper!);
  }
  expect(covered / 300).toBeGreaterThan(0.91);
});
