// Pass: the graph of one run. Runs are independent, so a graph over [runs, …] is the same graph over [1, …] once per run,
// with leaves that lie `runStride` elements apart.

import type { Attributes, Node } from '../graph/node.js';
import { listAttribute, makeNode, numberAttribute, topological } from '../graph/node.js';
import { isElementwise } from './instructions.js';

/** Elements from one run's share of a leaf to the next, on leaves that were cut; others are shared by the runs. */
export const RUN_STRIDE = 'runStride';

const RESHAPING = new Set(['reshape', 'broadcastTo', 'randomUniform', 'randomNormal']);

const ofOneRun = (shape: readonly number[]): number[] => [1, ...shape.slice(1)];

/** Data sets are read by row number, not run by run. */
function dataSets(nodes: readonly Node[]): Set<Node> {
  return new Set(nodes.filter(({ op }) => op === 'gather').map(({ inputs }) => inputs[0]));
}

function leafOfOneRun(node: Node): Node {
  const shape = ofOneRun(node.shape);
  const runStride = shape.reduce((size, extent) => size * extent, 1);
  return makeNode(node.op, [], shape, { ...node.attributes, [RUN_STRIDE]: runStride }, node.label);
}

/** Whether the node keeps runs apart, given which of its inputs have them. */
function keepsRunsApart(node: Node, has: (input: Node) => boolean, runs: number): boolean {
  const { op, inputs, shape } = node;
  if (shape[0] !== runs) return false;
  if (op === 'sum' || op === 'max') return !listAttribute(node, 'axes').includes(0);
  if (op === 'permute') return listAttribute(node, 'axes')[0] === 0;
  if (op === 'slice' || op === 'concat') {
    return numberAttribute(node, 'axis') !== 0 && inputs.every((input) => has(input) || input.shape[0] === 1);
  }
  if (op === 'matmul' || isElementwise(op)) {
    const least = op === 'matmul' ? 3 : 1;
    return inputs.every((input) =>
      has(input)
        ? input.shape.length === shape.length && shape.length >= least
        : input.shape.length < shape.length || input.shape[0] === 1,
    );
  }
  // The axes of a matrix are none of runs.
  if (op.startsWith('logAbsDet') || op === 'detSign') return inputs[0].shape.length > 3;
  return true;
}

/**
 * The nodes for one run, in the order of `roots`; undefined when an operation mixes runs.
 * Nodes that do not depend on the run stay as they are.
 */
export function oneRun(roots: readonly Node[], runs: number): Node[] | undefined {
  if (runs === 1) return [...roots];
  const nodes = topological(roots);
  const whole = dataSets(nodes);
  const cut = new Map<Node, Node>();
  for (const node of nodes) {
    if (node.inputs.length === 0) {
      if (node.op === 'constant' || node.shape[0] !== runs) continue;
      if (!whole.has(node)) cut.set(node, leafOfOneRun(node));
      continue;
    }
    const repeats = (node.op === 'broadcastTo' || node.op.startsWith('random')) && node.shape[0] === runs;
    if (!repeats && !node.inputs.some((input) => cut.has(input))) continue;
    if (!keepsRunsApart(node, (input) => cut.has(input), runs)) return undefined;
    const inputs = node.inputs.map((input) => cut.get(input) ?? input);
    cut.set(node, RESHAPING.has(node.op) ? reshaped(node, inputs) : resized(node, inputs));
  }
  return roots.map((root) => cut.get(root) ?? root);
}

function reshaped(node: Node, inputs: readonly Node[]): Node {
  const shape = ofOneRun(node.shape);
  const attributes: Attributes = { ...node.attributes, shape };
  return makeNode(node.op, inputs, shape, attributes, node.label);
}

function resized(node: Node, inputs: readonly Node[]): Node {
  return makeNode(node.op, inputs, ofOneRun(node.shape), node.attributes, node.label);
}
