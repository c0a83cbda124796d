// What `inspect` says about the design of a study before a fit: what can be identified, and what would help.

import { describe, expect, test } from '@jest/globals';
import { dirname } from 'node:path';
import { linkPower, unitsNeeded } from '../../src/causal/discovery/link-power.js';
import { chiSquareQuantile } from '../../src/causal/discovery/independence/distributions.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { identificationOf, type Design } from '../../src/study/inspection/identification.js';
import type { CauseReport } from '../../src/study/inspection/inspection.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

const numbers = { min: -3, max: 3 };
const NAMES = ['body', 'blood', 'sleep'];

/** @param latents number of latents of each modality, which have ten columns each */
function designOf(latents: readonly number[], more: Partial<Design> = {}): Design {
  return {
    modalities: latents.map((count, m) => ({
      ...{ name: NAMES[m], latents: count, exogenous: 1 },
      columns: Array.from({ length: 10 }, () => numbers),
    })),
    unitsOf: () => 2000,
    ...{ hasGroups: false, isOrderAssumed: false },
    ...more,
  };
}

function cause(name: string, levels: readonly string[], more: Partial<CauseReport> = {}): CauseReport {
  return {
    ...{ name, kind: 'categorical', assigned: true, effect: 'soft', terms: levels.length - 1, missing: 0, rare: [] },
    levels: levels.map((level) => ({ level, subjects: 100, training: 80 })),
    ...more,
  };
}

const statementsOf = (design: Design) => identificationOf(design).statements;
const codesOf = (design: Design) => statementsOf(design).map(({ code }) => code);
/** Returns the statement with a code, with its advice. */
function textOf(design: Design, code: string): string {
  const { text, advice = '' } = statementsOf(design).find((one) => one.code === code)!;
  return `${text} ${advice}`.trim();
}

describe('latents of several modalities', () => {
  test('two modalities: pairs that are linked by straight lines are mixtures, and the advice says what helps', () => {
    expect(codesOf(designOf([2, 2]))).toEqual(['pairs', 'directions-unknown', 'link-power']);
    expect(textOf(designOf([2, 2]), 'pairs')).toMatch(
      /body and blood are linked in pairs by straight lines, only mixtures.*Add a third modality that is linked with only some of them, or a measured cause/,
    );
    // Two of three latents can also be linked in pairs.
    expect(codesOf(designOf([2, 3]))).toContain('pairs');
  });

  test('single latents cannot be mixed', () => {
    expect(textOf(designOf([1, 1]), 'one-latent')).toMatch(/Every modality has one latent/);
    expect(codesOf(designOf([1, 1]))).not.toContain('pairs');
    expect(textOf(designOf([1, 2, 2]), 'one-latent')).toMatch(/^body has one latent, which/);
    expect(textOf(designOf([1, 1, 2]), 'one-latent')).toMatch(/^body and blood have one latent each, which/);
  });

  test('three modalities identify latents if links are sparse', () => {
    expect(codesOf(designOf([2, 2, 2]))).toEqual(['sparse-links', 'directions-unknown', 'link-power']);
  });

  test('links cannot identify more latents than all other modalities and levels together have', () => {
    expect(textOf(designOf([5, 2]), 'more-latents-than-partners')).toMatch(
      /body has 5 latents, and the other modalities have 2. .*at most 2 of the 5. Ask for 2 latents of body/,
    );
    expect(codesOf(designOf([4, 2, 2]))).not.toContain('more-latents-than-partners');
    expect(codesOf(designOf([4, 2], { causes: [cause('arm', ['no', 'a', 'b'])] }))).not.toContain(
      'more-latents-than-partners',
    );
  });

  test('declared shared latents are no pairs', () => {
    expect(codesOf(designOf([2, 2], { shared: { latents: 1, modalities: [0, 1] } }))).not.toContain('pairs');
  });

  test('few columns and images leave errors of measurement unknown', () => {
    const [body, blood] = designOf([2, 2]).modalities;
    const narrow = { ...body, columns: body.columns.slice(0, 3) };
    const images = { ...blood, regularArray: { kind: 'image' as const } };
    expect(textOf(designOf([], { modalities: [narrow, blood] }), 'errors-unknown')).toMatch(
      /body \(fewer than two columns for each latent\), so more.*Add columns to body/,
    );
    expect(textOf(designOf([], { modalities: [body, images] }), 'errors-unknown')).toMatch(
      /for blood \(images\).*undecided\.$/,
    );
    // With causes, exogenous variables are latents that are tested, too.
    const five = { ...body, columns: body.columns.slice(0, 5) };
    const modalities = [five, blood];
    expect(codesOf(designOf([], { modalities }))).not.toContain('errors-unknown');
    expect(codesOf(designOf([], { modalities, causes: [cause('arm', ['no', 'a'])] }))).toContain('errors-unknown');
  });

  test('a modality of few discrete columns shows its latents only by thresholds', () => {
    const [body, blood] = designOf([2, 2]).modalities;
    const answers = [
      { ...numbers, kind: 'binary' as const },
      { ...numbers, kind: 'ordinal' as const, levels: ['never', 'rarely', 'often'] },
      { min: 1, max: 4, likely: 'ordinal' as const },
      ...[1, 2, 3].map(() => ({ ...numbers, likely: 'binary' as const })),
    ];
    const answered = { ...blood, columns: answers };
    expect(textOf(designOf([], { modalities: [body, answered] }), 'few-thresholds')).toMatch(
      /blood \(9 thresholds for 2 latents\)/,
    );
    const withNumber = { ...answered, columns: [...answers, numbers] };
    expect(codesOf(designOf([], { modalities: [body, withNumber] }))).not.toContain('few-thresholds');
  });
});

