// The power to find a link: the formula of `inspect`, and simulated studies that are searched as a fit searches.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { linkPower, unitsNeeded } from '../../src/causal/discovery/link-power.js';
import { powerCurve, wilson } from '../../src/power/curve.js';
import { defaultSizes, formulaPower, POWER_DEFAULTS, type PowerDesign } from '../../src/power/design.js';
import { designOfRun, designOfStudy } from '../../src/power/from-study.js';
import { simulateStudy } from '../../src/power/simulate.js';
import { powerSvg } from '../../src/report/index.js';
import { readStudy } from '../../src/study/study.js';
import { commandLine } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

const { file, folder } = scratch();
const commands = commandLine();

const design = (latents: readonly number[], changes: Partial<PowerDesign> = {}): PowerDesign => ({
  modalities: latents.map((count, m) => ({ name: `m${m}`, latents: count })),
  effect: POWER_DEFAULTS.effect,
  reliability: POWER_DEFAULTS.reliability,
  links: [],
  ...changes,
});
const table = (seed: number) =>
  ['id,a,b,c,d']
    .concat(
      Array.from(
        { length: 150 },
        (_, i) => `p${i},${[1, 2, 3, 4].map((k) => Math.sin(12.9 * (i + 1) * (k + seed))).join()}`,
      ),
    )
    .join('\n');
const tableLine = (name: string) => `  ${name}: { table: ${name}.csv, latents: 2 }`;
const study = () => {
  for (const [i, name] of ['body', 'blood', 'sleep'].entries()) file(`${name}.csv`, `${table(4 * i)}\n`);
  return file(
    'study.yaml',
    ['study: s', 'id: id', 'modalities:', ...['body', 'blood', 'sleep'].map(tableLine), ''].join('\n'),
  );
};

describe('the formula', () => {
  test('is that of inspect', async () => {
    const { inspection } = await readStudy(study());
    const of = { ...design([]), ...designOfStudy(inspection) };
    const { links } = inspection.identification!;
    const pairs = formulaPower(of, [150]);
    expect(
      pairs.map(({ first, second, needed, power }) => ({ first, second, needed, power: power[0], units: 150 })),
    ).toEqual(links);
  });

  test('needs more subjects for a weaker link, for more latents, and for worse measurements', () => {
    const needed = (changes: Partial<PowerDesign>, latents = [2, 2]) =>
      formulaPower(design(latents, changes), [])[0].needed;
    expect(needed({ effect: 0.2 })).toBeGreaterThan(needed({}));
    expect(needed({ reliability: 0.9 })).toBeLessThan(needed({}));
    expect(needed({}, [3, 3])).toBeGreaterThan(needed({}));
    const link = { latents: [2, 2], pairs: 1, effect: 0.2, reliability: 0.8 } as const;
    expect(linkPower({ ...link, units: unitsNeeded(link) })).toBeGreaterThanOrEqual(0.8);
    expect(linkPower({ ...link, units: unitsNeeded(link) - 1 })).toBeLessThan(0.8);
  });

  test('proposes numbers of subjects around the answer', () => {
    const sizes = defaultSizes(design([1, 1]));
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    const [{ needed, power }] = formulaPower(design([1, 1]), sizes);
    expect(power[0]).toBeLessThan(0.5);
    expect(power.at(-1)).toBeGreaterThan(0.9);
    expect(sizes).toContain(Math.round(needed / 10) * 10);
  });
});

