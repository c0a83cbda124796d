// Pictures moved and mirrored, each subject's in its own way: what augmentation draws at random.

import { greater, select } from './binary.js';
import { concat, reshape, slice } from './layout.js';
import { zeros } from './leaves.js';
import { apply, textAttribute } from './node.js';
import type { Attributes, Dense, Node, Operation } from './operation.js';
import { sumTo } from './reduction.js';
import {
  broadcastShapes,
  broadcastStrides,
  contiguousStrides,
  formatShape,
  positions,
  shapeError,
  sizeOf,
  type Shape,
} from './shapes.js';
import { neg } from './unary.js';

/** Rows of a subject's move: whether it is mirrored, and how far it goes down and to the right. */
const MOVE_ROWS = 3;
/** From here on single precision does not have all whole numbers. */
const LONGEST_MOVE = 2 ** 24;

export interface MoveOptions {
  /** What comes in at an edge: what went out at the opposite one, or zeros. */
  readonly edge: 'wrap' | 'zero';
}

/** Leading axes of the result, and strides along them of tensors whose last axes make a picture or a move. */
function leadingOf(x: Shape, moves: Shape): { leading: Shape; strides: (own: Shape, last: number) => number[] } {
  const leading = broadcastShapes([x.slice(0, -4), moves.slice(0, -2)]) ?? [];
  return {
    leading,
    strides: (own, last) => broadcastStrides(own.slice(0, -last), leading, contiguousStrides(own).slice(0, -last)),
  };
}

/** The offset of the row or column that comes to `at`; undefined: none does. */
function sourceOf(at: number, move: number, extent: number, wraps: boolean): number | undefined {
  const from = at - Math.trunc(move);
  if (wraps) return ((from % extent) + extent) % extent;
  return from >= 0 && from < extent ? from : undefined;
}

function reference({ shape, attributes }: Node, [x, moves]: readonly Dense[]): Float64Array {
  const [channels, height, width, batch] = shape.slice(-4);
  const { leading, strides } = leadingOf(x.shape, moves.shape);
  const [starts, moveStarts] = [strides(x.shape, 4), strides(moves.shape, 2)].map((own) => positions(leading, own));
  const wraps = attributes['edge'] === 'wrap';
  const out = new Float64Array(sizeOf(shape));
  let to = 0;
  for (let lead = 0; lead < starts.length; lead++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          for (let b = 0; b < batch; b++) {
            const move = [0, 1, 2].map((row) => moves.values[moveStarts[lead] + row * batch + b]);
            const [row, column] = [sourceOf(i, move[1], height, wraps), sourceOf(j, move[2], width, wraps)];
            const found = row !== undefined && column !== undefined;
            const from = found ? (row * width + (move[0] > 0 ? width - 1 - column : column)) * batch : 0;
            const value = found ? x.values[starts[lead] + channel * height * width * batch + from + b] : 0;
            out[to++] = move.every((own) => Math.abs(own) < LONGEST_MOVE) ? value : NaN;
          }
        }
      }
    }
  }
  return out;
}

/** The moves that take pictures back. Mirrored before it is moved, a picture goes back by moving on. */
function reversed(moves: Node): Node {
  const axis = moves.shape.length - 2;
  const [mirror, down, right] = [0, 1, 2].map((row) => slice(moves, axis, row, row + 1));
  return concat([mirror, neg(down), select(greater(mirror, 0), right, neg(right))], axis);
}

const moveRow: Operation = {
  name: 'moveImages',
  shape([x, moves]) {
    const leading = broadcastShapes([x.shape.slice(0, -4), moves.shape.slice(0, -2)]);
    const [rows, batch] = moves.shape.slice(-2);
    const fits = x.shape.length >= 4 && moves.shape.length === x.shape.length - 2 && rows === MOVE_ROWS;
    if (fits && leading !== undefined && batch === x.shape.at(-1)) return [...leading, ...x.shape.slice(-4)];
    const shown = `${formatShape(x.shape)} and ${formatShape(moves.shape)}`;
    throw shapeError('moveImages', `needs [..., C, H, W, B] and moves [..., ${MOVE_ROWS}, B], got ${shown}`);
  },
  derivative(node, upstream) {
    const [x, moves] = node.inputs;
    return [sumTo(apply(moveRow, [upstream, reversed(moves)], node.attributes), x.shape), undefined];
  },
  reference,
  keepsRunsApart: ({ inputs, shape }, hasRuns) =>
    shape.length > 4 && inputs.every((input) => hasRuns(input) || input.shape[0] === 1),
  lowering: {
    kind: 'opaque',
    kernel: 'moveImages',
    record(node) {
      const [x, moves] = node.inputs.map((input) => input.shape);
      const { leading, strides } = leadingOf(x, moves);
      const along = [...strides(node.shape, 4), ...strides(x, 4), ...strides(moves, 2)];
      const wraps = Number(textAttribute(node, 'edge') === 'wrap');
      return { ints: [leading.length, ...leading, ...along, ...node.shape.slice(-4), wraps] };
    },
  },
};

export const augmentationRows = { moveImages: moveRow } satisfies Record<string, Operation>;

/**
 * Every subject's picture, mirrored where its move says so and then moved by whole rows and columns: what was at (i, j)
 * comes to (i + down, j + right). Differentiable by x.
 * @param x `[…, C, H, W, B]`
 * @param moves `[…, 3, B]`: above 0 to mirror left and right, rows down, columns to the right. Fractions do not count;
 *   a NaN, or 2²⁴ and more, makes the subject's picture NaN.
 * @returns `[…, C, H, W, B]`; leading axes broadcast
 * @throws InputError `shape-mismatch`
 */
export function moveImages(x: Node, moves: Node, { edge }: MoveOptions): Node {
  return apply(moveRow, [x, moves], { edge } satisfies Attributes);
}

/** Of series, x `[…, C, T, B]` by steps `[…, 1, B]` towards later times. As `moveImages` otherwise. */
export function moveSeries(x: Node, steps: Node, options: MoveOptions): Node {
  const [channels, times, batch] = x.shape.slice(-3);
  const none = zeros([...steps.shape.slice(0, -2), MOVE_ROWS - 1, batch]);
  const rows = reshape(x, [...x.shape.slice(0, -3), channels, 1, times, batch]);
  const moved = moveImages(rows, concat([none, steps], steps.shape.length - 2), options);
  return reshape(moved, [...moved.shape.slice(0, -4), channels, times, batch]);
}
