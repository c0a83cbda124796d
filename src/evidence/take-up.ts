// Adds to the graph of a fit the links that the evidence supports and the fit does not have.

import type { LatentEdge, LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { FitConfig } from '../training/config.js';
import { graphWith } from '../training/fit.js';
import { openLinks, type LatentPair } from '../training/opened-links.js';
import type { CrossFitHooks } from './cross-fit.js';
import type { LinkEvidence } from './latent-search.js';

export interface ExtendedGraph {
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph;
  /** The new edges. */
  readonly opened: readonly Pick<LatentEdge, 'from' | 'to'>[];
}

/**
 * Adds the supported links that a graph lacks, and trains their mechanisms.
 * @param graph graph without unsupported edges @param latents latents of the fitted model, subjects × D
 * @returns undefined if the graph has all supported links, or if the model cannot have the missing ones
 * @throws what `openLinks` throws
 */
export async function takeUpLinks(
  dataset: Dataset,
  fitted: { readonly model: ModelConfig; readonly parameters: ParameterValues; readonly config: FitConfig },
  { graph, links, latents }: { graph: LatentGraph; links: readonly LinkEvidence[]; latents: Float32Array },
  hooks: CrossFitHooks,
): Promise<ExtendedGraph | undefined> {
  const known = new Set(graph.edges.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const lacking = links
    .filter(({ verdict, first, second }) => verdict === 'supported' && !known.has(`${first} ${second}`))
    .map(({ first, second }): LatentPair => [position.get(first)!, position.get(second)!]);
  if (lacking.length === 0) return undefined;
  const { config } = fitted;
  const result = await openLinks(dataset, fitted, { latents, links: lacking }, { config, hooks });
  if (!result) return undefined;
  const opened = result.opened.map(([cause, effect]) => ({
    from: graph.nodes[cause].name,
    to: graph.nodes[effect].name,
  }));
  const { parameters } = result;
  return { parameters, opened, graph: await graphWith(graph, opened, dataset, { ...fitted, parameters }, hooks) };
}
