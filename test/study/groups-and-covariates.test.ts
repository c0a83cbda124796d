// Rows that belong together (windows of a recording, visits, siblings): a group is in one split and in one fold. And
// adjustment for covariates by the training split, also for new subjects.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { halfSample } from '../../src/causal/discovery/half-samples.js';
import { discover } from '../../src/causal/discovery/discover.js';
import { scalesOf, type Dataset } from '../../src/data/dataset.js';
import { splitNewSubjects, splitSubjects } from '../../src/data/split.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { foldsOf } from '../../src/selection/folds.js';
import { readStudy } from '../../src/study/study.js';
import { scalesSchema } from '../../src/training/scales-schema.js';
import { scratch } from '../fixtures/scratch.js';
import { dataFolder, testWithData } from '../fixtures/skipping.js';

const { file } = scratch();

/** 60 rows of 24 people with one to four rows each. */
const people: readonly string[] = Array.from({ length: 24 }, (_, person) =>
  Array.from({ length: 1 + (person % 4) }, () => `f${String(person).padStart(2, '0')}`),
).flat();
const ids = people.map((_, row) => `w${String(row).padStart(2, '0')}`);
const noise = (seed: number) => ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 10);

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const rows = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${rows.join('\n')}\n`;
}

const sleep = { id: ids, person: people, hours: noise(1), latency: noise(2) };
const blood = { id: ids, iron: noise(3), sugar: noise(4), fat: noise(5) };
const study = (more = '') => `study: windows
id: id
${more}modalities:
  sleep: { table: sleep.csv, latents: 1 }
  blood: { table: blood.csv, latents: 1 }