describe('simulated studies', () => {
  test('are detected as often as the formula says', async () => {
    const { points } = await powerCurve(design([1, 1]), { sizes: [150, 300], studies: 60, seed: 3 });
    for (const { formula, detected, studies, interval, falseLinks } of points) {
      expect(interval).toEqual(wilson(detected, studies));
      // A bound of 99.9 % for 60 studies.
      expect(Math.abs(detected / studies - formula)).toBeLessThan(3.3 * Math.sqrt((formula * (1 - formula)) / studies));
      expect(falseLinks).toBe(0);
    }
    expect(points[1].detected).toBeGreaterThan(points[0].detected);
  }, 60_000);

  test('without a link find none', async () => {
    const none = design([1, 1], { effect: 0 });
    let detected = 0;
    for (let number = 0; number < 60; number++) {
      detected += Number((await simulateStudy(none, 200, { number, seed: 1 })).isDetected);
    }
    expect(detected).toBeLessThanOrEqual(1);
  }, 60_000);

  test('are the same for the same seed, and take turns with the pairs and the latents', async () => {
    const three = design([1, 2, 1], { links: [{ first: 'm0.z1', second: 'm1.z2', correlation: 0.5 }] });
    const pairs: number[] = [];
    for (let number = 0; number < 4; number++) {
      const one = await simulateStudy(three, 60, { number, seed: 5 });
      expect(await simulateStudy(three, 60, { number, seed: 5 })).toEqual(one);
      pairs.push(one.pair);
    }
    expect(pairs).toEqual([0, 1, 2, 0]);
  }, 60_000);
});

describe('the design of a fit', () => {
  test('has its latents, and the supported links between modalities', () => {
    const relation = (estimate: number) => ({ estimate, lower: 0, upper: 0, p: 0 });
    const link = (first: string, second: string, verdict: 'supported' | 'undecided') => ({
      ...{ first, second, verdict, q: 0, conditioning: [] },
      ...{ association: relation(0), direct: relation(0.4) },
    });
    const modality = (name: string) => ({ name, latents: 2, exogenous: 1 });
    const summary = {
      model: { modalities: [modality('a'), modality('b')] },
      evidence: {
        links: [
          link('a.z1', 'b.z2', 'supported'),
          link('a.z1', 'b.z1', 'undecided'),
          link('a.z1', 'a.z2', 'supported'),
          link('a.z1', 'age', 'supported'),
        ],
      },
    } as unknown as Parameters<typeof designOfRun>[0];
    expect(designOfRun(summary)).toEqual({
      modalities: [
        { name: 'a', latents: 2 },
        { name: 'b', latents: 2 },
      ],
      links: [{ first: 'a.z1', second: 'b.z2', correlation: 0.4 }],
    });
  });
});

describe('the command', () => {
  test('prints the curve of a study, and writes it as JSON, CSV and SVG', () => {
    const { code, out } = commands(folder, [
      'power',
      study(),
      '--studies',
      '0',
      '--subjects',
      '400,100',
      '--out',
      'power',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/^subjects +power \(formula\)\n100 .*\n400 /m);
    expect(out).toMatch(/body and blood +[\d,]+ +150/);
    const curve = JSON.parse(readFileSync(join(folder, 'power/power.json'), 'utf8')) as unknown;
    expect(curve).toMatchObject({
      study: 's',
      effect: 0.3,
      reliability: 0.7,
      points: [{ subjects: 100 }, { subjects: 400 }],
    });
    expect(readFileSync(join(folder, 'power/power.csv'), 'utf8')).toMatch(/^subjects,formula,.*\n100,0\.\d+/);
    expect(existsSync(join(folder, 'power/power.svg'))).toBe(true);
  });

  test('accepts a design without data, and prints JSON', () => {
    const { code, out } = commands(folder, [
      'power',
      '--latents',
      '1,1',
      '--studies',
      '3',
      '--subjects',
      '60',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ points: [{ subjects: 60, studies: 3 }], needed: 277, known: [] });
  });

  test.each([
    [[], /give one of them/],
    [['--latents', '2'], /two modalities or more/],
    [['--latents', '1,1', '--subjects', '10'], /--subjects/],
    [['--latents', '1,x'], /--latents/],
    [['--latents', '1,1', '--effect', '2'], /--effect/],
  ])('refuses %j', (words, message) => {
    const { code, err } = commands(folder, ['power', ...words]);
    expect(code).not.toBe(0);
    expect(err).toMatch(message);
  });
});

test('the drawing has a point with an interval for each number of subjects', async () => {
  const curve = await powerCurve(design([1, 1]), { sizes: [60, 100], studies: 2, seed: 0 });
  const drawing = readXml(powerSvg(curve, { title: 'How many?' }));
  expect(findAll(drawing, 'circle')).toHaveLength(2);
  expect(powerSvg(curve)).toContain('0.8 takes 277 subjects');
});
