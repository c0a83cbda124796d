// Total effects of causes on held-out latents: levels of the tests, intervals, and what is not identifiable.

import { describe, expect, test } from '@jest/globals';
import { latentNodes } from '../../../src/causal/index.js';
import type { Cause } from '../../../src/data/causes.js';
import type { CrossFitSplit } from '../../../src/evidence/cross-fit.js';
import type { LatentEvidence } from '../../../src/evidence/latents.js';
import { foldSplits } from '../../../src/evidence/folds.js';
import { combineEffects } from '../../../src/evidence/causes/combine-effects.js';
import type { FoldEffect } from '../../../src/evidence/causes/fold-effects.js';
import { totalEffects } from '../../../src/evidence/causes/total-effects.js';
import { normalTwoSided } from '../../../src/causal/discovery/independence/distributions.js';
import { dot } from '../../../src/metrics/vectors.js';
import { modalityOfColumns } from '../../../src/data/columns-modality.js';
import { RandomStream } from '../../../src/random/random-stream.js';
import { shareBelow, shareWithin } from '../../fixtures/draws.js';

interface EffectStudy {
  readonly causes: readonly Cause[];
  /** Latents × subjects, of one modality; of one modality each if there are batches. */
  readonly latents: readonly Float64Array[];
  readonly groups?: readonly string[];
  readonly covariates?: readonly Float64Array[];
  /** Agreement of the latents of two folds. */
  readonly agreement?: number;
  /** Sign of the latents in each fold. */
  readonly signs?: readonly [number, number];
  /** Position of each subject's batch by modality, undefined for a modality without. */
  readonly batches?: readonly (Float64Array | undefined)[];
}

/** Returns the effects if the models of both folds have these latents. */
function effectsOf(
  { causes, latents, groups, covariates, agreement = 1, signs = [1, 1], batches }: EffectStudy,
  seed = 1,
) {
  const subjects = latents[0].length;
  const ids = Array.from({ length: subjects }, (_, row) => `s${row}`);
  const shapes = batches
    ? batches.map((_, m) => ({ name: `m${m + 1}`, latents: 1 }))
    : [{ name: 'm', latents: latents.length }];
  const nodes = latentNodes(shapes);
  const folds = foldSplits({ ids, groups, causes }, seed).map(({ test: rows }, fold) => ({
    ...{ rows, ids: [], units: [], unrotated: [], forms: [], removed: latents.map(() => 0) },
    encodings: {
      ...{ rows, units: [], forms: [] },
      latents: latents.map((values) => Float64Array.from(rows, (row) => signs[fold] * values[row])),
    },
  }));
  const each = latents.map(() => agreement);
  const replication = {
    agreement: batches ? [agreement] : each,
    chance: each.map(() => 0),
    p: each.map(() => 0),
    subspace: agreement,
  };
  const splits: CrossFitSplit[] = [{ folds, replication: shapes.map(() => replication), agreement: each }];
  const modalities = batches?.map((batchPositions, m) => ({
    ...modalityOfColumns(
      { name: shapes[m].name, columns: [{ name: 'x', values: latents[m] }], latents: 1, exogenous: 0 },
      ids,
      Int32Array.from(ids.keys()),
    ),
    batchPositions,
    ...(batchPositions && {
      batches: {
        column: 'run',
        levels: [...new Set(batchPositions)].map(String),
        causes: causes.filter(({ values }) => isConstantIn(values, batchPositions)).map(({ name }) => name),
      },
    }),
  }));
  const evidence = nodes.map(({ name }): LatentEvidence => ({
    ...{ name, agreement, chance: 0, corrected: agreement, p: 0, subspace: 0.9, fitted: 1, replicated: true },
    single: agreement > 0.9,
    leak: Math.sqrt(1 - agreement),
  }));
  return totalEffects({
    nodes,
    splits,
    latents: evidence,
    study: { causes, groups, covariates },
    modalities,
    ids,
    seed,
  });
}

function isConstantIn(values: Float64Array, positions: Float64Array): boolean {
  return values.every((value, row) => value === values[positions.indexOf(positions[row])]);
}

