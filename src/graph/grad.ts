// Reverse-mode differentiation as graph rewriting: gradients are nodes, so they can be differentiated again.

import { InternalError } from '../errors/errors.js';
import { add } from './binary.js';
import { ones, zeros } from './leaves.js';
import { topological, withAbsoluteScope } from './node.js';
import type { Node } from './operation.js';
import { formatShape, sameShape } from './shapes.js';

/**
 * Returns the gradient of Σ output · upstream with respect to each node of `wrt`, in that order and with their shapes.
 * The gradient is zero if the output does not depend on the node.
 * @throws InternalError `not-differentiable` if an operation has no further derivative
 */
export function grad(output: Node, wrt: readonly Node[], upstream: Node = ones(output.shape)): Node[] {
  const order = topological([output]);
  const active = new Set(wrt.map((node) => node.id));
  for (const node of order) {
    if (node.inputs.some((input) => active.has(input.id))) active.add(node.id);
  }
  const gradients = new Map<number, Node>([[output.id, upstream]]);
  for (const node of order.reverse()) {
    const current = gradients.get(node.id);
    if (current === undefined || !node.inputs.some((input) => active.has(input.id))) continue;
    const contributions = withAbsoluteScope(`grad(${node.label})`, () => node.operation.derivative?.(node, current));
    contributions?.forEach((part, i) => {
      const input = node.inputs[i];
      if (part === undefined || !active.has(input.id)) return;
      if (!sameShape(part.shape, input.shape)) {
        const shapes = `${formatShape(part.shape)} for ${formatShape(input.shape)}`;
        throw new InternalError(
          'wrong-gradient',
          `[${node.operation.name}] derivative has shape ${shapes}; please report this`,
        );
      }
      const partial = gradients.get(input.id);
      const total = partial === undefined ? part : withAbsoluteScope(`grad(${input.label})`, () => add(partial, part));
      gradients.set(input.id, total);
    });
  }
  return wrt.map((node) => gradients.get(node.id) ?? zeros(node.shape));
}
