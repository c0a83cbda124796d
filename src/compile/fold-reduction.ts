// Folding rules of reductions. They are brought to one form: no kept axes, no axes of extent 1.

import { broadcastTo, mul, neg, reshape, rows, sum, type Node } from '../graph/index.js';
import { apply, flagAttribute, listAttribute } from '../graph/node.js';
import { sizeOf } from '../graph/shapes.js';
import type { Rule, RulesOf } from './rule.js';

const reduceLike = ({ operation }: Node, x: Node, axes: readonly number[]): Node =>
  apply(operation, [x], { axes, keep: false });

function withoutKeptAxes(node: Node, again: (node: Node) => Node): Node | undefined {
  if (!flagAttribute(node, 'keep')) return undefined;
  return again(reshape(again(reduceLike(node, node.inputs[0], listAttribute(node, 'axes'))), node.shape));
}

function withoutSingleAxes(node: Node, again: (node: Node) => Node): Node | undefined {
  const [x] = node.inputs;
  const axes = listAttribute(node, 'axes');
  const real = axes.filter((axis) => x.shape[axis] !== 1);
  if (real.length === axes.length) return undefined;
  const inner = real.length === 0 ? x : again(reduceLike(node, x, real));
  return again(reshape(inner, node.shape));
}

/** Axes along which the operand is only repeated are not walked through: the sum is multiplied by their extent. */
function ofBroadcast(node: Node, again: (node: Node) => Node): Node | undefined {
  const [x] = node.inputs;
  if (x.operation !== rows.broadcastTo) return undefined;
  const [source] = x.inputs;
  const missing = x.shape.length - source.shape.length;
  const axes = listAttribute(node, 'axes');
  const repeated = axes.filter((axis) => x.shape[axis] > 1 && (axis < missing || source.shape[axis - missing] === 1));
  if (repeated.length === 0) return undefined;
  const narrow = x.shape.map((extent, axis) => (repeated.includes(axis) ? 1 : extent));
  const inner = again(reduceLike(node, again(broadcastTo(source, narrow)), axes));
  return node.operation === rows.max ? inner : again(mul(inner, sizeOf(x.shape) / sizeOf(narrow)));
}

function ofNegative(node: Node, again: (node: Node) => Node): Node | undefined {
  const [x] = node.inputs;
  return x.operation === rows.neg ? again(neg(again(sum(x.inputs[0], listAttribute(node, 'axes'))))) : undefined;
}

const shared: readonly Rule[] = [withoutKeptAxes, withoutSingleAxes, ofBroadcast];

export const reductionRules: readonly RulesOf[] = [
  [rows.sum, [...shared, ofNegative]],
  [rows.max, shared],
];
