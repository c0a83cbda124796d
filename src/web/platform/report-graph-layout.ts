// Layout of a graph without Graphviz, which is larger than all other code of a page, and WebAssembly, which a
// Content-Security-Policy may forbid. Modalities are placed side by side, with causes to the left of their effects if
// the graph has such an order. The latents of a modality are placed below each other.

import { modalityLatents, type LatentGraph } from '../../causal/graph.js';
import type { EdgeLayout, GraphLayout, LayoutOptions } from '../../report/graph-layout.js';
import type { Point } from '../../report/spline.js';
import { textWidth } from '../../report/svg.js';

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

interface Cluster {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Lays out a graph. The layout differs from that in Node. */
export function layoutGraph(
  graph: LatentGraph,
  { nodeRadius, clusterLabels, clusterLabelSize }: LayoutOptions,
): GraphLayout {
  const modalities = modalityLatents(graph);
  const place = orderOf(graph);
  const detours = detoursOf(graph, place);
  const [above, below] = [detours.above * DETOUR, detours.below * DETOUR];
  const step = 2 * nodeRadius + GAP;
  const heights = modalities.map(({ latents }) => HEADING + latents * step - GAP + 2 * MARGIN);
  const tallest = Math.max(...heights);
  const clusters: Cluster[] = [];
  const bulge = modalities.map(({ name }) => (hasInner(graph, name) ? nodeRadius + 14 : 0));
  let x = 0;
  for (const m of place) {
    const label = textWidth(clusterLabels[m], clusterLabelSize) + 2 * MARGIN;
    const width = Math.max(label, 2 * (nodeRadius + MARGIN + bulge[m]));
    clusters[m] = { name: modalities[m].name, x, y: above + (tallest - heights[m]) / 2, width, height: heights[m] };
    x += width + BETWEEN;
  }
  const nodes = graph.nodes.map(({ modality, index }): Point => {
    const cluster = clusters.find(({ name }) => name === modality)!;
    return { x: cluster.x + cluster.width / 2, y: cluster.y + HEADING + MARGIN + nodeRadius + index * step };
  });
  const height = above + tallest + below;
  const edges = edgesOf(graph, { nodes, place, clusters, height, radius: nodeRadius });
  return { width: x - BETWEEN, height, clusters, nodes, edges };
}

function hasInner({ nodes, edges }: LatentGraph, modality: string): boolean {
  const inner = new Set(nodes.filter((node) => node.modality === modality).map(({ name }) => name));
  return edges.some(({ from, to }) => inner.has(from) && inner.has(to));
}

/** Returns the order of modalities from left to right that has the least total strength of edges to the left. */
function orderOf(graph: LatentGraph): number[] {
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
type Way = 'straight' | 'above' | 'below' | 'inside';

interface Laid {
  readonly nodes: readonly Point[];
  readonly place: readonly number[];
  readonly clusters: readonly Cluster[];
  readonly height: number;
  readonly radius: number;
}

function waysOf(graph: LatentGraph, place: readonly number[]): Way[] {
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

function detoursOf(graph: LatentGraph, place: readonly number[]): { readonly above: number; readonly below: number } {
  const ways = waysOf(graph, place);
  const count = (way: Way) => Math.min(3, ways.filter((one) => one === way).length);
  return { above: count('above'), below: count('below') };
}

function edgesOf(graph: LatentGraph, laid: Laid): EdgeLayout[] {
  const { nodes, radius, height } = laid;
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const taken = { above: 0, below: 0 };
  return waysOf(graph, laid.place).map((way, e) => {
    const { from, to } = graph.edges[e];
    const [a, b] = [nodes[position.get(from)!], nodes[position.get(to)!]];
    if (way === 'inside') return inside(a, b, radius);
    if (way === 'straight') return curved(a, b, radius);
    const lane = (taken[way]++ % 3) * DETOUR + DETOUR / 2;
    return around(a, b, radius, way === 'above' ? lane : height - lane);
  });
}

/** Returns an edge between neighbouring modalities, horizontal at both ends. */
function curved(a: Point, b: Point, radius: number): EdgeLayout {
  const side = Math.sign(b.x - a.x);
  const reach = Math.abs(b.x - a.x) / 2.4;
  return edge(a, { x: a.x + side * reach, y: a.y }, { x: b.x - side * reach, y: b.y }, b, radius);
}

/** Returns an edge within a modality. It bends to the right if it goes down, and to the left if it goes up. */
function inside(a: Point, b: Point, radius: number): EdgeLayout {
  const side = b.y > a.y ? 1 : -1;
  const reach = side * (radius * 1.5 + Math.abs(b.y - a.y) / 6);
  return edge(a, { x: a.x + reach, y: a.y + (b.y - a.y) / 5 }, { x: b.x + reach, y: b.y - (b.y - a.y) / 5 }, b, radius);
}

/** Returns an edge that passes modalities in a lane above or below them. */
function around(a: Point, b: Point, radius: number, lane: number): EdgeLayout {
  const side = Math.sign(b.x - a.x);
  const middle = { x: (a.x + b.x) / 2, y: lane };
  const third = Math.abs(b.x - a.x) / 4;
  const first = edge(a, { x: a.x + (side * third) / 2, y: lane }, { x: middle.x - side * third, y: lane }, middle, 0);
  const last = edge(
    middle,
    { x: middle.x + side * third, y: lane },
    { x: b.x - side * (third / 2 + radius), y: b.y },
    b,
    radius,
  );
  const start = fromRim(a, first.spline[1], radius);
  return {
    spline: [start, ...first.spline.slice(1, 3), middle, ...last.spline.slice(1)],
    tip: last.tip,
    label: middle,
  };
}

/** Returns a curve between the rims of two discs. It ends before the tip, to leave room for the arrow head. */
function edge(a: Point, c: Point, d: Point, b: Point, radius: number): EdgeLayout {
  const start = fromRim(a, c, radius);
  const tip = fromRim(b, d, radius === 0 ? 0 : radius + 1.5);
  const end = radius === 0 ? b : fromRim(b, d, radius + HEAD);
  const spline = [start, c, d, end];
  return { spline, tip, label: pointOf(spline, 0.5) };
}

function fromRim(centre: Point, towards: Point, radius: number): Point {
  const length = Math.hypot(towards.x - centre.x, towards.y - centre.y) || 1;
  const share = radius / length;
  return { x: centre.x + (towards.x - centre.x) * share, y: centre.y + (towards.y - centre.y) * share };
}

function pointOf([a, b, c, d]: readonly Point[], t: number): Point {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  const blend = (axis: 'x' | 'y') => [a, b, c, d].reduce((sum, point, k) => sum + weights[k] * point[axis], 0);
  return { x: blend('x'), y: blend('y') };
}
