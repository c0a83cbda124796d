// Folding rules of reductions. They establish one form: reduced axes are removed, and no reduced axis has extent 1.

import { broadcastTo, mul, neg, reshape, rows, sum, type Node } from '../graph/index.js';
import { apply, flagAttribute, listAttribute } from '../graph/node.js';
import { sizeOf } from '../graph/shapes.js';
import type { Rule, RulesOf } from './rule.js';

const reduceLike = ({ operation }: Node, x: Node, axes: readonly number[]): Node =>
  apply(operation, [x], { axes, keep: false });

function withoutKeepDims(node: Node, simplify: (node: Node) => Node): Node | undefined {
  if (!flagAttribute(node, 'keep')) return undefined;
  return simplify(reshape(simplify(reduceLike(node, node.inputs[0], listAttribute(node, 'axes'))), node.shape));
}

function withoutSingleAxes(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [x] = node.inputs;
  const axes = listAttribute(node, 'axes');
  const real = axes.filter((axis) => x.shape[axis] !== 1);
  if (real.length === axes.length) return undefined;
  const inner = real.length === 0 ? x : simplify(reduceLike(node, x, real));
  return simplify(reshape(inner, node.shape));
}

/** Skips axes along which the operand is only repeated: a sum is multiplied by their extent instead. */
function ofBroadcast(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [x] = node.inputs;
  if (x.operation !== rows.broadcastTo) return undefined;
  const [source] = x.inputs;
  const missing = x.shape.length - source.shape.length;
  const axes = listAttribute(node, 'axes');
  const repeated = axes.filter((axis) => x.shape[axis] > 1 && (axis < missing || source.shape[axis - missing] === 1));
  if (repeated.length === 0) return undefined;
  const narrow = x.shape.map((extent, axis) => (repeated.includes(axis) ? 1 : extent));
  const inner = simplify(reduceLike(node, simplify(broadcastTo(source, narrow)), axes));
  return node.operation === rows.max ? inner : simplify(mul(inner, sizeOf(x.shape) / sizeOf(narrow)));
}

function ofNegative(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [x] = node.inputs;
  return x.operation === rows.neg ? simplify(neg(simplify(sum(x.inputs[0], listAttribute(node, 'axes'))))) : undefined;
}

const shared: readonly Rule[] = [withoutKeepDims, withoutSingleAxes, ofBroadcast];

export const reductionRules: readonly RulesOf[] = [
  [rows.sum, [...shared, ofNegative]],
  [rows.max, shared],
];
