// The graph of a fit with its verdicts, for all drawings, tables and files.

import { unitNames } from '../causal/blocks.js';
import type { CauseEdge } from '../causal/cause-nodes.js';
import type { LatentEdge, LatentGraph, LatentNode } from '../causal/graph.js';
import { variableNames } from '../causal/same-variable.js';
import type { EdgeVerdict } from '../causal/verdicts.js';
import { isEdgeSupported } from './causes.js';
import { conclusionsOf, type Conclusions, type ConcludedSummary, type LinkConclusion } from './conclusions.js';
import { withDirections } from './directions.js';
import { linksOfBlocks } from './latent-sentences.js';

/** Returns the graph with the verdicts on latents, links and directions. @param summary run.json */
export function judgedGraph<T extends LatentGraph>(graph: T, summary: ConcludedSummary): T {
  const conclusions = conclusionsOf(graph, summary);
  const verdicts = new Map(conclusions.latents.map((latent) => [latent.name, latent]));
  const edges = withDirectionsOfBlocks(withDirections(graph, summary).edges, conclusions);
  return {
    ...graph,
    nodes: graph.nodes.map((node): LatentNode => {
      const { verdict, blockWith, sameAs } = verdicts.get(node.name)!;
      return { ...node, verdict, blockWith, ...(sameAs && { sameAs }) };
    }),
    edges: edges.map((edge): LatentEdge => ({ ...edge, verdict: edgeVerdict(edge, conclusions) })),
    ...(graph.causeEdges && { causeEdges: graph.causeEdges.map((edge) => judgedCauseEdge(edge, edges, conclusions)) }),
  };
}

/** Returns the edges; those of a block have the direction of its link. An edge against this direction is undecided. */
function withDirectionsOfBlocks(edges: readonly LatentEdge[], conclusions: Conclusions): LatentEdge[] {
  const names = unitNames(conclusions.latents);
  const links = linksOfBlocks(conclusions);
  return edges.map((edge): LatentEdge => {
    const [from, to] = [names.get(edge.from) ?? edge.from, names.get(edge.to) ?? edge.to];
    if (from === edge.from && to === edge.to) return edge;
    const link = links.find(({ first, second }) => [from, to].includes(first) && [from, to].includes(second));
    if (link === undefined) return edge;
    return { ...edge, direction: link.direction.from === from ? link.direction.verdict : 'undecided' };
  });
}

function judgedCauseEdge(edge: CauseEdge, edges: readonly LatentEdge[], { causes }: Conclusions): CauseEdge {
  if (causes === undefined) return { ...edge, verdict: 'untested' };
  return { ...edge, verdict: isEdgeSupported(causes.effects, edge, edges) ? 'supported' : 'undecided' };
}

/** Returns the verdict of held-out subjects on an edge. Links within a modality are not tested. */
export function edgeVerdict(
  { from, to }: Pick<LatentEdge, 'from' | 'to'>,
  { links, shared }: Pick<Conclusions, 'links' | 'shared'>,
): EdgeVerdict {
  // The link of a variable is that of one of its copies.
  const variable = variableNames(shared);
  const keyOf = (one: string, other: string): string => [variable(one), variable(other)].sort().join(' ');
  const link = links.find(({ first, second }) => keyOf(first, second) === keyOf(from, to));
  return link === undefined || !isTested(link) ? 'untested' : link.verdict;
}

function isTested({ reason }: LinkConclusion): boolean {
  return reason !== 'within-modality' && reason !== 'untested';
}
