// Figures of a graph of causal discovery: the graph with measured variables, and the support of its edges over
// half-samples of the subjects.

import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import { causalGraphSvg } from '../causal-svg.js';
import { forestChart, type ForestFigures, type ForestRow } from '../charts/forest-chart.js';
import { judgedDiscovery } from '../facts/judged-discovery.js';
import { halfSampling } from '../facts/half-samples.js';
import { notice, type Draft, type FiguresInput } from './draft.js';

/** Maximum number of edges of the figure of support. */
const MAX_EDGES = 30;

/** Returns the figures; nothing without a graph. */
export async function discoveryFigures(input: FiguresInput): Promise<Draft[]> {
  const { discovery, summary } = input;
  if (!discovery) return [];
  const draft = { name: 'discovery', title: 'Graph of latents and measured variables' };
  const { graph, edges, undrawn } = judgedDiscovery(input, discovery);
  if (discovery.question?.crossFitted === false) {
    return [notice({ ...draft, finding: 'untested' }, 'Too few subjects to test latents, so nothing was searched.')];
  }
  if (edges.length === 0) return [notice({ ...draft, finding: 'none' }, 'No link is supported.')];
  const svg = await causalGraphSvg(
    graph,
    edges.map((edge) => ({ ...edge, p: edge.p ?? NaN })),
    { theme: 'page', modalities: summary.model.modalities.map(({ name }) => name), undrawn },
  );
  const drawn: Draft = {
    ...draft,
    finding: 'shown',
    caption:
      'Filled: latents, in the colours of their modalities. Outlined: measured variables. Links that no set of other ' +
      'variables explains. Circles: ends that nothing determines. Hollow arrowheads: assumed directions. Faint ' +
      'links: few half-samples have them. A link can also be due to a cause that was not measured.',
    drawing: svg,
  };
  return [drawn, ...support(input)];
}

/** The share of half-samples in which each edge is found. */
function support({ discovery }: FiguresInput): Draft[] {
  const { edges = [], halfSamples } = discovery ?? {};
  const counted = edges.filter(({ frequencies }) => frequencies).slice(0, MAX_EDGES);
  if (counted.length === 0) return [];
  const rows = counted.map((edge): ForestRow => {
    const { adjacent } = edge.frequencies!;
    const interval = edge.intervals?.adjacent;
    return {
      title: `${edge.from} ${edgeSymbol(edge)} ${edge.to}`,
      modalities: [],
      interval: { estimate: adjacent, lower: interval?.[0] ?? adjacent, upper: interval?.[1] ?? adjacent },
      isPoint: interval === undefined,
      supported: true,
      words: 'share of half-samples with the link',
    };
  });
  const figures: ForestFigures = {
    title: 'Support of links over half-samples',
    axis: 'share of half-samples with the link',
    description: 'Links of the search.',
    ends: [0, 1],
    minPlot: 100,
    rows,
  };
  return [
    {
      name: 'edge-support',
      title: figures.title,
      finding: 'described',
      caption:
        `${halfSamples ? `${halfSampling(halfSamples).meaning} ` : ''}The share of half-samples in which the search ` +
        'has the link, in any direction. It is no probability of a link: what biases the search is in all of them.',
      drawing: (width) => forestChart(figures, width),
    },
  ];
}
