// The tables of subgroups: planted differences are found, and random groups differ in nothing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readOutOfFold } from '../../src/fit/out-of-fold-file.js';
import type { ResultTable } from '../../src/interpretation/index.js';
import {
  compareEffects,
  compareLatents,
  compareLinks,
  type SubgroupInput,
} from '../../src/interpretation/subgroups/results.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { commandHere } from '../fixtures/command-here.js';
import { SHORT_FIT, TWO_FACTORS, writeFactorStudy } from '../fixtures/factor-study.js';
import { scratch } from '../fixtures/scratch.js';

const place = scratch();
const { folder, file } = place;
const SUBJECTS = 400;
/** Columns of groups. `clinic`: in B, blood belongs to other people, and blood4 follows the latent. */
const COLUMNS = {
  clinic: 'column: clinic',
  chance: 'column: chance, names: { 1: one, 2: two }',
  high: 'column: high',
  adjusted: 'column: high, adjust: [factor]',
  small: 'column: small',
  tiny: 'column: tiny',
  none: undefined,
};

const records = ({ columns, rows }: ResultTable) =>
  rows.map((row) => Object.fromEntries(row.map((cell, c) => [columns[c].name, cell])));
const read = async (name: string, study: keyof typeof COLUMNS) => {
  const flags = ['--study', `people/${study}.yaml`, '--format', 'json'];
  const { out, err, code } = await commandHere(['table', 'run', `subgroup-${name}`, ...flags], folder);
  if (code !== 0) throw new Error(err);
  const table = JSON.parse(out) as ResultTable;
  return { ...table, records: records(table), text: table.notes.join(' ') };
};
const resultsOf = (rows: ReturnType<typeof records>, column = 'result') => rows.map((row) => String(row[column]));

async function loaded() {
  const model = await MultimodalCausalModel.load(join(folder, 'run'));
  const { graph, summary } = model;
  await model.dispose();
  return { graph, summary, outOfFold: (await readOutOfFold(join(folder, 'run'), graph.nodes))! };
}

/** Moves the measurements of blood among the people of clinic B. */
function plantDifferences(): void {
  const random = new RandomStream(8, 1);
  const [header, ...lines] = readFileSync(join(folder, 'people/blood.csv'), 'utf8').split('\n');
  const inB = lines.flatMap((_, i) => (i % 2 === 1 ? [i] : []));
  const order = random.permutation(inB.length);
  const values = lines.map((line) => line.split(',').slice(1));
  const moved = lines.map((line, i) => {
    const [a, b, c, d, e] = i % 2 === 1 ? values[inB[order[inB.indexOf(i)]]] : values[i];
    return [line.split(',')[0], a, b, c, i % 2 === 1 ? (Number(d) + Number(a)).toFixed(4) : d, e].join();
  });
  file('people/blood.csv', [header, ...moved].join('\n'));
}

