// What neither oxfmt nor oxlint looks at: how long lines are, and how private members are written.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const MAX_COLUMNS = 120;

const files = spawnSync('git', ['ls-files', '*.ts', '*.js', '*.mjs', '*.cjs'], { cwd: root, encoding: 'utf8' })
  .stdout.split('\n')
  .filter((name) => name !== '' && existsSync(join(root, name)));

function linesWith(isWrong: (line: string) => boolean): string[] {
  return files.flatMap((name) =>
    readFileSync(join(root, name), 'utf8')
      .split('\n')
      .flatMap((line, at) => (isWrong(line) ? [`${name}:${at + 1}`] : [])),
  );
}

describe('lines', () => {
  it('are those of the whole tree', () => {
    expect(files.length).toBeGreaterThan(900);
  });

  it('have at most 120 columns, but for addresses and regular expressions', () => {
    const mayBeLong = /https?:\/\/|(?:^|[\s(=:,])\/\S.*\//;
    expect(linesWith((line) => line.length > MAX_COLUMNS && !mayBeLong.test(line))).toEqual([]);
  });

  it('say #member, not private member', () => {
    const isPrivate = /^\s*private\s+(?!constructor\b)(?:static\s+|readonly\s+|async\s+)*\w+\s*[(:;=?]/;
    expect(linesWith((line) => isPrivate.test(line))).toEqual([]);
  });
});
