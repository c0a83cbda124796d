// Batches of a study file: their effect on columns is removed in the fit and for new subjects, that of causes stays.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { inverse, Matrix, solve } from 'ml-matrix';
import { withBatch, withoutBatch } from '../../src/data/batches.js';
import { checkDataset } from '../../src/data/check.js';
import { scalesOf, type Dataset } from '../../src/data/dataset.js';
import { drawSubjects, shuffleCausesOfSubjects } from '../../src/data/resample.js';
import { readSubjects } from '../../src/data/rows.js';
import { inUnits } from '../../src/data/units.js';
import { batchColumns } from '../../src/evidence/causes/batched-data.js';
import { readStudy } from '../../src/study/study.js';
import { scalesSchema } from '../../src/training/scales-schema.js';
import { generator, normals } from '../fixtures/numbers.js';
import { heldOutPairP } from '../fixtures/pair-p.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

const rows = 600;
const ids = Array.from({ length: rows }, (_, i) => `s${String(i).padStart(3, '0')}`);
const normal = normals(generator(7));
const noises = () => ids.map(() => normal());
/** Sites differ in size, and in the share of treated subjects: 20 %, 50 % and 80 %. */
const sites = ids.map((_, i) => (i % 6 < 3 ? 'A' : i % 6 < 5 ? 'B' : 'C'));
const treated = ids.map((_, i) => {
  const share = { A: 2, B: 5, C: 8 }[sites[i]];
  return (Math.floor(i / 6) * 7) % 10 < share ? 1 : 0;
});
const OFFSETS: Readonly<Record<string, number>> = { A: 3, B: 1, C: -2 };
const FACTORS: Readonly<Record<string, number>> = { A: 1, B: 2, C: 0.5 };
const signal = noises().map((noise, i) => 1.5 * treated[i] + noise);
/** Shifted: offset only. Stretched: an instrument with an offset and a factor. */
const shifted = signal.map((value, i) => value + OFFSETS[sites[i]]);
const stretched = signal.map((value, i) => FACTORS[sites[i]] * value + OFFSETS[sites[i]]);
const independent = [noises(), noises(), noises()];

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const lines = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

const CAUSE = `causes:
  arm: { table: runs.csv, column: arm, kind: categorical, reference: 0, assigned: true }
`;
const study = ({ causes = CAUSE, head = '', batch = 'batch: { table: runs.csv, column: site }' } = {}) => `study: sites
id: id
${causes}${head}modalities:
  blood: { table: blood.csv, latents: 1, ${batch} }
  rest: { table: rest.csv, latents: 1 }
`;
const read = (text = study(), options = {}) => readStudy(file('study.yaml', text), options);
const refused = (text: string, code: string, message: RegExp, options = {}) =>
  expect(read(text, options)).rejects.toEqual(
    expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }),
  );

beforeEach(() => {
  file('blood.csv', csv({ id: ids, shifted, stretched, noise: independent[0] }));
  file('rest.csv', csv({ id: ids, p: independent[1], q: independent[2] }));
  file('runs.csv', csv({ id: ids, site: sites, arm: treated }));
});

