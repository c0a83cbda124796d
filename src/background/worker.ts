// Program of a background thread: it runs single tasks, or answers questions to one model at a time.

import os from 'node:os';
import { types } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../errors/serialized-error.js';
import { fromShared, toShared } from '../threads/shared-values.js';
import { ModelAnswers, type AnsweringModel } from './model-answers.js';
import type { FromThread, ThreadStart, ToThread } from './protocol.js';
import { Tasks } from './tasks.js';

type Method = (...args: readonly unknown[]) => Promise<unknown> | AsyncIterator<unknown>;

/** Items of a stream are sent after this number of items, or after this time. */
const BATCH = { items: 1000, milliseconds: 20 };

const port = parentPort!;
const { niceness } = workerData as ThreadStart;
// On Linux every thread has a niceness, and the threads of the engine inherit it. Elsewhere only the process has one.
if (niceness > 0 && process.platform === 'linux') {
  try {
    os.setPriority(0, Math.max(niceness, os.getPriority(0)));
  } catch {
    // A sandbox may refuse the call. The work does not depend on it.
  }
}
const tasks = new Tasks();
let served: Promise<Tasks | ModelAnswers> = Promise.resolve(tasks);
const stops = new Map<number, AbortController>();
const streams = new Map<number, AsyncIterator<unknown>>();

port.on('message', (message: ToThread) => {
  if ('model' in message) {
    serve(message.model);
  } else if ('abort' in message) {
    stops.get(message.abort)?.abort();
  } else if ('next' in message) {
    void answer(message.next, () => batchOf(message.next));
  } else if ('end' in message) {
    void end(message.end);
  } else {
    stops.set(message.call, new AbortController());
    void answer(message.call, () => begin(message));
  }
});

function serve(model: AnsweringModel | undefined): void {
  const before = served;
  served = model === undefined ? Promise.resolve(tasks) : fromShared(model).then((copy) => new ModelAnswers(copy));
  // An error is not lost: the first call rejects with it.
  served.catch(() => undefined);
  void before.then((one) => (one instanceof ModelAnswers ? one.dispose() : undefined)).catch(() => undefined);
}

async function begin(message: Extract<ToThread, { call: number }>): Promise<object> {
  const { call, method, listeners } = message;
  const remote = listeners.map((name) => [name, (value: unknown) => send({ call, listener: name, value })] as const);
  const hooks = { ...Object.fromEntries(remote), signal: stops.get(call)!.signal };
  const target = (await served) as unknown as Record<string, Method>;
  const args = await fromShared(message.args);
  // Free the message, so that long lists do not stay in memory twice.
  message.args = [];
  const outcome = target[method](...args, hooks);
  if (!('next' in outcome)) return { result: await toShared(await outcome) };
  streams.set(call, outcome);
  return batchOf(call);
}

async function batchOf(call: number): Promise<object> {
  const stream = streams.get(call)!;
  const items: unknown[] = [];
  const started = performance.now();
  do {
    const item = await stream.next();
    if (item.done === true) {
      streams.delete(call);
      return { items, isLast: true };
    }
    items.push(item.value);
  } while (items.length < BATCH.items && performance.now() - started < BATCH.milliseconds);
  return { items, isLast: false };
}

async function end(call: number): Promise<void> {
  stops.delete(call);
  await streams.get(call)?.return?.();
  streams.delete(call);
}

async function answer(call: number, work: () => Promise<object>): Promise<void> {
  const { signal } = stops.get(call)!;
  try {
    send({ call, ...(await work()) } as FromThread);
  } catch (thrown) {
    streams.delete(call);
    if (signal.aborted && thrown === signal.reason) send({ call, stopped: true });
    else sendError(call, thrown);
  } finally {
    if (!streams.has(call)) stops.delete(call);
  }
}

function sendError(call: number, thrown: unknown): void {
  const error = serializeError(thrown);
  if (error) send({ call, error });
  // An object that is not a native error, such as a DOMException, would arrive as an empty object.
  else send({ call, foreign: types.isNativeError(thrown) ? thrown : new Error(String(thrown)) });
}

function send(message: FromThread): void {
  port.postMessage(message);
}
