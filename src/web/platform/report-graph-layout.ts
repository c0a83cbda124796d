// Layout of a graph without Graphviz, which is larger than all other code of a page, and WebAssembly, which a
// Content-Security-Policy may forbid. Modalities are placed side by side, with causes to the left of their effects if
// the graph has such an order. The latents of a modality are placed below each other. Observed causes are a column to
// the left of all modalities.

import type { DrawnGraph } from '../../causal/blocks.js';
import { modalityLatents } from '../../causal/graph.js';
import type { CauseEnds, EdgeLayout, GraphLayout, LayoutOptions, Size } from '../../report/graph-layout.js';
import type { Point } from '../../report/spline.js';
import { textWidth } from '../../report/svg.js';
import { labelPlaces, pointOf } from '../curves.js';

const MARGIN = 14;
/** Vertical distance between the discs of two latents. */
const GAP = 26;
/** Height of the names of modalities. */
const HEADING = 34;
/** Distance between modalities. */
const BETWEEN = 92;
/** Length of an arrow's head. */
const HEAD = 9;
/** Maximum number of modalities for which all orders are tried. More modalities keep the order of the graph. */
const MAX_TRIED = 7;
/** Height of a lane for edges that pass above or below a modality. */
const DETOUR = 30;

/** A node: a disc, or the box of a block. */
interface Place extends Point, Size {
  readonly isBlock: boolean;
}

