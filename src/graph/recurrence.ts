// Code that all recurrences over time share. One operation covers all steps. The contributions of the inputs are one
// product over all times beforehand, so a step only computes what depends on the previous step.

import { concat, slice } from './layout.js';
import { zeros } from './leaves.js';
import { apply, flagAttribute, noFurtherDerivative } from './node.js';
import { opaque, type Dense, type Node, type Operation } from './operation.js';
import { between, flag, kernel, reads, size, writes, type Written } from './kernel-record.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf, type Shape } from './shapes.js';

/** Maximum number of units: what a thread block of a GPU can hold (native/kinds.h). */
export const MAX_UNITS = 512;

export interface RecurrenceOptions {
  /** Runs from the last step to the first. Default false. */
  readonly reverse?: boolean;
  /** `[…, 1, T, B]`: above 0 if a step counts. Other steps leave the states unchanged. Default: all steps count. */
  readonly steps?: Node;
}

/** A kind of unit. `recurrence` builds its operation and its gradient. */
export interface Cell {
  readonly name: string;
  readonly gradient: string;
  /** Rows of each unit in the gates; `saved` and `slopes` are those in the result (h first) and in the gradient. */
  readonly gates: number;
  readonly saved: number;
  readonly slopes: number;
  /** Columns of the weights after those of h. */
  readonly biases: 0 | 1;
  /**
   * Computes the result of one subject in float64.
   * @param write row of the result, step, value
   */
  readonly forward: (subject: Subject, write: Write) => void;
  /**
   * Computes the slopes by the gates before their activations.
   * @param upstream of h, by unit and step
   */
  readonly backward: (subject: Subject, upstream: Read, write: Write) => void;
  /**
   * Returns the slopes by the gates and by the weights.
   * @param earlier h of the step before each, `[…, H, T, B]`
   */
  readonly derivative: (slopes: Node, earlier: Node) => readonly [Node, Node];
}

type Read = (row: number, step: number) => number;
type Write = (row: number, step: number, value: number) => void;

export interface Subject {
  readonly units: number;
  /** Steps in the order of the recurrence. */
  readonly order: readonly { readonly t: number; readonly counts: boolean }[];
  /** Reads the gates, or the result of `forward`, by row and step. */
  readonly read: Read;
  readonly weight: (row: number, column: number) => number;
}

type Sized = readonly { readonly shape: Shape }[];

/**
 * Returns the extents of gates `[…, G H, T, B]`, weights `[…, G H, H + biases]` and steps `[…, 1, T, B]`.
 * @throws InputError `shape-mismatch`
 */
function sizesOf({ name, gates: each, biases }: Cell, [gates, weights, ...rest]: Sized) {
  const leading = gates.shape.slice(0, -3);
  const [rows, times, batch] = gates.shape.slice(-3);
  const units = unitsOf(weights, biases);
  const fits =
    gates.shape.length >= 3 &&
    rows === each * units &&
    units <= MAX_UNITS &&
    sameShape(weights.shape, [...leading, rows, units + biases]) &&
    rest.every((steps) => sameShape(steps.shape, [...leading, 1, times, batch]));
  if (!fits) {
    const shown = [gates, weights, ...rest].map((one) => formatShape(one.shape)).join(', ');
    const needs =
      `gates [..., ${each} H, T, B], weights [..., ${each} H, H${biases === 0 ? '' : ' + 1'}], ` +
      `steps [..., 1, T, B], H up to ${MAX_UNITS}`;
    throw shapeError(name, `needs ${needs}, got ${shown}`);
  }
  return { leading, units, times, batch };
}

function unitsOf({ shape }: { readonly shape: Shape }, biases: number): number {
  return (shape.at(-1) ?? 0) - biases;
}

interface Walk {
  readonly units: number;
  /** Rows of each unit that are read and written. */
  readonly rows: readonly [read: number, written: number];
  readonly reverse: boolean;
}

/**
 * Walks through time for every subject at every position of the leading axes.
 * @returns `[…, written rows · H, T, B]`
 */
function walked(
  { units, rows: [readRows, writtenRows], reverse }: Walk,
  [source, weights, steps]: readonly [Dense, Dense, Dense | undefined],
  walk: (subject: Subject, write: Write, at: (rows: number, row: number, t: number) => number) => void,
): Float64Array {
  const leading = sizeOf(source.shape.slice(0, -3));
  const [times, batch] = source.shape.slice(-2);
  const [weightRows, weightColumns] = weights.shape.slice(-2);
  const out = new Float64Array(leading * writtenRows * units * times * batch);
  for (let lead = 0; lead < leading; lead++) {
    for (let subject = 0; subject < batch; subject++) {
      const order = Array.from({ length: times }, (_, i) => {
        const t = reverse ? times - 1 - i : i;
        return { t, counts: steps === undefined || steps.values[(lead * times + t) * batch + subject] > 0 };
      });
      const at = (rows: number, row: number, t: number): number =>
        ((lead * rows * units + row) * times + t) * batch + subject;
      const current: Subject = {
        units,
        order,
        read: (row, t) => source.values[at(readRows, row, t)],
        weight: (row, column) => weights.values[(lead * weightRows + row) * weightColumns + column],
      };
      walk(current, (row, t, value) => (out[at(writtenRows, row, t)] = value), at);
    }
  }
  return out;
}

