// Common columns of two modalities, and copied rows, are not findings: a study reports them, and tests nothing if rows
// are not different people.

import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { copiedColumns } from '../../src/quality/copied-columns.js';
import { copiedRows, copiedShare } from '../../src/quality/copied-rows.js';
import type { Dataset } from '../../src/data/dataset.js';
import { dataEnvironment } from '../../reproduction/experiments/data-folder.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';
import { testWithData } from '../fixtures/skipping.js';

const { file, folder } = scratch();

interface PeopleOptions {
  readonly people: number;
  readonly rows: number;
  readonly widths: readonly number[];
  /** Share of the sd of a value that does not come from its person. */
  readonly noise: number;
  readonly of?: (value: number) => number;
}

/** Returns independent modalities of the same people. */
function simulatedPeople({ people, rows, widths, noise, of = (value) => value }: PeopleOptions, seed = 1) {
  const random = new RandomStream(seed, 0);
  const count = people * rows;
  return {
    ids: Array.from({ length: count }, (_, row) => `r${row}`),
    modalities: widths.map((width, m) => {
      const personal = Float64Array.from({ length: people * width }, () => random.normal());
      const values = Float32Array.from({ length: count * width }, (_, at) => {
        const person = Math.floor(at / width) % people;
        return of(Math.sqrt(1 - noise ** 2) * personal[person * width + (at % width)] + noise * random.normal());
      });
      const columns = Array.from({ length: width }, (_, c) => ({
        name: `x${c}`,
        log: false,
        offset: 0,
        mean: 0,
        sd: 1,
      }));
      return { name: `m${m + 1}`, columns, values, latents: 1, exogenous: 1 };
    }),
  } as unknown as Dataset;
}

describe('rows', () => {
  const share = (of: Partial<PeopleOptions>, seed?: number) =>
    copiedShare(simulatedPeople({ people: 30, rows: 8, widths: [15, 15], noise: 0, ...of }, seed));

  test.each<[string, Partial<PeopleOptions>]>([
    ['of eight repetitions', { noise: 0.1 }],
    ['of eight repetitions with a third of noise', { noise: 0.3 }],
    ['that are equal', { noise: 0 }],
    ['that are equal and rounded', { noise: 0, of: (value) => Math.round(2 * value) }],
    ['twice each', { people: 200, rows: 2, noise: 0.1 }],
    ['three of each of 1,000', { people: 1000, rows: 3, noise: 0.1 }],
    ['of ten columns', { widths: [5, 5], noise: 0.05 }],
    ['of 400 columns', { widths: [200, 200], noise: 0.2 }],
  ])('%s are copies', (_, of) => {
    for (const seed of [1, 2, 3]) expect(share(of, seed)).toBeGreaterThan(0.5);
  });

  test.each<[string, Partial<PeopleOptions>]>([
    ['normal values', {}],
    ['whole numbers', { of: Math.round }],
    ['yes or no', { of: (value) => Number(value > 0) }],
    ['few columns of whole numbers', { widths: [2, 2], of: Math.round }],
    ['a heavy tail', { of: (value) => Math.exp(2 * value) }],
    ['mostly zeros', { of: (value) => Math.max(0, value - 1) }],
  ])('of different people are not reported: %s', (_, of) => {
    for (const people of [60, 300, 3000]) {
      expect(share({ people, rows: 1, noise: 1, ...of })).toBeLessThan(0.03);
    }
  });

  test('of simulated people, whose columns lie near a low-dimensional surface, are not reported', () => {
    for (const name of ['case1', 'case2', 'five'] as const) {
      for (const samples of [60, 500]) {
        expect(copiedShare(simulatedDataset(simulate(name, { seed: 7, samples, test: 20 })))).toBeLessThan(0.03);
      }
    }
  });

  test('of a study that names groups are not tested for copies', () => {
    const copies = simulatedPeople({ people: 30, rows: 8, widths: [15, 15], noise: 0 });
    expect(copiedRows(copies)).toMatchObject([
      { code: 'copied-rows', text: expect.stringMatching(/^100 % of the rows/) },
    ]);
    expect(copiedRows({ ...copies, groups: copies.ids })).toEqual([]);
  });
});