interface Cluster {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Lays out a graph. The layout differs from that in Node. */
export function layoutGraph(
  graph: DrawnGraph,
  { nodes: sizes, clusterLabels, clusterLabelSize, causes: squares, causeEdges }: LayoutOptions,
): GraphLayout {
  const modalities = modalityLatents(graph);
  const place = orderOf(graph);
  const passing = waysOfCauses(graph, place, causeEdges);
  const detours = detoursOf([...waysOf(graph, place), ...passing]);
  const [above, below] = [detours.above * DETOUR, detours.below * DETOUR];
  const members = modalities.map(({ name }) =>
    graph.nodes.flatMap(({ modality }, i) => (modality === name ? [i] : [])),
  );
  const heights = members.map((of) => {
    return HEADING + of.reduce((sum, i) => sum + sizes[i].height + GAP, 0) - GAP + 2 * MARGIN;
  });
  const tallest = Math.max(...heights);
  const clusters: Cluster[] = [];
  const column = Math.max(0, ...squares.map(({ width }) => width));
  const labels = Math.max(0, ...causeEdges.map(({ label }) => label?.width ?? 0));
  let x = column === 0 ? 0 : column + BETWEEN + labels / 2;
  const nodes: Place[] = [];
  for (const m of place) {
    const { name } = modalities[m];
    const half = Math.max(...members[m].map((i) => sizes[i].width)) / 2;
    const label = textWidth(clusterLabels[m], clusterLabelSize) + 2 * MARGIN;
    const width = Math.max(label, 2 * (half + MARGIN + (hasInner(graph, name) ? half + 14 : 0)));
    const cluster = { name, x, y: above + (tallest - heights[m]) / 2, width, height: heights[m] };
    let top = cluster.y + HEADING + MARGIN;
    for (const i of members[m]) {
      const { isBlock } = graph.nodes[i];
      nodes[i] = { ...sizes[i], isBlock, x: cluster.x + width / 2, y: top + sizes[i].height / 2 };
      top += sizes[i].height + GAP;
    }
    clusters[m] = cluster;
    x += width + BETWEEN;
  }
  const height = above + tallest + below;
  const laid = { nodes, place, clusters, height };
  const taken = { above: 0, below: 0 };
  const edges = edgesOf(graph, laid, taken);
  const causes = columnOf(squares, causeEdges, { right: column, middle: above + tallest / 2, nodes });
  const starts = causes.map((centre, k): Place => {
    return { x: centre.x + squares[k].width / 2, y: centre.y, width: 0, height: 0, isBlock: false };
  });
  return {
    width: x - BETWEEN,
    height,
    clusters,
    nodes,
    edges,
    causes,
    causeEdges: causeEdges.map(({ cause, latent }, g) => {
      const [a, b] = [starts[cause], nodes[latent]];
      return passing[g] === 'straight' ? curved(a, b) : around(a, b, laneOf(passing[g], laid, taken));
    }),
  };
}

/** Returns the centres of the observed causes: right-aligned, and in the order of the heights of their latents. */
function columnOf(
  squares: readonly Size[],
  edges: readonly CauseEnds[],
  { right, middle, nodes }: { readonly right: number; readonly middle: number; readonly nodes: readonly Point[] },
): Point[] {
  const step = Math.max(0, ...squares.map(({ height }) => height)) + GAP;
  const heights = squares.map((_, k) => {
    const reached = edges.filter(({ cause }) => cause === k).map(({ latent }) => nodes[latent].y);
    return reached.length === 0 ? Infinity : reached.reduce((sum, y) => sum + y, 0) / reached.length;
  });
  const order = [...squares.keys()].sort((a, b) => (heights[a] === heights[b] ? a - b : heights[a] - heights[b]));
  return squares.map(({ width }, k) => ({
    x: right - width / 2,
    y: middle + (order.indexOf(k) - (squares.length - 1) / 2) * step,
  }));
}

/** Returns how the edges of observed causes pass the modalities to the left of their latents. */
function waysOfCauses(graph: DrawnGraph, place: readonly number[], edges: readonly CauseEnds[]): Passing[] {
  const modalities = modalityLatents(graph);
  return edges.map(({ latent }) => {
    const { modality, index } = graph.nodes[latent];
    const m = modalities.findIndex(({ name }) => name === modality);
    if (place[0] === m) return 'straight';
    return index < modalities[m].latents / 2 ? 'above' : 'below';
  });
}

function hasInner({ nodes, edges }: DrawnGraph, modality: string): boolean {
  const inner = new Set(nodes.filter((node) => node.modality === modality).map(({ name }) => name));
  return edges.some(({ from, to }) => inner.has(from) && inner.has(to));
}

/** Returns the order of modalities from left to right that has the least total strength of edges to the left. */
function orderOf(graph: DrawnGraph): number[] {
  const names = modalityLatents(graph).map(({ name }) => name);
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, names.indexOf(modality)]));
  const flow = graph.edges.map(({ from, to, strength }) => ({
    from: modalityOf.get(from)!,
    to: modalityOf.get(to)!,
    strength,
  }));
  const initial = names.map((_, m) => m);
  if (names.length > MAX_TRIED) return initial;
  const cost = (order: readonly number[]): number => {
    const at = new Map(order.map((m, position) => [m, position]));
    return flow.reduce((sum, { from, to, strength }) => {
      const length = at.get(to)! - at.get(from)!;
      return sum + strength * (length < 0 ? 10 - length : Math.max(0, length - 1));
    }, 0);
  };
  let best = { order: initial, cost: cost(initial) };
  for (const order of permutations(initial)) {
    const current = cost(order);
    if (current < best.cost - 1e-9) best = { order, cost: current };
  }
  return best.order;
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length < 2) yield [...items];
  for (const [i, first] of items.entries()) {
    const rest = [...items.slice(0, i), ...items.slice(i + 1)];
    for (const tail of permutations(rest)) yield [first, ...tail];
  }
}

/** How an edge passes the modalities between its ends. `inside`: both ends belong to the same modality. */
type Way = Passing | 'inside';
type Passing = 'straight' | 'above' | 'below';

interface Laid {
  readonly nodes: readonly Place[];
  readonly place: readonly number[];
  readonly clusters: readonly Cluster[];
  readonly height: number;
}

function waysOf(graph: DrawnGraph, place: readonly number[]): Way[] {
  const names = modalityLatents(graph).map(({ name }) => name);
  const latents = new Map(names.map((name) => [name, graph.nodes.filter(({ modality }) => modality === name).length]));
  const nodeOf = new Map(graph.nodes.map((node) => [node.name, node]));
  return graph.edges.map(({ from, to }) => {
    const [tail, head] = [nodeOf.get(from)!, nodeOf.get(to)!];
    const [a, b] = [tail, head].map(({ modality }) => place.indexOf(names.indexOf(modality)));
    if (a === b) return 'inside';
    if (Math.abs(a - b) === 1) return 'straight';
    return tail.index + head.index < (latents.get(tail.modality)! + latents.get(head.modality)! - 2) / 2 + 0.5
      ? 'above'
      : 'below';
  });
}

