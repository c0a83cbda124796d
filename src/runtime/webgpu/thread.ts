// The caller's side of the thread that uses the GPU, and programs on that thread.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LoadedPlan, RunReport, RunRequest } from '../../compile/backend.js';
import { decodePlan, type DecodedPlan } from '../../compile/decode.js';
import { DeviceError, InternalError } from '../../errors/errors.js';
import { deserializeError } from '../../errors/serialized-error.js';
import type { AdapterDescription } from '../../webgpu/device.js';
import { coded, Exclusive } from '../../webgpu/exclusive.js';
import { checkRange, checkSlabs, describeProgram } from '../../webgpu/slabs.js';
import { packageRoot } from '../package.js';
import { endingFlags } from './ending.js';
import { webGpuLibrary } from './library.js';
import type { FromThread, ThreadStart, ToThread } from './protocol.js';

const PROGRAM = join(packageRoot, 'dist/runtime/webgpu/worker.js');

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: unknown) => void;
  readonly onProgress?: ((stepsDone: number) => void) | undefined;
}

class WebGpuThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #end: InternalError | undefined;

  constructor(start: ThreadStart, onEnd: () => void) {
    this.#worker = new Worker(PROGRAM, { workerData: start, execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (message: FromThread) => {
      this.#take(message);
    });
    const end = (cause?: unknown): void => {
      onEnd();
      this.#end ??= new InternalError('thread-ended', 'The GPU thread ended; load the program again.', {}, cause);
      for (const { reject } of this.#pending.values()) reject(this.#end);
      this.#pending.clear();
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', () => {
      end();
    });
  }

  call(
    message: Omit<ToThread, 'call'>,
    { transfer = [], onProgress }: { transfer?: ArrayBuffer[]; onProgress?: Pending['onProgress'] } = {},
  ): Promise<unknown> {
    // A thread that has ended does not answer.
    if (this.#end) return Promise.reject(this.#end);
    const call = this.#calls++;
    // Keep the process alive while a call is pending; an idle thread does not.
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#pending.set(call, { resolve, reject, onProgress });
      this.#worker.postMessage({ ...message, call }, transfer);
    });
  }

  #take(message: FromThread): void {
    const pending = this.#pending.get(message.call);
    if (!pending) return;
    if ('stepsDone' in message) {
      pending.onProgress?.(message.stepsDone);
      return;
    }
    this.#pending.delete(message.call);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('value' in message) pending.resolve(message.value);
    else pending.reject(errorOf(message.error));
  }
}

type SentError = Extract<FromThread, { readonly error: unknown }>['error'];

function errorOf(error: SentError): unknown {
  if ('name' in error) return deserializeError(error);
  return error.code === undefined
    ? new InternalError('device', `[webgpu] ${error.message}`)
    : coded(error.code, error.message);
}

/** One thread per adapter, so that a GPU is opened once. */
const threads = new Map<string, WebGpuThread>();
let programs = 0;

function threadFor({ description }: AdapterDescription): WebGpuThread {
  const existing = threads.get(description);
  if (existing) return existing;
  const library = webGpuLibrary();
  if (library === undefined || !existsSync(PROGRAM)) {
    throw new DeviceError('no-webgpu-library', 'The package webgpu, or the file of the GPU thread, no longer exists.');
  }
  // Create the flags here, so that the new thread receives them.
  endingFlags();
  const start = { library, adapter: description };
  const thread = new WebGpuThread(start, () => threads.delete(description));
  threads.set(description, thread);
  return thread;
}

/**
 * A program on the thread that uses the GPU. An error of a call without an answer is reported by the next call with
 * one.
 */
export class ThreadedProgram implements LoadedPlan {
  readonly #thread: WebGpuThread;
  readonly #id = programs++;
  readonly #plan: DecodedPlan;
  readonly #description: string;
  readonly #exclusive = new Exclusive();
  #failure: { readonly cause: unknown } | undefined;

  /** @throws InputError `invalid-plan`; DeviceError `out-of-memory`, `no-webgpu-library` */
  constructor(adapter: AdapterDescription, plan: Uint8Array) {
    this.#plan = decodePlan(plan);
    checkSlabs(this.#plan, adapter);
    this.#description = describeProgram(this.#plan, adapter);
    this.#thread = threadFor(adapter);
    this.#send('load', [plan]);
  }

  upload(slab: number, offset: number, values: Float32Array | Int32Array): void {
    this.#exclusive.check('upload');
    checkRange(this.#plan, 'upload', { slab, offset, count: values.length });
    const copy = values.slice();
    this.#send('upload', [slab, offset, copy], [copy.buffer]);
  }

  async download(slab: number, offset: number, target: Float32Array | Int32Array): Promise<void> {
    this.#exclusive.check('download');
    const { length: count } = target;
    checkRange(this.#plan, 'download', { slab, offset, count });
    const values = await this.#exclusive.run('download', () => this.#request('download', [slab, offset, count]));
    new Int32Array(target.buffer, target.byteOffset, count).set(values as Int32Array);
  }

  map(): boolean {
    this.#exclusive.check('map');
    return false;
  }

  async run({ results, ...request }: RunRequest, onProgress?: (stepsDone: number) => void): Promise<RunReport> {
    return this.#exclusive.run('run', async () => {
      const listener = this.#guarded(onProgress);
      const answer = await this.#request('run', [request, results.length], listener.onProgress);
      listener.throwIfFailed();
      const { report, results: values } = answer as { report: RunReport; results: Float32Array };
      results.set(values);
      return report;
    });
  }

  cancel(): void {
    this.#exclusive.cancel();
    if (this.#exclusive.isCancelled) this.#send('cancel');
  }

  describe(): string {
    this.#exclusive.check('describe');
    return this.#description;
  }

  async dispose(): Promise<void> {
    this.cancel();
    await this.#exclusive.dispose(async () => {
      // Ignore errors: a program that failed to load has nothing to free.
      await this.#thread.call({ program: this.#id, method: 'dispose', args: [] }).catch(() => undefined);
    });
  }

  /** Wraps a listener. If it throws, the run stops and rejects with that error. */
  #guarded(onProgress: ((stepsDone: number) => void) | undefined) {
    let thrown: { readonly cause: unknown } | undefined;
    return {
      onProgress: (stepsDone: number): void => {
        if (thrown) return;
        try {
          onProgress?.(stepsDone);
        } catch (cause) {
          thrown = { cause };
          this.cancel();
        }
      },
      throwIfFailed(): void {
        if (thrown) throw thrown.cause;
      },
    };
  }

  #send(method: ToThread['method'], args: readonly unknown[] = [], transfer: ArrayBuffer[] = []): void {
    this.#thread.call({ program: this.#id, method, args }, { transfer }).catch((cause: unknown) => {
      this.#failure ??= { cause };
    });
  }

  async #request(method: ToThread['method'], args: readonly unknown[], onProgress?: Pending['onProgress']) {
    if (this.#failure) throw this.#failure.cause;
    try {
      return await this.#thread.call({ program: this.#id, method, args }, { onProgress });
    } catch (cause) {
      // Later failures are caused by the first one.
      throw (this.#failure as { readonly cause: unknown } | undefined)?.cause ?? cause;
    }
  }
}