describe('columns', () => {
  const dataset = (change: (second: Float32Array, first: Float32Array) => void) => {
    const personal = simulatedPeople({ people: 300, rows: 1, widths: [4, 4], noise: 1 });
    const [first, second] = personal.modalities;
    change(second.values, first.values);
    const train = Int32Array.from(personal.ids.keys());
    return { ...personal, split: { train, validation: new Int32Array(), test: new Int32Array() } };
  };
  const items = (change: Parameters<typeof dataset>[0]) => copiedColumns(dataset(change)).flatMap((one) => one.items);
  const copyOf = (of: (value: number) => number) => (second: Float32Array, first: Float32Array) => {
    for (let row = 0; row < 300; row++) second[4 * row + 2] = of(first[4 * row + 1]);
  };

  test.each<[string, (value: number) => number]>([
    ['a copy', (value) => value],
    ['another unit', (value) => 10 * value - 3],
    ['the negative', (value) => -value],
    ['the logarithm', (value) => Math.log(value + 10)],
    ['nearly a copy', (value) => value + 0.002 * Math.sin(1e4 * value)],
    ['yes or no', (value) => Number(value > 0)],
  ])('that are %s of those of another modality are named', (name, of) => {
    const change = name === 'yes or no' ? both : copyOf(of);
    expect(items(change)).toEqual(['m1 and m2: x1 and x2']);
  });

  function both(second: Float32Array, first: Float32Array): void {
    for (let row = 0; row < 300; row++) second[4 * row + 2] = first[4 * row + 1] = Number(first[4 * row + 1] > 0);
  }

  test('with a correlation of 0.99, or rare and equal by chance, are not copies', () => {
    expect(items(copyOf((value) => value + 0.14 * Math.sin(1e4 * value)))).toEqual([]);
    const rare = (second: Float32Array, first: Float32Array) => {
      for (let row = 0; row < 300; row++) second[4 * row + 2] = first[4 * row + 1] = Number(row === 7);
    };
    expect(items(rare)).toEqual([]);
  });

  test('of a completely copied modality are one entry with the first columns', () => {
    expect(items((second, first) => second.set(first))).toEqual(['m1 and m2: x0, x1, x2, x3']);
  });

  const environment = dataEnvironment();

  testWithData('nhanes')('and rows of NHANES are not copies', async () => {
    const { dataset } = await readStudy('examples/phenotype/nhanes-2013-2014/study.yaml', { environment });
    expect([...copiedColumns(dataset), ...copiedRows(dataset)]).toEqual([]);
  });
});

const FAST = ['--fit', 'joint', '--epochs', '2', '--encoder-restarts', '1', '--batch', '32', '--evidence', 'quick'];

/** Writes the modalities and a study of them. @param personOf person of a row, if tables have it */
function written(
  name: string,
  { ids, modalities }: Pick<Dataset, 'ids' | 'modalities'>,
  more = '',
  personOf?: (row: number) => string,
): string {
  for (const { name: personal, columns, values } of modalities) {
    const rows = ids.map((id, row) => {
      const cells = values.subarray(row * columns.length, (row + 1) * columns.length);
      return [id, ...(personOf ? [personOf(row)] : []), ...cells].join();
    });
    const header = ['id', ...(personOf ? ['person'] : []), ...columns.map((column) => column.name)];
    file(`${name}-${personal}.csv`, `${header.join()}\n${rows.join('\n')}\n`);
  }
  const tables = modalities.map(
    ({ name: personal }) => `  ${personal}: { table: ${name}-${personal}.csv, latents: 1 }\n`,
  );
  return file(`${name}.yaml`, `study: ${name}\nid: id\n${more}modalities:\n${tables.join('')}`);
}

describe('a fit', () => {
  test('of 30 people with eight independent rows each tests nothing until groups are named', async () => {
    const data = simulatedPeople({ people: 30, rows: 8, widths: [8, 8], noise: 0.05 });
    const study = written('copied', data);
    const inspected = await commandHere(['inspect', study, '--json'], folder);
    expect(JSON.parse(inspected.out)).toMatchObject({ warnings: [{ code: 'copied-rows' }] });
    const { code, out } = await commandHere(['fit', study, '--out', 'copied', ...FAST, '--json'], folder);
    expect(code).toBe(0);
    const { conclusions, headline, sentences, edges, evidence } = JSON.parse(out) as {
      conclusions: { status: string; pairs: { verdict: string; reason: string }[] };
      headline: string;
      sentences: string[];
      edges: object[];
      evidence: object;
    };
    expect(conclusions).toMatchObject({
      status: 'copied-rows',
      pairs: [{ verdict: 'undecided', reason: 'copied-rows' }],
    });
    expect(evidence).toMatchObject({ tested: false, untested: 'copied-rows' });
    expect(edges).toEqual([]);
    expect(headline).toMatch(/^Not tested: rows are copies/);
    expect(sentences[1]).toMatch(/name the column that identifies people \(group\)/);
    await commandHere(['report', 'copied', '--out', 'copied.html'], folder);
    expect(readFileSync(join(folder, 'copied.html'), 'utf8')).toContain('Not tested: rows are copies of other rows');

    const grouped = written('grouped', data, 'group: person\n', (row) => `p${row % 30}`);
    const again = await commandHere(['fit', grouped, '--out', 'grouped', ...FAST, '--json'], folder);
    expect(JSON.parse(again.out)).toMatchObject({
      conclusions: { status: 'tested', pairs: [{ verdict: 'undecided' }] },
    });
  }, 60_000);

  test('of a modality and its copy reports the reason of the association', async () => {
    const data = simulatedPeople({ people: 200, rows: 1, widths: [6, 6], noise: 1 });
    const [first, second] = data.modalities;
    const study = written('twice', { ...data, modalities: [first, { ...second, values: first.values }] });
    const { out } = await commandHere(['fit', study, '--out', 'twice', ...FAST, '--json'], folder);
    const { sentences } = JSON.parse(out) as { sentences: string[] };
    expect(sentences).toContainEqual(
      'Modalities have columns in common, which associate them by themselves ' +
        '(m1 and m2: x0, x1, x2, x3, x4, and 1 more).',
    );
  }, 60_000);
});
