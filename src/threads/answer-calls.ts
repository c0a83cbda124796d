// The program of a worker thread: answers the calls of a `WorkerThread`.

import { types } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { serializeError } from '../errors/serialized-error.js';
import type { Answer, FromThread, Items, ToThread } from './worker-thread.js';

/** The caller's listeners by name, and the signal that aborts the call. */
export type ThreadHooks = Readonly<Record<string, (value: unknown) => void>> & { readonly signal: AbortSignal };

interface Stream {
  readonly items: AsyncIterator<unknown>;
  readonly stop: AbortController;
}

/** Items of a stream are sent after this number of items, or after this time. */
const BATCH = { items: 1000, milliseconds: 20 };

/**
 * Answers all calls, in the order of their messages.
 * @param method runs a method. An async generator sends its items as the caller requests them
 */
export function answerCalls(
  method: (name: string, args: readonly unknown[], hooks: ThreadHooks) => Promise<unknown>,
): void {
  const stops = new Map<number, AbortController>();
  const streams = new Map<number, Stream>();
  const send = (message: FromThread): void => {
    parentPort!.postMessage(message);
  };

  const nextItems = async (stream: number): Promise<Items> => {
    const items: unknown[] = [];
    const started = performance.now();
    do {
      const item = await streams.get(stream)!.items.next();
      if (item.done === true) {
        streams.delete(stream);
        return { items, stream: undefined };
      }
      items.push(item.value);
    } while (items.length < BATCH.items && performance.now() - started < BATCH.milliseconds);
    return { items, stream };
  };

  const answer = async (call: number, stop: AbortController, work: Promise<unknown>): Promise<void> => {
    stops.set(call, stop);
    try {
      const result = await work;
      if (isStream(result)) streams.set(call, { items: result, stop });
      send({ call, result: isStream(result) ? await nextItems(call) : result });
    } catch (thrown) {
      streams.delete(call);
      const isStopped = stop.signal.aborted && thrown === stop.signal.reason;
      send({ call, ...(isStopped ? { isStopped } : errorAnswer(thrown)) });
    } finally {
      stops.delete(call);
    }
  };

  parentPort!.on('message', (message: ToThread) => {
    if ('abort' in message) {
      stops.get(message.abort)?.abort();
    } else if ('end' in message) {
      void streams.get(message.end)?.items.return?.();
      streams.delete(message.end);
    } else if ('next' in message) {
      void answer(message.call, streams.get(message.next)!.stop, nextItems(message.next));
    } else {
      const { call, listeners } = message;
      const stop = new AbortController();
      const remote = listeners.map(
        (name) => [name, (value: unknown) => send({ call, listener: name, value })] as const,
      );
      const hooks = { ...Object.fromEntries(remote), signal: stop.signal } as ThreadHooks;
      void answer(call, stop, method(message.method, message.args, hooks));
    }
  });
}

/** True for an async generator. */
export function isStream(value: unknown): value is AsyncGenerator<unknown, void> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function errorAnswer(thrown: unknown): Answer {
  const error = serializeError(thrown);
  if (error) return { error };
  const { code } = Object(thrown) as { readonly code?: unknown };
  // An object that is not a native error, such as a DOMException, would arrive as an empty object.
  const foreign = types.isNativeError(thrown) ? thrown : new Error(String(thrown));
  return { foreign, fields: typeof code === 'string' ? { code } : {} };
}
