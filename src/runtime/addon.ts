// Types of the raw native addon (bindings/), one to one. Everything public is built on top of it.

/** What the addon was built with. */
export interface BuildInfo {
  readonly version: string;
  readonly compiler: string;
  readonly oneDNN: string;
  /** Instruction set of the kernels chosen on this machine, for example `avx512`. */
  readonly isa: string;
  readonly backends: readonly string[];
  /** Names of the CPU's kernels. */
  readonly kernels: readonly string[];
}

export interface NativeRunRequest {
  readonly entry: number;
  readonly firstStep: number;
  readonly steps: number;
  /** steps × outputs of the entry; filled by the native thread, must not be touched until the promise settles. */
  readonly results: Float32Array;
}

export interface NativeRunFailure {
  readonly run: number;
  readonly step: number;
  readonly label: string;
}

export interface NativeRunReport {
  readonly stepsDone: number;
  readonly cancelled: boolean;
  readonly failures: readonly NativeRunFailure[];
}

/** One loaded plan with its slabs and its own thread. */
export interface NativeProgram {
  upload(slab: number, offset: number, values: Float32Array | Int32Array): void;
  download(slab: number, offset: number, target: Float32Array | Int32Array): void;
  /**
   * Lets an open file's first bytes stand in a slab without reading them; false where that cannot be: then what lies
   * there is to be uploaded. Nobody may change the file until the program is disposed; the descriptor may be closed.
   */
  map(slab: number, offset: number, descriptor: number, bytes: number): boolean;
  /**
   * Runs on the program's thread. `onProgress` is called on the event loop with the latest number of steps done (latest
   * wins).
   */
  run(request: NativeRunRequest, onProgress?: (stepsDone: number) => void): Promise<NativeRunReport>;
  /** Synchronous run on the calling thread, for single small calls such as encoding one subject. */
  runSync(request: NativeRunRequest): NativeRunReport;
  /** Stops a run within one step. */
  cancel(): void;
  describe(): string;
  /** Cancels what runs, joins the thread, frees the slabs. Idempotent. */
  dispose(): Promise<void>;
}

/** What NVIDIA's driver says. */
export interface CudaDriver {
  /** Of the newest CUDA that it serves, 1000 · major + 10 · minor; 0 without a driver. */
  readonly version: number;
  readonly devices: readonly { readonly name: string; readonly computeCapability: string; readonly memory: number }[];
  /** Empty when all is well. */
  readonly code: '' | 'no-cuda-driver' | 'no-cuda-device';
  readonly problem: string;
}

export type NativeProgramOptions = {
  readonly threads: number;
  /** Times every kernel, for `describe`; default: false. */
  readonly profile?: boolean;
} & (
  | { readonly device: 'cpu' }
  /** `library` is opened on first use; `index` is the device's ordinal. */
  | {
      readonly device: 'cuda';
      readonly library: string;
      readonly index: number;
      readonly matmulPrecision: 'float32' | 'tf32' | 'bfloat16';
    }
);

export interface Addon {
  readonly buildInfo: BuildInfo;
  /** Throws an Error with a `code` (see backend.h) when the plan is refused, or the library cannot be opened. */
  readonly Program: new (plan: Uint8Array, options: NativeProgramOptions) => NativeProgram;
  /** Opens the driver, which may take the process down when it is broken. */
  cudaDriver(): CudaDriver;
  /**
   * What a CUDA library says of itself and its devices, JSON. Throws an Error with code `no-cuda-library` or
   * `no-cuda-device`.
   */
  cudaLibrary(path: string): string;
  /**
   * Locks an open file for this descriptor alone, without waiting. The lock ends when the descriptor is closed, which
   * the system does when the process ends. `held`: another descriptor has it, of this process or of another.
   * `unsupported`: the file system has no locks.
   */
  lockFile(descriptor: number): 'locked' | 'held' | 'unsupported';
}
