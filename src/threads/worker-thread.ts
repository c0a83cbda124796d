// Calls to a worker thread. Requests, answers and errors are messages, so the caller's event loop stays free. The
// program of the thread answers with `answerCalls`.

import { AsyncResource } from 'node:async_hooks';
import { SHARE_ENV, Worker, type Transferable } from 'node:worker_threads';
import { InputError, InternalError, StateError } from '../errors/errors.js';
import { deserializeError, type SerializedError } from '../errors/serialized-error.js';

/** Callbacks of the caller by name, undefined if the caller has none. Their results are not awaited. */
export type Listeners = Readonly<Record<string, ((value: never) => void) | undefined>>;

export interface CallHooks {
  readonly signal?: AbortSignal | undefined;
  /** If a listener throws, the call is aborted and rejects with that error. */
  readonly listeners?: Listeners;
  /** Memory that the arguments give to the thread. */
  readonly transfer?: readonly Transferable[];
  /** True to end the thread when the call is aborted, for work that cannot be interrupted; default: false. */
  readonly endsOnAbort?: boolean;
}

/** Some items of an answer that has many. */
export interface Items {
  readonly items: readonly unknown[];
  /** Number of the stream of the following items; undefined after the last item. */
  readonly stream: number | undefined;
}

export type Request =
  | { readonly method: string; readonly args: readonly unknown[]; readonly listeners: readonly string[] }
  /** Requests further items of a stream. */
  | { readonly next: number };

export type ToThread =
  | (Request & { readonly call: number })
  | { readonly abort: number } /** Ends a stream. */
  | { readonly end: number };

export type Answer =
  | { readonly result: unknown }
  | { readonly error: SerializedError }
  /** An error of another program, such as Node.js, and fields that a clone of an error does not have. */
  | { readonly foreign: Error; readonly fields: { readonly code?: string } }
  /** The call ended because it was aborted. */
  | { readonly isStopped: true };

export type FromThread = { readonly call: number } & (Answer | { readonly listener: string; readonly value: unknown });

interface Pending {
  readonly take: (answer: Answer) => void;
  readonly fail: (cause: unknown) => void;
  readonly listen: (name: string, value: unknown) => void;
}

export class WorkerThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  /** Why the thread has ended. */
  #end: StateError | InternalError | undefined;

  /** @param program file of the program. @param data its `workerData` */
  constructor(program: string, data?: unknown) {
    // A shared environment lets a thread that is reused see later changes.
    this.#worker = new Worker(program, { workerData: data, execArgv: [], env: SHARE_ENV });
    this.#worker.unref();
    this.#worker.on('message', ({ call, ...message }: FromThread) => {
      const pending = this.#pending.get(call);
      if ('listener' in message) pending?.listen(message.listener, message.value);
      else pending?.take(message);
    });
    const end = (cause?: unknown): void => {
      const remedy = 'repeat the call, or load the model or program again';
      this.#end ??= new InternalError(
        'thread-ended',
        `A thread of interlatent ended before it had answered; ${remedy}.`,
        {},
        cause,
      );
      for (const { fail } of this.#pending.values()) fail(this.#end);
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', () => {
      end();
    });
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /**
   * Calls a method. The message is sent before this function returns.
   * @throws the errors of the method and of listeners; the signal's reason; InputError `invalid-argument`;
   *   InternalError `thread-ended`; StateError `disposed`
   */
  async call(method: string, args: readonly unknown[], hooks: CallHooks = {}): Promise<unknown> {
    const { listeners = {} } = hooks;
    const names = Object.keys(listeners).filter((name) => listeners[name] !== undefined);
    return this.#request({ method, args, listeners: names }, hooks);
  }

  /** Calls a method that answers with many items. @throws as `call` */
  async *stream(
    method: string,
    args: readonly unknown[],
    { signal }: Pick<CallHooks, 'signal'> = {},
  ): AsyncGenerator<unknown, void> {
    let answer = (await this.call(method, args, { signal })) as Items;
    try {
      yield* answer.items;
      while (answer.stream !== undefined) {
        answer = (await this.#request({ next: answer.stream }, { signal })) as Items;
        yield* answer.items;
      }
    } finally {
      if (answer.stream !== undefined) this.#send({ end: answer.stream });
    }
  }

  /** Ends the thread. Open calls reject with StateError `disposed`. */
  async close(): Promise<void> {
    this.#end ??= new StateError('disposed', 'This model was disposed; load or fit it again.');
    await this.#worker.terminate();
  }

  // This function ends before the answer arrives, so that the arguments are freed: the answer may take hours.
  async #request(request: Request, hooks: CallHooks): Promise<unknown> {
    hooks.signal?.throwIfAborted();
    if (this.#end) throw this.#end;
    const call = this.#calls++;
    this.#send({ ...request, call }, hooks.transfer);
    return this.#answer(call, hooks);
  }

  async #answer(call: number, { signal, listeners, endsOnAbort = false }: CallHooks): Promise<unknown> {
    let thrown: { readonly error: unknown } | undefined;
    const stop = (): void => {
      if (!endsOnAbort) {
        this.#send({ abort: call });
        return;
      }
      this.#pending.get(call)?.take({ isStopped: true });
      void this.close();
    };
    // `bind` gives listeners the AsyncLocalStorage context of the call.
    const bound = listeners && AsyncResource.bind((name: string, value: unknown) => listeners[name]?.(value as never));
    const listen = (name: string, value: unknown): void => {
      if (thrown) return;
      try {
        bound?.(name, value);
      } catch (error) {
        thrown = { error };
        stop();
      }
    };
    signal?.addEventListener('abort', stop);
    // The process must wait for an answer, but not for an idle thread.
    this.#worker.ref();
    try {
      const answer = await new Promise<Answer>((take, fail) => this.#pending.set(call, { take, fail, listen }));
      if (thrown) throw thrown.error;
      if ('isStopped' in answer) throw signal?.reason;
      if ('error' in answer) throw deserializeError(answer.error);
      if ('foreign' in answer) throw Object.assign(answer.foreign, answer.fields);
      return answer.result;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#pending.delete(call);
      if (this.#pending.size === 0) this.#worker.unref();
    }
  }

  #send(message: ToThread, transfer: readonly Transferable[] = []): void {
    try {
      this.#worker.postMessage(message, transfer);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new InputError('invalid-argument', `Arguments must be data, not functions: ${what}`, {}, cause);
    }
  }
}
