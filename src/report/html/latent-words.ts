// Latents with the columns that describe them.

import type { LatentGraph } from '../../causal/index.js';
import { inWords, type SubjectFacts } from '../facts/index.js';
import { markup, type Part } from './markup.js';

/** Returns a latent with its description below it, and any other variable unchanged. */
export function described(graph: Pick<LatentGraph, 'nodes'>, name: string, facts: SubjectFacts | undefined): Part {
  const words = wordsOf(graph, name, facts);
  return words === undefined ? name : markup`${name}<span class="words">${words}</span>`;
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
  return words === undefined ? name : `${name} (${words})`;
}
