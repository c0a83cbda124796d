// Pass: replaces operations by their expansion if the backend lacks the kernel or the node is too large for it.

import { topological, withAbsoluteScope, withInputs } from '../graph/node.js';
import type { Node } from '../graph/operation.js';

/** True if the node must be expanded. Operations without expansion have a kernel on every backend. */
function lacksKernel(node: Node, kernels: ReadonlySet<string>): boolean {
  const { lowering } = node.operation;
  if (!node.operation.expand || lowering.kind !== 'opaque') return false;
  return !kernels.has(lowering.kernel.name) || lowering.takes?.(node) === false;
}

/** Returns the outputs, built from operations that a backend with these kernels has. */
export function expand(outputs: readonly Node[], kernels: ReadonlySet<string>): Node[] {
  const replaced = new Map<Node, Node>();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input)!);
    const current = inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
    const expanded = lacksKernel(node, kernels)
      ? withAbsoluteScope(node.label, () => node.operation.expand?.(current))
      : undefined;
    replaced.set(node, expanded ?? current);
  }
  return outputs.map((output) => replaced.get(output)!);
}
