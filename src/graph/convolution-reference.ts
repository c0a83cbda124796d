// Computes the slopes of Σ y · conv2d(x, w) by x, w and y in float64.

import type { Geometry } from './convolution-geometry.js';
import type { Dense } from './operation.js';
import { broadcastStrides, contiguousStrides, positions, sizeOf, type Shape } from './shapes.js';

export type Role = 'x' | 'w' | 'y';

interface Contraction {
  /** Shape of the result. */
  readonly shape: Shape;
  readonly inputs: readonly [Role, Role];
  readonly operands: readonly Dense[];
}

/** Returns the slope by `result`, from the other two tensors. */
export function contract(geometry: Geometry, result: Role, { shape, inputs, operands }: Contraction): Float64Array {
  const { leading, groups, batch } = geometry;
  const out = new Float64Array(sizeOf(shape));
  const [first, second] = operands.map(({ values }) => values);
  const startsOf = (tensor: Shape): Int32Array =>
    positions(leading, broadcastStrides(tensor.slice(0, -4), leading, contiguousStrides(tensor).slice(0, -4)));
  const [starts, firstStarts, secondStarts] = [shape, ...operands.map((one) => one.shape)].map(startsOf);
  const columnsOf = (role: Role): number => (role === 'w' ? 0 : 1);
  for (let lead = 0; lead < starts.length; lead++) {
    for (let group = 0; group < groups; group++) {
      eachTap(geometry, group, (at) => {
        const [to, a, b] = [
          starts[lead] + at[result],
          firstStarts[lead] + at[inputs[0]],
          secondStarts[lead] + at[inputs[1]],
        ];
        const [stepTo, stepA, stepB] = [result, ...inputs].map(columnsOf);
        for (let column = 0; column < batch; column++) {
          out[to + column * stepTo] += first[a + column * stepA] * second[b + column * stepB];
        }
      });
    }
  }
  return out;
}

/**
 * Visits every triple of elements of x, w and y that one product of the sum combines within a group, by their offsets.
 * Offsets in x and y are those of the first batch column.
 */
function eachTap(geometry: Geometry, group: number, visit: (at: Record<Role, number>) => void): void {
  const { inputs, outputs, input, output, taps, batch } = geometry;
  const along = [0, 1].map((axis) => meetings(geometry, axis));
  for (let o = group * outputs; o < (group + 1) * outputs; o++) {
    for (let c = 0; c < inputs; c++) {
      for (const [i, k, h] of along[0]) {
        for (const [j, l, v] of along[1]) {
          visit({
            x: (((group * inputs + c) * input[0] + h) * input[1] + v) * batch,
            w: ((o * inputs + c) * taps[0] + k) * taps[1] + l,
            y: ((o * output[0] + i) * output[1] + j) * batch,
          });
        }
      }
    }
  }
}

/** Returns all triples of output, tap and input that meet along an axis. */
function meetings({ input, output, taps, stride, padding, dilation }: Geometry, axis: number): number[][] {
  return Array.from({ length: output[axis] }, (_, i) =>
    Array.from({ length: taps[axis] }, (_, k) => [i, k, i * stride[axis] - padding[axis] + k * dilation[axis]]),
  )
    .flat()
    .filter(([, , at]) => at >= 0 && at < input[axis]);
}
