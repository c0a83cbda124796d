// p-values of refits without any association: for each p, the share of refits that are at most as large. Without
// associations this share is p, the diagonal. The band has the curve of a calibrated test in 95 % of all cases.

import { horizontalAxis, linearScale, verticalAxis } from '../axis.js';
import { element, hover, label, linesOf, polyline, short } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface CalibrationFigures {
  readonly title: string;
  readonly curves: readonly CalibrationCurve[];
}

export interface CalibrationCurve {
  readonly name: string;
  /** One p for each refit. */
  readonly ps: readonly number[];
}

const LEFT = 46;
const MAX_HEIGHT = 280;
const LETTER = 11.5;
const KEY = 19;
/** The largest difference of an empirical distribution of n values is below this number, over √n, in 95 % of cases. */
const KOLMOGOROV = 1.358;

/** Returns half the height of the band that a calibrated curve stays in (Kolmogorov, corrected by Stephens 1974). */
export function bandOf(refits: number): number {
  const root = Math.sqrt(refits);
  return KOLMOGOROV / (root + 0.12 + 0.11 / root);
}

export function calibrationChart({ title, curves }: CalibrationFigures, width: number): string {
  const side = Math.min(width - LEFT - 8, MAX_HEIGHT);
  const [left, right] = [LEFT, LEFT + side];
  const x = linearScale([0, 1], [left, right], 5);
  const y = linearScale([0, 1], [side, 4], 5);
  const half = bandOf(Math.min(...curves.map(({ ps }) => ps.length)));
  const at = (p: number, share: number): [number, number] => [x.toPixel(p), y.toPixel(share)];
  const band = [at(0, 0), at(0, half), at(1 - half, 1), at(1, 1), at(1, 1 - half), at(half, 0)];
  const below = side + 44;
  const key = curves.flatMap(({ name }, k) =>
    linesOf(name, LETTER, width - 16).map((text, i) => ({ text, curve: i === 0 ? k : undefined })),
  );
  return pageChart({
    width,
    height: below + 12 + key.length * KEY,
    title,
    description: curves.map(describe).join('; '),
    body: [
      element('path', { class: 'il-track', d: `${polyline(band)}Z` }),
      ...verticalAxis(y, left, right),
      element('line', {
        class: 'il-axis',
        x1: left,
        y1: y.toPixel(0),
        x2: right,
        y2: y.toPixel(1),
        'stroke-dasharray': '4 3',
      }),
      ...curves.map((curve, k) =>
        element(
          'path',
          {
            class: `il-line ${modalityClass(k).stroke}`,
            d: polyline(stepsOf(curve.ps).map(([p, share]) => at(p, share))),
          },
          hover(describe(curve)),
        ),
      ),
      ...horizontalAxis(x, left, right, side),
      label('p', {
        class: 'il-muted',
        x: (left + right) / 2,
        y: side + 34,
        'text-anchor': 'middle',
        'font-size': LETTER,
      }),
      label('share of refits with at most this p', {
        ...{ class: 'il-muted', x: 8, y: side / 2, 'text-anchor': 'middle', 'font-size': LETTER },
        transform: `rotate(-90 8 ${short(side / 2)})`,
      }),
      ...key.flatMap(({ text, curve }, row) => {
        const middle = below + 12 + row * KEY;
        return [
          ...(curve === undefined
            ? []
            : [element('circle', { class: modalityClass(curve).fill, cx: 5, cy: middle - 4, r: 4.5 })]),
          label(text, { class: 'il-ink', x: 16, y: middle, 'font-size': LETTER }),
        ];
      }),
    ],
  });
}

/** Returns the corners of the empirical distribution. */
function stepsOf(ps: readonly number[]): [number, number][] {
  const sorted = [...ps].sort((a, b) => a - b);
  const corners = sorted.flatMap((p, i): [number, number][] => [
    [p, i / ps.length],
    [p, (i + 1) / ps.length],
  ]);
  return [[0, 0], ...corners, [1, 1]];
}

function describe({ name, ps }: CalibrationCurve): string {
  const small = ps.filter((p) => p <= 0.05).length;
  return `${name}: ${small} of ${ps.length} refits have p ≤ 0.05`;
}
