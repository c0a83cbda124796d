// One row of the operation table: shape rule, derivative, float64 reference.

import { InputError } from '../errors.js';
import { type Attributes, type Node, makeNode } from './node.js';
import type { Shape } from './shapes.js';

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

export interface Operation {
  readonly name: string;
  /** The result's shape; throws InputError `shape-mismatch` when the inputs do not fit. */
  shape(inputs: readonly Node[], attributes: Attributes): Shape;
  /**
   * Upstream gradient × Jacobian for each input, of that input's shape; undefined where the derivative is zero everywhere.
   * Built from public operations, so that it can be differentiated again. Operations without it are constant.
   */
  derivative?(node: Node, upstream: Node): readonly (Node | undefined)[];
  reference(node: Node, inputs: readonly Dense[], context: ReferenceContext): Float64Array;
}

const TAKES_INTEGERS = new Set(['gather', 'randomUniform', 'randomNormal']);

export function isInteger(node: Node): boolean {
  return node.op === 'data' && node.attributes['dtype'] === 'int32';
}

/** Makes a node of `operation`, shapes checked. Throws `wrong-dtype` for integers where numbers are computed with. */
export function apply(operation: Operation, inputs: readonly Node[], attributes: Attributes = {}): Node {
  if (!TAKES_INTEGERS.has(operation.name)) {
    const integer = inputs.find(isInteger);
    if (integer !== undefined) {
      throw new InputError(
        'wrong-dtype',
        `[${operation.name}] data "${String(integer.attributes['name'])}" is int32; only gather and random take integers`,
      );
    }
  }
  return makeNode(operation.name, inputs, operation.shape(inputs, attributes), attributes);
}
