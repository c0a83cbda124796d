// Draws a causal graph: a panel per modality, a disc per latent, and arrows whose width shows the strength. An edge of
// unknown direction is a line.

import { checkOneOf, checkOptions } from '../errors/argument.js';
import { checkLatentGraph, hasEffects, modalityLatents, type LatentEdge, type LatentGraph } from '../causal/graph.js';
import { endsText, relationsOf } from '../causal/direction-text.js';
import { signedText, signOf } from '../causal/sign-text.js';
import { escapeXml } from '../files/xml.js';
import { layoutGraph, type EdgeLayout, type GraphLayout } from './graph-layout.js';
import type { Point } from './spline.js';
import { element, hover, label, short, shorten, textWidth, type Attributes } from './svg.js';
import { inset, modalityClass, drawing, SVG_OPTIONS, THEMES, type SvgOptions } from './theme.js';

export interface GraphSvgOptions extends SvgOptions {
  /**
   * Where numbers appear: on the arrows, or only on hover, with the sign on the arrow. `auto` (the default) shows
   * numbers on up to 20 arrows. The number is the signed effect, or the strength if the graph has no effects.
   */
  readonly strengths?: (typeof STRENGTHS)[number];
}

const STRENGTHS = ['auto', 'shown', 'hover'] as const;

const nodeRadius = 21;
const panelLabelSize = 13;
const edgeLabelSize = 11;
/** Radius of the ring around a sign without a number. Without a ring, a minus would look like a part of the line. */
const signRadius = 7;
const longestName = 24;
const maxLabels = 20;
const captionHeight = 30;

