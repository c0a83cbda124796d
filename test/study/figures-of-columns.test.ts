// Statistics of columns in `inspect` and the report: values far from the median, also if most values are equal, and
// statistics of transformed values.

import { describe, expect, test } from '@jest/globals';
import { RandomStream } from '../../src/random/random-stream.js';
import { outliersOf } from '../../src/study/inspection/outliers.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

const SUBJECTS = 400;
const GENES = 12;

/** Counts of shallow sequencing. At least nine of ten are 0 in most genes. */
function sparseCounts(): number[][] {
  const random = new RandomStream(8, 0);
  return Array.from({ length: SUBJECTS }, () => {
    const depth = Math.exp(random.normal());
    const genes = Array.from({ length: GENES }, (_, g) => Math.max(0, Math.round(depth * random.normal() - g / 2)));
    return [Math.round(100 * depth) + 50, ...genes];
  });
}

const names = ['deep', ...Array.from({ length: GENES }, (_, g) => `g${g}`)];

function writeStudy(counts: readonly (readonly number[])[]): string {
  const lines = counts.map((row, i) => [`s${i}`, ...row].join());
  file('counts.csv', [['id', ...names].join(), ...lines].join('\n'));
  file(
    'age.csv',
    ['id,age,height', ...counts.map((_, i) => `s${i},${30 + (i % 41)},${160 + ((i * 7) % 31)}`)].join('\n'),
  );
  return file(
    'study.yaml',
    'study: sparse\nid: id\nmodalities:\n  rna: { table: counts.csv, latents: 1, transform: cpm }\n' +
      '  body: { table: age.csv, latents: 1 }\n',
  );
}

const train = Int32Array.from({ length: 100 }, (_, i) => i);
const sparse = (far: number) =>
  Float64Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : i === 99 ? far : 1 + (i % 3)));

describe('outliers of a column with mostly equal values', () => {
  test('are scaled by the median distance of the other values', () => {
    expect(outliersOf('c', sparse(6), sparse(6), train)).toBeUndefined();
    // The median distance of 1, 2 and 3 from 0 is 2.
    expect(outliersOf('c', sparse(900), sparse(900), train)).toEqual({
      ...{ column: 'c', subjects: 1, largest: 900, mostly: 0 },
      distance: 900 / (2 * 1.482602218505602),
    });
  });

  test('do not change if rounding in a transform makes equal values differ', () => {
    const rounded = (far: number) => sparse(far).map((value, i) => value + 9 + (i % 5) * 2 ** -50);
    expect(outliersOf('c', sparse(6), rounded(6), train)).toBeUndefined();
    expect(outliersOf('c', sparse(900), rounded(900), train)!.distance).toBeCloseTo(303.5, 1);
  });

  test('include a value far from a median that few values share', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i === 50 ? 1e12 : i % 10));
    const outliers = outliersOf('c', values, values, train)!;
    expect(outliers.mostly).toBeUndefined();
    expect(outliers).toMatchObject({ subjects: 1, largest: 1e12 });
  });

  test('of counts per million do not include distances from rounding', async () => {
    const { inspection } = await readStudy(writeStudy(sparseCounts()));
    const [{ outliers }] = inspection.modalities;
    expect(outliers).toEqual([]);
  });
});

describe('statistics of transformed columns', () => {
  test('describe the values in the model, and the range in the table', async () => {
    const counts = sparseCounts();
    const path = writeStudy(counts);
    const { dataset, inspection } = await readStudy(path);
    const [rna, body] = inspection.modalities;
    expect(rna.transform).toBe('cpm');
    const [{ mean, sd }] = dataset.modalities[0].columns;
    const [{ min, max, transformed }] = rna.columns;
    const deep = counts.map(([first]) => first);
    expect([min, max]).toEqual([Math.min(...deep), Math.max(...deep)]);
    expect(transformed!.mean).toBeCloseTo(mean, 10);
    expect(transformed!.sd).toBeCloseTo(sd, 10);
    // Logarithm of counts per million.
    expect(transformed!.max).toBeLessThan(Math.log2(1e6));
    expect(transformed!.min).toBeGreaterThan(Math.log2(1e5));
    expect(body.transform).toBeUndefined();
    expect(body.columns[0].transformed).toBeUndefined();
    const { out } = await commandHere(['inspect', path, '--verbose'], folder);
    expect(out).toContain('figures describe the values after transform: cpm');
    expect(out).toMatch(/column +table min +table max +min +max +mean +sd +skewness/);
    expect(out).toMatch(new RegExp(`deep +${min} +${max} +${transformed!.min.toFixed(3)} `));
  });
});
