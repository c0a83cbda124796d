// Rows that belong together: windows of a recording, visits, siblings. A group stands in one part and in one fold.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { splitNewSubjects, splitSubjects } from '../src/data/split.js';
import { fingerprintOf } from '../src/data/fingerprint.js';
import { foldsOf } from '../src/selection/folds.js';
import { readStudy } from '../src/study/study.js';
import { scratch } from './scratch.js';

const { file } = scratch();

/** 60 rows of 24 people, who have one to four each. */
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

/** How many parts each group stands in. */
function partsByGroup(groups: readonly string[], parts: readonly Int32Array[]): number[] {
  const found = new Map<string, Set<number>>();
  for (const [part, rows] of parts.entries()) {
    for (const row of rows) found.set(groups[row], (found.get(groups[row]) ?? new Set()).add(part));
  }
  return [...found.values()].map((all) => all.size);
}

describe('parts', () => {
  test.each([0, 1, 2, 3, 4])('hold whole groups, near the sizes that were asked for (seed %i)', (seed) => {
    const { train, validation, test: held } = splitSubjects(ids, { validation: 0.2, test: 12, seed }, people);
    expect(partsByGroup(people, [train, validation, held]).every((parts) => parts === 1)).toBe(true);
    expect([...train, ...validation, ...held].sort((a, b) => a - b)).toEqual([...ids.keys()]);
    // The largest group has four rows, so a part misses its size by two at most.
    expect(Math.abs(validation.length - 12)).toBeLessThanOrEqual(2);
    expect(Math.abs(held.length - 12)).toBeLessThanOrEqual(2);
    for (const rows of [train, validation, held]) expect(rows).toEqual(Int32Array.from(rows).sort());
  });

  test('depend on names, not on the order of rows', () => {
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

  test('groups of one row give the parts of a study without groups', () => {
    const config = { validation: 0.1, test: 0.25, seed: 9 };
    expect(splitSubjects(ids, config, ids)).toEqual(splitSubjects(ids, config));
    expect(splitNewSubjects(ids, config, ids)).toEqual(splitNewSubjects(ids, config));
  });

  test('too few groups for the parts are told', () => {
    const two = ids.map((_, row) => (row < 30 ? 'a' : 'b'));
    expect(() => splitSubjects(ids, { validation: 0.1, test: 0.1, seed: 0 }, two)).toThrow(
      /60 subjects in 2 groups that stay together give 60 for training, 0 for validation/,
    );
  });
});

describe('folds', () => {
  const rows = Int32Array.from(ids.keys()).subarray(4);

  test('hold whole groups out, as many rows in each', () => {
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

  test('a fold larger than the smallest neither trains on its surplus nor measures on it', () => {
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
    ).toThrow(/leave 5 to measure on, as groups stay together/);
  });
});

describe('a study with group', () => {
  test('keeps people together; their column is no value', async () => {
    const { dataset, inspection } = await read(study('group: person\n'));
    expect(dataset.groups).toEqual(people);
    expect(inspection.groups).toBe(24);
    const { train, validation, test: held } = dataset.split;
    expect(partsByGroup(people, [train, validation, held]).every((parts) => parts === 1)).toBe(true);
    expect(dataset.modalities[0].columns.map(({ name }) => name)).toEqual(['hours', 'latency']);
    const { fingerprint, ...rest } = dataset;
    expect(fingerprintOf({ ...rest, groups: undefined })).not.toBe(fingerprint);
  });

  test('takes numbers and mixtures of numbers and texts as names of groups, in any table', async () => {
    file('sleep.csv', csv({ id: ids, hours: noise(1), latency: noise(2) }));
    for (const name of [(person: string) => String(Number(person.slice(1))), (person: string) => person.slice(2)]) {
      const named = people.map((person) => (person === 'f07' ? 'seven' : name(person)));
      file('blood.csv', csv({ ...blood, person: named }));
      const { dataset } = await read(study('group: person\n'));
      expect(dataset.groups).toEqual(named);
      expect(dataset.modalities[1].columns.map((column) => column.name)).toEqual(['iron', 'sugar', 'fat']);
    }
  });

  test('says when the column is missing, a row has no group, or two', async () => {
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