/** Draws a graph; documented in src/model/on-demand.ts. */
export async function graphSvg(graph: LatentGraph, options: GraphSvgOptions = {}): Promise<string> {
  checkLatentGraph('graphSvg', graph);
  checkOptions('graphSvg', options, { ...SVG_OPTIONS, strengths: 'text' });
  const { title = 'Causal graph between latents', theme = 'auto', strengths = 'auto' } = options;
  checkOneOf('theme', theme, THEMES);
  checkOneOf('strengths', strengths, STRENGTHS);
  const showsStrength = strengths === 'shown' || (strengths === 'auto' && graph.edges.length <= maxLabels);
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const layout = await layoutGraph(graph, {
    nodeRadius,
    clusterLabels: modalities.map((name) => shorten(name, longestName)),
    clusterLabelSize: panelLabelSize,
    edgeLabel: labelSize(graph, showsStrength),
  });
  const caption = captionOf(graph, showsStrength);
  const width = Math.max(layout.width, textWidth(caption, 11.5), textWidth(title, 15)) + inset.left + inset.right;
  const left = (width - layout.width) / 2;
  const height = inset.top + layout.height + captionHeight + inset.bottom;
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
          arrow(graph, edge, layout.edges[e], { showsStrength, hook: theme === 'page' ? e : undefined }),
        ),
        ...modalities.map((name, m) => panelName(name, layout.clusters[m])),
        ...graph.nodes.map((_, i) => disc(graph, i, modalities, { ...layout.nodes[i], hooked: theme === 'page' })),
      ),
      label(caption, {
        class: 'il-muted',
        x: width / 2,
        y: height - inset.bottom,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

/** Returns the space for the label of an edge. Returns undefined if edges have neither numbers nor signs. */
function labelSize(graph: LatentGraph, showsStrength: boolean) {
  const height = edgeLabelSize + 6;
  if (showsStrength) return { width: 44, height };
  return hasEffects(graph) ? { width: 2 * signRadius + 2, height } : undefined;
}

function captionOf(graph: LatentGraph, showsStrength: boolean): string {
  const { edges } = graph;
  if (edges.length === 0) return 'No edge is strong enough to be drawn';
  const lines = edges.filter(isLine).length;
  const number = 'Number: change of the effect, in sd, per sd of the cause';
  const sign = '+: the effect rises with the cause; −: it falls';
  return [
    ...(hasEffects(graph) ? [showsStrength ? number : sign] : []),
    `Wide ${lines === edges.length ? 'line' : 'arrow'}: strong edge`,
    ...(edges.some(({ direction }) => direction === 'assumed') ? ['Arrow: assumed direction'] : []),
    ...(lines > 0 ? ['Line: direction not known'] : []),
  ].join('. ');
}

function isLine({ direction }: LatentEdge): boolean {
  return direction === 'undecided';
}

/** Returns the number or the sign on an edge, or undefined if it has neither. */
function labelOf({ strength, effect }: LatentEdge, showsStrength: boolean): string | undefined {
  if (effect === undefined) return showsStrength ? strength.toFixed(2) : undefined;
  return showsStrength ? signedText(effect) : signOf(effect);
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

function disc(
  graph: LatentGraph,
  i: number,
  modalities: readonly string[],
  { x, y, hooked }: Point & { readonly hooked: boolean },
): string {
  const { name, modality, index, risesWith } = graph.nodes[i];
  const colours = modalityClass(modalities.indexOf(modality));
  const { causes, linked } = relationsOf(graph.edges, name);
  const text = [
    ...(risesWith === undefined ? [] : [`rises with ${risesWith.column}`]),
    ...(causes.length === 0 && linked.length > 0 ? [] : [causesText(causes)]),
    ...(linked.length === 0 ? [] : [`linked with ${linked.join(', ')}, direction not known`]),
  ].join('; ');
  return element(
    'g',
    hooked ? nodeHook(i, `${name}: ${text}`) : {},
    ...(hooked ? [] : [hover(`${name}: ${text}`)]),
    element('circle', { class: colours.fill, cx: x, cy: y, r: nodeRadius }),
    element(
      'text',
      { class: colours.text, x, y: y + 4.5, 'text-anchor': 'middle', 'font-size': 15, 'font-weight': 600 },
      'z',
      element('tspan', { dy: 3.5, 'font-size': 10.5 }, escapeXml(String(index + 1))),
    ),
  );
}

function causesText(causes: readonly string[]): string {
  return causes.length === 0 ? 'no causes among the latents' : `caused by ${causes.join(', ')}`;
}

/** Draws an edge. @param hook its number, for a page in which it reacts to the pointer and can be focused */
function arrow(
  graph: LatentGraph,
  edge: LatentEdge,
  { spline, tip, label: at }: EdgeLayout,
  { showsStrength, hook }: { showsStrength: boolean; hook: number | undefined },
): string {
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const cause = graph.nodes.find(({ name }) => name === edge.from)!;
  const { fill, stroke } = modalityClass(modalities.indexOf(cause.modality));
  const width = 1.4 + 3 * Math.min(1, edge.strength);
  const [start, ...rest] = spline.map(({ x, y }) => `${short(x)} ${short(y)}`);
  const line = { class: `il-line ${stroke}`, d: `M${start}C${rest.join(' ')}`, 'stroke-width': width };
  return element(
    'g',
    hook === undefined ? {} : edgeHook(hook, describeEdge(edge, graph.runs)),
    ...(hook === undefined
      ? [hover(describeEdge(edge, graph.runs))]
      : [element('path', { class: 'il-reach', d: line.d })]),
    element('path', {
      ...line,
      d: isLine(edge) ? `${line.d}L${short(tip.x)} ${short(tip.y)}` : line.d,
      'stroke-linecap': 'butt',
    }),
    ...(isLine(edge) ? [] : [element('path', { class: fill, d: arrowHead(spline[spline.length - 1], tip, width) })]),
    ...edgeLabel(labelOf(edge, showsStrength), at),
  );
}

/** Returns attributes that make an edge focusable and give it a description. */
export function edgeHook(number: number, description: string): Attributes {
  return { class: 'il-edge', 'data-edge': number, tabindex: 0, role: 'img', 'aria-label': description };
}

/** Returns attributes that make a node focusable and give it a description. */
export function nodeHook(number: number, description: string): Attributes {
  return { class: 'il-node', 'data-node': number, tabindex: 0, role: 'img', 'aria-label': description };
}

/** Returns the label of an edge: a text on a patch that interrupts the line, or a single sign in a ring. */
export function edgeLabel(text: string | undefined, { x, y }: Point): string[] {
  if (text === undefined) return [];
  const middle = { class: 'il-ink', x, y: y + 4, 'text-anchor': 'middle', 'font-size': edgeLabelSize };
  if (text.length === 1) {
    return [element('circle', { class: 'il-outlined', cx: x, cy: y, r: signRadius }), label(text, middle)];
  }
  const [width, height] = [textWidth(text, edgeLabelSize) + 6, edgeLabelSize + 4];
  return [
    element('rect', { class: 'il-patch', x: x - width / 2, y: y - height / 2, width, height, rx: height / 2 }),
    label(text, middle),
  ];
}

/** Returns a triangle from the spline's end to the tip. It is wider for wider lines. */
function arrowHead(end: Point, tip: Point, width: number): string {
  const length = Math.hypot(tip.x - end.x, tip.y - end.y) || 1;
  const half = 2.6 + width;
  const [dx, dy] = [((tip.x - end.x) / length) * half, ((tip.y - end.y) / length) * half];
  // It starts slightly before the spline's end, so that no gap is visible.
  const [x, y] = [end.x - dx / half, end.y - dy / half];
  return `M${short(tip.x)} ${short(tip.y)}L${short(x - dy)} ${short(y + dx)}L${short(x + dy)} ${short(y - dx)}Z`;
}

function describeEdge({ strength, effect, agreement, ...edge }: LatentEdge, restarts: number): string {
  const signed = effect === undefined ? '' : `, effect ${signedText(effect)} sd per sd`;
  const support =
    restarts === 1 ? '' : `, found in ${Math.round(agreement * restarts)} of ${restarts} restarts on the same data`;
  return `${endsText(edge)}: strength ${strength.toFixed(3)}${signed}${support}`;
}

function describeGraph(graph: LatentGraph): string {
  const parts = modalityLatents(graph).map(({ name, latents }) => `${name} (${latents})`);
  const edges = graph.edges.map((edge) => describeEdge(edge, graph.runs));
  return `Latents of ${parts.join(', ')}. ${edges.length === 0 ? 'No edges.' : `Edges: ${edges.join('; ')}.`}`;
}
