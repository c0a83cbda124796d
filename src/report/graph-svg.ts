// Draws a causal graph: a panel per modality, a disc per latent, an outlined group per block, and arrows whose width
// shows the strength. An edge of unknown direction is a line, and one that tests do not support is a dashed line.
// Observed causes are squares.

import { checkOneOf, checkOptions } from '../errors/argument.js';
import { drawnGraph, type DrawnEdge, type DrawnGraph } from '../causal/blocks.js';
import { checkLatentGraph, hasEffects, modalityLatents, type LatentGraph, type LatentNode } from '../causal/graph.js';
import { endsText, isArrow, relationWords } from '../causal/direction-text.js';
import { edgesOfDifferent } from '../causal/same-variable.js';
import { isFound } from '../causal/verdicts.js';
import { signedText, signOf } from '../causal/sign-text.js';
import { causeGroups, causesOfLatent, groupText, reachOfCause } from './cause-groups.js';
import { causeCaption, causeHeight, causeLine, causeSquare, causeWidth, groupLabelSize } from './cause-svg.js';
import { layoutGraph, type EdgeLayout, type GraphLayout, type Size } from './graph-layout.js';
import { arrowHead, edgeHook, edgeLabel, edgeLabelSize, nodeHook, signRadius, splinePath } from './graph-parts.js';
import type { Point } from './spline.js';
import { element, hover, label, linesOf, short, shorten, textWidth } from './svg.js';
import { inset, modalityClass, drawing, SVG_OPTIONS, THEMES, type SvgOptions } from './theme.js';
import { blockOutline, lookOf, verdictCaptions, verdictWords } from './verdict-looks.js';

export interface GraphSvgOptions extends SvgOptions {
  /**
   * Where numbers appear: on the arrows, or only on hover, with the sign on the arrow. `auto` (the default) shows
   * numbers on up to 20 arrows. The number is the signed effect, or the strength if the graph has no effects.
   */
  readonly strengths?: (typeof STRENGTHS)[number];
}

const STRENGTHS = ['auto', 'shown', 'hover'] as const;

const nodeRadius = 21;
/** Space around and between the discs of a block, and the maximum number of discs below each other. */
const blockPadding = 9;
const blockGap = 8;
const MAX_COLUMN = 6;
const panelLabelSize = 13;
const longestName = 24;
const maxLabels = 20;
const captionHeight = 30;
const captionLine = 16;
const captionSize = 11.5;
/** A caption is wrapped at the width of the graph, but not below this width. */
const minCaptionWidth = 330;

/** Draws a graph; documented in src/model/on-demand.ts. */
export async function graphSvg(fitted: LatentGraph, options: GraphSvgOptions = {}): Promise<string> {
  checkLatentGraph('graphSvg', fitted);
  const graph = drawnGraph({ ...fitted, edges: edgesOfDifferent(fitted.nodes, fitted.edges) });
  checkOptions('graphSvg', options, { ...SVG_OPTIONS, strengths: 'text' });
  const { title = 'Causal graph between latents', theme = 'auto', strengths = 'auto' } = options;
  checkOneOf('theme', theme, THEMES);
  checkOneOf('strengths', strengths, STRENGTHS);
  const showsStrength = strengths === 'shown' || (strengths === 'auto' && graph.edges.length <= maxLabels);
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const { causes = [] } = graph;
  const groups = causeGroups(graph);
  const layout = await layoutGraph(graph, {
    nodes: graph.nodes.map(({ isBlock, members }) => nodeSize(isBlock ? members.length : 0)),
    clusterLabels: modalities.map((name) => shorten(name, longestName)),
    clusterLabelSize: panelLabelSize,
    edgeLabel: labelSize(graph, showsStrength),
    causes: causes.map((cause) => ({ width: causeWidth(cause), height: causeHeight })),
    causeEdges: groups.map((group) => ({
      cause: causes.indexOf(group.cause),
      latent: graph.nodes.findIndex(({ name }) => name === group.to),
      label: groupLabelSize(group),
    })),
  });
  const captions = [
    captionOf(graph, showsStrength),
    ...(causes.length === 0 ? [] : [causeCaption(causes, groups)]),
  ].flatMap((text) => linesOf(text, captionSize, Math.max(layout.width, minCaptionWidth)));
  const widest = Math.max(...captions.map((text) => textWidth(text, captionSize)));
  const width = Math.max(layout.width, widest, textWidth(title, 15)) + inset.left + inset.right;
  const left = (width - layout.width) / 2;
  const below = captionHeight + captionLine * (captions.length - 1);
  const height = inset.top + layout.height + below + inset.bottom;
  const isPage = theme === 'page';
  return drawing({
    width,
    height,
    title,
    description: describeGraph(graph),
    theme,
    body: [
      element(
        'g',
        { transform: `translate(${short(left)} ${short(inset.top)})` },
        ...modalities.map((name, m) => panel(name, m, layout)),
        ...graph.edges.map((edge, e) =>
          arrow(graph, edge, layout.edges[e], { showsStrength, hook: isPage ? e : undefined }),
        ),
        ...groups.map((group, g) =>
          causeLine(group, layout.causeEdges[g], isPage ? graph.edges.length + g : undefined),
        ),
        ...modalities.map((name, m) => panelName(name, layout.clusters[m])),
        ...graph.nodes.map((_, i) => node(graph, i, modalities, { ...layout.nodes[i], hooked: isPage })),
        ...causes.map((cause, k) =>
          causeSquare(cause, layout.causes[k], reachOfCause(graph, cause), isPage ? graph.nodes.length + k : undefined),
        ),
      ),
      ...captions.map((text, line) =>
        label(text, {
          class: 'il-muted',
          x: width / 2,
          y: height - inset.bottom - captionLine * (captions.length - 1 - line),
          'text-anchor': 'middle',
          'font-size': captionSize,
        }),
      ),
    ],
  });
}

