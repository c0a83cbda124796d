// Covariates with curved effects: their terms, natural cubic splines (compared with SciPy), the error of a straight
// line, and covariates that follow their subjects.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import { scalesOf, type Dataset } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { completeCases, selectSubjects, drawSubjects, shuffleSubjects } from '../../src/data/resample.js';
import { markup } from '../../src/report/html/markup.js';
import { studySection } from '../../src/report/html/study.js';
import type { ReportInput } from '../../src/report/input.js';
import { ADJUSTMENT_RISKS, covariateText } from '../../src/study/inspection/adjustment-text.js';
import type { Covariates } from '../../src/study/reading/covariates.js';
import { covariateValues, fitAdjustment } from '../../src/study/reading/fit-adjustment.js';
import type { StudyFile } from '../../src/study/grammar/parse-study.js';
import { readStudyFile } from '../../src/study/grammar/study-file.js';
import { readStudy } from '../../src/study/study.js';
import { modalityShapes } from '../../src/training/model-config.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { scalesSchema } from '../../src/training/scales-schema.js';
import { commandHere } from '../fixtures/command-here.js';
import { generator, normals } from '../fixtures/numbers.js';
import { heldOutPairP } from '../fixtures/pair-p.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

type Columns = Record<string, ArrayLike<number | string>>;

function csv(columns: Columns): string {
  const names = Object.keys(columns);
  const rows = Array.from(columns[names[0]], (_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}

const study = (adjust: string, split = '') => `study: curved
id: id
${split}adjust: { table: people.csv, ${adjust} }
modalities:
  a: { table: a.csv, latents: 1 }
  b: { table: b.csv, latents: 1 }
`;

const idsOf = (subjects: number) => Array.from({ length: subjects }, (_, row) => `p${row}`);
const everybody = (subjects: number) => Int32Array.from({ length: subjects }, (_, row) => row);

/** Covariates as from a table, without the table. */
function covariatesOf(columns: Readonly<Record<string, Float64Array | readonly string[]>>): Covariates {
  return { columns: Object.keys(columns), has: () => true, select: (column) => columns[column] };
}

let parsed: StudyFile;
let straight: StudyFile;

beforeAll(async () => {
  parsed = await readStudyFile(file('study.yaml', study('columns: [x]')));
  straight = await readStudyFile(file('straight.yaml', study('columns: [x], terms: linear')));
});

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly knots: readonly number[];
    readonly new: readonly number[];
    readonly fitted: readonly number[];
    readonly predicted: readonly number[];
  }[];
}

describe('the spline of a covariate', () => {
  const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/splines.json'), 'utf8')) as Golden;

  test.each(golden.cases)(
    'of $name is the natural cubic spline of SciPy, beyond the training subjects too',
    (example) => {
      const x = Float64Array.from(example.x);
      const y = Float64Array.from(example.y);
      const train = everybody(x.length);
      const { covariates, values, slopes } = fitAdjustment(parsed, covariatesOf({ x }), idsOf(x.length), train);
      expect(covariates).toHaveLength(example.knots.length - 1);
      expect(covariates[1].spline!.knots).toEqual(example.knots.map((knot) => expect.closeTo(knot, 9)));
      const coefficients = slopes(y, train);
      const middle = y.reduce((sum, value) => sum + value, 0) / y.length;
      const explained = (terms: readonly Float64Array[], row: number) =>
        terms.reduce((sum, term, t) => sum + coefficients[t] * term[row], middle);
      for (const [row, expected] of example.fitted.entries()) expect(explained(values, row)).toBeCloseTo(expected, 7);
      const fresh = covariatesOf({ x: Float64Array.from(example.new) });
      const beyond = covariateValues(parsed, fresh, idsOf(example.new.length), covariates);
      const size = Math.max(...example.predicted.map(Math.abs));
      for (const [row, expected] of example.predicted.entries()) {
        expect(Math.abs(explained(beyond, row) - expected)).toBeLessThan(1e-9 * size);
      }
    },
  );
});

