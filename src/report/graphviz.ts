// Layout of a graph by Graphviz (in WebAssembly). It receives only sizes and numbers, never a name, so no text of a
// user is parsed as markup.

import type { Graph } from '@viz-js/viz';
import * as z from 'zod';
import { DeviceError, InternalError } from '../errors/errors.js';
import { midpoint, nearest, type Point } from './spline.js';

export interface GraphvizLayout {
  readonly width: number;
  readonly height: number;
  /** Returns the centre of a node. */
  readonly centre: (node: string) => Point;
  /** Returns two opposite corners of a cluster. */
  readonly corners: (cluster: string) => readonly [Point, Point];
  /** Edges at the positions of their attribute `order`; edges with a negative one are omitted. */
  readonly edges: readonly LaidEdge[];
}

export interface LaidEdge {
  /** The 3k + 1 control points of a cubic Bézier spline, beginning at the tail. */
  readonly spline: readonly Point[];
  /** The arrow's tip, beyond the spline's end. Undefined for an edge without an arrow. */
  readonly tip: Point | undefined;
  /** Centre of the edge's label. */
  readonly label: Point;
}

/** The members of Graphviz's `json` format that are read here. Coordinates are in points; y runs upwards. */
const outputSchema = z.object({
  bb: z.string(),
  objects: z.array(z.object({ name: z.string(), bb: z.string().optional(), pos: z.string().optional() })).default([]),
  edges: z.array(z.object({ pos: z.string(), lp: z.string().optional(), order: z.string() })).default([]),
});

/**
 * Lays a graph out.
 * @param readUpwards false to mirror the layout vertically
 * @throws DeviceError `no-webassembly`; InternalError `layout-failed`
 */
export async function layOut(graph: Graph, readUpwards = true): Promise<GraphvizLayout> {
  if (!('WebAssembly' in globalThis)) {
    throw new DeviceError(
      'no-webassembly',
      'Drawing a graph needs WebAssembly (Graphviz), which this Node does not have. Start it without --jitless.',
    );
  }
  const { instance } = await import('@viz-js/viz');
  const result = (await instance()).render(graph, { format: 'json' });
  if (result.status !== 'success') {
    const reason = result.errors.map(({ message }) => message).join('; ');
    throw new InternalError('layout-failed', `Graphviz could not lay out the graph (${reason}). Please report this`);
  }
  const { bb, objects, edges } = outputSchema.parse(JSON.parse(result.output));
  const [, , width, height] = bb.split(',').map(Number);
  const point = (text: string): Point => {
    const [x, y] = text.split(',').map(Number);
    return { x, y: readUpwards ? height - y : y };
  };
  const places = new Map(objects.map((object) => [object.name, object]));
  const laid: LaidEdge[] = [];
  for (const { pos, lp, order } of edges) {
    if (Number(order) < 0) continue;
    const parts = pos.split(' ');
    const tip = parts.find((part) => part.startsWith('e,'));
    const spline = parts.filter((part) => part !== tip).map(point);
    const label = lp === undefined ? midpoint(spline) : nearest(spline, point(lp));
    laid[Number(order)] = { spline, tip: tip === undefined ? undefined : point(tip.slice(2)), label };
  }
  return {
    width,
    height,
    centre: (node) => point(places.get(node)!.pos!),
    corners: (cluster) => {
      const [left, bottom, right, top] = places.get(cluster)!.bb!.split(',');
      return [point(`${left},${bottom}`), point(`${right},${top}`)];
    },
    edges: laid,
  };
}

/** Returns an empty label of this size, in points. */
export function labelBox(width: number, height: number) {
  const size = `WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height)}"`;
  return { html: `<TABLE BORDER="0" FIXEDSIZE="TRUE" ${size}><TR><TD></TD></TR></TABLE>` };
}
