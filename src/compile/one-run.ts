// Pass: the graph of one run. Where every operation keeps runs apart, a graph over [runs, …] is the same graph over [1, …]
// once per run, with leaves that lie `runStride` elements apart. An operation that is not known to do so does not.

import { type Node, makeNode, topological } from '../graph/node.js';
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
function keepsRunsApart({ op, inputs, shape, attributes }: Node, has: (input: Node) => boolean, runs: number): boolean {
  if (shape[0] !== runs) return false;
  /** Inputs of one rank whose leading axis is that of runs, or that are shared by all of them. */
  const broadcasts = (least: number): boolean =>
    inputs.every(({ shape: own }, i) =>
      has(inputs[i]) ? own.length === shape.length && own.length >= least : own.length < shape.length || own[0] === 1,
    );
  if (isElementwise(op) || op === 'broadcastTo') return broadcasts(1);
  switch (op) {
    case 'matmul':
      return broadcasts(3);
    case 'sum':
    case 'max':
      return !(attributes['axes'] as readonly number[]).includes(0);
    case 'permute':
      return (attributes['axes'] as readonly number[])[0] === 0;
    case 'slice':
    case 'concat':
      return attributes['axis'] !== 0 && inputs.every(has);
    case 'gather':
      return has(inputs[1]);
    case 'reshape':
    case 'stopGradient':
    case 'randomUniform':
    case 'randomNormal':
      return inputs.every(has);
  }
  // What has a kernel of its own walks over groups, of which runs are the first axis; the axes of a matrix are none.
  if (op.startsWith('mixture')) return inputs.every(has) && inputs[0].shape.length > 1;
  if (op.startsWith('logAbsDet') || op === 'detSign') return inputs.every(has) && inputs[0].shape.length > 3;
  if (op.startsWith('meanAbsJacobian')) return inputs.every(has);
  return false;
}

/** A node that repeats what all runs share for each of them. */
function isRepeated({ op, inputs, shape }: Node, runs: number): boolean {
  if (op !== 'broadcastTo' || shape[0] !== runs) return false;
  return inputs[0].shape.length < shape.length || inputs[0].shape[0] === 1;
}

/** The graph of one run, in the order of the roots, or the operation that mixes runs. */
export type OneRun = { readonly nodes: readonly Node[] } | { readonly mixes: Node };

/** Nodes that do not depend on the run stay as they are. */
export function oneRun(roots: readonly Node[], runs: number): OneRun {
  if (runs === 1) return { nodes: roots };
  const nodes = topological(roots);
  const shared = dataSets(nodes);
  const cut = new Map<Node, Node>();
  for (const node of nodes) {
    if (node.inputs.length === 0) {
      const hasRuns = node.op !== 'constant' && node.shape[0] === runs;
      if (hasRuns && !shared.has(node)) cut.set(node, leafOfOneRun(node));
      continue;
    }
    if (!isRepeated(node, runs) && !node.inputs.some((input) => cut.has(input))) continue;
    if (!keepsRunsApart(node, (input) => cut.has(input), runs)) return { mixes: node };
    const inputs = node.inputs.map((input) => cut.get(input) ?? input);
    const shape = ofOneRun(node.shape);
    const attributes = RESHAPING.has(node.op) ? { ...node.attributes, shape } : node.attributes;
    cut.set(node, makeNode(node.op, inputs, shape, attributes, node.label));
  }
  return { nodes: roots.map((root) => cut.get(root) ?? root) };
}
