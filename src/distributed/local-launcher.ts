// Starts workers as processes of this machine.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { writeError } from '../files/atomic.js';
import { openInternal } from '../files/bytes.js';
import { lastError } from './last-error.js';
import { logOf, PROGRAM, wordsFor, type EndedWorker, type WorkerLauncher, type ShardWork } from './launcher.js';

export class LocalLauncher implements WorkerLauncher {
  readonly #running = new Map<number, ChildProcess>();
  readonly #ends: Promise<EndedWorker>[] = [];

  async submit(work: ShardWork): Promise<void> {
    const { workers, folder, threads = Math.max(1, Math.floor(availableParallelism() / workers)) } = work;
    try {
      for (let worker = 0; worker < workers; worker++) await this.#start({ ...work, threads }, worker);
    } catch (cause) {
      await this.cancel();
      throw writeError(folder, cause);
    }
  }

  async *results(): AsyncGenerator<EndedWorker> {
    const running = new Map(this.#ends.map((end, worker) => [worker, end]));
    while (running.size > 0) {
      const end = await Promise.race(running.values());
      running.delete(end.worker);
      yield end;
    }
  }

  async cancel(): Promise<void> {
    for (const child of this.#running.values()) child.kill('SIGTERM');
    await Promise.all(this.#ends);
  }

  async #start(work: ShardWork, worker: number): Promise<void> {
    const { folder } = work;
    const [node, ...program] = PROGRAM;
    const log = await openInternal(logOf(folder, worker), constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
    try {
      // A detached worker has a separate process group: Ctrl-C reaches only this process, which calls `cancel`.
      const stdio = ['ignore', log.fd, log.fd] as const;
      const child = spawn(node, [...program, ...wordsFor(work, worker)], {
        stdio: [...stdio],
        detached: true,
        windowsHide: true,
      });
      this.#running.set(worker, child);
      this.#ends.push(this.#endOf(worker, child, folder));
    } finally {
      await log.close();
    }
  }

  async #endOf(worker: number, child: ChildProcess, folder: string): Promise<EndedWorker> {
    try {
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      if (code === 0) return { worker };
      return { worker, problem: (await lastError(logOf(folder, worker))) ?? `ended with ${signal ?? `code ${code}`}` };
    } catch (cause) {
      return { worker, problem: cause instanceof Error ? cause.message : String(cause) };
    } finally {
      this.#running.delete(worker);
    }
  }
}
