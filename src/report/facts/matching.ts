// Matches the latents of two runs: the best one-to-one match within each modality, by |Spearman| on the same subjects.

import { type LatentGraph, modalityLatents } from '../../causal/index.js';
import { meanCorrelation, selectRows } from '../../metrics/index.js';
import { evenly } from './correlations.js';

const MAX_SUBJECTS = 5000;

export interface Match {
  /** The latent of the other run, and its |Spearman| correlation with the latent of the first run. */
  readonly name: string;
  readonly correlation: number;
}

/**
 * Matches latents.
 * @param first latents of `graph`: subjects × latents in its order. `second` belongs to `otherGraph` and the same
 *   subjects
 * @returns a match for every latent of the first graph; undefined if the modalities or their numbers of latents differ
 */
export function matchLatents(
  graph: LatentGraph,
  first: Float32Array,
  otherGraph: LatentGraph,
  second: Float32Array,
): Match[] | undefined {
  const layout = modalityLatents(graph);
  if (JSON.stringify(layout) !== JSON.stringify(modalityLatents(otherGraph))) return undefined;
  const width = graph.nodes.length;
  const rows = first.length / width;
  const subjects = evenly(rows, MAX_SUBJECTS);
  const samples = (values: Float32Array) => selectRows({ values, rows, columns: width }, subjects);
  const { matching, perLatent } = meanCorrelation(samples(first), samples(second), {
    modalities: layout.map(({ latents }) => latents),
  }).spearman;
  return Array.from(matching, (j, i) => ({ name: otherGraph.nodes[j].name, correlation: perLatent[i] }));
}
