// Causes of a study file: how they are read, whom they leave out, and what a data set with causes contains.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { termsAt } from '../../src/data/causes.js';
import { checkDataset } from '../../src/data/check.js';
import { withPrivateLatents, withPrivateNoise } from '../../src/data/private-latents.js';
import { selectSubjects } from '../../src/data/resample.js';
import { splitSubjects } from '../../src/data/split.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

const rows = 240;
const ids = Array.from({ length: rows }, (_, i) => `s${String(i).padStart(3, '0')}`);
const noise = (seed: number) =>
  ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) * (1 + seed / 7) + 78.233 * seed)) / 10);
/** 21 subjects have the level `rare`, 5 have `few`, 4 have no value. */
const guides = ids.map((_, i) => {
  if (i < 4) return '';
  if (i < 9) return 'few';
  if (i < 30) return 'rare';
  return ['non-targeting', 'JAK2', 'STAT1'][i % 3];
});
const doses = ids.map((_, i) => [0, 1, 10, 100][(i * 7) % 4]);

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const lines = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

const GUIDE = 'guide: { table: cells.csv, column: guide, kind: categorical, reference: non-targeting, assigned: true }';
const study = (causes: string, { head = '', more = '' } = {}) => `study: screen
id: id
${head}causes:
  ${causes}
modalities:
  rna: { table: rna.csv, latents: 2 }
${more}`;
const read = (text: string, options = {}) => readStudy(file('study.yaml', text), options);
const refused = (text: string, code: string, message: RegExp) =>
  expect(read(text)).rejects.toEqual(
    expect.objectContaining({ code, message: expect.stringMatching(message) as unknown }),
  );

beforeEach(() => {
  file('rna.csv', csv({ id: ids, a: noise(1), b: noise(2), c: noise(3), d: noise(4) }));
  file('protein.csv', csv({ id: ids, p: noise(5), q: noise(6), r: noise(7) }));
  file('cells.csv', csv({ id: ids, guide: guides, dose: doses, age: noise(8) }));
});

