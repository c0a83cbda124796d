// Runs a Python script on one thread and exchanges lines of JSON with it. It answers requests in order.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../src/runtime/package.js';

export class PythonOpponent {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  /**
   * Starts the script.
   * @param script file name in bench/
   * @param needs its requirements, for the message if it ends
   */
  constructor(
    readonly script: string,
    readonly needs: string,
    python = 'python3',
  ) {
    this.#process = spawn(python, [join(packageRoot, 'bench', script)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    }) as unknown as ChildProcessWithoutNullStreams;
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async ask(request: object): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return this.answer();
  }

  /** Returns the next line of the script. The first line, before any request, has its versions. */
  async answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`bench/${this.script} has ended. It needs ${this.needs}.`);
    return JSON.parse(line.value);
  }

  end(): void {
    this.#process.stdin.end();
  }
}