describe('a fit of two clinics', () => {
  beforeAll(async () => {
    let factors: readonly Float64Array[] = [];
    for (const [name, keys] of Object.entries(COLUMNS)) {
      const lines = keys === undefined ? [] : [`subgroups: { table: groups.csv, ${keys} }`];
      factors = writeFactorStudy(place, { name: 'people', subjects: SUBJECTS, seed: 4, ...TWO_FACTORS, lines });
      file(`people/${name}.yaml`, readFileSync(join(folder, 'people/study.yaml'), 'utf8'));
    }
    plantDifferences();
    const random = new RandomStream(12, 1);
    const rows = factors.map(([, second], i) => {
      const noise = random.normal();
      const small = i < 12 ? 'c' : 'ab'[Math.floor(2 * random.uniform())];
      const groups = ['AB'[i % 2], 1 + Math.floor(2 * random.uniform()), second + noise > 0 ? 'yes' : 'no', small];
      return [`s${i}`, ...groups, i < 12 ? 'a' : 'b', second.toFixed(4)].join();
    });
    file('people/groups.csv', ['id,clinic,chance,high,small,tiny,factor', ...rows].join('\n'));
    const { code, err } = await commandHere(['fit', 'people/none.yaml', '--out', 'run', ...SHORT_FIT], folder);
    expect({ code, failed: err.includes('error') }).toEqual({ code: 0, failed: false });
  }, 170_000);

  test('finds the link and the loading that differ', async () => {
    const links = await read('links', 'clinic');
    const strongest = links.records.filter(({ group }) => group === 'A');
    const [{ first }] = strongest.sort((one, two) => Math.abs(two.r as number) - Math.abs(one.r as number));
    const [a, b] = links.records.filter((row) => row.first === first);
    expect(a).toMatchObject({ second: 'blood.z1', group: 'A', difference: null });
    expect([a.subjects, b.subjects]).toEqual([200, 200]);
    expect(Math.abs(a.r as number)).toBeGreaterThan(0.35);
    expect(Math.abs(b.r as number)).toBeLessThan(0.2);
    expect(b.difference).toBeCloseTo((b.r as number) - (a.r as number), 12);
    expect(b).toMatchObject({ group: 'B', result: 'differs' });
    expect(Math.sign(b.from as number)).toBe(Math.sign(b.to as number));
    expect(links.text).toContain('Groups of clinic: A and B. Differences are from A.');
    expect(links.text).toContain('measured less reliably');

    const loadings = await read('loadings', 'clinic');
    const differ = loadings.records.filter(({ result }) => result === 'differs');
    expect([...new Set(differ.map(({ latent, column }) => `${latent} ${column}`))]).toEqual(['blood.z1 blood4']);
    expect(differ.map(({ rank }) => rank)).toEqual([1, 1]);
  });

  test('finds the latent whose mean differs, and not if a covariate explains it', async () => {
    const { records: rows } = await read('means', 'high');
    const differ = rows.filter(({ result }) => result === 'differs');
    const names = [...new Set(differ.map(({ latent }) => String(latent)))];
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^body\./);
    const adjusted = await read('means', 'adjusted');
    expect(resultsOf(adjusted.records)).not.toContain('differs');
    expect(adjusted.text).toContain('Adjusted for factor.');
  });

  test('finds nothing in random groups', async () => {
    for (const name of ['means', 'loadings', 'links']) {
      const { records: rows, text } = await read(name, 'chance');
      expect(new Set(resultsOf(rows))).toEqual(new Set(['not shown']));
      expect(new Set(rows.map(({ group }) => group))).toEqual(new Set(['one', 'two']));
      expect(text).toContain('does not mean equal');
    }
  });

  test('names groups that are too small, and compares the rest', async () => {
    const { records: rows, text } = await read('links', 'small');
    expect(rows.slice(0, 3).map(({ group, result }) => [group, result])).toEqual([
      ['a', 'not shown'],
      ['b', 'not shown'],
      ['c', 'undecided: too few subjects'],
    ]);
    expect(text).toContain('Not compared: c.');
    for (const name of ['means', 'loadings', 'links']) {
      const tiny = await read(name, 'tiny');
      expect(new Set(resultsOf(tiny.records))).toEqual(new Set(['undecided: too few subjects']));
      expect(tiny.text).toContain('Not compared: a and b.');
    }
  });

  test('finds the effect of an assigned cause that differs, and decides nothing about an observed one', async () => {
    const { graph, summary, outOfFold } = await loaded();
    const { ids } = outOfFold;
    const random = new RandomStream(21, 1);
    const draw = () => Float64Array.from(ids, () => Math.floor(2 * random.uniform()));
    const [arm, values] = [draw(), draw()];
    // The arm acts on blood in the second group only.
    const blood = outOfFold.latents.blood.map((value, i) => value + arm[i] * values[i]);
    const covariates = { covariates: [], terms: 'linear', measuredIn: [] } as const;
    const input = {
      ...{ graph, summary, outOfFold: { ids, latents: { ...outOfFold.latents, blood } } },
      subgroups: { column: 'sex', levels: ['men', 'women'], values, ...covariates },
    };
    const cause = { name: 'arm', kind: 'categorical', levels: ['placebo', 'drug'] } as const;
    const withCause = (assigned: boolean) =>
      compareEffects({
        ...input,
        dataset: { ids, causes: [{ ...cause, assigned, effect: 'soft', terms: [], values: arm }] },
      });
    const effects = withCause(true);
    expect(effects.map(({ unit, q }) => [unit.name, q <= 0.05])).toEqual([
      ['body.z1', false],
      ['body.z2', false],
      ['blood.z1', true],
    ]);
    const [men, women] = effects[2].groups;
    expect(men.figure!.lower * men.figure!.upper).toBeLessThan(0);
    expect(women.difference!.lower).toBeGreaterThan(0.3);
    expect(effects[2]).toMatchObject({ level: 'drug', reference: 'placebo' });
    for (const { p, uncompared } of withCause(false)) expect([p, uncompared]).toEqual([NaN, 'observed-cause']);
    // A modality that has the groups among its columns is not compared.
    const measured = { ...input.subgroups, measuredIn: ['body'] };
    const latents = compareLatents({ ...input, subgroups: measured, dataset: { ids } });
    expect(latents.map(({ means }) => means.uncompared)).toEqual(['circular', 'circular', undefined]);
  });

  test('counts a person with several rows once', async () => {
    const { graph, summary, outOfFold } = await loaded();
    const { ids, latents } = outOfFold;
    const values = Float64Array.from(ids, (_, i) => i % 2);
    const subgroups = { column: 'sex', levels: ['a', 'b'], covariates: [], terms: 'linear', measuredIn: [] } as const;
    const single = { graph, summary, outOfFold, dataset: { ids }, subgroups: { ...subgroups, values } };
    // Every person has two equal rows.
    const twice = [...ids.map((id) => `${id}-1`), ...ids.map((id) => `${id}-2`)];
    const both = Object.fromEntries(
      Object.entries(latents).map(([name, of]) => [name, Float32Array.from([...of, ...of])]),
    );
    const repeated = {
      ...single,
      outOfFold: { ids: twice, latents: both },
      dataset: { ids: twice, groups: [...ids, ...ids] },
      subgroups: { ...subgroups, values: Float64Array.from([...values, ...values]) },
    };
    for (const [i, { means, spreads }] of compareLatents(single).entries()) {
      const other = compareLatents(repeated)[i];
      expect([other.means.p, other.spreads.p]).toEqual([means.p, spreads.p]);
      expect(other.means.groups.map(({ subjects }) => subjects)).toEqual([200, 200]);
    }
    const ps = (input: SubgroupInput) => compareLinks(input).map(({ plain }) => plain.p);
    expect(ps(repeated)).toEqual(ps(single));
  });

  test('has no effects without an assigned cause, and no rows without subgroups', async () => {
    const effects = await read('effects', 'clinic');
    expect(effects.rows).toEqual([]);
    expect(effects.text).toContain('Effects in the groups are undecided.');
    const none = await read('links', 'none');
    expect(none.rows).toEqual([]);
    expect(none.text).toContain('The study has no subgroups.');
  });

  test('shows the differences in the report and in figures', async () => {
    const run = (line: string) => commandHere(line.split(' '), folder);
    const report = await run('report run --study people/clinic.yaml --out clinic.html');
    expect({ code: report.code, err: report.err }).toMatchObject({ code: 0 });
    const page = readFileSync(join(folder, 'clinic.html'), 'utf8');
    expect(page).toContain('Differences between groups of subjects');
    expect(page).toMatch(
      /<h3>Links in the groups<\/h3><p>Shown to differ between the groups: [1-9] of \d correlations/,
    );
    expect(page).toContain('Shown to differ between the groups: 0 of 3 means, 0 of 3 spreads.');
    expect((await run('report run --study people/none.yaml --out none.html')).code).toBe(0);
    expect(readFileSync(join(folder, 'none.html'), 'utf8')).not.toContain('Differences between groups of subjects');
    const figures = await run('figures run --study people/clinic.yaml --out figures --format svg');
    expect({ code: figures.code, err: figures.err }).toMatchObject({ code: 0 });
    const list = JSON.parse(readFileSync(join(folder, 'figures/figures.json'), 'utf8')) as {
      readonly figures: readonly { readonly name: string; readonly finding: string }[];
    };
    const drawn = list.figures.filter(({ name }) => name.startsWith('subgroup-'));
    expect(drawn.map(({ name, finding }) => [name, finding])).toEqual([
      ['subgroup-links', 'shown'],
      ['subgroup-means', 'none'],
      ['subgroup-loadings', 'shown'],
    ]);
  }, 120_000);

  test('prints tables of at most 80 columns', async () => {
    for (const name of ['means', 'loadings', 'links']) {
      const { out } = await commandHere(
        ['table', 'run', `subgroup-${name}`, '--study', 'people/clinic.yaml', '--rows', '8'],
        folder,
      );
      expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    }
  });
});