describe('a categorical cause', () => {
  test('gives a term for each level other than the reference, and makes one modality enough', async () => {
    const { dataset, inspection } = await read(study(GUIDE));
    const [cause] = dataset.causes!;
    expect(cause).toMatchObject({ name: 'guide', kind: 'categorical', assigned: true, effect: 'soft' });
    expect(cause.levels).toEqual(['non-targeting', 'JAK2', 'STAT1', 'rare']);
    expect(cause.terms).toEqual([{ level: 'JAK2' }, { level: 'STAT1' }, { level: 'rare' }]);
    expect(dataset.ids.map((_, row) => cause.levels![cause.values[row]])).toEqual(
      dataset.ids.map((id) => guides[ids.indexOf(id)]),
    );
    expect(dataset.ids).toEqual(ids.slice(9));
    const report = inspection.causes![0];
    expect(report).toMatchObject({ missing: 4, rare: [{ level: 'few', subjects: 5 }], terms: 3 });
    expect(report.levels!.reduce((sum, { subjects }) => sum + subjects, 0)).toBe(rows - 9);
    checkDataset(dataset);
  });

  test('may do without exogenous variables, which a study without causes needs', async () => {
    const text = study(GUIDE).replace('latents: 2', 'latents: 4, exogenous: 0');
    const { dataset } = await read(text);
    expect(dataset.modalities[0]).toMatchObject({ latents: 4, exogenous: 0 });
    expect(dataset.modalities[0].privateLatents ?? 0).toBe(0);
    expect(() => checkDataset(dataset)).not.toThrow();
    const both = 'protein: { table: protein.csv, latents: 2, exogenous: 0 }';
    await refused(
      `study: two\nid: id\nmodalities:\n  rna: { table: rna.csv, latents: 2 }\n  ${both}\n`,
      'invalid-study',
      /modalities\.protein\.exogenous must be at least 1 without causes/,
    );
  });

  test('turns exogenous variables into private latents; the first stage gets them back', async () => {
    const { dataset, inspection } = await read(study(GUIDE));
    expect(dataset.modalities[0]).toMatchObject({ latents: 3, exogenous: 0, privateLatents: 1 });
    expect(inspection.modalities[0]).toMatchObject({ latents: 2, exogenous: 1 });
    const divided = withPrivateNoise(dataset);
    expect(divided.modalities[0]).toMatchObject({ latents: 2, exogenous: 1 });
    expect(divided.modalities[0]).not.toHaveProperty('privateLatents');
    expect(withPrivateLatents(divided)).toEqual(dataset);
  });

  test('keeps its values with their subjects in selections and in copies for other threads', async () => {
    const { dataset } = await read(study(GUIDE));
    const some = selectSubjects(dataset, Int32Array.of(50, 3, 120));
    const [whole, part] = [dataset.causes![0], some.causes![0]];
    expect(Array.from(part.values)).toEqual([50, 3, 120].map((row) => whole.values[row]));
    expect(part.terms).toEqual(whole.terms);
    expect(structuredClone({ ...dataset, ids: Array.from(dataset.ids) }).causes).toEqual(dataset.causes);
    const [first, second] = [study(GUIDE), study(GUIDE.replace('true', 'false'))];
    expect((await read(second)).dataset.fingerprint).not.toBe((await read(first)).dataset.fingerprint);
  });

  test('refuses a missing or unknown reference, and suggests one without using it', async () => {
    const without = GUIDE.replace('reference: non-targeting, ', '');
    await refused(study(without), 'missing-reference', /:4:10: .*reference: non-targeting if it is that one.*JAK2/);
    await refused(study(GUIDE.replace('non-targeting', 'control')), 'unknown-level', /no level 'control'.*JAK2/);
    await refused(study(GUIDE.replace('non-targeting', 'STAT')), 'unknown-level', /did you mean 'STAT1'/i);
    await refused(study(GUIDE.replace('non-targeting', 'few')), 'too-few-subjects', /reference, few, .*20 subjects/);
    const high = GUIDE.replace('assigned', 'minSubjects: 150, assigned');
    await refused(study(high), 'too-few-subjects', /reference/);
  });

  test('explains a control that is called None, which tables use for missing values', async () => {
    file('cells.csv', csv({ id: ids, guide: guides.map((level) => (level === 'non-targeting' ? 'None' : level)) }));
    const none = GUIDE.replace('non-targeting', 'None');
    await refused(study(none), 'unknown-level', /recode: \{ None: 0 \}, reference: 0/);
    const recoded = GUIDE.replace('reference: non-targeting', 'recode: { None: 0 }, reference: 0');
    expect((await read(study(recoded))).dataset.causes![0].levels).toEqual(['0', 'JAK2', 'STAT1', 'rare']);
  });

  test('requires `assigned`, and says why', async () => {
    await refused(study(GUIDE.replace(', assigned: true', '')), 'invalid-study', /assigned is missing;.*causal/);
    await refused(study(GUIDE.replace('assigned: true', 'assigned: maybe')), 'invalid-study', /true or false/);
  });

  test('keeps targets of the levels that remain', async () => {
    const targets = (text: string) => study(GUIDE.replace('assigned', `targets: ${text}, assigned`));
    const of = async (text: string) => (await read(targets(text))).dataset.causes![0].targets;
    expect(await of('{ JAK2: rna.z3, few: rna }')).toEqual({ JAK2: ['rna.z3'] });
    expect(await of('[rna]')).toEqual({ JAK2: ['rna'], STAT1: ['rna'], rare: ['rna'] });
    await refused(targets('{ JAK2: rns }'), 'invalid-study', /no modality is called so.*'rna'/);
    await refused(targets('{ JAK2: rna.z4 }'), 'invalid-study', /rna.z1 to rna.z3/);
    await refused(targets('{ JAK: rna }'), 'unknown-level', /no level 'JAK'/);
    await refused(targets('{ non-targeting: rna }'), 'invalid-study', /reference/);
  });

  test('reads codes, rows and a file that numbers its levels', async () => {
    file(
      'cells.csv',
      csv({ id: ids, guide: ids.map((_, i) => [0, 1, 2, -9][i % 4]), batch: ids.map((_, i) => i % 2) }),
    );
    const coded = GUIDE.replace(
      'reference: non-targeting',
      'reference: 0, missing: [-9], where: { batch: { from: 0 } }',
    );
    const { dataset, inspection } = await read(study(coded));
    expect(dataset.causes![0].levels).toEqual(['0', '1', '2']);
    expect(inspection.causes![0].missing).toBe(rows / 4);
  });

  test('belongs to a fitted model, with whose levels new subjects are read', async () => {
    const { dataset } = await read(study(GUIDE));
    const scales = dataset.modalities;
    file('cells.csv', csv({ id: ids, guide: ids.map((_, i) => (i === 7 ? 'STAT1' : '')) }));
    const known = await read(study(GUIDE), { scales, causes: dataset.causes });
    expect(known.dataset.ids).toEqual([ids[7]]);
    expect(known.dataset.causes![0]).toMatchObject({ levels: dataset.causes![0].levels, values: Float64Array.of(2) });
    const all = await read(study(GUIDE), { scales, causes: dataset.causes, keepUnknownCauses: true });
    expect(all.dataset.ids).toEqual(ids);
    expect(all.dataset.causes![0].values).toEqual(Float64Array.from(ids, (_, i) => (i === 7 ? 2 : NaN)));
    expect((await read(study(GUIDE), { scales })).dataset.causes).toBeUndefined();
    file('cells.csv', csv({ id: ids, guide: ids.map(() => 'IRF1') }));
    await expect(read(study(GUIDE), { scales, causes: dataset.causes })).rejects.toMatchObject({
      code: 'no-common-subjects',
    });
    const renamed = study(GUIDE.replace('guide:', 'target:'));
    await expect(read(renamed, { scales, causes: dataset.causes })).rejects.toMatchObject({ code: 'missing-causes' });
  });
});

