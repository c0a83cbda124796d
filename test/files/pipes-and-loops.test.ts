// Pipes, links to themselves, and folders with the names of files: each gives one coded error quickly.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InterlatentError } from '../../src/errors/errors.js';
import { makeFolder, writeFileAtomic } from '../../src/files/atomic.js';
import { LockedFolder } from '../../src/training/locked-folder.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();
const FAST = [
  '--fit',
  'joint',
  '--epochs',
  '2',
  '--encoder-restarts',
  '2',
  '--batch',
  '16',
  '--evidence',
  'none',
  '--threads',
  '1',
];

const PLANTED: Readonly<Record<string, (path: string) => void>> = {
  pipe: (path) => execFileSync('mkfifo', [path]),
  loop: (path) => {
    symlinkSync(path, path);
  },
  folder: (path) => {
    mkdirSync(path);
  },
};

beforeAll(async () => {
  await done('simulate', 'case1', '--samples', '60', '--test', '20', '--out', 'data');
  await done('shard', 'data/study.yaml', '--out', 'shards', '--of', '2', ...FAST);
});

async function done(...args: string[]): Promise<void> {
  const { code, err } = await commandHere(args, folder);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
}

/** Returns the error code of a command line. */
async function codeOf(...args: string[]): Promise<string> {
  const { code, err } = await commandHere(args, folder);
  expect([1, 2]).toContain(code);
  return /^error \[([\w-]+)\]/m.exec(err)?.[1] ?? err;
}

const COMMANDS: Readonly<Record<string, (shards: string, out: string) => string[]>> = {
  gather: (shards, out) => ['gather', shards, '--out', out],
  shard: (shards) => ['shard', 'data/study.yaml', '--out', shards, '--of', '2', ...FAST],
};
let count = 0;

describe.each(Object.keys(PLANTED))('a %s in the folder of workers', (kind) => {
  test.each(Object.keys(COMMANDS))('is refused by %s instead of any file', async (command) => {
    for (const name of readdirSync(file('shards'))) {
      const shards = file(`shards-${++count}`);
      cpSync(file('shards'), shards, { recursive: true });
      rmSync(join(shards, name));
      PLANTED[kind](join(shards, name));
      const out = file(`run-${count}`);
      const code = await codeOf(...COMMANDS[command](shards, out));
      // `exists` does not find a loop.
      const isMissingPlan = kind === 'loop' && name === 'plan.json';
      const expected = isMissingPlan ? 'no-shards' : kind === 'loop' ? 'missing-file' : 'not-a-file';
      expect({ name, code }).toEqual({ name, code: expected });
      expect(readdirSync(folder)).not.toContain(`run-${count}`);
    }
  });
});

describe.each(['pipe', 'loop'])('a %s instead of', (kind) => {
  // A checkpoint is replaced by a new file, and a fit cannot be resumed from a loop.
  const names = ['lock.json', 'metrics.jsonl', ...(kind === 'pipe' ? ['checkpoint.safetensors'] : [])];
  test.each(names)('%s is refused by a fit', async (name) => {
    const run = file(`planted-${++count}`);
    mkdirSync(run);
    PLANTED[kind](join(run, name));
    const resume = name === 'checkpoint.safetensors' ? ['--resume'] : [];
    const code = await codeOf('fit', 'data/study.yaml', '--out', run, ...resume, ...FAST);
    expect(code).toMatch(/^(not-a-file|unwritable|missing-file)$/);
  });

  test.each(Object.keys(COMMANDS))('the folder of workers is refused by %s', async (command) => {
    const planted = file(`planted-${++count}`);
    PLANTED[kind](planted);
    expect(await codeOf(...COMMANDS[command](planted, file('run')))).toMatch(/^(no-shards|unwritable)$/);
  });

  test('a RUN is refused by fit and gather', async () => {
    const planted = file(`planted-${++count}`);
    PLANTED[kind](planted);
    expect(await codeOf('fit', 'data/study.yaml', '--out', planted, ...FAST)).toBe('unwritable');
    expect(await codeOf('gather', 'shards', '--out', planted)).toBe('unwritable');
  });
});

test('an empty path is not the working folder', async () => {
  const before = readdirSync(folder);
  const lines = [
    ['fit', 'data/study.yaml', '--out', '', ...FAST],
    ['simulate', 'case1', '--out', ''],
    ['shard', 'data/study.yaml', '--out', '', ...FAST],
    ['gather', 'shards', '--out', ''],
    ['gather', '', '--out', 'run'],
    ['study', 'run', 'data/study.yaml', '--out', ''],
    ['report', '', '--out', 'page.html'],
    ['encode', '', 'data/study.yaml', '--out', 'latents.csv'],
    ['graph', ''],
    ['discover', 'data/m1.csv', '--out', ''],
  ];
  for (const line of lines) expect([line, await codeOf(...line)]).toEqual([line, 'invalid-option']);
  const calls = [makeFolder(''), writeFileAtomic('', 'x'), LockedFolder.open('')];
  for (const call of calls) {
    await expect(call).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(call).rejects.toBeInstanceOf(InterlatentError);
  }
  expect(readdirSync(folder)).toEqual(before);
});
