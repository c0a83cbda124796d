// Sign and size of every edge of a discovered graph. They are marginal, so that a reader can check them in a scatter
// plot. No partial correlation belongs to an edge: tests condition on many sets, and scores on none.

import { knownRanks, rankCorrelation } from '../../metrics/known-ranks.js';
import type { CausalEdge } from './causal-graph.js';
import type { DataColumn } from './columns.js';

/** Returns the edges with `association`: Spearman's ρ over the rows that have both columns. */
export function withAssociations<Edge extends CausalEdge>(
  columns: readonly DataColumn[],
  edges: readonly Edge[],
): (Edge & { readonly association?: number })[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return edges.map((edge) => {
    const association = associationOf(byName.get(edge.from)!, byName.get(edge.to)!);
    return association === undefined ? edge : { ...edge, association };
  });
}

function associationOf(a: DataColumn, b: DataColumn): number | undefined {
  if (a.isUnordered || b.isUnordered) return undefined;
  const both = a.values.map((value, row) => value + b.values[row]);
  const [first, second] = [a, b].map(({ values }) => values.filter((_, row) => !Number.isNaN(both[row])));
  if (isConstant(first) || isConstant(second)) return undefined;
  return Math.max(-1, Math.min(1, rankCorrelation(knownRanks(first), knownRanks(second))));
}

function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}
