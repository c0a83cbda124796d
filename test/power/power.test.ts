// The power to find a link: simulated studies that are searched as a fit searches, compared with real fits, and the
// formula of `inspect` as an upper bound.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { powerCurve as powerCurveInThreads } from '../../src/background/power-curve.js';
import { linkPower, unitsNeeded } from '../../src/causal/discovery/link-power.js';
import { correlationOf } from '../../src/evidence/index.js';
import { neededSubjects, powerCurve, rising, wilson } from '../../src/power/curve.js';
import {
  defaultSizes,
  formulaPower,
  POWER_DEFAULTS,
  type PowerDesign,
  type PowerModality,
} from '../../src/power/design.js';
import { drawStudy } from '../../src/power/draw-study.js';
import { designOfRun, designOfStudy } from '../../src/power/from-study.js';
import { measuredModalities } from '../../src/power/measured-design.js';
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

/** Studies that fits with networks found, 1, or not, 0 (scripts/bench power-fits). */
interface FitsRow {
  readonly subjects: number;
  readonly latents: number;
  /** Correlation of both latents with latents of a third modality; 0 without it. */
  readonly link: number;
  readonly effect: number;
  readonly reliability: number;
  readonly seed: number;
  readonly detected: readonly number[];
}

const FITS = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/power_fits.json'), 'utf8')) as {
  readonly rows: readonly FitsRow[];
};

