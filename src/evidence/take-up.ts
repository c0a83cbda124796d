// The fit's graph takes up links that the evidence supports and the fit lacks.

import type { LatentEdge, LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { FitConfig } from '../training/config.js';
import { graphWith } from '../training/fit.js';
import { openLinks, type LatentPair } from '../training/opened-links.js';
import type { CrossFitHooks } from './cross-fit.js';
import type { LinkEvidence } from './latent-search.js';

export interface TakenUp {
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph;
  /** The new edges. */
  readonly opened: readonly Pick<LatentEdge, 'from' | 'to'>[];
}

/**
 * @param graph without unsupported edges @param latents of the fitted model, subjects × D
 * @returns undefined where the graph has all supported links, or the model cannot have the others
 * @throws what `openLinks` throws
 */
export async function takeUpLinks(
  dataset: Dataset,
  fitted: { readonly model: ModelConfig; readonly parameters: ParameterValues; readonly config: FitConfig },
  { graph, links, latents }: { graph: LatentGraph; links: readonly LinkEvidence[]; latents: Float32Array },
  hooks: CrossFitHooks,
): Promise<TakenUp | undefined> {
  const known = new Set(graph.edges.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const lacking = links
    .filter(({ verdict, first, second }) => verdict === 'supported' && !known.has(`${first} ${second}`))
    .map(({ first, second }): LatentPair => [position.get(first)!, position.get(second)!]);
  if (lacking.length === 0) return undefined;
  const { config } = fitted;
  const found = await openLinks(dataset, fitted, { latents, links: lacking }, { config, hooks });
  if (!found) return undefined;
  const opened = found.opened.map(([cause, effect]) => ({
    from: graph.nodes[cause].name,
    to: graph.nodes[effect].name,
  }));
  const { parameters } = found;
  return { parameters, opened, graph: await graphWith(graph, opened, dataset, { ...fitted, parameters }, hooks) };
}
