// Layout of the boxes and curves of a discovered graph: Graphviz's layers, with causes above their effects.

import { graphEdges, type CausalGraph } from '../causal/discovery/causal-graph.js';
import { labelBox, layOut } from './graphviz.js';
import type { Point } from './spline.js';

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
  const down = await layout(graph, { boxes, label, attributes: DIRECTIONS.down });
  if (down.width <= PAGE) return down;
  const right = await layout(graph, { boxes, label, attributes: DIRECTIONS.right });
  return right.width < down.width ? right : down;
}

async function layout(
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
): Promise<CausalLayout> {
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  const { width, height, centre, edges } = await layOut({
    directed: true,
    graphAttributes: attributes,
    nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
    // We draw the marks ourselves, so the curves must end at the boxes.
    edgeAttributes: { dir: 'none' },
    nodes: boxes.map((box, i) => ({
      name: `n${i}`,
      attributes: { width: box.width / INCH, height: box.height / INCH },
    })),
    edges: graphEdges(graph).map(({ from, to }, e) => ({
      tail: `n${position.get(from)!}`,
      head: `n${position.get(to)!}`,
      attributes: { order: String(e), ...(label && { label: labelBox(label.width, label.height) }) },
    })),
  });
  return {
    width,
    height,
    nodes: graph.variables.map((_, i) => centre(`n${i}`)),
    edges: edges.map(({ spline }) => spline),
    labels: edges.map((edge) => edge.label),
  };
}
