// interlatent export STUDY --splits: the files that a method of another program reads.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { comparedData } from '../../src/comparison/index.js';
import { readNpz } from '../../src/files/npz.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();

/** Writes a study of 40 subjects: two tables, of which the second lacks some cells and one subject. */
function writeStudy(): void {
  const rows = Array.from({ length: 40 }, (_, i) => `s${i},${Math.sin(i)},${(i * 7) % 11}`);
  writeFileSync(join(folder, 'a.csv'), ['id,x,y', ...rows].join('\n'));
  const other = rows.map((_, i) => `s${i},${i === 3 ? '' : Math.cos(i)},${i === 3 || i === 5 ? '' : (i * 5) % 13}`);
  writeFileSync(join(folder, 'b.csv'), ['id,u,v', ...other].join('\n'));
  writeFileSync(
    join(folder, 'study.yaml'),
    `study: small
id: id
missing: keep
modalities:
  a: { table: a.csv, latents: 1 }
  b: { table: b.csv, latents: 1 }
`,
  );
}

describe('export --splits', () => {
  test('writes what every method sees', async () => {
    writeStudy();
    const { code, out } = await commandHere(['export', 'study.yaml', '--splits', '--out', 'seen'], folder);
    expect(code).toBe(0);
    expect(out).toBe('Written to seen: subjects.npz, study.json\n');
    const arrays = await readNpz(join(folder, 'seen/subjects.npz'));
    const { dataset } = await readStudy(join(folder, 'study.yaml'));
    const texts = (name: string): string[] => Array.from(arrays.get(name)!.data as string[]);
    expect(texts('id')).toEqual(Array.from(dataset.ids));
    expect(texts('modalities')).toEqual(['a', 'b']);
    expect(arrays.get('latents')!.data).toEqual(Int32Array.of(1, 1));
    const splits = texts('split');
    for (const name of ['train', 'validation', 'test'] as const) {
      expect(splits.flatMap((split, row) => (split === name ? [row] : []))).toEqual(Array.from(dataset.split[name]));
    }
    expect(arrays.get('a.values')).toEqual({ shape: [40, 2], data: dataset.modalities[0].values });
    expect(texts('b.columns')).toEqual(['u', 'v']);
    const observed = Array.from(arrays.get('b.observed')!.data as Uint8Array);
    const missing = observed.flatMap((value, at) => (value === 0 ? [at] : []));
    const at = (id: string) => dataset.ids.indexOf(id);
    expect(missing).toEqual([2 * at('s3'), 2 * at('s3') + 1, 2 * at('s5') + 1].sort((x, y) => x - y));
    expect(missing.map((place) => (arrays.get('b.values')!.data as Float32Array)[place])).toEqual([0, 0, 0]);
    // Columns are standardised on the training split.
    const x = Array.from(dataset.split.train, (row) => (arrays.get('a.values')!.data as Float32Array)[2 * row]);
    expect(x.reduce((sum, value) => sum + value, 0) / x.length).toBeCloseTo(0, 5);
    expect(x.reduce((sum, value) => sum + value ** 2, 0) / x.length).toBeCloseTo(1, 5);

    const description = JSON.parse(readFileSync(join(folder, 'seen/study.json'), 'utf8')) as object;
    expect(description).toMatchObject({
      format: 'interlatent-comparison-1',
      study: 'small',
      fingerprint: dataset.fingerprint,
      subjects: { train: 32, validation: 4, test: 4 },
      modalities: [
        { name: 'a', latents: 1, columns: ['x', 'y'] },
        { name: 'b', latents: 1, columns: ['u', 'v'] },
      ],
    });
    expect(Array.from(comparedData(dataset).modalities[1].present)).toEqual(
      dataset.ids.map((id) => (id === 's3' ? 0 : 1)),
    );
  });

  test.each([
    [['export', 'runs/x', '--out', 'y'], /needs --format onnx or --format python .* or --splits/],
    [['export', 'study.yaml', '--splits', '--format', 'onnx', '--out', 'y'], /Leave them out for --splits/],
  ])('%j names the missing or superfluous option', async (line, message) => {
    const { code, err } = await commandHere(line, folder);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