describe('simulated studies', () => {
  test.each(FITS.rows.filter(({ subjects, latents, link }) => subjects <= 280 && latents === 1 && link === 0))(
    'predict what fits find: $subjects subjects, reliability $reliability',
    async ({ subjects, effect, reliability, seed, detected }) => {
      const of = design([1, 1], { effect, reliability });
      const predicted: number[] = [];
      for (const number of detected.keys()) {
        predicted.push(Number((await simulateStudy(of, subjects, { number, seed })).isDetected));
      }
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      const [low, high] = wilson(sum(detected), detected.length);
      expect(sum(predicted) / predicted.length).toBeGreaterThanOrEqual(low);
      expect(sum(predicted) / predicted.length).toBeLessThanOrEqual(high);
      // The same study has the same answer, apart from rounding and the networks that a fit chose.
      const equal = predicted.filter((value, i) => value === detected[i]).length;
      expect(equal / predicted.length).toBeGreaterThanOrEqual(0.9);
    },
    60_000,
  );

  test('are detected as often as the formula says if latents are known', async () => {
    const one = design([1, 1]);
    const sizes = [150, 300];
    const [{ power }] = formulaPower(one, sizes);
    for (const [s, subjects] of sizes.entries()) {
      let detected = 0;
      const studies = 60;
      for (let number = 0; number < studies; number++) {
        detected += Number((await simulateStudy(one, subjects, { number, seed: 3, encoder: 'known' })).isDetected);
      }
      // A bound of 99.9 % for 60 studies.
      const error = Math.sqrt((power[s] * (1 - power[s])) / studies);
      expect(Math.abs(detected / studies - power[s])).toBeLessThan(3.3 * error);
    }
  }, 60_000);

  test('are found less often than the upper bound, and more often with more subjects', async () => {
    const { points, needed } = await powerCurve(design([1, 1]), { sizes: [150, 500], studies: 30, seed: 3 });
    for (const { bound, detected, studies, interval, falseLinks } of points) {
      expect(interval).toEqual(wilson(detected, studies));
      expect(interval[0]).toBeLessThan(bound);
      expect(falseLinks).toBe(0);
    }
    expect(points[1].detected).toBeGreaterThan(points[0].detected);
    expect(points[1].replicated).toBeGreaterThan(points[0].replicated);
    expect(needed!.low).toBeLessThanOrEqual(needed!.estimate ?? Infinity);
  }, 60_000);

  test('are the same in two threads', async () => {
    const options = { sizes: [60, 100], studies: 4, seed: 3 };
    const done: number[] = [];
    const onProgress = (progress: { readonly done: number }) => done.push(progress.done);
    const curve = await powerCurveInThreads(design([1, 1]), { ...options, threads: 2, onProgress });
    expect(curve).toEqual(await powerCurve(design([1, 1]), options));
    expect(done.at(-1)).toBe(4 * (60 + 100));
    const stopped = new AbortController();
    stopped.abort(new Error('enough'));
    await expect(
      powerCurveInThreads(design([1, 1]), { ...options, threads: 2, signal: stopped.signal }),
    ).rejects.toThrow('enough');
  }, 60_000);

  // The family-wise level of links is 0.05, so 7 of 60 or more have a probability of 3 %.
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

describe('the number of subjects that a study needs', () => {
  const point = (subjects: number, detected: number) => ({
    ...{ subjects, detected, studies: 100, interval: wilson(detected, 100) },
    ...{ replicated: 1, falseLinks: 0, bound: 1 },
  });

  test('lies where a rising line reaches 0.8', () => {
    const { estimate, low, high } = neededSubjects([point(100, 50), point(200, 60), point(300, 90), point(400, 99)]);
    expect(estimate).toBe(Math.ceil(200 + (100 * 20) / 30));
    expect(low).toBeLessThan(estimate!);
    expect(high).toBeGreaterThan(estimate!);
  });

  test('is unknown if no simulated number reaches 0.8', () => {
    expect(neededSubjects([point(100, 20), point(200, 60)])).toEqual({ estimate: null, low: null, high: null });
    expect(neededSubjects([point(100, 99)]).estimate).toBe(100);
  });

  test('uses the closest sequence that does not fall', () => {
    expect(rising([1, 3, 2, 2, 5])).toEqual([1, 7 / 3, 7 / 3, 7 / 3, 5]);
    expect(rising([3, 2, 1])).toEqual([2, 2, 2]);
    expect(rising([])).toEqual([]);
  });
});

describe('loadings of a fit', () => {
  // Twelve of twenty columns measure the latent. Two private factors act on all columns.
  const measured = (name: string): PowerModality => ({
    name,
    latents: 1,
    loadings: Array.from({ length: 20 }, (_, c) => [c < 12 ? 0.5 : 0]),
    noise: Array.from({ length: 20 }, (_, c) => [
      c % 2 === 0 ? -0.3 : 0.6,
      c % 3 === 0 ? -0.4 : 0.3,
      ...Array.from({ length: 20 }, (_one, d) => (d === c ? 0.5 : 0)),
    ]),
  });

  test('give the reliabilities of its latents, and the covariances of its columns', () => {
    const truth = { ...design([]), effect: 0.6, modalities: [measured('a'), measured('b')] };
    const { dataset, latents, names } = drawStudy(truth, 2000, { number: 0, seed: 1 });
    // An estimate of the latent that is worse than the best one.
    const outOfFold = {
      ids: dataset.ids,
      latents: Object.fromEntries(
        truth.modalities.map(({ name }, m) => {
          const { values, columns } = dataset.modalities[m];
          const width = columns.length;
          return [
            name,
            Float32Array.from(dataset.ids, (_, row) =>
              values.subarray(row * width, row * width + 12).reduce((sum, value) => sum + value, 0),
            ),
          ];
        }),
      ),
    };
    const known = truth.modalities.map(({ name, latents: count }) => ({ name, latents: count }));
    const modalities = measuredModalities(known, { dataset, outOfFold });
    for (const [m, { name, loadings, noise, reliabilities, columns }] of modalities.entries()) {
      const r = correlationOf(Float64Array.from(outOfFold.latents[name]), latents[names.indexOf(`${name}.z1`)]);
      expect(columns).toBe(20);
      // Private factors that act on all columns are errors that both sets of columns share.
      expect(Math.abs(reliabilities![0] - r ** 2)).toBeLessThan(0.1);
      const covariance = (a: number, b: number) =>
        loadings![a][0] * loadings![b][0] + noise![a].reduce((sum, value, f) => sum + value * noise![b][f], 0);
      const { values } = dataset.modalities[m];
      // Columns are in the order of their loadings, so their covariances are compared as sorted lists.
      const columnOf = (c: number) => Float64Array.from({ length: 2000 }, (_, row) => values[row * 20 + c]);
      const positions = Array.from({ length: 20 }, (_, c) => c);
      const sorted = (of: (a: number, b: number) => number) =>
        positions.flatMap((a) => positions.slice(a).map((b) => of(a, b))).sort((x, y) => x - y);
      const expected = sorted((a, b) => correlationOf(columnOf(a), columnOf(b)));
      sorted(covariance).forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThan(1e-6);
      });
    }
  });

  test('are unknown for latents that the fit has not', () => {
    const { dataset } = drawStudy(design([1, 1]), 60, { number: 0, seed: 1 });
    const known = [{ name: 'm0', latents: 1 }];
    expect(measuredModalities(known, { dataset, outOfFold: { ids: dataset.ids, latents: {} } })).toEqual(known);
  });
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
    expect(out).toMatch(/^subjects +upper bound\n100 .*\n400 /m);
    expect(out).toMatch(/body and blood +[\d,]+ +150/);
    const curve = JSON.parse(readFileSync(join(folder, 'power/power.json'), 'utf8')) as unknown;
    expect(curve).toMatchObject({
      study: 's',
      effect: 0.3,
      reliability: 0.7,
      points: [{ subjects: 100 }, { subjects: 400 }],
    });
    expect(readFileSync(join(folder, 'power/power.csv'), 'utf8')).toMatch(/^subjects,power,low,.*,bound\n100,,/);
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
    expect(JSON.parse(out)).toMatchObject({
      points: [{ subjects: 60, studies: 3 }],
      neededAtLeast: 277,
      needed: { estimate: null },
      known: [],
    });
  });

  test.each([
    [[], /give one of them/],
    [['--latents', '2'], /two modalities or more/],
    [['--latents', '1,1', '--subjects', '10'], /--subjects/],
    [['--latents', '1,x'], /--latents/],
    [['--latents', '1,1', '--effect', '2'], /--effect/],
    [['--latents', '1,2', '--columns', '6'], /a number for each modality/],
    [['--latents', '1,2', '--columns', '6,1'], /not smaller than its/],
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
  expect(powerSvg(curve)).toContain('0.8 takes at least 277 subjects, and more than any simulated study has.');
});
