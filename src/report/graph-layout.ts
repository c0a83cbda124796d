// Layout of a graph of latents: from left to right, with a cluster for each modality.

import type { Attributes, Graph } from '@viz-js/viz';
import type { DrawnGraph } from '../causal/blocks.js';
import { modalityLatents } from '../causal/graph.js';
import { labelBox, layOut } from './graphviz.js';
import type { Point } from './spline.js';
import { textWidth } from './svg.js';

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** Clusters in the order of the graph's modalities. */
  readonly clusters: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** Centres, in the order of the graph's nodes. */
  readonly nodes: readonly Point[];
  /** Edges in the order of the graph's edges. */
  readonly edges: readonly EdgeLayout[];
  /** Centres of the observed causes, and their edges in the order of the options. */
  readonly causes: readonly Point[];
  readonly causeEdges: readonly EdgeLayout[];
}

export interface EdgeLayout {
  /** The 3k + 1 control points of a cubic Bézier spline, beginning at the cause. */
  readonly spline: readonly Point[];
  /** The arrow's tip, beyond the spline's end. */
  readonly tip: Point;
  /** Centre of the edge's label. */
  readonly label: Point;
}

export interface LayoutOptions {
  /** Sizes of the nodes: a circle for a latent, a box for a block. */
  readonly nodes: readonly Size[];
  readonly clusterLabels: readonly string[];
  readonly clusterLabelSize: number;
  /** Size of the space reserved for the label of each edge. Undefined for none. */
  readonly edgeLabel?: Size | undefined;
  /** Sizes of the observed causes. */
  readonly causes: readonly Size[];
  readonly causeEdges: readonly CauseEnds[];
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** An edge from an observed cause to a latent, by positions, with the space reserved for its label. */
export interface CauseEnds {
  readonly cause: number;
  readonly latent: number;
  readonly label?: Size | undefined;
}

/** Distance between the border of a cluster and its latents, and between clusters that are below each other. */
const clusterMargin = 14;
const clusterGap = 12;
/** Graphviz measures nodes in inches, everything else in points. */
const INCH = 72;

/** Lays the graph out from left to right. Each modality is a cluster with its latents below each other. */
export async function layoutGraph(graph: DrawnGraph, options: LayoutOptions): Promise<GraphLayout> {
  const layout = async (readUpwards: boolean) => {
    const { width, height, centre, corners, edges } = await layOut(describe(graph, options, readUpwards), readUpwards);
    const laid = edges.map(({ tip, ...edge }) => ({ ...edge, tip: tip! }));
    return {
      width,
      height,
      clusters: modalityLatents(graph).map((_, m) => {
        const [a, b] = corners(`cluster_${m}`);
        const y = Math.min(a.y, b.y) + clusterGap / 2;
        return { x: a.x, y, width: b.x - a.x, height: Math.abs(b.y - a.y) - clusterGap };
      }),
      nodes: graph.nodes.map((_, i) => centre(`n${i}`)),
      edges: laid.slice(0, graph.edges.length),
      causes: options.causes.map((_, k) => centre(`c${k}`)),
      causeEdges: laid.slice(graph.edges.length),
    };
  };
  // Graphviz does not fix the vertical direction. A graph with the first latent on top is easier to read.
  const downwards = await layout(false);
  return descendingPairs(graph, downwards) > 0 ? layout(true) : downwards;
}

/** Returns the number of pairs of latents in the wrong order minus the rest. The first modality has a larger weight. */
function descendingPairs({ nodes }: DrawnGraph, layout: GraphLayout): number {
  let balance = 0;
  for (const [i, { modality }] of nodes.entries()) {
    for (let j = 0; j < i; j++) {
      const weight = modality === nodes[0].modality ? 1.5 : 1;
      if (nodes[j].modality === modality) balance += weight * Math.sign(layout.nodes[j].y - layout.nodes[i].y);
    }
  }
  return balance;
}

function describe(graph: DrawnGraph, options: LayoutOptions, readUpwards: boolean): Graph {
  const { nodes: sizes, clusterLabels, clusterLabelSize, edgeLabel, causes, causeEdges } = options;
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const modalities = modalityLatents(graph);
  const first = modalities.map(({ name }) => graph.nodes.findIndex(({ modality }) => modality === name));
  // Without edges, invisible ones place the modalities side by side.
  const chain = graph.edges.length > 0 ? [] : first.slice(1).map((to, m) => invisible(`n${first[m]}`, to));
  const isolated = [...causes.keys()].filter((k) => causeEdges.every(({ cause }) => cause !== k));
  return {
    directed: true,
    graphAttributes: { rankdir: 'LR', newrank: true, ranksep: 0.9, nodesep: 0.32 },
    nodeAttributes: { fixedsize: true, label: '' },
    edgeAttributes: { arrowsize: 0.9 },
    subgraphs: [
      ...(causes.length === 0 ? [] : [causeColumn(causes)]),
      ...modalities.map(({ name }, m) => ({
        name: `cluster_${m}`,
        graphAttributes: {
          rank: 'same',
          labelloc: readUpwards ? 't' : 'b',
          margin: clusterMargin + clusterGap / 2,
          label: labelBox(textWidth(clusterLabels[m], clusterLabelSize), clusterLabelSize + 6),
        },
        nodes: graph.nodes.flatMap(({ modality, isBlock }, i) =>
          modality === name ? [boxOf(`n${i}`, sizes[i], isBlock ? 'box' : 'circle')] : [],
        ),
      })),
    ],
    edges: [
      ...graph.edges.map(({ from, to }, e) => {
        const [tail, head] = [position.get(from)!, position.get(to)!];
        const across = graph.nodes[tail].modality !== graph.nodes[head].modality;
        const reserved: Attributes =
          edgeLabel !== undefined && across ? { label: labelBox(edgeLabel.width, edgeLabel.height) } : {};
        return { tail: `n${tail}`, head: `n${head}`, attributes: { order: String(e), ...reserved } };
      }),
      ...causeEdges.map(({ cause, latent, label }, g) => ({
        tail: `c${cause}`,
        head: `n${latent}`,
        attributes: {
          order: String(graph.edges.length + g),
          ...(label && { label: labelBox(label.width, label.height) }),
        },
      })),
      ...chain,
      ...isolated.map((k) => invisible(`c${k}`, 0)),
    ],
  };
}

/** Returns the observed causes as a column to the left of all latents. */
function causeColumn(causes: readonly Size[]) {
  return {
    name: 'causes',
    graphAttributes: { rank: 'source' },
    nodes: causes.map((size, k) => boxOf(`c${k}`, size, 'box')),
  };
}

function boxOf(name: string, { width, height }: Size, shape: 'box' | 'circle') {
  return { name, attributes: { shape, width: width / INCH, height: height / INCH } };
}

function invisible(tail: string, head: number) {
  return { tail, head: `n${head}`, attributes: { style: 'invis', order: '-1' } };
}
