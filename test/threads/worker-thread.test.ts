// Calls to worker threads: a thread that crashes or is closed, errors of Node.js, and the first error of several tasks.

import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runConcurrently } from '../../src/threads/run-concurrently.js';
import { WorkerThread } from '../../src/threads/worker-thread.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

describe('a thread', () => {
  const program = (text: string): WorkerThread => {
    file('program.cjs', `const { parentPort } = require('node:worker_threads');\n${text}`);
    return new WorkerThread(join(folder, 'program.cjs'));
  };

  test.each([
    ['crashes', "parentPort.on('message', () => { throw new RangeError('broken'); });", { message: 'broken' }],
    ['exits', "parentPort.on('message', () => process.exit());", undefined],
  ])('that %s rejects its calls with one code', async (_, text, cause) => {
    const thread = program(text);
    const [first, second] = [thread.call('any', []), thread.call('any', [])];
    const ended = { name: 'InternalError', code: 'thread-ended', ...(cause && { cause }) };
    await expect(first).rejects.toMatchObject(ended);
    await expect(second).rejects.toMatchObject(ended);
    expect(thread.isRunning).toBe(false);
    await expect(thread.call('any', [])).rejects.toMatchObject({ code: 'thread-ended' });
  });

  const silent = "parentPort.on('message', () => undefined);";

  test('that is closed rejects its calls', async () => {
    const thread = program(silent);
    const pending = expect(thread.call('any', [])).rejects.toMatchObject({ code: 'disposed' });
    await thread.close();
    await pending;
  });

  test('ends with a call that cannot be interrupted and is aborted', async () => {
    const thread = program(silent);
    const stop = new AbortController();
    const pending = thread.call('any', [], { signal: stop.signal, endsOnAbort: true });
    stop.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(thread.isRunning).toBe(false);
  });

  test('refuses arguments that are not data', async () => {
    const thread = program(silent);
    await expect(thread.call('any', [() => 1])).rejects.toMatchObject({ code: 'invalid-argument' });
    await thread.close();
  });
});

test('concurrent tasks fail with the error of the first task in their order, whichever ends first', async () => {
  const one = async (number: number, signal: AbortSignal): Promise<void> => {
    if (number === 0) await new Promise((_, reject) => (signal.onabort = () => reject(signal.reason as Error)));
    if (number === 1) await new Promise((resolve) => setTimeout(resolve, 5));
    throw new Error(`of task ${number}`);
  };
  await expect(runConcurrently(9, 3, one)).rejects.toThrow('of task 1');
});
