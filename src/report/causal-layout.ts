// Layout of the boxes and curves of a discovered graph: Graphviz's layers, with causes above their effects.

import type { Viz } from '@viz-js/viz';
import * as z from 'zod';
import { graphEdges, type CausalGraph } from '../causal/discovery/causal-graph.js';
import { InternalError } from '../errors/errors.js';
import { graphviz } from './graphviz.js';
import { labelBox } from './label-box.js';
import { midpoint, nearest, type Point } from './spline.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface CausalLayout extends Size {
  /** Centres of the boxes, in the order of the variables. */
  readonly nodes: readonly Point[];
  /** Edges in the order of {@link graphEdges}: a start, and three points for every cubic Bézier curve. */
  readonly edges: readonly (readonly Point[])[];
  /** Positions of the edges' labels, in the same order. */
  readonly labels: readonly Point[];
}

/** The members of Graphviz's `json` format that are read here. Coordinates are in points; y runs upwards. */
const graphvizSchema = z.object({
  bb: z.string(),
  objects: z.array(z.object({ name: z.string(), pos: z.string() })).default([]),
  edges: z.array(z.object({ pos: z.string(), lp: z.string().optional(), order: z.string() })).default([]),
});

/** Graphviz measures boxes in inches, everything else in points. */
const INCH = 72;

/** Maximum width of a layout that a page shows without scrolling. */
const PAGE = 860;
const DIRECTIONS = {
  down: { rankdir: 'TB', ranksep: 0.6, nodesep: 0.3 },
  // Edges that pass boxes need vertical space here, of which a page has more.
  right: { rankdir: 'LR', ranksep: 0.4, nodesep: 0.16 },
} as const;

/**
 * Lays the graph out from top to bottom. If that is too wide for a page, it tries left to right and takes the narrower.
 * @param boxes size of each variable's box, in points
 * @param label space reserved for the label of each edge; undefined for none
 */
export async function layoutCausalGraph(
  graph: CausalGraph,
  boxes: readonly Size[],
  label?: Size,
): Promise<CausalLayout> {
  const viz = await graphviz();
  const down = layout(viz, graph, { boxes, label, attributes: DIRECTIONS.down });
  if (down.width <= PAGE) return down;
  const right = layout(viz, graph, { boxes, label, attributes: DIRECTIONS.right });
  return right.width < down.width ? right : down;
}

function layout(
  viz: Viz,
  graph: CausalGraph,
  {
    boxes,
    label,
    attributes,
  }: {
    boxes: readonly Size[];
    label: Size | undefined;
    attributes: (typeof DIRECTIONS)[keyof typeof DIRECTIONS];
  },
): CausalLayout {
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  const result = viz.render(
    {
      directed: true,
      graphAttributes: attributes,
      nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
      // We draw the marks ourselves, so the curves must end at the boxes.
      edgeAttributes: { dir: 'none' },
      nodes: boxes.map(({ width, height }, i) => ({
        name: `n${i}`,
        attributes: { width: width / INCH, height: height / INCH },
      })),
      edges: graphEdges(graph).map(({ from, to }, e) => ({
        tail: `n${position.get(from)!}`,
        head: `n${position.get(to)!}`,
        attributes: { order: String(e), ...(label && { label: labelBox(label.width, label.height) }) },
      })),
    },
    { format: 'json' },
  );
  if (result.status !== 'success') {
    const reason = result.errors.map(({ message }) => message).join('; ');
    throw new InternalError('layout-failed', `Graphviz could not lay out the graph (${reason}). Please report this`);
  }
  return read(graphvizSchema.parse(JSON.parse(result.output)), graph.variables.length);
}

function read({ bb, objects, edges }: z.infer<typeof graphvizSchema>, count: number): CausalLayout {
  const [, , width, height] = bb.split(',').map(Number);
  const point = (text: string): Point => {
    const [x, y] = text.split(',').map(Number);
    // In Graphviz y runs upwards.
    return { x, y: height - y };
  };
  const places = new Map(objects.map(({ name, pos }) => [name, pos]));
  const splines: Point[][] = [];
  const labels: Point[] = [];
  for (const { pos, lp, order } of edges) {
    const spline = pos.split(' ').map(point);
    splines[Number(order)] = spline;
    labels[Number(order)] = lp === undefined ? midpoint(spline) : nearest(spline, point(lp));
  }
  const nodes = Array.from({ length: count }, (_, i) => point(places.get(`n${i}`)!));
  return { width, height, nodes, edges: splines, labels };
}
