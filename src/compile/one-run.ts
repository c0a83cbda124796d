// Pass: the graph of one run. Where every operation keeps runs apart, a graph over [runs, …] is the same graph over [1,
// …] once per run, with leaves that lie `runStride` elements apart.

import { makeNode, topological } from '../graph/node.js';
import type { Node } from '../graph/operation.js';
import { sizeOf, type Shape } from '../graph/shapes.js';

/** Elements from one run's share of a leaf to the next, on leaves that were cut; others are shared by the runs. */
export const RUN_STRIDE = 'runStride';

/** The graph of one run, in the order of the roots, or the operation that mixes runs. */
export type OneRun = { readonly nodes: readonly Node[] } | { readonly mixes: Node };

/** Nodes that do not depend on the run stay as they are. */
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
      cut.set(node, ofOneRun(node, inputs));
    } else if (node.inputs.some(hasRuns)) {
      return { mixes: node };
    }
  }
  return { nodes: roots.map((root) => cut.get(root) ?? root) };
}

function ofOneRun({ operation, shape, attributes, label }: Node, inputs: readonly Node[]): Node {
  const own: Shape = [1, ...shape.slice(1)];
  const changed = operation.ofOneRun?.(attributes, own) ?? attributes;
  const isLeaf = operation.lowering.kind === 'leaf';
  return makeNode(operation, inputs, own, isLeaf ? { ...changed, [RUN_STRIDE]: sizeOf(own) } : changed, label);
}
