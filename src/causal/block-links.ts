// Tested links between latents and blocks, and graphs of discovery over them.

import { unitEdges, unitNames, unitsOf, type JudgedVariable, type Unit } from './blocks.js';
import {
  CIRCLE,
  graphEdges,
  graphFromEdges,
  type CausalEdge,
  type CausalGraph,
  type Variable,
} from './discovery/causal-graph.js';
import { strongest, type LinkFigures } from './discovery/link-figures.js';
import type { AnnotatedEdge } from './graph-json.js';

type Link = Pick<LinkFigures, 'first' | 'second' | 'sign' | 'conditioning' | 'oneOf' | 'direction'> & {
  readonly verdict: LinkFigures['verdict'];
  readonly association?: Size | undefined;
  readonly direct?: Size | undefined;
};

interface Size {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Returns the links between latents and blocks. All links of a block with another variable are one link, with the
 * figures of the clearest. It has no sign, because the axes of a block are arbitrary. Links inside a block are left
 * out.
 * @param links the clearest first
 */
export function linksOfUnits<T extends Link>(variables: readonly JudgedVariable[], links: readonly T[]): T[] {
  const names = unitNames(variables);
  const ends = links.map(({ first, second }) => ({ from: first, to: second }));
  return unitEdges(variables, ends).map(({ edges, isOfBlock }) => {
    const all = edges.map((l) => renamed(links[l], (name) => names.get(name) ?? name));
    return isOfBlock ? linkOfBlock(all) : all[0];
  });
}

function renamed<T extends Link>(link: T, nameOf: (name: string) => string): T {
  const { direction, conditioning, oneOf } = link;
  const [first, second] = [nameOf(link.first), nameOf(link.second)];
  const unique = (names: readonly string[]) => [...new Set(names.map(nameOf))];
  return {
    ...link,
    first,
    second,
    conditioning: unique(conditioning).filter((name) => name !== first && name !== second),
    direction: {
      ...direction,
      ...(direction.from !== undefined && { from: nameOf(direction.from) }),
      ...(direction.to !== undefined && { to: nameOf(direction.to) }),
    },
    ...(oneOf && { oneOf: oneOf.map((one) => ({ ...one, from: nameOf(one.from), to: unique(one.to) })) }),
  };
}

const VERDICTS = ['supported', 'assumed', 'undecided', 'not-supported'] as const;

/** Returns one link for all links between two units. */
function linkOfBlock<T extends Link>(links: readonly T[]): T {
  const rank = ({ verdict }: T) => VERDICTS.indexOf(verdict);
  const [clearest] = [...links].sort((a, b) => rank(a) - rank(b));
  const alike = links.filter(({ verdict }) => verdict === clearest.verdict);
  const isDirected = alike.every(({ direction: { from, verdict } }) => {
    return from === clearest.direction.from && verdict === clearest.direction.verdict;
  });
  const groups = clearest.verdict === 'supported' ? [] : alike.flatMap(({ oneOf = [] }) => oneOf);
  return {
    ...clearest,
    sign: undefined,
    association: clearest.association && unsigned(clearest.association),
    direct: clearest.direct && unsigned(clearest.direct),
    oneOf: groups.length > 0 ? groups : undefined,
    direction: isDirected ? clearest.direction : { verdict: 'undecided' },
  };
}

function unsigned<T extends Size>(size: T): T {
  const { estimate, lower, upper } = size;
  return estimate < 0 ? { ...size, estimate: -estimate, lower: -upper, upper: -lower } : size;
}

/** Returns the corrected p of the link, or that of the edge; 1 if it has none. */
function certainty({ link, p = 1 }: Annotated): number {
  return link?.q ?? (Number.isNaN(p) ? 1 : p);
}

/** A variable, or a block, of a drawn graph of discovery. */
export interface DrawnVariable extends Variable {
  readonly members: readonly Variable[];
  readonly isBlock: boolean;
}

export type DrawnCausalEdge<E extends CausalEdge> = E & { readonly isOfBlock: boolean };

type Annotated = CausalEdge & Partial<Pick<AnnotatedEdge, 'p' | 'association' | 'link' | 'frequencies' | 'intervals'>>;

export interface DrawnCausalGraph<E extends CausalEdge> {
  readonly graph: CausalGraph;
  readonly variables: readonly DrawnVariable[];
  /** In the order of the edges of `graph`. */
  readonly edges: readonly DrawnCausalEdge<E>[];
}

/**
 * Returns a graph of discovery as drawings and tables show it. An edge of a block has the figures of its clearest edge,
 * without sign and frequencies of directions. It has marks only if all its edges have the same ones.
 */
export function drawnCausalGraph<E extends Annotated>(
  { variables }: CausalGraph,
  edges: readonly E[],
): DrawnCausalGraph<E> {
  const units = unitsOf(variables).map(({ name, members, isBlock }: Unit): DrawnVariable => {
    return { ...variables[members[0]], name, members: members.map((i) => variables[i]), isBlock };
  });
  const names = unitNames(variables);
  const merged = unitEdges(variables, edges).map(({ from, to, edges: at, isOfBlock }): DrawnCausalEdge<E> => {
    const all = at.map((e) => edges[e]);
    const links = all.flatMap(({ link }) => link ?? []);
    const link = links.length === 0 ? undefined : linksOfUnits(variables, links)[0];
    if (!isOfBlock) return { ...all[0], isOfBlock, ...(link && { link }) };
    const isSame = all.every((edge) => {
      const isAlong = names.get(edge.from) === from;
      return isAlong && edge.fromMark === all[0].fromMark && edge.toMark === all[0].toMark;
    });
    const [clearest] = [...all].sort((a, b) => certainty(a) - certainty(b));
    return {
      ...clearest,
      ...(isSame ? {} : { fromMark: CIRCLE, toMark: CIRCLE }),
      ...{ from, to, isOfBlock, association: undefined },
      link,
    };
  });
  const graph = graphFromEdges(units, merged);
  return {
    graph,
    variables: units,
    edges: graphEdges(graph).map((edge) => {
      const same = merged.find(({ from, to }) => [from, to].includes(edge.from) && [from, to].includes(edge.to))!;
      return { ...same, ...edge };
    }),
  };
}

/** Returns the graph with the verdicts on its latents. */
export function withLatentVerdicts(graph: CausalGraph, latents: readonly JudgedVariable[]): CausalGraph {
  const judged = new Map(latents.map(({ name, verdict, blockWith, sameAs }) => [name, { verdict, blockWith, sameAs }]));
  return { ...graph, variables: graph.variables.map((variable) => ({ ...variable, ...judged.get(variable.name) })) };
}

/** Returns the pairs without an edge between latents and blocks, without those that another edge links. */
export function undrawnPairs(
  { variables }: CausalGraph,
  edges: readonly CausalEdge[],
  undrawn: readonly LinkFigures[],
): LinkFigures[] {
  const linked = unitEdges(variables, edges);
  return linksOfUnits(variables, strongest(undrawn)).filter(
    ({ first, second }) => !linked.some(({ from, to }) => [from, to].includes(first) && [from, to].includes(second)),
  );
}