`;
const read = (text: string) => readStudy(file('study.yaml', text));

beforeEach(() => {
  file('sleep.csv', csv(sleep));
  file('blood.csv', csv(blood));
});

/** Number of splits of each group. */
function partsByGroup(groups: readonly string[], parts: readonly Int32Array[]): number[] {
  const splits = new Map<string, Set<number>>();
  for (const [part, rows] of parts.entries()) {
    for (const row of rows) splits.set(groups[row], (splits.get(groups[row]) ?? new Set()).add(part));
  }
  return [...splits.values()].map((all) => all.size);
}

describe('splits', () => {
  test.each([0, 1, 2, 3, 4])('contain whole groups and have almost the requested sizes (seed %i)', (seed) => {
    const { train, validation, test: held } = splitSubjects(ids, { validation: 0.2, test: 12, seed }, people);
    expect(partsByGroup(people, [train, validation, held]).every((parts) => parts === 1)).toBe(true);
    expect([...train, ...validation, ...held].sort((a, b) => a - b)).toEqual([...ids.keys()]);
    // The largest group has four rows, so a split differs from its size by at most two.
    expect(Math.abs(validation.length - 12)).toBeLessThanOrEqual(2);
    expect(Math.abs(held.length - 12)).toBeLessThanOrEqual(2);
    for (const rows of [train, validation, held]) expect(rows).toEqual(Int32Array.from(rows).sort());
  });

  test('with one group per subject equal those without groups', () => {
    const shuffled = Array.from(ids, (id, row) => `${(row * 17) % 23}-${id}`);
    for (const config of [
      { validation: 0.2, test: 12, seed: 0 },
      { validation: 7, test: 0, seed: 5 },
    ]) {
      expect(splitSubjects(shuffled, config)).toEqual(splitSubjects(shuffled, config, shuffled));
    }
  });

  test('depend on names and not on the order of rows', () => {
    const backwards = [...ids.keys()].reverse();
    const config = { validation: 0.2, test: 0.2, seed: 3 };
    const there = splitSubjects(ids, config, people);
    const back = splitSubjects(
      backwards.map((row) => ids[row]),
      config,
      backwards.map((row) => people[row]),
    );
    const named = (rows: Int32Array, order: readonly number[]) => Array.from(rows, (row) => ids[order[row]]).sort();
    expect(named(back.test, backwards)).toEqual(named(there.test, [...ids.keys()]));
  });

  test('of a study with one row per group equal those without groups', () => {
    const config = { validation: 0.1, test: 0.25, seed: 9 };
    expect(splitSubjects(ids, config, ids)).toEqual(splitSubjects(ids, config));
    expect(splitNewSubjects(ids, config, ids)).toEqual(splitNewSubjects(ids, config));
  });

  test('report too few groups', () => {
    const two = ids.map((_, row) => (row < 30 ? 'a' : 'b'));
    expect(() => splitSubjects(ids, { validation: 0.1, test: 0.1, seed: 0 }, two)).toThrow(
      /60 subjects in 2 groups that stay together give 60 for training, 0 for validation/,
    );
  });
});

describe('folds', () => {
  const rows = Int32Array.from(ids.keys()).subarray(4);

  test('hold out whole groups, with equal numbers of rows', () => {
    const folds = foldsOf(rows, 4, 0, people);
    expect(folds.map(({ heldOut }) => heldOut.length)).toEqual([14, 14, 14, 14]);
    expect(
      partsByGroup(
        people,
        folds.map(({ heldOut }) => heldOut),
      ).every((parts) => parts === 1),
    ).toBe(true);
    for (const { train, heldOut } of folds) {
      const held = new Set(Array.from(heldOut, (row) => people[row]));
      expect(Array.from(train, (row) => people[row]).filter((person) => held.has(person))).toEqual([]);
    }
    expect(new Set(folds.flatMap(({ heldOut }) => [...heldOut])).size).toBe(rows.length);
  });

  test('use the size of the smallest fold for training and measuring', () => {
    const uneven = ids.map((id, row) => (row < 24 ? 'large' : id));
    const folds = foldsOf(Int32Array.from(ids.keys()), 3, 0, uneven);
    expect(folds.map(({ heldOut }) => heldOut.length)).toEqual([18, 18, 18]);
    const large = folds.find(({ heldOut }) => heldOut.some((row) => row < 24))!;
    expect(large.heldOut.every((row) => row < 24)).toBe(true);
    expect(large.train.some((row) => row < 24)).toBe(false);
    expect(() =>
      foldsOf(
        Int32Array.from(ids.keys()),
        3,
        0,
        ids.map((_, row) => (row < 50 ? 'a' : `${row}`)),
      ),
    ).toThrow(/leave 5 held-out subjects, as groups stay together/);
  });
});

describe('a study with group', () => {
  test('keeps people together, and does not use their column as a value', async () => {
    const { dataset, inspection } = await read(study('group: person\n'));
    expect(dataset.groups).toEqual(people);
    expect(inspection.groups).toBe(24);
    const { train, validation, test: held } = dataset.split;
    expect(partsByGroup(people, [train, validation, held]).every((parts) => parts === 1)).toBe(true);
    expect(dataset.modalities[0].columns.map(({ name }) => name)).toEqual(['hours', 'latency']);
    const { fingerprint, ...rest } = dataset;
    expect(fingerprintOf({ ...rest, groups: undefined })).not.toBe(fingerprint);
  });

  test('accepts numbers and mixtures of numbers and texts as names of groups, in any table', async () => {
    file('sleep.csv', csv({ id: ids, hours: noise(1), latency: noise(2) }));
    for (const name of [(person: string) => String(Number(person.slice(1))), (person: string) => person.slice(2)]) {
      const named = people.map((person) => (person === 'f07' ? 'seven' : name(person)));
      file('blood.csv', csv({ ...blood, person: named }));
      const { dataset } = await read(study('group: person\n'));
      expect(dataset.groups).toEqual(named);
      expect(dataset.modalities[1].columns.map((column) => column.name)).toEqual(['iron', 'sugar', 'fat']);
    }
  });

  test('reports a missing column, and a row with no group or with two', async () => {
    await expect(read(study('group: persn\n'))).rejects.toMatchObject({
      code: 'missing-column',
      message: expect.stringMatching(/study\.yaml:3:8: no table has the group; .*did you mean 'person'/),
    });
    file('sleep.csv', csv({ ...sleep, person: people.map((person, row) => (row === 7 ? '' : person)) }));
    await expect(read(study('group: person\n'))).rejects.toMatchObject({
      code: 'missing-group',
      details: { id: 'w07' },
    });
    file('sleep.csv', csv(sleep));
    file('blood.csv', csv({ ...blood, person: people.map((person, row) => (row === 9 ? 'f23' : person)) }));
    await expect(read(study('group: person\n'))).rejects.toMatchObject({
      code: 'group-mismatch',
      message: expect.stringMatching(/w09 has two values of 'person', f\d\d and, in row 10 of .*blood\.csv, f23/),
    });
  });
});

describe('resamples of a discovery', () => {
  const column = (name: string, values: readonly number[]) => ({ name, values: Float64Array.from(values) });

  test('draw whole groups', () => {
    const rows = column('row', [...ids.keys()]);
    const sizes = new Set<number>();
    for (let number = 0; number < 5; number++) {
      const [{ values }] = halfSample([rows], 7, number, people);
      const drawn = new Set(Array.from(values, (row) => people[row]));
      // Half of the 24 people with all of their rows, each row once.
      expect(drawn.size).toBe(12);
      expect([...values]).toEqual([...people.keys()].filter((row) => drawn.has(people[row])));
      sizes.add(values.length);
    }
    expect(sizes.size).toBeGreaterThan(1);
    expect(halfSample([rows], 7, 2, ids)).toEqual(halfSample([rows], 7, 2));
  });

  test('support an edge that depends on few people less often than a resampling of rows', () => {
    // Twelve people, each with equal rows. Rows would count the correlation between people many times.
    const twelve = Array.from({ length: 240 }, (_, row) => `p${row % 12}`);
    const x = twelve.map((_, row) => Math.sin(3 * (row % 12)) + 1e-3 * Math.sin(row));
    const y = twelve.map((_, row) => x[row] + 3 * Math.cos(7 * (row % 12)) + 1e-3 * Math.cos(5 * row));
    const share = (groups?: readonly string[]) =>
      discover([column('x', x), column('y', y)], { halfSamples: 60, groups }).halfSamples!.pairs[0].adjacent;
    expect(share(twelve)).toBeLessThan(share() - 0.05);
    expect(() => share(['p0'])).toThrow(/groups has 1 elements; it needs one for each of the 240 rows/);
  });
});

describe('a study with adjust', () => {
  const age = ids.map((_, i) => 30 + ((i * 17) % 41));
  const site = ids.map((_, i) => ['north', 'south', 'west'][(i * 7) % 3]);
  const batch = ids.map((_, i) => 1 + (i % 4));
  const sugar = noise(4).map((value, i) => value + 3 * age[i] + (site[i] === 'south' ? 80 : 0) + 40 * (batch[i] % 2));
  const adjust = 'adjust: { table: people.csv, columns: [age, site, batch], categories: [batch] }\n';
  const scales = (dataset: Dataset) =>
    dataset.modalities.map((one) => scalesSchema.parse(JSON.parse(JSON.stringify(scalesOf(one)))));
  const part = (rows: Int32Array, values: readonly number[]) => Array.from(rows, (row) => values[row]);

  beforeEach(() => {
    file('blood.csv', csv({ ...blood, sugar }));
    file('sleep.csv', csv({ id: ids, hours: noise(1), latency: noise(2) }));
    file('people.csv', csv({ id: ids, age, site, batch }));
  });

  test('removes all correlations with covariates in training, and keeps the mean', async () => {
    const { dataset, inspection } = await read(study(adjust));
    expect(inspection.adjusted).toMatchObject({ columns: ['age', 'site', 'batch'], lacking: 0 });
    const { train } = dataset.split;
    const indicators = [...new Set(site)].map((level) => site.map((value) => (value === level ? 1 : 0)));
    const batches = [1, 2, 3, 4].map((level) => batch.map((value) => (value === level ? 1 : 0)));
    for (const { columns, values } of dataset.modalities) {
      for (const [c, { name, mean, sd }] of columns.entries()) {
        const residuals = Array.from(train, (row) => values[row * columns.length + c]);
        for (const covariate of [age, ...indicators, ...batches]) {
          const held = part(train, covariate);
          const middle = held.reduce((sum, value) => sum + value, 0) / held.length;
          const inner = residuals.reduce((sum, value, i) => sum + value * (held[i] - middle), 0) / held.length;
          expect(Math.abs(inner)).toBeLessThan(1e-4);
        }
        const raw = { ...sleep, ...blood, sugar }[name as 'iron' | 'sugar'];
        expect(mean).toBeCloseTo(part(train, raw).reduce((sum, value) => sum + value, 0) / train.length, 8);
        expect(sd).toBeGreaterThan(0);
      }
    }
  });

  test('has covariance over variance of the training split as the slope of one covariate', async () => {
    const text = study('adjust: { table: people.csv, columns: [age], terms: linear }\n');
    const { dataset } = await read(text);
    const { train, test: held } = dataset.split;
    const [x, y] = [part(train, age), part(train, sugar)];
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const covariance = mean(x.map((value, i) => (value - mean(x)) * (y[i] - mean(y))));
    const variance = mean(x.map((value) => (value - mean(x)) ** 2));
    const { columns, covariates, values } = dataset.modalities[1];
    expect(covariates).toEqual([{ column: 'age', mean: mean(x), sd: expect.closeTo(Math.sqrt(variance), 10) }]);
    expect(columns[1].slopes).toEqual([expect.closeTo(covariance / Math.sqrt(variance), 8)]);
    for (const row of held) {
      const residual = sugar[row] - (covariance / variance) * (age[row] - mean(x));
      expect(values[row * 3 + 1]).toBeCloseTo((residual - columns[1].mean) / columns[1].sd, 4);
    }
    file('blood.csv', csv({ ...blood, sugar: sugar.map((value, row) => (held.includes(row) ? 10 * value : value)) }));
    const moved = await read(text);
    expect(scales(moved.dataset)).toEqual(scales(dataset));
  });

  test('adjusts new subjects like those of the fit, and refuses subjects without covariates', async () => {
    const text = study(adjust);
    const { dataset } = await read(text);
    const rows = [50, 4];
    const some = (columns: Record<string, readonly (string | number)[]>) =>
      csv(Object.fromEntries(Object.entries(columns).map(([name, all]) => [name, rows.map((row) => all[row])])));
    file('sleep.csv', some(sleep));
    file('blood.csv', some({ ...blood, sugar }));
    // The list of the study has no effect then.
    const other = text.replace('[age, site, batch], categories: [batch]', '[age]');
    const again = await readStudy(file('new.yaml', other), { scales: scales(dataset) });
    for (const [m, { columns, values }] of dataset.modalities.entries()) {
      const width = columns.length;
      const expected = rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]);
      expect([...again.dataset.modalities[m].values]).toEqual(expected);
    }
    await expect(readStudy(file('new.yaml', study()), { scales: scales(dataset) })).rejects.toMatchObject({
      code: 'missing-covariates',
      message: expect.stringMatching(
        /adjusted for age, site, batch, .*; write adjust: \{ table: FILE, columns: \[age, /,
      ),
    });
    file('people.csv', csv({ id: ids, age, site: site.map(() => 'east'), batch }));
    await expect(readStudy(file('new.yaml', text), { scales: scales(dataset) })).rejects.toMatchObject({
      code: 'unknown-level',
      message: expect.stringMatching(
        /id w50 has site 'east', which no training subject has \(they have north, south, west/,
      ),
    });
    file('people.csv', csv({ id: ids, age, site }));
    await expect(readStudy(file('new.yaml', text), { scales: scales(dataset) })).rejects.toMatchObject({
      code: 'missing-column',
    });
  });

  test('drops and counts subjects without a covariate', async () => {
    const gaps = age.map((value, row) => (row === 3 ? 'NA' : value));
    const levels = site.map((value, row) => (row === 5 ? '' : value));
    const without = (values: readonly (string | number)[]) => values.slice(0, 58);
    const all = { id: ids, age: gaps, site: levels, batch };
    file('people.csv', csv(Object.fromEntries(Object.entries(all).map(([name, values]) => [name, without(values)]))));
    const { dataset, inspection } = await read(study(adjust));
    expect(inspection.adjusted?.lacking).toBe(4);
    expect(dataset.ids).toEqual(ids.filter((id) => !['w03', 'w05', 'w58', 'w59'].includes(id)));
  });

  test('accepts collinear covariates, and refuses columns that covariates explain completely', async () => {
    const twice = study(adjust.replace('[age, site', '[age, months, site'));
    file('people.csv', csv({ id: ids, age, months: age.map((value) => 12 * value), site, batch }));
    const once = await read(study(adjust));
    const both = await read(twice);
    for (const [m, { values }] of both.dataset.modalities.entries()) {
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(once.dataset.modalities[m].values[i], 4);
      });
    }
    file('blood.csv', csv({ ...blood, years: age.map((value) => 0.1 * value) }));
    await expect(read(study(adjust))).rejects.toMatchObject({
      code: 'constant-column',
      details: { columns: ['years'] },
    });
  });

  test('reports mistakes with their place', async () => {
    const one = (columns: string) => read(study(`adjust: { table: people.csv, columns: ${columns} }\n`));
    await expect(one('[agee]')).rejects.toMatchObject({ code: 'missing-column' });
    file(
      'people.csv',
      csv({ id: ids, age, site: site.map(() => 'north'), batch: batch.map((b, i) => (i === 2 ? 'b' : b)) }),
    );
    await expect(one('[site]')).rejects.toThrow(/study\.yaml:3:.*'site' is the same in all training subjects/);
    await expect(one('[batch]')).rejects.toMatchObject({ code: 'not-numeric' });
    await expect(one('[id]')).rejects.toMatchObject({ code: 'too-many-covariates' });
    await expect(one('[age, age]')).rejects.toThrow(/adjust\.columns\.1 repeats/);
    await expect(read(study('adjust: { table: people.csv, columns: [age], categories: [batch] }\n'))).rejects.toThrow(
      /adjust\.categories\.0 is not among adjust\.columns/,
    );
    file('people.csv', csv({ id: ids.map(() => 'w00'), age, site, batch }));
    await expect(one('[age]')).rejects.toMatchObject({ code: 'duplicate-id' });
  });
});

describe('group and adjust', () => {
  const age = ids.map((_, i) => 30.5 + ((i * 17) % 41));
  const site = ids.map((_, i) => ['north', 'south', 'west'][(i * 7) % 3]);
  const both = 'group: person\nadjust: { table: people.csv, columns: [age, site] }\n';
  const plain = async (): Promise<Dataset> => {
    file('sleep.csv', csv({ id: ids, hours: noise(1), latency: noise(2) }));
    file('blood.csv', csv({ ...blood, person: people }));
    file('people.csv', csv({ id: ids, age, site }));
    return (await read(study(both))).dataset;
  };

  test('find subjects by the rules of the study and of each table in any layout', async () => {
    const expected = await plain();
    file('sleep.csv', csv({ sample: ids.map((id, row) => `${id}-T${row % 3}`), hours: noise(1), latency: noise(2) }));
    // Variables in rows, including the group, without a name above their column.
    const variables = Object.entries({ person: people, iron: noise(3), sugar: noise(4), fat: noise(5) });
    const lines = variables.map(([name, values]) => [name, ...values].join('\t'));
    file('blood.tsv', [ids.map((id) => `${id.toUpperCase()}.x`).join('\t'), ...lines].join('\n'));
    const cells = ids.map((id, row) => `${id.replace('w', 'W')};${String(age[row]).replace('.', ',')};${site[row]}`);
    file('people.csv', ['who;age;site', ...cells].join('\n'));
    const { dataset, inspection } = await read(`study: windows
