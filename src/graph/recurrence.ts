// Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates), all of time in one operation. What a step
// takes from its input is a product over all times beforehand, so only what depends on the step before is done here.

import { concat, reshape, slice } from './layout.js';
import { zeros } from './leaves.js';
import { matmul } from './matmul.js';
import { apply, flagAttribute, noFurtherDerivative } from './node.js';
import type { Dense, Node, Operation } from './operation.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf, type Shape } from './shapes.js';
import { sigmoid } from './special.js';

/** Rows of the result for each unit: h, c and the gates i, f, g, o as they were. */
export const KEPT = 6;
export const GATES = 4;
/** What a thread block of a GPU keeps of some subjects (native/kinds.h). */
export const MOST_UNITS = 512;

/** [leading, units, times, batch] of gates `[…, 4 H, T, B]`, weights `[…, 4 H, H]` and steps `[…, 1, T, B]`. */
function sizesOf(op: string, [gates, weights, ...rest]: readonly { readonly shape: Shape }[]) {
  const leading = gates.shape.slice(0, -3);
  const [rows, times, batch] = gates.shape.slice(-3);
  const units = weights.shape.at(-1) ?? 0;
  const fits =
    gates.shape.length >= 3 &&
    rows === GATES * units &&
    units <= MOST_UNITS &&
    sameShape(weights.shape, [...leading, rows, units]) &&
    rest.every((steps) => sameShape(steps.shape, [...leading, 1, times, batch]));
  if (!fits) {
    const shown = [gates, weights, ...rest].map((one) => formatShape(one.shape)).join(', ');
    throw shapeError(
      op,
      `needs gates [..., 4 H, T, B], weights [..., 4 H, H], steps [..., 1, T, B], H up to ${MOST_UNITS}, got ${shown}`,
    );
  }
  return { leading, units, times, batch };
}

export interface Walk {
  readonly units: number;
  readonly times: number;
  readonly batch: number;
  readonly reverse: boolean;
  readonly steps: Dense | undefined;
}

/** Visits the subjects of every leading place, with the times in the order of the recurrence. */
export function eachSubject(
  { times, batch, reverse, steps }: Walk,
  leading: number,
  visit: (lead: number, subject: number, order: readonly { readonly t: number; readonly counts: boolean }[]) => void,
): void {
  for (let lead = 0; lead < leading; lead++) {
    for (let subject = 0; subject < batch; subject++) {
      const order = Array.from({ length: times }, (_, i) => {
        const t = reverse ? times - 1 - i : i;
        return { t, counts: steps === undefined || steps.values[(lead * times + t) * batch + subject] > 0 };
      });
      visit(lead, subject, order);
    }
  }
}

function forward(walk: Walk, [gates, weights]: readonly Dense[], leading: number): Float64Array {
  const { units, times, batch } = walk;
  const out = new Float64Array(leading * KEPT * units * times * batch);
  eachSubject(walk, leading, (lead, subject, order) => {
    const at = (rows: number, row: number, t: number): number =>
      ((lead * rows * units + row) * times + t) * batch + subject;
    let h = new Float64Array(units);
    let c = new Float64Array(units);
    for (const { t, counts } of order) {
      const before = h;
      if (counts) {
        const sums = Float64Array.from({ length: GATES * units }, (_, row) =>
          before.reduce(
            (sum, value, unit) => sum + weights.values[(lead * GATES * units + row) * units + unit] * value,
            gates.values[at(GATES, row, t)],
          ),
        );
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) =>
          sums.subarray(gate * units, (gate + 1) * units).map(gate === 2 ? Math.tanh : sigmoid),
        );
        c = c.map((value, unit) => f[unit] * value + i[unit] * g[unit]);
        h = c.map((value, unit) => o[unit] * Math.tanh(value));
        [i, f, g, o].forEach((gate, k) => gate.forEach((v, unit) => (out[at(KEPT, (2 + k) * units + unit, t)] = v)));
      }
      for (let unit = 0; unit < units; unit++) {
        out[at(KEPT, unit, t)] = h[unit];
        out[at(KEPT, units + unit, t)] = c[unit];
      }
    }
  });
  return out;
}

/** Slopes by the gates before their activations. @param kept what `forward` gave @param upstream of h */
function backward(walk: Walk, [kept, weights, upstream]: readonly Dense[], leading: number): Float64Array {
  const { units, times, batch } = walk;
  const out = new Float64Array(leading * GATES * units * times * batch);
  eachSubject(walk, leading, (lead, subject, order) => {
    const at = (rows: number, row: number, t: number): number =>
      ((lead * rows * units + row) * times + t) * batch + subject;
    const dh = new Float64Array(units);
    const dc = new Float64Array(units);
    for (const [position, { t, counts }] of [...order.entries()].reverse()) {
      for (let unit = 0; unit < units; unit++) dh[unit] += upstream.values[at(1, unit, t)];
      if (!counts) continue;
      const previous = position > 0 ? order[position - 1].t : undefined;
      const slopes = new Float64Array(GATES * units);
      for (let unit = 0; unit < units; unit++) {
        const [c, i, f, g, o] = [1, 2, 3, 4, 5].map((row) => kept.values[at(KEPT, row * units + unit, t)]);
        const cBefore = previous === undefined ? 0 : kept.values[at(KEPT, units + unit, previous)];
        const squashed = Math.tanh(c);
        dc[unit] += dh[unit] * o * (1 - squashed ** 2);
        slopes[unit] = dc[unit] * g * i * (1 - i);
        slopes[units + unit] = dc[unit] * cBefore * f * (1 - f);
        slopes[2 * units + unit] = dc[unit] * i * (1 - g ** 2);
        slopes[3 * units + unit] = dh[unit] * squashed * o * (1 - o);
        dc[unit] *= f;
      }
      slopes.forEach((slope, row) => (out[at(GATES, row, t)] = slope));
      for (let unit = 0; unit < units; unit++) {
        dh[unit] = slopes.reduce(
          (sum, slope, row) => sum + slope * weights.values[(lead * GATES * units + row) * units + unit],
          0,
        );
      }
    }
  });
  return out;
}

