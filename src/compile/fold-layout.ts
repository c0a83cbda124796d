// Folding rules of operations that move or repeat elements.

import { broadcastTo, concat, permute, reshape, rows, slice, type Node } from '../graph/index.js';
import { listAttribute, numberAttribute } from '../graph/node.js';
import { sizeOf } from '../graph/shapes.js';
import type { RulesOf } from './rule.js';
import { uniform, uniformOf } from './uniform.js';

/** Returns the extents of `source`, padded with ones to `rank` axes. */
function padded(source: Node, rank: number): number[] {
  return [...new Array<number>(rank - source.shape.length).fill(1), ...source.shape];
}

const withExtent = (shape: readonly number[], axis: number, extent: number): number[] =>
  shape.map((unchanged, i) => (i === axis ? extent : unchanged));

function sliceOfSlice(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [inner] = node.inputs;
  const axis = numberAttribute(node, 'axis');
  if (inner.operation !== rows.slice || numberAttribute(inner, 'axis') !== axis) return undefined;
  const start = numberAttribute(inner, 'start');
  const [from, to] = [start + numberAttribute(node, 'start'), start + numberAttribute(node, 'stop')];
  return simplify(slice(inner.inputs[0], axis, from, to));
}

/** A slice inside one piece of a concatenation is a slice of that piece. */
function sliceOfConcat(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [inner] = node.inputs;
  const axis = numberAttribute(node, 'axis');
  if (inner.operation !== rows.concat || numberAttribute(inner, 'axis') !== axis) return undefined;
  let begin = 0;
  for (const piece of inner.inputs) {
    const end = begin + piece.shape[axis];
    const [start, stop] = [numberAttribute(node, 'start'), numberAttribute(node, 'stop')];
    if (start >= begin && stop <= end) return simplify(slice(piece, axis, start - begin, stop - begin));
    begin = end;
  }
  return undefined;
}

function sliceOfBroadcast(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [inner] = node.inputs;
  if (inner.operation !== rows.broadcastTo) return undefined;
  const axis = numberAttribute(node, 'axis');
  const [source] = inner.inputs;
  if (padded(source, inner.shape.length)[axis] !== 1) return undefined;
  return simplify(broadcastTo(source, node.shape));
}

/** Turns nested concatenations along one axis into one, and joins neighbouring zeros and neighbouring slices. */
function flatten(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const axis = numberAttribute(node, 'axis');
  const isNested = (piece: Node): boolean => piece.operation === rows.concat && numberAttribute(piece, 'axis') === axis;
  const pieces = node.inputs.flatMap((piece) => (isNested(piece) ? piece.inputs : [piece]));
  const joined: Node[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const both = last === undefined ? undefined : join(last, piece, axis);
    if (both === undefined) joined.push(piece);
    else joined[joined.length - 1] = simplify(both);
  }
  return joined.length === node.inputs.length && !node.inputs.some(isNested) ? undefined : concat(joined, axis);
}

function join(left: Node, right: Node, axis: number): Node | undefined {
  const value = uniformOf(left);
  if (value !== undefined && Object.is(value, uniformOf(right))) {
    return uniform(value, withExtent(left.shape, axis, left.shape[axis] + right.shape[axis]));
  }
  const adjoin =
    left.operation === rows.slice &&
    right.operation === rows.slice &&
    left.inputs[0] === right.inputs[0] &&
    numberAttribute(left, 'axis') === axis &&
    numberAttribute(right, 'axis') === axis &&
    numberAttribute(left, 'stop') === numberAttribute(right, 'start');
  if (!adjoin) return undefined;
  return slice(left.inputs[0], axis, numberAttribute(left, 'start'), numberAttribute(right, 'stop'));
}

export const layoutRules: readonly RulesOf[] = [
  [
    rows.reshape,
    [({ inputs: [x], shape }) => (x.operation === rows.reshape ? reshape(x.inputs[0], shape) : undefined)],
  ],
  [
    rows.broadcastTo,
    [
      ({ inputs: [x], shape }) => (x.operation === rows.broadcastTo ? broadcastTo(x.inputs[0], shape) : undefined),
      ({ inputs: [x], shape }, simplify) =>
        uniformOf(x) === undefined && sizeOf(x.shape) === sizeOf(shape) ? simplify(reshape(x, shape)) : undefined,
    ],
  ],
  [
    rows.permute,
    [
      (node) => {
        const [inner] = node.inputs;
        if (inner.operation !== rows.permute) return undefined;
        const axes = listAttribute(inner, 'axes');
        return permute(
          inner.inputs[0],
          listAttribute(node, 'axes').map((axis) => axes[axis]),
        );
      },
    ],
  ],
  [rows.slice, [sliceOfSlice, sliceOfConcat, sliceOfBroadcast]],
  [rows.concat, [flatten]],
];
