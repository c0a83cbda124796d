// The caller's side of the thread that uses the GPU, and programs on that thread.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedPlan, RunReport, RunRequest } from '../compile/backend.js';
import { decodePlan, type DecodedPlan } from '../compile/decode.js';
import { DeviceError } from '../errors/errors.js';
import { WorkerThread, type CallHooks } from '../threads/worker-thread.js';
import type { AdapterDescription } from '../webgpu/device.js';
import { Exclusive } from '../webgpu/exclusive.js';
import { checkRange, checkSlabs, describeProgram } from '../webgpu/slabs.js';
import { packageRoot } from './package.js';
import { endingFlags } from './webgpu-ending.js';
import { webGpuLibrary } from './webgpu-library.js';

const PROGRAM = join(packageRoot, 'dist/runtime/webgpu-worker.js');

/** Initial data of the thread. */
export interface GpuThreadData {
  /** The file of the package `webgpu`. */
  readonly library: string;
  readonly adapter: string;
}

/** Methods of a program on the thread. The first call of a program is `load`, with its plan. */
export type GpuMethod = 'load' | 'upload' | 'download' | 'run' | 'cancel' | 'dispose';

/** One thread per adapter, so that a GPU is opened once. */
const threads = new Map<string, WorkerThread>();
let programs = 0;

function threadFor({ description }: AdapterDescription): WorkerThread {
  const existing = threads.get(description);
  if (existing?.isRunning) return existing;
  const library = webGpuLibrary();
  if (library === undefined || !existsSync(PROGRAM)) {
    throw new DeviceError('no-webgpu-library', 'The package webgpu, or the file of the GPU thread, no longer exists.');
  }
  // Create the flags here, so that the new thread receives them.
  endingFlags();
  const thread = new WorkerThread(PROGRAM, { library, adapter: description } satisfies GpuThreadData);
  threads.set(description, thread);
  return thread;
}

/**
 * A program on the thread that uses the GPU. An error of a call without an answer is reported by the next call with
 * one.
 */
export class ThreadedProgram implements LoadedPlan {
  readonly #thread: WorkerThread;
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
    this.#send('upload', [slab, offset, copy], { transfer: [copy.buffer] });
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
      const answer = await this.#request('run', [request, results.length], { listeners: { onProgress } });
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
      await this.#thread.call('dispose', [this.#id]).catch(() => undefined);
    });
  }

  #send(method: GpuMethod, args: readonly unknown[] = [], hooks?: CallHooks): void {
    this.#thread.call(method, [this.#id, ...args], hooks).catch((cause: unknown) => {
      this.#failure ??= { cause };
    });
  }

  async #request(method: GpuMethod, args: readonly unknown[], hooks?: CallHooks): Promise<unknown> {
    if (this.#failure) throw this.#failure.cause;
    try {
      return await this.#thread.call(method, [this.#id, ...args], hooks);
    } catch (cause) {
      // Later failures are caused by the first one.
      throw (this.#failure as { readonly cause: unknown } | undefined)?.cause ?? cause;
    }
  }
}
