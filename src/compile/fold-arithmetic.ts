// Folding rules of element-wise operations, and of matmul with zeros.

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
  ({ inputs: [a, b] }, simplify) => (a === b ? simplify(mul(2, a)) : undefined),
  ({ inputs: [a, b] }, simplify) => {
    if (b.operation === rows.neg) return simplify(sub(a, b.inputs[0]));
    return a.operation === rows.neg ? simplify(sub(b, a.inputs[0])) : undefined;
  },
  addSparse,
];

const subRules: Rule[] = [
  ({ inputs: [a, b], shape }, simplify) => {
    if (uniformOf(b) === 0) return broadcastTo(a, shape);
    return uniformOf(a) === 0 ? broadcastTo(simplify(neg(b)), shape) : undefined;
  },
  ({ inputs: [a, b] }, simplify) => (b.operation === rows.neg ? simplify(add(a, b.inputs[0])) : undefined),
];

const mulRules: Rule[] = [
  timesNumber,
  ({ inputs: [a, b] }) =>
    a.operation === rows.neg && b.operation === rows.neg ? mul(a.inputs[0], b.inputs[0]) : undefined,
];

const divRules: Rule[] = [
  ({ inputs: [a, b], shape }, simplify) => {
    const divisor = uniformOf(b);
    if (uniformOf(a) === 0) return uniform(0, shape);
    return divisor === undefined || divisor === 0 ? undefined : simplify(mul(a, 1 / divisor));
  },
];

const negRules: Rule[] = [
  only(rows.neg, (_, inner) => inner.inputs[0]),
  only(rows.sub, (_, inner) => sub(inner.inputs[1], inner.inputs[0])),
  (node, simplify) => {
    const [factor, rest] = splitFactor(node.inputs[0]);
    return factor === 1 ? undefined : simplify(mul(-factor, rest));
  },
  (node, simplify) => throughSparse(node.inputs[0], (piece) => simplify(neg(piece))),
];

/** Splits a product with a number into [number, other factor]; returns [1, node] for every other node. */
function splitFactor(node: Node): [number, Node] {
  if (node.operation !== rows.mul) return [1, node];
  const [a, b] = node.inputs;
  if (uniformOf(a) !== undefined && sameShape(b.shape, node.shape)) return [uniformOf(a)!, b];
  if (uniformOf(b) !== undefined && sameShape(a.shape, node.shape)) return [uniformOf(b)!, a];
  return [1, node];
}

function timesNumber({ inputs: [a, b], shape }: Node, simplify: (node: Node) => Node): Node | undefined {
  const number = uniformOf(a) ?? uniformOf(b);
  if (number === undefined) return undefined;
  const other = uniformOf(a) === undefined ? a : b;
  if (number === 0) return uniform(0, shape);
  if (number === 1) return broadcastTo(other, shape);
  if (number === -1) return broadcastTo(simplify(neg(other)), shape);
  const negative = other.operation === rows.neg;
  const [factor, rest] = negative ? [-1, other.inputs[0]] : splitFactor(other);
  if (factor !== 1) return broadcastTo(simplify(mul(number * factor, rest)), shape);
  return throughSparse(other, (piece) => simplify(mul(number, piece)));
}

const isZero = (node: Node): boolean => uniformOf(node) === 0;

/** Applies `fn`, which maps zeros to zeros, to the pieces of a concatenation that has pieces of zeros. */
function throughSparse(node: Node, fn: (piece: Node) => Node): Node | undefined {
  if (node.operation !== rows.concat || !node.inputs.some(isZero)) return undefined;
  return concat(
    node.inputs.map((piece) => (isZero(piece) ? piece : fn(piece))),
    numberAttribute(node, 'axis'),
  );
}

/** Returns the positions along the concatenation's axis where its pieces start and end. */
function boundaries(node: Node, axis: number): number[] {
  let end = 0;
  return [0, ...node.inputs.map((piece) => (end += piece.shape[axis]))];
}

/**
 * Adds two concatenations along one axis piece by piece, if zeros make that cheaper. Gradients of several slices of one
 * tensor are embedded in zeros and added; this rule turns them into one concatenation.
 */
function addSparse(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const [a, b] = node.inputs;
  if (a.operation !== rows.concat || b.operation !== rows.concat || !sameShape(a.shape, b.shape)) return undefined;
  const axis = numberAttribute(a, 'axis');
  if (axis !== numberAttribute(b, 'axis') || !(a.inputs.some(isZero) || b.inputs.some(isZero))) return undefined;
  const cuts = [...new Set([...boundaries(a, axis), ...boundaries(b, axis)])].sort((x, y) => x - y);
  const pieces = cuts.slice(1).map((stop, i) => {
    const [left, right] = [a, b].map((source) => simplify(slice(source, axis, cuts[i], stop)));
    return simplify(add(left, right));
  });
  return simplify(concat(pieces, axis));
}

/**
 * Rewrites op(broadcast x, broadcast y) to broadcast op(x, y), so that operands are not repeated before the operation.
 */
function beforeBroadcast(node: Node, simplify: (node: Node) => Node): Node | undefined {
  const sources = node.inputs.map((input) => (input.operation === rows.broadcastTo ? input.inputs[0] : input));
  if (sources.every((source, i) => source === node.inputs[i])) return undefined;
  const inner = simplify(apply(node.operation, sources, node.attributes));
  return broadcastTo(inner, node.shape);
}

const specificRules = new Map<Operation, readonly Rule[]>([
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
  ...elementwise.map((operation): RulesOf => [operation, [...(specificRules.get(operation) ?? []), beforeBroadcast]]),
  [rows.stopGradient, [({ inputs: [x] }) => x]],
  [rows.matmul, [({ inputs, shape }) => (inputs.some(isZero) ? uniform(0, shape) : undefined)]],
];
