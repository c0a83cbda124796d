// Supported links of a fit that a later search over its latents does not confirm. The search may include measured
// variables, and the user's background knowledge may forbid pairs.

import type { OneOfLinks } from '../causal/discovery/link-figures.js';
import { counted } from '../text/numbers.js';
import type { Conclusions, LinkConclusion } from './conclusions.js';

type Ends = Pick<LinkConclusion, 'first' | 'second'>;

/** The result of a search over latents, possibly with measured variables. */
export interface SearchedGraph {
  readonly graph: { readonly variables: readonly { readonly name: string; readonly modality?: string | undefined }[] };
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  /** Tested pairs without an edge; left out if the search had no latents. */
  readonly undrawn?:
    | readonly (Ends & { readonly verdict: string; readonly oneOf?: readonly OneOfLinks[] | undefined })[]
    | undefined;
}

/** Supported links of the fit, among the variables of a search, that it does not confirm. */
export interface LinksNotConfirmed {
  /** Not supported by the search: its other variables explain the link. */
  readonly notSupported: readonly Ends[];
  /** Undecided in the search, which counts more pairs and conditions on more variables. */
  readonly undecided: readonly Ends[];
  /** Forbidden by the user's background knowledge. */
  readonly excluded: readonly Ends[];
}

/** Returns the supported links of the fit that a search does not confirm. */
export function linksNotConfirmed(
  { links }: Pick<Conclusions, 'links'>,
  { graph, edges, undrawn }: SearchedGraph,
): LinksNotConfirmed {
  if (undrawn === undefined) return { notSupported: [], undecided: [], excluded: [] };
  const keyOf = (first: string, second: string) => JSON.stringify([first, second].sort());
  const searchedNames = new Set(graph.variables.map(({ name }) => name));
  const drawn = new Set(edges.map(({ from, to }) => keyOf(from, to)));
  const verdicts = new Map(undrawn.map(({ first, second, verdict }) => [keyOf(first, second), verdict]));
  const lost = links
    // Copies of one variable have no link to confirm.
    .filter(({ verdict, first, second, same }) => {
      return verdict === 'supported' && !same && searchedNames.has(first) && searchedNames.has(second);
    })
    .filter(({ first, second }) => !drawn.has(keyOf(first, second)))
    .map(({ first, second }) => ({ first, second }));
  const withVerdict = (wanted: string | undefined) =>
    lost.filter(({ first, second }) => verdicts.get(keyOf(first, second)) === wanted);
  return {
    notSupported: withVerdict('not-supported'),
    undecided: withVerdict('undecided'),
    excluded: withVerdict(undefined),
  };
}

/** Returns one sentence that names these links; none if the search confirms all links. */
export function notConfirmedText(
  conclusions: Pick<Conclusions, 'links' | 'latents'>,
  searched: SearchedGraph,
): string[] {
  const { notSupported, undecided, excluded } = linksNotConfirmed(conclusions, searched);
  const named = (links: readonly Ends[]) => links.map(({ first, second }) => `${first} and ${second}`).join(', ');
  const phrase = (links: readonly Ends[], singular: string, plural: string) =>
    links.length === 0 ? [] : [`${counted(links.length, singular, plural)} (${named(links)})`];
  const phrases = [
    ...phrase(notSupported, 'is not supported', 'are not supported'),
    ...phrase(undecided, 'is undecided', 'are undecided'),
    ...phrase(excluded, 'is excluded by background knowledge', 'are excluded by background knowledge'),
  ];
  if (phrases.length === 0) return [];
  const latents = new Set(conclusions.latents.map(({ name }) => name));
  const hasMeasured = searched.graph.variables.some(({ name }) => !latents.has(name));
  const beginning = hasMeasured ? 'Given the measured variables' : 'In the search';
  return [`${beginning}, of the fit's supported links ${phrases.join('; ')}.`];
}
