// Gated recurrent units (Cho et al., EMNLP 2014), with the reset gate applied as in PyTorch: after the product with h.

import { concat, reshape, slice } from './layout.js';
import { ones } from './leaves.js';
import { matmul } from './matmul.js';
import type { Node, Operation } from './operation.js';
import { flatSteps, recurrence, states, type Cell, type RecurrenceOptions } from './recurrence.js';
import { sigmoid } from './special.js';

/** Rows of each unit in the gates: r, z, n. */
const GATES = 3;
/**
 * Rows of each unit in the gradient: the slopes by the gates before their activations, and by the product that r
 * multiplies.
 */
const SLOPES = 4;

const cell: Cell = {
  name: 'gru',
  gradient: 'gruGrad',
  gates: GATES,
  // Rows of each unit: h, the three gates after their activations, and the product that r multiplies.
  saved: 5,
  slopes: SLOPES,
  biases: 1,

  forward({ units, order, read, weight }, write) {
    const h = new Float64Array(units);
    for (const { t, counts } of order) {
      if (counts) {
        const products = Float64Array.from({ length: GATES * units }, (_, row) =>
          h.reduce((sum, value, k) => sum + weight(row, k) * value, weight(row, units)),
        );
        for (let unit = 0; unit < units; unit++) {
          const [ofR, ofZ, ofN] = [0, 1, 2].map((gate) => read(gate * units + unit, t));
          const r = sigmoid(ofR + products[unit]);
          const z = sigmoid(ofZ + products[units + unit]);
          const m = products[2 * units + unit];
          const n = Math.tanh(ofN + r * m);
          h[unit] = (1 - z) * n + z * h[unit];
          [r, z, n, m].forEach((value, row) => write((1 + row) * units + unit, t, value));
        }
      }
      h.forEach((value, unit) => write(unit, t, value));
    }
  },

  backward({ units, order, read, weight }, upstream, write) {
    const dh = new Float64Array(units);
    for (const [position, { t, counts }] of [...order.entries()].reverse()) {
      for (let unit = 0; unit < units; unit++) dh[unit] += upstream(unit, t);
      if (!counts) continue;
      const slopes = new Float64Array(SLOPES * units);
      for (let unit = 0; unit < units; unit++) {
        const [r, z, n, m] = [1, 2, 3, 4].map((row) => read(row * units + unit, t));
        const earlier = position > 0 ? read(unit, order[position - 1].t) : 0;
        const ofN = dh[unit] * (1 - z) * (1 - n ** 2);
        slopes[unit] = ofN * m * r * (1 - r);
        slopes[units + unit] = dh[unit] * (earlier - n) * z * (1 - z);
        slopes[2 * units + unit] = ofN;
        slopes[3 * units + unit] = ofN * r;
        dh[unit] *= z;
      }
      slopes.forEach((slope, row) => write(row, t, slope));
      const ofProducts = [...slopes.subarray(0, 2 * units), ...slopes.subarray(3 * units)];
      for (let unit = 0; unit < units; unit++) {
        dh[unit] += ofProducts.reduce((sum, slope, row) => sum + slope * weight(row, unit), 0);
      }
    }
  },

  derivative(slopes, earlier) {
    const axis = slopes.shape.length - 3;
    const units = earlier.shape[axis];
    const entering = concat([earlier, ones(earlier.shape.map((extent, i) => (i === axis ? 1 : extent)))], axis);
    const all = matmul(reshape(slopes, flatSteps(slopes)), reshape(entering, flatSteps(entering)), { transB: true });
    return [
      slice(slopes, axis, 0, GATES * units),
      concat([slice(all, axis, 0, 2 * units), slice(all, axis, GATES * units, SLOPES * units)], axis),
    ];
  },
};

const [forward, gradient] = recurrence(cell);

export const gruRows = { gru: forward, gruGrad: gradient } satisfies Record<string, Operation>;

/**
 * Returns the states h of every step, `[…, H, T, B]`. Steps that do not count leave h unchanged. Differentiable once.
 * @param gates contributions of the inputs and their biases to the gates r, z, n (PyTorch's order), `[…, 3 H, T, B]`
 * @param weights of the previous h, with the biases in the last column, `[…, 3 H, H + 1]`
 * @throws InputError `shape-mismatch`
 */
export function gru(gates: Node, weights: Node, options: RecurrenceOptions = {}): Node {
  return states(forward, cell, [gates, weights], options);
}
