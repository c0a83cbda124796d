// Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates).

import { reshape } from './layout.js';
import { matmul } from './matmul.js';
import type { Node, Operation } from './operation.js';
import { flatSteps, recurrence, states, type Cell, type RecurrenceOptions } from './recurrence.js';
import { sigmoid } from './special.js';

/** Rows of each unit in the result: h, c and the gates i, f, g, o after their activations. */
export const SAVED = 6;
export const GATES = 4;

const cell: Cell = {
  name: 'lstm',
  gradient: 'lstmGrad',
  gates: GATES,
  saved: SAVED,
  slopes: GATES,
  biases: 0,

  forward({ units, order, read, weight }, write) {
    let h = new Float64Array(units);
    let c = new Float64Array(units);
    for (const { t, counts } of order) {
      const before = h;
      if (counts) {
        const sums = Float64Array.from({ length: GATES * units }, (_, row) =>
          before.reduce((sum, value, unit) => sum + weight(row, unit) * value, read(row, t)),
        );
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) =>
          sums.subarray(gate * units, (gate + 1) * units).map(gate === 2 ? Math.tanh : sigmoid),
        );
        c = c.map((value, unit) => f[unit] * value + i[unit] * g[unit]);
        h = c.map((value, unit) => o[unit] * Math.tanh(value));
        [i, f, g, o].forEach((gate, k) => gate.forEach((v, unit) => write((2 + k) * units + unit, t, v)));
      }
      for (let unit = 0; unit < units; unit++) {
        write(unit, t, h[unit]);
        write(units + unit, t, c[unit]);
      }
    }
  },

  backward({ units, order, read, weight }, upstream, write) {
    const dh = new Float64Array(units);
    const dc = new Float64Array(units);
    for (const [position, { t, counts }] of [...order.entries()].reverse()) {
      for (let unit = 0; unit < units; unit++) dh[unit] += upstream(unit, t);
      if (!counts) continue;
      const slopes = new Float64Array(GATES * units);
      for (let unit = 0; unit < units; unit++) {
        const [c, i, f, g, o] = [1, 2, 3, 4, 5].map((row) => read(row * units + unit, t));
        const cBefore = position > 0 ? read(units + unit, order[position - 1].t) : 0;
        const squashed = Math.tanh(c);
        dc[unit] += dh[unit] * o * (1 - squashed ** 2);
        slopes[unit] = dc[unit] * g * i * (1 - i);
        slopes[units + unit] = dc[unit] * cBefore * f * (1 - f);
        slopes[2 * units + unit] = dc[unit] * i * (1 - g ** 2);
        slopes[3 * units + unit] = dh[unit] * squashed * o * (1 - o);
        dc[unit] *= f;
      }
      slopes.forEach((slope, row) => write(row, t, slope));
      for (let unit = 0; unit < units; unit++) {
        dh[unit] = slopes.reduce((sum, slope, row) => sum + slope * weight(row, unit), 0);
      }
    }
  },

  derivative: (slopes, earlier) => [
    slopes,
    matmul(reshape(slopes, flatSteps(slopes)), reshape(earlier, flatSteps(earlier)), { transB: true }),
  ],
};

const [forward, gradient] = recurrence(cell);

export const lstmRows = { lstm: forward, lstmGrad: gradient } satisfies Record<string, Operation>;

/**
 * Returns the states h of every step, `[…, H, T, B]`. Steps that do not count leave h and c unchanged. Differentiable
 * once.
 * @param gates contributions of the inputs and biases to the gates i, f, g, o (PyTorch's order), `[…, 4 H, T, B]`
 * @param weights of the previous h, `[…, 4 H, H]`
 * @throws InputError `shape-mismatch`
 */
export function lstm(gates: Node, weights: Node, options: RecurrenceOptions = {}): Node {
  return states(forward, cell, [gates, weights], options);
}
