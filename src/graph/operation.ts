// A row of the operation table holds all properties of an operation. Differentiation, the reference and the compiler
// read them from the row, which every node refers to. There is no other list of operations.

import type { Access } from './access.js';
import type { InstructionName } from './instructions.js';
import { call, type KernelCall, type KernelRow, type Written } from './kernel-record.js';
import type { Shape } from './shapes.js';

export type Attribute = number | string | boolean | readonly number[] | Float64Array;
export type Attributes = Readonly<Record<string, Attribute>>;

/** An operation with its inputs, its attributes and the shape of its result. Nodes never change. */
export interface Node {
  readonly id: number;
  readonly operation: Operation;
  readonly inputs: readonly Node[];
  readonly shape: Shape;
  readonly attributes: Attributes;
  readonly label: string;
}

export interface Operation {
  readonly name: string;
  /**
   * Returns the shape of the result.
   * @throws InputError `shape-mismatch` if the inputs do not fit
   */
  shape(inputs: readonly Node[], attributes: Attributes): Shape;
  /**
   * Returns upstream gradient × Jacobian for each input, in the shape of the input; undefined if the derivative is zero
   * everywhere. It consists of public operations and can therefore be differentiated again. The derivative of an
   * operation without this function is zero.
   */
  derivative?(node: Node, upstream: Node): readonly (Node | undefined)[];
  reference(node: Node, inputs: readonly Dense[], context: ReferenceContext): Float64Array;
  /** True if the operation reads leaves of other types than float32. */
  readonly takesIntegers?: true;
  /** True if the two inputs may be exchanged. */
  readonly commutative?: true;
  /**
   * True if the result of a run depends only on the same run's slice of inputs that have runs, and on inputs that are
   * the same for all runs. For a leaf: true if it holds a slice for every run. Called if the extent of the result's
   * first axis is the number of runs. `runs.ts` contains the rules.
   */
  keepsRunsApart(node: Node, hasRuns: (input: Node) => boolean): boolean;
  /** Positions of the inputs that every run reads completely, whatever their shape. */
  readonly wholeInputs?: readonly number[];
  /**
   * Returns the attributes of a node that computes a single run with this shape. Without this function they are
   * unchanged.
   */
  singleRunAttributes?(attributes: Attributes, shape: Shape): Attributes;
  readonly lowering: Lowering;
  /**
   * Builds the node from operations that every backend has: for backends without its kernel, and for nodes too large
   * for the kernel.
   */
  expand?(node: Node): Node;
}

/** A dense row-major array of the reference backend. */
export interface Dense {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** What the reference reads in addition to the inputs: the step number and the values of leaves by name. */
export interface ReferenceContext {
  readonly step: number;
  leaf(kind: 'parameters' | 'data' | 'controls', name: string, size: number): Float64Array;
}

/** How the compiler implements an operation. */
export type Lowering = Leaf | ViewOfInput | Elementwise | Reduce | Matmul | Concat | OpaqueKernel;

/** Values in a slab. */
interface Leaf {
  readonly kind: 'leaf';
}

/** Another access to the elements of the input. */
export interface ViewOfInput {
  readonly kind: 'view';
  /** Returns the access to the elements, from that to the elements of the input; undefined if no strides express it. */
  access(node: Node, input: Access): Access | undefined;
}

/** One instruction per element. */
export interface Elementwise {
  readonly kind: 'elementwise';
  readonly instruction: InstructionName;
  /** Names of the attributes that are its immediate operands. */
  readonly immediates?: readonly string[];
  /** True if it costs about one machine instruction per vector: then computing it twice is cheaper than storing it. */
  readonly cheap?: boolean;
}

/** A reduction with the attributes `axes` and `keep`. */
export interface Reduce {
  readonly kind: 'reduce';
  /** True for a maximum, in which only one of several equal elements counts; false for a sum. */
  readonly takesMaximum: boolean;
}

/** A matrix product with the attributes `transA` and `transB`. */
interface Matmul {
  readonly kind: 'matmul';
}

/** A concatenation with the attribute `axis`. */
interface Concat {
  readonly kind: 'concat';
}

/**
 * A kernel for one operation (docs/explanation/kernels.md). Its operands are the result and the inputs, each
 * contiguous.
 */
export interface OpaqueKernel {
  readonly kind: 'opaque';
  readonly kernel: KernelRow;
  /** False if the node is too large for the kernel and needs `expand`. */
  takes?(node: Node): boolean;
  /**
   * Returns name, integers and floats of the kernel.
   * @param tiles of a mini-batch
   */
  call(node: Node, tiles: number): KernelCall;
}

/**
 * Returns the lowering to a kernel.
 * @param record returns the numbers of the kernel's record by name
 */
export const opaque = <K extends KernelRow>(
  row: K,
  record: (node: Node, tiles: number) => Written<NoInfer<K>>,
  takes?: OpaqueKernel['takes'],
): OpaqueKernel => ({
  kind: 'opaque',
  kernel: row,
  ...(takes && { takes }),
  call: (node, tiles) => call<K>(row, record(node, tiles)),
});