describe('the terms', () => {
  const next = generator(48);
  const normal = normals(next);
  const draw = (subjects: number) => Float64Array.from({ length: subjects }, normal);
  const termsOf = (columns: Parameters<typeof covariatesOf>[0], of = parsed) => {
    const { length } = Object.values(columns)[0];
    const { covariates } = fitAdjustment(of, covariatesOf(columns), idsOf(length), everybody(length));
    return Object.keys(columns).map((name) => covariates.filter(({ column }) => column === name).length);
  };

  test.each([
    [20, 2],
    [49, 2],
    [50, 3],
    [200, 4],
    [999, 4],
    [1000, 5],
    [10_000, 6],
  ])('of %i subjects have the number %i', (subjects, terms) => {
    expect(termsOf({ x: draw(subjects) })).toEqual([terms]);
    expect(termsOf({ x: draw(subjects) }, straight)).toEqual([1]);
  });

  test('are one for two values, two for three values, and one per level for names', () => {
    const x = draw(300);
    expect(
      termsOf({ x, sex: x.map((value) => Number(value > 0)), grade: x.map((value) => Math.sign(Math.trunc(value))) }),
    ).toEqual([4, 1, 2]);
    expect(termsOf({ site: Array.from(x, (value) => (value > 0 ? 'north' : value > -1 ? 'south' : 'west')) })).toEqual([
      3,
    ]);
  });

  test('become fewer, then straight lines, and are finally refused, for many covariates and few subjects', () => {
    const columns = (subjects: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, c) => [`c${c}`, draw(subjects)]));
    expect(termsOf(columns(300, 10))).toEqual(new Array(10).fill(4));
    expect(termsOf(columns(200, 10))).toEqual(new Array(10).fill(3));
    expect(termsOf(columns(100, 10))).toEqual(new Array(10).fill(2));
    expect(termsOf(columns(48, 10))).toEqual(new Array(10).fill(1));
    expect(termsOf(columns(48, 46))).toEqual(new Array(46).fill(1));
    expect(() => termsOf(columns(48, 47))).toThrow(
      expect.objectContaining({ code: 'too-many-covariates', details: { covariates: 47, subjects: 48 } }),
    );
  });
});

/** Two modalities that depend only on the square of age; 400 subjects, half of them held out. */
function agedStudy(seed: number): void {
  const normal = normals(generator(seed));
  const ids = idsOf(400);
  const age = ids.map(() => 50 + 10 * normal());
  const column = () => age.map((value) => ((value - 50) / 10) ** 2 * 0.5 + normal());
  file('people.csv', csv({ id: ids, age, site: ids.map((_, row) => `s${row % 3}`) }));
  for (const name of ['a', 'b']) file(`${name}.csv`, csv({ id: ids, u: column(), v: column(), w: column() }));
}

test('the square of age causes false held-out associations after a line, but not after a spline', async () => {
  const split = 'split: { test: 0.5, validation: 20 }\n';
  const rejected = { line: 0, spline: 0 };
  const studies = 20;
  for (let seed = 0; seed < studies; seed++) {
    agedStudy(seed);
    const line = await readStudy(file('study.yaml', study('columns: [age], terms: linear', split)));
    const spline = await readStudy(file('study.yaml', study('columns: [age]', split)));
    rejected.line += Number(heldOutPairP(line.dataset) <= 0.05);
    rejected.spline += Number(heldOutPairP(spline.dataset) <= 0.05);
  }
  expect(rejected.line).toBeGreaterThanOrEqual(18);
  // Five or more of 20 studies without an effect at 5 % have a probability of 0.3 %.
  expect(rejected.spline).toBeLessThanOrEqual(4);
});

