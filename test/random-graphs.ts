// Random graphs for property tests: a list of choices becomes a graph, so that fast-check can shrink it.

import fc from 'fast-check';
import * as graph from '../src/graph/index.js';
import type { Node } from '../src/graph/index.js';
import { broadcastShapes, sizeOf } from '../src/graph/shapes.js';
import { leakyStep } from '../src/graph/unary.js';
import { generator, uniforms } from './numbers.js';

export const RUNS = 2;

/** The number of a build, and three numbers that choose its operands and variant. */
type Choice = readonly [number, number, number, number];

export interface RandomGraph {
  readonly parameters: readonly Node[];
  /** All nodes, in the order of construction. */
  readonly nodes: readonly Node[];
  readonly values: Readonly<Record<string, Float64Array>>;
}

const LIMITS = { logScaleMin: -2, logScaleMax: 2 };
const SHAPES = [
  [RUNS, 3, 4],
  [RUNS, 4, 5],
  [RUNS, 1, 5],
  [RUNS, 3, 1],
  [RUNS, 6],
  [RUNS, 2, 3, 4],
];

type Build = (a: Node, b: Node, n: number) => Node | undefined;

const unary = (fn: (x: Node) => Node): Build => fn;
const binary =
  (fn: (a: Node, b: Node) => Node): Build =>
  (a, b) =>
    broadcastShapes([a.shape, b.shape]) && fn(a, b);

/** Operations that keep values moderate, so that errors are, too. */
const BUILDS: readonly Build[] = [
  unary(graph.tanh),
  unary((x) => graph.exp(graph.tanh(x))),
  unary(graph.neg),
  unary(graph.sigmoid),
  unary((x) => graph.leakyRelu(x, 0.2)),
  unary((x) => graph.clamp(x, -1.03, 0.77)),
  unary((x) => graph.square(graph.tanh(x))),
  unary((x) => graph.mul(graph.sub(0.5, x), 1)),
  unary((x) => graph.add(x, 0)),
  unary((x) => graph.stopGradient(x)),
  unary((x) => graph.sub(1, graph.neg(x))),
  binary(graph.add),
  binary(graph.sub),
  binary(graph.mul),
  binary(graph.maximum),
  binary((a, b) => graph.div(a, graph.add(graph.square(b), 1))),
  binary((a, b) => graph.add(graph.mul(a, b), a)),
  (a, _, n) => graph.mean(a, [1 + (n % (a.shape.length - 1))], { keep: n % 2 === 0 }),
  (a, _, n) => graph.max(a, [1 + (n % (a.shape.length - 1))], { keep: true }),
  (a, _, n) => graph.reshape(a, n % 2 === 0 ? [RUNS, sizeOf(a.shape) / RUNS] : [RUNS, sizeOf(a.shape) / RUNS, 1]),
  (a, _, n) => {
    const axis = 1 + (n % (a.shape.length - 1));
    const start = n % a.shape[axis];
    return graph.slice(a, axis, start, start + 1 + ((n >> 2) % (a.shape[axis] - start)));
  },
  (a, b, n) => {
    const axis = 1 + (n % (a.shape.length - 1));
    const alike =
      a.shape.length === b.shape.length && a.shape.every((extent, i) => i === axis || extent === b.shape[i]);
    return alike && sizeOf(a.shape) < 200 ? graph.concat([a, b], axis) : graph.concat([a, graph.tanh(a)], axis);
  },
  (a) => graph.permute(a, [0, ...[...a.shape.keys()].slice(1).reverse()]),
  (a, _, n) =>
    graph.broadcastTo(graph.reshape(a, [RUNS, 1, ...a.shape.slice(1)]), [RUNS, 1 + (n % 2), ...a.shape.slice(1)]),
  (a, b) => {
    if (a.shape.length !== 3 || b.shape.length !== 3) return undefined;
    if (a.shape[2] === b.shape[1]) return graph.tanh(graph.matmul(a, b));
    if (a.shape[1] === b.shape[1]) return graph.tanh(graph.matmul(a, b, { transA: true }));
    return a.shape[2] === b.shape[2] ? graph.tanh(graph.matmul(a, b, { transB: true })) : undefined;
  },
  (a, b) => {
    if (a.shape.length !== 3 || b.shape.length !== 3 || a.shape[2] !== b.shape[1]) return undefined;
    return graph.leakyRelu(graph.add(graph.matmul(a, b), graph.slice(a, 2, 0, 1)), 0.1);
  },
  // As in backward passes: a product times the slope of an activation, in either order, also transposed.
  (a, b, n) => {
    if (a.shape.length !== 3 || b.shape.length !== 3 || a.shape[2] !== b.shape[1]) return undefined;
    const saved = graph.add(graph.slice(a, 2, 0, 1), graph.slice(b, 1, 0, 1));
    const slope = n % 2 === 0 ? leakyStep(saved, 0.2) : graph.sub(1, graph.square(graph.tanh(saved)));
    const product = graph.matmul(a, b);
    if (n % 8 > 5) return graph.tanh(graph.mul(graph.permute(slope, [0, 2, 1]), graph.permute(product, [0, 2, 1])));
    if (n % 8 > 3 && a.shape[1] === b.shape[2]) {
      return graph.tanh(graph.mul(slope, graph.permute(product, [0, 2, 1])));
    }
    return graph.tanh(n % 8 > 1 ? graph.mul(slope, product) : graph.mul(product, slope));
  },
  (a) => graph.mixtureLogDensity(graph.tanh(a), graph.concat(three(a), a.shape.length - 1), LIMITS),
  (a) => graph.mixtureEpsilon(graph.tanh(a), graph.concat(three(a), a.shape.length - 1), LIMITS),
];

/** Returns rows of logits, means and log scales for every element of `a`. */
function three(a: Node): Node[] {
  const rows = graph.reshape(a, [...a.shape.slice(0, -1), 1, a.shape[a.shape.length - 1]]);
  return [rows, graph.tanh(rows), graph.mul(graph.tanh(rows), 0.5)];
}

const MAX_ELEMENTS = 400;

export function buildGraph(choices: readonly Choice[]): RandomGraph {
  const parameters = SHAPES.map((shape, i) => graph.parameter(`p${i}`, shape));
  const next = generator(choices.length + 17);
  const values = Object.fromEntries(
    SHAPES.map((shape, i) => [`p${i}`, uniforms(sizeOf(shape), next, [-1.5, 1.5])] as const),
  );
  const nodes: Node[] = [...parameters];
  for (const [what, left, right, n] of choices) {
    const pick = (index: number): Node => nodes[nodes.length - 1 - (index % nodes.length)];
    const node = BUILDS[what % BUILDS.length](pick(left), pick(right), n);
    if (node !== undefined && sizeOf(node.shape) <= MAX_ELEMENTS && node.shape.length >= 2 && node.shape.length <= 5) {
      nodes.push(node);
    }
  }
  return { parameters, nodes, values };
}

export const choices = fc.array(fc.tuple(fc.nat(BUILDS.length - 1), fc.nat(7), fc.nat(7), fc.nat(15)), {
  minLength: 1,
  maxLength: 25,
});

/** Returns a scalar per run that depends on every element of a node. */
export function lossOf(node: Node): Node {
  const perRun = graph.reshape(node, [RUNS, sizeOf(node.shape) / RUNS]);
  return graph.sum(graph.square(graph.sub(perRun, 0.3)), [1]);
}
