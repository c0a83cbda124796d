// Which latent of one run is which of another: the best one-to-one match within each modality by |Spearman| on the same
// subjects.

import { type LatentGraph, modalityLatents } from '../../causal/index.js';
import { meanCorrelation } from '../../metrics/index.js';
import { evenly } from './correlations.js';

const MOST_SUBJECTS = 5000;

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
  const rows = evenly(first.length / width, MOST_SUBJECTS);
  const samples = (values: Float32Array) => {
    const picked = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      picked.set(values.subarray(row * width, (row + 1) * width), i * width);
    });
    return { values: picked, rows: rows.length, columns: width };
  };
  const { matching, perLatent } = meanCorrelation(samples(first), samples(second), {
    modalities: layout.map(({ latents }) => latents),
  }).spearman;
  return Array.from(matching, (j, i) => ({ name: otherGraph.nodes[j].name, correlation: perLatent[i] }));
}
