// Folding rules of element-wise operations and of matmul with zeros.

import { add, broadcastTo, concat, mul, neg, operations, rows, slice, sub, type Node } from '../graph/index.js';
import { apply, numberAttribute } from '../graph/node.js';
import type { Operation } from '../graph/operation.js';
import { sameShape } from '../graph/shapes.js';
import type { Rule, RulesOf } from './rule.js';
import { uniform, uniformOf } from './uniform.js';

const only =
  (operation: Operation, rule: (node: Node, inner: Node) => Node | undefined): Rule =>
  (node) =>
    node.inputs[0].operation === operation ? rule(node, node.inputs[0]) : undefined;

const addRules: Rule[] = [
  ({ inputs: [a, b], shape }) => {
    if (uniformOf(b) === 0) return broadcastTo(a, shape);
    return uniformOf(a) === 0 ? broadcastTo(b, shape) : undefined;
  },
  ({ inputs: [a, b] }, again) => (a === b ? again(mul(2, a)) : undefined),
  ({ inputs: [a, b] }, again) => {
    if (b.operation === rows.neg) return again(sub(a, b.inputs[0]));
    return a.operation === rows.neg ? again(sub(b, a.inputs[0])) : undefined;
  },
  addSparse,
];

const subRules: Rule[] = [
  ({ inputs: [a, b], shape }, again) => {
    if (uniformOf(b) === 0) return broadcastTo(a, shape);
    return uniformOf(a) === 0 ? broadcastTo(again(neg(b)), shape) : undefined;
  },
  ({ inputs: [a, b] }, again) => (b.operation === rows.neg ? again(add(a, b.inputs[0])) : undefined),
];

const mulRules: Rule[] = [
  timesNumber,
  ({ inputs: [a, b] }) =>
    a.operation === rows.neg && b.operation === rows.neg ? mul(a.inputs[0], b.inputs[0]) : undefined,
];

const divRules: Rule[] = [
  ({ inputs: [a, b], shape }, again) => {
    const divisor = uniformOf(b);
    if (uniformOf(a) === 0) return uniform(0, shape);
    return divisor === undefined || divisor === 0 ? undefined : again(mul(a, 1 / divisor));
  },
];

const negRules: Rule[] = [
  only(rows.neg, (_, inner) => inner.inputs[0]),
  only(rows.sub, (_, inner) => sub(inner.inputs[1], inner.inputs[0])),
  (node, again) => {
    const [factor, rest] = splitFactor(node.inputs[0]);
    return factor === 1 ? undefined : again(mul(-factor, rest));
  },
  (node, again) => throughSparse(node.inputs[0], (piece) => again(neg(piece))),
];

/** A product with a number as [number, other factor]; [1, node] for everything else. */
function splitFactor(node: Node): [number, Node] {
  if (node.operation !== rows.mul) return [1, node];
  const [a, b] = node.inputs;
  if (uniformOf(a) !== undefined && sameShape(b.shape, node.shape)) return [uniformOf(a)!, b];
  if (uniformOf(b) !== undefined && sameShape(a.shape, node.shape)) return [uniformOf(b)!, a];
  return [1, node];
}

function timesNumber({ inputs: [a, b], shape }: Node, again: (node: Node) => Node): Node | undefined {
  const number = uniformOf(a) ?? uniformOf(b);
  if (number === undefined) return undefined;
  const other = uniformOf(a) === undefined ? a : b;
  if (number === 0) return uniform(0, shape);
  if (number === 1) return broadcastTo(other, shape);
  if (number === -1) return broadcastTo(again(neg(other)), shape);
  const negative = other.operation === rows.neg;
  const [factor, rest] = negative ? [-1, other.inputs[0]] : splitFactor(other);
  if (factor !== 1) return broadcastTo(again(mul(number * factor, rest)), shape);
  return throughSparse(other, (piece) => again(mul(number, piece)));
}

const isZero = (node: Node): boolean => uniformOf(node) === 0;

/** Applies `fn`, which keeps zeros, to the pieces of a concatenation that has pieces of zeros. */
function throughSparse(node: Node, fn: (piece: Node) => Node): Node | undefined {
  if (node.operation !== rows.concat || !node.inputs.some(isZero)) return undefined;
  return concat(
    node.inputs.map((piece) => (isZero(piece) ? piece : fn(piece))),
    numberAttribute(node, 'axis'),
  );
}

/** Positions along the concatenation's axis where its pieces begin and end. */
function boundaries(node: Node, axis: number): number[] {
  let end = 0;
  return [0, ...node.inputs.map((piece) => (end += piece.shape[axis]))];
}

/**
 * The sum of two concatenations along one axis, piece by piece, when zeros make that cheaper: gradients of several
 * slices of one tensor are embedded in zeros and added up, and become one concatenation here.
 */
function addSparse(node: Node, again: (node: Node) => Node): Node | undefined {
  const [a, b] = node.inputs;
  if (a.operation !== rows.concat || b.operation !== rows.concat || !sameShape(a.shape, b.shape)) return undefined;
  const axis = numberAttribute(a, 'axis');
  if (axis !== numberAttribute(b, 'axis') || !(a.inputs.some(isZero) || b.inputs.some(isZero))) return undefined;
  const cuts = [...new Set([...boundaries(a, axis), ...boundaries(b, axis)])].sort((x, y) => x - y);
  const pieces = cuts.slice(1).map((stop, i) => {
    const [left, right] = [a, b].map((source) => again(slice(source, axis, cuts[i], stop)));
    return again(add(left, right));
  });
  return again(concat(pieces, axis));
}

/** op(broadcast x, broadcast y) = broadcast op(x, y): operands are not repeated before they are computed with. */
function beforeBroadcast(node: Node, again: (node: Node) => Node): Node | undefined {
  const sources = node.inputs.map((input) => (input.operation === rows.broadcastTo ? input.inputs[0] : input));
  if (sources.every((source, i) => source === node.inputs[i])) return undefined;
  const inner = again(apply(node.operation, sources, node.attributes));
  return broadcastTo(inner, node.shape);
}

const own = new Map<Operation, readonly Rule[]>([
  [rows.add, addRules],
  [rows.sub, subRules],
  [rows.mul, mulRules],
  [rows.div, divRules],
  [rows.neg, negRules],
  [
    rows.select,
    [
      ({ inputs: [condition, a, b], shape }) => {
        const value = uniformOf(condition);
        return value === undefined || Number.isNaN(value) ? undefined : broadcastTo(value === 0 ? b : a, shape);
      },
    ],
  ],
]);

const elementwise = [...operations.values()].filter(({ lowering }) => lowering.kind === 'elementwise');

export const arithmeticRules: readonly RulesOf[] = [
  ...elementwise.map((operation): RulesOf => [operation, [...(own.get(operation) ?? []), beforeBroadcast]]),
  [rows.stopGradient, [({ inputs: [x] }) => x]],
  [rows.matmul, [({ inputs, shape }) => (inputs.some(isZero) ? uniform(0, shape) : undefined)]],
];
