// Types of the native addon (bindings/). All public interfaces are built on it.

import type { LoadedPlan, RunReport, RunRequest } from '../compile/backend.js';

/** Properties of the build of the addon. */
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

/** One loaded plan with its slabs and its thread. */
export interface NativeProgram extends LoadedPlan {
  download(slab: number, offset: number, target: Float32Array | Int32Array): void;
  /** Synchronous run on the calling thread, for single small calls such as encoding one subject. */
  runSync(request: RunRequest): RunReport;
}

/** Properties of NVIDIA's driver. */
export interface CudaDriver {
  /** The newest CUDA version that it supports, 1000 · major + 10 · minor; 0 without a driver. */
  readonly version: number;
  readonly devices: readonly { readonly name: string; readonly computeCapability: string; readonly memory: number }[];
  /** Empty if the driver can be used. */
  readonly code: '' | 'no-cuda-driver' | 'no-cuda-device';
  readonly problem: string;
}

/** A rank of a process group that trains the same runs together, each rank with some tiles of every mini-batch. */
export interface NativeRanks {
  readonly index: number;
  readonly count: number;
  /**
   * Returns the bytes of all ranks, in their order. All ranks must call it. Rejects with an Error of code `rank-lost`
   * or, after `leave`, `cancelled`.
   */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Informs the other ranks that this one stops. `why` completes a sentence that begins with the rank's name. */
  leave(why: string): void;
  /** Informs the other ranks that this one has finished, and waits until all have. Returns false if some have not. */
  end(): Promise<boolean>;
}

/** Problem of a search on moments, see `MomentProblem` in `src/moments`. */
export interface NativeMomentProblem {
  readonly blocks: Uint32Array;
  readonly terms: number;
  readonly environments: readonly {
    readonly weight: number;
    readonly mean: Float64Array;
    readonly covariance: Float64Array;
  }[];
  /** Members: environments, or terms for `shift`. */
  readonly gates: readonly { readonly effect: 'soft' | 'perfect' | 'shift'; readonly members: Uint32Array }[];
  readonly allowedEdges: Uint8Array;
  readonly orderIsFree: boolean;
  readonly allowedGates: Uint8Array;
  readonly known: Uint8Array;
  readonly edgePrices: Float64Array;
  readonly gatePrices: Float64Array;
  readonly starts: readonly Float64Array[];
  readonly seed: number;
}

export interface NativeMomentFit {
  readonly maps: Float64Array;
  readonly edges: Uint8Array;
  readonly gates: Uint8Array;
  readonly likelihood: number;
  readonly objective: number;
}

export interface NativeMomentSearch {
  /** Finished share of the work, from 0 to 1. */
  readonly progress: number;
  /** Rejects with an Error of code `cancelled` after `stop`, and `not-finite`. */
  run(threads: number): Promise<NativeMomentFit[]>;
  stop(): void;
  /** Returns minus the log likelihood per subject of maps (D × D) and a structure, and its gradient. */
  evaluate(
    maps: Float64Array,
    edges: Uint8Array,
    gates: Uint8Array,
  ): { readonly cost: number; readonly gradient: Float64Array };
}

export interface NativeRowScanner {
  /**
   * Reads rows of `{"rows":[{"blood":{"iron":12.5,…},…},…]}` from the byte `place[0]` of a body on, until the body ends
   * or `cells` is full. Writes their numbers to `cells`, row by row in the order of the columns, NaN for null, and the
   * position of the next row to `place[0]`. Returns the number of rows, with a minus sign if the body ends after them,
   * or 0 for a body that JSON.parse must read.
   */
  scan(body: Uint8Array, place: Uint32Array, cells: Float64Array): number;
}

export type NativeProgramOptions = {
  readonly threads: number;
  /** True to measure the time of every kernel for `describe`; default: false. */
  readonly profile?: boolean;
  /** The process group that shares the tiles; default: this program computes all. */
  readonly ranks?: NativeRanks | undefined;
} & (
  | { readonly device: 'cpu' }
  /** `library` is opened on first use; `index` is the device's ordinal. */
  | {
      readonly device: 'cuda';
      readonly library: string;
      readonly index: number;
      readonly matmulPrecision: 'float32' | 'tf32-convolutions' | 'tf32' | 'bfloat16';
      /** True to never leave data sets on the host if the device has too little memory; default: false. */
      readonly dataOnDevice?: boolean;
      /** Number of runs of the whole fit if several devices share them; default: the runs of the plan. */
      readonly allRuns?: number;
    }
);

export interface Addon {
  readonly buildInfo: BuildInfo;
  /** Throws an Error with a `code` (see backend.h) if the plan is invalid or the library cannot be opened. */
  readonly Program: new (plan: Uint8Array, options: NativeProgramOptions) => NativeProgram;
  readonly Ranks: {
    /** Returns a process group in this process. Its programs wait for each other for at most `seconds`. */
    local(count: number, seconds: number): NativeRanks[];
    /** Sets environment variables for MPI libraries. Call it before other threads read the environment. */
    prepareMpi(): void;
    /**
     * Initialises MPI in this process, once, and waits for all ranks. `library` is the path of the MPI library; empty:
     * that of the launcher. Rejects with an Error of code `no-mpi`, `rank-lost` or, after `giveUpMpi`, `cancelled`.
     */
    beginMpi(library: string, seconds: number): Promise<{ readonly rank: number; readonly size: number }>;
    /** Returns this rank in a process group of the `count` ranks from `first` on. All of them must call it. */
    mpi(first: number, count: number, seconds: number): Promise<NativeRanks>;
    /** Cancels all calls that wait for MPI ranks. */
    giveUpMpi(): void;
  };
  /** Throws an Error of code `invalid-argument`. */
  readonly MomentSearch: new (problem: NativeMomentProblem) => NativeMomentSearch;
  /** Names must not contain characters that JSON escapes. */
  readonly RowScanner: new (
    modalities: readonly { readonly name: string; readonly columns: readonly string[] }[],
  ) => NativeRowScanner;
  /** Opens the driver. A broken driver may crash the process. */
  cudaDriver(): CudaDriver;
  /**
   * Returns JSON about a CUDA library and its devices. Throws an Error with code `no-cuda-library` or `no-cuda-device`.
   */
  cudaLibrary(path: string): string;
  /**
   * Locks an open file for this descriptor without waiting. The lock ends when the descriptor is closed, at the latest
   * when the process ends. `held`: another descriptor of this or another process has the lock. `unsupported`: the file
   * system has no locks.
   */
  lockFile(descriptor: number): 'locked' | 'held' | 'unsupported';
}
