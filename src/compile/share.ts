// Pass: computes equal values once. Two nodes are equal if their operations, attributes, shapes and inputs are. That
// includes random tensors, whose values follow from stream, shape and seeds.

import { topological, withInputs } from '../graph/node.js';
import type { Attribute, Node } from '../graph/operation.js';

const MAX_COMPARED_CONSTANT = 4096;

function attributeKey(value: Attribute, id: number): string {
  if (value instanceof Float64Array) {
    return value.length <= MAX_COMPARED_CONSTANT ? value.join() : `of node ${id}`;
  }
  return String(value);
}

function keyOf(node: Node, inputs: readonly Node[]): string {
  const ids = inputs.map((input) => input.id);
  if (node.operation.commutative) ids.sort((a, b) => a - b);
  let key = `${node.operation.name}|${ids.join()}|${node.shape.join()}`;
  for (const [name, value] of Object.entries(node.attributes)) key += `|${name}=${attributeKey(value, node.id)}`;
  return key;
}

/** Returns the outputs, rewritten so that equal nodes are one node. */
export function share(outputs: readonly Node[]): Node[] {
  const unique = new Map<string, Node>();
  const replaced = new Map<number, Node>();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input.id)!);
    const key = keyOf(node, inputs);
    let same = unique.get(key);
    if (same === undefined) {
      same = inputs.every((input, i) => input === node.inputs[i]) ? node : withInputs(node, inputs);
      unique.set(key, same);
    }
    replaced.set(node.id, same);
  }
  return outputs.map((output) => replaced.get(output.id)!);
}