/** Returns h of the step before each, `[…, H, T, B]`: 0 before the first step. */
export function stepsBefore(h: Node, reverse: boolean): Node {
  const axis = h.shape.length - 2;
  const times = h.shape[axis];
  const start = zeros(h.shape.map((extent, i) => (i === axis ? 1 : extent)));
  if (times === 1) return start;
  return concat(reverse ? [slice(h, axis, 1, times), start] : [start, slice(h, axis, 0, times - 1)], axis);
}

/** The numbers of the kernels of all recurrences. */
export const recurrenceNumbers = {
  struct: 'recurrence',
  extended: true,
  floats: {},
  ints: {
    sequences: size,
    units: between(1, MAX_UNITS),
    times: size,
    batch: size,
    reverse: flag,
    hasSteps: flag,
  },
} as const;

/** Describes the kernels of a recurrence and of its gradient. Where steps are not above 0, h stays. */
function kernelsOf({ name, gradient, gates, saved, slopes, biases }: Cell) {
  const ofRows = (rows: number): string[] => ['sequences', `${rows} * units`, 'times', 'batch'];
  const weights = reads('sequences', `${gates} * units`, `units + ${biases}`);
  const steps = { ...reads('sequences', 'times', 'batch'), where: 'hasSteps' };
  const both = {
    ...recurrenceNumbers,
    family: name,
    flops: `2 * sequences * ${gates} * units * times * batch * units`,
  };
  return [
    kernel({
      ...both,
      name,
      result: 'RecurrenceResult::kStates',
      operands: { out: writes(...ofRows(saved)), first: reads(...ofRows(gates)), weights, steps },
    }),
    kernel({
      ...both,
      name: gradient,
      result: 'RecurrenceResult::kGradient',
      operands: {
        out: writes(...ofRows(slopes)),
        first: reads(...ofRows(saved)),
        weights,
        upstream: reads(...ofRows(1)),
        steps,
      },
    }),
  ];
}

function record(node: Node, units: number, steps: Node | undefined): Written<typeof recurrenceNumbers> {
  const [times, batch] = node.shape.slice(-2);
  const sequences = sizeOf(node.shape.slice(0, -3));
  return { sequences, units, times, batch, reverse: flagAttribute(node, 'reverse'), hasSteps: steps !== undefined };
}

/** Runs are the axis in front of rows, times and the batch. */
const keepsRunsApart = before(3);

/**
 * Builds the operation `(gates, weights[, steps])` → saved rows, and its gradient
 * `(saved, weights, upstream[, steps])`.
 */
export function recurrence(cell: Cell): readonly [Operation, Operation] {
  const { name, gates, saved, slopes, biases } = cell;
  const [forwardKernel, gradientKernel] = kernelsOf(cell);
  const gradient: Operation = {
    name: cell.gradient,
    shape([result, weights, upstream]) {
      const [, times, batch] = result.shape.slice(-3);
      const units = unitsOf(weights, biases);
      const leading = result.shape.slice(0, -3);
      if (sameShape(upstream.shape, [...leading, units, times, batch])) {
        return [...leading, slopes * units, times, batch];
      }
      throw shapeError(cell.gradient, `upstream must be that of h, got ${formatShape(upstream.shape)}`);
    },
    derivative: noFurtherDerivative,
    reference(node, [result, weights, upstream, steps]) {
      const units = unitsOf(weights, biases);
      const walk: Walk = { units, rows: [saved, slopes], reverse: flagAttribute(node, 'reverse') };
      return walked(walk, [result, weights, steps], (subject, write, at) => {
        cell.backward(subject, (unit, t) => upstream.values[at(1, unit, t)], write);
      });
    },
    keepsRunsApart,
    lowering: opaque(gradientKernel, (node) => record(node, unitsOf(node.inputs[1], biases), node.inputs.at(3))),
  };
  const forward: Operation = {
    name,
    shape(inputs) {
      const { leading, units, times, batch } = sizesOf(cell, inputs);
      return [...leading, saved * units, times, batch];
    },
    derivative(node, upstream) {
      const [, weights, ...steps] = node.inputs;
      const { leading, units } = sizesOf(cell, node.inputs);
      const ofH = slice(upstream, leading.length, 0, units);
      const slopesOfGates = apply(gradient, [node, weights, ofH, ...steps], node.attributes);
      const earlier = stepsBefore(slice(node, leading.length, 0, units), flagAttribute(node, 'reverse'));
      return [...cell.derivative(slopesOfGates, earlier), undefined];
    },
    reference(node, inputs) {
      const { units } = sizesOf(cell, inputs);
      const walk: Walk = { units, rows: [gates, saved], reverse: flagAttribute(node, 'reverse') };
      return walked(walk, [inputs[0], inputs[1], inputs.at(2)], cell.forward);
    },
    keepsRunsApart,
    lowering: opaque(forwardKernel, (node) => record(node, unitsOf(node.inputs[1], biases), node.inputs.at(2))),
  };
  return [forward, gradient];
}

/** Returns the states h of every step, `[…, H, T, B]`. */
export function states(
  operation: Operation,
  cell: Pick<Cell, 'saved'>,
  [gates, weights]: readonly [Node, Node],
  { reverse = false, steps }: RecurrenceOptions,
): Node {
  const all = apply(operation, [gates, weights, ...(steps ? [steps] : [])], { reverse });
  const rows = all.shape.length - 3;
  return slice(all, rows, 0, all.shape[rows] / cell.saved);
}

/** Returns the shape `[…, rows, T · B]` for a node of shape `[…, rows, T, B]`. */
export function flatSteps({ shape }: Node): number[] {
  return [...shape.slice(0, -2), shape[shape.length - 2] * shape[shape.length - 1]];
}
