// The interface of a plan that a backend has loaded (docs/explanation/engine.md, "Backend"). The native addon and the
// WebGPU backend implement it.

export interface RunRequest {
  /** Index of the entry in the plan. */
  readonly entry: number;
  readonly firstStep: number;
  readonly steps: number;
  /** Array of steps × outputs of the entry. The backend fills it. Do not access it before the promise settles. */
  readonly results: Float32Array;
}

/**
 * A run that was masked out because its values were no longer finite. `label` names the first tensor that was not
 * finite.
 */
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

/** A plan whose slabs are allocated on a device. Errors have a `code` (native/include/interlatent/backend.h). */
export interface LoadedPlan {
  upload(slab: number, offset: number, values: Float32Array | Int32Array): void;
  download(slab: number, offset: number, target: Float32Array | Int32Array): void | Promise<void>;
  /**
   * Maps the first bytes of an open file into a slab without reading them. Returns false if that is impossible: upload
   * the values then. The file must not change until the program is disposed; the descriptor may be closed.
   */
  map(slab: number, offset: number, descriptor: number, bytes: number): boolean;
  /**
   * Runs an entry. `onProgress` is called on the event loop with the latest number of completed steps; intermediate
   * numbers may be skipped.
   */
  run(request: RunRequest, onProgress?: (stepsDone: number) => void): Promise<RunReport>;
  /** Runs an entry on the calling thread. Absent if the backend cannot do that. */
  runSync?(request: RunRequest): RunReport;
  /** Stops a run within one step; on WebGPU within one submission. */
  cancel(): void;
  /** Returns JSON about program and device, with `bytes` per slab. */
  describe(): string;
  /** Cancels a current run and frees the slabs. Idempotent. */
  dispose(): Promise<void>;
}
