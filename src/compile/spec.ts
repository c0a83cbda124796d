// Input and output of the compiler.

import type { DataType, Node } from '../graph/index.js';

export interface AdamUpdate {
  readonly optimizer: 'adam';
  readonly parameters: readonly {
    readonly node: Node;
    readonly gradient: Node;
    /** Name of the rate group that has the parameter's learning rate. */
    readonly rate: string;
  }[];
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface EntrySpec {
  /**
   * Number of tiles of a mini-batch, 1 by default. The graph is that of one tile and runs once per tile; outputs and
   * gradients are means over tiles. Tile t of step s gathers row s · tiles + t of its index. The number of rows of the
   * index must be a multiple of tiles.
   */
  readonly tiles?: number;
  /** Tensors that are recorded after every step, in this order. */
  readonly outputs: Readonly<Record<string, Node>>;
  /** Tensors that mask out a run if they contain NaN or infinity, in addition to the gradients. */
  readonly guard?: readonly Node[];
  readonly update?: AdamUpdate;
}

/**
 * How memory is reused. `tight`: as soon as kernels that run in sequence no longer need it. `parallel`, for a GPU: only
 * if that makes no kernel wait that could run in parallel; values that all runs share are computed once.
 */
export type MemoryUse = 'tight' | 'parallel';

export interface CompileSpec {
  readonly runs: number;
  /** Memory use of the blocks, `tight` by default. Results are equal to the bit. */
  readonly memory?: MemoryUse;
  /**
   * Names of the backend's kernels, `device.kernels`. An operation without its kernel is expanded if it has an
   * expansion. Default: none, so that the plan suits every backend.
   */
  readonly kernels?: ReadonlySet<string>;
  /** Rate groups in the order of the control `rates`; by default in order of appearance. */
  readonly rates?: readonly string[];
  readonly entries: Readonly<Record<string, EntrySpec>>;
}

export interface TensorPlace {
  /** Elements from the start of the slab. */
  readonly offset: number;
  readonly shape: readonly number[];
}

export interface CompiledEntry {
  readonly index: number;
  /** Place of each output in a step's row of the results. */
  readonly outputs: Readonly<Record<string, TensorPlace>>;
  /** Elements of a row. */
  readonly outputSize: number;
  /** Tiles of a mini-batch. */
  readonly tiles: number;
}

/** Memory of a program. All sizes are in bytes. */
export interface ProgramMemory {
  readonly parameters: number;
  readonly gradients: number;
  readonly moments: number;
  readonly data: number;
  readonly controls: number;
  /**
   * Values that remain after the blocks, plus the tensors of one block. A backend has a copy of the latter per worker.
   */
  readonly activations: number;
  /** The share of `activations` that is placed by lifetime. */
  readonly planned: number;
  /** A lower bound of `planned` for the order of the kernels. */
  readonly lowerBound: number;
}

export interface CompiledProgram {
  /** Bytes for a backend (docs/explanation/engine.md). */
  readonly plan: Uint8Array;
  /**
   * Defined if `plan` is for parallel kernels. Returns the plan with the least memory; results are equal to the bit.
   */
  readonly tightPlan?: () => Uint8Array;
  readonly runs: number;
  readonly entries: Readonly<Record<string, CompiledEntry>>;
  readonly parameters: Readonly<Record<string, TensorPlace>>;
  readonly data: Readonly<Record<string, TensorPlace & { readonly dtype: DataType }>>;
  /** The graph's controls and `alive` [runs]. With an update also `rates`: one per rate group, then `adamStart`. */
  readonly controls: Readonly<Record<string, TensorPlace>>;
  /** Constants that the caller uploads to the data slab. */
  readonly constants: readonly { readonly offset: number; readonly values: Float32Array }[];
  /** Rate groups in the order of the control `rates`. */
  readonly rates: readonly string[];
  readonly memory: ProgramMemory;
}
