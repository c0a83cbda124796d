// The programs in docs/files.md run on the built package, one after the other in one folder.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { scratch } from './scratch.js';

const root = join(import.meta.dirname, '..');
const { folder } = scratch();
const [fromDuckdb, inParts] = [...readFileSync(join(root, 'docs/files.md'), 'utf8').matchAll(/```js\n([^]*?)```/g)].map(
  ([, program]) => program,
);

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/interlatent'));
  symlinkSync(join(root, 'node_modules/@duckdb'), join(folder, 'node_modules/@duckdb'));
});

function run(name: string, ...options: string[]): string {
  return execFileSync(process.execPath, [...options, join(folder, name)], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

test('a query of DuckDB becomes a study', () => {
  writeFileSync(join(folder, 'duckdb.mjs'), fromDuckdb);
  expect(run('duckdb.mjs')).toMatch(/^400 body 0, blood \d+\n$/);
}, 60_000);

test('subjects pass through a model in memory that does not grow with their number', () => {
  const cli = join(root, 'dist/cli/main.js');
  const rows = (count: number) =>
    Array.from(
      { length: count },
      (_, i) => `p${i},${Math.sin(i).toFixed(5)},${(i % 11) / 4},${Math.cos(i).toFixed(5)},${i % 7}\n`,
    ).join('');
  const study = (data: string) =>
    [
      'study: s',
      'id: id',
      'modalities:',
      `  a: { table: ${data}, columns: [a1, a2], latents: 1 }`,
      `  b: { table: ${data}, columns: [b1, b2], latents: 1 }`,
    ].join('\n');
  const header = 'id,a1,a2,b1,b2\n';
  writeFileSync(join(folder, 'few.csv'), header + rows(300));
  writeFileSync(join(folder, 'few.yaml'), study('few.csv'));
  const fit = [
    'fit',
    'few.yaml',
    '--out',
    'runs/first',
    '--epochs',
    '2',
    '--runs',
    '1',
    '--restarts',
    '1',
    '--no-evidence',
  ];
  execFileSync(process.execPath, [cli, ...fit], { cwd: folder, stdio: 'pipe' });
  // Ids of 600,000 subjects alone would take more than this heap; a part of them does not.
  writeFileSync(join(folder, 'study.csv'), header);
  for (let i = 0; i < 30; i++) {
    writeFileSync(join(folder, 'study.csv'), rows(20_000).replaceAll('p', `q${i}_`), { flag: 'a' });
  }
  writeFileSync(join(folder, 'study.yaml'), study('study.csv'));
  writeFileSync(join(folder, 'parts.mjs'), inParts);
  const lines = run('parts.mjs', '--max-old-space-size=40').trim().split('\n');
  const counts = lines.map((line) => Number(line.split(' ', 1)[0]));
  expect(counts).toHaveLength(10);
  expect(counts.reduce((sum, count) => sum + count)).toBe(600_000);
}, 120_000);
