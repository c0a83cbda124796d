// Workers that are processes of this machine.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { lastError } from './last-error.js';
import { logOf, PROGRAM, wordsFor, type EndedWorker, type ShardCarrier, type ShardWork } from './carrier.js';

export class LocalCarrier implements ShardCarrier {
  readonly #running = new Map<number, ChildProcess>();
  readonly #ends: Promise<EndedWorker>[] = [];

  async submit(work: ShardWork): Promise<void> {
    const { workers, folder, threads = Math.max(1, Math.floor(availableParallelism() / workers)) } = work;
    const [node, ...program] = PROGRAM;
    for (let worker = 0; worker < workers; worker++) {
      const log = await open(logOf(folder, worker), 'w');
      // In a group of its own: Ctrl-C reaches the one who started it, who tells it.
      const child = spawn(node, [...program, ...wordsFor({ ...work, threads }, worker)], {
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      });
      this.#running.set(worker, child);
      this.#ends.push(this.#endOf(worker, child, folder));
      await log.close();
    }
  }

  async *results(): AsyncGenerator<EndedWorker> {
    const left = new Map(this.#ends.map((end, worker) => [worker, end]));
    while (left.size > 0) {
      const end = await Promise.race(left.values());
      left.delete(end.worker);
      yield end;
    }
  }

  async cancel(): Promise<void> {
    for (const child of this.#running.values()) child.kill('SIGTERM');
    await Promise.all(this.#ends);
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
