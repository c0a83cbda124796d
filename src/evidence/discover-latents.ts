// The causal graph over the latents of a fit and measured columns: links that held-out subjects support, arrowheads
// that something determines, and undecided pairs.

import {
  ARROW,
  CIRCLE,
  emptyGraph,
  graphEdges,
  positions,
  setEdge,
  TAIL,
  type CausalGraph,
} from '../causal/discovery/causal-graph.js';
import type { DiscoveredEdge } from '../causal/discovery/discover.js';
import type { LinkFigures } from '../causal/discovery/link-figures.js';
import { compileKnowledge, type CompiledKnowledge } from '../causal/discovery/search/knowledge.js';
import { directionBetween, type AssumedDirection, type DirectionEvidence } from './directions.js';
import { unrelatedModalities } from './gate.js';
import { searchLatents, type LatentQuestion, type LatentSearch, type LinkEvidence } from './latent-search.js';
import type { SearchHooks } from './search-pace.js';

export interface DiscoverLatentsOptions extends LatentQuestion {
  /** True if the study file asserts the order of the modalities, causes first. Default: false. */
  readonly isOrderAssumed?: boolean;
  /** Arrowheads between latents that observed causes support, from the evidence of the fit. Default: none. */
  readonly directions?: readonly DirectionEvidence[] | undefined;
}

export interface LatentDiscovery {
  /**
   * Supported links, and links that background knowledge requires. An end without an arrowhead has a circle, or a tail
   * if the knowledge requires the edge.
   */
  readonly graph: CausalGraph;
  /** Edges of the graph, each with `link`. */
  readonly edges: readonly DiscoveredEdge[];
  /** Tested pairs that are not in the graph: undecided or not supported. */
  readonly undrawn: readonly LinkFigures[];
  /** All tested pairs. Without columns, these are the links in `run.json`. */
  readonly links: readonly LinkEvidence[];
  /** Arrowheads that colliders, or the causes in the question, support. */
  readonly directions: readonly DirectionEvidence[];
  /** Pairs of modalities that are not associated. Links between their latents are not tested. */
  readonly unrelated: readonly (readonly [string, string])[];
  /** Number of held-out subjects or groups in a split. */
  readonly units: number;
}

/**
 * Finds the graph over latents and columns by error-aware tests (docs/explanation/evidence.md).
 * @throws InputError `unknown-variable`, `duplicate-variable`, `no-variables`, `contradictory-knowledge`,
 *   `invalid-knowledge`; the signal's reason
 */
export async function discoverLatents(
  options: DiscoverLatentsOptions,
  hooks: SearchHooks = {},
): Promise<LatentDiscovery> {
  const { pairs, splits } = options;
  const { directions, ...searched } = await searchLatents(options, hooks);
  const search = { ...searched, directions: [...directions, ...(options.directions ?? [])] };
  const graph = emptyGraph(
    search.variables.map(({ name, modality, levels }) => ({
      name,
      ...(modality !== undefined && { modality }),
      ...(levels && { levels }),
    })),
  );
  const figures = figuresOf(search, graph, options);
  const drawn = figures.filter(({ verdict }) => verdict === 'supported' || verdict === 'assumed');
  const position = positions(graph.variables);
  const known = compileKnowledge(graph.variables, options.knowledge);
  for (const link of drawn) draw(graph, link, known, position);
  const figuresBetween = new Map(
    drawn.flatMap((link) => [
      [JSON.stringify([link.first, link.second]), link],
      [JSON.stringify([link.second, link.first]), link],
    ]),
  );
  return {
    graph,
    edges: graphEdges(graph).map((edge) => {
      const link = figuresBetween.get(JSON.stringify([edge.from, edge.to]))!;
      return { ...edge, p: link.direct?.p ?? NaN, link };
    }),
    undrawn: figures.filter((link) => !drawn.includes(link)),
    links: search.links,
    directions: search.directions,
    unrelated: unrelatedModalities(pairs),
    units: splits.at(0)?.folds.reduce((sum, { ids }) => sum + ids.length, 0) ?? 0,
  };
}

/** Returns the tested pairs with their directions, and the required pairs that were not tested. */
function figuresOf(
  { variables, links, directions }: LatentSearch,
  graph: CausalGraph,
  { knowledge, isOrderAssumed = false }: DiscoverLatentsOptions,
): LinkFigures[] {
  const known = compileKnowledge(graph.variables, knowledge);
  const position = positions(graph.variables);
  const ordered = [...new Set(variables.filter(({ isLatent }) => isLatent).map(({ source }) => source))];
  const assumedOf = (i: number, j: number): AssumedDirection | undefined => {
    const [one, other] = [variables[i], variables[j]];
    const [forward, backward] = [known.allows(i, j), known.allows(j, i)];
    if (forward !== backward) {
      const [from, to] = forward ? [one.name, other.name] : [other.name, one.name];
      return { from, to, by: 'knowledge' };
    }
    const isOrdered = isOrderAssumed && forward && one.isLatent && other.isLatent;
    if (!isOrdered || one.source === other.source) return undefined;
    const isForward = ordered.indexOf(one.source) < ordered.indexOf(other.source);
    return { from: (isForward ? one : other).name, to: (isForward ? other : one).name, by: 'order' };
  };
  const directed = (first: string, second: string) =>
    directionBetween([first, second], directions, assumedOf(position.get(first)!, position.get(second)!));
  const isRequired = (i: number, j: number): boolean => known.requires(i, j) || known.requires(j, i);
  const tested = links.map((link): LinkFigures => {
    const isAssumed = link.verdict !== 'supported' && isRequired(position.get(link.first)!, position.get(link.second)!);
    return {
      ...link,
      ...(isAssumed && { verdict: 'assumed' as const }),
      sign: signOf(link),
      direction: directed(link.first, link.second),
    };
  });
  const names = new Set(tested.map(({ first, second }) => JSON.stringify([first, second])));
  const untested = variables.flatMap(({ name: first }, i) =>
    variables.flatMap(({ name: second }, j): LinkFigures[] =>
      j > i && isRequired(i, j) && !names.has(JSON.stringify([first, second]))
        ? [{ first, second, verdict: 'assumed', conditioning: [], direction: directed(first, second) }]
        : [],
    ),
  );
  return [...tested, ...untested];
}

function signOf({ verdict, direct, association }: LinkEvidence): '+' | '−' | undefined {
  const { estimate } = verdict === 'supported' ? direct : association;
  return estimate === 0 ? undefined : estimate > 0 ? '+' : '−';
}

function draw(
  graph: CausalGraph,
  { first, second, direction: { to, from } }: LinkFigures,
  known: CompiledKnowledge,
  position: ReadonlyMap<string, number>,
): void {
  const [i, j] = [position.get(from ?? first)!, position.get(to ?? second)!];
  if (to === undefined) setEdge(graph, i, j, CIRCLE, CIRCLE);
  else setEdge(graph, i, j, known.requires(i, j) ? TAIL : CIRCLE, ARROW);
}
