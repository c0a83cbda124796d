// Draws a discovered graph: a box per variable in the colour of its modality, and a curve per edge with its two marks
// (arrowhead, circle or nothing) and its sign. A context has sharp corners. Edges that few half-samples find are
// fainter. A block is an outlined box, and its edges have no number.

import { ARROW, CIRCLE, graphEdges, type CausalGraph, type Mark } from '../causal/discovery/causal-graph.js';
import { drawnCausalGraph, type DrawnCausalEdge, type DrawnVariable } from '../causal/drawn-causal-graph.js';
import type { AnnotatedEdge } from '../causal/graph-json.js';
import { edgeSymbol } from '../causal/discovery/formats/text-format.js';
import { signedSize, type LinkFigures } from '../causal/discovery/link-figures.js';
import { asWritten } from '../causal/discovery/half-samples.js';
import { signedText, signOf } from '../causal/sign-text.js';
import { percentWithin } from '../text/numbers.js';
import { linkTitle } from './link-title.js';
import { layoutCausalGraph } from './causal-layout.js';
import { edgeHook, edgeLabel, nodeHook } from './graph-parts.js';
import type { Point } from './spline.js';
import { element, hover, label, linesOf, short, shorten, textWidth } from './svg.js';
import { inset, modalityClass, drawing, type SvgOptions } from './theme.js';
import { blockOutline, lookOf, verdictCaptions, verdictWords } from './verdict-looks.js';

const fontSize = 12.5;
const boxHeight = 28;
const longestName = 28;
const legendHeight = 30;
const legendLine = 18;
const minLegendWidth = 360;
const arrowLength = 10;
/** With more edges, labels are signs without numbers. */
const maxLabels = 20;
const labelRoom = { width: 46, height: 17 };
const captionLine = 16;
const captionSize = 11.5;

export interface CausalSvgOptions extends SvgOptions {
  /**
   * Modalities of latents, in the order of their colours. Their variables are filled; all other variables are outlined.
   * Default: the modalities of the variables. Without modalities, all variables are filled.
   */
  readonly modalities?: readonly string[];
  /** Meaning of the numbers on edges. Default: direct correlations of tested links, otherwise rank correlations. */
  readonly sizes?: string | undefined;
  /**
   * Pairs without an edge. The caption counts the undecided ones. They are not drawn, because readers take every line
   * for a finding, and there are often more undecided pairs than links.
   */
  readonly undrawn?: readonly Pick<LinkFigures, 'verdict'>[] | undefined;
}

/**
 * Draws the graph as a stand-alone SVG. The label of an edge is its association (Spearman’s ρ), or only the sign if
 * there are many edges. Hovering also shows the p-value and frequencies.
 * @param annotated edges of the graph, with known p-values and frequencies. Default: edges without these
 */
export async function causalGraphSvg(
  searched: CausalGraph,
  annotated: readonly AnnotatedEdge[] = graphEdges(searched),
  { title = 'Causal graph', theme = 'auto', modalities: known, sizes, undrawn = [] }: CausalSvgOptions = {},
): Promise<string> {
  const { graph, variables, edges } = drawnCausalGraph(searched, annotated);
  const names = variables.map(({ name }) => shorten(name, longestName));
  const boxes = names.map((name) => ({ width: textWidth(name, fontSize) + 20, height: boxHeight }));
  const isSigned = edges.some((edge) => labelOf(edge, true) !== undefined);
  const showsSize = isSigned && edges.length <= maxLabels;
  const layout = await layoutCausalGraph(graph, boxes, showsSize ? labelRoom : undefined);
  const modalities = known ?? [...new Set(graph.variables.flatMap(({ modality }) => modality ?? []))];
  const key = legend(modalities, layout.width);
  const verdicts = verdictCaptions(variables.map(({ verdict }) => verdict));
  const texts = [...captionOf(edges, showsSize, { sizes, undrawn }), ...contextCaption(graph), ...verdicts].flatMap(
    (text) => linesOf(text, captionSize, Math.max(layout.width, minLegendWidth)),
  );
  const captionHeight = texts.length === 0 ? 0 : 10 + captionLine * texts.length;
  const widest = Math.max(...texts.map((text) => textWidth(text, captionSize)), textWidth(title, 15));
  const width = Math.max(layout.width, key.width, widest) + inset.left + inset.right;
  const height = inset.top + layout.height + captionHeight + key.height + inset.bottom;
  const left = (width - layout.width) / 2;
  return drawing({
    width,
    height,
    title,
    description: describe(graph, edges),
    theme,
    body: [
      element(
        'g',
        { transform: `translate(${short(left)} ${short(inset.top)})` },
        ...edges.map((edge, e) =>
          curve(edge, layout.edges[e], { showsSize, at: layout.labels[e], hook: theme === 'page' ? e : undefined }),
        ),
        ...variables.map((one, i) => {
          const { modality } = one;
          const group = modality === undefined ? (modalities.length === 0 ? 0 : -1) : modalities.indexOf(modality);
          const box = { ...layout.nodes[i], ...boxes[i], name: names[i], group };
          return variable(one, box, theme === 'page' ? i : undefined);
        }),
      ),
      ...texts.map((text, line) =>
        label(text, {
          class: 'il-muted',
          x: inset.left,
          y: height - inset.bottom - key.height - captionLine * (texts.length - 1 - line),
          'font-size': captionSize,
        }),
      ),
      element('g', { transform: `translate(${inset.left} ${short(height - inset.bottom)})` }, ...key.body),
    ],
  });
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
  /** Name in the box, which may be shortened. */
  readonly name: string;
  /** Position of its modality. −1 for a variable that is not a latent. */
  readonly group: number;
}

