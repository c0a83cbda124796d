// Associations of latents with outcomes against R (test/golden/make_associations.R), with shuffled outcomes, and with
// outcomes that cannot be tested.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { EventOutcome, MeasuredOutcome, Outcome, SubjectVariable } from '../../src/data/outcomes.js';
import { associate, type Association } from '../../src/interpretation/outcomes/association.js';
import { benjaminiHochberg } from '../../src/quality/pair-test.js';
import { jointTest, wilksTest } from '../../src/interpretation/outcomes/linear-tests.js';
import { RandomStream } from '../../src/random/random-stream.js';

type Result = Record<'degrees' | 'estimate' | 'lower' | 'p' | 'statistic' | 'upper', number>;
type Results = Record<'eta2' | 'hazard' | 'hazards' | 'r' | 'r2' | 'ranks' | 'rho', Result> & {
  readonly [key in 'unequal' | 'unequalBlock' | 'wilks']: Omit<Result, 'degrees'> & { readonly degrees: number[] };
};

const path = new URL('../golden/associations.json', import.meta.url);
const golden = JSON.parse(readFileSync(path, 'utf8')) as Record<
  'age' | 'event' | 'grade' | 'score' | 'time',
  number[]
> & {
  readonly latents: number[][];
  readonly site: string[];
  readonly type: string[];
  readonly pearson: Result & { readonly interval: number[] };
  readonly spearman: Result;
  readonly bh: { readonly p: number[]; readonly q: number[] };
} & Record<'adjusted' | 'plain' | 'spline', Results>;

const latents = golden.latents.map((column) => Float64Array.from(column));
const variable = (column: string, values: readonly (number | string)[]): SubjectVariable => {
  if (values.every((value) => typeof value === 'number')) return { column, values: Float64Array.from(values) };
  const levels = [...new Set(values.map(String))].sort();
  return { column, levels, values: Float64Array.from(values, (value) => levels.indexOf(String(value))) };
};
const covariates = [variable('age', golden.age), variable('site', golden.site)];
type Adjustment = Pick<Outcome, 'covariates' | 'terms'>;
const measured = (
  kind: MeasuredOutcome['kind'],
  values: readonly (number | string)[],
  of: Partial<Adjustment> = {},
): MeasuredOutcome => ({
  name: 'y',
  kind,
  covariates: [],
  terms: 'linear',
  measuredIn: [],
  ...variable('y', values),
  ...of,
});
const survival = (of: Partial<EventOutcome> = {}): EventOutcome => ({
  ...{ name: 'y', kind: 'time-to-event', covariates: [], terms: 'linear', measuredIn: [] },
  columns: { time: 'time', event: 'event' },
  times: Float64Array.from(golden.time),
  events: Float64Array.from(golden.event),
  ...of,
});
const one = (outcome: Outcome, k = 0): Association =>
  associate(outcome, { modality: 'a', latents: [latents[k]] }, undefined);
const block = (outcome: Outcome): Association => associate(outcome, { modality: 'a', latents }, undefined);

function near(actual: number | undefined, expected: number): void {
  expect({ actual, isNear: Math.abs(actual! - expected) <= 1e-6 * Math.max(1e-3, Math.abs(expected)) }).toEqual({
    ...{ actual, isNear: true },
  });
}
const equal = (actual: Association, expected: Partial<Result>) => {
  for (const key of ['estimate', 'statistic', 'p', 'lower', 'upper'] as const) {
    if (typeof expected[key] === 'number') near(actual[key], expected[key]);
  }
};

