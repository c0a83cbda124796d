// Calls the built command line again and again. One process runs all calls, because most of the time of a short call is
// its start. Tests of the process itself (signals, streams, the environment) start a new one.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

export const MAIN = join(import.meta.dirname, '../dist/cli/main.js');
const SERVER = join(import.meta.dirname, 'command-line-server.mjs');
const MAX_SECONDS = 170;
/** The end of a study file, for a fit whose quality does not matter. */
export const SHORT_TRAINING = `
training: { encoderRestarts: 1, epochs: 2, componentRestarts: 4, componentSteps: 40, polish: 1, hidden: 16, batch: 64 }
`;

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Returns a function that runs a command line, or another program of ES modules, in a folder and waits for it. The
 * process ends with the test file.
 */
export function commandLine(): (cwd: string, args: readonly string[], program?: string) => Printed {
  let answers: string;
  let server: ChildProcess | undefined;
  let number = 0;
  afterAll(() => {
    if (server === undefined) return;
    server.disconnect();
    rmSync(answers, { recursive: true });
  });
  const start = (): ChildProcess => {
    answers = mkdtempSync(join(tmpdir(), 'interlatent-answers-'));
    return spawn(process.execPath, [SERVER, answers], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  };
  return (cwd, args, program = MAIN) => {
    server ??= start();
    const path = join(answers, `${++number}.json`);
    server.send({ number, cwd, program, args });
    const began = performance.now();
    while (!existsSync(path)) {
      if (performance.now() - began > 1000 * MAX_SECONDS) {
        throw new Error(`no answer to ${[program, ...args].join(' ')}`);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
    return JSON.parse(readFileSync(path, 'utf8')) as Printed;
  };
}
