// How many runs agree on an edge. Latents of different runs come in different orders and signs, so each run's latents
// are first matched to the chosen run's, within the modality, by |Spearman| on the same subjects.

import { checkArgument } from '../argument.js';
import { InputError } from '../errors.js';
import { meanCorrelation, type Samples } from '../metrics/index.js';
import { checkLatentGraph, modalityLatents, type LatentGraph } from './graph.js';

/** What one run says about the same subjects. */
export interface RunGraph {
  /** Subjects × latents, in the order of the graph's nodes. */
  readonly latents: Samples;
  /** Latents × latents, row child, column parent, non-zero an edge. */
  readonly adjacency: ArrayLike<number>;
  /** False for a run that ended in NaN: it is not counted, and its values are not looked at. */
  readonly alive: boolean;
}

/**
 * The graph with `agreement` and `runs` filled in: the share of living runs, the chosen one included, each counted
 * alike, that have the edge in the same direction.
 * @param chosen Which of `runs` the graph was read from.
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
