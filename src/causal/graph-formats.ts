// Graphs for other programs: DOT (Graphviz) and GraphML (Cytoscape, Gephi, networkx, igraph).

import { unitsOf, type Unit } from './blocks.js';
import { isArrow } from './direction-text.js';
import {
  checkLatentGraph,
  modalityLatents,
  type EdgeDirection,
  type LatentEdge,
  type LatentGraph,
  type LatentNode,
} from './graph.js';
import { escapeXml } from '../files/xml.js';
import { edgesOfDifferent } from './same-variable.js';
import { signedText } from './sign-text.js';
import { isFound, type LatentVerdictName } from './verdicts.js';

/**
 * Returns the graph in DOT, with one cluster per modality and per block. Strength, signed effect, agreement, direction
 * and verdicts are attributes. An edge of undecided direction is drawn as a line. Observed causes are boxes; edges from
 * causes that were not assigned are dashed. Latents that are no components, and links that tests do not support, are
 * dashed too.
 */
export function graphToDot(graph: LatentGraph): string {
  checkLatentGraph('graphToDot', graph);
  const units = unitsOf(graph.nodes);
  const node = ({ name, index, verdict, sameAs }: LatentNode) =>
    `${dotId(name)} [label=${dotLabel([`z${index + 1}`, ...(sameAs ?? [])].join(' = '))}${dotVerdict(verdict)}` +
    `${dotCopies(sameAs)}];`;
  const clusters = modalityLatents(graph).flatMap(({ name }, m) => [
    `  subgraph cluster_${m} {`,
    `    label=${dotLabel(name)};`,
    ...units.flatMap(({ members, isBlock }, u) => {
      const latents = members.map((i) => graph.nodes[i]);
      return latents[0].modality === name ? dotUnit(isBlock ? u : undefined, latents.map(node)) : [];
    }),
    '  }',
  ]);
  const edges = edgesOfDifferent(graph.nodes, graph.edges).map((edge) => {
    const { from, to, strength, effect, agreement, direction, verdict } = edge;
    const width = (1 + 2 * Math.min(1, strength)).toFixed(2);
    const ends = dotBlockEnds(units, graph.nodes, edge);
    const label = ends === '' && isArrow(edge) ? `label="${signedText(effect)}", ` : '';
    const signed = effect === undefined ? '' : `effect=${effect}, ${label}`;
    const drawn = direction === undefined ? '' : `, direction=${direction}${DOT_DIRECTIONS[direction]}`;
    const judged = verdict === undefined ? '' : `, verdict=${dotId(verdict)}${isFound(edge) ? '' : ', style=dashed'}`;
    const figures = `strength=${strength}, ${signed}agreement=${agreement}, penwidth=${width}${drawn}${judged}${ends}`;
    return `  ${dotId(from)} -> ${dotId(to)} [${figures}];`;
  });
  const hasBlocks = units.some(({ isBlock }) => isBlock);
  return [
    'digraph latents {',
    '  rankdir=LR;',
    ...(hasBlocks ? ['  compound=true;'] : []),
    ...[...dotCauses(graph), ...clusters, ...edges],
    '}',
    '',
  ].join('\n');
}

/** Returns the lines of a latent, or those of a block in a cluster without a label. @param block its number */
export function dotUnit(block: number | undefined, nodes: readonly string[]): string[] {
  if (block === undefined) return nodes.map((line) => `    ${line}`);
  return [
    `    subgraph cluster_block_${block} {`,
    '      label="";',
    '      style="rounded,dashed";',
    ...nodes.map((line) => `      ${line}`),
    '    }',
  ];
}

/** Returns the attribute of a latent with copies in other modalities. */
export function dotCopies(sameAs: readonly string[] = []): string {
  return sameAs.length === 0 ? '' : `, sameAs=${dotId(sameAs.join(', '))}`;
}

