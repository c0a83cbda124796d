// Draws the two images of the benchmark with the axes and the theme of the package.

import { horizontalAxis, linearScale, logScale, verticalAxis, type Scale } from '../src/report/axis.js';
import { element, hover, label, polyline, textWidth } from '../src/report/svg.js';
import { inset, modalityClass, drawing } from '../src/report/theme.js';

export interface RatioBar {
  readonly name: string;
  /** Bars of one group are drawn together under its name. */
  readonly group: string;
  readonly ratio: number | undefined;
  readonly target: number | undefined;
  /** A second ratio, drawn as a mark. */
  readonly second: number | undefined;
}

const BAR = { height: 15, gap: 9, heading: 26, left: inset.left + 150, width: 560, legend: 22 };

/** Draws horizontal bars from 0, with the target as a line across each bar and a line through all bars at 1. */
export function ratioBars(bars: readonly RatioBar[]): string {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const max = Math.max(1, ...bars.flatMap(({ ratio, target, second }) => [ratio ?? 0, target ?? 0, second ?? 0]));
  const right = BAR.left + BAR.width;
  const x = linearScale([0, max * 1.05], [BAR.left, right], 8);
  const top = inset.top + BAR.legend;
  const body: string[] = [];
  let y = top;
  for (const group of groups) {
    body.push(label(group, { class: 'il-ink', x: inset.left, y: y + 15, 'font-size': 12, 'font-weight': 600 }));
    y += BAR.heading;
    for (const bar of bars.filter((one) => one.group === group)) {
      body.push(...ratioBar(bar, x, y));
      y += BAR.height + BAR.gap;
    }
  }
  const one = { class: 'il-axis', x1: x.toPixel(1), x2: x.toPixel(1), y1: top, y2: y, 'stroke-dasharray': '3 3' };
  return drawing({
    width: right + inset.right,
    height: y + 26 + inset.bottom,
    title: 'PyTorch’s time per step over ours',
    description: bars
      .map(({ name, group, ratio, target }) => `${name}, ${group}: ${text(ratio)} (target ${text(target)})`)
      .join('; '),
    theme: 'auto',
    body: [...barLegend(), ...body, element('line', one), ...horizontalAxis(x, BAR.left, right, y)],
  });
}

function ratioBar({ name, ratio, target, second }: RatioBar, x: Scale, y: number): string[] {
  const { fill } = modalityClass(0);
  const [middle, left] = [y + BAR.height / 2, x.toPixel(0)];
  const parts = [label(name, { class: 'il-muted', x: left - 8, y: middle + 4, 'text-anchor': 'end', 'font-size': 11 })];
  if (ratio !== undefined) {
    const title = hover(`${name}: ${text(ratio)}`);
    parts.push(
      element('rect', { class: fill, x: left, y, width: x.toPixel(ratio) - left, height: BAR.height, rx: 2 }, title),
    );
  }
  if (target !== undefined) {
    const at = x.toPixel(target);
    const { stroke } = modalityClass(1);
    parts.push(
      element('line', { class: stroke, x1: at, x2: at, y1: y - 3, y2: y + BAR.height + 3, 'stroke-width': 2.5 }),
    );
  }
  if (second !== undefined) {
    parts.push(
      element('circle', { class: `${modalityClass(2).fill} il-mark`, cx: x.toPixel(second), cy: middle, r: 5 }),
    );
  }
  return parts;
}

function barLegend(): string[] {
  const entries = [
    ['■', modalityClass(0), 'against the faster of eager and torch.compile'],
    ['┃', modalityClass(1), 'target'],
    ['●', modalityClass(2), 'against the traced step'],
  ] as const;
  let x = inset.left;
  return entries.map(([sign, { fill }, what]) => {
    const at = x;
    x += 16 + textWidth(what, 12) + 18;
    const coloured = element('tspan', { class: fill }, sign);
    return element('text', { class: 'il-ink', x: at, y: inset.top + 4, 'font-size': 12 }, coloured, ` ${what}`);
  });
}

const text = (value: number | undefined): string => value?.toFixed(2) ?? 'not measured';

export interface Panel {
  /** Name of the horizontal axis. */
  readonly x: string;
  readonly points: readonly { readonly curve: string; readonly x: number; readonly y: number }[];
}

export interface LinePanels {
  readonly title: string;
  readonly curves: readonly string[];
  readonly panels: readonly Panel[];
}

const PANEL = { width: 300, height: 190, gapX: 70, gapY: 66, perRow: 2, left: inset.left + 40 };

/** Draws small charts side by side, with logarithmic axes and one vertical scale for all. */
export function linePanels({ title, curves, panels }: LinePanels): string {
  const drawn = panels.filter(({ points }) => points.length > 0);
  const heights = drawn.flatMap(({ points }) => points.map(({ y }) => y));
  const range = [Math.min(...heights) / 1.2, Math.max(...heights) * 1.2] as const;
  const top = inset.top + 26;
  const rows = Math.ceil(drawn.length / PANEL.perRow);
  return drawing({
    width: PANEL.left + PANEL.perRow * PANEL.width + (PANEL.perRow - 1) * PANEL.gapX + inset.right,
    height: top + rows * PANEL.height + rows * PANEL.gapY,
    title,
    description: drawn.map(({ x, points }) => `${x}: ${points.length} points`).join('; '),
    theme: 'auto',
    body: [
      ...lineLegend(curves),
      ...drawn.flatMap((panel, i) => {
        const left = PANEL.left + (i % PANEL.perRow) * (PANEL.width + PANEL.gapX);
        return linePanel(panel, curves, range, left, top + Math.floor(i / PANEL.perRow) * (PANEL.height + PANEL.gapY));
      }),
    ],
  });
}

function linePanel(
  { x: name, points }: Panel,
  curves: readonly string[],
  range: readonly [number, number],
  left: number,
  top: number,
): string[] {
  const [right, bottom] = [left + PANEL.width, top + PANEL.height];
  const across = points.map(({ x }) => x);
  const ends = [Math.min(...across), Math.max(...across)] as const;
  const x = { ...logScale(ends, [left + 8, right - 8]), ticks: [...new Set(across)] };
  const y = logScale(range, [bottom, top]);
  return [
    ...verticalAxis(y, left, right),
    ...horizontalAxis(x, left, right, bottom),
    label(name, {
      class: 'il-muted',
      x: (left + right) / 2,
      y: bottom + 34,
      'text-anchor': 'middle',
      'font-size': 11.5,
    }),
    ...curves.flatMap((curve, k) => {
      const ofCurve = points.filter((point) => point.curve === curve);
      const { stroke, fill } = modalityClass(k);
      const at = ofCurve.map((point) => [x.toPixel(point.x), y.toPixel(point.y)] as const);
      return [
        element('path', { class: `il-line ${stroke}`, d: polyline(at), 'stroke-width': 2 }, hover(curve)),
        ...at.map(([cx, cy], i) =>
          element('circle', { class: fill, cx, cy, r: 2.5 }, hover(`${curve}: ${ofCurve[i].y.toPrecision(4)} steps/s`)),
        ),
      ];
    }),
  ];
}

function lineLegend(curves: readonly string[]): string[] {
  let x = PANEL.left;
  return curves.flatMap((name, k) => {
    const start = x;
    x += 28 + textWidth(name, 12) + 18;
    const y = inset.top + 4;
    return [
      element('line', {
        class: modalityClass(k).stroke,
        ...{ x1: start, x2: start + 20, y1: y, y2: y },
        'stroke-width': 2.2,
      }),
      label(name, { class: 'il-muted', x: start + 28, y: y + 4, 'font-size': 12 }),
    ];
  });
}
