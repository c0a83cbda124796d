// A compiled program on a device: access to tensors by name, runs with progress and cancellation, and disposal.

import type { LoadedPlan, RunFailure } from '../compile/backend.js';
import { DeviceError, InputError, InterlatentError, InternalError, StateError } from '../errors/errors.js';
import { fileBytes, withOpenFile } from '../files/file-range.js';
import {
  bytesOf,
  elementsIn,
  roomFor,
  typeOfArray,
  type DataArray,
  type DataFile,
  type DataChunks,
  type DataType,
} from '../graph/data-type.js';
import { nativeMemoryChanged } from './telemetry.js';
import { loadPlan, type LoadDetails, type ProgramOptions } from './load-plan.js';

export type { RunFailure } from '../compile/backend.js';
export type { ProgramOptions } from './load-plan.js';

/** How to compute: the device, its threads, and the signal that ends it. Every layer passes it on unchanged. */
export interface Compute extends ProgramOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Returns the compute of hooks that have more than it. */
export function computeOf({ device, threads, signal }: Compute): Compute {
  return { device, threads, signal };
}

/** Location of a named tensor in its slab; offsets are in elements. */
export interface Placement {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly dtype?: DataType;
}

/** An entry of a program. Every step records `outputSize` values; `outputs` are their positions. */
export interface ProgramEntry {
  readonly index: number;
  readonly outputSize: number;
  readonly outputs: Readonly<Record<string, { readonly offset: number; readonly shape: readonly number[] }>>;
}

/** The part of a compiled graph (`src/compile`) that loading needs. */
export interface CompiledPlan {
  /** The plan's bytes, see docs/explanation/engine.md. */
  readonly plan: Uint8Array;
  /** Returns a plan that computes the same bits with less memory. */
  readonly tightPlan?: () => Uint8Array;
  readonly runs: number;
  readonly entries: Readonly<Record<string, ProgramEntry>>;
  readonly parameters: Readonly<Record<string, Placement>>;
  readonly data: Readonly<Record<string, Placement>>;
  readonly controls: Readonly<Record<string, Placement>>;
  /** Constants of the graph; they lie in the data slab. */
  readonly constants: readonly { readonly offset: number; readonly values: Float32Array }[];
}

export interface RunOptions {
  /** Number of steps, by default 1. */
  readonly steps?: number;
  /** Number of the first step, by default 0; it keys the random numbers and chooses the mini-batch. */
  readonly firstStep?: number;
}

export interface WatchedRunOptions extends RunOptions {
  /** Aborting stops the run within one step; the promise then resolves with `cancelled: true`. */
  readonly signal?: AbortSignal;
  /**
   * Called on the event loop with the number of steps done so far. If it throws, the run stops and rejects with that
   * error.
   */
  readonly onProgress?: (stepsDone: number) => void;
}

export interface RunResult {
  /** steps × the entry's `outputSize`; rows from `stepsDone` on are zero. */
  readonly results: Float32Array;
  readonly stepsDone: number;
  readonly cancelled: boolean;
  readonly failures: readonly RunFailure[];
}

/**
 * Bytes per slab, of all copies of a block's tensors (`block`), of the kernels' scratch memory (`scratch`), and in
 * total. All of it is allocated while a program is loaded. The total excludes `host`, data sets in host memory that a
 * GPU reads, and `mapped`, files that the system caches as memory permits.
 */
export type MemoryPlan = Readonly<Record<(typeof MEMORY)[number] | 'total' | 'host' | 'mapped', number>>;

/** Kinds of named tensors. */
export type TensorKind = 'parameters' | 'data' | 'controls';

const SLABS = ['parameters', 'gradients', 'moments', 'data', 'controls', 'activations'] as const;
/** Bytes per read of a file that cannot be mapped. */
const PIECE = 2 ** 26;
const MEMORY = [...SLABS, 'block', 'scratch'] as const;

/** Bytes as a backend reports them. */
type Bytes = Readonly<Record<(typeof MEMORY)[number], number>> & {
  readonly host?: number;
  readonly mapped?: number;
};

export class Program {
  readonly compiled: CompiledPlan;
  readonly #loaded: LoadedPlan;
  #bytes: Bytes;
  #isCounted = true;

  private constructor(compiled: CompiledPlan, loaded: LoadedPlan) {
    this.compiled = compiled;
    this.#loaded = loaded;
    this.#bytes = bytesIn(loaded);
    nativeMemoryChanged(this.memory().total);
  }

