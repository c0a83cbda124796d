// Discovered graphs for other programs: DOT (Graphviz) and GraphML (Cytoscape, Gephi, networkx, igraph).

import { escapeXml } from '../../../files/xml.js';
import { NEVER } from '../half-samples.js';
import { unitsOf } from '../../blocks.js';
import {
  COPIES_KEY,
  dotBlockEnds,
  dotCopies,
  dotId,
  dotLabel,
  dotUnit,
  dotVerdict,
  graphmlVerdict,
  VERDICT_KEYS,
} from '../../graph-formats.js';
import type { AnnotatedEdge } from '../../graph-json.js';
import { signedText } from '../../sign-text.js';
import {
  ARROW,
  checkCausalGraph,
  CIRCLE,
  graphEdges,
  type CausalGraph,
  type Mark,
  type Variable,
} from '../causal-graph.js';
import { signedSize } from '../link-figures.js';
import { edgeSymbol } from './text-format.js';

/**
 * Returns the graph in DOT, with one cluster per modality and every mark drawn. Contexts are square. The label of an
 * edge is the direct correlation of the link, or the association. Associations, p-values, frequencies, and the evidence
 * of held-out subjects are edge attributes.
 * @param edges edges of the graph with their annotations; the plain edges of the graph when left out
 */
export function causalGraphToDot(graph: CausalGraph, edges: readonly AnnotatedEdge[] = graphEdges(graph)): string {
  checkCausalGraph('causalGraphToDot', graph, edges);
  const modalities = new Set(graph.variables.flatMap(({ modality }) => modality ?? []));
  const units = unitsOf(graph.variables);
  const node = ({ name, context, verdict, sameAs }: Variable) =>
    `${dotId(name)} [label=${dotLabel([name, ...(sameAs ?? [])].join(' = '))}` +
    `${context ? `, shape=box, context=${context}` : ''}${dotVerdict(verdict)}${dotCopies(sameAs)}];`;
  const clusters = [...modalities].flatMap((modality, m) => [
    `  subgraph cluster_${m} {`,
    `    label=${dotLabel(modality)};`,
    ...units.flatMap(({ members, isBlock }, u) => {
      const variables = members.map((i) => graph.variables[i]);
      return variables[0].modality === modality ? dotUnit(isBlock ? u : undefined, variables.map(node)) : [];
    }),
    '  }',
  ]);
  const free = graph.variables
    .filter(({ modality }) => modality === undefined)
    .map((variable) => `  ${node(variable)}`);
  const drawn = edges.map((edge) => {
    const marks = `dir=both, arrowtail=${shape(edge.fromMark)}, arrowhead=${shape(edge.toMark)}`;
    const figures = [
      ...attributes(edge).map(([key, value]) => `, ${key}=${value}`),
      ...textAttributes(edge).map(([key, value]) => `, ${key}=${dotId(value)}`),
    ];
    const size = signedSize(edge);
    const ends = dotBlockEnds(units, graph.variables, edge);
    const sign = size === undefined || ends !== '' ? '' : `, label="${signedText(size)}"`;
    return `  ${dotId(edge.from)} -> ${dotId(edge.to)} [${marks}${sign}${figures.join('')}${ends}];`;
  });
  const compound = units.some(({ isBlock }) => isBlock) ? ['  compound=true;'] : [];
  return ['digraph causal {', '  rankdir=LR;', ...compound, ...clusters, ...free, ...drawn, '}', ''].join('\n');
}

/**
 * Returns the graph in GraphML. Marks, associations, p-values, frequencies, and the evidence of held-out subjects are
 * typed attributes.
 * @param edges edges of the graph with their annotations; the plain edges of the graph when left out
 */
export function causalGraphToGraphml(graph: CausalGraph, edges: readonly AnnotatedEdge[] = graphEdges(graph)): string {
  checkCausalGraph('causalGraphToGraphml', graph, edges);
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  const nodes = graph.variables.flatMap(({ name, modality, context, verdict, blockWith, sameAs }, i) => [
    `    <node id="n${i}">`,
    `      <data key="name">${escapeXml(name)}</data>`,
    ...(modality === undefined ? [] : [`      <data key="modality">${escapeXml(modality)}</data>`]),
    ...(context === undefined ? [] : [`      <data key="context">${context}</data>`]),
    ...graphmlVerdict({ verdict, blockWith, sameAs }),
    '    </node>',
  ]);
  const drawn = edges.flatMap((edge) => {
    const isDirected = edge.toMark === ARROW && edge.fromMark !== ARROW;
    return [
      `    <edge source="n${position.get(edge.from)!}" target="n${position.get(edge.to)!}" directed="${isDirected}">`,
      `      <data key="marks">${escapeXml(edgeSymbol(edge))}</data>`,
      ...attributes(edge).map(([key, value]) => `      <data key="${key}">${value}</data>`),
      ...textAttributes(edge).map(([key, value]) => `      <data key="${key}">${escapeXml(value)}</data>`),
      '    </edge>',
    ];
  });
  const numeric = ['association', 'p', ...LINK_NUMBERS, ...Object.keys(NEVER)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '  <key id="name" for="node" attr.name="name" attr.type="string"/>',
    '  <key id="modality" for="node" attr.name="modality" attr.type="string"/>',
    ...(graph.variables.some(({ context }) => context)
      ? ['  <key id="context" for="node" attr.name="context" attr.type="string"/>']
      : []),
    ...(graph.variables.some(({ verdict }) => verdict) ? VERDICT_KEYS : []),
    ...(graph.variables.some(({ sameAs }) => sameAs) ? [COPIES_KEY] : []),
    '  <key id="marks" for="edge" attr.name="marks" attr.type="string"/>',
    ...LINK_TEXTS.map((key) => `  <key id="${key}" for="edge" attr.name="${key}" attr.type="string"/>`),
    ...numeric.map((key) => `  <key id="${key}" for="edge" attr.name="${key}" attr.type="double"/>`),
    '  <graph id="causal" edgedefault="directed">',
    ...nodes,
    ...drawn,
    '  </graph>',
    '</graphml>',
    '',
  ].join('\n');
}

const LINK_TEXTS = ['verdict', 'sign', 'conditioning', 'direction'] as const;
const LINK_NUMBERS = ['correlation', 'lower', 'upper', 'q', 'arrowShare'] as const;

function attributes({ p = NaN, association = NaN, link, frequencies }: AnnotatedEdge): (readonly [string, number])[] {
  const { estimate = NaN, lower = NaN, upper = NaN } = link?.direct ?? {};
  const figures: Record<(typeof LINK_NUMBERS)[number], number> = {
    correlation: estimate,
    lower,
    upper,
    q: link?.q ?? NaN,
    arrowShare: link?.direction.share ?? NaN,
  };
  const known = Object.entries<number>({ association, p, ...figures, ...frequencies });
  return known.filter(([, value]) => !Number.isNaN(value));
}

function textAttributes({ link }: AnnotatedEdge): (readonly [string, string])[] {
  if (!link) return [];
  const { verdict, sign = '', conditioning, direction } = link;
  const figures: Record<(typeof LINK_TEXTS)[number], string> = {
    verdict,
    sign,
    conditioning: conditioning.join(', '),
    direction: direction.verdict,
  };
  return Object.entries(figures).filter(([, value]) => value !== '');
}

function shape(mark: Mark): string {
  return mark === ARROW ? 'normal' : mark === CIRCLE ? 'odot' : 'none';
}