describe.each([
  ['without covariates', 'plain', { covariates: [] }],
  ['with covariates', 'adjusted', { covariates }],
  ['with a spline of a covariate', 'spline', { covariates, terms: 'spline' }],
] as const)('%s', (_, key, of) => {
  const expected = golden[key];

  test('r, ρ and η² equal those of lm, anova, oneway.test and car', () => {
    const r = one(measured('continuous', golden.score, of));
    equal(r, expected.r);
    expect(r).toMatchObject({ measure: 'r', units: 80, degrees: [expected.r.degrees] });
    equal(one(measured('ordered', golden.grade, of)), expected.rho);
    const eta2 = one(measured('categorical', golden.type, of), 1);
    near(eta2.estimate, expected.eta2.estimate);
    equal(eta2, { ...expected.unequal, degrees: undefined });
    eta2.degrees!.forEach((value, k) => near(value, expected.unequal.degrees[k]));
  });

  test('the joint tests of a block equal those of anova, manova and sandwich, on any axes', () => {
    equal(block(measured('continuous', golden.score, of)), expected.r2);
    equal(block(measured('ordered', golden.grade, of)), expected.ranks);
    const wilks = block(measured('categorical', golden.type, of));
    near(wilks.estimate, expected.wilks.estimate);
    equal(wilks, { ...expected.unequalBlock, degrees: undefined });
    expect(wilks.degrees).toEqual(expected.unequalBlock.degrees);
    const [a, b, c] = latents;
    const turned = [a.map((value, i) => value + 2 * b[i]), b.map((value, i) => c[i] - value), c];
    for (const outcome of [
      measured('continuous', golden.score, of),
      measured('ordered', golden.grade, of),
      measured('categorical', golden.type, of),
      survival(of),
    ]) {
      near(associate(outcome, { modality: 'a', latents: turned }, undefined).p, block(outcome).p!);
    }
  });

  test('hazard ratios and the likelihood-ratio test of a block equal those of coxph', () => {
    equal(one(survival(of)), expected.hazard);
    equal(block(survival(of)), expected.hazards);
  });
});

test('r with its interval and ρ equal cor.test; an adjusted result has the unadjusted estimate', () => {
  const r = one(measured('continuous', golden.score));
  equal(r, { ...golden.pearson, lower: golden.pearson.interval[0], upper: golden.pearson.interval[1] });
  equal(one(measured('ordered', golden.grade)), golden.spearman);
  expect(r).not.toHaveProperty('unadjusted');
  near(one(measured('continuous', golden.score, { covariates })).unadjusted, golden.pearson.estimate);
  near(one(survival({ covariates })).unadjusted, golden.plain.hazard.estimate);
});

test('Wilks’s test of one variable is the F test', () => {
  const levels = [Float64Array.from(golden.type, (level) => Number(level === 'x')), latents[2]];
  const { estimate, p } = wilksTest([latents[0]], levels, [])!;
  expect(estimate).toBeGreaterThan(0);
  near(p, associate(measured('continuous', [...latents[0]]), { modality: 'a', latents: levels }, undefined).p!);
});

describe('levels with unequal variances and sizes', () => {
  // 15 units with a standard deviation of 3, and 25 and 60 with 1 and 0.7. No mean differs.
  const sizes = [15, 25, 60];
  const sds = [3, 1, 0.7];
  const levels = sizes.flatMap((size, level) => new Array<string>(size).fill('abc'[level]));
  const repeats = 2000;
  const random = new RandomStream(46, 1);
  const draw = () => Float64Array.from({ length: 100 }, (_, i) => sds['abc'.indexOf(levels[i])] * random.normal());
  const limit = 4 * Math.sqrt((0.05 * 0.95) / repeats);
  const shareOf = (p: () => number | undefined): number => {
    let significant = 0;
    for (let r = 0; r < repeats; r++) significant += Number(p()! < 0.05);
    return significant / repeats;
  };
  const pOf = (latents: readonly Float64Array[], of: Partial<Adjustment> = {}) =>
    associate(measured('categorical', levels, of), { modality: 'a', latents }, undefined).p;

  test('make a test of equal variances wrong', () => {
    const columns = ['b', 'c'].map((level) => Float64Array.from(levels, (one) => Number(one === level)));
    expect(shareOf(() => jointTest(draw(), columns, [])!.p)).toBeGreaterThan(0.2);
    expect(shareOf(() => wilksTest([draw(), draw()], columns, [])!.p)).toBeGreaterThan(0.2);
  });

  test('have uniform p in a latent', () => {
    expect(Math.abs(shareOf(() => pOf([draw()])) - 0.05)).toBeLessThan(limit);
  });

  // HC3 and blocks are approximate; they may err a little.
  test('have about uniform p with covariates, and in blocks', () => {
    const age = variable('age', [...Float64Array.from({ length: 100 }, () => random.normal())]);
    for (const share of [
      shareOf(() => pOf([draw()], { covariates: [age] })),
      shareOf(() => pOf([draw(), draw()])),
      shareOf(() => pOf([draw(), draw()], { covariates: [age] })),
    ]) {
      expect(share).toBeLessThan(0.08);
      expect(share).toBeGreaterThan(0.02);
    }
  });

  test('are left out if they are rare', () => {
    const rare = levels.map((level, i) => (i < 2 ? 'd' : level));
    const all = associate(measured('categorical', rare), { modality: 'a', latents: [draw()] }, undefined);
    expect(all.units).toBe(98);
    expect(all.degrees![0]).toBe(2);
  });
});