function armOf(values: ArrayLike<number>, count: number, name = 'arm'): Cause {
  const levels = Array.from({ length: count }, (_, level) => `l${level}`);
  return {
    ...{ name, kind: 'categorical', levels, assigned: true, effect: 'soft', values: Float64Array.from(values) },
    terms: levels.slice(1).map((level) => ({ level })),
  };
}

const draws = (random: RandomStream, length: number, of = (_row: number) => 0) =>
  Float64Array.from({ length }, (_, row) => of(row) + random.normal());

describe('a level', () => {
  // 120 of 200 subjects have the reference, 60 the first level, 20 the second one, which varies three times as much.
  const levelOf = (row: number) => (row < 120 ? 0 : row < 180 ? 1 : 2);
  const levelEffects = (seed: number, shift: number) => {
    const random = new RandomStream(seed, 1);
    const arm = armOf(
      Float64Array.from({ length: 200 }, (_, row) => levelOf(row)),
      3,
    );
    const latent = Float64Array.from(arm.values, (level) => shift * level + (level === 2 ? 3 : 1) * random.normal());
    return effectsOf({ causes: [arm], latents: [latent] }, seed).effects;
  };

  test('that does nothing is found as often as the level of the test says, also with unequal spreads', () => {
    const all = Array.from({ length: 400 }, (_, seed) => levelEffects(seed, 0));
    for (const level of [0, 1]) {
      const ps = all.map((effects) => effects[level].p!);
      shareWithin(ps, 0.05);
      // The jackknife of ten subjects errs towards large p.
      expect(shareBelow(ps, 0.3)).toBeLessThan(0.37);
    }
    const supported = all.filter((effects) => effects.some(({ verdict }) => verdict === 'supported')).length;
    expect(supported).toBeLessThan(400 * 0.05 + 3 * Math.sqrt(400 * 0.05 * 0.95));
    const spread = all.filter(([, effect]) => effect.spread!.verdict === 'supported').length;
    expect(spread).toBeGreaterThan(350);
  });

  test('has intervals that cover its effect', () => {
    const all = Array.from({ length: 300 }, (_, seed) => levelEffects(seed, 0.8));
    for (const [level, truth] of [
      [0, 0.8],
      [1, 1.6],
    ]) {
      const inside = all.filter((effects) => {
        const { lower90, upper90 } = effects[level].effect!;
        return lower90 <= truth && truth <= upper90;
      });
      expect(inside.length / 300).toBeGreaterThan(0.85);
      expect(inside.length / 300).toBeLessThan(0.95);
    }
  });

  test('states its power, and calls a small effect "not supported" only if 0.3 is ruled out', () => {
    const [effect] = levelEffects(3, 0);
    expect(effect.power).toBeLessThan(0.5);
    expect(effect.verdict).toBe('undecided');
    const random = new RandomStream(4, 1);
    const arm = armOf(
      Float64Array.from({ length: 4000 }, (_, row) => row % 2),
      2,
    );
    const [large] = effectsOf({ causes: [arm], latents: [draws(random, 4000)] }).effects;
    expect(large.power).toBeGreaterThan(0.99);
    expect(large.verdict).toBe('not-supported');
    expect(large.effect!.upper).toBeLessThan(0.3);
  });
});

test('folds that disagree are the reason, and not the size of the study', () => {
  // The latent of each fold's model is another one: the arm raises the first and lowers the second.
  const arm = armOf(
    Float64Array.from({ length: 4000 }, (_, row) => row % 2),
    2,
  );
  const of = (size: number, signs: readonly [number, number]) => {
    const latent = draws(new RandomStream(5, 1), 4000, (row) => size * (row % 2));
    return effectsOf({ causes: [arm], latents: [latent], signs }).effects[0];
  };
  expect(of(1, [1, -1])).toMatchObject({ verdict: 'undecided', reason: 'inconsistent' });
  expect(of(1, [1, 1]).verdict).toBe('supported');
  expect(of(0, [1, -1]).verdict).toBe('not-supported');
});

