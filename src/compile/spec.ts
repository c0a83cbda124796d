// What the compiler takes and what it gives.

import type { DataType, Node } from '../graph/index.js';

export interface AdamUpdate {
  readonly optimizer: 'adam';
  readonly parameters: readonly {
    readonly node: Node;
    readonly gradient: Node;
    /** Name of the rate group whose learning rate it follows. */
    readonly rate: string;
  }[];
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface EntrySpec {
  /**
   * Tiles of a mini-batch, 1 by default. The graph is that of one tile and runs once for each; outputs and gradients
   * are the means over tiles. Tile t of step s gathers row s · tiles + t of its index, whose batches are whole
   * multiples of tiles.
   */
  readonly tiles?: number;
  /** Recorded after every step, in this order. */
  readonly outputs: Readonly<Record<string, Node>>;
  /** Tensors whose NaN or infinity takes a run out, beside the gradients. */
  readonly guard?: readonly Node[];
  readonly update?: AdamUpdate;
}

/**
 * How memory is used: `tight`, again as soon as kernels that run one after the other no longer need it; `parallel`, as
 * on a GPU: again only where that makes no kernel wait that could run beside others, and once for what all runs share.
 */
export type MemoryUse = 'tight' | 'parallel';

export interface CompileSpec {
  readonly runs: number;
  /** Of what a block computes with; `tight` by default. The numbers are the same to the bit. */
  readonly memory?: MemoryUse;
  /**
   * Names of the backend's kernels, `device.kernels`. An operation that can be made of others is, where its kernel is
   * not among them; left out: the plan is for every backend.
   */
  readonly kernels?: ReadonlySet<string>;
  /** Rate groups in the order of the control `rates`; by default in order of appearance. */
  readonly rates?: readonly string[];
  readonly entries: Readonly<Record<string, EntrySpec>>;
}

export interface TensorPlace {
  /** Elements from the slab's beginning. */
  readonly offset: number;
  readonly shape: readonly number[];
}

export interface CompiledEntry {
  readonly index: number;
  /** Where each output lies in a step's row of the results. */
  readonly outputs: Readonly<Record<string, TensorPlace>>;
  /** Elements of a row. */
  readonly outputSize: number;
  /** Of a mini-batch. */
  readonly tiles: number;
}

/** All sizes in bytes. */
export interface ProgramMemory {
  readonly parameters: number;
  readonly gradients: number;
  readonly moments: number;
  readonly data: number;
  readonly controls: number;
  /** What is kept after the blocks, and one block's tensors; a backend has a copy of the latter per worker. */
  readonly activations: number;
  /** The part of it that is placed by lifetime, */
  readonly planned: number;
  /** and what no plan could go below, given the order of the kernels. */
  readonly lowerBound: number;
}

export interface CompiledProgram {
  /** Bytes for a backend, see docs/engine.md. */
  readonly plan: Uint8Array;
  /** Where `plan` is made for kernels side by side: the same in the least memory, to the same bits. */
  readonly tightPlan?: () => Uint8Array;
  readonly runs: number;
  readonly entries: Readonly<Record<string, CompiledEntry>>;
  readonly parameters: Readonly<Record<string, TensorPlace>>;
  readonly data: Readonly<Record<string, TensorPlace & { readonly dtype: DataType }>>;
  /** The graph's controls, `alive` [runs] and, with an update, `rates`: one per rate group, then `adamStart`. */
  readonly controls: Readonly<Record<string, TensorPlace>>;
  /** To be uploaded to the data slab. */
  readonly constants: readonly { readonly offset: number; readonly values: Float32Array }[];
  /** Rate groups in the order of the control `rates`. */
  readonly rates: readonly string[];
  readonly memory: ProgramMemory;
}