  /**
   * Loads a plan, or the tight plan if memory is insufficient for it. Uploads the constants and marks every run as
   * alive (control `alive`).
   *
   * @throws DeviceError `native-missing`, `no-cuda-library`, `out-of-memory`, `device`; InternalError if the plan is
   *   invalid.
   */
  static load(
    compiled: CompiledPlan,
    options: ProgramOptions = {},
    details: Pick<LoadDetails, 'allRuns' | 'ranks'> = {},
  ): Program {
    const program = new Program(
      compiled,
      translated(() => loadFitting(compiled, options, details)),
    );
    try {
      for (const { offset, values } of compiled.constants) program.#upload('data', offset, values);
      if ('alive' in compiled.controls) {
        program.set('controls', 'alive', new Float32Array(elementCount(compiled.controls['alive'].shape)).fill(1));
      }
    } catch (error) {
      void program.dispose();
      throw error;
    }
    return program;
  }

  /**
   * Writes a whole tensor. Maps a file instead of reading it if the backend supports that.
   *
   * @throws InputError `unknown-tensor`, `wrong-type`, `wrong-length`, and for a file `missing-file`, `damaged-file`;
   *   FileError `unreadable`; StateError `busy`, `disposed`.
   */
  set(kind: TensorKind, name: string, values: DataArray | DataFile | DataChunks): void {
    const placement = this.#find(kind, name);
    const expected = placement.dtype ?? 'float32';
    const actual = ArrayBuffer.isView(values) ? typeOfArray(values) : values.type;
    if (actual !== expected) {
      throw new InputError(
        'wrong-type',
        `[set] ${kind} "${name}" holds ${expected} values, got ${actual ?? 'another kind of array'}.`,
      );
    }
    const count = elementCount(placement.shape);
    if (values.length !== count) {
      const shape = `[${placement.shape.join(', ')}]`;
      throw new InputError(
        'wrong-length',
        `[set] ${kind} "${name}" has shape ${shape}, ${count} values; got ${values.length}.`,
      );
    }
    if (ArrayBuffer.isView(values)) this.#upload(kind, placement.offset, elementsIn(values));
    else if ('chunks' in values) this.#uploadChunks(kind, placement.offset, values);
    else this.#map(kind, placement.offset, values);
  }

  /**
   * Reads a whole tensor, as an array of its type.
   *
   * @throws InputError `unknown-tensor`; StateError `busy`, `disposed`; DeviceError.
   */
  async get(kind: TensorKind, name: string): Promise<DataArray> {
    const placement = this.#find(kind, name);
    const count = elementCount(placement.shape);
    const { values, elements } = roomFor(placement.dtype ?? 'float32', count);
    await this.#download(kind, placement.offset, elements);
    return values;
  }