id: { column: sample, case: lower, keep: 3 }
group: person
adjust: { table: people.csv, id: who, decimal: ',', columns: [age, site] }
modalities:
  sleep: { table: sleep.csv, latents: 1 }
  blood: { table: blood.tsv, transposed: true, latents: 1 }
`);
    expect(dataset.groups).toEqual(people);
    expect(inspection.adjusted).toMatchObject({ columns: ['age', 'site'], lacking: 0 });
    expect(dataset).toEqual(expected);
  });

  test('use row numbers as subjects in stacked files with and without the group', async () => {
    const expected = await plain();
    const part = (columns: Record<string, readonly (string | number)[]>, from: number, to: number) =>
      csv(Object.fromEntries(Object.entries(columns).map(([name, all]) => [name, all.slice(from, to)])));
    file('first.csv', part({ hours: noise(1), latency: noise(2) }, 0, 25));
    file('second.csv', part({ person: people, hours: noise(1), latency: noise(2) }, 25, 60));
    file('blood.csv', csv({ iron: noise(3), sugar: noise(4), fat: noise(5), person: people }));
    file('north.csv', part({ age, site }, 0, 40));
    file('south.csv', part({ age, site }, 40, 60));
    const text = `study: windows
id: { rows: true }
group: person
adjust: { table: [north.csv, south.csv], columns: [age, site] }
modalities:
  sleep: { table: [first.csv, second.csv], columns: [hours, latency], latents: 1 }
  blood: { table: blood.csv, latents: 1 }
