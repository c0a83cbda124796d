// Adds to the graph of a fit the links that the evidence supports and the fit does not have.

import type { LatentEdge, LatentGraph } from '../causal/index.js';
import { variableNames } from '../causal/same-variable.js';
import type { Dataset } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { FitConfig } from '../training/config.js';
import { graphWith } from '../training/fit.js';
import { openLinks, type LatentPair } from '../training/opened-links.js';
import type { CrossFitHooks } from './cross-fit.js';
import type { Evidence } from './evidence.js';

export interface ExtendedGraph {
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph;
  /** The new edges. */
  readonly opened: readonly Pick<LatentEdge, 'from' | 'to'>[];
}

/**
 * Adds the supported links that a graph lacks, and trains their mechanisms.
 * @param graph graph without unsupported edges @param latents latents of the fitted model, subjects × D
 * @param shared latents that are copies of one variable. A link of one copy is a link of all
 * @returns undefined if the graph has all supported links, or if the model cannot have the missing ones
 * @throws what `openLinks` throws
 */
export async function takeUpLinks(
  dataset: Dataset,
  fitted: { readonly model: ModelConfig; readonly parameters: ParameterValues; readonly config: FitConfig },
  {
    graph,
    links,
    latents,
    shared,
  }: Pick<Evidence, 'links' | 'shared'> & { readonly graph: LatentGraph; readonly latents: Float32Array },
  hooks: CrossFitHooks,
): Promise<ExtendedGraph | undefined> {
  const variable = variableNames(shared);
  const keyOf = (one: string, other: string): string => [variable(one), variable(other)].sort().join(' ');
  const known = new Set(graph.edges.map(({ from, to }) => keyOf(from, to)));
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const lacking: LatentPair[] = [];
  for (const { verdict, first, second } of links) {
    const key = keyOf(first, second);
    if (verdict !== 'supported' || known.has(key)) continue;
    known.add(key);
    lacking.push([position.get(first)!, position.get(second)!]);
  }
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
