// Pass: turns reshape, slice, permute and broadcastTo into strides of the values that read them. Elements that a kernel
// cannot reach by strides are copied first; constants are rearranged at compile time instead.

import { contiguous, isContiguous } from '../graph/access.js';
import { constant, rows, type Node } from '../graph/index.js';
import { numberAttribute, topological, valuesAttribute } from '../graph/node.js';
import type { Elementwise, Lowering, ViewOfInput } from '../graph/operation.js';
import { broadcastStrides, positions, sizeOf, type Shape } from '../graph/shapes.js';
import { matrixForm } from './matrix.js';
import { uniformOf } from './uniform.js';
import { isView, wholeView, type Instruction, type Reading, type Value, type ValueKind, type View } from './value.js';

export interface Views {
  /** Returns how a node of the graph is read. */
  reading(node: Node): Reading;
  /** Returns a contiguous view of the node. */
  whole(node: Node): View;
  /** Returns a new value with a copy of the node's elements. */
  copied(node: Node): Value;
}

interface ValueSpec {
  readonly kind: ValueKind;
  readonly instruction?: Instruction;
  readonly node?: Node;
  readonly label: string;
  readonly shape: Shape;
  readonly readings?: Reading[];
}

/** All values have the same properties in the same order, so that property access is fast. */
function makeValue({ kind, instruction, node, label, shape, readings = [] }: ValueSpec): Value {
  const size = sizeOf(shape);
  return { kind, instruction, node, label, shape, size, readings, pinned: false, placement: undefined };
}

/** Returns a value that copies what it reads, or repeats one number. */
export function copyOf(reading: Reading, shape: Shape, label: string): Value {
  const [name, readings, immediates] = isView(reading)
    ? (['copy', [reading], []] as const)
    : (['const', [], [reading.uniform]] as const);
  const instruction = { name, immediates, cheap: false };
  return makeValue({ kind: 'elementwise', instruction, label, shape, readings: [...readings] });
}

function leafOf(node: Node): Value {
  return makeValue({ kind: 'leaf', node, label: node.label, shape: node.shape });
}

/** Resolves every node that `outputs` need. */
export function resolveViews(outputs: readonly Node[]): Views {
  const readings = new Map<number, Reading>();
  const copies = new Map<string, View>();
  const numbers = new Map<Value, number>();

  const keyOf = ({ value, shape, access }: View): string => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return `${numbers.get(value)}|${shape.join()}|${access.offset}|${access.strides.join()}`;
  };

  /** Returns a dense copy of what a view reads; equal views share one copy. */
  function dense(view: View, label: string): View {
    const key = keyOf(view);
    let copy = copies.get(key);
    if (copy === undefined) {
      copy = wholeView(
        view.value.node?.operation === rows.constant ? rearranged(view) : copyOf(view, view.shape, label),
      );
      copies.set(key, copy);
    }
    return copy;
  }

  function inMemory(reading: Reading, shape: Shape, label: string, fits: (view: View) => boolean): View {
    if (isView(reading)) return fits(reading) ? reading : dense(reading, label);
    const values = new Array<number>(sizeOf(shape)).fill(reading.uniform);
    return wholeView(leafOf(constant(values, shape)));
  }

  const inOnePiece = (reading: Reading, shape: Shape, label: string): View =>
    inMemory(reading, shape, label, (view) => isContiguous(view.shape, view.access));

  /** Returns the reading of a node that is only another view of its operand. */
  function viewOf(node: Node, lowering: ViewOfInput): Reading {
    const source = readings.get(node.inputs[0].id)!;
    if (!isView(source)) return source;
    const access = lowering.access(node, source.access);
    if (access !== undefined) return { value: source.value, shape: node.shape, access };
    // Strides can express every view of contiguous elements.
    const { value } = dense(source, node.label);
    return { value, shape: node.shape, access: lowering.access(node, contiguous(source.shape))! };
  }

  function computed(node: Node, lowering: Exclude<Lowering, ViewOfInput>): Value {
    const { kind } = lowering;
    const { label, shape } = node;
    const instruction = kind === 'elementwise' ? instructionOf(node, lowering) : undefined;
    return makeValue({
      kind,
      instruction,
      node,
      label,
      shape,
      readings: node.inputs.map((input) => operandOf(node, input)),
    });
  }

  /** Returns an input in a form that the node's kernel can read. */
  function operandOf(node: Node, input: Node): Reading {
    const reading = readings.get(input.id)!;
    const label = `${node.label}/copy`;
    switch (node.operation.lowering.kind) {
      case 'elementwise':
        return broadcast(reading, input.shape, node.shape);
      case 'opaque':
        return inOnePiece(reading, input.shape, label);
      case 'matmul':
        return inMemory(reading, input.shape, label, (view) => matrixForm(view.shape, view.access) !== undefined);
      case 'reduce':
        return isView(reading) ? reading : inOnePiece(reading, input.shape, label);
      default:
        return reading;
    }
  }

  for (const node of topological(outputs)) {
    const number = uniformOf(node);
    const { lowering } = node.operation;
    if (number !== undefined) readings.set(node.id, { uniform: number });
    else if (lowering.kind === 'view') readings.set(node.id, viewOf(node, lowering));
    else readings.set(node.id, wholeView(computed(node, lowering)));
  }

  const reading = (node: Node): Reading => readings.get(node.id)!;
  return {
    reading,
    whole: (node) => inOnePiece(reading(node), node.shape, `${node.label}/copy`),
    copied: (node) => copyOf(reading(node), node.shape, `${node.label}/copy`),
  };
}

function instructionOf(node: Node, { instruction, immediates = [], cheap = false }: Elementwise): Instruction {
  return { name: instruction, immediates: immediates.map((name) => numberAttribute(node, name)), cheap };
}

function broadcast(reading: Reading, shape: Shape, target: Shape): Reading {
  if (!isView(reading)) return reading;
  const strides = broadcastStrides(shape, target, reading.access.strides);
  return { value: reading.value, shape: target, access: { offset: reading.access.offset, strides } };
}

/** Returns a constant with the elements of a view of a constant. */
function rearranged({ value, shape, access }: View): Value {
  const values = valuesAttribute(value.node!, 'values');
  const elements = Array.from(positions(shape, access.strides), (offset) => values[access.offset + offset]);
  return leafOf(constant(elements, shape));
}
