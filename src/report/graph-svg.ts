// Draws a causal graph: a panel per modality, a disc per latent, and arrows whose width shows the strength. An edge of
// unknown direction is a line. Observed causes are squares.

import { checkOneOf, checkOptions } from '../errors/argument.js';
import {
  blockGraph,
  checkLatentGraph,
  hasEffects,
  modalityLatents,
  type LatentEdge,
  type LatentGraph,
} from '../causal/graph.js';
import { endsText, relationsOf } from '../causal/direction-text.js';
import { signedText, signOf } from '../causal/sign-text.js';
import { escapeXml } from '../files/xml.js';
import { causeGroups, causesOfLatent, groupText, reachOfCause } from './cause-groups.js';
import { causeCaption, causeHeight, causeLine, causeSquare, causeWidth, groupLabelSize } from './cause-svg.js';
import { layoutGraph, type EdgeLayout, type GraphLayout } from './graph-layout.js';
import { arrowHead, edgeHook, edgeLabel, edgeLabelSize, nodeHook, signRadius, splinePath } from './graph-parts.js';
import type { Point } from './spline.js';
import { element, hover, label, linesOf, short, shorten, textWidth } from './svg.js';
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
  const graph = blockGraph(fitted);
  checkOptions('graphSvg', options, { ...SVG_OPTIONS, strengths: 'text' });
  const { title = 'Causal graph between latents', theme = 'auto', strengths = 'auto' } = options;
  checkOneOf('theme', theme, THEMES);
  checkOneOf('strengths', strengths, STRENGTHS);
  const showsStrength = strengths === 'shown' || (strengths === 'auto' && graph.edges.length <= maxLabels);
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const { causes = [] } = graph;
  const groups = causeGroups(graph);
  const layout = await layoutGraph(graph, {
    nodeRadius,
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
        ...graph.nodes.map((_, i) => disc(graph, i, modalities, { ...layout.nodes[i], hooked: isPage })),
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

/** Returns the space for the label of an edge. Returns undefined if edges have neither numbers nor signs. */
function labelSize(graph: LatentGraph, showsStrength: boolean) {
  const height = edgeLabelSize + 6;
  if (showsStrength) return { width: 44, height };
  return hasEffects(graph) ? { width: 2 * signRadius + 2, height } : undefined;
}

function captionOf(graph: LatentGraph, showsStrength: boolean): string {
  const { edges } = graph;
  if (edges.length === 0) return `No edge${graph.causes ? ' between latents' : ''} is strong enough to be drawn`;
  const lines = edges.filter(isLine).length;
  const number = 'Number: change of the effect, in sd, per sd of the cause';
  const sign = '+: the effect rises with the cause; −: it falls';
  return [
    ...(hasEffects(graph) ? [showsStrength ? number : sign] : []),
    `Wide ${lines === edges.length ? 'line' : 'arrow'}: strong edge`,
    ...(edges.some(({ direction }) => direction === 'assumed') ? ['Hollow arrowhead: assumed direction'] : []),
    ...(lines > 0 ? ['Line: direction not known'] : []),
    ...(graph.nodes.some(({ blockWith }) => blockWith) ? ['Dashed ring: identified only up to a mixture'] : []),
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
  const { name, modality, risesWith, blockWith } = graph.nodes[i];
  const symbol = name.slice(modality.length + 1);
  const size = discFont(symbol);
  const colours = modalityClass(modalities.indexOf(modality));
  const { causes, linked } = relationsOf(graph.edges, name);
  const text = [
    ...(blockWith === undefined ? [] : ['identified only up to a mixture']),
    ...(risesWith === undefined ? [] : [`rises with ${risesWith.column}`]),
    ...(causes.length === 0 && linked.length > 0 ? [] : [causesText(causes)]),
    ...(linked.length === 0 ? [] : [`linked with ${linked.join(', ')}, direction not known`]),
    ...causesOfLatent(graph, name),
  ].join('; ');
  return element(
    'g',
    hooked ? nodeHook(i, `${name}: ${text}`) : {},
    ...(hooked ? [] : [hover(`${name}: ${text}`)]),
    element('circle', { class: colours.fill, cx: x, cy: y, r: nodeRadius }),
    ...(blockWith
      ? [
          element('circle', {
            ...{ class: colours.stroke, cx: x, cy: y, r: nodeRadius + 3, fill: 'none' },
            ...{ 'stroke-width': 1.2, 'stroke-dasharray': '3 3' },
          }),
        ]
      : []),
    element(
      'text',
      { class: colours.text, x, y: y + 0.3 * size, 'text-anchor': 'middle', 'font-size': size, 'font-weight': 600 },
      ...(blockWith ? [escapeXml(symbol)] : ['z', element('tspan', { dy: 3.5, 'font-size': 10.5 }, symbol.slice(1))]),
    ),
  );
}

/** Returns the size at which a symbol, such as z1|z2, fits into a disc. */
function discFont(symbol: string): number {
  return Math.min(15, (2 * nodeRadius - 4) / (0.6 * symbol.length));
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
  const line = { class: `il-line ${stroke}`, d: splinePath(spline), 'stroke-width': width };
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
    ...(isLine(edge)
      ? []
      : [
          element('path', {
            ...(edge.direction === 'assumed' ? { class: `il-patch ${stroke}`, 'stroke-width': 1.4 } : { class: fill }),
            d: arrowHead(spline[spline.length - 1], tip, width),
          }),
        ]),
    ...edgeLabel(labelOf(edge, showsStrength), at),
  );
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