/** Returns the size of a latent, or of a block with this number of latents. */
function nodeSize(ofBlock: number): Size {
  if (ofBlock === 0) return { width: 2 * nodeRadius, height: 2 * nodeRadius };
  const rows = Math.min(ofBlock, MAX_COLUMN);
  const extent = (count: number) => 2 * blockPadding + count * 2 * nodeRadius + (count - 1) * blockGap;
  return { width: extent(Math.ceil(ofBlock / rows)), height: extent(rows) };
}

/** Returns the space for the label of an edge. Returns undefined if edges have neither numbers nor signs. */
function labelSize(graph: DrawnGraph, showsStrength: boolean) {
  const labels = graph.edges.flatMap((edge) => labelOf(edge, graph, showsStrength) ?? []);
  if (labels.length === 0) return undefined;
  const height = edgeLabelSize + 6;
  return labels.some((text) => text.length > 1) ? { width: 44, height } : { width: 2 * signRadius + 2, height };
}

/** Returns a text for each variable that several modalities have. */
function copyCaptions({ nodes }: DrawnGraph): string[] {
  const latents = nodes.flatMap(({ members }) => members);
  const firsts = latents.filter(({ name, sameAs }, i) =>
    sameAs?.every((copy) => latents.findIndex((one) => one.name === copy) > i && copy !== name),
  );
  return firsts.map(({ name, sameAs }) => `Same variable: ${[name, ...sameAs!].join(', ')}`);
}

function captionOf(graph: DrawnGraph, showsStrength: boolean): string {
  const { edges, nodes } = graph;
  const verdicts = [...verdictCaptions(nodes.map(({ verdict }) => verdict)), ...copyCaptions(graph)];
  if (edges.length === 0) {
    return [`No edge${graph.causes ? ' between latents' : ''} is strong enough to be drawn`, ...verdicts].join('. ');
  }
  const labels = hasEffects(graph) ? edges.flatMap((edge) => labelOf(edge, graph, showsStrength) ?? []) : [];
  const number = 'Number: change at the arrowhead, in sd, per sd at the other end';
  const sign = '+: both rise together; −: one falls as the other rises';
  const arrows = edges.filter(isArrow);
  return [
    ...(labels.some((text) => text.length > 1) ? [number] : []),
    ...(labels.some((text) => text.length === 1) ? [sign] : []),
    `Wide ${arrows.length === 0 ? 'line' : 'arrow'}: strong edge`,
    ...(arrows.some(({ direction }) => direction === 'assumed') ? ['Hollow arrowhead: assumed direction'] : []),
    ...(edges.some((edge) => isFound(edge) && !isArrow(edge)) ? ['Line: direction not known'] : []),
    ...([...edges, ...(graph.causeEdges ?? [])].some((edge) => !isFound(edge))
      ? ['Dashed line: not supported by tests']
      : []),
    ...verdicts,
  ].join('. ');
}

/** Returns the number or the sign on an edge, or undefined if it has neither. Only an arrow of latents has a number. */
function labelOf(edge: DrawnEdge, graph: DrawnGraph, showsStrength: boolean): string | undefined {
  const { strength, effect, isOfBlock } = edge;
  if (isOfBlock || !isFound(edge)) return undefined;
  if (effect === undefined) return showsStrength && !hasEffects(graph) ? strength.toFixed(2) : undefined;
  return showsStrength && isArrow(edge) ? signedText(effect) : signOf(effect);
}

function panel(name: string, m: number, { clusters }: GraphLayout): string {
  const { x, y, width, height } = clusters[m];
  const { fill, stroke } = modalityClass(m);
  const box = { x, y, width, height, rx: 12, 'stroke-width': 1, 'fill-opacity': 0.07, 'stroke-opacity': 0.35 };
  return element('rect', { class: `${fill} ${stroke}`, ...box }, hover(name));
}

function panelName(name: string, { x, y, width }: GraphLayout['clusters'][number]): string {
  return label(shorten(name, longestName), {
    class: 'il-ink',
    x: x + width / 2,
    y: y + 22,
    'text-anchor': 'middle',
    'font-size': panelLabelSize,
    'font-weight': 600,
  });
}

