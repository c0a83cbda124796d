// Renews a lease: rewrites its file at regular intervals, the heartbeats. A separate thread does this, because a long
// computation would block the holder's main thread.

import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { causeCode } from '../errors/cause.js';
import { packageRoot } from '../runtime/package.js';

const PROGRAM = join(packageRoot, 'dist/distributed/lease-renewal-thread.js');

/** Indices in the memory that the holder and the heartbeats share. */
const [STOP, EPOCH] = [0, 1] as const;

export interface HeartbeatStart {
  readonly path: string;
  /** Content of the lease, without heartbeat number and epoch. */
  readonly lease: { readonly worker: string };
  /** Seconds between heartbeats. */
  readonly every: number;
  /** The stop flag and the holder's epoch. */
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
    // If this package was bundled into another program, the file of the thread may be missing.
    if (existsSync(PROGRAM)) this.#startThread();
    else this.#startTimer();
  }

  /** Sets the epoch that the next heartbeat reports. */
  set epoch(epoch: number) {
    Atomics.store(this.#memory, EPOCH, epoch);
  }

  /** Stops the heartbeats. When it resolves, nothing more is written. */
  async stop(): Promise<void> {
    Atomics.store(this.#memory, STOP, 1);
    Atomics.notify(this.#memory, STOP);
    clearInterval(this.#timer);
    const thread = this.#thread;
    if (!thread) return;
    thread.ref();
    await once(thread, 'exit');
  }

  #startThread(): void {
    const thread = new Worker(PROGRAM, { workerData: this.#start, execArgv: [] });
    thread.unref();
    thread.once('exit', () => {
      this.#thread = undefined;
    });
    // A thread can fail to start, for example for lack of memory.
    thread.once('error', () => {
      this.#startTimer();
    });
    this.#thread = thread;
  }

  #startTimer(): void {
    this.#timer = setInterval(() => {
      if (Atomics.load(this.#memory, STOP) === 1 || !heartbeat(this.#start)) clearInterval(this.#timer);
    }, this.#start.every * 1000);
    this.#timer.unref();
  }
}

/** Writes heartbeats until the stop flag is set or another worker holds the lease. Blocks its thread. */
export function runHeartbeats(start: HeartbeatStart): void {
  while (Atomics.wait(start.memory, STOP, 0, start.every * 1000) === 'timed-out') if (!heartbeat(start)) return;
}

/** Writes one heartbeat. @returns false if another worker has taken over the lease */
function heartbeat({ path, lease, memory, counter }: HeartbeatStart): boolean {
  if (isTaken(path, lease.worker)) return false;
  try {
    write(path, heartbeatText(lease, { counter, epoch: Atomics.load(memory, EPOCH) }));
  } catch {
    // The disk may be full. The next heartbeat tries again.
  }
  return true;
}

/** Returns the text of a lease. No text is written twice, so that observers see every renewal as a change. */
export function heartbeatText(
  lease: object,
  { counter, epoch }: { readonly counter: Int32Array; readonly epoch: number },
): string {
  return `${JSON.stringify({ ...lease, heartbeat: Atomics.add(counter, 0, 1) + 1, epoch })}\n`;
}

/** Reads a file. Does not wait if a pipe has its name. */
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
    // A file that is not valid JSON is being written, so it is not taken. A missing file counts as taken.
    return ['ENOENT', 'ESTALE'].includes(causeCode(cause));
  }
}
