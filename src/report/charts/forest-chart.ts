// A forest plot: an estimate with its interval in every row, such as the correlation of two modalities in held-out
// subjects, or the effect of a level on a latent.

import { horizontalAxis, linearScale, logScale, tickText } from '../axis.js';
import { decimals } from '../../text/numbers.js';
import type { Interval } from '../../evidence/interval.js';
import { element, hover, label, short, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface ForestFigures {
  readonly title: string;
  /** What the axis measures. */
  readonly axis: string;
  /** What the rows are, for screen readers. */
  readonly description: string;
  /** True for ratios: the axis is logarithmic, and the dashed line is at 1. */
  readonly isRatio?: boolean | undefined;
  /** Ends of the axis, unless an interval reaches further. */
  readonly ends: readonly [low: number, high: number];
  /** Minimum width of the intervals for names and figures on the same line. Default: 220 pixels. */
  readonly minPlot?: number | undefined;
  readonly rows: readonly ForestRow[];
}

export interface ForestRow {
  /** Heading above the row, where a group of rows begins. */
  readonly heading?: string | undefined;
  readonly title: string;
  /** Positions of modalities, for dots in their colours. */
  readonly modalities: readonly number[];
  readonly interval: Interval;
  /** True if there is an estimate without interval. */
  readonly isPoint?: boolean | undefined;
  /** A value that the estimate is compared with, drawn as a tick. The caption says what it is. */
  readonly mark?: number | undefined;
  /** Filled if supported, otherwise hollow. */
  readonly supported: boolean;
  /** Verdict in words. */
  readonly words: string;
}

const axisHeight = 42;
const letter = 13;
const dotWidth = 12;
const headingHeight = 30;

export function forestChart(
  { title, axis, description, isRatio, ends, minPlot = 220, rows }: ForestFigures,
  width: number,
): string {
  const dots = Math.max(...rows.map(({ modalities }) => modalities.length));
  const indent = dots === 0 ? 0 : dotWidth * dots + 4;
  const names = Math.max(...rows.map((row) => textWidth(row.title, letter))) + indent + 16;
  const figures = Math.max(...rows.map((row) => figuresWidth(figuresOf(row)))) + 16;
  // A phone has no room for names, interval and figures on one line.
  const isNarrow = names + figures + minPlot > width;
  const step = isNarrow ? 52 : 34;
  const [left, right] = isNarrow ? [6, width - 6] : [names, width - figures];
  const values = rows.flatMap(({ interval: { lower, upper }, mark = lower }) => [lower, upper, mark]);
  const lowest = Math.min(ends[0], ...values.map((value) => Math.floor(10 * value) / 10));
  const highest = Math.max(ends[1], ...values.map((value) => Math.ceil(10 * value) / 10));
  const scale = isRatio
    ? logScale(ratioEnds(rows, ends), [left, right])
    : linearScale(
        [lowest, highest],
        [left, right],
        Math.min(isNarrow ? 5 : 6, Math.max(2, Math.floor((right - left) / 36))),
      );
  const tops: number[] = [];
  let bottom = 0;
  for (const { heading } of rows) {
    bottom += heading === undefined ? 0 : headingHeight;
    tops.push(bottom);
    bottom += step;
  }
  bottom += 4;
  const zero = scale.toPixel(isRatio ? 1 : 0);
  const descriptions = rows.map((row) => `${row.title}: ${describe(row)}`);
  return pageChart({
    width,
    height: bottom + axisHeight,
    title,
    description: `${description} ${descriptions.join('; ')}.`,
    body: [
      element('line', { class: 'il-axis', x1: zero, x2: zero, y1: 0, y2: bottom, 'stroke-dasharray': '4 3' }),
      ...rows.flatMap((row, k) => {
        const y = tops[k] + (isNarrow ? 38 : step / 2);
        return [
          ...headingOf(row, tops[k] - 8),
          ...textOf(row, {
            y: isNarrow ? tops[k] + 18 : y + 4.5,
            width,
            indent,
            room: (isNarrow ? width : left) - indent,
          }),
          ...intervalOf(row, y, scale.toPixel),
        ];
      }),
      ...horizontalAxis(scale, left, right, bottom, tickText),
      label(axis, {
        class: 'il-muted',
        x: (left + right) / 2,
        y: bottom + 36,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

/** Returns the ends of an axis of ratios. */
function ratioEnds(rows: readonly ForestRow[], [low, high]: ForestFigures['ends']): [number, number] {
  const intervals = rows.map(({ interval }) => interval);
  return [
    Math.min(low, ...intervals.map(({ lower }) => 0.95 * lower)),
    Math.max(high, ...intervals.map(({ upper }) => 1.05 * upper)),
  ];
}

function headingOf({ heading }: ForestRow, y: number): string[] {
  if (heading === undefined) return [];
  return [
    element('rect', { class: 'il-patch', x: 0, y: y - 14, width: textWidth(heading, letter) + 6, height: 18 }),
    label(heading, { class: 'il-ink', x: 0, y, 'font-size': letter, 'font-weight': 600 }),
  ];
}

function intervalOf(row: ForestRow, y: number, toPixel: (value: number) => number): string[] {
  const { estimate, lower, upper } = row.interval;
  const { fill, stroke } = modalityClass(0);
  const [x1, x, x2] = [lower, estimate, upper].map(toPixel);
  const line = { class: row.supported ? `il-line ${stroke}` : 'il-line il-axis', 'stroke-width': 2.5 };
  const point = { cx: x, cy: y, r: 5.5, 'stroke-width': 2 };
  const at = row.mark === undefined ? undefined : toPixel(row.mark);
  return [
    ...(at === undefined
      ? []
      : [element('line', { class: 'il-axis', x1: at, x2: at, y1: y - 9, y2: y + 9, 'stroke-width': 2 })]),
    ...(row.isPoint ? [] : [element('path', { ...line, d: `M${short(x1)} ${y - 4}v8m0 -4H${short(x2)}m0 -4v8` })]),
    element(
      'circle',
      { class: row.supported ? fill : 'il-patch il-axis', ...point },
      hover(`${row.title}: ${describe(row)}`),
    ),
  ];
}

interface TextPlace {
  readonly y: number;
  readonly width: number;
  readonly indent: number;
  readonly room: number;
}

function textOf(row: ForestRow, { y, width, indent, room }: TextPlace): string[] {
  const title = shorten(row.title, Math.floor(room / (0.52 * letter)));
  const ink = row.supported ? 'il-ink' : 'il-muted';
  const figures = figuresWidth(figuresOf(row)) + 6;
  return [
    // The line at 0 ends before a text and continues below it.
    element('rect', { class: 'il-patch', x: width - figures, y: y - 14, width: figures, height: 18 }),
    element('rect', { class: 'il-patch', x: 0, y: y - 14, width: indent + textWidth(title, letter), height: 18 }),
    ...row.modalities.map((m, i) =>
      element('circle', { class: modalityClass(m).fill, cx: 5 + dotWidth * i, cy: y - 4.5, r: 4.5 }),
    ),
    label(title, { class: 'il-ink', x: indent, y, 'font-size': letter }),
    label(figuresOf(row), {
      class: ink,
      x: width,
      y,
      'text-anchor': 'end',
      'font-size': letter,
      'font-weight': row.supported ? 600 : undefined,
    }),
  ];
}

function figuresOf({ interval: { estimate, lower, upper }, isPoint }: ForestRow): string {
  return isPoint ? decimals(estimate) : `${decimals(estimate)} (${decimals(lower)} to ${decimals(upper)})`;
}

/** Returns a generous width of an estimate with its interval. Points, spaces and brackets are narrower than digits. */
function figuresWidth(text: string): number {
  return Array.from(text).reduce((sum, one) => sum + letter * (/[\d−]/.test(one) ? 0.7 : 0.44), 0);
}

function describe(row: ForestRow): string {
  return `${figuresOf(row)}, ${row.words}`;
}