/** h of the step before each, `[…, H, T, B]`: 0 before the first. */
export function stepsBefore(h: Node, reverse: boolean): Node {
  const axis = h.shape.length - 2;
  const times = h.shape[axis];
  const start = zeros(h.shape.map((extent, i) => (i === axis ? 1 : extent)));
  if (times === 1) return start;
  return concat(reverse ? [slice(h, axis, 1, times), start] : [start, slice(h, axis, 0, times - 1)], axis);
}

function record(
  shape: Shape,
  units: number,
  node: Node,
  steps: Node | undefined,
): { readonly ints: readonly number[] } {
  const [times, batch] = shape.slice(-2);
  const leading = sizeOf(shape.slice(0, -3));
  return { ints: [leading, units, times, batch, Number(flagAttribute(node, 'reverse')), Number(steps !== undefined)] };
}

/** Runs are the first axis before rows, times and the batch. */
const keepsRunsApart = before(3);

const lstmGrad: Operation = {
  name: 'lstmGrad',
  shape([kept, weights, upstream]) {
    const [, times, batch] = kept.shape.slice(-3);
    const units = weights.shape.at(-1) ?? 0;
    const leading = kept.shape.slice(0, -3);
    if (sameShape(upstream.shape, [...leading, units, times, batch])) {
      return [...leading, GATES * units, times, batch];
    }
    throw shapeError('lstmGrad', `upstream must be that of h, got ${formatShape(upstream.shape)}`);
  },
  derivative: noFurtherDerivative,
  reference(node, [kept, weights, upstream, steps]) {
    const [, times, batch] = kept.shape.slice(-3);
    const units = weights.shape.at(-1) ?? 0;
    const walk = { units, times, batch, reverse: flagAttribute(node, 'reverse'), steps };
    return backward(walk, [kept, weights, upstream], sizeOf(kept.shape.slice(0, -3)));
  },
  keepsRunsApart,
  lowering: {
    kind: 'opaque',
    kernel: 'lstmGrad',
    record: (node) => record(node.shape, node.inputs[1].shape.at(-1) ?? 0, node, node.inputs.at(3)),
  },
};

export const recurrenceRows = {
  lstm: {
    name: 'lstm',
    shape(inputs) {
      const { leading, units, times, batch } = sizesOf('lstm', inputs);
      return [...leading, KEPT * units, times, batch];
    },
    derivative(node, upstream) {
      const [, weights, ...steps] = node.inputs;
      const { leading, units, times, batch } = sizesOf('lstm', node.inputs);
      const rows = leading.length;
      const ofH = slice(upstream, rows, 0, units);
      const slopes = apply(lstmGrad, [node, weights, ofH, ...steps], node.attributes);
      const earlier = stepsBefore(slice(node, rows, 0, units), flagAttribute(node, 'reverse'));
      const flat = (x: Node): Node => reshape(x, [...leading, x.shape[rows], times * batch]);
      return [slopes, matmul(flat(slopes), flat(earlier), { transB: true }), undefined];
    },
    reference(node, inputs) {
      const { leading, units, times, batch } = sizesOf('lstm', inputs);
      const walk = { units, times, batch, reverse: flagAttribute(node, 'reverse'), steps: inputs.at(2) };
      return forward(walk, inputs, sizeOf(leading));
    },
    keepsRunsApart,
    lowering: {
      kind: 'opaque',
      kernel: 'lstm',
      record: (node) => record(node.shape, node.inputs[1].shape.at(-1) ?? 0, node, node.inputs.at(2)),
    },
  },
  lstmGrad,
} satisfies Record<string, Operation>;

export interface RecurrenceOptions {
  /** From the last step to the first. Default false. */
  readonly reverse?: boolean;
  /** `[…, 1, T, B]`: above 0 where a step counts; others leave h and c as they are. Left out: all count. */
  readonly steps?: Node;
}

/**
 * The states h of every step, `[…, H, T, B]`. Differentiable once.
 * @param gates what the steps' inputs and biases give the gates i, f, g, o (PyTorch's order), `[…, 4 H, T, B]`
 * @param weights of the step before, `[…, 4 H, H]`
 * @throws InputError `shape-mismatch`
 */
export function lstm(gates: Node, weights: Node, { reverse = false, steps }: RecurrenceOptions = {}): Node {
  const kept = apply(recurrenceRows.lstm, [gates, weights, ...(steps ? [steps] : [])], { reverse });
  return slice(kept, kept.shape.length - 3, 0, weights.shape[weights.shape.length - 1]);
}