describe('a cause that is a number', () => {
  test('has a knot at each of few doses; all terms are 0 at the reference', async () => {
    const { dataset } = await read(study('dose: { table: cells.csv, column: dose, kind: ordered, assigned: true }'));
    const [cause] = dataset.causes!;
    expect(cause).toMatchObject({ reference: 0, levels: ['0', '1', '10', '100'] });
    expect(cause.terms.map((term) => 'spline' in term && term.spline?.knots)).toEqual([
      false,
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
    expect(termsAt(cause, 0)).toEqual([0, 0, 0]);
    // Doses are equally far apart, and a dose between two doses has a term between theirs.
    const [linear] = cause.terms as readonly { sd: number }[];
    expect([1, 5.5, 10, 100, 1000].map((dose) => termsAt(cause, dose)[0] * linear.sd)).toEqual([
      1,
      expect.closeTo(1.5, 12),
      2,
      3,
      3,
    ]);
    // Three terms and four doses: the doses differ in all terms, so every dose-response curve is possible.
    const differences = [1, 10, 100].map((dose) => termsAt(cause, dose));
    const [[a, b, c], [d, e, f], [g, h, i]] = differences;
    expect(Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))).toBeGreaterThan(1e-2);
    const { train } = dataset.split;
    for (const t of cause.terms.keys()) {
      const values = Array.from(train, (row) => termsAt(cause, cause.values[row])[t]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 9);
    }
  });

  test('is compared with its mean if it is continuous, or with a number in its range', async () => {
    const age = (more = '') => `age: { table: cells.csv, column: age, kind: continuous, ${more}assigned: false }`;
    const { dataset } = await read(study(age()));
    const [cause] = dataset.causes!;
    const values = Array.from(dataset.split.train, (row) => cause.values[row]);
    expect(cause.reference).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 9);
    expect(cause).not.toHaveProperty('levels');
    expect((await read(study(age('reference: 5, ')))).dataset.causes![0].reference).toBe(5);
    await refused(study(age('reference: 1000, ')), 'invalid-study', /reference is 1000, but .* have -/);
    await refused(study(age('reference: old, ')), 'invalid-study', /must be a number/);
    await refused(study(age('targets: { old: rna }, ')), 'invalid-study', /without levels/);
    file('cells.csv', csv({ id: ids, age: ids.map(() => 40) }));
    await refused(study(age()), 'constant-column', /nothing can be learned/);
  });
});