`;
    const { dataset } = await read(text);
    expect(dataset.ids[59]).toBe('60');
    expect(dataset.groups).toEqual(people);
    // Groups are drawn by name, so the splits are those of the study with ids.
    expect(dataset.split).toEqual(expected.split);
    expect(dataset.modalities).toEqual(expected.modalities);
    file('south.csv', part({ age, site }, 40, 59));
    await expect(read(text)).rejects.toMatchObject({
      code: 'rows-disagree',
      message: expect.stringMatching(/north\.csv and .*south\.csv of 'adjust' has 59 rows and another table has 60/),
    });
  });
});

const mixomics = join(dataFolder, 'mixomics');

testWithData('mixomics')(
  'gene expression of breast cancers, adjusted for the subtype, has the same mean in every subtype',
  async () => {
    for (const name of ['mrna', 'protein', 'subtype']) {
      const text = gunzipSync(readFileSync(join(mixomics, `breastTCGA_data.train_${name}.csv.gz`))).toString();
      // The first column has no name. Thirty genes or proteins suffice.
      const rows = text
        .trim()
        .replace(/^(sample)?,/, 'sample,')
        .split('\n');
      file(`${name}.csv`, rows.map((row) => row.split(',').slice(0, 31).join(',')).join('\n'));
    }
    const text = (more: string) => `study: breast
id: sample
${more}modalities:
  mrna: { table: mrna.csv, transform: rank, filter: { top: 20, by: mad }, latents: 2 }
  protein: { table: protein.csv, winsorise: 0.02, latents: 2 }
`;
    const spread = async (more: string): Promise<number> => {
      const { dataset } = await read(text(more));
      const rows = readFileSync(file('subtype.csv'), 'utf8').trim().split('\n').slice(1);
      const subtype = new Map(rows.map((row) => [row.split(',')[0], row.split(',')[1]] as const));
      const [{ columns, values }] = dataset.modalities;
      expect(columns).toHaveLength(20);
      const means = ['Basal', 'Her2', 'LumA'].map((level) => {
        const members = [...dataset.split.train].filter((row) => subtype.get(dataset.ids[row]) === level);
        expect(members.length).toBeGreaterThan(15);
        return columns.map((_, c) => members.reduce((sum, row) => sum + values[row * 20 + c], 0) / members.length);
      });
      return Math.max(...columns.map((_, c) => Math.abs(means[0][c] - means[2][c])));
    };
    expect(await spread('')).toBeGreaterThan(1);
    expect(await spread('adjust: { table: subtype.csv, columns: [subtype] }\n')).toBeLessThan(1e-6);
  },
);
