// Observed causes in the drawing of a graph over latents: squares, and lines to latents. The line of a cause that was
// not assigned is dashed and has no arrowhead, because it is an association.

import type { CauseNode } from '../causal/cause-nodes.js';
import { groupLabel, groupText, isFoundGroup, type CauseGroup } from './cause-groups.js';
import type { EdgeLayout } from './graph-layout.js';
import { arrowHead, edgeHook, edgeLabel, edgeLabelSize, nodeHook, splinePath } from './graph-parts.js';
import type { Point } from './spline.js';
import { element, hover, label, short, shorten, textWidth } from './svg.js';

const LONGEST_NAME = 18;
const NAME_SIZE = 12.5;
const LINE_WIDTH = 1.8;
/** Height of a square. It is wider if the name of the cause is long. */
export const causeHeight = 34;

/** Returns the width of the square of a cause. */
export function causeWidth({ name }: CauseNode): number {
  return Math.max(causeHeight, textWidth(shorten(name, LONGEST_NAME), NAME_SIZE) + 16);
}

/** Returns the space for the label of a line; undefined if it has none. */
export function groupLabelSize(group: CauseGroup): { width: number; height: number } | undefined {
  const text = groupLabel(group);
  return text === undefined ? undefined : { width: textWidth(text, edgeLabelSize) + 10, height: edgeLabelSize + 6 };
}

/** Draws a cause. @param hook its number, for a page in which it reacts to the pointer and can be focused */
export function causeSquare(cause: CauseNode, { x, y }: Point, text: string, hook: number | undefined): string {
  const width = causeWidth(cause);
  const description = `${cause.name}, observed cause: ${text}`;
  return element(
    'g',
    hook === undefined ? {} : nodeHook(hook, description),
    ...(hook === undefined ? [hover(description)] : []),
    element('rect', {
      class: 'il-outlined',
      x: x - width / 2,
      y: y - causeHeight / 2,
      width,
      height: causeHeight,
      ...(cause.assigned ? {} : { 'stroke-dasharray': '5 3' }),
    }),
    label(shorten(cause.name, LONGEST_NAME), {
      class: 'il-ink',
      x,
      y: y + 4.4,
      'text-anchor': 'middle',
      'font-size': NAME_SIZE,
    }),
  );
}

/** Draws the line of a group. @param hook as in `causeSquare` */
export function causeLine(group: CauseGroup, { spline, tip, label: at }: EdgeLayout, hook: number | undefined): string {
  const d = splinePath(spline);
  const isArrow = group.cause.assigned && isFoundGroup(group);
  const line = { class: 'il-line il-axis', 'stroke-width': LINE_WIDTH, 'stroke-linecap': 'butt' };
  return element(
    'g',
    hook === undefined ? {} : edgeHook(hook, groupText(group)),
    ...(hook === undefined ? [hover(groupText(group))] : [element('path', { class: 'il-reach', d })]),
    ...(isArrow
      ? [
          element('path', { ...line, d }),
          element('path', { class: 'il-muted', d: arrowHead(spline[spline.length - 1], tip, LINE_WIDTH) }),
        ]
      : [element('path', { ...line, d: `${d}L${short(tip.x)} ${short(tip.y)}`, 'stroke-dasharray': '5 3' })]),
    ...edgeLabel(groupLabel(group), at),
  );
}

/** Returns the line of the caption that explains squares and their lines. */
export function causeCaption(causes: readonly CauseNode[], groups: readonly CauseGroup[]): string {
  const hasNumbers = groups.some(
    (group) => group.edges.length === 1 && group.edges[0].effect !== undefined && isFoundGroup(group),
  );
  return [
    `Square: observed cause${hasNumbers ? '; number: difference in sd' : ''}`,
    ...(causes.some(({ assigned }) => !assigned) ? ['Dashed: association, as nobody assigned the cause'] : []),
  ].join('. ');
}