const columnOf = ({ modalities, ids: subjects }: Dataset, name: string): { values: Float64Array; sd: number } => {
  const { columns, values } = modalities[0];
  const c = columns.findIndex((column) => column.name === name);
  const { sd } = columns[c];
  return { values: Float64Array.from(subjects, (_, row) => values[row * columns.length + c] * sd), sd };
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sdOf = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
const where = (values: Float64Array, has: (row: number) => boolean) => Array.from(values).filter((_, row) => has(row));

describe('the effect of a batch', () => {
  test('is that of a regression with the cause as a protected term', async () => {
    const { dataset } = await read(study({ batch: 'batch: { table: runs.csv, column: site, scale: false }' }));
    const { columns, batches } = dataset.modalities[0];
    expect(batches).toEqual({ column: 'site', levels: ['A', 'B', 'C'] });
    const { train } = dataset.split;
    for (const [c, values] of [shifted, stretched, independent[0]].entries()) {
      const design = Matrix.zeros(train.length, 4);
      for (const [i, row] of train.entries()) {
        design.set(i, 'ABC'.indexOf(sites[row]), 1);
        design.set(i, 3, treated[row]);
      }
      const target = Matrix.columnVector(Array.from(train, (row) => values[row]));
      const [a, b, third, fourth] = solve(design, target, true).to1DArray();
      const counts = ['A', 'B', 'C'].map((site) => train.filter((row) => sites[row] === site).length);
      const average = (a * counts[0] + b * counts[1] + third * counts[2]) / train.length;
      const { offsets, factors } = columns[c].batches!;
      expect(factors).toBeUndefined();
      // Moments: the shifts of three batches, minus what the noise of their means adds.
      const shifts = [a, b, third].map((intercept) => intercept - average);
      const fitted = Matrix.sub(target, design.mmul(Matrix.columnVector([a, b, third, fourth]))).to1DArray();
      const noise = fitted.reduce((sum, residual) => sum + residual ** 2, 0) / (train.length - 4);
      const squares = shifts.reduce((sum, shift, k) => sum + counts[k] * shift ** 2, 0);
      const size = train.length - counts.reduce((sum, count) => sum + count ** 2, 0) / train.length;
      // The error of a shift is that of a contrast of the coefficients.
      const covariance = inverse(design.transpose().mmul(design));
      const errors = shifts.map((_, k) => {
        const contrast = Matrix.columnVector([...counts.map((n, b) => Number(b === k) - n / train.length), 0]);
        return noise * contrast.transpose().mmul(covariance).mmul(contrast).get(0, 0);
      });
      const expected = errors.reduce((sum, error, k) => sum + counts[k] * error, 0);
      const variance = Math.max(0, (squares - expected) / size);
      for (const [k, shift] of shifts.entries()) {
        const error = errors[k] + noise / train.length;
        expect(offsets[k]).toBeCloseTo((shift * variance) / (variance + error), 9);
      }
    }
  });

  test('leaves the effect of the cause, which is not balanced between batches', async () => {
    const effectOf = async (text: string, name: string) => {
      const { values } = columnOf((await read(text)).dataset, name);
      return mean(where(values, (row) => treated[row] === 1)) - mean(where(values, (row) => treated[row] === 0));
    };
    const truth = mean(signal.filter((_, i) => treated[i] === 1)) - mean(signal.filter((_, i) => treated[i] === 0));
    expect(truth).toBeGreaterThan(1.3);
    expect(Math.abs((await effectOf(study(), 'shifted')) - truth)).toBeLessThan(0.1);
    // Without the cause, part of its effect is taken for that of the sites.
    expect((await effectOf(study({ causes: '' }), 'shifted')) - truth).toBeLessThan(-0.2);
    expect(Math.abs((await effectOf(study({ batch: 'log: false' }), 'shifted')) - truth)).toBeGreaterThan(0.2);
  });

  test('on the standard deviation is removed, too', async () => {
    const { dataset } = await read();
    const stretchedScale = dataset.modalities[0].columns[1].batches!;
    const [a, b, c] = stretchedScale.factors!;

    expect(Math.abs(b / a - 2)).toBeLessThan(0.2);
    expect(Math.abs(c / a - 0.5)).toBeLessThan(0.06);
    const { values } = columnOf(dataset, 'stretched');
    const spread = (site: string) => sdOf(where(values, (row) => sites[row] === site && treated[row] === 0));
    expect(Math.abs(spread('B') / spread('A') - 1)).toBeLessThan(0.15);
    const effect = (site: string) =>
      mean(where(values, (row) => sites[row] === site && treated[row] === 1)) -
      mean(where(values, (row) => sites[row] === site && treated[row] === 0));
    expect(Math.abs(effect('B') / effect('A') - 1)).toBeLessThan(0.25);
    // A column without such an effect keeps its spread to sampling error.
    for (const factor of dataset.modalities[0].columns[0].batches!.factors!) {
      expect(Math.abs(factor - 1)).toBeLessThan(0.15);
    }
  });

  test('holds for the whole study, and its indicators are covariates of tests in held-out subjects', async () => {
    const { dataset } = await read(study({ head: 'batch: { table: runs.csv, column: site }\n', batch: 'log: false' }));
    expect(dataset.modalities.map(({ batches }) => batches?.levels)).toEqual([
      ['A', 'B', 'C'],
      ['A', 'B', 'C'],
    ]);
    expect(dataset.covariates).toHaveLength(3);
    const [first] = dataset.covariates!;
    expect(mean(Array.from(dataset.split.train, (row) => first[row]))).toBeCloseTo(0, 9);
    checkDataset(dataset);
  });
});

test('removed batches cause no held-out associations, which they cause otherwise', async () => {
  const none = 'modalities:\n  a: { table: a.csv, latents: 1 }\n  b: { table: b.csv, latents: 1 }\n';
  const head = 'study: sites\nid: id\nsplit: { test: 0.5, validation: 20 }\n';
  const rejected = { raw: 0, removed: 0 };
  for (let seed = 0; seed < 20; seed++) {
    const next = generator(seed);
    const draw = normals(next);
    const subjects = ids.slice(0, 400);
    const site = subjects.map(() => Math.floor(4 * next()));
    // Every column has offsets of sd 1 and factors of sd 0.3 (logarithm) in four sites, and nothing else in common.
    const column = () => {
      const effects = [0, 1, 2, 3].map(() => ({ offset: draw(), factor: Math.exp(0.3 * draw()) }));
      return site.map((at) => effects[at].offset + effects[at].factor * draw());
    };
    for (const name of ['a', 'b']) file(`${name}.csv`, csv({ id: subjects, u: column(), v: column(), w: column() }));
    file('runs.csv', csv({ id: subjects, site: site.map((at) => 'ABCD'[at]) }));
    const raw = await read(head + none);
    const removed = await read(`${head}batch: { table: runs.csv, column: site }\n${none}`);
    rejected.raw += Number(heldOutPairP(raw.dataset) <= 0.05);
    rejected.removed += Number(heldOutPairP(removed.dataset) <= 0.05);
  }
  expect(rejected.raw).toBeGreaterThanOrEqual(9);
  expect(rejected.removed).toBeLessThanOrEqual(3);
});

test('small batches do not fit the noise of their training subjects', async () => {
  // 60 sites of ten subjects, of whom two or three are training subjects. Their offsets are 0, small, or large.
  const small = ids.map((_, i) => i % 60);
  const sds = [0, 0.3, 3];
  const offsetsOf = sds.map((sd) => Array.from({ length: 10 }, () => Array.from({ length: 60 }, () => sd * normal())));
  const columns = offsetsOf.flatMap((each, k) =>
    each.map((offsets, i) => [`c${k}${i}`, small.map((site) => offsets[site] + normal())] as const),
  );
  file('blood.csv', csv({ id: ids, ...Object.fromEntries(columns) }));
  file('runs.csv', csv({ id: ids, site: small }));
  const { dataset } = await read(study({ causes: '', head: 'split: { test: 0.7, validation: 20 }\n' }));
  const { train, test: held } = dataset.split;
  const ratios = sds.map((_, k) => {
    const each = offsetsOf[k].map((_offsets, i) => {
      const { values } = columnOf(dataset, `c${k}${i}`);
      const [inHeld, inTrain] = [held, train].map((of) => mean(Array.from(of, (row) => values[row] ** 2)));
      return inHeld / inTrain;
    });
    return mean(each);
  });
  // The means of two or three subjects leave 0.6 of the noise in training subjects, and 1.4 in held-out ones.
  expect(ratios[0]).toBeLessThan(1.15);
  expect(ratios[1]).toBeLessThan(1.6);
  expect(ratios[2]).toBeGreaterThan(2);
  // A large offset is removed nevertheless: what remains of it is the noise of a mean.
  const { batches, columns: fitted } = dataset.modalities[0];
  const errors = fitted
    .slice(20)
    .flatMap(({ batches: effects }, i) =>
      offsetsOf[2][i].map((offset, site) => effects!.offsets[batches!.levels.indexOf(String(site))] - offset),
    );
  expect(sdOf(errors)).toBeLessThan(0.9);
});

describe('new subjects', () => {
  test('of a known batch have the values of the fit, also as rows; an empty cell is an average batch', async () => {
    const { dataset } = await read();
    const scales = dataset.modalities.map((modality) =>
      scalesSchema.parse(JSON.parse(JSON.stringify(scalesOf(modality)))),
    );
    const again = await read(study(), { scales });
    expect(again.dataset.modalities[0].values).toEqual(dataset.modalities[0].values);
    expect((await read(study(), { scales, causes: dataset.causes })).dataset.fingerprint).toBe(dataset.fingerprint);
    file('runs.csv', csv({ id: ids, site: sites.map((site, i) => (i === 3 ? '' : site)), arm: treated }));
    const cell = (row: number, site: string | null) => ({
      blood: { shifted: shifted[row], stretched: stretched[row], noise: independent[0][row], site },
      rest: { p: independent[1][row], q: independent[2][row] },
    });
    const { dataset: average } = await read(study(), { scales });
    const { modalities } = readSubjects([cell(2, sites[2]), cell(3, sites[3]), cell(3, null)], scales, {});
    expect(modalities[0].values).toEqual(
      Float32Array.of(...dataset.modalities[0].values.subarray(6, 12), ...average.modalities[0].values.subarray(9, 12)),
    );
    expect(() => readSubjects([cell(2, 'D')], scales, {})).toThrow(/site is "D"; the model knows A, B, C/);
    const { site: _, ...without } = cell(2, 'A').blood;
    expect(() => readSubjects([{ ...cell(2, 'A'), blood: without }], scales, {})).toThrow(/lacks column 'site'/);
  });

  test('of an unknown batch, or without batches, are refused', async () => {
    const scales = (await read()).dataset.modalities;
    await refused(study({ batch: 'log: false' }), 'missing-batch', /batch: \{ table: FILE, column: site \}/, {
      scales,
    });
    file('runs.csv', csv({ id: ids, site: sites.map((site, i) => (i === 3 ? 'D' : site)), arm: treated }));
    await refused(study(), 'unknown-level', /'D' \(id s003\).*A, B, C/, { scales });
  });

  test('get decoded values in the units of a batch', async () => {
    const { dataset } = await read();
    const { columns, values } = dataset.modalities[0];
    for (const row of [0, 3, 5]) {
      const batch = 'ABC'.indexOf(sites[row]);
      expect(inUnits(columns[1], values[row * 3 + 1], undefined, batch)).toBeCloseTo(stretched[row], 4);
      expect(inUnits(columns[1], values[row * 3 + 1])).toBeCloseTo(
        withoutBatch(stretched[row], columns[1].batches!, batch),
        4,
      );
    }
    const effects = { offsets: [1, -2], factors: [2, 0.5] };
    for (const batch of [0, 1, NaN]) expect(withBatch(withoutBatch(3, effects, batch), effects, batch)).toBe(3);
  });
});

describe('batches that cannot be separated', () => {
  test('from a cause remove it from their modality, and those that overlap do not', async () => {
    const armOf: Readonly<Record<string, string>> = { A: 'none', B: 'drug', C: 'none' };
    const causes = CAUSE.replace('reference: 0', 'reference: none');
    file('runs.csv', csv({ id: ids, site: sites, arm: sites.map((site) => armOf[site]) }));
    const { dataset } = await read(study({ causes }));
    const [batched, other] = dataset.modalities;
    expect([batched.batches!.causes, other.batches]).toEqual([['arm'], undefined]);
    // What remains in the columns is at most chance. Tests of the other modality do not condition on batches.
    const width = batched.columns.length;
    for (const column of batched.columns.keys()) {
      const meanOf = (site: string) => {
        const train = [...dataset.split.train].filter((row) => sites[row] === site);
        return train.reduce((sum, row) => sum + batched.values[row * width + column] / train.length, 0);
      };
      for (const site of ['B', 'C']) expect(Math.abs(meanOf(site) - meanOf('A'))).toBeLessThan(0.2);
    }
    expect(dataset.covariates).toBeUndefined();
    file('runs.csv', csv({ id: ids, site: sites, arm: sites.map((site, i) => (i % 12 < 6 ? 'none' : armOf[site])) }));
    const overlapping = (await read(study({ causes }))).dataset;
    expect(overlapping.modalities[0].batches!.causes).toBeUndefined();
    expect(overlapping.covariates).toHaveLength(3);
  });

  test('from a cause among training subjects are so in each part of the study', async () => {
    const armOf = sites.map((site) => (site === 'B' ? 'drug' : 'none'));
    const causes = CAUSE.replace('reference: 0', 'reference: none');
    const withOdd = async (odd: number) => {
      file('runs.csv', csv({ id: ids, site: sites, arm: armOf.map((arm, row) => (row === odd ? 'drug' : arm)) }));
      return (await read(study({ causes }))).dataset;
    };
    // A held-out subject has the arm at another site. The removal sees training subjects alone.
    let odd = sites.indexOf('A');
    let dataset = await withOdd(odd);
    while (dataset.split.train.includes(odd)) {
      odd = sites.indexOf('A', odd + 1);
      dataset = await withOdd(odd);
    }
    expect(dataset.modalities[0].batches!.causes).toEqual(['arm']);
    expect(dataset.covariates).toBeUndefined();
    // New subjects of the model do not change the decision, and neither do samples, folds and shuffled causes.
    const scales = dataset.modalities.map((modality) =>
      scalesSchema.parse(JSON.parse(JSON.stringify(scalesOf(modality)))),
    );
    const again = (await read(study({ causes }), { scales, causes: dataset.causes })).dataset;
    const parts = [again, drawSubjects(dataset, 200, 1), shuffleCausesOfSubjects(dataset, 2)];
    for (const { modalities, covariates } of parts) {
      expect(modalities[0].batches!.causes).toEqual(['arm']);
      expect(covariates).toBeUndefined();
    }
    expect(parts.map((part) => batchColumns(part))).toEqual([[], [], []]);
  });

  test('from a cause in any modality, or from some levels alone, are refused', async () => {
    file('runs.csv', csv({ id: ids, site: sites, arm: sites.map((site) => 'ABC'.indexOf(site)) }));
    // A dose that is the number of the site is the same partition, too.
    const dose = CAUSE.replace('kind: categorical, reference: 0', 'kind: ordered');
    const head = 'batch: { table: runs.csv, column: site }\n';
    await refused(study({ causes: dose, head }), 'cause-is-batch', /'arm'.*not identifiable/);
    // Site C is one level, while A and B have two levels each.
    const arms = sites.map((site, i) => (site === 'C' ? 'late' : i % 12 < 6 ? 'none' : 'drug'));
    file('runs.csv', csv({ id: ids, site: sites, arm: arms }));
    await refused(study({ causes: CAUSE.replace('reference: 0', 'reference: none') }), 'cause-is-batch', /'arm'/);
  });

  test('from a covariate are refused', async () => {
    const head = 'adjust: { table: runs.csv, columns: [site] }\n';
    await refused(study({ head }), 'collinear-columns', /covariate of adjust/);
  });

  test('because there is one, or a batch has too few subjects', async () => {
    file('runs.csv', csv({ id: ids, site: ids.map(() => 'A'), arm: treated }));
    await refused(study(), 'constant-column', /nothing to remove/);
    file('runs.csv', csv({ id: ids, site: sites.map((site, i) => (i === 0 ? 'Z' : site)), arm: treated }));
    await refused(study(), 'too-few-subjects', /site Z has [01] training subjects/);
  });
});

describe('causes and batches in the table of a modality', () => {
  test('are not measurements', async () => {
    const numbers = sites.map((site) => 'ABC'.indexOf(site));
    file('blood.csv', csv({ id: ids, shifted, stretched, noise: independent[0], site: numbers, arm: treated }));
    const text = study({ batch: 'batch: { table: blood.csv, column: site }' }).replace('runs.csv', 'blood.csv');
    const { dataset } = await read(text);
    expect(dataset.modalities[0].columns.map(({ name }) => name)).toEqual(['shifted', 'stretched', 'noise']);
    expect(dataset.modalities[0].batches!.levels).toEqual(['0', '1', '2']);
    await refused(
      text.replace('latents: 1, batch', 'columns: [shifted, arm], latents: 1, batch'),
      'invalid-study',
      /cause 'arm'.*encoders/,
    );
  });

  test('from another table have another name than measurements', async () => {
    file('blood.csv', csv({ id: ids, shifted, site: independent[0] }));
    await refused(study(), 'duplicate-column', /'site' is also a column of 'blood'/);
  });
});

test('subjects without a batch are left out if they have the modality', async () => {
  file('runs.csv', csv({ id: ids, site: sites.map((site, i) => (i < 5 ? '' : site)), arm: treated }));
  file('blood.csv', csv({ id: ids.slice(2), shifted: shifted.slice(2), noise: independent[0].slice(2) }));
  const { dataset, inspection } = await read();
  expect(dataset.ids).toHaveLength(rows - 3);
  expect(inspection.modalities.map(({ batches }) => batches?.lacking)).toEqual([3, undefined]);
});
