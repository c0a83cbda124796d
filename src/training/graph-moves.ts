// Neighbours of a fitted graph, which the pruning stage tries. A restart in a rotated solution keeps superfluous edges,
// because none of them can vanish before the components rotate. So each edge is removed by force, and the rest of the
// model adapts.

import { LATENT_GATES } from '../networks/latent-prior.js';
import { allowedEdges, type LatentLayout } from '../networks/layout.js';
import { ALLOWED_EDGES } from '../networks/random-order.js';
import { readsOpen } from '../nn/gates.js';
import type { SparsityConfig } from './fit-schema.js';
import type { ParameterValues } from '../inference/inference.js';
import { runsOf, selectRuns } from './outcome.js';

/** Absolute logit of a gate that is certainly open or shut. */
const CERTAIN = 10;
/** Maximum number of candidates of one pruning stage. */
export const MAX_NEIGHBOURS = 128;

/**
 * Returns a restart as it is, and without each of its edges. If the fit finds the order, also with each edge reversed.
 * @param parameters `[1, …]` each
 * @returns parameters `[candidates, …]` each
 */
export function neighbours(
  parameters: ParameterValues,
  layout: LatentLayout,
  sparsity: SparsityConfig,
): ParameterValues {
  const d = layout.latents;
  const logits = parameters.get(LATENT_GATES)!.values;
  const allowed = parameters.get(ALLOWED_EDGES)?.values ?? allowedEdges(layout, sparsity);
  const edges = Uint8Array.from(logits, (logit, at) => (allowed[at] > 0 && readsOpen(logit) ? 1 : 0));
  const open = [...edges.keys()].filter((at) => edges[at] === 1);
  const graphs = [edges, ...open.map((at) => changed(edges, [[at, 0]])), ...turned(edges, open, layout, sparsity)];
  const candidates = selectRuns(
    parameters,
    graphs.map(() => 0),
  );
  const gates = candidates.get(LATENT_GATES)!.values;
  const orders = candidates.get(ALLOWED_EDGES)?.values;
  graphs.forEach((graph, candidate) => {
    const first = candidate * d * d;
    graph.forEach((isOpen, at) => {
      if (isOpen !== edges[at]) gates[first + at] = isOpen === 1 ? CERTAIN : -CERTAIN;
    });
    if (graph !== edges) orders?.set(graph, first);
  });
  return candidates;
}

/** Returns the first sets of neighbours, up to `MAX_NEIGHBOURS` candidates in total, but at least one set. */
export function setsToTrain(sets: readonly ParameterValues[]): readonly ParameterValues[] {
  let total = 0;
  const end = sets.findIndex((set, i) => (total += runsOf(set)) > MAX_NEIGHBOURS && i > 0);
  return end < 0 ? sets : sets.slice(0, end);
}

/** Returns each graph with one edge reversed, if that is allowed. */
function turned(
  edges: Uint8Array,
  open: readonly number[],
  layout: LatentLayout,
  sparsity: SparsityConfig,
): Uint8Array[] {
  const { graph } = sparsity;
  if (graph === 'ordered') return [];
  const d = layout.latents;
  const possible = allowedEdges(layout, sparsity);
  return open
    .map((at) => ({ at, back: (at % d) * d + Math.floor(at / d) }))
    .filter(({ back }) => edges[back] === 0 && possible[back] > 0)
    .map(({ at, back }) =>
      changed(edges, [
        [at, 0],
        [back, 1],
      ]),
    )
    .filter((candidate) => graph === 'cyclic' || isAcyclic(candidate, d));
}

function changed(edges: Uint8Array, changes: readonly (readonly [number, 0 | 1])[]): Uint8Array {
  const copy = edges.slice();
  for (const [at, open] of changes) copy[at] = open;
  return copy;
}

/** True if latents can be removed one by one, each without parents among the remaining ones. */
function isAcyclic(edges: Uint8Array, d: number): boolean {
  let remaining = Array.from({ length: d }, (_, i) => i);
  for (;;) {
    const caused = remaining.filter((child) => remaining.some((parent) => edges[child * d + parent] === 1));
    if (caused.length === 0) return true;
    if (caused.length === remaining.length) return false;
    remaining = caused;
  }
}
