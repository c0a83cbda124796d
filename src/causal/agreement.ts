// The share of restarts that agree on an edge. Latents of different restarts come in different orders and signs.
// Therefore the latents of each restart are first matched to those of the chosen one, within the modality, by
// |Spearman| on the same subjects.

import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import { meanCorrelation, type Samples } from '../metrics/index.js';
import { checkLatentGraph, modalityLatents, type LatentGraph } from './graph.js';

/** Latents and graph of one restart, for the same subjects. */
export interface RunGraph {
  /** Subjects × latents, in the order of the graph's nodes. */
  readonly latents: Samples;
  /** Latents × latents, row child, column parent, non-zero an edge. */
  readonly adjacency: ArrayLike<number>;
  /** False for a restart that ended in NaN. It is not counted and its values are not read. */
  readonly alive: boolean;
}

/**
 * Returns the graph with `agreement` and `runs` filled in. Agreement is the share of living restarts that have the edge
 * in the same direction. The chosen one is included, and all have the same weight.
 * @param chosen Index in `runs` of the restart that the graph was read from.
 * @throws InputError `invalid-run` (no such run, or not alive), `shape-mismatch`, `too-few-samples`, `not-finite`.
 */
export function withAgreement(graph: LatentGraph, runs: readonly RunGraph[], chosen: number): LatentGraph {
  checkLatentGraph('withAgreement', graph);
  checkArgument('withAgreement: runs', runs, [{ latents: {}, adjacency: 'numbers' }]);
  const reference = runs.at(chosen);
  if (!Number.isSafeInteger(chosen) || chosen < 0 || reference === undefined || !reference.alive) {
    throw new InputError(
      'invalid-run',
      `run ${chosen} of ${runs.length} cannot be the chosen one: it must exist and be alive`,
    );
  }
  const size = graph.nodes.length;
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const layout = { modalities: modalityLatents(graph).map(({ latents }) => latents) };
  const votes = new Int32Array(graph.edges.length);
  const living = runs.filter(({ alive }) => alive);
  for (const run of living) {
    if (run.adjacency.length !== size * size) {
      throw new InputError(
        'shape-mismatch',
        `run ${runs.indexOf(run)}: adjacency has ${run.adjacency.length} entries, the graph's ${size} ` +
          `latents need ${size * size}`,
      );
    }
    const { matching } = meanCorrelation(reference.latents, run.latents, layout).spearman;
    for (const [e, { from, to }] of graph.edges.entries()) {
      const child = matching[position.get(to)!];
      const parent = matching[position.get(from)!];
      if (run.adjacency[child * size + parent] !== 0) votes[e]++;
    }
  }
  const edges = graph.edges.map((edge, e) => ({ ...edge, agreement: votes[e] / living.length }));
  return { ...graph, edges, runs: living.length };
}