  /**
   * Returns a copy of a whole slab, as a checkpoint stores it. Throws StateError `busy`, `disposed`.
   * @param target array to fill and return; default: a new one
   */
  async download(
    slab: 'parameters' | 'moments',
    target: Float32Array = new Float32Array(this.#sizeOf(slab)),
  ): Promise<Float32Array> {
    await this.#download(slab, 0, target);
    return target;
  }

  /** Restores the values that `download` returned. Throws InputError `wrong-length`; StateError `busy`, `disposed`. */
  upload(slab: 'parameters' | 'moments', values: Float32Array): void {
    const size = this.#sizeOf(slab);
    if (values.length !== size) {
      throw new InputError(
        'wrong-length',
        `[upload] the ${slab} of this program are ${size} values, got ${values.length}.`,
      );
    }
    this.#upload(slab, 0, values);
  }

  /**
   * Runs `steps` steps of an entry on the program's thread; the event loop is not blocked.
   *
   * @throws InputError `unknown-entry`, `invalid-argument`; StateError `busy`, `disposed`; InternalError.
   */
  async run(
    entry: string,
    { steps = 1, firstStep = 0, signal, onProgress }: WatchedRunOptions = {},
  ): Promise<RunResult> {
    const request = this.#request(entry, steps, firstStep);
    const { results } = request;
    if (signal?.aborted === true) return { results, stepsDone: 0, cancelled: true, failures: [] };
    const cancel = (): void => {
      this.#loaded.cancel();
    };
    signal?.addEventListener('abort', cancel);
    try {
      return { results, ...(await this.#loaded.run(request, onProgress)) };
    } catch (error) {
      throw translate(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** True if the program can run on the calling thread, see `runSync`. */
  get runsHere(): boolean {
    return this.#loaded.runSync !== undefined;
  }

  /**
   * Runs on the calling thread and blocks until done. This is for single small calls, and not for WebGPU, see
   * `runsHere`.
   */
  runSync(entry: string, { steps = 1, firstStep = 0 }: RunOptions = {}): RunResult {
    const request = this.#request(entry, steps, firstStep);
    if (!this.runsHere) throw new InternalError('no-sync-run', 'this device cannot run synchronously');
    return { results: request.results, ...translated(() => this.#loaded.runSync!(request)) };
  }

  /** Returns the memory of the program. Everything is allocated at load, so `total` is the peak. */
  memory(): MemoryPlan {
    const bytes = Object.fromEntries(MEMORY.map((part) => [part, this.#bytes[part]]));
    const total = MEMORY.reduce((sum, part) => sum + this.#bytes[part], 0);
    const { host = 0, mapped = 0 } = this.#bytes;
    return { ...bytes, total, host, mapped } as MemoryPlan;
  }

  /** Returns the backend's JSON about program and device. Throws StateError `busy`, `disposed`. */
  describe(): string {
    return translated(() => this.#loaded.describe());
  }

  /** Cancels the current run, waits for the program's thread, and frees the slabs. Further calls have no effect. */
  async dispose(): Promise<void> {
    if (this.#isCounted) nativeMemoryChanged(-this.memory().total);
    this.#isCounted = false;
    await this.#loaded.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #sizeOf(slab: 'parameters' | 'moments'): number {
    return this.#bytes[slab] / Float32Array.BYTES_PER_ELEMENT;
  }

  #request(name: string, steps: number, firstStep: number) {
    if (!Object.hasOwn(this.compiled.entries, name)) {
      throw new InputError('unknown-entry', unknown('entry', name, this.compiled.entries));
    }
    const { index, outputSize } = this.compiled.entries[name];
    for (const [argument, value] of Object.entries({ steps, firstStep })) {
      if (Number.isSafeInteger(value) && value >= 0) continue;
      throw new InputError('invalid-argument', `[run] ${argument} must be a whole number from 0 on, got ${value}.`);
    }
    return { entry: index, firstStep, steps, results: new Float32Array(steps * outputSize) };
  }

  #find(kind: TensorKind, name: string): Placement {
    const placements = this.compiled[kind];
    if (!Object.hasOwn(placements, name)) throw new InputError('unknown-tensor', unknown(kind, name, placements));
    return placements[name];
  }

  #upload(slab: (typeof SLABS)[number], offset: number, values: Float32Array | Int32Array): void {
    translated(() => {
      this.#loaded.upload(SLABS.indexOf(slab), offset, values);
    });
  }

  #uploadChunks(slab: (typeof SLABS)[number], offset: number, { chunks }: DataChunks): void {
    let at = offset;
    for (const chunk of chunks()) {
      this.#upload(slab, at, chunk);
      at += chunk.length;
    }
  }

  #map(slab: (typeof SLABS)[number], offset: number, file: DataFile): void {
    const bytes = bytesOf(file.type, file.length);
    withOpenFile(file.path, bytes, (descriptor) => {
      if (translated(() => this.#loaded.map(SLABS.indexOf(slab), offset, descriptor, bytes))) {
        const before = this.memory().total;
        this.#bytes = bytesIn(this.#loaded);
        nativeMemoryChanged(this.memory().total - before);
        return;
      }
      for (let at = 0; at < bytes; at += PIECE) {
        const piece = fileBytes(file.path, at, Math.min(PIECE, bytes - at));
        this.#upload(slab, offset + at / Float32Array.BYTES_PER_ELEMENT, elementsIn(piece));
      }
    });
  }

  async #download(slab: (typeof SLABS)[number], offset: number, target: Float32Array | Int32Array): Promise<void> {
    try {
      await this.#loaded.download(SLABS.indexOf(slab), offset, target);
    } catch (error) {
      throw translate(error);
    }
  }
}

/** Loads the plan, or the tight plan if memory is insufficient. */
function loadFitting({ plan, tightPlan }: CompiledPlan, options: ProgramOptions, details: LoadDetails): LoadedPlan {
  if (!tightPlan) return loadPlan(plan, options, details);
  try {
    // A tight plan with data on the device is faster than one that fetches data from the host.
    return loadPlan(plan, options, { ...details, dataOnDevice: true });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'out-of-memory') throw error;
    return loadPlan(tightPlan(), options, details);
  }
}

function bytesIn(program: LoadedPlan): Bytes {
  return (JSON.parse(program.describe()) as { bytes: Bytes }).bytes;
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function unknown(kind: string, name: string, known: Readonly<Record<string, unknown>>): string {
  return `The program has no ${kind} "${name}"; it has: ${Object.keys(known).join(', ') || 'none'}.`;
}

function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translate(error);
  }
}

/**
 * Returns an error of the class that matches the code of a native error. Errors of the caller's callback are returned
 * unchanged.
 */
function translate(error: unknown): unknown {
  if (error instanceof InterlatentError || typeof error !== 'object' || error === null) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== 'string' || typeof message !== 'string') return error;
  switch (code) {
    case 'disposed':
    case 'busy':
    case 'rank-lost':
      return new StateError(code, message, {}, error);
    case 'invalid-argument':
      return new InputError(code, message, {}, error);
    case 'no-cuda-library':
    case 'out-of-memory':
    case 'device':
    case 'unsupported-precision':
      return new DeviceError(code, message, {}, error);
    case 'invalid-plan':
    case 'unknown-kernel':
    case 'out-of-range':
    case 'index-out-of-range':
      return new InternalError(code, message, {}, error);
    default:
      return error;
  }
}
