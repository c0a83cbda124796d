// Draws the supported links between latents and blocks. The verdicts are the conclusions'.

import { CIRCLE, ARROW, graphEdges, graphFromEdges, TAIL, type CausalEdge } from '../causal/discovery/causal-graph.js';
import { unitNames, unitsOf } from '../causal/blocks.js';
import type { LinkFigures } from '../causal/discovery/link-figures.js';
import type { LinkConclusion } from '../conclusions/index.js';
import { causalGraphSvg } from './causal-svg.js';
import type { ReportInput } from './input.js';
import type { ThemeName } from './theme.js';

/** Draws the latents and blocks that have supported links. Circles mark unknown directions. */
export async function supportedLinksSvg(
  { graph, summary }: Pick<ReportInput, 'graph' | 'summary'>,
  links: readonly LinkConclusion[],
  theme: ThemeName,
): Promise<string> {
  const ends = new Set(links.flatMap(({ first, second }) => [first, second]));
  const linked = new Set(
    unitsOf(graph.nodes).flatMap(({ members }) => {
      const names = members.map((i) => graph.nodes[i].name);
      return names.some((name) => ends.has(name)) ? names : [];
    }),
  );
  const variables = graph.nodes
    .filter(({ name }) => linked.has(name))
    .map(({ name, modality, verdict, blockWith }) => ({ name, modality, verdict, blockWith }));
  const names = unitNames(graph.nodes);
  const graphOfLinks = graphFromEdges(variables, links.map(edgeOf));
  const edges = graphEdges(graphOfLinks).map((edge) => ({ ...edge, link: linkOf(edge, links, names) }));
  const modalities = summary.model.modalities.map(({ name }) => name);
  return causalGraphSvg(graphOfLinks, edges, { title: 'Supported links', theme, modalities, sizes: DIRECT });
}

const DIRECT = 'direct correlation, given the variables that explain the association best';

/** Returns the figures of the link of an edge; a correlation without measurement error may exceed 1. */
function linkOf(
  { from, to }: CausalEdge,
  links: readonly LinkConclusion[],
  names: ReadonlyMap<string, string>,
): LinkFigures {
  const { first, second, verdict, sign, association, direct, conditioning, q, direction } = links.find(
    (link) => [from, to].includes(link.first) && [from, to].includes(link.second),
  )!;
  const estimate = direct && Math.max(-1, Math.min(1, direct.estimate));
  return {
    ...{ first, second, verdict, sign, association, q, direction },
    conditioning: [...new Set(conditioning.map((name) => names.get(name) ?? name))],
    ...(direct && { direct: { ...direct, estimate: estimate! } }),
  };
}

function edgeOf({ first, second, direction: { verdict, from, to } }: LinkConclusion): CausalEdge {
  return verdict === 'undecided' || from === undefined || to === undefined
    ? { from: first, to: second, fromMark: CIRCLE, toMark: CIRCLE }
    : { from, to, fromMark: TAIL, toMark: ARROW };
}