test('a level of fewer than five subjects in each fold is not tested', () => {
  const random = new RandomStream(1, 2);
  const arm = armOf(
    Float64Array.from({ length: 200 }, (_, row) => (row < 8 ? 2 : row % 2)),
    3,
  );
  const [common, rare] = effectsOf({ causes: [arm], latents: [draws(random, 200)] }).effects;
  expect(common.p).toBeDefined();
  expect(rare).toMatchObject({ level: 'l2', verdict: 'undecided', reason: 'too-few', units: 8 });
});

test('a cause is not identifiable in a modality whose batches are the same, and is tested in the other one', () => {
  const random = new RandomStream(1, 6);
  const values = Float64Array.from({ length: 400 }, (_, row) => row % 2);
  const latents = [0, 0].map(() => draws(random, 400, (row) => values[row]));
  const effects = effectsOf({ causes: [armOf(values, 2)], latents, batches: [undefined, values] }).effects;
  expect(effects.map(({ latent, verdict, reason }) => [latent, verdict, reason])).toEqual([
    ['m1.z1', 'supported', undefined],
    ['m2.z1', 'undecided', 'batch'],
  ]);
  expect(effects[1].effect).toBeUndefined();
});

describe('a cause whose levels are several batches of another modality', () => {
  /** Returns the effects on m1, in which batches differ, too. */
  const batchedStudy = (seed: number, batchCount: number, { shift = 0, sd = 0.5 } = {}) => {
    const random = new RandomStream(seed, 8);
    const run = Float64Array.from({ length: 400 }, (_, row) => row % batchCount);
    const ofRun = draws(random, batchCount);
    const arm = run.map((batch) => batch % 2);
    const assay = Float64Array.from(run, () => Number(random.uniform() < 0.5));
    const latents = [draws(random, 400, (row) => shift * arm[row] + sd * ofRun[run[row]]), draws(random, 400)];
    const causes = [armOf(arm, 2), armOf(assay, 2, 'assay')];
    const { effects } = effectsOf({ causes, latents, batches: [undefined, run] }, seed);
    return effects.filter(({ latent }) => latent === 'm1.z1');
  };

  test('has the batches as units, whose differences are no effect of it', () => {
    const ps = Array.from({ length: 200 }, (_, seed) => batchedStudy(seed, 20)[0].p!);
    // With subjects as units it is 0.36.
    shareWithin(ps, 0.05);
    expect(batchedStudy(1, 20)[0].units).toBe(10);
  });

  test('keeps its effect, with intervals that contain it', () => {
    const all = Array.from({ length: 50 }, (_, seed) => batchedStudy(seed, 20, { shift: 1.5 })[0]);
    expect(all.filter(({ verdict }) => verdict === 'supported').length).toBeGreaterThan(40);
    // In standard deviations of the reference, of which batches are a part.
    const truth = 1.5 / Math.hypot(1, 0.5);
    const missed = all.filter(({ effect }) => effect!.lower90 > truth || effect!.upper90 < truth);
    expect(missed.length).toBeLessThan(11);
  });

  test('is not identifiable if too few batches have a level', () => {
    expect(batchedStudy(1, 8)[0]).toMatchObject({ verdict: 'undecided', reason: 'too-few', units: 4 });
    // Each level is one batch, so nothing shows how batches differ. The study says that they act on m2 alone.
    expect(batchedStudy(1, 2, { sd: 0, shift: 1 })[0]).toMatchObject({ verdict: 'supported', units: 200 });
  });

  test('has batches as units if it is a number with one value in each batch', () => {
    const dosedStudy = (seed: number, batchCount: number, slope = 0) => {
      const random = new RandomStream(seed, 9);
      const run = Float64Array.from({ length: 400 }, (_, row) => row % batchCount);
      const ofRun = draws(random, batchCount);
      const values = run.map((batch) => (3.4 * (batch - (batchCount - 1) / 2)) / batchCount);
      const dose: Cause = {
        ...{ name: 'dose', kind: 'continuous', reference: 0, assigned: true, effect: 'soft', values },
        terms: [{ zero: 0, sd: 1 }],
      };
      const latents = [draws(random, 400, (row) => slope * values[row] + 0.5 * ofRun[run[row]]), draws(random, 400)];
      const { effects } = effectsOf({ causes: [dose], latents, batches: [undefined, run] }, seed);
      return effects.find(({ latent }) => latent === 'm1.z1')!;
    };
    // With subjects as units it is 0.46.
    shareWithin(
      Array.from({ length: 80 }, (_, seed) => dosedStudy(seed, 12).p!),
      0.05,
    );
    expect(dosedStudy(1, 12, 1.5)).toMatchObject({ verdict: 'supported', units: 12 });
    expect(dosedStudy(1, 8, 1.5)).toMatchObject({ verdict: 'undecided', reason: 'too-few', units: 8 });
  });

  test('leaves the test of another cause to subjects, without differences between batches', () => {
    const all = Array.from({ length: 100 }, (_, seed) => batchedStudy(seed, 10, { sd: 3 })[1]);
    shareWithin(
      all.map(({ p }) => p!),
      0.05,
    );
    // With the batches among the residuals, it would be more than twice as large.
    const error = all.reduce((sum, { effect }) => sum + (effect!.upper - effect!.lower) / all.length, 0);
    expect(error).toBeLessThan(0.2);
  });
});

