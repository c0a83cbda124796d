// Pass: reshape, slice, permute and broadcastTo become strides of whoever reads them. What a kernel cannot reach by
// strides is copied first; constants are rearranged here instead.

import { InternalError } from '../errors.js';
import { constant, type Node } from '../graph/index.js';
import { listAttribute, numberAttribute, topological, valuesAttribute, type Attributes } from '../graph/node.js';
import { broadcastStrides, positions, sizeOf, type Shape } from '../graph/shapes.js';
import { contiguous, isContiguous, reshapeAccess } from './access.js';
import { isElementwise } from './instructions.js';
import { matrixForm } from './matrix.js';
import { VIEWS, uniformOf } from './uniform.js';
import { isView, wholeView, type Reading, type Value, type ValueKind, type View } from './value.js';

const KINDS = new Map<string, ValueKind>([
  ...['parameter', 'data', 'control', 'constant'].map((op): [string, ValueKind] => [op, 'leaf']),
  ...['sum', 'max'].map((op): [string, ValueKind] => [op, 'reduce']),
  ['matmul', 'matmul'],
  ['concat', 'concat'],
  ...['gather', 'randomUniform', 'randomNormal'].map((op): [string, ValueKind] => [op, 'opaque']),
  ...[
    'mixtureLogDensity',
    'mixtureLogDensityGrad',
    'mixtureEpsilon',
    'mixtureSensitivity',
    'mixtureSensitivityGrad',
    'logAbsDet',
    'logAbsDetGrad',
    'detSign',
    'meanAbsJacobian',
    'meanAbsJacobianGrad',
  ].map((op): [string, ValueKind] => [op, 'opaque']),
]);

export interface Views {
  /** How a node of the graph is read. */
  reading(node: Node): Reading;
  /** The node in one piece in memory. */
  whole(node: Node): View;
  /** A value of its own with the node's elements, whatever it reads. */
  copied(node: Node): Value;
}

interface ValueSpec {
  readonly kind: ValueKind;
  readonly op: string;
  readonly label: string;
  readonly shape: Shape;
  readonly attributes?: Attributes;
  readonly readings?: Reading[];
  readonly leaf?: Node;
}

function makeValue({ attributes = {}, readings = [], ...rest }: ValueSpec): Value {
  return { ...rest, attributes, readings, size: sizeOf(rest.shape), pinned: false, placement: undefined };
}

/** A value that copies what it reads, or fills with one number. */
export function copyOf(reading: Reading, shape: Shape, label: string): Value {
  return isView(reading)
    ? makeValue({ kind: 'elementwise', op: 'copy', label, shape, readings: [reading] })
    : makeValue({ kind: 'elementwise', op: 'fill', label, shape, attributes: { value: reading.uniform } });
}

function leafOf(node: Node): Value {
  return makeValue({ kind: 'leaf', op: node.op, label: node.label, shape: node.shape, leaf: node });
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

  /** A dense copy of what a view reads, made once. */
  function dense(view: View, label: string): View {
    const key = keyOf(view);
    let copy = copies.get(key);
    if (copy === undefined) {
      copy = wholeView(view.value.op === 'constant' ? rearranged(view) : copyOf(view, view.shape, label));
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

  /** The operand of a node that only looks at it in another way, looked at so. */
  function viewOf(node: Node): Reading | undefined {
    if (!VIEWS.has(node.op)) return undefined;
    const source = readings.get(node.inputs[0].id)!;
    if (!isView(source)) return source;
    const { value, shape, access } = source;
    switch (node.op) {
      case 'reshape': {
        const reshaped = reshapeAccess(shape, access, node.shape);
        if (reshaped !== undefined) return { value, shape: node.shape, access: reshaped };
        return { value: dense(source, node.label).value, shape: node.shape, access: contiguous(node.shape) };
      }
      case 'broadcastTo': {
        const strides = broadcastStrides(shape, node.shape, access.strides);
        return { value, shape: node.shape, access: { offset: access.offset, strides } };
      }
      case 'permute': {
        const strides = listAttribute(node, 'axes').map((axis) => access.strides[axis]);
        return { value, shape: node.shape, access: { offset: access.offset, strides } };
      }
      case 'slice': {
        const skipped = numberAttribute(node, 'start') * access.strides[numberAttribute(node, 'axis')];
        return { value, shape: node.shape, access: { offset: access.offset + skipped, strides: access.strides } };
      }
      case 'stopGradient':
        return source;
      default:
        return undefined;
    }
  }

  function computed(node: Node): Value {
    const kind = isElementwise(node.op) ? 'elementwise' : KINDS.get(node.op);
    if (kind === undefined) throw new InternalError('unknown-operation', `[${node.op}] cannot be compiled`);
    if (kind === 'leaf') return leafOf(node);
    const inputs = node.inputs.map((input): Reading => {
      const reading = readings.get(input.id)!;
      if (kind === 'elementwise') return broadcast(reading, input.shape, node.shape);
      const label = `${node.label}/copy`;
      if (kind === 'opaque') return inOnePiece(reading, input.shape, label);
      if (kind === 'matmul') {
        return inMemory(reading, input.shape, label, (view) => matrixForm(view.shape, view.access) !== undefined);
      }
      return kind === 'reduce' && !isView(reading) ? inOnePiece(reading, input.shape, label) : reading;
    });
    const { op, label, shape } = node;
    const attributes = kind === 'concat' ? { ...node.attributes, extents: extentsAlong(node) } : node.attributes;
    return makeValue({ kind, op, label, shape, attributes, readings: inputs });
  }

  for (const node of topological(outputs)) {
    const number = uniformOf(node);
    if (number !== undefined) readings.set(node.id, { uniform: number });
    else readings.set(node.id, viewOf(node) ?? wholeView(computed(node)));
  }

  const reading = (node: Node): Reading => readings.get(node.id)!;
  return {
    reading,
    whole: (node) => inOnePiece(reading(node), node.shape, `${node.label}/copy`),
    copied: (node) => copyOf(reading(node), node.shape, `${node.label}/copy`),
  };
}

/** How far each piece of a concatenation reaches along its axis. */
function extentsAlong(node: Node): number[] {
  const axis = numberAttribute(node, 'axis');
  return node.inputs.map((input) => input.shape[axis]);
}

function broadcast(reading: Reading, shape: Shape, target: Shape): Reading {
  if (!isView(reading)) return reading;
  const strides = broadcastStrides(shape, target, reading.access.strides);
  return { value: reading.value, shape: target, access: { offset: reading.access.offset, strides } };
}

/** A constant with the elements of a view of a constant. */
function rearranged({ value, shape, access }: View): Value {
  const values = valuesAttribute(value.leaf!, 'values');
  const picked = Array.from(positions(shape, access.strides), (offset) => values[access.offset + offset]);
  return leafOf(constant(picked, shape));
}