function detoursOf(ways: readonly Way[]): { readonly above: number; readonly below: number } {
  const count = (way: Way) => Math.min(3, ways.filter((one) => one === way).length);
  return { above: count('above'), below: count('below') };
}

/** Numbers of edges that lanes above and below the modalities have. */
interface Taken {
  above: number;
  below: number;
}

function laneOf(way: 'above' | 'below', { height }: Laid, taken: Taken): number {
  const lane = (taken[way]++ % 3) * DETOUR + DETOUR / 2;
  return way === 'above' ? lane : height - lane;
}

function edgesOf(graph: DrawnGraph, laid: Laid, taken: Taken): EdgeLayout[] {
  const { nodes } = laid;
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const edges = waysOf(graph, laid.place).map((way, e) => {
    const { from, to } = graph.edges[e];
    const [a, b] = [nodes[position.get(from)!], nodes[position.get(to)!]];
    if (way === 'inside') return inside(a, b);
    if (way === 'straight') return curved(a, b);
    return around(a, b, laneOf(way, laid, taken));
  });
  const labels = labelPlaces(edges.map(({ spline }) => spline));
  return edges.map((one, e) => ({ ...one, label: labels[e] }));
}

/** Returns an edge between neighbouring modalities, horizontal at both ends. */
function curved(a: Place, b: Place): EdgeLayout {
  const side = Math.sign(b.x - a.x);
  const reach = Math.abs(b.x - a.x) / 2.4;
  return edge([a, { x: a.x + side * reach, y: a.y }, { x: b.x - side * reach, y: b.y }, b]);
}

/** Returns an edge within a modality. It bends to the right if it goes down, and to the left if it goes up. */
function inside(a: Place, b: Place): EdgeLayout {
  const side = b.y > a.y ? 1 : -1;
  const reach = side * (0.75 * Math.max(a.width, b.width) + Math.abs(b.y - a.y) / 6);
  const [c, d] = [
    { x: a.x + reach, y: a.y + (b.y - a.y) / 5 },
    { x: b.x + reach, y: b.y - (b.y - a.y) / 5 },
  ];
  return edge([a, c, d, b]);
}

/** Returns an edge that passes modalities in a lane above or below them. */
function around(a: Place, b: Place, lane: number): EdgeLayout {
  const side = Math.sign(b.x - a.x);
  const middle: Place = { x: (a.x + b.x) / 2, y: lane, width: 0, height: 0, isBlock: false };
  const third = Math.abs(b.x - a.x) / 4;
  const first = edge([a, { x: a.x + (side * third) / 2, y: lane }, { x: middle.x - side * third, y: lane }, middle]);
  const before = { x: b.x - side * (third / 2 + b.width / 2), y: b.y };
  const last = edge([middle, { x: middle.x + side * third, y: lane }, before, b]);
  return { spline: [...first.spline.slice(0, 3), middle, ...last.spline.slice(1)], tip: last.tip, label: middle };
}

/** Returns a curve between the rims of two nodes. It ends before the tip, to leave room for the arrow head. */
function edge([a, c, d, b]: readonly [Place, Point, Point, Place]): EdgeLayout {
  const isPoint = b.width === 0;
  const tip = fromRim(b, d, isPoint ? 0 : 1.5);
  const spline = [fromRim(a, c), c, d, isPoint ? b : fromRim(b, d, HEAD)];
  return { spline, tip, label: pointOf(spline, 0.5) };
}

/** Returns the point at a distance from the rim of a node, in the direction of another point. */
function fromRim(node: Place, towards: Point, distance = 0): Point {
  const [dx, dy] = [towards.x - node.x, towards.y - node.y];
  const length = Math.hypot(dx, dy) || 1;
  const radius = node.isBlock
    ? length * Math.min(node.width / 2 / (Math.abs(dx) || 1e-9), node.height / 2 / (Math.abs(dy) || 1e-9))
    : node.width / 2;
  const share = (radius + distance) / length;
  return { x: node.x + dx * share, y: node.y + dy * share };
}