describe('causes', () => {
  const arms = (count: number, more: Partial<CauseReport> = {}) =>
    cause('arm', ['no', ...Array.from({ length: count }, (_, i) => `a${i + 1}`)], more);
  const perfect = { effect: 'perfect' } as const;

  test('within a modality: a perfect level for each latent, or for all but one if it is a root', () => {
    const within = (latents: number, count: number) =>
      textOf(designOf([latents], { causes: [arms(count, perfect)] }), 'levels-of-one-modality');
    expect(identificationOf(designOf([4], { causes: [arms(2, perfect)] })).causes).toEqual({
      levels: 2,
      perfect: ['arm a1', 'arm a2'],
      modalities: [{ name: 'body', latents: 4, needed: 4, perfect: 2, missing: 2 }],
    });
    expect(within(4, 2)).toMatch(
      /the 4 latents of body need 4, .*The study has 2, so 2 are missing.*mixtures.*Add a second/,
    );
    expect(within(3, 2)).toMatch(/has 2. This is enough only if the latent without a level is a root/);
    expect(within(2, 2)).toMatch(/has 2, enough if/);
    expect(within(1, 2)).toMatch(/needs no level/);
    expect(textOf(designOf([4], { causes: [arms(3)] }), 'levels-of-one-modality')).toMatch(
      /has none, so 4 are missing/,
    );
  });

  test('between two modalities: a level, also a soft one, for each pair but one', () => {
    const between = (latents: number, count: number) =>
      textOf(designOf([latents, latents], { causes: [arms(count)] }), 'pairs-by-levels');
    expect(between(2, 1)).toMatch(
      /1 level of a cause is needed that acts on only one pair. The study has 1 level that may do so/,
    );
    expect(between(4, 1)).toMatch(
      /3 levels .*each of which acts on another pair. The study has 1 level, so 2 are missing. Add levels/,
    );
    expect(codesOf(designOf([2, 2], { causes: [arms(1)] }))).not.toContain('pairs');
    expect(textOf(designOf([2, 2], { causes: [arms(1)] }), 'private-latents')).toMatch(/The study has none/);
  });

  test('levels count for the modalities that they may act on, and once for the same latent', () => {
    const targets = { a1: ['blood'], a2: ['body.z2'], a3: ['body.z2'] };
    const { causes } = identificationOf(designOf([4, 4], { causes: [arms(3, { ...perfect, targets })] }));
    expect(causes!.modalities.map((one) => one.perfect)).toEqual([1, 1]);
    expect(causes!.levels).toBe(2);
  });

  test('effects of assigned causes are causal, and of observed ones associations', () => {
    const age = { ...cause('age', [], { kind: 'continuous', assigned: false }), levels: undefined };
    const both = textOf(designOf([2, 2], { causes: [arms(1), age] }), 'effects');
    expect(both).toMatch(/^Effects of arm are causal, .*Effects of age are associations/);
    expect(codesOf(designOf([2, 2], { causes: [age] }))).toContain('directions-unknown');
    expect(codesOf(designOf([2, 2], { causes: [arms(1)] }))).toContain('directions-by-causes');
    expect(textOf(designOf([2], { causes: [arms(1)] }), 'directions-by-causes')).toMatch(/with a perfect effect/);
  });
});

describe('directions', () => {
  test('are assumed, or unknown with what would help', () => {
    expect(textOf(designOf([2, 2], { isOrderAssumed: true }), 'order-assumed')).toMatch(
      /\(body, blood\), which you assume/,
    );
    expect(codesOf(designOf([2, 2], { isOrderAssumed: true }))).not.toContain('directions-unknown');
    const unknown = (latents: readonly number[], units: number) =>
      textOf(designOf(latents, { unitsOf: () => units }), 'directions-unknown');
    expect(unknown([2, 2], 9000)).toMatch(/two modalities cannot show it. If you know which modality comes first/);
    expect(unknown([2, 2, 2], 900)).toMatch(/below about 4,000 subjects/);
    expect(unknown([2, 2, 2], 9000)).toMatch(/only where two latents without a link act on a third one/);
  });
});

