// Settings of observed causes: levels and numbers, what they are compared with, extrapolations, and the causes of a
// population.

import { describe, expect, test } from '@jest/globals';
import type { CauseScales } from '../../src/data/causes.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { drawCauses, valuesOfSubjects } from '../../src/questions/cause-draws.js';
import {
  causeChanges,
  dividedSetting,
  isExtrapolation,
  valueText,
  type KnownCauses,
} from '../../src/questions/cause-setting.js';
import { parseSetting } from '../../src/questions/index.js';

const arm: CauseScales = {
  name: 'arm',
  kind: 'categorical',
  levels: ['none', 'a', '02'],
  assigned: true,
  effect: 'perfect',
  terms: [{ level: 'a' }, { level: '02' }],
};
const dose: CauseScales = {
  name: 'dose',
  kind: 'ordered',
  levels: ['0', '1', '10'],
  reference: 0,
  assigned: true,
  effect: 'soft',
  terms: [{ zero: 0, sd: 1 }],
};
const age: CauseScales = {
  name: 'age',
  kind: 'continuous',
  reference: 50,
  assigned: false,
  effect: 'soft',
  terms: [{ zero: 50, sd: 10 }],
};
const range = { mean: 50, sd: 10, low: 30, high: 70 };
const known: KnownCauses = {
  causes: [arm, dose, age],
  ranges: {
    numbers: { dose: { mean: 3, sd: 4, low: 0, high: 10 }, age: range },
    combinations: [
      { values: { arm: 'none', dose: 0 }, subjects: 60, numbers: { age: { ...range, mean: 40, high: 60 } } },
      { values: { arm: 'a', dose: 1 }, subjects: 30, numbers: { age: range } },
      { values: { arm: 'a', dose: 10 }, subjects: 10 },
    ],
  },
};

describe('texts of a command', () => {
  test('values of latents and levels of causes, over several flags', () => {
    const first = parseSetting('body.z1=+1sd,arm=a');
    expect(parseSetting('dose=1e1', first)).toEqual({ 'body.z1': { sd: 1 }, arm: 'a', dose: 10 });
    expect(parseSetting('arm="x, y=1", dose = 3')).toEqual({ arm: 'x, y=1', dose: 3 });
    expect(() => parseSetting('arm=a', first)).toThrow(/arm is set twice/);
  });

  test('a latent takes no level, and unknown names are refused with suggestions', () => {
    const divided = dividedSetting(known, ['m.z1'], { arm: 'a', 'm.z1': { sd: 1 } });
    expect(divided).toEqual({ latents: { 'm.z1': { sd: 1 } }, causes: { arm: 'a' } });
    expect(() => dividedSetting(known, ['m.z1'], { 'm.z1': 'high' })).toThrow(
      expect.objectContaining({ code: 'invalid-setting', message: expect.stringContaining('m.z1 is a latent') }),
    );
    expect(() => dividedSetting(known, ['m.z1'], { arms: 'a' })).toThrow(
      expect.objectContaining({ code: 'unknown-latent', message: expect.stringContaining('arm') }),
    );
  });
});

