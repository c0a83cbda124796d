// Gated recurrent units (Cho et al., EMNLP 2014, with PyTorch's place of the reset gate), all of time in one operation,
// as `recurrence.ts` has LSTMs.

import { concat, reshape, slice } from './layout.js';
import { ones } from './leaves.js';
import { matmul } from './matmul.js';
import { apply, flagAttribute, noFurtherDerivative } from './node.js';
import type { Dense, Node, Operation } from './operation.js';
import { eachSubject, MOST_UNITS, stepsBefore, type RecurrenceOptions, type Walk } from './recurrence.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf } from './shapes.js';
import { sigmoid } from './special.js';

/** Rows of a unit: the gates r, z, n. */
const GATES = 3;
/** Of the result: h, the gates as they were, and what r multiplies. */
const KEPT = 5;
/** Of the gradient: by the gates before their activations, and by what r multiplies. */
const SLOPES = 4;

type Sized = readonly { readonly shape: readonly number[] }[];

/** Of gates `[…, 3 H, T, B]`, weights `[…, 3 H, H + 1]` and steps `[…, 1, T, B]`. */
function sizesOf(op: string, [gates, weights, ...rest]: Sized) {
  const leading = gates.shape.slice(0, -3);
  const [rows, times, batch] = gates.shape.slice(-3);
  const units = rows / GATES;
  const fits =
    gates.shape.length >= 3 &&
    Number.isInteger(units) &&
    units <= MOST_UNITS &&
    sameShape(weights.shape, [...leading, rows, units + 1]) &&
    rest.every((steps) => sameShape(steps.shape, [...leading, 1, times, batch]));
  if (!fits) {
    const shown = [gates, weights, ...rest].map((one) => formatShape(one.shape)).join(', ');
    const needs = `gates [..., 3 H, T, B], weights [..., 3 H, H + 1], steps [..., 1, T, B], H up to ${MOST_UNITS}`;
    throw shapeError(op, `needs ${needs}, got ${shown}`);
  }
  return { leading, units, times, batch };
}

function forward(walk: Walk, [gates, weights]: readonly Dense[], leading: number): Float64Array {
  const { units, times, batch } = walk;
  const out = new Float64Array(leading * KEPT * units * times * batch);
  eachSubject(walk, leading, (lead, subject, order) => {
    const at = (rows: number, row: number, t: number): number =>
      ((lead * rows * units + row) * times + t) * batch + subject;
    const h = new Float64Array(units);
    for (const { t, counts } of order) {
      if (counts) {
        const products = Float64Array.from({ length: GATES * units }, (_, row) => {
          const start = (lead * GATES * units + row) * (units + 1);
          return h.reduce((sum, value, k) => sum + weights.values[start + k] * value, weights.values[start + units]);
        });
        for (let unit = 0; unit < units; unit++) {
          const [ofR, ofZ, ofN] = [0, 1, 2].map((gate) => gates.values[at(GATES, gate * units + unit, t)]);
          const r = sigmoid(ofR + products[unit]);
          const z = sigmoid(ofZ + products[units + unit]);
          const m = products[2 * units + unit];
          const n = Math.tanh(ofN + r * m);
          h[unit] = (1 - z) * n + z * h[unit];
          [r, z, n, m].forEach((value, row) => (out[at(KEPT, (1 + row) * units + unit, t)] = value));
        }
      }
      h.forEach((value, unit) => (out[at(KEPT, unit, t)] = value));
    }
  });
  return out;
}

/** @param kept what `forward` gave @param upstream of h */
function backward(walk: Walk, [kept, weights, upstream]: readonly Dense[], leading: number): Float64Array {
  const { units, times, batch } = walk;
  const out = new Float64Array(leading * SLOPES * units * times * batch);
  eachSubject(walk, leading, (lead, subject, order) => {
    const at = (rows: number, row: number, t: number): number =>
      ((lead * rows * units + row) * times + t) * batch + subject;
    const dh = new Float64Array(units);
    for (const [position, { t, counts }] of [...order.entries()].reverse()) {
      for (let unit = 0; unit < units; unit++) dh[unit] += upstream.values[at(1, unit, t)];
      if (!counts) continue;
      const slopes = new Float64Array(SLOPES * units);
      for (let unit = 0; unit < units; unit++) {
        const [r, z, n, m] = [1, 2, 3, 4].map((row) => kept.values[at(KEPT, row * units + unit, t)]);
        const earlier = position > 0 ? kept.values[at(KEPT, unit, order[position - 1].t)] : 0;
        const ofN = dh[unit] * (1 - z) * (1 - n ** 2);
        slopes[unit] = ofN * m * r * (1 - r);
        slopes[units + unit] = dh[unit] * (earlier - n) * z * (1 - z);
        slopes[2 * units + unit] = ofN;
        slopes[3 * units + unit] = ofN * r;
        dh[unit] *= z;
      }
      slopes.forEach((slope, row) => (out[at(SLOPES, row, t)] = slope));
      const ofProducts = [...slopes.subarray(0, 2 * units), ...slopes.subarray(3 * units)];
      for (let unit = 0; unit < units; unit++) {
        dh[unit] += ofProducts.reduce(
          (sum, slope, row) => sum + slope * weights.values[(lead * GATES * units + row) * (units + 1) + unit],
          0,
        );
      }
    }
  });
  return out;
}

