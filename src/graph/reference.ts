// The float64 reference backend. It evaluates a graph node by node with the formulas of the operation table. It is slow
// and simple; every faster backend is compared with it.

import { InputError } from '../errors/errors.js';
import { topological } from './node.js';
import type { Dense, Node, ReferenceContext } from './operation.js';

export type NamedValues = Readonly<Record<string, ArrayLike<number>>>;

/** Values of the leaves by name, row-major, and the step number that `random` and `gather` read (default 0). */
export interface Feeds {
  readonly parameters?: NamedValues;
  readonly data?: NamedValues;
  readonly controls?: NamedValues;
  readonly step?: number;
}

/**
 * Returns the values of `nodes`, row-major.
 * @throws InputError `missing-feed` if a leaf has no values of its size
 */
export function evaluate(nodes: readonly Node[], feeds: Feeds = {}): Float64Array[] {
  const context: ReferenceContext = {
    step: feeds.step ?? 0,
    leaf(kind, name, size) {
      const values = feeds[kind]?.[name];
      if (values === undefined || values.length !== size) {
        const shown = values === undefined ? 'nothing' : `${values.length}`;
        throw new InputError('missing-feed', `${kind} "${name}" needs ${size} values, got ${shown}`);
      }
      return Float64Array.from(values);
    },
  };
  const results = new Map<number, Dense>();
  for (const node of topological(nodes)) {
    const inputs = node.inputs.map((input) => results.get(input.id)!);
    results.set(node.id, { shape: node.shape, values: node.operation.reference(node, inputs, context) });
  }
  return nodes.map((node) => results.get(node.id)!.values);
}