describe('changes', () => {
  test('compare with the reference, or with another value', () => {
    const [level, number] = causeChanges(known, { arm: 'a', dose: 10 });
    expect([level.value, level.against]).toEqual([1, 0]);
    expect([...level.after]).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect([...level.before!.values()]).toEqual([0, 0]);
    // Doses are equally far apart.
    expect([...number.after]).toEqual([[2, 2]]);
    const [other] = causeChanges(known, { arm: 'a' }, '02');
    expect([...other.before!]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(causeChanges(known, { arm: 'a', dose: 10 }, { dose: 1 })[1].against).toBe(1);
  });

  test('a number without quotes can name a level, and sd count from the mean of a number', () => {
    expect(valueText(arm, causeChanges(known, { arm: 2 })[0].value)).toBe('02');
    expect(causeChanges(known, { age: { sd: -1 } })[0].value).toBe(40);
  });

  test.each([
    [{ arm: 'b' }, undefined, 'unknown-level', /arm has no level 'b'.*none, a, 02/],
    [{ arm: { sd: 1 } }, undefined, 'unknown-level', /no level '1sd'/],
    [{ dose: 'high' }, undefined, 'invalid-setting', /dose is a number, and "high" is not/],
    [{ dose: NaN }, undefined, 'invalid-setting', /dose is a number/],
    [{ arm: 'none' }, undefined, 'invalid-setting', /arm = none is what it is compared with/],
    [{ arm: 'a' }, 'a', 'invalid-setting', /nothing changes/],
    [{ arm: 'a' }, { dose: 1 }, 'invalid-setting', /dose is not set/],
    [{ arm: 'a', dose: 1 }, 'none', 'invalid-setting', /--against arm=VALUE/],
    [{}, 'a', 'invalid-setting', /No observed cause is set/],
  ] as const)('refused: %j against %j', (set, against, code, message) => {
    expect(() => causeChanges(known, set, against)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe('extrapolation', () => {
  test.each([
    ['an observed level', [[0, 1]], false],
    ['a level that no training subject had', [[0, 2]], true],
    [
      'a dose between those of an arm',
      [
        [0, 1],
        [1, 5],
      ],
      false,
    ],
    [
      'a dose that only another arm had',
      [
        [0, 0],
        [1, 1],
      ],
      true,
    ],
    [
      'a dose above all',
      [
        [0, 1],
        [1, 20],
      ],
      true,
    ],
    ['a dose alone', [[1, 10]], false],
    ['a number inside its range', [[2, 65]], false],
    ['a number outside', [[2, 71]], true],
    [
      'a number outside the range of an arm',
      [
        [0, 0],
        [2, 65],
      ],
      true,
    ],
  ] as const)('%s', (_, values, expected) => {
    expect(isExtrapolation(known, new Map(values))).toBe(expected);
  });
});

describe('the causes of a population', () => {
  const rows = 20_000;
  const draw = (options = {}) => drawCauses(known, rows, new RandomStream(1, 7), options);
  const share = (values: Float64Array, wanted: number) => values.filter((value) => value === wanted).length / rows;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('assigned causes are at the reference, and unassigned ones vary as among training subjects', () => {
    const { values, terms } = draw();
    expect(new Set([...values[0], ...values[1]])).toEqual(new Set([0]));
    // 60 % have a mean of 40, and the others 50; the ranges cut tails.
    expect(mean(values[2])).toBeGreaterThan(43);
    expect(mean(values[2])).toBeLessThan(46);
    expect(Math.min(...values[2])).toBe(30);
    expect(Math.max(...values[2])).toBeLessThanOrEqual(70);
    expect(terms).toHaveLength(rows * 4);
    expect(terms[3]).toBeCloseTo((values[2][0] - 50) / 10, 12);
  });

  test('new subjects have the observed combinations with their shares, or the wanted values', () => {
    const { values } = draw({ drawsAssigned: true });
    expect(share(values[0], 1)).toBeCloseTo(0.4, 1);
    expect(share(values[1], 10)).toBeCloseTo(0.1, 1);
    for (let row = 0; row < rows; row++) expect(values[1][row] > 0).toBe(values[0][row] === 1);
    const fixed = draw({ fixed: new Map([[0, 2]]), drawsAssigned: true });
    expect(new Set(fixed.values[0])).toEqual(new Set([2]));
    expect([...fixed.terms.subarray(0, 2)]).toEqual([0, 1]);
  });

  test('a larger population begins with the smaller one', () => {
    const { terms } = drawCauses(known, 50, new RandomStream(1, 7), { drawsAssigned: true });
    expect([...draw({ drawsAssigned: true }).terms.subarray(0, 200)]).toEqual([...terms]);
  });

  test('without causes there is nothing to draw', () => {
    const none = drawCauses({ causes: [], ranges: undefined }, 5, new RandomStream(1, 7));
    expect(none).toEqual({ terms: new Float64Array(0), values: [] });
  });
});

describe('the causes of subjects', () => {
  const cause = (levels: string[], values: number[]) => ({ ...arm, levels, values: Float64Array.from(values) });

  test('levels are matched by name, and unknown ones are missing', () => {
    const values = valuesOfSubjects(known, 3, [cause(['a', 'none', 'new'], [0, 1, 2])]);
    expect([...values[0]]).toEqual([1, 0, NaN]);
    expect([...values[1]]).toEqual([NaN, NaN, NaN]);
  });

  test('given values replace those of the study', () => {
    const values = valuesOfSubjects(known, 2, [cause(['none', 'a'], [0, 1])], { arm: '02', age: 60 });
    expect(values.map((ofCause) => [...ofCause])).toEqual([
      [2, 2],
      [NaN, NaN],
      [60, 60],
    ]);
    expect(() => valuesOfSubjects(known, 2, undefined, { 'm.z1': 1 })).toThrow(/m\.z1 is no observed cause/);
  });
});
