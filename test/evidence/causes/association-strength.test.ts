// How much of what remains of a latent a cause explains that nobody assigned, against partial correlations of the same
// rows, and a common cause that explains the association away.

import { describe, expect, test } from '@jest/globals';
import { differenceRobustness } from '../../../src/conclusions/robustness.js';
import type { Cause } from '../../../src/data/causes.js';
import { causeDesign } from '../../../src/evidence/causes/cause-design.js';
import { levelEffects, numberEffect } from '../../../src/evidence/causes/fold-effects.js';
import { partialCovariance } from '../../../src/evidence/error-aware.js';
import { RandomStream } from '../../../src/random/random-stream.js';
import { normalColumns } from '../../fixtures/draws.js';

const ROWS = 2000;
const [age, noise, ofLatent, hidden] = normalColumns(new RandomStream(3, 42), ROWS, 4);
const rows = Int32Array.from({ length: ROWS }, (_, row) => row);

const smoking = (values: Float64Array, levels: readonly string[], assigned: boolean): Cause => ({
  ...{ name: 'smoking', kind: 'categorical', levels, assigned, effect: 'soft', values },
  terms: levels.slice(1).map((level) => ({ level })),
});
const dose = (values: Float64Array): Cause => ({
  ...{ name: 'dose', kind: 'continuous', reference: 0, assigned: false, effect: 'soft', values },
  terms: [{ zero: 0, sd: 1 }],
});
const designOf = (cause: Cause, covariates: Float64Array[], keys: readonly number[]) =>
  causeDesign(rows, 0, { causes: [cause], covariates }, { units: [], testable: new Set(keys), isWithin: false });

/** Returns f of the partial correlation of some rows. */
function fOf(x: Float64Array, y: Float64Array, covariates: readonly Float64Array[], isUsed = (_row: number) => true) {
  const exact = (values: Float64Array, source: string) => {
    const whole = values.filter((_, row) => isUsed(row));
    return { whole, a: whole, b: whole, source };
  };
  const conditioning = covariates.map((values, i) => exact(values, `c${i}`));
  const { plain } = partialCovariance(exact(x, 'x'), exact(y, 'y'), conditioning, []);
  return plain / Math.sqrt(1 - plain ** 2);
}

describe('the strength of an association', () => {
  const isSmoker = age.map((value, row) => Number(0.7 * value + noise[row] > 0.8));
  const latent = age.map((value, row) => 0.5 * value - 0.6 * isSmoker[row] + ofLatent[row]);

  test('of a level is that of its partial correlation given covariates', () => {
    const effect = levelEffects(designOf(smoking(isSmoker, ['no', 'yes'], false), [age], [1]), latent).get(1)!;
    expect(effect.f).toBeCloseTo(fOf(isSmoker, latent, [age]), 9);
    expect(effect.f).toBeLessThan(-0.15);
  });

  test('of a level among several is that of the subjects with this level or the reference', () => {
    const level = age.map((_, row) => (row % 10 < 3 ? 2 : isSmoker[row]));
    const wide = latent.map((value, row) => (level[row] === 2 ? 9 * value : value));
    const effects = levelEffects(designOf(smoking(level, ['no', 'yes', 'unknown'], false), [], [1, 2]), wide);
    const indicator = level.map((value) => Number(value === 1));
    expect(effects.get(1)!.f).toBeCloseTo(
      fOf(indicator, wide, [], (row) => level[row] < 2),
      9,
    );
  });

  test('is left out for an assigned cause', () => {
    const effect = levelEffects(designOf(smoking(isSmoker, ['no', 'yes'], true), [age], [1]), latent).get(1)!;
    expect(effect.f).toBeUndefined();
  });

  test('of a number gives the strength of a common cause, with which nothing remains', () => {
    const amount = age.map((value, row) => 0.7 * value + noise[row]);
    const outcome = age.map((value, row) => 0.5 * value + 0.4 * noise[row] + ofLatent[row]);
    const effectOf = (covariates: Float64Array[]) => {
      const design = designOf(dose(amount), covariates, [0]);
      return numberEffect(dose(amount), design, design, outcome, []);
    };
    const { shift, f } = effectOf([age]);
    expect(f).toBeCloseTo(fOf(amount, outcome, [age]), 9);
    const partialR2 = f! ** 2 / (1 + f! ** 2);
    const interval = { estimate: shift.value, lower: shift.value / 2, upper: 1.5 * shift.value };
    const robust = differenceRobustness(interval, partialR2);
    const half = (f! / 2) ** 2;
    expect(robust.lower).toBeCloseTo((Math.sqrt(half ** 2 + 4 * half) - half) / 2, 9);
    expect(robust.estimate).toBeCloseTo((Math.sqrt(f! ** 4 + 4 * f! ** 2) - f! ** 2) / 2, 9);
    const [ofBoth, rest] = [Math.sqrt(robust.estimate), Math.sqrt(1 - robust.estimate)];
    const cause = noise.map((value, row) => ofBoth * value + rest * (ofBoth * ofLatent[row] + rest * hidden[row]));
    const explained = effectOf([age, cause]).shift.value;
    expect(Math.abs(explained)).toBeLessThan(0.15 * shift.value);
    expect(shift.value).toBeGreaterThan(0.3);
  });
});
