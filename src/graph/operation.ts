// A row of the operation table: all that is known of an operation. Differentiation, the reference and the compiler ask
// the row, which every node holds; no list of operations stands anywhere else.

import type { Access } from './access.js';
import type { InstructionName } from './instructions.js';
import type { Shape } from './shapes.js';

export type Attribute = number | string | boolean | readonly number[] | Float64Array;
export type Attributes = Readonly<Record<string, Attribute>>;

/** An operation, its inputs, the shape it gives and its attributes. Nodes never change. */
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
  /** The result's shape; throws InputError `shape-mismatch` when the inputs do not fit. */
  shape(inputs: readonly Node[], attributes: Attributes): Shape;
  /**
   * Upstream gradient × Jacobian for each input, of that input's shape; undefined where the derivative is zero
   * everywhere. Built from public operations, so that it can be differentiated again. Operations without it are
   * constant.
   */
  derivative?(node: Node, upstream: Node): readonly (Node | undefined)[];
  reference(node: Node, inputs: readonly Dense[], context: ReferenceContext): Float64Array;
  /** True if it reads int32 leaves. */
  readonly takesIntegers?: true;
  /** True if its two inputs may change places. */
  readonly commutative?: true;
  /**
   * True if a run's share of the result depends only on that run's share of the inputs that have runs, and on inputs
   * that are the same for all runs. Of a leaf: true if it holds a share for every run. Asked where the result's first
   * axis is as long as there are runs. See `runs.ts` for the rules.
   */
  keepsRunsApart(node: Node, hasRuns: (input: Node) => boolean): boolean;
  /** Positions of the inputs that every run reads whole, whatever their shape. */
  readonly wholeInputs?: readonly number[];
  /** The attributes of a node that computes one run, of this shape; the node's own when left out. */
  ofOneRun?(attributes: Attributes, shape: Shape): Attributes;
  readonly lowering: Lowering;
  /** The node in operations that every backend has, for a backend without its kernel and what is too large for it. */
  expand?(node: Node): Node;
}

/** A dense row-major array of the reference backend. */
export interface Dense {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** What the reference knows beside the inputs: the step number and the values fed to leaves by name. */
export interface ReferenceContext {
  readonly step: number;
  leaf(kind: 'parameters' | 'data' | 'controls', name: string, size: number): Float64Array;
}

/** What the compiler makes of an operation. */
export type Lowering = Leaf | ViewOfInput | Elementwise | Reduce | Matmul | Concat | OwnKernel;

/** What lies in a slab. */
interface Leaf {
  readonly kind: 'leaf';
}

/** Its input, looked at in another way. */
export interface ViewOfInput {
  readonly kind: 'view';
  /** How elements are reached, given how those of the input are; undefined if no strides can say it. */
  access(node: Node, input: Access): Access | undefined;
}

/** One instruction for every element. */
export interface Elementwise {
  readonly kind: 'elementwise';
  readonly instruction: InstructionName;
  /** The attributes that are its immediates. */
  readonly immediates?: readonly string[];
  /** True if it costs about one machine instruction per vector: computing it twice is cheaper than storing it. */
  readonly cheap?: boolean;
}

/** Attributes `axes` and `keep`. */
export interface Reduce {
  readonly kind: 'reduce';
  /** As docs/engine.md numbers reductions. */
  readonly code: number;
  /** True if equal elements count as often as they stand there, as in a sum; false if once, as in a maximum. */
  readonly countsRepeats: boolean;
}

/** Attributes `transA` and `transB`. */
interface Matmul {
  readonly kind: 'matmul';
}

/** Attribute `axis`. */
interface Concat {
  readonly kind: 'concat';
}

/** A kernel of its own (docs/engine.md), whose operands are the result and the inputs, each in one piece. */
export interface OwnKernel {
  readonly kind: 'opaque';
  readonly kernel: string;
  /** False for a node that is too large for the kernel, which `expand` is for. */
  takes?(node: Node): boolean;
  /** @param tiles of a mini-batch */
  record(node: Node, tiles: number): { readonly ints: readonly number[]; readonly floats?: readonly number[] };
}
