// A background thread: it runs single tasks, or answers questions to one model at a time.

import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isBundled, packageRoot } from '../runtime/package.js';
import { endingFlags } from '../runtime/webgpu-ending.js';
import { fromShared, toShared } from '../threads/shared-values.js';
import { WorkerThread, type CallHooks } from '../threads/worker-thread.js';
import type { AnsweringModel } from './model-answers.js';

const PROGRAM = join(packageRoot, 'dist/background/worker.js');

export class BackgroundThread extends WorkerThread {
  /** @param niceness niceness of the thread, as of the command `nice`; it has an effect only on Linux */
  private constructor(readonly niceness: number) {
    // The thread may use WebGPU, which needs these flags of the process.
    endingFlags();
    super(PROGRAM, niceness);
  }

  /**
   * True if background threads are possible. They are not if this package runs from its sources, or was bundled into a
   * program without its files. The caller's thread then does the work.
   */
  static get isPossible(): boolean {
    return isBundled && existsSync(PROGRAM);
  }

  static async open(niceness: number): Promise<BackgroundThread> {
    // Node starts its thread pool with the first file operation. That must be now, so that the pool inherits the
    // niceness of the caller's thread, not that of the new thread.
    await access(PROGRAM);
    return new BackgroundThread(niceness);
  }

  /** Makes the following calls questions to this model. Without a model, as at the start, calls are tasks. */
  async answerFor(model: AnsweringModel | undefined): Promise<void> {
    // An error is not lost: the first question rejects with it.
    super.call('answerFor', [await toShared(model)]).catch(() => undefined);
  }

  // No variable holds the shared arguments, so that they are freed: the answer may take hours.
  override call(method: string, args: readonly unknown[], hooks: CallHooks = {}): Promise<unknown> {
    hooks.signal?.throwIfAborted();
    return toShared(args)
      .then((sent) => super.call(method, sent, hooks))
      .then(fromShared);
  }
}

/** Returns a method by name. Threads call methods by name, so only caller and method know the types of arguments. */
export function methodOf(target: object, name: string): (...args: readonly unknown[]) => unknown {
  const method = (target as Record<string, (...args: readonly unknown[]) => unknown>)[name];
  return (...args) => method.apply(target, [...args]);
}