describe('a cause with the same partition as another one', () => {
  const random = new RandomStream(1, 3);
  const values = Float64Array.from({ length: 300 }, (_, row) => row % 3);
  const latents = [draws(random, 300, (row) => values[row])];

  test('is not identifiable', () => {
    const causes = [
      armOf(values, 3),
      armOf(
        values.map((value) => (value + 1) % 3),
        3,
        'site',
      ),
    ];
    expect(new Set(effectsOf({ causes, latents }).effects.map(({ reason }) => reason))).toEqual(
      new Set(['confounded']),
    );
    const covariates = [1, 2].map((level) => values.map((value) => Number(value === level)));
    expect(effectsOf({ causes: [armOf(values, 3)], latents, covariates }).effects[0].reason).toBe('confounded');
  });

  test('is identified if the other one differs in part, and its effect is not counted', () => {
    // The site shifts the latent by 1, and two thirds of its subjects have the arm.
    const site = Float64Array.from({ length: 900 }, (_, row) => row % 2);
    const ps = Array.from({ length: 200 }, (_, seed) => {
      const draw = new RandomStream(seed, 4);
      const arm = site.map((value) => Number(draw.uniform() < (value === 1 ? 0.67 : 0.33)));
      const shifted = draws(draw, 900, (row) => site[row]);
      const study = { causes: [armOf(arm, 2), armOf(site, 2, 'site')], latents: [shifted] };
      return effectsOf(study, seed).effects.find(({ cause }) => cause === 'arm')!.p!;
    });
    shareWithin(ps, 0.05);
  });
});

describe('groups', () => {
  const groups = Array.from({ length: 400 }, (_, row) => `g${row % 40}`);
  const study = (seed: number, levelOf: (row: number, random: RandomStream) => number, bias = 0) => {
    const random = new RandomStream(seed, 5);
    const ofGroup = draws(random, 40);
    const arm = armOf(
      Float64Array.from({ length: 400 }, (_, row) => levelOf(row, random)),
      2,
    );
    const latent = draws(random, 400, (row) => 1.5 * ofGroup[row % 40] + bias * Number(row % 40 < 20));
    return effectsOf({ causes: [arm], latents: [latent], groups }, seed).effects[0];
  };

  test('count as units if they have one level each', () => {
    const ps = Array.from({ length: 200 }, (_, seed) => study(seed, (row) => Number((row % 40) % 2 === 0)).p!);
    shareWithin(ps, 0.05);
    expect(study(1, (row) => Number((row % 40) % 2 === 0)).units).toBe(20);
  });

  test('do not mislead a cause that varies within them, although it is associated with them', () => {
    // Half of the groups have higher values, and most of their rows have the arm.
    const levelOf = (row: number, random: RandomStream) => Number(random.uniform() < (row % 40 < 20 ? 0.8 : 0.2));
    const ps = Array.from({ length: 200 }, (_, seed) => study(seed, levelOf, 2).p!);
    shareWithin(ps, 0.05);
  });
});