test('q equals p.adjust(method = "BH"), and leaves out what was not tested', () => {
  benjaminiHochberg(golden.bh.p).forEach((q, i) => near(q, golden.bh.q[i]));
  const some = benjaminiHochberg([NaN, ...golden.bh.p]);
  expect(some[0]).toBeNaN();
  near(some[1], golden.bh.q[0]);
});

describe('groups', () => {
  const persons = golden.age.map((_, i) => `p${i >> 1}`);
  const perPerson = (values: readonly number[]) => values.map((_, i) => values[2 * (i >> 1)]);

  test('count once: each person is one subject', () => {
    const [whole, half] = [persons, undefined].map((groups) =>
      associate(
        measured('continuous', groups ? perPerson(golden.score) : golden.score.filter((_, i) => i % 2 === 0)),
        {
          modality: 'a',
          latents: [
            groups ? Float64Array.from(perPerson(golden.latents[0])) : latents[0].filter((_, i) => i % 2 === 0),
          ],
        },
        groups,
      ),
    );
    expect(whole).toEqual(half);
    expect(whole.units).toBe(40);
  });

  test('with one time count once; with several, their rows stay and the errors are robust', () => {
    const same = survival({
      times: Float64Array.from(perPerson(golden.time)),
      events: Float64Array.from(perPerson(golden.event)),
    });
    const of = (outcome: Outcome) => associate(outcome, { modality: 'a', latents: [latents[0]] }, persons);
    expect(of(same).units).toBe(40);
    const [apart, naive] = [of(survival()), one(survival())];
    expect(apart.units).toBe(80);
    near(apart.estimate, naive.estimate!);
    expect(Math.abs(apart.p! / naive.p! - 1)).toBeGreaterThan(0.01);
  });

  test('have their most frequent level', () => {
    const levels = golden.age.map((_, i) => (i % 6 === 5 ? 1 : (i >> 1) % 2));
    const triples = golden.age.map((_, i) => `p${Math.floor(i / 4)}`);
    const result = associate(measured('categorical', levels), { modality: 'a', latents: [latents[0]] }, triples);
    expect(result).toMatchObject({ units: 20, measure: 'eta2' });
  });
});