describe('a study with adjust', () => {
  const read = async (adjust = 'columns: [age, site]') => {
    agedStudy(3);
    return readStudy(file('study.yaml', study(adjust)));
  };

  test('stores the terms in the model, which adjusts new subjects, and extreme ones by a straight line', async () => {
    const { dataset } = await read();
    const scales = dataset.modalities.map((one) => scalesSchema.parse(JSON.parse(JSON.stringify(scalesOf(one)))));
    expect(scales[0].covariates!.map(({ column }) => column)).toEqual([
      'age',
      'age',
      'age',
      'age',
      'site',
      'site',
      'site',
    ]);
    const row = 7;
    const [a, b] = dataset.modalities;
    const raw = (name: string) => readFileSync(file(name), 'utf8').split('\n')[row + 1].split(',').slice(1).map(Number);
    const [u, v, w] = raw('a.csv');
    const [x, y, z] = raw('b.csv');
    const ages = [raw('people.csv')[0], 500, 1000, 1500];
    const ids = ages.map((_, i) => `n${i}`);
    const repeat = (value: number | string) => ids.map(() => value);
    file('a.csv', csv({ id: ids, u: repeat(u), v: repeat(v), w: repeat(w) }));
    file('b.csv', csv({ id: ids, u: repeat(x), v: repeat(y), w: repeat(z) }));
    file('people.csv', csv({ id: ids, age: ages, site: repeat(`s${row % 3}`) }));
    const { dataset: fresh } = await readStudy(file('study.yaml', study('columns: [age], terms: linear')), { scales });
    for (const [m, { values }] of [a, b].entries()) {
      const mine = fresh.modalities[m].values;
      expect([...mine.subarray(0, 3)]).toEqual([...values.subarray(3 * row, 3 * row + 3)]);
      for (let c = 0; c < 3; c++) {
        expect(mine[6 + c] - mine[3 + c]).not.toBe(0);
        expect((mine[9 + c] - mine[6 + c]) / (mine[6 + c] - mine[3 + c])).toBeCloseTo(1, 4);
      }
    }
    expect(fresh.covariates!.map((term) => term[0])).toEqual(dataset.covariates!.map((term) => term[row]));
  });

  test('reports the terms of each covariate, and a misleading adjustment', async () => {
    const { inspection } = await read();
    expect(inspection.adjusted).toEqual({
      columns: ['age', 'site'],
      terms: [
        { column: 'age', shape: 'spline', terms: 4 },
        { column: 'site', shape: 'levels', terms: 3 },
      ],
      lacking: 0,
    });
    expect(inspection.adjusted!.terms.map(covariateText)).toEqual(['age (spline of 4 terms)', 'site (3 levels)']);
    const line = await read('columns: [age], terms: linear');
    expect(line.inspection.adjusted!.terms.map(covariateText)).toEqual(['age (straight line)']);
    expect(ADJUSTMENT_RISKS.join(' ')).toMatch(/common cause.* mediator.* collider/);
    await expect(read('columns: [age], terms: cubic')).rejects.toThrow(/adjust\.terms must be one of spline, linear/);
  });

  test('lists the terms in inspect and in the report, and warns about a misleading adjustment', async () => {
    const { dataset, inspection } = await read();
    const { out } = await commandHere(['inspect', file('study.yaml')], folder);
    const printed = out.replaceAll(/\s+/g, ' ');
    expect(printed).toContain(
      'adjusted for age (spline of 4 terms), site (3 levels); 0 subjects lack a value of these ',
    );
    const modalities = modalityShapes(dataset);
    const summary = {
      ...{ model: { modalities }, fingerprint: dataset.fingerprint, config: { sparsity: { within: false } } },
      subjects: { train: 320, validation: 40, test: 40 },
    } as unknown as RunSummary;
    const input = { summary, graph: { nodes: [], edges: [] }, history: [], subjects: { dataset, inspection } };
    const page = (of: object) => markup`${studySection(of as ReportInput).body}`.text;
    const html = page(input);
    expect(html).toContain('adjusted for age (spline of 4 terms) and site (3 levels)');
    for (const risk of ADJUSTMENT_RISKS) for (const text of [printed, html]) expect(text).toContain(risk);
    const { inspection: plain } = await readStudy(file('plain.yaml', study('').replace(/^adjust.*\n/m, '')));
    expect(page({ ...input, subjects: { dataset, inspection: plain } })).not.toContain('adjust');
  });

  test('gives a RUN folder that counts as damaged if knots do not ascend or terms outnumber knots', () => {
    const parse = (spline: unknown) =>
      scalesSchema.safeParse({ name: 'a', columns: [], covariates: [{ column: 'age', mean: 0, sd: 1, spline }] })
        .success;
    expect(parse({ knots: [1, 2, 3], term: 0 })).toBe(true);
    expect(parse({ knots: [1, 2, 2], term: 0 })).toBe(false);
    expect(parse({ knots: [1, 2, 3], term: 1 })).toBe(false);
    expect(parse({ knots: [1, 2], term: 0 })).toBe(false);
  });
});