/** Draws a variable. @param hook its number, for a page in which it reacts to the pointer and can be focused */
function variable(
  { name: full, modality, context, verdict, blockWith, isBlock }: DrawnVariable,
  { x, y, width, height, name, group }: Box,
  hook: number | undefined,
): string {
  const words =
    isBlock && full.includes('|') ? ['block, identified only as a mixture'] : verdictWords({ verdict, blockWith });
  const text = [modality === undefined ? full : `${full} (${modality})`, ...words].join('; ');
  const isOutlined = group < 0 || context !== undefined;
  const look = isOutlined ? { shape: { class: 'il-outlined' }, text: 'il-ink' } : lookOf(verdict, group);
  const box = { x: x - width / 2, y: y - height / 2, width, height, rx: context === undefined ? 7 : 0 };
  return element(
    'g',
    hook === undefined ? {} : nodeHook(hook, text),
    ...(hook === undefined ? [hover(text)] : []),
    ...(isBlock ? [element('rect', { ...box, ...blockOutline(group), rx: 7 })] : []),
    element('rect', { ...look.shape, ...box }),
    label(name, { class: look.text, x, y: y + 4.4, 'text-anchor': 'middle', 'font-size': fontSize }),
  );
}

/** Draws an edge. @param hook its number, for a page in which it reacts to the pointer and can be focused */
function curve(
  edge: DrawnCausalEdge<AnnotatedEdge>,
  spline: readonly Point[],
  { showsSize, at, hook }: { readonly showsSize: boolean; readonly at: Point; readonly hook: number | undefined },
): string {
  const last = spline.length - 1;
  const marks = [
    markAt(spline[0], spline[1], edge.fromMark),
    markAt(spline[last], spline[last - 1], edge.toMark, isAssumed(edge)),
  ];
  // The line ends where an arrowhead begins, so that its tip stays sharp.
  const points = [marks[0].end, ...spline.slice(1, last), marks[1].end];
  const [start, ...rest] = points.map(({ x, y }) => `${short(x)} ${short(y)}`);
  const d = `M${start}C${rest.join(' ')}`;
  return element(
    'g',
    {
      opacity: edge.frequencies === undefined ? 1 : 0.25 + 0.75 * edge.frequencies.adjacent,
      ...(hook === undefined ? {} : edgeHook(hook, describeEdge(edge))),
    },
    ...(hook === undefined ? [hover(describeEdge(edge))] : [element('path', { class: 'il-reach', d })]),
    element('path', { class: 'il-line il-axis', d, 'stroke-width': 1.6 }),
    ...marks.flatMap(({ shapes }) => shapes),
    ...edgeLabel(labelOf(edge, showsSize), at),
  );
}

const DIRECT_CORRELATION = 'direct correlation, without measurement error';
const RANK_CORRELATION = 'rank correlation of the two, without conditioning';

/** Returns lines of the caption: the meaning of labels, and the number of pairs that are not drawn. */
function captionOf(
  edges: readonly DrawnCausalEdge<AnnotatedEdge>[],
  showsSize: boolean,
  { sizes, undrawn = [] }: Pick<CausalSvgOptions, 'sizes' | 'undrawn'>,
): string[] {
  const isTested = edges.some(({ link }) => link !== undefined);
  const meaning = sizes ?? (isTested ? DIRECT_CORRELATION : RANK_CORRELATION);
  const labels = showsSize ? `Number: ${meaning}` : `+ or −: sign of the ${meaning}`;
  const undecided = undrawn.filter(({ verdict }) => verdict === 'undecided').length;
  return [
    ...(edges.some((edge) => labelOf(edge, true) !== undefined) ? [labels] : []),
    ...(edges.some(isAssumed) ? ['Hollow arrowhead: assumed direction'] : []),
    ...(edges.some(({ link, toMark }) => link && toMark === CIRCLE) ? ['Circles: direction not known'] : []),
    ...(undecided === 0
      ? []
      : [undecided === 1 ? '1 undecided pair is not drawn' : `${undecided} undecided pairs are not drawn`]),
  ];
}

