// Running sums along an axis: of steps to ordered thresholds, of bins to a spline, of subjects to the sets at risk in
// survival.

import { reshape } from './layout.js';
import { constant } from './leaves.js';
import { matmul } from './matmul.js';
import { apply, flagAttribute, numberAttribute } from './node.js';
import { opaque, type Node, type Operation } from './operation.js';
import { flag, kernel, reads, size, writes } from './kernel-record.js';
import { alongAxis } from './runs.js';
import { resolveAxis, sizeOf, type Shape } from './shapes.js';

/** Terms are added in their order, with reverse from the last one on. A NaN makes all later sums NaN. */
export const cumulativeSumKernel = kernel({
  name: 'cumulativeSum',
  ints: { groups: size, terms: size, columns: size, reverse: flag },
  floats: {},
  operands: { out: writes('groups', 'terms', 'columns'), x: reads('groups', 'terms', 'columns') },
});

function record(shape: Shape, node: Node) {
  const axis = numberAttribute(node, 'axis');
  const [groups, columns] = [shape.slice(0, axis), shape.slice(axis + 1)].map(sizeOf);
  return { groups, terms: shape[axis], columns, reverse: flagAttribute(node, 'reverse') };
}

export const cumulativeSumRows = {
  cumulativeSum: {
    name: 'cumulativeSum',
    shape: ([x]) => x.shape,
    // Term i is part of all sums from i on, so its slope is the sum of their slopes, in the other direction.
    derivative: (node, upstream) => [
      cumulativeSum(upstream, numberAttribute(node, 'axis'), { reverse: !flagAttribute(node, 'reverse') }),
    ],
    reference(node, [x]) {
      const { terms, columns, reverse } = record(x.shape, node);
      const result = Float64Array.from(x.values);
      const position = (i: number): number => Math.floor(i / columns) % terms;
      const order = [...result.keys()];
      for (const i of reverse ? order.reverse() : order) {
        if (position(i) !== (reverse ? terms - 1 : 0)) result[i] += result[reverse ? i + columns : i - columns];
      }
      return result;
    },
    keepsRunsApart: alongAxis,
    lowering: opaque(cumulativeSumKernel, (node) => record(node.shape, node)),
    // A product with a triangle of ones.
    expand(node) {
      const { terms, columns, reverse } = record(node.shape, node);
      const leading = node.shape.slice(0, numberAttribute(node, 'axis'));
      const ones = Array.from({ length: terms * terms }, (_, at) => {
        const [row, column] = [Math.floor(at / terms), at % terms];
        return Number(reverse ? column >= row : column <= row);
      });
      const triangle = constant(ones, [...leading.map(() => 1), terms, terms]);
      return reshape(matmul(triangle, reshape(node.inputs[0], [...leading, terms, columns])), node.shape);
    },
  },
} satisfies Record<string, Operation>;

export interface CumulativeSumOptions {
  /** True: sums of a term and all terms after it. Default false: of a term and all terms before it. */
  readonly reverse?: boolean;
}

/** Returns the running sums along `axis` (negative axes count from the back), in the shape of x. */
export function cumulativeSum(x: Node, axis: number, { reverse = false }: CumulativeSumOptions = {}): Node {
  return apply(cumulativeSumRows.cumulativeSum, [x], {
    axis: resolveAxis('cumulativeSum', axis, x.shape.length),
    reverse,
  });
}
