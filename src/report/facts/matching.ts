// Which latent of one run is which of another: the best one-to-one match within each modality by |Spearman| on the same
// subjects.

import { type LatentGraph, modalityLatents } from '../../causal/index.js';
import { meanCorrelation, selectRows } from '../../metrics/index.js';
import { evenly } from './correlations.js';

const MAX_SUBJECTS = 5000;

export interface Match {
  /** By the first run's latent: the other run's, and |Spearman| between the two. */
  readonly name: string;
  readonly correlation: number;
}

/**
 * @param first subjects × latents in its graph's order; `second` likewise, of the same subjects
 * @returns a match for every latent of the first graph; undefined when the modalities or their numbers of latents
 *   differ
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
