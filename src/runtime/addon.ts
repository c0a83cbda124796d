// Types of the raw native addon (bindings/), one to one. Everything public is built on top of it.

import type { LoadedPlan, RunReport, RunRequest } from '../compile/backend.js';

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

/** One loaded plan with its slabs and its own thread. */
export interface NativeProgram extends LoadedPlan {
  download(slab: number, offset: number, target: Float32Array | Int32Array): void;
  /** Synchronous run on the calling thread, for single small calls such as encoding one subject. */
  runSync(request: RunRequest): RunReport;
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

/** One of those who train the same runs together, each by some tiles of every mini-batch. */
export interface NativeRanks {
  readonly index: number;
  readonly count: number;
  /**
   * Every rank's bytes, in their order; all must call it. Rejects with an Error of code `rank-lost` or, after `leave`,
   * `cancelled`.
   */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Tells the others that this one does not go on, and why: the end of a sentence that begins with its name. */
  leave(why: string): void;
  /** Tells the others that this one needs no more of them, and waits until all have said so: false where some have not. */
  end(): Promise<boolean>;
}

export type NativeProgramOptions = {
  readonly threads: number;
  /** Times every kernel, for `describe`; default: false. */
  readonly profile?: boolean;
  /** Who computes the other tiles; default: this program all. */
  readonly ranks?: NativeRanks | undefined;
} & (
  | { readonly device: 'cpu' }
  /** `library` is opened on first use; `index` is the device's ordinal. */
  | {
      readonly device: 'cuda';
      readonly library: string;
      readonly index: number;
      readonly matmulPrecision: 'float32' | 'tf32' | 'bfloat16' | 'tf32x3';
      /** Does not leave data sets on the host where the device has too little memory; default: false. */
      readonly dataOnDevice?: boolean;
      /** Runs of the whole fit, where devices share them out; default: those of the plan. */
      readonly allRuns?: number;
    }
);

export interface Addon {
  readonly buildInfo: BuildInfo;
  /** Throws an Error with a `code` (see backend.h) when the plan is refused, or the library cannot be opened. */
  readonly Program: new (plan: Uint8Array, options: NativeProgramOptions) => NativeProgram;
  readonly Ranks: {
    /** Of this process, whose programs wait for each other for so many seconds. */
    local(count: number, seconds: number): NativeRanks[];
    /** Sets variables of the environment that MPI libraries read, before other threads may read any. */
    prepareMpi(): void;
    /**
     * Begins MPI in this process, once, which waits for all ranks. `library` is opened in the place of the launcher's;
     * empty: that one. Rejects with an Error of code `no-mpi`, `rank-lost` or, after `giveUpMpi`, `cancelled`.
     */
    beginMpi(library: string, seconds: number): Promise<{ readonly rank: number; readonly size: number }>;
    /** This rank among `count` that follow each other from `first` on; all of them call it. */
    mpi(first: number, count: number, seconds: number): Promise<NativeRanks>;
    /** Whoever waits for ranks of MPI gives up. */
    giveUpMpi(): void;
  };
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
