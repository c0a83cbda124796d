// Checks what neither oxfmt nor oxlint checks: the length of lines, and the notation of private members.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
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
  it('are checked in all files of the tree', () => {
    expect(files.length).toBeGreaterThan(900);
  });

  it('have at most 120 columns, except addresses and regular expressions', () => {
    const mayBeLong = /https?:\/\/|(?:^|[\s(=:,])\/\S.*\//;
    expect(linesWith((line) => line.length > MAX_COLUMNS && !mayBeLong.test(line))).toEqual([]);
  });

  it('write private members as #member', () => {
    const isPrivate = /^\s*private\s+(?!constructor\b)(?:static\s+|readonly\s+|async\s+)*\w+\s*[(:;=?]/;
    expect(linesWith((line) => isPrivate.test(line))).toEqual([]);
  });
});
