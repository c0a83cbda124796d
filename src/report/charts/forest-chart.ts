// A forest plot: the correlation of every pair of modalities in held-out subjects, with its interval.

import { horizontalAxis, linearScale, tickText } from '../axis.js';
import { decimals } from '../../text/numbers.js';
import type { Interval } from '../../evidence/interval.js';
import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface TestedPairs {
  readonly pairs: readonly TestedPair[];
}

/** A tested pair of modalities. */
interface TestedPair {
  /** `m`: position of the modality, for its colour. */
  readonly first: { readonly name: string; readonly m: number };
  readonly second: { readonly name: string; readonly m: number };
  /** Correlation in held-out subjects. */
  readonly correlation: Interval;
  readonly associated: boolean;
}

const axisHeight = 42;
const letter = 13;
/** Width of the two dots in the colours of the modalities. */
const indent = 28;
/** Left end of the axis, unless an interval reaches further. */
const LOWEST = -0.2;
const HIGHEST = 1;

export function forestChart({ pairs }: TestedPairs, width: number): string {
  const names = Math.max(...pairs.map((pair) => textWidth(titleOf(pair), letter))) + indent + 16;
  const figures = Math.max(...pairs.map((pair) => textWidth(figuresOf(pair), letter))) + 16;
  // A phone has no room for names, interval and figures on one line.
  const isNarrow = names + figures + 220 > width;
  const row = isNarrow ? 52 : 34;
  const [left, right] = isNarrow ? [6, width - 6] : [names, width - figures];
  const lowest = Math.min(LOWEST, ...pairs.map(({ correlation }) => Math.floor(10 * correlation.lower) / 10));
  const scale = linearScale([lowest, HIGHEST], [left, right], isNarrow ? 4 : 6);
  const bottom = pairs.length * row + 4;
  const zero = scale.toPixel(0);
  const descriptions = pairs.map((pair) => `${titleOf(pair)}: ${describe(pair)}`);
  return pageChart({
    width,
    height: bottom + axisHeight,
    title: 'Strength of association between modalities',
    description: `Correlations of held-out subjects. ${descriptions.join('; ')}.`,
    body: [
      element('line', { class: 'il-axis', x1: zero, x2: zero, y1: 0, y2: bottom, 'stroke-dasharray': '4 3' }),
      ...pairs.flatMap((pair, k) => {
        const y = k * row + (isNarrow ? 38 : row / 2);
        return [
          ...textOf(pair, { y: isNarrow ? k * row + 18 : y + 4.5, width, room: (isNarrow ? width : left) - indent }),
          ...intervalOf(pair, y, scale.toPixel),
        ];
      }),
      ...horizontalAxis(scale, left, right, bottom, tickText),
      label('correlation in held-out subjects, with its 95 % interval', {
        class: 'il-muted',
        x: (left + right) / 2,
        y: bottom + 36,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

function intervalOf(pair: TestedPair, y: number, toPixel: (value: number) => number): string[] {
  const { estimate, lower, upper } = pair.correlation;
  const { fill, stroke } = modalityClass(0);
  const [x1, x, x2] = [lower, estimate, upper].map(toPixel);
  const line = { class: pair.associated ? `il-line ${stroke}` : 'il-line il-axis', 'stroke-width': 2.5 };
  const point = { cx: x, cy: y, r: 5.5, 'stroke-width': 2 };
  return [
    element('line', { ...line, x1, x2, y1: y, y2: y }),
    ...[x1, x2].map((end) => element('line', { ...line, x1: end, x2: end, y1: y - 4, y2: y + 4 })),
    element(
      'circle',
      { class: pair.associated ? fill : 'il-patch il-axis', ...point },
      hover(`${titleOf(pair)}: ${describe(pair)}`),
    ),
  ];
}

function textOf(pair: TestedPair, { y, width, room }: { y: number; width: number; room: number }): string[] {
  const title = shorten(titleOf(pair), Math.floor(room / (0.52 * letter)));
  const ink = pair.associated ? 'il-ink' : 'il-muted';
  return [
    ...[pair.first, pair.second].map(({ m }, i) =>
      element('circle', { class: modalityClass(m).fill, cx: 5 + 12 * i, cy: y - 4.5, r: 4.5 }),
    ),
    label(title, { class: 'il-ink', x: indent, y, 'font-size': letter }),
    label(figuresOf(pair), {
      class: ink,
      x: width,
      y,
      'text-anchor': 'end',
      'font-size': letter,
      'font-weight': pair.associated ? 600 : undefined,
    }),
  ];
}

function titleOf({ first, second }: TestedPair): string {
  return `${first.name} and ${second.name}`;
}

function figuresOf({ correlation: { estimate, lower, upper } }: TestedPair): string {
  return `${decimals(estimate)} (${decimals(lower)} to ${decimals(upper)})`;
}

function describe(pair: TestedPair): string {
  return `${figuresOf(pair)}, ${pair.associated ? 'associated' : 'no association found'}`;
}
