// Reverse-mode differentiation as graph rewriting: gradients are nodes, so they can be differentiated again.

import { InternalError } from '../errors.js';
import { add } from './binary.js';
import { ones, zeros } from './leaves.js';
import { topological, withAbsoluteScope, type Node } from './node.js';
import { operationOf } from './operations.js';
import { formatShape, sameShape } from './shapes.js';

/**
 * The gradient of the sum of `output`'s elements with respect to each node of `wrt`, in that order and of their shapes;
 * zeros where the output does not depend on one. Throws InternalError `not-differentiable` past the last derivative
 * of an operation.
 */
export function grad(output: Node, wrt: readonly Node[]): Node[] {
  const order = topological([output]);
  const active = new Set(wrt.map((node) => node.id));
  for (const node of order) {
    if (node.inputs.some((input) => active.has(input.id))) active.add(node.id);
  }
  const gradients = new Map<number, Node>([[output.id, ones(output.shape)]]);
  for (const node of order.reverse()) {
    const upstream = gradients.get(node.id);
    if (upstream === undefined || !node.inputs.some((input) => active.has(input.id))) continue;
    const parts = withAbsoluteScope(`grad(${node.label})`, () => operationOf(node.op).derivative?.(node, upstream));
    parts?.forEach((part, i) => {
      const input = node.inputs[i];
      if (part === undefined || !active.has(input.id)) return;
      if (!sameShape(part.shape, input.shape)) {
        const shapes = `${formatShape(part.shape)} for ${formatShape(input.shape)}`;
        throw new InternalError('wrong-gradient', `[${node.op}] derivative has shape ${shapes}; please report this`);
      }
      const sofar = gradients.get(input.id);
      const total = sofar === undefined ? part : withAbsoluteScope(`grad(${input.label})`, () => add(sofar, part));
      gradients.set(input.id, total);
    });
  }
  return wrt.map((node) => gradients.get(node.id) ?? zeros(node.shape));
}
