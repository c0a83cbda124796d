// Pass: derives the graph of one run. If every operation keeps runs apart, a graph over [runs, …] is the same graph
// over [1, …] once per run, with leaves that lie `runStride` elements apart.

import { makeNode, topological } from '../graph/node.js';
import type { Node } from '../graph/operation.js';
import { sizeOf, type Shape } from '../graph/shapes.js';

/**
 * Attribute of leaves that were divided into runs: elements from one run's slice to the next. All runs share other
 * leaves.
 */
export const RUN_STRIDE = 'runStride';

/** The graph of one run, in the order of the roots, or the operation that mixes runs. */
export type OneRun = { readonly nodes: readonly Node[] } | { readonly mixes: Node };

/** Returns the graph of one run. Nodes that do not depend on the run remain unchanged. */
export function oneRun(roots: readonly Node[], runs: number): OneRun {
  if (runs === 1) return { nodes: roots };
  const nodes = topological(roots);
  const whole = new Set(
    nodes.flatMap(({ operation, inputs }) => operation.wholeInputs?.map((position) => inputs[position]) ?? []),
  );
  const cut = new Map<Node, Node>();
  const hasRuns = (node: Node): boolean => cut.has(node);
  for (const node of nodes) {
    if (whole.has(node)) continue;
    if (node.shape[0] === runs && node.operation.keepsRunsApart(node, hasRuns)) {
      const inputs = node.inputs.map((input) => cut.get(input) ?? input);
      cut.set(node, nodeOfOneRun(node, inputs));
    } else if (node.inputs.some(hasRuns)) {
      return { mixes: node };
    }
  }
  return { nodes: roots.map((root) => cut.get(root) ?? root) };
}

function nodeOfOneRun({ operation, shape, attributes, label }: Node, inputs: readonly Node[]): Node {
  const shapeOfRun: Shape = [1, ...shape.slice(1)];
  const changed = operation.singleRunAttributes?.(attributes, shapeOfRun) ?? attributes;
  const isLeaf = operation.lowering.kind === 'leaf';
  return makeNode(
    operation,
    inputs,
    shapeOfRun,
    isLeaf ? { ...changed, [RUN_STRIDE]: sizeOf(shapeOfRun) } : changed,
    label,
  );
}
