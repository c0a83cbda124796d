// Parts of drawn graphs: attributes of edges and nodes that react to the pointer, labels of edges, and arrowheads.

import type { Point } from './spline.js';
import { element, label, short, textWidth, type Attributes } from './svg.js';

export const edgeLabelSize = 11;
/** Radius of the ring around a sign without a number. Without a ring, a minus would look like a part of the line. */
export const signRadius = 7;

/** Returns attributes that make an edge focusable and give it a description. */
export function edgeHook(number: number, description: string): Attributes {
  return { class: 'il-edge', 'data-edge': number, tabindex: 0, role: 'img', 'aria-label': description };
}

/** Returns attributes that make a node focusable and give it a description. */
export function nodeHook(number: number, description: string): Attributes {
  return { class: 'il-node', 'data-node': number, tabindex: 0, role: 'img', 'aria-label': description };
}

/** Returns the label of an edge: a text on a patch that interrupts the line, or a single sign in a ring. */
export function edgeLabel(text: string | undefined, { x, y }: Point): string[] {
  if (text === undefined) return [];
  const middle = { class: 'il-ink', x, y: y + 4, 'text-anchor': 'middle', 'font-size': edgeLabelSize };
  if (text.length === 1) {
    return [element('circle', { class: 'il-outlined', cx: x, cy: y, r: signRadius }), label(text, middle)];
  }
  const [width, height] = [textWidth(text, edgeLabelSize) + 6, edgeLabelSize + 4];
  return [
    element('rect', { class: 'il-patch', x: x - width / 2, y: y - height / 2, width, height, rx: height / 2 }),
    label(text, middle),
  ];
}

/** Returns a triangle from the spline's end to the tip. It is wider for wider lines. */
export function arrowHead(end: Point, tip: Point, width: number): string {
  const length = Math.hypot(tip.x - end.x, tip.y - end.y) || 1;
  const half = 2.6 + width;
  const [dx, dy] = [((tip.x - end.x) / length) * half, ((tip.y - end.y) / length) * half];
  // It starts slightly before the spline's end, so that no gap is visible.
  const [x, y] = [end.x - dx / half, end.y - dy / half];
  return `M${short(tip.x)} ${short(tip.y)}L${short(x - dy)} ${short(y + dx)}L${short(x + dy)} ${short(y - dx)}Z`;
}

/** Returns the data of a path along a spline. */
export function splinePath(spline: readonly Point[]): string {
  const [start, ...rest] = spline.map(({ x, y }) => `${short(x)} ${short(y)}`);
  return `M${start}C${rest.join(' ')}`;
}
