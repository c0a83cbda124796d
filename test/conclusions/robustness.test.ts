// The strength of an unmeasured common cause that explains a supported result, against published figures, algebra and a
// simulation with errors of measurement.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { conclusionsOf, linkText, summarySentences } from '../../src/conclusions/index.js';
import {
  correlationRobustness,
  robustnessCell,
  robustnessText,
  robustnessValue,
} from '../../src/conclusions/robustness.js';
import { partialCovariance, type Measured } from '../../src/evidence/error-aware.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { normalColumns } from '../fixtures/draws.js';
import { ACROSS, RELATED, graphOf, link, summaryOf } from '../fixtures/example-evidence.js';

describe('the robustness value', () => {
  test('is that of the formula, from no relation to a copy', () => {
    for (const partialR2 of [1e-8, 0.01, 0.3, 0.7, 0.999]) {
      const f2 = partialR2 / (1 - partialR2);
      expect(robustnessValue(partialR2)).toBeCloseTo((Math.sqrt(f2 ** 2 + 4 * f2) - f2) / 2, 9);
    }
    expect([0, 1].map(robustnessValue)).toEqual([0, 1]);
  });

  // The example of the R package sensemakr (data darfur, treatment directlyharmed): estimate 0.097, standard error
  // 0.023, t = 4.184 with 783 degrees of freedom; partial R² 0.022, robustness value 0.139, and 0.076 for α = 0.05.
  // https://carloscinelli.com/sensemakr/articles/sensemakr.html
  test('is that of sensemakr for its example, also at the lower limit', () => {
    const [t, degrees, critical] = [4.18445, 783, 1.963];
    const partialOf = (value: number) => value / Math.hypot(value, Math.sqrt(degrees));
    expect(partialOf(t) ** 2).toBeCloseTo(0.0219, 4);
    const interval = { estimate: partialOf(t), lower: partialOf(t - critical), upper: partialOf(t + critical) };
    const { estimate, lower } = correlationRobustness(interval);
    expect([estimate, lower].map((value) => value.toFixed(3))).toEqual(['0.139', '0.076']);
  });

  test('at the lower limit is that of the limit nearest to 0, and 0 if the interval contains 0', () => {
    const [weak, strong] = [0.2, 0.5].map((correlation) => robustnessValue(correlation ** 2));
    expect(correlationRobustness({ estimate: 0.5, lower: 0.2, upper: 0.7 })).toEqual({ estimate: strong, lower: weak });
    expect(correlationRobustness({ estimate: -0.5, lower: -0.7, upper: -0.2 })).toEqual({
      estimate: strong,
      lower: weak,
    });
    expect(correlationRobustness({ estimate: 0.5, lower: -0.1, upper: 0.7 }).lower).toBe(0);
  });
});

/** Returns the correlation of x and y given u, from the three correlations. */
function partialCorrelation(xy: number, xu: number, yu: number): number {
  return (xy - xu * yu) / Math.sqrt((1 - xu ** 2) * (1 - yu ** 2));
}

describe('a common cause', () => {
  const correlation = fc.double({ min: -0.95, max: 0.95, noNaN: true }).filter((value) => Math.abs(value) > 0.01);
  const share = fc.double({ min: 0, max: 0.99, noNaN: true });
  /** Correlation of y and u if u explains a share of what x leaves of y. */
  const withY = (xy: number, xu: number, ofY: number) =>
    xy * xu + Math.sign(xy * xu) * Math.sqrt(ofY * (1 - xy ** 2) * (1 - xu ** 2));

  test('of exactly this strength leaves no correlation, and a weaker one leaves some of the same sign', () => {
    fc.assert(
      fc.property(correlation, share, share, (xy, first, second) => {
        const value = robustnessValue(xy ** 2);
        const xu = Math.sqrt(value);
        expect(partialCorrelation(xy, xu, withY(xy, xu, value))).toBeCloseTo(0, 9);
        const weak = Math.sqrt(first * value);
        const rest = partialCorrelation(xy, weak, withY(xy, weak || 1e-9, second * value));
        expect(Math.sign(rest)).toBe(Math.sign(xy));
        // The shares of both ends without the other end, too: the value is at most the correlation.
        expect(Math.sign(partialCorrelation(xy, weak, Math.sign(xy) * Math.sqrt(second * value)))).toBe(Math.sign(xy));
      }),
    );
  });

  test('of exactly this strength explains a link of latents that are measured with error', () => {
    const random = new RandomStream(1, 42);
    const units = 40_000;
    const [s, x0, y0, w] = normalColumns(random, units, 4);
    const strength = -0.4;
    const value = robustnessValue(strength ** 2);
    const x = s.map((one, i) => 0.6 * one + 0.8 * x0[i]);
    const yRest = s.map((_, i) => strength * x0[i] + Math.sqrt(1 - strength ** 2) * y0[i]);
    const y = s.map((one, i) => 0.7 * one + 0.7 * yRest[i]);
    const cause = s.map(
      (_, i) =>
        Math.sqrt(value) * x0[i] + Math.sqrt(1 - value) * (-Math.sqrt(value) * y0[i] + Math.sqrt(1 - value) * w[i]),
    );
    const measured = (truth: Float64Array, source: string): Measured => {
      const [a, b] = [0, 1].map(() => truth.map((one) => one + 0.5 * random.normal()));
      return { a, b, whole: a.map((one, i) => (one + b[i]) / 2), source };
    };
    const [one, other, third] = [measured(x, 'x'), measured(y, 'y'), measured(s, 's')];
    const without = partialCovariance(one, other, [third]);
    expect(without.correlation).toBeCloseTo(strength, 1.5);
    const named = { a: cause, b: cause, whole: cause, source: 'cause' };
    const explained = partialCovariance(one, other, [third, named]);
    expect(Math.abs(explained.correlation)).toBeLessThan(3 * explained.correlationError);
    expect(explained.correlationError).toBeLessThan(0.02);
  });
});

describe('the words', () => {
  test('round down, and give the smallest values of several links', () => {
    const values = [
      { estimate: 0.3499, lower: 0.21 },
      { estimate: 0.12, lower: 0.0999 },
    ];
    expect(robustnessCell(values[0])).toBe('34 % (21 %)');
    expect(robustnessText(values.slice(0, 1), 'this link')).toBe(
      'To explain this link away, an unmeasured common cause must explain 34 % of the remaining variance of both ' +
        '(21 % at the lower limit), or more of one.',
    );
    expect(robustnessText(values, 'any of these links')).toMatch(
      /^To explain any of these links away.* 12 % .*\(9 % at/,
    );
  });

  test('are in the summary and in the sentence of a supported link only', () => {
    const conclusions = conclusionsOf(graphOf([ACROSS]), summaryOf(RELATED));
    const [supported, ...unsupported] = conclusions.links;
    expect(supported.robustness!.estimate).toBeCloseTo(robustnessValue(0.58 ** 2), 12);
    expect(supported.robustness!.lower).toBeCloseTo(robustnessValue(0.4 ** 2), 12);
    const words = 'To explain this link away';
    expect(linkText(supported)).toContain(words);
    expect(summarySentences(conclusions).filter((text) => text.startsWith(words))).toHaveLength(1);
    for (const other of unsupported) expect(linkText(other)).not.toContain(words);
    const evidence = { ...RELATED, links: [link('blood.z1', 'sleep.z1', 0.7)] };
    expect(summarySentences(conclusionsOf(graphOf([ACROSS]), summaryOf(evidence))).join(' ')).not.toContain(words);
  });
});
