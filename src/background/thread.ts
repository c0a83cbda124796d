// The caller's side of a background thread. It sends calls and receives answers without blocking the caller's event
// loop.

import { AsyncResource } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { InputError, InternalError, StateError } from '../errors/errors.js';
import { isBundled, packageRoot } from '../runtime/package.js';
import { endingFlags } from '../runtime/webgpu/ending.js';
import { deserializeError } from '../errors/serialized-error.js';
import type { NicenessOption } from '../threads/niceness.js';
import { fromShared, toShared } from '../threads/shared-values.js';
import type { AnsweringModel } from './model-answers.js';
import type { FromThread, Listeners, ThreadStart, ToThread } from './protocol.js';

const PROGRAM = join(packageRoot, 'dist/background/worker.js');

export interface Hooks extends NicenessOption {
  readonly signal?: AbortSignal | undefined;
  /** If a listener throws, the call stops and rejects with that error. */
  readonly listeners?: Listeners;
}

interface Pending {
  readonly listeners: Listeners;
  readonly take: (answer: FromThread) => void;
  readonly fail: (cause: unknown) => void;
}

export class BackgroundThread {
  /** Niceness of the thread, as of the command `nice`; it has an effect only on Linux. */
  readonly niceness: number;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #isClosed = false;

  private constructor(start: ThreadStart) {
    this.niceness = start.niceness;
    // The thread may use WebGPU, which needs these flags of the process.
    endingFlags();
    // A shared environment lets a thread that is reused see later changes.
    this.#worker = new Worker(PROGRAM, { workerData: start, execArgv: [], env: SHARE_ENV });
    this.#worker.unref();
    this.#worker.on('message', (message: FromThread) => {
      this.#take(message);
    });
    this.#worker.on('error', (cause) => {
      this.#fail(cause);
    });
    this.#worker.on('exit', () => {
      const wasClosed = this.#isClosed;
      this.#isClosed = true;
      this.#fail(
        wasClosed
          ? new StateError('disposed', 'This model was disposed before it had answered.')
          : new InternalError('thread-ended', 'A thread of interlatent ended before it had answered.'),
      );
    });
  }

  /**
   * True if background threads are possible. They are not if this package runs from its sources, or was bundled into a
   * program without its files. The caller's thread then does the work.
   */
  static get isPossible(): boolean {
    return isBundled && existsSync(PROGRAM);
  }

  get isRunning(): boolean {
    return !this.#isClosed;
  }

  static async open(start: ThreadStart): Promise<BackgroundThread> {
    // Node starts its thread pool with the first file operation. That must be now, so that the pool inherits the
    // niceness of the caller's thread, not that of the new thread.
    await access(PROGRAM);
    return new BackgroundThread(start);
  }

  /** Makes the following calls questions to this model, until `giveUpModel`. Without a model, calls are tasks. */
  async answerFor(model: AnsweringModel): Promise<void> {
    this.#send({ model: await toShared(model) });
  }

  giveUpModel(): void {
    this.#send({ model: undefined });
  }

  /** Calls a method. @throws the errors of the method and of listeners; the signal's reason */
  async call(method: string, args: readonly unknown[], { signal, listeners = {} }: Hooks = {}): Promise<unknown> {
    signal?.throwIfAborted();
    let sent = await toShared(args);
    signal?.throwIfAborted();
    const call = this.#calls++;
    let thrown: { readonly error: unknown } | undefined;
    const stop = (): void => {
      this.#send({ abort: call });
    };
    const guarded = Object.entries(listeners).flatMap(([name, listener]) => {
      if (listener === undefined) return [];
      // `bind` gives the listener the AsyncLocalStorage context of the call.
      const bound = AsyncResource.bind((value: unknown) => {
        listener(value as never);
      });
      const guard = (value: never): void => {
        if (thrown) return;
        try {
          bound(value);
        } catch (error) {
          thrown = { error };
          stop();
        }
      };
      return [[name, guard] as const];
    });
    signal?.addEventListener('abort', stop);
    try {
      const answer = await new Promise<FromThread>((take, fail) => {
        this.#begin(call, { take, fail, listeners: Object.fromEntries(guarded) });
        this.#send({ call, method, args: sent, listeners: guarded.map(([name]) => name) });
        // Free the arguments, because the answer may take hours.
        sent = [];
      });
      if (thrown) throw thrown.error;
      if ('stopped' in answer) throw signal?.reason;
      return await fromShared(resultOf(answer));
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#end(call);
    }
  }

  /** Calls a method that answers with many items. @throws the errors of the method; the signal's reason */
  async *stream(method: string, args: readonly unknown[], { signal }: Pick<Hooks, 'signal'> = {}): AsyncGenerator {
    signal?.throwIfAborted();
    const sent = await toShared(args);
    signal?.throwIfAborted();
    const call = this.#calls++;
    const stop = (): void => {
      this.#send({ abort: call });
    };
    const next = async (message: ToThread): Promise<{ items: readonly unknown[]; isLast: boolean }> => {
      const answer = await new Promise<FromThread>((take, fail) => {
        this.#begin(call, { take, fail, listeners: {} });
        this.#send(message);
      });
      if ('stopped' in answer) throw signal?.reason;
      return 'items' in answer ? answer : { items: [resultOf(answer)], isLast: true };
    };
    let isOver = false;
    signal?.addEventListener('abort', stop);
    try {
      let answer = await next({ call, method, args: sent, listeners: [] });
      yield* answer.items;
      while (!answer.isLast) {
        this.#end(call);
        answer = await next({ next: call });
        yield* answer.items;
      }
      isOver = true;
    } finally {
      signal?.removeEventListener('abort', stop);
      if (!isOver) this.#send({ end: call });
      this.#end(call);
    }
  }

  /** Ends the thread. Open calls reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
  }

  #begin(call: number, pending: Pending): void {
    if (this.#isClosed) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
    this.#pending.set(call, pending);
    // The process must wait for an answer, but not for an idle thread.
    this.#worker.ref();
  }

  #end(call: number): void {
    this.#pending.delete(call);
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #send(message: ToThread): void {
    try {
      this.#worker.postMessage(message);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new InputError('invalid-argument', `Arguments must be data, not functions: ${what}`, {}, cause);
    }
  }

  #take(message: FromThread): void {
    const pending = this.#pending.get(message.call);
    if ('listener' in message) pending?.listeners[message.listener]?.(message.value as never);
    else pending?.take(message);
  }

  #fail(cause: unknown): void {
    for (const { fail } of this.#pending.values()) fail(cause);
  }
}

function resultOf(answer: FromThread): unknown {
  if ('result' in answer) return answer.result;
  if ('error' in answer) throw deserializeError(answer.error);
  if ('foreign' in answer) throw answer.foreign;
  throw new InternalError('thread-answer', 'A thread of interlatent gave an unexpected answer.');
}
