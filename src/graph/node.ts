// Creates nodes, labels them and reads their attributes.

import { InputError, InternalError } from '../errors/errors.js';
import { DATA_TYPES, type DataType } from './data-type.js';
import type { Attributes, Node, Operation } from './operation.js';
import type { Shape } from './shapes.js';

let nextId = 0;
let scope = '';

function scoped(name: string): string {
  return scope === '' ? name : `${scope}/${name}`;
}

/** Creates a node. The caller has checked the shapes: build graphs with the functions of the operations. */
export function makeNode(
  operation: Operation,
  inputs: readonly Node[],
  shape: Shape,
  attributes: Attributes = {},
  fullLabel: string = scoped(operation.name),
): Node {
  return Object.freeze({ id: nextId++, operation, inputs, shape, attributes, label: fullLabel });
}

export function dataTypeOf({ attributes }: Node): DataType {
  return DATA_TYPES.find((type) => type === attributes['dtype']) ?? 'float32';
}

/** True if the node holds int32 values. */
export function isInteger(node: Node): boolean {
  return dataTypeOf(node) === 'int32';
}

/**
 * Creates a node of `operation` with checked shapes.
 * @throws InputError `wrong-dtype` if an operation on float32 values receives another type
 */
export function apply(operation: Operation, inputs: readonly Node[], attributes: Attributes = {}): Node {
  const other = operation.takesIntegers ? undefined : inputs.find((input) => dataTypeOf(input) !== 'float32');
  if (other !== undefined) {
    const { name, dtype } = other.attributes;
    throw new InputError(
      'wrong-dtype',
      `[${operation.name}] takes float32 values, but data "${String(name)}" is ${String(dtype)}`,
    );
  }
  return makeNode(operation, inputs, operation.shape(inputs, attributes), attributes);
}

/** Throws for an operation that has no derivative of higher order. */
export function noFurtherDerivative({ operation }: Node): never {
  const reason = 'has no further derivative; this penalty needs one too many';
  throw new InternalError('not-differentiable', `[${operation.name}] ${reason}`);
}

/** Puts `name/` in front of the label of every node that `fn` creates. Scopes nest: `encoder.sleep/hidden1/matmul`. */
export function withScope<T>(name: string, fn: () => T): T {
  return withAbsoluteScope(scoped(name), fn);
}

/** Like `withScope`, but replaces the surrounding scopes. */
export function withAbsoluteScope<T>(name: string, fn: () => T): T {
  const outer = scope;
  scope = name;
  try {
    return fn();
  } finally {
    scope = outer;
  }
}

/**
 * Returns a node with the same value and the label `name` (inside the current scope), which errors and profiles show.
 * Use the returned node.
 */
export function label(node: Node, name: string): Node {
  return makeNode(node.operation, node.inputs, node.shape, node.attributes, scoped(name));
}

/** Returns the same operation on other inputs of the same shapes. */
export function withInputs(node: Node, inputs: readonly Node[]): Node {
  return makeNode(node.operation, inputs, node.shape, node.attributes, node.label);
}

function wrongAttribute(node: Node, name: string, kind: string): InternalError {
  return new InternalError(
    'wrong-attribute',
    `[${node.operation.name}] attribute "${name}" is not ${kind}; please report this`,
  );
}

export function numberAttribute(node: Node, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== 'number') throw wrongAttribute(node, name, 'a number');
  return value;
}

export function textAttribute(node: Node, name: string): string {
  const value = node.attributes[name];
  if (typeof value !== 'string') throw wrongAttribute(node, name, 'a text');
  return value;
}

export function flagAttribute(node: Node, name: string): boolean {
  const value = node.attributes[name];
  if (typeof value !== 'boolean') throw wrongAttribute(node, name, 'true or false');
  return value;
}

export function listAttribute(node: Node, name: string): readonly number[] {
  const value = node.attributes[name];
  if (!Array.isArray(value)) throw wrongAttribute(node, name, 'a list of numbers');
  return value as readonly number[];
}

export function valuesAttribute(node: Node, name: string): Float64Array {
  const value = node.attributes[name];
  if (!(value instanceof Float64Array)) throw wrongAttribute(node, name, 'an array of values');
  return value;
}

/** Returns all nodes that `outputs` need, each once and after its inputs. */
export function topological(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<number>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output.id)) continue;
    seen.add(output.id);
    stack.push({ node: output, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next === top.node.inputs.length) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const input = top.node.inputs[top.next++];
      if (!seen.has(input.id)) {
        seen.add(input.id);
        stack.push({ node: input, next: 0 });
      }
    }
  }
  return order;
}