describe('a study with causes', () => {
  test('counts a subject that two causes leave out once, and drops levels that become rare', async () => {
    const ages = ids.map((_, i) => (i >= 20 && i < 30 ? '' : i));
    file('cells.csv', csv({ id: ids, guide: guides, age: ages }));
    const age = 'age: { table: cells.csv, column: age, kind: continuous, assigned: false }';
    const { inspection, dataset } = await read(study(`${GUIDE}\n  ${age}`));
    expect(inspection.causes!.map(({ missing }) => missing)).toEqual([4, 10]);
    expect(inspection.causes![0].rare).toEqual([
      { level: 'few', subjects: 5 },
      { level: 'rare', subjects: 11 },
    ]);
    expect(dataset.ids).toEqual(ids.slice(30));
  });

  test('has every level in the training split, in proportion', async () => {
    for (const seed of [0, 1, 2, 3]) {
      const { dataset } = await read(study(GUIDE, { head: `split: { seed: ${seed}, validation: 0.2, test: 0.2 }\n` }));
      const [{ levels, values }] = dataset.causes!;
      for (const [level] of levels!.entries()) {
        const has = (part: Int32Array) => part.filter((row) => values[row] === level).length;
        const all = values.filter((value) => value === level).length;
        expect(Math.abs(has(dataset.split.test) - 0.2 * all)).toBeLessThanOrEqual(1);
        expect(Math.abs(has(dataset.split.validation) - 0.2 * all)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  test('and several modalities keeps the rules for these', async () => {
    const { dataset } = await read(study(GUIDE, { more: '  protein: { table: protein.csv, latents: 1 }\n' }));
    expect(dataset.modalities.map(({ latents, privateLatents }) => [latents, privateLatents])).toEqual([
      [3, 1],
      [2, 1],
    ]);
    checkDataset(dataset);
    const shared = study(GUIDE, {
      head: 'shared: { latents: 1 }\n',
      more: '  protein: { table: protein.csv, latents: 1 }\n',
    });
    await refused(shared, 'invalid-study', /shared excludes causes/);
  });

  test('reports a name that is a modality, a key that is unknown, and no subjects in common', async () => {
    await refused(study(GUIDE.replace('guide:', 'rna:')), 'invalid-study', /also the name of a modality/);
    await refused(study(GUIDE.replace('column', 'columns')), 'unknown-key', /causes.guide.columns/);
    await refused(study(GUIDE.replace('guide:', '1:')), 'invalid-study', /is not a name/);
    file('cells.csv', csv({ id: ids.map((id) => `x${id}`), guide: guides }));
    await refused(study(GUIDE), 'no-common-subjects', /none of the 240 subjects, as s000/);
  });

  test('is what a study of one modality needs to identify latents', async () => {
    const { inspection } = await read(study(GUIDE).replace(/causes:\n.*\n/, ''));
    const [{ text, advice }] = inspection.identification!.statements;
    expect(text).toMatch(/^No latent can be identified: rna is the only modality, and no cause is declared/);
    expect(advice).toMatch(/second modality.*or declare a measured cause/);
  });
});

describe('splits by strata', () => {
  test.each([0, 1, 2])('have the requested sizes, and at most one subject too many or too few (seed %i)', (seed) => {
    const strata = ids.map((_, i) => (i < 25 ? 'small' : `l${i % 5}`));
    const {
      train,
      validation,
      test: held,
    } = splitSubjects(ids, { validation: 31, test: 24, seed }, undefined, [strata]);
    expect([train.length, validation.length, held.length]).toEqual([rows - 55, 31, 24]);
    expect([...train, ...validation, ...held].sort((a, b) => a - b)).toEqual([...ids.keys()]);
    for (const stratum of new Set(strata)) {
      const members = strata.filter((one) => one === stratum).length;
      const has = held.filter((row) => strata[row] === stratum).length;
      expect(Math.abs(has - (24 * members) / rows)).toBeLessThanOrEqual(1);
    }
  });

  test('keep groups together', () => {
    const groups = ids.map((_, i) => `g${Math.floor(i / 4)}`);
    const strata = groups.map((group) => String(Number(group.slice(1)) % 3));
    const split = splitSubjects(ids, { validation: 40, test: 40, seed: 4 }, groups, [strata]);
    const parts = [split.train, split.validation, split.test].map(
      (part) => new Set(Array.from(part, (row) => groups[row])),
    );
    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(60);
    for (const stratum of ['0', '1', '2']) {
      const tested = new Set(
        Array.from(
          split.test.filter((row) => strata[row] === stratum),
          (row) => groups[row],
        ),
      );
      expect(tested.size).toBeGreaterThanOrEqual(2);
      expect(tested.size).toBeLessThanOrEqual(5);
    }
  });
});

describe('checks of data sets', () => {
  test.each([
    [{ values: Float64Array.of(9) }, /causes\[0\]\.values has 1 elements/],
    [{ levels: ['non-targeting'] }, /levels has 1 levels/],
    [{ levels: ['non-targeting', 'JAK2'] }, /values\[\d+\] is \d; accepted is a position in levels, from 0 to 1/],
    [{ terms: [] }, /terms is empty/],
    [{ terms: [{ level: 'non-targeting' }] }, /terms\[0\]/],
    [{ effect: 'hard' }, /effect is hard/],
    [{ name: 'rna' }, /name 'rna' is repeated/],
    [{ name: 'a b' }, /name is "a b"/],
  ])('refuse causes that do not fit: %j', async (change, message) => {
    const { dataset } = await read(study(GUIDE));
    const causes = [{ ...dataset.causes![0], ...change }] as typeof dataset.causes;
    expect(() => checkDataset({ ...dataset, causes })).toThrow(message);
  });

  test('refuse exogenous variables in addition to causes', async () => {
    const { dataset } = await read(study(GUIDE));
    expect(() => checkDataset(withPrivateNoise(dataset))).toThrow(/withPrivateLatents/);
  });
});