describe('a pair is not tested', () => {
  test('if the modality of the latent measures the outcome', () => {
    const outcome = { ...measured('continuous', golden.score), measuredIn: ['a'] };
    expect(one(outcome)).toEqual({ measure: 'r', units: 80, untested: 'circular' });
    expect(associate(outcome, { modality: 'b', latents: [latents[0]] }, undefined).p).toBeLessThan(0.05);
  });

  test('with few subjects, events, or degrees of freedom', () => {
    const few = golden.score.map((value, i) => (i < 15 ? value : NaN));
    expect(one(measured('continuous', few))).toEqual({ measure: 'r', units: 15, untested: 'too-few' });
    const rare = survival({ events: Float64Array.from(golden.event, (_, i) => Number(i < 9)) });
    expect(one(rare)).toEqual({ measure: 'hazard-ratio', units: 80, events: 9, untested: 'too-few' });
    const many = variable(
      'id',
      golden.age.map((_, i) => `level ${i}`),
    );
    expect(one(measured('continuous', golden.score, { covariates: [many] })).untested).toBe('too-few');
  });

  test('with a constant outcome, or one that a covariate determines', () => {
    expect(
      one(
        measured(
          'continuous',
          golden.score.map(() => 3),
        ),
      ).untested,
    ).toBe('no-variation');
    expect(
      one(
        measured(
          'categorical',
          golden.score.map(() => 'x'),
        ),
      ).untested,
    ).toBe('no-variation');
    const copy = measured('continuous', golden.age, { covariates });
    expect(one(copy).untested).toBe('no-variation');
  });

  test('if the latent separates the events', () => {
    const events = latents[0].map((value) => Number(value > 0.5));
    const split = survival({ events, times: events.map((event, i) => (event === 1 ? 1 + (i % 7) : 10 + i)) });
    const separating = { modality: 'a', latents: [events.slice()] };
    expect(associate(split, separating, undefined)).toMatchObject({ untested: 'separated' });
    expect(associate(split, separating, undefined)).not.toHaveProperty('estimate');
  });

  test('for subjects without the latent, the outcome, or a covariate, which are left out', () => {
    const holes = latents[0].map((value, i) => (i < 10 ? NaN : value));
    const values = golden.score.map((value, i) => (i >= 70 ? NaN : value));
    const age = variable(
      'age',
      golden.age.map((value, i) => (i === 30 ? NaN : value)),
    );
    const outcome = measured('continuous', values, { covariates: [age] });
    expect(associate(outcome, { modality: 'a', latents: [holes] }, undefined).units).toBe(59);
  });
});

test('shuffled outcomes give uniform p, of latents and of blocks, with and without covariates', () => {
  const random = new RandomStream(45, 1);
  const shuffled = (values: readonly number[]): number[] => {
    const all = [...values];
    for (let i = all.length - 1; i > 0; i--) {
      const j = Math.floor(random.uniform() * (i + 1));
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all;
  };
  const repeats = 300;
  const ps = new Map<string, number[]>();
  for (let r = 0; r < repeats; r++) {
    const order = shuffled(golden.age.map((_, i) => i));
    const take = (values: readonly (number | string)[]) => order.map((i) => values[i]);
    // Covariates stay with the outcome, as in a study in which latents are related to neither.
    const moved = [variable('age', take(golden.age)), variable('site', take(golden.site))];
    for (const adjustment of [{}, { covariates: moved }]) {
      const outcomes = [
        measured('continuous', take(golden.score), adjustment),
        measured('ordered', take(golden.grade), adjustment),
        measured('categorical', take(golden.type), adjustment),
        survival({
          ...adjustment,
          times: Float64Array.from(order, (i) => golden.time[i]),
          events: Float64Array.from(order, (i) => golden.event[i]),
        }),
      ];
      for (const outcome of outcomes) {
        for (const [kind, test] of [
          ['latent', one(outcome)],
          ['block', block(outcome)],
        ] as const) {
          const key = `${outcome.kind} ${kind} ${outcome.covariates.length}`;
          ps.set(key, [...(ps.get(key) ?? []), test.p!]);
        }
      }
    }
  }
  expect(ps.size).toBe(16);
  for (const [key, list] of ps) {
    const share = list.filter((p) => p < 0.05).length / repeats;
    const mean = list.reduce((sum, p) => sum + p, 0) / repeats;
    const limit = 4 * Math.sqrt((0.05 * 0.95) / repeats);
    expect({ key, share, isNominal: Math.abs(share - 0.05) < limit }).toEqual({ key, share, isNominal: true });
    expect({ key, mean, isHalf: Math.abs(mean - 0.5) < 4 / Math.sqrt(12 * repeats) }).toEqual({
      key,
      mean,
      isHalf: true,
    });
  }
});
