// Latents with the columns that describe them.

import { unitsOf, type Unit } from '../../causal/blocks.js';
import type { LatentGraph } from '../../causal/graph.js';
import { inWords, type SubjectFacts } from '../facts/index.js';
import { listed } from '../../text/numbers.js';
import { markup, type Part } from './markup.js';

/** Maximum number of columns that describe a block. */
const MAX_COLUMNS = 4;

/** Returns a latent, or its block, with its description below it, and any other variable unchanged. */
export function described(graph: Pick<LatentGraph, 'nodes'>, name: string, facts: SubjectFacts | undefined): Part {
  const words = wordsOf(graph, name, facts);
  const label = labelOf(graph, name);
  return words === undefined ? label : markup`${label}<span class="words">${words}</span>`;
}

/** Returns a single latent with its description below it, even if it belongs to a block: then it says so. */
export function describedMember(
  graph: Pick<LatentGraph, 'nodes'>,
  name: string,
  facts: SubjectFacts | undefined,
): Part {
  const { verdict, blockWith = [], modality } = graph.nodes.find((node) => node.name === name)!;
  const latent = describedLatent(graph, name, facts);
  if (verdict !== 'block') return latent;
  const mixedWith = blockWith.map((other) => other.slice(modality.length + 1));
  const words = mixedWith.length === 0 ? 'mixed with noise' : `in a block with ${listed(mixedWith)}`;
  return markup`${latent}<span class="words">${words}</span>`;
}

/** Returns a single latent with its description below it. */
export function describedLatent(
  { nodes }: Pick<LatentGraph, 'nodes'>,
  name: string,
  facts: SubjectFacts | undefined,
): Part {
  const i = nodes.findIndex((node) => node.name === name);
  return facts === undefined ? name : markup`${name}<span class="words">${inWords(facts, i)}</span>`;
}

/**
 * Returns the columns that correlate with a latent, or with the latents of a block. Returns undefined without data, or
 * for any other variable.
 */
export function wordsOf(
  graph: Pick<LatentGraph, 'nodes'>,
  name: string,
  facts: SubjectFacts | undefined,
): string | undefined {
  const unit = unitOf(graph, name);
  if (unit === undefined || facts === undefined) return undefined;
  const words = unit.members.map((i) => inWords(facts, i));
  return words.length === 1 ? words[0] : columnsOf(words);
}

/** Returns the columns of a block in turn, without signs, because its axes are arbitrary. */
function columnsOf(words: readonly string[]): string {
  const names = words.map((text) => text.split(' · ').map((column) => column.replace(/\s[↑↓]$/, '')));
  const ranked = Array.from({ length: Math.max(0, ...names.map(({ length }) => length)) }, (_, k) =>
    names.flatMap((ofLatent) => ofLatent.at(k) ?? []),
  ).flat();
  const unique = [...new Set(ranked)];
  return unique.length > MAX_COLUMNS ? `${unique.slice(0, MAX_COLUMNS).join(' · ')} · …` : unique.join(' · ');
}

/** Returns a name with its description in brackets. */
export function withWords(graph: Pick<LatentGraph, 'nodes'>, name: string, facts: SubjectFacts | undefined): string {
  const words = wordsOf(graph, name, facts);
  const label = labelOf(graph, name);
  return words === undefined ? label : `${label} (${words})`;
}

/** Returns the name of a latent, or of its block, and any other name unchanged. */
function labelOf(graph: Pick<LatentGraph, 'nodes'>, name: string): string {
  return unitOf(graph, name)?.name ?? name;
}

/** @param name of a latent or of a block */
function unitOf({ nodes }: Pick<LatentGraph, 'nodes'>, name: string): Unit | undefined {
  return unitsOf(nodes).find((unit) => unit.name === name || unit.members.some((i) => nodes[i].name === name));
}
