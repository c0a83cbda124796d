// Random augmentation of images: the image of each subject is mirrored and shifted by the subject's row of `moves`.

import { greater, select } from './binary.js';
import { concat, reshape, slice } from './layout.js';
import { zeros } from './leaves.js';
import { apply, textAttribute } from './node.js';
import { opaque, type Attributes, type Dense, type Node, type Operation } from './operation.js';
import { extent, flag, kernel, leading as alongLeading, size } from './kernel-record.js';
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

/** Rows of a move: mirror, rows down, columns to the right. */
const MOVE_ROWS = 3;
/** Single precision does not represent all whole numbers from here on. */
const MAX_MOVE = 2 ** 24;

export interface MoveOptions {
  /** What enters at an edge: `wrap` takes the elements that leave at the opposite edge, `zero` takes zeros. */
  readonly edge: 'wrap' | 'zero';
}

/**
 * Returns the leading axes of the result, and a function that gives the strides along them of a tensor whose `last`
 * axes hold one image or one move.
 */
function leadingOf(x: Shape, moves: Shape): { leading: Shape; strides: (shape: Shape, last: number) => number[] } {
  const leading = broadcastShapes([x.slice(0, -4), moves.slice(0, -2)]) ?? [];
  return {
    leading,
    strides: (shape, last) =>
      broadcastStrides(shape.slice(0, -last), leading, contiguousStrides(shape).slice(0, -last)),
  };
}

/** Returns the row or column that moves to `at`, or undefined if none does. */
function sourceOf(at: number, move: number, extent: number, wraps: boolean): number | undefined {
  const from = at - Math.trunc(move);
  if (wraps) return ((from % extent) + extent) % extent;
  return from >= 0 && from < extent ? from : undefined;
}

function reference({ shape, attributes }: Node, [x, moves]: readonly Dense[]): Float64Array {
  const [channels, height, width, batch] = shape.slice(-4);
  const { leading, strides } = leadingOf(x.shape, moves.shape);
  const [starts, moveStarts] = [strides(x.shape, 4), strides(moves.shape, 2)].map((steps) => positions(leading, steps));
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
            const visible = row !== undefined && column !== undefined;
            const from = visible ? (row * width + (move[0] > 0 ? width - 1 - column : column)) * batch : 0;
            const value = visible ? x.values[starts[lead] + channel * height * width * batch + from + b] : 0;
            out[to++] = move.every((amount) => Math.abs(amount) < MAX_MOVE) ? value : NaN;
          }
        }
      }
    }
  }
  return out;
}

/**
 * Returns the moves that undo `moves`. A move mirrors before it shifts, so the move that undoes a mirrored one shifts
 * columns in the same direction.
 */
function reversed(moves: Node): Node {
  const axis = moves.shape.length - 2;
  const [mirror, down, right] = [0, 1, 2].map((row) => slice(moves, axis, row, row + 1));
  return concat([mirror, neg(down), select(greater(mirror, 0), right, neg(right))], axis);
}

/**
 * y[c, i, j, b] = x[c, i − down, j − right, b]. The second operand has the rows mirror, down and right. Outside of x
 * the image repeats itself if it wraps, otherwise it is 0.
 */
export const moveImagesKernel = kernel({
  name: 'moveImages',
  family: 'moves',
  extended: true,
  floats: {},
  ints: { ...alongLeading, channels: size, rows: extent, columns: extent, batch: size, wraps: flag },
  operands: {
    out: { access: 'writes', shape: ['channels', 'rows', 'columns', 'batch'], along: 'outStrides' },
    first: { access: 'reads', shape: ['channels', 'rows', 'columns', 'batch'], along: 'firstStrides' },
    second: { access: 'reads', shape: [`${MOVE_ROWS}`, 'batch'], along: 'secondStrides' },
  },
});

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
  lowering: opaque(moveImagesKernel, (node) => {
    const [x, moves] = node.inputs.map((input) => input.shape);
    const { leading, strides } = leadingOf(x, moves);
    const [channels, rows, columns, batch] = node.shape.slice(-4);
    return {
      rank: leading.length,
      dims: leading,
      outStrides: strides(node.shape, 4),
      firstStrides: strides(x, 4),
      secondStrides: strides(moves, 2),
      channels,
      rows,
      columns,
      batch,
      wraps: textAttribute(node, 'edge') === 'wrap',
    };
  }),
};

export const augmentationRows = { moveImages: moveRow } satisfies Record<string, Operation>;

/**
 * Mirrors the image of each subject if its move says so, then shifts it by whole rows and columns: the element at
 * (i, j) moves to (i + down, j + right). Differentiable by x.
 * @param x `[…, C, H, W, B]`
 * @param moves `[…, 3, B]`: mirrors left and right if above 0; rows down; columns to the right. Fractions are cut off.
 *   NaN and magnitudes of 2²⁴ or more make the subject's image NaN.
 * @returns `[…, C, H, W, B]`; leading axes broadcast
 * @throws InputError `shape-mismatch`
 */
export function moveImages(x: Node, moves: Node, { edge }: MoveOptions): Node {
  return apply(moveRow, [x, moves], { edge } satisfies Attributes);
}

/** Shifts series x `[…, C, T, B]` by `steps` `[…, 1, B]` towards later times, with the rules of `moveImages`. */
export function moveSeries(x: Node, steps: Node, options: MoveOptions): Node {
  const [channels, times, batch] = x.shape.slice(-3);
  const none = zeros([...steps.shape.slice(0, -2), MOVE_ROWS - 1, batch]);
  const rows = reshape(x, [...x.shape.slice(0, -3), channels, 1, times, batch]);
  const moved = moveImages(rows, concat([none, steps], steps.shape.length - 2), options);
  return reshape(moved, [...moved.shape.slice(0, -4), channels, times, batch]);
}