describe('covariates of a data set', () => {
  let dataset: Dataset;

  beforeAll(async () => {
    agedStudy(5);
    ({ dataset } = await readStudy(file('study.yaml', study('columns: [age, site]'))));
  });

  test('are the standardised terms that were regressed out, and are uncorrelated with the training values', () => {
    const { covariates, modalities, split } = dataset;
    expect(covariates).toHaveLength(modalities[0].covariates!.length);
    for (const term of covariates!) {
      const held = Array.from(split.train, (row) => term[row]);
      expect(held.reduce((sum, value) => sum + value, 0) / held.length).toBeCloseTo(0, 10);
      expect(held.reduce((sum, value) => sum + value ** 2, 0) / held.length).toBeCloseTo(1, 10);
      for (const { values, columns } of modalities) {
        for (let c = 0; c < columns.length; c++) {
          const inner = split.train.reduce((sum, row) => sum + term[row] * values[row * columns.length + c], 0);
          expect(Math.abs(inner / held.length)).toBeLessThan(1e-5);
        }
      }
    }
  });

  /** Covariates by the original id of a row. */
  const byId = ({ ids, covariates }: Dataset) =>
    ids.map((id, row) => [id.replace(/ \(.*/, ''), covariates!.map((term) => term[row])] as const);

  test('follow the ids when subjects are drawn or selected', () => {
    const original = new Map(byId(dataset));
    const rows = Int32Array.from([399, 5, 5, 17, ...everybody(60)]);
    for (const other of [drawSubjects(dataset, 100, 1), selectSubjects(dataset, rows), completeCases(dataset)]) {
      expect(other.covariates![0]).toHaveLength(other.ids.length);
      for (const [id, terms] of byId(other)) expect(terms).toEqual(original.get(id));
    }
  });

  test('do not move when the residuals of one modality are permuted', () => {
    const shuffled = shuffleSubjects(dataset, 1, 4);
    expect(shuffled.covariates).toEqual(dataset.covariates);
    expect(shuffled.modalities[0].values).toEqual(dataset.modalities[0].values);
    expect(shuffled.modalities[1].values).not.toEqual(dataset.modalities[1].values);
  });

  test('are part of the fingerprint and are checked', () => {
    const { fingerprint, ...rest } = dataset;
    const [first, ...remaining] = dataset.covariates!;
    expect(fingerprintOf(rest)).toBe(fingerprint);
    expect(fingerprintOf({ ...rest, covariates: [first.map((value) => -value), ...remaining] })).not.toBe(fingerprint);
    checkDataset(dataset);
    expect(() => {
      checkDataset({ ...dataset, covariates: [first.slice(1)] });
    }).toThrow(/covariates\[0\] has 399 values, but there are 400 ids/);
    expect(() => {
      checkDataset({ ...dataset, covariates: [first, first.map((value, row) => (row === 9 ? NaN : value))] });
    }).toThrow(/covariates\[1\]\[9\] is NaN; covariates must be finite/);
  });
});
