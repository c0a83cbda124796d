// Between modalities that share nothing, discovery looks for no edge: what the evidence says, as background knowledge.

import type { BackgroundKnowledge, LatentNode } from '../causal/index.js';
import type { PairEvidence } from './pairs.js';

/** Returns the pairs of modalities between which no association is supported. */
export function unrelatedModalities(
  pairs: readonly Pick<PairEvidence, 'first' | 'second' | 'associated'>[] = [],
): [string, string][] {
  return pairs.filter(({ associated }) => !associated).map(({ first, second }) => [first, second]);
}

/** What discovery must know of unrelated modalities: no edge between their latents, in either direction. */
export function forbiddenEdges(
  unrelated: readonly (readonly [string, string])[],
  nodes: readonly LatentNode[],
): [string, string][] {
  const namesOf = (modality: string) => nodes.filter((node) => node.modality === modality).map(({ name }) => name);
  return unrelated.flatMap(([a, b]) =>
    namesOf(a).flatMap((one) =>
      namesOf(b).flatMap((other): [string, string][] => [
        [one, other],
        [other, one],
      ]),
    ),
  );
}

/** The knowledge with these edges forbidden too. */
export function withForbidden(
  knowledge: BackgroundKnowledge | undefined,
  forbidden: readonly (readonly [string, string])[],
): BackgroundKnowledge | undefined {
  if (forbidden.length === 0) return knowledge;
  return { ...knowledge, forbidden: [...(knowledge?.forbidden ?? []), ...forbidden] };
}
