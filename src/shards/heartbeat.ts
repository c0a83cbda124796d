// The heartbeats of a lease: its file, written anew again and again. In a thread that does nothing else, since a long
// computation would keep the holder's own from it.

import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { causeCode } from '../files/cause.js';
import { packageRoot } from '../runtime/package.js';

const PROGRAM = join(packageRoot, 'dist/shards/heartbeat-thread.js');

/** Places in the memory that holder and heartbeats share. */
const [STOP, EPOCH] = [0, 1] as const;

export interface HeartbeatStart {
  readonly path: string;
  /** What is written, but for number and epoch. */
  readonly lease: { readonly worker: string };
  /** Seconds. */
  readonly every: number;
  /** Whether to stop, and how far the holder is. */
  readonly memory: Int32Array;
  /** Number of the last heartbeat of this process. */
  readonly counter: Int32Array;
}

export class Heartbeat {
  readonly #start: HeartbeatStart;
  readonly #memory = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  #thread: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(start: Omit<HeartbeatStart, 'memory'>) {
    this.#start = { ...start, memory: this.#memory };
    // A program that this package was bundled into may have no file of ours beside it.
    if (existsSync(PROGRAM)) this.#beatInAnotherThread();
    else this.#beatInThisThread();
  }

  /** Told with the next heartbeat. */
  set epoch(epoch: number) {
    Atomics.store(this.#memory, EPOCH, epoch);
  }

  /** After it nothing is written any more. */
  async stop(): Promise<void> {
    Atomics.store(this.#memory, STOP, 1);
    Atomics.notify(this.#memory, STOP);
    clearInterval(this.#timer);
    const thread = this.#thread;
    if (!thread) return;
    thread.ref();
    await once(thread, 'exit');
  }

  #beatInAnotherThread(): void {
    const thread = new Worker(PROGRAM, { workerData: this.#start, execArgv: [] });
    thread.unref();
    thread.once('exit', () => {
      this.#thread = undefined;
    });
    // There is no memory for another thread, for one.
    thread.once('error', () => {
      this.#beatInThisThread();
    });
    this.#thread = thread;
  }

  #beatInThisThread(): void {
    this.#timer = setInterval(() => {
      if (Atomics.load(this.#memory, STOP) === 1 || !heartbeat(this.#start)) clearInterval(this.#timer);
    }, this.#start.every * 1000);
    this.#timer.unref();
  }
}

/** Heartbeats until it is told to stop, or the lease is another's. Keeps its thread. */
export function keepBeating(start: HeartbeatStart): void {
  while (Atomics.wait(start.memory, STOP, 0, start.every * 1000) === 'timed-out') if (!heartbeat(start)) return;
}

/** @returns false where another has taken the lease over */
function heartbeat({ path, lease, memory, counter }: HeartbeatStart): boolean {
  if (isTaken(path, lease.worker)) return false;
  try {
    write(path, heartbeatText(lease, { counter, epoch: Atomics.load(memory, EPOCH) }));
  } catch {
    // On a full disk for one; it may be written with the next.
  }
  return true;
}

/** No text of a lease is written twice: a lease that is taken again is not the one that was seen before. */
export function heartbeatText(
  lease: object,
  { counter, epoch }: { readonly counter: Int32Array; readonly epoch: number },
): string {
  return `${JSON.stringify({ ...lease, heartbeat: Atomics.add(counter, 0, 1) + 1, epoch })}\n`;
}

/** A pipe under the name of the file would be waited for. */
function read(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function write(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

function isTaken(path: string, worker: string): boolean {
  try {
    const holder = (JSON.parse(read(path)) as { readonly worker?: unknown }).worker;
    return typeof holder === 'string' && holder !== worker;
  } catch (cause) {
    // What is no JSON is being written.
    return ['ENOENT', 'ESTALE'].includes(causeCode(cause));
  }
}