describe('a number', () => {
  const dose = (values: Float64Array): Cause => ({
    ...{ name: 'dose', kind: 'continuous', reference: 0, assigned: true, effect: 'soft', values },
    terms: [
      { zero: 0, sd: 1 },
      { spline: { knots: [-1.2, 0, 1.2], term: 0 }, zero: 0.1, sd: 0.5 },
    ],
  });
  const study = (seed: number, of: (x: number) => number, subjects = 400) => {
    const random = new RandomStream(seed, 6);
    const values = draws(random, subjects);
    return effectsOf({ causes: [dose(values)], latents: [draws(random, subjects, (row) => of(values[row]))] }, seed);
  };

  test('has a slope per standard deviation, and a curve around it', () => {
    const [effect] = study(1, (x) => 0.5 * x, 3000).effects;
    expect(effect.verdict).toBe('supported');
    expect(effect.effect!.estimate).toBeCloseTo(0.5, 1);
    for (const { value, lower, upper } of effect.curve!) {
      expect(lower).toBeLessThan(0.5 * value + 0.1);
      expect(upper).toBeGreaterThan(0.5 * value - 0.1);
    }
  });

  test('is not called without an effect if its curve may reach 0.3, whatever its slope', () => {
    // A bump of 0.55 standard deviations between −0.35 and 0.35, which has no slope.
    const bump = (x: number) => 0.55 * Math.exp(-0.5 * (x / 0.5) ** 2);
    const all = Array.from({ length: 60 }, (_, seed) => study(seed, bump, 240).effects[0]);
    const flat = all.filter(({ effect }) => effect!.lower > -0.3 && effect!.upper < 0.3);
    expect(flat.length).toBeGreaterThan(40);
    expect(all.filter(({ verdict }) => verdict === 'not-supported')).toEqual([]);
    // Without an effect, enough subjects rule it out along the whole curve.
    const none = Array.from({ length: 10 }, (_, seed) => study(seed, () => 0, 4000).effects[0]);
    expect(none.filter(({ verdict }) => verdict === 'not-supported').length).toBeGreaterThan(7);
  });

  test('that acts along a curve without a slope is found', () => {
    expect(study(2, (x) => 0.8 * Math.abs(x)).effects[0].verdict).toBe('supported');
  });

  test('that does nothing is found as often as the level of the test says', () => {
    shareWithin(
      Array.from({ length: 300 }, (_, seed) => study(seed, () => 0).effects[0].p!),
      0.05,
    );
  });
});

test('an effect that other latents of the modality can leak is undecided, and the whole modality is judged', () => {
  const random = new RandomStream(1, 7);
  const arm = armOf(
    Float64Array.from({ length: 600 }, (_, row) => row % 2),
    2,
  );
  const strong = draws(random, 600, (row) => 3 * arm.values[row]);
  const mixed = draws(random, 600, (row) => 0.9 * arm.values[row]);
  const { effects, blocks } = effectsOf({ causes: [arm], latents: [strong, mixed], agreement: 0.8 });
  expect(effects[0].verdict).toBe('supported');
  expect(effects[1]).toMatchObject({ verdict: 'undecided', reason: 'leak' });
  expect(blocks).toMatchObject([{ cause: 'arm', level: 'l1', modality: 'm', verdict: 'supported' }]);
  const separate = effectsOf({ causes: [arm], latents: [strong, mixed], agreement: 0.99 });
  expect(separate.effects.map(({ verdict }) => verdict)).toEqual(['supported', 'supported']);
  expect(separate.blocks).toEqual([]);
});

