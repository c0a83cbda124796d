// Rows that are repetitions of a few people (visits, windows). Each person counts once in every search. With too few
// people a study ends without results and gives the reason.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LinkFigures } from '../../src/causal/discovery/link-figures.js';
import { areRepetitions, groupMeans } from '../../src/data/split.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();

const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);
const run = (name: string, ...args: string[]) =>
  interlatent('study', 'run', `${name}/study.yaml`, '--out', `${name}/result`, '--quick', '--threads', '1', ...args);
const text = (path: string) => readFileSync(join(folder, path), 'utf8');

const VISITS = 20;
const COLUMNS = ['a', 'b', 'c', 'd'];

/** A person has two levels. Both devices show the first, and left also the second. scores.csv has a row per person. */
function writeStudy(name: string, people: number, more = ''): void {
  const random = new RandomStream(people, 7);
  const levels = Array.from({ length: people }, () => ({ shared: random.normal(), extra: random.normal() }));
  const visits = levels.flatMap(({ shared, extra }, person) =>
    Array.from({ length: VISITS }, (_, visit) => ({
      id: `v${person}.${visit}`,
      person: `p${person}`,
      left: shared + extra,
      right: shared,
    })),
  );
  const table = (first: string, cells: (visit: (typeof visits)[number]) => (string | number)[]) =>
    [first, ...visits.map((visit) => [visit.id, ...cells(visit)].join(','))].join('\n');
  const columns = (level: number) => COLUMNS.map((_, i) => (i + 1) * level + random.normal());
  file(
    `${name}/left.csv`,
    table(`visit,person,${COLUMNS.join()}`, ({ person, left }) => [person, ...columns(left)]),
  );
  file(
    `${name}/right.csv`,
    table(`visit,${COLUMNS.join()}`, ({ right }) => columns(right)),
  );
  const scores = levels.map(({ extra }, person) => `p${person},${extra + 0.2 * random.normal()}`);
  file(`${name}/scores.csv`, `person,score\n${scores.join('\n')}\n`);
  file(
    `${name}/study.yaml`,
    `study: visits
id: visit
group: person
modalities:
  left: { table: left.csv, columns: [${COLUMNS.join()}], latents: 1 }
  right: { table: right.csv, latents: 1 }
discovery:
  variables:
    scores: { table: scores.csv, id: person }
${more}`,
  );
}

test('rows are repetitions with at most half the number of groups; a group is the mean of its known values', () => {
  expect([['a', 'a', 'b', 'b'], ['a', 'b', 'b'], undefined].map(areRepetitions)).toEqual([true, false, false]);
  expect([...groupMeans([1, NaN, 3, 5, NaN], [[0, 2], [1, 3], [4]])]).toEqual([2, 5, NaN]);
});

describe('forty people of twenty visits', () => {
  beforeAll(() => writeStudy('many', 40));

  test('discovery counts forty people, joins the data of a person, and decides what it can', async () => {
    const { code, out, err } = await run('many');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain('800 rows of 40 groups: each group counts once, with its means.');
    const [header, ...rows] = text('many/result/variables.csv').trim().split('\n');
    expect(header).toBe('person,score,left.z1,right.z1');
    expect(rows.map((row) => row.split(',')[0])).toEqual(Array.from({ length: 40 }, (_, person) => `p${person}`));
    expect(rows.every((row) => row.split(',').every((cell) => cell !== ''))).toBe(true);
    const { edges, undrawn } = JSON.parse(text('many/result/discovery.json')) as {
      edges: { from: string; to: string }[];
      undrawn: LinkFigures[];
    };
    const links = edges.map(({ from, to }) => [from, to].sort().join(' '));
    // The score depends on left only; twenty people in a fold do not rule out an association with right.
    expect(links).toEqual(['left.z1 right.z1', 'left.z1 score']);
    expect(undrawn.filter(({ verdict }) => verdict === 'supported')).toEqual([]);
    expect(text('many/result/report.html')).toMatch(/800 rows belong to 40 groups/);
  }, 120_000);

  test('discover treats a RUN of visits as forty people and joins a table of people', async () => {
    const joined = await interlatent('discover', 'many/result/run', 'many/scores.csv', '--id', 'person', '--json');
    expect(joined.code).toBe(0);
    expect(JSON.parse(joined.out)).toMatchObject({ units: 40 });
  });
});

describe('eight people, whose folds cannot be tested', () => {
  test('the study ends without an edge and gives the reason', async () => {
    writeStudy('few', 8);
    const { code, out } = await run('few');
    expect(code).toBe(0);
    expect(out).toContain('Not tested: 160 rows of 8 groups are too few');
    expect(out).toContain('Discovery searched nothing');
    const { variables, edges } = JSON.parse(text('few/result/discovery.json')) as Record<string, unknown[]>;
    expect({ variables: variables.length, edges }).toEqual({ variables: 3, edges: [] });
    expect(text('few/result/report.html')).toContain('Nothing was searched.');
    // Finished stages stay finished.
    expect((await run('few')).out.match(/finished already/g)).toHaveLength(3);
  }, 120_000);
});
