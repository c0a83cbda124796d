// Graphs for other programs: DOT (Graphviz) and GraphML (Cytoscape, Gephi, networkx, igraph).

import { checkLatentGraph, modalityLatents, type EdgeDirection, type LatentGraph } from './graph.js';
import { escapeXml } from '../files/xml.js';
import { signedText } from './sign-text.js';

/**
 * Returns the graph in DOT, with one cluster per modality. Strength, signed effect, agreement and direction are edge
 * attributes. An edge of undecided direction is drawn as a line. Observed causes are boxes; edges from causes that
 * were not assigned are dashed.
 */
export function graphToDot(graph: LatentGraph): string {
  checkLatentGraph('graphToDot', graph);
  const clusters = modalityLatents(graph).flatMap(({ name }, m) => [
    `  subgraph cluster_${m} {`,
    `    label=${dotLabel(name)};`,
    ...graph.nodes
      .filter(({ modality }) => modality === name)
      .map((node) => `    ${dotId(node.name)} [label=${dotLabel(`z${node.index + 1}`)}];`),
    '  }',
  ]);
  const edges = graph.edges.map(({ from, to, strength, effect, agreement, direction }) => {
    const width = (1 + 2 * Math.min(1, strength)).toFixed(2);
    const signed = effect === undefined ? '' : `effect=${effect}, label="${signedText(effect)}", `;
    const drawn = direction === undefined ? '' : `, direction=${direction}${DOT_DIRECTIONS[direction]}`;
    const figures = `strength=${strength}, ${signed}agreement=${agreement}, penwidth=${width}${drawn}`;
    return `  ${dotId(from)} -> ${dotId(to)} [${figures}];`;
  });
  return ['digraph latents {', '  rankdir=LR;', ...dotCauses(graph), ...clusters, ...edges, '}', ''].join('\n');
}

function dotCauses({ causes = [], causeEdges = [] }: LatentGraph): string[] {
  const assigned = new Map(causes.map((cause) => [cause.name, cause.assigned]));
  const nodes = causes.map(({ name, kind }) => `  ${dotId(name)} [shape=box, kind=${kind}];`);
  const edges = causeEdges.map(({ from, level, to, effect }) => {
    const label = [level, effect === undefined ? undefined : signedText(effect)].filter(Boolean).join(' ');
    const drawn = assigned.get(from) ? 'assigned=true' : 'assigned=false, style=dashed, edgetooltip="association"';
    const figures = [
      ...(level === undefined ? [] : [`level=${dotId(level)}`]),
      ...(effect === undefined ? [] : [`effect=${effect}`]),
      ...(label === '' ? [] : [`label=${dotLabel(label)}`]),
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
 * Returns the graph in GraphML. Names, modalities, strengths, signed effects, agreements and directions are typed
 * attributes. Observed causes are nodes with a kind instead of a modality; their edges have a level.
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
  const causeLines = causeEdges.flatMap(({ from, level, to, effect }) => [
    `    <edge source="n${position.get(from)!}" target="n${position.get(to)!}">`,
    ...(level === undefined ? [] : [`      <data key="level">${escapeXml(level)}</data>`]),
    ...(effect === undefined ? [] : [`      <data key="effect">${effect}</data>`]),
    '    </edge>',
  ]);
  const nodes = graph.nodes.flatMap(({ name, modality, index }, i) => [
    `    <node id="n${i}">`,
    `      <data key="name">${escapeXml(name)}</data>`,
    `      <data key="modality">${escapeXml(modality)}</data>`,
    `      <data key="index">${index}</data>`,
    '    </node>',
  ]);
  const edges = graph.edges.flatMap(({ from, to, strength, effect, agreement, direction }) => [
    `    <edge source="n${position.get(from)!}" target="n${position.get(to)!}"${undirected(direction)}>`,
    `      <data key="strength">${strength}</data>`,
    ...(effect === undefined ? [] : [`      <data key="effect">${effect}</data>`]),
    `      <data key="agreement">${agreement}</data>`,
    ...(direction === undefined ? [] : [`      <data key="direction">${direction}</data>`]),
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

const CAUSE_KEYS = [
  '  <key id="kind" for="node" attr.name="kind" attr.type="string"/>',
  '  <key id="assigned" for="node" attr.name="assigned" attr.type="boolean"/>',
  '  <key id="level" for="edge" attr.name="level" attr.type="string"/>',
];

function undirected(direction: EdgeDirection | undefined): string {
  return direction === 'undecided' ? ' directed="false"' : '';
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
