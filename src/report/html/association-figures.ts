// The second page: correlations with their intervals, and the graph of supported links.

import {
  CIRCLE,
  ARROW,
  graphEdges,
  graphFromEdges,
  TAIL,
  type CausalEdge,
} from '../../causal/discovery/causal-graph.js';
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

/** Draws the latents that have supported links. Circles mark unknown directions. */
async function linksFigure({ graph, summary }: ReportInput, links: readonly LinkConclusion[]): Promise<Markup> {
  const names = new Set(links.flatMap(({ first, second }) => [first, second]));
  const variables = graph.nodes.filter(({ name }) => names.has(name)).map(({ name, modality }) => ({ name, modality }));
  const graphOfLinks = graphFromEdges(variables, links.map(edgeOf));
  const edges = graphEdges(graphOfLinks).map((edge) => ({ ...edge, association: sizeOf(edge, links) }));
  const modalities = summary.model.modalities.map(({ name }) => name);
  return figure({
    name: 'supported links',
    svg: await causalGraphSvg(graphOfLinks, edges, {
      title: 'Supported links',
      theme: 'page',
      modalities,
      sizes: DIRECT,
    }),
    caption:
      'Supported direct links of latents. +: both rise together; −: one falls as the other rises. ' +
      'An arrow is a supported or assumed direction. Circles: the direction is not known.',
  });
}

const DIRECT = 'direct correlation, given the variables that explain the association best';

function sizeOf({ from, to }: CausalEdge, links: readonly LinkConclusion[]): number | undefined {
  const link = links.find(
    ({ first, second }) => (first === from && second === to) || (first === to && second === from),
  );
  return link?.direct && Math.max(-1, Math.min(1, link.direct.estimate));
}

function edgeOf({ first, second, direction: { verdict, from, to } }: LinkConclusion): CausalEdge {
  return verdict === 'undecided' || from === undefined || to === undefined
    ? { from: first, to: second, fromMark: CIRCLE, toMark: CIRCLE }
    : { from, to, fromMark: TAIL, toMark: ARROW };
}