describe('the power to find a link of 0.3', () => {
  test('is that of the rules of the tests: 20,000 draws of their statistics', () => {
    const random = new RandomStream(5, 5);
    for (const [units, a, b, pairs] of [
      [150, 1, 1, 1],
      [300, 2, 2, 1],
      [500, 3, 2, 3],
    ]) {
      const measured = 0.3 * 0.7;
      const scale = Math.sqrt(units / (1 + measured ** 2));
      const critical = a * b > 5 ? 2.6383 : 2.5758;
      // Levels of χ²: 5 % with 2 and 8 degrees of freedom, 5/3 % with 12 (SciPy).
      const bound = { 1: 5.991465, 4: 15.507313, 6: 24.5535 }[a * b]!;
      const draws = 20_000;
      let supported = 0;
      for (let i = 0; i < draws; i++) {
        const z = measured * scale + random.normal();
        let sum = z * z;
        for (let k = 1; k < 2 * a * b; k++) sum += random.normal() ** 2;
        const isBeyond = (z / scale - 0.05 * 0.7) * scale > 1.96;
        supported += Number(z > critical && isBeyond && sum > bound);
      }
      const power = linkPower({ units, latents: [a, b], pairs });
      expect(Math.abs(supported / draws - power)).toBeLessThan(4 * Math.sqrt((power * (1 - power)) / draws));
    }
    expect(chiSquareQuantile(0.05, 1)).toBeCloseTo(3.841459, 5);
  });

  test('grows with subjects and reliability, falls with latents and pairs, and is 0.8 at the needed number', () => {
    const design = { latents: [2, 2], pairs: 1 } as const;
    const needed = unitsNeeded(design);
    expect(linkPower({ ...design, units: needed })).toBeGreaterThanOrEqual(0.8);
    expect(linkPower({ ...design, units: needed - 1 })).toBeLessThan(0.8);
    expect(unitsNeeded({ ...design, reliability: 0.9 })).toBeLessThan(needed);
    expect(unitsNeeded({ ...design, pairs: 10 })).toBeGreaterThan(needed);
    expect(unitsNeeded({ latents: [4, 4], pairs: 1 })).toBeGreaterThan(needed);
    expect(linkPower({ ...design, units: 1e7 })).toBeCloseTo(1, 9);
  });

  test('enough subjects, too few, and none to test', () => {
    const text = (units: (first: number, second: number) => number, more: Partial<Design> = {}) =>
      textOf(designOf([1, 2, 2], { unitsOf: units, ...more }), 'link-power');
    expect(text(() => 2000)).toMatch(
      /^At least 2,000 subjects have any two modalities: a direct link of 0.3 takes at least about 4[0-9]0\.$/,
    );
    expect(text((first) => (first === 1 ? 100 : 2000))).toMatch(
      /^100 subjects have blood and sleep, so .* at most. For 0.8 it takes at least about 4\d0.*Add subjects, or ask/,
    );
    expect(text(() => 15, { hasGroups: true })).toMatch(
      /^15 groups have body and blood, too few for any test.*All 3 pairs/,
    );
    expect(identificationOf(designOf([2], { causes: [cause('arm', ['no', 'a'])] })).links).toEqual([]);
  });
});

test('inspect reads it from a study: subjects with both modalities, groups, and the order', async () => {
  const ids = Array.from({ length: 200 }, (_, i) => `s${String(i).padStart(3, '0')}`);
  const random = new RandomStream(3, 3);
  const table = (name: string, rows: readonly string[]) => {
    const lines = rows.map((id) => [
      id,
      `g${Number(id.slice(1)) % 50}`,
      ...Array.from({ length: 4 }, () => random.normal()),
    ]);
    file(`${name}.csv`, `id,site,${['a', 'b', 'c', 'd'].map((column) => name + column).join()}\n${lines.join('\n')}\n`);
  };
  table('body', ids);
  table('blood', ids.slice(0, 120));
  const study = (more = '') => `study: small
id: id
modalities:
  body: { table: body.csv, latents: 2, omit: [site] }
  blood: { table: blood.csv, latents: 2, omit: [site] }
${more}`;
  const path = file('study.yaml', study());
  const { inspection } = await readStudy(path);
  expect(inspection.identification!.links).toMatchObject([{ first: 'body', second: 'blood', units: 120 }]);
  const { out } = await commandHere(['inspect', path], dirname(path));
  expect(out).toMatch(/What this design can identify\n- If the latents of body and blood are linked in pairs/);
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(
    /- 120 subjects have body and blood, so a direct link of 0.3 is found with a probability of 0.\d+ at most/,
  );
  const json = JSON.parse((await commandHere(['inspect', path, '--json'], dirname(path))).out) as typeof inspection;
  expect(json.identification).toEqual(inspection.identification);
  const grouped = file(
    'grouped.yaml',
    study('group: site\nsparsity: { order: assumed }\n').replace('study: small', 'study: grouped'),
  );
  const { identification } = (await readStudy(grouped)).inspection;
  expect(identification!.links).toMatchObject([{ units: 50 }]);
  expect(identification!.statements.map(({ code }) => code)).toEqual(['pairs', 'order-assumed', 'link-power']);
});
