// A Python script at the other end of a pipe, on one thread: an object of JSON per line, requests answered in order.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../src/runtime/package.js';

export class PythonOpponent {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  /**
   * @param script its name in bench/
   * @param needs what it cannot run without, for the message where it ends
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

  /** What it says next: at its start its versions, before anything is asked. */
  async answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`bench/${this.script} ended: it needs ${this.needs}`);
    return JSON.parse(line.value);
  }

  end(): void {
    this.#process.stdin.end();
  }
}