/** Returns the attributes of a latent: its verdict, and its look if it is no component. */
export function dotVerdict(verdict: LatentVerdictName | undefined): string {
  if (verdict === undefined) return '';
  return `, verdict=${dotId(verdict)}${verdict === 'component' ? '' : ', style=dashed'}`;
}

/** Returns the attributes that end an edge at the outlines of blocks. */
export function dotBlockEnds(
  units: readonly Unit[],
  variables: readonly { readonly name: string }[],
  { from, to }: { readonly from: string; readonly to: string },
): string {
  const blockOf = (name: string) =>
    units.findIndex(({ members, isBlock }) => isBlock && members.some((i) => variables[i].name === name));
  const [tail, head] = [blockOf(from), blockOf(to)];
  if (tail === head) return '';
  return (
    (tail < 0 ? '' : `, ltail=${dotId(`cluster_block_${tail}`)}`) +
    (head < 0 ? '' : `, lhead=${dotId(`cluster_block_${head}`)}`)
  );
}

function dotCauses({ causes = [], causeEdges = [] }: LatentGraph): string[] {
  const assigned = new Map(causes.map((cause) => [cause.name, cause.assigned]));
  const nodes = causes.map(({ name, kind }) => `  ${dotId(name)} [shape=box, kind=${kind}];`);
  const edges = causeEdges.map(({ from, level, to, effect, verdict }) => {
    const label = [level, effect === undefined ? undefined : signedText(effect)].filter(Boolean).join(' ');
    const drawn = assigned.get(from)
      ? `assigned=true${isFound({ verdict }) ? '' : ', style=dashed, dir=none'}`
      : 'assigned=false, style=dashed, edgetooltip="association"';
    const figures = [
      ...(level === undefined ? [] : [`level=${dotId(level)}`]),
      ...(effect === undefined ? [] : [`effect=${effect}`]),
      ...(label === '' ? [] : [`label=${dotLabel(label)}`]),
      ...(verdict === undefined ? [] : [`verdict=${dotId(verdict)}`]),
      drawn,
    ];
    return `  ${dotId(from)} -> ${dotId(to)} [${figures.join(', ')}];`;
  });
  return [...nodes, ...edges];
}

const DOT_DIRECTIONS: Readonly<Record<EdgeDirection, string>> = {
  supported: '',
  assumed: ', edgetooltip="direction assumed"',
  undecided: ', dir=none, edgetooltip="direction not known"',
};

/**
 * Returns the graph in GraphML. Names, modalities, strengths, signed effects, agreements, directions and verdicts are
 * typed attributes. Observed causes are nodes with a kind instead of a modality; their edges have a level.
 */
