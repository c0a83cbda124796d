// Independent fits at the same time: the same results for any number of workers, and one error.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { simulate } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { threadsPerTask, runConcurrently } from '../../src/threads/run-concurrently.js';
import { commandLine } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

describe('concurrent tasks', () => {
  const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  test('results are in order, and concurrency does not exceed its limit', async () => {
    let [working, maxWorking] = [0, 0];
    const answers = await runConcurrently(7, 3, async (number) => {
      maxWorking = Math.max(maxWorking, ++working);
      await later(number % 2 === 0 ? 9 : 1);
      working--;
      return 10 * number;
    });
    expect(answers).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(maxWorking).toBe(3);
  });

  test('an error aborts running tasks and starts no further one, and is thrown once all have ended', async () => {
    const [begun, stopped]: [number[], number[]] = [[], []];
    const all = runConcurrently(9, 3, async (number, signal) => {
      begun.push(number);
      if (number === 1) {
        await later(2);
        throw new Error('the second');
      }
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      stopped.push(number);
      throw signal.reason;
    });
    await expect(all).rejects.toThrow('the second');
    expect(begun).toEqual([0, 1, 2]);
    expect(stopped.sort()).toEqual([0, 2]);
  });

  test('a signal ends all tasks with its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const all = runConcurrently(
      5,
      2,
      async (number) => {
        if (number === 1) stop.abort(reason);
        await later(1);
      },
      stop.signal,
    );
    await expect(all).rejects.toBe(reason);
  });

  test('tasks share the threads', () => {
    expect([threadsPerTask(8, 3), threadsPerTask(2, 4), threadsPerTask(5, 1), threadsPerTask(undefined, 1)]).toEqual([
      2,
      1,
      5,
      undefined,
    ]);
    expect(threadsPerTask(undefined, 1000)).toBe(1);
  });
});

describe('on the command line', () => {
  const { folder } = scratch();
  const interlatent = commandLine();
  const printed = (...args: string[]): unknown => {
    const { code, out, err } = interlatent(folder, [...args, '--json']);
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    const { seconds: _seconds, ...rest } = JSON.parse(out) as Record<string, unknown>;
    return rest;
  };

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 2, samples: 160, test: 40 }), join(folder, 'data'));
    appendFileSync(
      join(folder, 'data/study.yaml'),
      '\ntraining: { encoderRestarts: 1, epochs: 4, componentRestarts: 2, componentSteps: 20, polish: 1, hidden: 8, ' +
        'batch: 64 }\n',
    );
    expect(interlatent(folder, ['fit', 'data/study.yaml', '--out', 'run', '--threads', '1']).code).toBe(0);
  }, 60_000);

  test('null has the same p-values with several workers', () => {
    const printedWith = (workers: string) => printed('null', 'data/study.yaml', '--refits', '3', '--workers', workers);
    expect(printedWith('2')).toEqual(printedWith('1'));
  }, 60_000);

  test('discover --refit has the same shares with several workers', () => {
    const command = ['discover', 'run', '--half-samples', '3', '--refit', '--study', 'data/study.yaml'];
    expect(printed(...command, '--workers', '3')).toEqual(printed(...command, '--workers', '1'));
  }, 60_000);

  test('invalid uses of --workers are refused', () => {
    expect(interlatent(folder, ['discover', 'run', '--workers', '2'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--workers share the fits of --refit'),
    });
    expect(interlatent(folder, ['null', 'data/study.yaml', '--workers', '0'])).toMatchObject({ code: 2 });
  });

  test('an impossible fit ends all tasks with its code', () => {
    const { code, err } = interlatent(folder, [
      'null',
      'data/study.yaml',
      '--refits',
      '3',
      '--workers',
      '2',
      '--device',
      'cuda:9',
    ]);
    expect([code, err]).toEqual([1, expect.stringContaining('no-cuda')]);
  });
});