/** Returns the meaning of the edges from environments, if there are any. */
function contextCaption({ variables }: CausalGraph): string[] {
  const context = variables.find((variable) => variable.context !== undefined)?.context;
  if (context === undefined) return [];
  return [`Square: an environment; its edges are ${context === 'assigned' ? 'effects' : 'associations'}`];
}

/** Returns the direct correlation or association of an edge, or only its sign. Returns undefined if it has no sign. */
function labelOf(edge: DrawnCausalEdge<AnnotatedEdge>, showsSize: boolean): string | undefined {
  const size = edge.isOfBlock ? undefined : signedSize(edge);
  if (size === undefined) return undefined;
  return showsSize ? signedText(size) : signOf(size);
}

/** True if the arrow is an assumption of the user. */
function isAssumed({ link, toMark }: AnnotatedEdge): boolean {
  return toMark === ARROW && link?.direction.verdict === 'assumed';
}

/** Returns a mark with its tip at `tip`, in the direction from `before`, and the point where the line must end. */
function markAt(tip: Point, before: Point, mark: Mark, isHollow = false): { shapes: string[]; end: Point } {
  const distance = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const [dx, dy] = [(tip.x - before.x) / distance, (tip.y - before.y) / distance];
  const back = (length: number): Point => ({ x: tip.x - dx * length, y: tip.y - dy * length });
  if (mark === ARROW) {
    const [end, half] = [back(arrowLength), 4.2];
    const corner = (side: number) => `${short(end.x - side * dy * half)} ${short(end.y + side * dx * half)}`;
    const d = `M${short(tip.x)} ${short(tip.y)}L${corner(1)}L${corner(-1)}Z`;
    const look = isHollow ? { class: 'il-patch il-axis', 'stroke-width': 1.4 } : { class: 'il-muted' };
    return { shapes: [element('path', { ...look, d })], end: back(arrowLength - 1) };
  }
  if (mark === CIRCLE) {
    const { x, y } = back(4);
    return {
      shapes: [element('circle', { class: 'il-axis', cx: x, cy: y, r: 3.4, 'stroke-width': 1.4 })],
      end: back(7.4),
    };
  }
  return { shapes: [], end: tip };
}

/** Returns a legend with a dot and a name per modality, wrapped to the width. It is empty without modalities. */
function legend(modalities: readonly string[], maxWidth: number): { body: string[]; width: number; height: number } {
  if (modalities.length === 0) return { body: [], width: 0, height: 0 };
  const entries = modalities.map((name) => shorten(name, longestName));
  let [x, line, width] = [0, 0, 0];
  const places = entries.map((name) => {
    const entryWidth = textWidth(name, 11.5) + 34;
    if (x > 0 && x + entryWidth > Math.max(maxWidth, minLegendWidth)) [x, line] = [0, line + 1];
    const place = { x, line };
    x += entryWidth;
    width = Math.max(width, x);
    return place;
  });
  const body = entries.flatMap((name, m) => {
    const y = (places[m].line - line) * legendLine;
    return [
      element('circle', { class: modalityClass(m).fill, cx: places[m].x + 5, cy: y - 4, r: 5 }),
      label(name, { class: 'il-muted', x: places[m].x + 15, y, 'font-size': 11.5 }),
    ];
  });
  return { body, width, height: legendHeight + line * legendLine };
}

function describeEdge(edge: DrawnCausalEdge<AnnotatedEdge>): string {
  const { p = NaN, association, link, frequencies, intervals } = edge;
  const texts = [`${edge.from} ${edgeSymbol(edge)} ${edge.to}`];
  if (association !== undefined) texts.push(`ρ ${signedText(association)}`);
  if (link) texts.push(linkTitle(link, edge.isOfBlock));
  else if (!Number.isNaN(p)) texts.push(`largest p-value ${p.toPrecision(2)}`);
  if (frequencies !== undefined && !edge.isOfBlock) {
    const adjacent = percentWithin(frequencies.adjacent, intervals?.adjacent);
    const written = percentWithin(asWritten(edge, frequencies), intervals?.asWritten);
    texts.push(`found in ${adjacent} of half-samples, with these marks in ${written}`);
  }
  return texts.join('; ');
}

function describe(graph: CausalGraph, edges: readonly AnnotatedEdge[]): string {
  const list = edges.map((edge) => `${edge.from} ${edgeSymbol(edge)} ${edge.to}`).join(', ');
  return `${graph.variables.length} variables, ${edges.length} edges${list === '' ? '' : `: ${list}`}.`;
}