function node(
  graph: DrawnGraph,
  i: number,
  modalities: readonly string[],
  { x, y, hooked }: Point & { readonly hooked: boolean },
): string {
  const { name, modality, risesWith, isBlock, members } = graph.nodes[i];
  const m = modalities.indexOf(modality);
  const relations = relationWords(graph.edges, name);
  const text = [
    ...(isBlock && members.length > 1 ? ['block, identified only as a mixture'] : verdictWords(graph.nodes[i])),
    ...(risesWith === undefined || members.length > 1 ? [] : [`rises with ${risesWith.column}`]),
    ...(relations.length > 0 ? relations : ['no link with another latent']),
    ...causesOfLatent(graph, name),
  ].join('; ');
  const { width, height } = nodeSize(isBlock ? members.length : 0);
  const rows = Math.min(members.length, MAX_COLUMN);
  const step = 2 * nodeRadius + blockGap;
  const first = { x: x - width / 2 + blockPadding + nodeRadius, y: y - height / 2 + blockPadding + nodeRadius };
  return element(
    'g',
    hooked ? nodeHook(i, `${name}: ${text}`) : {},
    ...(hooked ? [] : [hover(`${name}: ${text}`)]),
    ...(isBlock ? [element('rect', { ...blockOutline(m), x: x - width / 2, y: y - height / 2, width, height })] : []),
    ...members.flatMap((latent, k) => {
      const column = Math.floor(k / rows);
      return disc(latent, m, isBlock ? { x: first.x + column * step, y: first.y + (k % rows) * step } : { x, y });
    }),
  );
}

function disc({ index, verdict }: LatentNode, m: number, { x, y }: Point): string[] {
  const { shape, text } = lookOf(verdict, m);
  const font = { class: text, x, y: y + 4.5, 'text-anchor': 'middle', 'font-size': 15, 'font-weight': 600 };
  return [
    element('circle', { ...shape, cx: x, cy: y, r: nodeRadius }),
    element('text', font, 'z', element('tspan', { dy: 3.5, 'font-size': 10.5 }, String(index + 1))),
  ];
}

/** Draws an edge. @param hook its number, for a page in which it reacts to the pointer and can be focused */
function arrow(
  graph: DrawnGraph,
  edge: DrawnEdge,
  { spline, tip, label: at }: EdgeLayout,
  { showsStrength, hook }: { showsStrength: boolean; hook: number | undefined },
): string {
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const start = graph.nodes.find(({ name }) => name === edge.from)!;
  const { fill, stroke } = modalityClass(modalities.indexOf(start.modality));
  const width = 1.4 + 3 * Math.min(1, edge.strength);
  const isLine = !isArrow(edge);
  const line = { class: `il-line ${stroke}`, d: splinePath(spline), 'stroke-width': width };
  return element(
    'g',
    hook === undefined ? {} : edgeHook(hook, describeEdge(edge, graph.runs)),
    ...(hook === undefined
      ? [hover(describeEdge(edge, graph.runs))]
      : [element('path', { class: 'il-reach', d: line.d })]),
    element('path', {
      ...line,
      d: isLine ? `${line.d}L${short(tip.x)} ${short(tip.y)}` : line.d,
      'stroke-linecap': 'butt',
      ...(isFound(edge) ? {} : { 'stroke-dasharray': '5 4', 'stroke-opacity': 0.6 }),
    }),
    ...(isLine
      ? []
      : [
          element('path', {
            ...(edge.direction === 'assumed' ? { class: `il-patch ${stroke}`, 'stroke-width': 1.4 } : { class: fill }),
            d: arrowHead(spline[spline.length - 1], tip, width),
          }),
        ]),
    ...edgeLabel(labelOf(edge, graph, showsStrength), at),
  );
}

function describeEdge(edge: DrawnEdge, restarts: number): string {
  const { strength, effect, agreement, edges } = edge;
  const signed = effect === undefined || !isArrow(edge) ? '' : `, effect ${signedText(effect)} sd per sd`;
  const support =
    restarts === 1 ? '' : `, found in ${Math.round(agreement * restarts)} of ${restarts} restarts on the same data`;
  const count = edges.length > 1 ? `${edges.length} edges, ` : '';
  return `${endsText(edge)}: ${count}strength ${strength.toFixed(3)}${signed}${support}`;
}

function describeGraph(graph: DrawnGraph): string {
  const parts = modalityLatents({ nodes: graph.nodes.flatMap(({ members }) => members) }).map(
    ({ name, latents }) => `${name} (${latents})`,
  );
  const edges = graph.edges.map((edge) => describeEdge(edge, graph.runs));
  const { causes = [] } = graph;
  const observed =
    causes.length === 0
      ? ''
      : ` Observed causes: ${causes.map((cause) => `${cause.name}, ${reachOfCause(graph, cause)}`).join('; ')}.` +
        causeGroups(graph)
          .map((group) => ` ${groupText(group)}.`)
          .join('');
  const list = edges.length === 0 ? 'No edges.' : `Edges: ${edges.join('; ')}.`;
  return `Latents of ${parts.join(', ')}. ${list}${observed}`;
}
