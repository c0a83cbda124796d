// The prose lint (scripts/prose): it refuses planted words, sentences, links and names, and permits plain English.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scratch } from '../fixtures/scratch.js';

interface Finding {
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** The scripts are JavaScript without types. */
const { lint } = (await import(join(import.meta.dirname, '../../scripts/prose/lint.mjs'))) as {
  lint: (path: string, text: string) => Promise<{ findings: Finding[] }>;
};
const main = join(import.meta.dirname, '../../scripts/prose/main.mjs');
const { file, folder } = scratch();

const findingsOf = async (path: string, text: string): Promise<string[]> => {
  const { findings } = await lint(path, text);
  return findings.map(({ line, rule, message }) => `${line} ${rule}: ${message}`);
};
const sentenceOf = (count: number): string => `${'word '.repeat(count - 1)}word.`;

describe('prose', () => {
  test.each([
    ['a heading', 'docs/a.md', '# Columns of its own\n', /^1 words: “own”: delete it, or write “local”/],
    ['a paragraph', 'docs/a.md', 'A plain one.\n\nThe worker\ngoes on.\n', /^4 words: “goes on”: write “continues”/],
    ['a cell of a table', 'docs/a.md', '| a |\n|---|\n| a picture |\n', /^3 words: “picture”: write “image”/],
    ['a list item', 'docs/a.md', '- A fit is told to stop.\n', /^1 words: “told”: write “reports”/],
    ['a block of code', 'docs/a.md', '```sh\nls # so many files\n```\n', /^2 words: “so many”: write the number/],
    ['a comment', 'src/a.ts', 'f(); // Returns what it tells.\n', /^1 words: “tells”: write “reports”/],
    ['a doc comment', 'src/a.ts', '/**\n * Returns it.\n * @throws Error lest it fails\n */\n', /^3 words: “lest”/],
    ['a comment of C++', 'native/a.cc', 'int i;\n// Waits for a beat.\n', /^2 words: “beat”: write “heartbeat”/],
    [
      'a comment of a script',
      'scripts/a',
      '#!/bin/sh\nls  # by whoever is free\n',
      /^2 words: “whoever”: write “anyone/,
    ],
    ['a comment of Python', 'bench/a.py', 'def f():\n    """Reads it anew."""\n', /^2 words: “anew”: write “again”/],
    [
      'a message',
      'src/a.ts',
      "throw new Error('the study ' +\n  `${path} stands alone`);\n",
      /^2 words: “stands”: write “is”/,
    ],
    ['a message of C++', 'native/a.cc', 'fail("so many "\n     "bytes");\n', /^1 words: “so many”/],
    [
      'a title of a test',
      'test/a.test.ts',
      "test('latents found again', () => {});\n",
      /^1 words: “found again”: write “rep/,
    ],
    [
      'an opening',
      'src/a.ts',
      '/** Of everything in it. */\nlet a;\n',
      /^1 words: “Of”: begin with a subject or a verb/,
    ],
    [
      'a word across lines',
      'src/a.ts',
      '// A machine that\n// computes.\n',
      /^1 words: “machine that computes”: write “dev/,
    ],
    [
      'a long sentence',
      'README.md',
      `Short.\n\n${sentenceOf(36)}\n`,
      /^3 sentences: a sentence of 36 words: write several/,
    ],
    [
      'a long sentence in a comment',
      'src/a.ts',
      `let a;\n// ${sentenceOf(40)}\n`,
      /^2 sentences: a sentence of 40 words/,
    ],
    ['a link to a number', 'docs/a.md', 'See [3](b.md).\n', /^1 links: “\[3\]”: name the target of the link/],
  ])('%s with a refused phrase is reported with its line and a remedy', async (_, path, text, expected) => {
    expect(await findingsOf(path, text)).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['docs/a.md', '# Data\n\nThe worker reports its progress. See [Missing data](missing-data.md).\n'],
    ['docs/a.md', `| words |\n|---|\n| ${sentenceOf(50)} |\n\nThe tests tell the two apart. Threads can own a lock.\n`],
    ['docs/a.md', '```ts\nconst value = 1; // Plain.\n```\n\nThis is known, shown and grown.\n'],
    [
      'src/a.ts',
      `// The layout of the file:\n//   ${sentenceOf(40)}\n/** Number of subjects. */\nlet count = 'own';\n`,
    ],
    [
      'src/a.ts',
      "const shader = `\n  fn own(a: f32) {\n    return a; // told\n  }`;\nconst hasValue = Object.hasOwn(a, 'b');\n",
    ],
    ['native/a.cc', '// Copies the rows.\nvoid copy(const char* row) { fail("row 3 is too long"); }\n'],
    ['test/a.test.ts', "test('a column has one value', () => expect('what it is told').toBe(1));\n"],
  ])('plain text passes (%s, %#)', async (path, text) => {
    expect(await findingsOf(path, text)).toEqual([]);
  });
});

describe('names', () => {
  test.each([
    ['src/a.ts', 'const own = 1;\n', /^1 names: “own” in own: write what it is/],
    ['src/a.ts', 'f(1);\nfunction g(atOnce: number) {}\n', /^2 names: “at once” in atOnce: write concurrency/],
    ['src/a.ts', 'const a = { mostRows: 1 };\n', /^1 names: “most” in mostRows: write min…, max…/],
    ['src/a.ts', 'const LEAST_ROWS = 1;\n', /^1 names: “LEAST” in LEAST_ROWS: write MIN_/],
    ['src/a.ts', '// Calls `isTold`.\n', /^1 names: “told” in isTold: write event/],
    ['src/shards/a.ts', 'class ShardClaim {}\n', /^1 names: “claim” in ShardClaim: write lease/],
    ['native/a.cc', 'int own_rows = 1;\n', /^1 names: “own” in own_rows: write what it is/],
    ['src/picture-cache.ts', 'let a;\n', /^1 names: “picture” in the name of the file: write image/],
  ])('in %s a refused name is reported: %j', async (path, text, expected) => {
    expect(await findingsOf(path, text)).toEqual([expect.stringMatching(expected)]);
  });

  test('plain names and names of other libraries pass', async () => {
    const text =
      'const { most } = a;\nimport { own } from "b";\na.own = b.told; let isKnown, leastSquares, foundRows;\n';
    expect(await findingsOf('src/a.ts', text)).toEqual([expect.stringMatching(/^1 names: “most” in most/)]);
  });
});

test('the command prints places and remedies, and fails', () => {
  file('src/plain.ts', '// A plain sentence.\n');
  file('src/planted.ts', 'f();\n  // Of a carrier.\n');
  spawnSync('git', ['init', '-q'], { cwd: folder });
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, '--root', folder, ...args], { encoding: 'utf8' });
  const { status, stdout } = run('src');
  expect(status).toBe(1);
  expect(stdout).toContain('src/planted.ts:2:6 words: “Of”: begin with a subject or a verb');
  expect(stdout).toContain('src/planted.ts:2:11 words: “carrier”: write “launcher”.');
  expect(stdout).toContain('2 files, 2 findings');
  expect(run('src/plain.ts')).toMatchObject({ status: 0 });
});
