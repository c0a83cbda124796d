// Graphs of discovery as drawings and tables show them: a block is one variable.

import { linksOfUnits } from './block-links.js';
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
