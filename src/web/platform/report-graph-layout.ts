// Layout of a graph without Graphviz, which is larger than all other code of a page, and WebAssembly, which a
// Content-Security-Policy may forbid. Modalities are placed side by side, with causes to the left of their effects if
// the graph has such an order. The latents of a modality are placed below each other. Observed causes are a column to
// the left of all modalities.

import { modalityLatents, type LatentGraph } from '../../causal/graph.js';
import type { CauseEnds, EdgeLayout, GraphLayout, LayoutOptions, Size } from '../../report/graph-layout.js';
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
  { nodeRadius, clusterLabels, clusterLabelSize, causes: squares, causeEdges }: LayoutOptions,
): GraphLayout {
  const modalities = modalityLatents(graph);
  const place = orderOf(graph);
  const passing = waysOfCauses(graph, place, causeEdges);
  const detours = detoursOf([...waysOf(graph, place), ...passing]);
  const [above, below] = [detours.above * DETOUR, detours.below * DETOUR];
  const step = 2 * nodeRadius + GAP;
  const heights = modalities.map(({ latents }) => HEADING + latents * step - GAP + 2 * MARGIN);
  const tallest = Math.max(...heights);
  const clusters: Cluster[] = [];
  const bulge = modalities.map(({ name }) => (hasInner(graph, name) ? nodeRadius + 14 : 0));
  const column = Math.max(0, ...squares.map(({ width }) => width));
  const labels = Math.max(0, ...causeEdges.map(({ label }) => label?.width ?? 0));
  let x = column === 0 ? 0 : column + BETWEEN + labels / 2;
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
  const laid = { nodes, place, clusters, height, radius: nodeRadius };
  const taken = { above: 0, below: 0 };
  const edges = edgesOf(graph, laid, taken);
  const causes = columnOf(squares, causeEdges, { right: column, middle: above + tallest / 2, nodes });
  const starts = causes.map((centre, k) => ({ x: centre.x + squares[k].width / 2, y: centre.y }));
  return {
    width: x - BETWEEN,
    height,
    clusters,
    nodes,
    edges,
    causes,
    causeEdges: causeEdges.map(({ cause, latent }, g) => {
      const [a, b] = [starts[cause], nodes[latent]];
      return passing[g] === 'straight'
        ? curved(a, b, nodeRadius, 0)
        : around(a, b, { radius: nodeRadius, start: 0, lane: laneOf(passing[g], laid, taken) });
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
function waysOfCauses(graph: LatentGraph, place: readonly number[], edges: readonly CauseEnds[]): Passing[] {
  const modalities = modalityLatents(graph);
  return edges.map(({ latent }) => {
    const { modality, index } = graph.nodes[latent];
    const m = modalities.findIndex(({ name }) => name === modality);
    if (place[0] === m) return 'straight';
    return index < modalities[m].latents / 2 ? 'above' : 'below';
  });
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
type Way = Passing | 'inside';
type Passing = 'straight' | 'above' | 'below';

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

function edgesOf(graph: LatentGraph, laid: Laid, taken: Taken): EdgeLayout[] {
  const { nodes, radius } = laid;
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  return waysOf(graph, laid.place).map((way, e) => {
    const { from, to } = graph.edges[e];
    const [a, b] = [nodes[position.get(from)!], nodes[position.get(to)!]];
    if (way === 'inside') return inside(a, b, radius);
    if (way === 'straight') return curved(a, b, radius);
    return around(a, b, { radius, start: radius, lane: laneOf(way, laid, taken) });
  });
}

/** Returns an edge between neighbouring modalities, horizontal at both ends. */
function curved(a: Point, b: Point, radius: number, start = radius): EdgeLayout {
  const side = Math.sign(b.x - a.x);
  const reach = Math.abs(b.x - a.x) / 2.4;
  return edge([a, { x: a.x + side * reach, y: a.y }, { x: b.x - side * reach, y: b.y }, b], radius, start);
}

/** Returns an edge within a modality. It bends to the right if it goes down, and to the left if it goes up. */
function inside(a: Point, b: Point, radius: number): EdgeLayout {
  const side = b.y > a.y ? 1 : -1;
  const reach = side * (radius * 1.5 + Math.abs(b.y - a.y) / 6);
  const [c, d] = [
    { x: a.x + reach, y: a.y + (b.y - a.y) / 5 },
    { x: b.x + reach, y: b.y - (b.y - a.y) / 5 },
  ];
  return edge([a, c, d, b], radius);
}

/** Returns an edge that passes modalities in a lane above or below them. @param start radius of the cause */
function around(
  a: Point,
  b: Point,
  { radius, start, lane }: { readonly radius: number; readonly start: number; readonly lane: number },
): EdgeLayout {
  const side = Math.sign(b.x - a.x);
  const middle = { x: (a.x + b.x) / 2, y: lane };
  const third = Math.abs(b.x - a.x) / 4;
  const first = edge([a, { x: a.x + (side * third) / 2, y: lane }, { x: middle.x - side * third, y: lane }, middle], 0);
  const last = edge(
    [middle, { x: middle.x + side * third, y: lane }, { x: b.x - side * (third / 2 + radius), y: b.y }, b],
    radius,
  );
  return {
    spline: [fromRim(a, first.spline[1], start), ...first.spline.slice(1, 3), middle, ...last.spline.slice(1)],
    tip: last.tip,
    label: middle,
  };
}

/**
 * Returns a curve between the rims of two discs. It ends before the tip, to leave room for the arrow head.
 * @param radius radius of the effect @param start radius of the cause
 */
function edge([a, c, d, b]: readonly [Point, Point, Point, Point], radius: number, start = radius): EdgeLayout {
  const tip = fromRim(b, d, radius === 0 ? 0 : radius + 1.5);
  const end = radius === 0 ? b : fromRim(b, d, radius + HEAD);
  const spline = [fromRim(a, c, start), c, d, end];
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
