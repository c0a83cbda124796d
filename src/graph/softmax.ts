// The softmax over an axis, e^x / Σ e^x, which converts logits to probabilities of categories.

import { div, mul, sub } from './binary.js';
import { apply, numberAttribute } from './node.js';
import { opaque, type Node, type Operation } from './operation.js';
import { kernel, reads, size, writes } from './kernel-record.js';
import { max, sum } from './reduction.js';
import { alongAxis } from './runs.js';
import { resolveAxis, sizeOf, type Shape } from './shapes.js';
import { exp } from './unary.js';

/**
 * The largest x of a column is subtracted first. If a column has a NaN or +∞, or only −∞, all its categories are NaN.
 */
export const softmaxKernel = kernel({
  name: 'softmax',
  ints: { groups: size, categories: size, columns: size },
  floats: {},
  operands: {
    out: writes('groups', 'categories', 'columns'),
    logits: reads('groups', 'categories', 'columns'),
  },
  flops: '4 * groups * categories * columns',
});

/** Returns the number of categories and of the elements before and after their axis. */
function sizes(shape: Shape, axis: number) {
  return { groups: sizeOf(shape.slice(0, axis)), categories: shape[axis], columns: sizeOf(shape.slice(axis + 1)) };
}

const axisOf = (node: Node): number => numberAttribute(node, 'axis');
const total = (x: Node, axis: number): Node => sum(x, [axis], { keep: true });

export const softmaxRows = {
  softmax: {
    name: 'softmax',
    shape: ([x]) => x.shape,
    derivative(y, upstream) {
      const weighted = mul(upstream, y);
      return [sub(weighted, mul(y, total(weighted, axisOf(y))))];
    },
    reference(node, [x]) {
      const { groups, categories, columns } = sizes(x.shape, axisOf(node));
      const result = new Float64Array(x.values.length);
      for (let group = 0; group < groups; group++) {
        for (let column = 0; column < columns; column++) {
          const at = (k: number): number => (group * categories + k) * columns + column;
          const logits = Array.from({ length: categories }, (_, k) => x.values[at(k)]);
          const maximum = Math.max(...logits);
          const powers = logits.map((logit) => Math.exp(logit - maximum));
          const whole = powers.reduce((a, b) => a + b, 0);
          powers.forEach((power, k) => (result[at(k)] = power / whole));
        }
      }
      return result;
    },
    keepsRunsApart: alongAxis,
    lowering: opaque(softmaxKernel, (node) => sizes(node.shape, axisOf(node))),
    expand(node) {
      const [x] = node.inputs;
      const axis = axisOf(node);
      const powers = exp(sub(x, max(x, [axis], { keep: true })));
      return div(powers, total(powers, axis));
    },
  },
} satisfies Record<string, Operation>;

/**
 * Returns e^x / Σ e^x along `axis` (negative axes count from the back), in the shape of x. A NaN makes all results
 * along the axis NaN.
 */
export function softmax(x: Node, axis: number): Node {
  return apply(softmaxRows.softmax, [x], { axis: resolveAxis('softmax', axis, x.shape.length) });
}
