// The caller's side of a thread of the background: calls go there, and answers come back, without either keeping the
// caller's event loop.

import { AsyncResource } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { InputError, InternalError, StateError } from '../errors.js';
import { isBundled, packageRoot } from '../runtime/package.js';
import { endingFlags } from '../runtime/webgpu/ending.js';
import { deserializeError } from '../threads/serialized-error.js';
import type { NicenessOption } from '../threads/niceness.js';
import { fromShared, toShared } from '../threads/shared-values.js';
import type { AnsweringModel } from './model-answers.js';
import type { FromThread, Listeners, ThreadStart, ToThread } from './protocol.js';

const PROGRAM = join(packageRoot, 'dist/background/worker.js');

export interface Hooks extends NicenessOption {
  readonly signal?: AbortSignal | undefined;
  /** If one throws, the call stops and rejects with that error. */
  readonly listeners?: Listeners;
}

interface Pending {
  readonly listeners: Listeners;
  readonly take: (answer: FromThread) => void;
  readonly fail: (cause: unknown) => void;
}

export class BackgroundThread {
  /** Of `nice`, on Linux. */
  readonly niceness: number;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #isClosed = false;

  private constructor(start: ThreadStart) {
    this.niceness = start.niceness;
    // It may compute on WebGPU.
    endingFlags();
    // A thread that is kept sees the environment as it is, not as it was.
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
          ? new StateError('disposed', 'This model was disposed while it was asked.')
          : new InternalError('thread-ended', 'A thread of interlatent ended before it had answered.'),
      );
    });
  }

  /**
   * Whether there can be such threads: not where this package runs from its sources, or was bundled into a program and
   * is not beside it. Then the caller's own thread does the work.
   */
  static get isPossible(): boolean {
    return isBundled && existsSync(PROGRAM);
  }

  get isRunning(): boolean {
    return !this.#isClosed;
  }

  static async open(start: ThreadStart): Promise<BackgroundThread> {
    // Node's pool of threads begins with the first file that is asked for; it is to have this thread's niceness.
    await access(PROGRAM);
    return new BackgroundThread(start);
  }

  /** Calls that follow are methods of this model's answers, until it is given up; otherwise they are tasks. */
  async answerFor(model: AnsweringModel): Promise<void> {
    this.#send({ model: await toShared(model) });
  }

  giveUpModel(): void {
    this.#send({ model: undefined });
  }

  /** @throws what the method throws; the signal's reason; what a listener throws */
  async call(method: string, given: readonly unknown[], { signal, listeners = {} }: Hooks = {}): Promise<unknown> {
    signal?.throwIfAborted();
    let sent = await toShared(given);
    signal?.throwIfAborted();
    const call = this.#calls++;
    let thrown: { readonly error: unknown } | undefined;
    const stop = (): void => {
      this.#send({ abort: call });
    };
    const guarded = Object.entries(listeners).flatMap(([name, listener]) => {
      if (listener === undefined) return [];
      // As if the caller's own code called it: AsyncLocalStorage has there what it had when the call was made.
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
        this.#send({ call, method, given: sent, listeners: guarded.map(([name]) => name) });
        // The answer may take hours.
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

  /** Of a method that answers with many items. @throws what the method throws; the signal's reason */
  async *stream(method: string, given: readonly unknown[], { signal }: Pick<Hooks, 'signal'> = {}): AsyncGenerator {
    signal?.throwIfAborted();
    const sent = await toShared(given);
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
      let answer = await next({ call, method, given: sent, listeners: [] });
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

  /** Ends the thread; what it has not answered rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker.terminate();
  }

  #begin(call: number, pending: Pending): void {
    if (this.#isClosed) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
    this.#pending.set(call, pending);
    // A program waits for an answer, but not for a thread that has nothing to do.
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
      throw new InputError('invalid-argument', `Arguments must be data, as functions are not: ${what}`, {}, cause);
    }
  }

  #take(message: FromThread): void {
    const pending = this.#pending.get(message.call);
    if ('told' in message) pending?.listeners[message.told]?.(message.value as never);
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
  throw new InternalError('thread-answer', 'A thread of interlatent gave an answer of another kind.');
}
