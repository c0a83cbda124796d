// What a search with measured variables beside the latents takes back of a fit's supported links: what these variables
// explain, and what the user's background knowledge excludes.

import { counted } from '../format.js';
import type { Conclusions, LinkConclusion } from './conclusions.js';

type Ends = Pick<LinkConclusion, 'first' | 'second'>;

/** A search over latents, perhaps with measured variables. */
export interface SearchedGraph {
  readonly graph: { readonly variables: readonly { readonly name: string }[] };
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Pairs that were tested and have no edge; left out: no latents were searched. */
  readonly undrawn?: readonly Ends[] | undefined;
}

export interface TakenBack {
  /** Links that the search tested and does not support. */
  readonly explained: readonly Ends[];
  /** Links that the user's background knowledge forbids. */
  readonly excluded: readonly Ends[];
}

/** Returns which supported links of the fit a search does not have, of those that it was asked for. */
export function takenBack({ links }: Pick<Conclusions, 'links'>, { graph, edges, undrawn }: SearchedGraph): TakenBack {
  if (undrawn === undefined) return { explained: [], excluded: [] };
  const keyOf = (first: string, second: string) => JSON.stringify([first, second].sort());
  const asked = new Set(graph.variables.map(({ name }) => name));
  const drawn = new Set(edges.map(({ from, to }) => keyOf(from, to)));
  const tested = new Set(undrawn.map(({ first, second }) => keyOf(first, second)));
  const lost = links
    .filter(({ verdict, first, second }) => verdict === 'supported' && asked.has(first) && asked.has(second))
    .filter(({ first, second }) => !drawn.has(keyOf(first, second)))
    .map(({ first, second }) => ({ first, second }));
  const isTested = ({ first, second }: Ends) => tested.has(keyOf(first, second));
  return { explained: lost.filter(isTested), excluded: lost.filter((ends) => !isTested(ends)) };
}

/** Returns sentences that say so; none where nothing is taken back. */
export function takenBackText(conclusions: Pick<Conclusions, 'links'>, searched: SearchedGraph): string[] {
  const { explained, excluded } = takenBack(conclusions, searched);
  const named = (links: readonly Ends[]) => links.map(({ first, second }) => `${first} and ${second}`).join('; ');
  const verb = explained.length === 1 ? 'is' : 'are';
  return [
    ...(explained.length > 0
      ? [
          `Given the measured variables, ${counted(explained.length, 'link')} of these ${verb} not supported: ` +
            `${named(explained)}.`,
        ]
      : []),
    ...(excluded.length > 0
      ? [`Background knowledge excludes ${counted(excluded.length, 'link')} of these: ${named(excluded)}.`]
      : []),
  ];
}
