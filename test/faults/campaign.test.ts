// Tests the campaign of faults itself (scripts/campaign): which ends it accepts.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';

interface Settings {
  readonly outcome: { note: (what: string, problem?: string, tried?: number) => void };
  readonly randomOf: (...task: unknown[]) => () => number;
}

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly err: string;
  readonly isHung: boolean;
}

/** Imports a script of the campaign, which is JavaScript without types. */
const script = async <Module>(name: string) => (await import(`../../scripts/campaign/${name}.mjs`)) as Module;
const { endedByNode } = await script<{ endedByNode: (end: End, starts: () => boolean) => boolean }>('memory');
const { Skipped } = await script<{ Skipped: new (message: string) => Error }>('outcome');
const { badEnd, interlatent } = await script<{
  badEnd: (end: End) => string | undefined;
  interlatent: (args: string[], options: { limit: number }) => Promise<End>;
}>('process');
const { generatorOf } = await script<{ generatorOf: (seed: number, ...task: unknown[]) => () => number }>('random');
const { tryPart } = await script<{
  tryPart: (part: object, settings: object) => Promise<{ verdict: string; failures: string[] }>;
}>('try-part');

const tried = (run: (settings: Settings) => Promise<void>, seed = 0) => tryPart({ name: 'made up', run }, { seed });

describe('a part of the campaign', () => {
  test('fails if it tries nothing', async () => {
    expect(await tried(() => Promise.resolve())).toMatchObject({
      verdict: 'FAILED',
      failures: ['the part tried nothing'],
    });
  });

  test('keeps the failures that it noted before it throws', async () => {
    const { verdict, failures } = await tried(({ outcome }) => {
      outcome.note('first', 'is wrong');
      return Promise.reject(new Error('thrown'));
    });
    expect(verdict).toBe('FAILED');
    expect(failures).toEqual(['first: is wrong', expect.stringContaining('thrown')]);
  });

  test('is skipped, and does not pass, if it cannot run', async () => {
    expect(await tried(() => Promise.reject(new Skipped('no root')))).toMatchObject({ verdict: 'skipped' });
  });

  test('passes without failures and counts its trials', async () => {
    const result = await tried(({ outcome }) => {
      outcome.note('five trials', undefined, 5);
      return Promise.resolve();
    });
    expect(result).toMatchObject({ verdict: 'passed', tried: 5, failures: [] });
  });

  test('draws the same numbers for a task, independently of earlier tasks', async () => {
    const drawn: number[] = [];
    for (const before of [[], ['other']]) {
      await tried(({ outcome, randomOf }) => {
        for (const task of before) randomOf(task)();
        drawn.push(randomOf('task')());
        outcome.note('drawn');
        return Promise.resolve();
      }, 3);
    }
    expect(drawn).toEqual(Array(2).fill(generatorOf(3, 'made up', 'task')()));
  });
});

test.each([
  ['--kills', 'abc'],
  ['--minutes', 'x'],
  ['--concurrency', '0'],
])('%s %s is refused', (option, value) => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/campaign/main.mjs', `${option}=${value}`], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining(`${option} must be`)]);
});

describe('the end of a command', () => {
  const end = { code: null, signal: 'SIGKILL', out: '', err: '', isHung: false };

  test('is bad if the command hangs, and is not mistaken for a kill of the campaign', async () => {
    const result = await interlatent(['--version'], { limit: 1 });
    expect(result).toMatchObject({ signal: 'SIGKILL', isHung: true });
    expect(badEnd(result)).toMatch(/^hangs/);
  });

  test.each([
    ['error [disk-full] no space', undefined],
    ['{"error":{"code":"disk-full","message":"no space"}}', undefined],
    ['error [unexpected] what', expect.stringContaining('exit 1')],
    ['{"error":{"code":"unexpected","message":"what"}}', expect.stringContaining('exit 1')],
    ['something', expect.stringContaining('0 errors')],
  ])('is bad unless there is one coded error: %s', (err, problem) => {
    expect(badEnd({ ...end, code: 1, signal: null, err })).toEqual(problem);
  });

  test.each([
    ['FATAL ERROR: Reached heap limit Allocation failed', 'SIGABRT', true],
    ["terminate called after throwing an instance of 'std::bad_alloc'", 'SIGABRT', false],
    ['ended by Node itself', 'SIGABRT', true],
    ['ended below the native library', 'SIGABRT', false],
    ['opened the native library', 'SIGSEGV', false],
    ['', 'SIGSEGV', true],
  ])('is attributed to Node or to the library with little memory: %j, %s', (err, signal, isOfNode) => {
    expect(endedByNode({ ...end, err, signal }, () => true)).toBe(isOfNode);
  });

  test('is attributed to Node if Node does not start with the memory limit', () => {
    expect(endedByNode({ ...end, signal: 'SIGSEGV' }, () => false)).toBe(true);
    expect(endedByNode({ ...end, isHung: true }, () => false)).toBe(false);
  });
});