export function graphToGraphml(graph: LatentGraph): string {
  checkLatentGraph('graphToGraphml', graph);
  const { causes = [], causeEdges = [] } = graph;
  const position = new Map([...graph.nodes, ...causes].map(({ name }, i) => [name, i]));
  const causeNodes = causes.flatMap(({ name, kind, assigned }) => [
    `    <node id="n${position.get(name)!}">`,
    `      <data key="name">${escapeXml(name)}</data>`,
    `      <data key="kind">${kind}</data>`,
    `      <data key="assigned">${assigned}</data>`,
    '    </node>',
  ]);
  const causeLines = causeEdges.flatMap(({ from, level, to, effect, verdict }) => [
    `    <edge source="n${position.get(from)!}" target="n${position.get(to)!}">`,
    ...(level === undefined ? [] : [`      <data key="level">${escapeXml(level)}</data>`]),
    ...(effect === undefined ? [] : [`      <data key="effect">${effect}</data>`]),
    ...(verdict === undefined ? [] : [`      <data key="link">${verdict}</data>`]),
    '    </edge>',
  ]);
  const nodes = graph.nodes.flatMap(({ name, modality, index, verdict, blockWith, sameAs }, i) => [
    `    <node id="n${i}">`,
    `      <data key="name">${escapeXml(name)}</data>`,
    `      <data key="modality">${escapeXml(modality)}</data>`,
    `      <data key="index">${index}</data>`,
    ...graphmlVerdict({ verdict, blockWith, sameAs }),
    '    </node>',
  ]);
  const different = edgesOfDifferent(graph.nodes, graph.edges);
  const edges = different.flatMap(({ from, to, strength, effect, agreement, direction, verdict }) => [
    `    <edge source="n${position.get(from)!}" target="n${position.get(to)!}"${undirected({ direction, verdict })}>`,
    `      <data key="strength">${strength}</data>`,
    ...(effect === undefined ? [] : [`      <data key="effect">${effect}</data>`]),
    `      <data key="agreement">${agreement}</data>`,
    ...(direction === undefined ? [] : [`      <data key="direction">${direction}</data>`]),
    ...(verdict === undefined ? [] : [`      <data key="link">${verdict}</data>`]),
    '    </edge>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '  <key id="name" for="node" attr.name="name" attr.type="string"/>',
    '  <key id="modality" for="node" attr.name="modality" attr.type="string"/>',
    '  <key id="index" for="node" attr.name="index" attr.type="int"/>',
    '  <key id="strength" for="edge" attr.name="strength" attr.type="double"/>',
    '  <key id="effect" for="edge" attr.name="effect" attr.type="double"/>',
    '  <key id="agreement" for="edge" attr.name="agreement" attr.type="double"/>',
    '  <key id="direction" for="edge" attr.name="direction" attr.type="string"/>',
    ...(graph.nodes.some(({ verdict }) => verdict) ? [...VERDICT_KEYS, LINK_KEY] : []),
    ...(graph.nodes.some(({ sameAs }) => sameAs) ? [COPIES_KEY] : []),
    ...(graph.causes ? CAUSE_KEYS : []),
    '  <graph id="latents" edgedefault="directed">',
    ...nodes,
    ...causeNodes,
    ...edges,
    ...causeLines,
    '  </graph>',
    '</graphml>',
    '',
  ].join('\n');
}

export const VERDICT_KEYS = [
  '  <key id="latent" for="node" attr.name="verdict" attr.type="string"/>',
  '  <key id="blockWith" for="node" attr.name="blockWith" attr.type="string"/>',
];
const LINK_KEY = '  <key id="link" for="edge" attr.name="verdict" attr.type="string"/>';

/** The key of latents with copies in other modalities. */
export const COPIES_KEY = '  <key id="sameAs" for="node" attr.name="sameAs" attr.type="string"/>';

/** Returns the verdict on a latent, and its copies. */
export function graphmlVerdict({
  verdict,
  blockWith = [],
  sameAs = [],
}: Pick<LatentNode, 'verdict' | 'blockWith' | 'sameAs'>): string[] {
  return [
    ...(sameAs.length === 0 ? [] : [`      <data key="sameAs">${escapeXml(sameAs.join(', '))}</data>`]),
    ...(verdict === undefined ? [] : [`      <data key="latent">${verdict}</data>`]),
    ...(blockWith.length === 0 ? [] : [`      <data key="blockWith">${escapeXml(blockWith.join(', '))}</data>`]),
  ];
}

const CAUSE_KEYS = [
  '  <key id="kind" for="node" attr.name="kind" attr.type="string"/>',
  '  <key id="assigned" for="node" attr.name="assigned" attr.type="boolean"/>',
  '  <key id="level" for="edge" attr.name="level" attr.type="string"/>',
];

function undirected(edge: Pick<LatentEdge, 'direction' | 'verdict'>): string {
  return isArrow(edge) ? '' : ' directed="false"';
}

/** Returns an id of the language DOT. */
export function dotId(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${escaped.replace(/\p{Cc}/gu, (control) => (control === '\n' ? '\\n' : '\uFFFD'))}"`;
}

/** Returns a quoted label. Graphviz decodes character entities in labels, but not in ids. */
export function dotLabel(text: string): string {
  return dotId(text.replaceAll('&', '&amp;'));
}