function record(node: Node, units: number, steps: Node | undefined): { readonly ints: readonly number[] } {
  const [times, batch] = node.shape.slice(-2);
  const leading = sizeOf(node.shape.slice(0, -3));
  return { ints: [leading, units, times, batch, Number(flagAttribute(node, 'reverse')), Number(steps !== undefined)] };
}

/** Runs are the first axis before rows, times and the batch. */
const keepsRunsApart = before(3);

const unitsOf = (weights: { readonly shape: readonly number[] }): number => weights.shape[weights.shape.length - 1] - 1;

const gruGrad: Operation = {
  name: 'gruGrad',
  shape([kept, weights, upstream]) {
    const [, times, batch] = kept.shape.slice(-3);
    const units = unitsOf(weights);
    const leading = kept.shape.slice(0, -3);
    if (sameShape(upstream.shape, [...leading, units, times, batch])) {
      return [...leading, SLOPES * units, times, batch];
    }
    throw shapeError('gruGrad', `upstream must be that of h, got ${formatShape(upstream.shape)}`);
  },
  derivative: noFurtherDerivative,
  reference(node, [kept, weights, upstream, steps]) {
    const [times, batch] = kept.shape.slice(-2);
    const walk = { units: unitsOf(weights), times, batch, reverse: flagAttribute(node, 'reverse'), steps };
    return backward(walk, [kept, weights, upstream], sizeOf(kept.shape.slice(0, -3)));
  },
  keepsRunsApart,
  lowering: {
    kind: 'opaque',
    kernel: 'gruGrad',
    record: (node) => record(node, unitsOf(node.inputs[1]), node.inputs.at(3)),
  },
};

export const gruRows = {
  gru: {
    name: 'gru',
    shape(inputs) {
      const { leading, units, times, batch } = sizesOf('gru', inputs);
      return [...leading, KEPT * units, times, batch];
    },
    derivative(node, upstream) {
      const [, weights, ...steps] = node.inputs;
      const { leading, units, times, batch } = sizesOf('gru', node.inputs);
      const axis = leading.length;
      const ofH = slice(upstream, axis, 0, units);
      const slopes = apply(gruGrad, [node, weights, ofH, ...steps], node.attributes);
      const earlier = stepsBefore(slice(node, axis, 0, units), flagAttribute(node, 'reverse'));
      const entering = concat([earlier, ones([...leading, 1, times, batch])], axis);
      const flat = (x: Node): Node => reshape(x, [...leading, x.shape[axis], times * batch]);
      const all = matmul(flat(slopes), flat(entering), { transB: true });
      const ofWeights = concat([slice(all, axis, 0, 2 * units), slice(all, axis, GATES * units, SLOPES * units)], axis);
      return [slice(slopes, axis, 0, GATES * units), ofWeights, undefined];
    },
    reference(node, inputs) {
      const { leading, units, times, batch } = sizesOf('gru', inputs);
      const walk = { units, times, batch, reverse: flagAttribute(node, 'reverse'), steps: inputs.at(2) };
      return forward(walk, inputs, sizeOf(leading));
    },
    keepsRunsApart,
    lowering: {
      kind: 'opaque',
      kernel: 'gru',
      record: (node) => record(node, unitsOf(node.inputs[1]), node.inputs.at(2)),
    },
  },
  gruGrad,
} satisfies Record<string, Operation>;

/**
 * The states h of every step, `[…, H, T, B]`. Differentiable once.
 * @param gates what the steps' inputs and their biases give the gates r, z, n (PyTorch's order), `[…, 3 H, T, B]`
 * @param weights of the step before and, in the last column, their biases, `[…, 3 H, H + 1]`
 * @throws InputError `shape-mismatch`
 */
export function gru(gates: Node, weights: Node, { reverse = false, steps }: RecurrenceOptions = {}): Node {
  const kept = apply(gruRows.gru, [gates, weights, ...(steps ? [steps] : [])], { reverse });
  return slice(kept, kept.shape.length - 3, 0, unitsOf(weights));
}
