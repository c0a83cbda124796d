// Layout of a discovered graph without Graphviz. Modalities are columns, in the order of the variables. Edges that pass
// a column use lanes above all columns.

import { graphEdges, type CausalGraph } from '../../causal/discovery/causal-graph.js';
import type { CausalLayout, Size } from '../../report/causal-layout.js';
import type { Point } from '../../report/spline.js';
import { labelPlaces } from '../curves.js';

/** Vertical distance between boxes. */
const GAP = 30;
/** Distance between columns, in addition to the width of a label. */
const BETWEEN = 60;
/** Height of a lane, and maximum number of lanes. */
const LANE = 26;
const MAX_LANES = 4;
/** Length of the horizontal part at the ends of an edge. */
const REACH = 34;

type Box = Point & Size;

/** Lays out a graph. The layout differs from that in Node. @param boxes size of the box of each variable */
export function layoutCausalGraph(graph: CausalGraph, boxes: readonly Size[], label?: Size): CausalLayout {
  const keys = [...new Set(graph.variables.map(({ modality }) => modality))];
  const columnOf = graph.variables.map(({ modality }) => keys.indexOf(modality));
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  const edges = graphEdges(graph).map(({ from, to }) => [position.get(from)!, position.get(to)!] as const);
  const passes = ([a, b]: readonly [number, number]) => Math.abs(columnOf[a] - columnOf[b]) > 1;
  const lanes = Math.min(MAX_LANES, edges.filter(passes).length);
  const top = lanes * LANE;
  const members = keys.map((_, k) => [...columnOf.keys()].filter((i) => columnOf[i] === k));
  const heights = members.map((of) => of.reduce((sum, i) => sum + boxes[i].height + GAP, -GAP));
  const tallest = Math.max(...heights);
  const between = BETWEEN + (label?.width ?? 0);
  const places: Box[] = [];
  let x = 0;
  for (const [k, of] of members.entries()) {
    const width = Math.max(...of.map((i) => boxes[i].width));
    let y = top + (tallest - heights[k]) / 2;
    for (const i of of) {
      places[i] = { ...boxes[i], x: x + width / 2, y: y + boxes[i].height / 2 };
      y += boxes[i].height + GAP;
    }
    x += width + between;
  }
  let passing = 0;
  const curves = edges.map((edge) => {
    const [a, b] = [places[edge[0]], places[edge[1]]];
    if (columnOf[edge[0]] === columnOf[edge[1]]) return curve(side(a, 1), side(b, 1), [REACH, REACH]);
    const direction = Math.sign(b.x - a.x);
    const [start, end] = [side(a, direction), side(b, -direction)];
    if (!passes(edge)) return curve(start, end, [direction * REACH, -direction * REACH]);
    const middle = { x: (start.x + end.x) / 2, y: LANE * ((passing++ % MAX_LANES) + 0.5) };
    const first = curve(start, middle, [direction * REACH, -direction * between]);
    return [...first, ...curve(middle, end, [direction * between, -direction * REACH]).slice(1)];
  });
  return {
    // Edges within the last column bend to its right.
    width: x - between + (edges.some(([a, b]) => columnOf[a] === columnOf[b]) ? REACH : 0),
    height: top + tallest,
    nodes: places.map((box) => ({ x: box.x, y: box.y })),
    edges: curves,
    labels: labelPlaces(curves, label),
  };
}

function side({ x, y, width }: Box, direction: number): Point {
  return { x: x + (direction * width) / 2, y };
}

/** Returns a curve that is horizontal at both ends. @param reaches lengths of its horizontal parts */
function curve(a: Point, b: Point, [first, last]: readonly [number, number]): Point[] {
  return [a, { x: a.x + first, y: a.y }, { x: b.x + last, y: b.y }, b];
}
