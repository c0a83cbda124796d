// Pass: simplifies the graph by algebra. Every rule preserves values, except that multiplication by a structural zero
// gives zero even for NaN and infinity.

import { topological, withAbsoluteScope, withInputs } from '../graph/node.js';
import type { Node } from '../graph/operation.js';
import { arithmeticRules } from './fold-arithmetic.js';
import { layoutRules } from './fold-layout.js';
import { reductionRules } from './fold-reduction.js';
import { foldUniform } from './uniform.js';

const RULES = new Map([...arithmeticRules, ...layoutRules, ...reductionRules]);

function simplify(node: Node): Node {
  const uniform = foldUniform(node);
  if (uniform !== undefined) return uniform;
  for (const rule of RULES.get(node.operation) ?? []) {
    const simpler = rule(node, simplify);
    if (simpler !== undefined) return simpler;
  }
  return node;
}

/** Returns the simplified outputs. */
export function fold(outputs: readonly Node[]): Node[] {
  const replaced = new Map<number, Node>();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input.id)!);
    const current = inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
    const scope = node.label.slice(0, Math.max(0, node.label.lastIndexOf('/')));
    replaced.set(
      node.id,
      withAbsoluteScope(scope, () => simplify(current)),
    );
  }
  return outputs.map((output) => replaced.get(output.id)!);
}
