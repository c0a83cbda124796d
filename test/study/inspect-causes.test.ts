// What `inspect` says about causes: their levels, and overlaps with batches and covariates.

import { beforeEach, describe, expect, test } from '@jest/globals';
import { association } from '../../src/study/inspection/overlaps.js';
import { causeWarnings } from '../../src/study/inspection/cause-warnings.js';
import { readStudy } from '../../src/study/study.js';
import { dirname } from 'node:path';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

const rows = 300;
const ids = Array.from({ length: rows }, (_, i) => `s${String(i).padStart(3, '0')}`);
const noise = (seed: number) => ids.map((_, i) => Math.round(1000 * Math.sin(12.9898 * (i + 1) * (1 + seed / 7))) / 10);
const arms = ids.map((_, i) => ['none', 'drug', 'high'][i % 3]);
/** Every arm has another site, except that three subjects are elsewhere. */
const sites = arms.map((arm, i) => (i < 3 ? 'A' : { none: 'A', drug: 'B', high: 'C' }[arm]!));

function csv(columns: Record<string, readonly (string | number)[]>): string {
  const names = Object.keys(columns);
  const lines = columns[names[0]].map((_, row) => names.map((name) => columns[name][row]).join(','));
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

const study = (effect = 'perfect', { head = '', more = '', batch = '' } = {}) => `study: trial
id: id
causes:
  arm: { table: runs.csv, column: arm, kind: categorical, reference: none, assigned: true, effect: ${effect} }
  age: { table: runs.csv, column: age, kind: continuous, assigned: false }
${head}modalities:
  blood: { table: blood.csv, latents: 4${batch} }
${more}`;
const read = (text = study()) => readStudy(file('study.yaml', text));
const REST = '  rest: { table: rest.csv, latents: 1 }\n';

beforeEach(() => {
  file('blood.csv', csv({ id: ids, a: noise(1), b: noise(2), c: noise(3), d: noise(4), e: noise(5) }));
  file('rest.csv', csv({ id: ids, p: noise(6), q: noise(7) }));
  file('runs.csv', csv({ id: ids, arm: arms, site: sites, age: noise(8) }));
});

describe('the association of two variables', () => {
  const of = (name: string, values: readonly number[], isNamed: boolean) => ({
    name,
    values: Float64Array.from(values),
    isNamed,
  });
  const named = (values: readonly number[]) => of('a', values, true);
  const numeric = (values: readonly number[]) => of('x', values, false);
  const mod = (count: number) => ids.map((_, i) => i % count);

  test('is 1 for the same and for a finer division, and 0 for independent ones', () => {
    expect(association(named(mod(3)), named(mod(3).map((level) => 2 - level)))).toBeCloseTo(1, 9);
    expect(association(named(mod(3)), named(mod(6)))).toBeCloseTo(1, 1);
    expect(association(named(mod(3)), named(mod(4)))).toBe(0);
    expect(association(named(mod(3)), numeric(mod(3).map((level) => 10 * level)))).toBeCloseTo(1, 9);
    expect(association(numeric(mod(4)), named(mod(3)))).toBeLessThan(0.1);
    expect(association(numeric(mod(7)), numeric(mod(7).map((value) => 3 - value)))).toBeCloseTo(1, 9);
  });

  test('is Cramér’s V with the correction of Bergsma (2013)', () => {
    // Counts 30, 10, 5, 55: χ² = 47.52, so that V² = (0.4752 − 1 / 99) / (1 − 1 / 99).
    const cells = [30, 10, 5, 55].flatMap((count, cell) => Array<number>(count).fill(cell));
    const a = cells.map((cell) => cell >> 1);
    const b = cells.map((cell) => cell & 1);
    const chi2 = (100 * (30 * 55 - 10 * 5) ** 2) / (40 * 60 * 35 * 65);
    expect(association(named(a), named(b))).toBeCloseTo(Math.sqrt((chi2 / 100 - 1 / 99) / (1 - 1 / 99)), 12);
  });

  test('of many levels of few subjects is not raised by chance', () => {
    const levels = ids.map((_, i) => Math.floor(i / 3));
    const other = ids.map((_, i) => (Math.floor(i / 3) * 7 + (i % 3) * 11 + ((i * i) % 5)) % 3);
    expect(association(named(levels), named(other))).toBeLessThan(0.5);
  });
});

describe('warnings', () => {
  test('name a cause that is nearly a batch, a covariate, or another cause', async () => {
    const near = await read(study('soft', { batch: ', batch: { table: runs.csv, column: site }' }));
    const [first] = causeWarnings(near.inspection);
    expect(first).toMatchObject({
      code: 'cause-is-nearly-batch',
      items: [expect.stringMatching(/^arm and site: 0.9/)],
    });
    file('runs.csv', csv({ id: ids, arm: arms, site: sites, age: noise(8), older: noise(8).map((age) => age + 1) }));
    const head = 'adjust: { table: runs.csv, columns: [older] }\n';
    const codes = causeWarnings((await read(study('soft', { head }))).inspection).map(({ code }) => code);
    expect(codes).toEqual(['cause-is-nearly-covariate']);
    const twice = study().replace(
      'age: {',
      'older: { table: runs.csv, column: older, kind: continuous, assigned: false }\n  age: {',
    );
    expect(causeWarnings((await read(twice)).inspection)).toMatchObject([
      { code: 'causes-are-nearly-same', items: ['older and age: 1.00'] },
    ]);
  });

  test('name a cause of whose levels one is nearly a batch', async () => {
    // All subjects with one arm but two are at site C, and the other arms are balanced between A and B.
    const site = arms.map((arm, i) => (arm === 'high' && i > 6 ? 'C' : 'AB'[Math.floor(i / 3) % 2]));
    file('runs.csv', csv({ id: ids, arm: arms, site, age: noise(8) }));
    const { inspection } = await read(study('soft', { batch: ', batch: { table: runs.csv, column: site }' }));
    expect(inspection.overlaps![0].association).toBeLessThan(0.9);
    expect(causeWarnings(inspection)[0]).toMatchObject({
      code: 'cause-is-nearly-batch',
      items: [expect.stringMatching(/^blood, a level of arm and site: 0.9/)],
    });
  });

  test('a cause that is the batch of a modality is not identifiable there', async () => {
    const site = arms.map((arm, i) => (arm === 'none' ? 'AD'[i % 2] : arm));
    file('runs.csv', csv({ id: ids, arm: arms, site, age: noise(8) }));
    const batch = ', batch: { table: runs.csv, column: site }';
    const { inspection } = await read(study('soft', { batch, more: REST }));
    const [warning, ...rest] = causeWarnings(inspection);
    expect(warning).toMatchObject({ code: 'cause-is-batch-of-modality', items: ['blood: arm and site'] });
    expect(warning.text).toMatch(/not identifiable, and the removal of the batch removes it, too/);
    expect(rest).toEqual([]);
  });

  test('name levels and batches with few subjects, and say nothing about a balanced study', async () => {
    expect(causeWarnings((await read()).inspection)).toEqual([]);
    const few = arms.map((arm, i) => (arm === 'high' && i > 90 ? 'none' : arm));
    file(
      'runs.csv',
      csv({ id: ids, arm: few, site: ids.map((_, i) => (i % 50 === 0 ? 'Z' : `A${i % 2}`)), age: noise(8) }),
    );
    const { inspection } = await read(study('soft', { batch: ', batch: { table: runs.csv, column: site }' }));
    expect(causeWarnings(inspection)).toMatchObject([
      { code: 'few-of-level', items: [expect.stringMatching(/^arm high: 2\d subjects$/)] },
      { code: 'small-batches', items: [expect.stringMatching(/^blood, site Z: [456] subjects$/)] },
    ]);
  });
});

test('inspect prints causes and batches, and --json has them', async () => {
  const path = file('study.yaml', study('perfect', { batch: ', batch: { table: runs.csv, column: site }' }));
  const inspect = (...flags: readonly string[]) => commandHere(['inspect', path, ...flags], dirname(path));
  const { out } = await inspect();
  expect(out).toMatch(/Causes\narm: categorical, assigned, perfect effect, reference none\n/);
  expect(out).toMatch(/none +100 +\d+\n/);
  expect(out).toMatch(/age: continuous from −100 to 100, observed, soft effect/);
  expect(out).toMatch(/What this design can identify\n- In one modality, only levels with perfect effects/);
  expect(out).toMatch(/Careful: A cause and a batch divide the subjects in nearly the same\s+way/);
  expect(out).toMatch(/the effect of site is removed: A \(10\d\), B \(\d+\), C \(\d+\)/);
  const json = JSON.parse((await inspect('--json')).out) as Record<string, unknown>;
  expect(json['overlaps']).toContainEqual(expect.objectContaining({ cause: 'arm', kind: 'batch', with: 'site' }));
  expect(json['identification']).toMatchObject({ causes: { modalities: [{ missing: 2 }] } });
});
