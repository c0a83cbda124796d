// The second page: correlations with their intervals, and the graph of supported links.

import {
  CIRCLE,
  ARROW,
  graphEdges,
  graphFromEdges,
  TAIL,
  type CausalEdge,
} from '../../causal/discovery/causal-graph.js';
import { unitNames, unitsOf } from '../../causal/blocks.js';
import type { LinkFigures } from '../../causal/discovery/link-figures.js';
import type { Conclusions, LinkConclusion } from '../../conclusions/index.js';
import { causalGraphSvg } from '../causal-svg.js';
import type { ForestFigures } from '../charts/forest-chart.js';
import { reportConclusions, sharingOf, testedPairs } from '../facts/evidence.js';
import type { ReportInput } from '../input.js';
import type { Markup } from './markup.js';
import { chartFigure, figure, type Section } from './section.js';

/** Returns undefined if no association was found, because readers would take a drawing for a finding. */
export async function figuresSection(input: ReportInput): Promise<Section | undefined> {
  const conclusions = reportConclusions(input);
  if (sharingOf(conclusions) !== 'associated') return undefined;
  const links = conclusions.links.filter(({ verdict, same }) => verdict === 'supported' && !same);
  return {
    id: 'figures',
    title: 'Associations in figures',
    body: [
      chartFigure(['forest', pairsForest(input.summary, conclusions)], {
        name: 'associations of modalities',
        caption: 'Filled: associated. Hollow: no association was found.',
      }),
      links.length === 0 ? undefined : await linksFigure(input, links),
    ],
  };
}

/** Returns the figures of the chart of all tested pairs of modalities. */
export function pairsForest({ model }: Pick<ReportInput['summary'], 'model'>, conclusions: Conclusions): ForestFigures {
  const positionOf = (name: string) => model.modalities.findIndex((one) => one.name === name);
  return {
    title: 'Strength of association between modalities',
    axis: 'correlation in held-out subjects, and its 95 % interval',
    description: 'Correlations of held-out subjects.',
    ends: [-0.2, 1],
    rows: testedPairs(conclusions).flatMap(({ first, second, correlation, verdict }) =>
      correlation
        ? [
            {
              title: `${first} and ${second}`,
              modalities: [first, second].map(positionOf),
              interval: correlation,
              supported: verdict === 'supported',
              words: verdict === 'supported' ? 'associated' : 'no association found',
            },
          ]
        : [],
    ),
  };
}

/** Draws the latents and blocks that have supported links. Circles mark unknown directions. */
async function linksFigure({ graph, summary }: ReportInput, links: readonly LinkConclusion[]): Promise<Markup> {
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
  return figure({
    name: 'supported links',
    svg: await causalGraphSvg(graphOfLinks, edges, {
      title: 'Supported links',
      theme: 'page',
      modalities,
      sizes: DIRECT,
    }),
    caption: 'Supported direct links of latents. +: both rise together; −: one falls as the other rises.',
  });
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
