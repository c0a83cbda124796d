// Latents with the columns that describe them.

import { blockName, type LatentGraph } from '../../causal/graph.js';
import { inWords, type SubjectFacts } from '../facts/index.js';
import { markup, type Part } from './markup.js';

/** Returns a latent, or its block, with its description below it, and any other variable unchanged. */
export function described(graph: Pick<LatentGraph, 'nodes'>, name: string, facts: SubjectFacts | undefined): Part {
  const words = wordsOf(graph, name, facts);
  const label = labelOf(graph, name);
  return words === undefined ? label : markup`${label}<span class="words">${words}</span>`;
}

/** Returns the columns that correlate with a latent. Returns undefined without data, or if it is not a latent. */
export function wordsOf(
  graph: Pick<LatentGraph, 'nodes'>,
  name: string,
  facts: SubjectFacts | undefined,
): string | undefined {
  const i = graph.nodes.findIndex((node) => node.name === name);
  return i < 0 || facts === undefined ? undefined : inWords(facts, i);
}

/** Returns a name with its description in brackets. */
export function withWords(graph: Pick<LatentGraph, 'nodes'>, name: string, facts: SubjectFacts | undefined): string {
  const words = wordsOf(graph, name, facts);
  const label = labelOf(graph, name);
  return words === undefined ? label : `${label} (${words})`;
}

/** Returns the name of a latent, or of its block, and any other name unchanged. */
function labelOf({ nodes }: Pick<LatentGraph, 'nodes'>, name: string): string {
  const node = nodes.find((one) => one.name === name);
  return node ? blockName(node) : name;
}