describe('an assigned cause in addition to one that nobody assigned', () => {
  const study = (
    seed: number,
    of: (arm: number, hidden: number) => number,
    to: (arm: number, hidden: number, site: number) => number,
  ) => {
    const random = new RandomStream(seed, 8);
    const arm = Float64Array.from({ length: 600 }, (_, row) => row % 2);
    const hidden = draws(random, 600);
    const site = arm.map((level, row) => Number(of(level, hidden[row]) + random.normal() > 0));
    const latent = draws(random, 600, (row) => to(arm[row], hidden[row], site[row]));
    const causes = [armOf(arm, 2), { ...armOf(site, 2, 'site'), assigned: false }];
    return effectsOf({ causes, latents: [latent] }, seed).effects;
  };

  test('keeps an effect that passes through it, and has none if both only have causes in common', () => {
    const through = Array.from({ length: 40 }, (_, seed) =>
      study(
        seed,
        (arm) => 1.5 * arm - 0.75,
        (_arm, _hidden, site) => site,
      ),
    );
    // The arm changes the site with probability Φ(0.75) − Φ(−0.75) = 0.547, and its sd in the reference is 1.084.
    const sizes = through.map(([effect]) => effect.effect!.estimate);
    expect(sizes.reduce((sum, size) => sum + size, 0) / 40).toBeCloseTo(0.505, 1);
    const collider = Array.from({ length: 100 }, (_, seed) =>
      study(
        seed,
        (arm, hidden) => 1.5 * arm + 1.5 * hidden - 0.75,
        (_arm, hidden) => hidden,
      ),
    );
    shareWithin(
      collider.map(([effect]) => effect.p!),
      0.05,
    );
  });

  test('is held constant for it', () => {
    const ps = Array.from(
      { length: 200 },
      (_, seed) =>
        study(
          seed,
          (arm) => 1.5 * arm - 0.75,
          (arm) => arm,
        )[1].p!,
    );
    shareWithin(ps, 0.05);
  });

  test('is not identifiable if both divide the subjects in the same way', () => {
    expect(
      study(
        1,
        (arm) => 20 * arm - 10,
        (arm) => arm,
      )[0],
    ).toMatchObject({ reason: 'confounded' });
  });
});

test('a level that moves ranks in one direction and the mean in none is not supported', () => {
  // A tenth of the treated subjects has a large value; the others have lower values than the reference.
  const random = new RandomStream(1, 10);
  const arm = armOf(
    Float64Array.from({ length: 600 }, (_, row) => row % 2),
    2,
  );
  const latent = draws(random, 600, (row) => (arm.values[row] === 0 ? 0 : row % 20 === 1 ? 9 : -1));
  const [effect] = effectsOf({ causes: [arm], latents: [latent] }).effects;
  expect(effect.q).toBeLessThan(0.001);
  expect(effect.effect!.lower).toBeLessThan(0);
  expect(effect.effect!.upper).toBeGreaterThan(0);
  expect(effect.verdict).not.toBe('supported');
});

test('axes that the cause itself chose have p-values near the level of the test', () => {
  // The axis of each fold is the difference of the levels in the other one, in 20 columns without any effect.
  const random = new RandomStream(1, 11);
  const ps = Array.from({ length: 4000 }, () => {
    const [a, b] = [draws(random, 20), draws(random, 20)];
    const [lengthA, lengthB] = [a, b].map((one) => Math.sqrt(dot(one, one)));
    const agreement = Math.abs(dot(a, b)) / (lengthA * lengthB);
    // Each fold has the z of its difference on the axis of the other one.
    const folds = [dot(a, b) / lengthB, dot(a, b) / lengthA].map((z): FoldEffect => {
      const shift = { value: 0, influences: Float64Array.of(1), degrees: 100 };
      return { shift, spread: shift, p: normalTwoSided(z), sign: Math.sign(z) };
    });
    return combineEffects([{ folds, agreement }]).p;
  });
  // With a correlation of 1 − agreement of the folds, the share would be 2.2 %.
  expect(shareBelow(ps, 0.01)).toBeLessThan(0.018);
});
