// What a backend makes of a plan: docs/engine.md, "Backend". The addon's program is one, so is WebGPU's.

export interface RunRequest {
  /** Its number in the plan. */
  readonly entry: number;
  readonly firstStep: number;
  readonly steps: number;
  /** steps × outputs of the entry; filled by the backend, must not be touched until the promise settles. */
  readonly results: Float32Array;
}

/** A run that left the finite numbers and was masked out; `label` is the first tensor that was not finite. */
export interface RunFailure {
  readonly run: number;
  readonly step: number;
  readonly label: string;
}

export interface RunReport {
  readonly stepsDone: number;
  readonly cancelled: boolean;
  readonly failures: readonly RunFailure[];
}

/** A plan with its slabs on a device. Errors have a `code` (native/include/interlatent/backend.h). */
export interface LoadedPlan {
  upload(slab: number, offset: number, values: Float32Array | Int32Array): void;
  download(slab: number, offset: number, target: Float32Array | Int32Array): void | Promise<void>;
  /**
   * Lets an open file's first bytes stand in a slab without reading them; false where that cannot be: then what lies
   * there is to be uploaded. Nobody may change the file until the program is disposed; the descriptor may be closed.
   */
  map(slab: number, offset: number, descriptor: number, bytes: number): boolean;
  /** `onProgress` is called on the event loop with the latest number of steps done (latest wins). */
  run(request: RunRequest, onProgress?: (stepsDone: number) => void): Promise<RunReport>;
  /** Runs on the calling thread; not there where that cannot be. */
  runSync?(request: RunRequest): RunReport;
  /** Stops a run within one step, or on WebGPU one submission. */
  cancel(): void;
  /** JSON about program and device, with `bytes` per slab. */
  describe(): string;
  /** Cancels what runs, frees the slabs. Idempotent. */
  dispose(): Promise<void>;
}
