// The columns with the largest effects of a latent: the effect of the decoder as a point, and the slope over refits
// with its interval as a line.

import { horizontalAxis, linearScale, tickText } from '../axis.js';
import { decimals } from '../../text/numbers.js';
import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface LoadingsFigures {
  /** Name of the latent or block. */
  readonly unit: string;
  /** Position of its modality, for the colour. */
  readonly m: number;
  readonly isBlock: boolean;
  readonly rows: readonly LoadingRow[];
}

export interface LoadingRow {
  readonly column: string;
  readonly effect: number;
  readonly slope?: { readonly estimate: number; readonly lower: number; readonly upper: number } | undefined;
}

const header = 26;
const rowHeight = 26;
const letter = 13;

export function loadingsChart({ unit, m, isBlock, rows }: LoadingsFigures, width: number): string {
  const room = Math.min(Math.max(...rows.map(({ column }) => textWidth(column, letter))), 0.42 * width);
  const [left, right] = [room + 14, width - 12];
  const ends = rows.flatMap(({ effect, slope }) => [effect, ...(slope ? [slope.lower, slope.upper] : [])]);
  const low = Math.max(-2, Math.min(0, ...ends));
  const high = Math.min(2, Math.max(0.1, ...ends));
  const scale = linearScale([low, high], [left, right], width < 500 ? 3 : 6);
  const at = (value: number): number => scale.toPixel(Math.max(low, Math.min(high, value)));
  const bottom = header + rows.length * rowHeight + 4;
  const { fill, stroke } = modalityClass(m);
  return pageChart({
    width,
    height: bottom + 42,
    title: `Loadings of ${unit}`,
    description: `${rows.map((row) => `${row.column}: ${describe(row)}`).join('; ')}.`,
    body: [
      element('line', { class: 'il-axis', x1: at(0), x2: at(0), y1: header, y2: bottom, 'stroke-dasharray': '4 3' }),
      element('circle', { class: fill, cx: 5, cy: 10, r: 4.5 }),
      label(unit, { class: 'il-ink', x: 18, y: 14.5, 'font-size': letter, 'font-weight': 600 }),
      ...rows.flatMap((row, k) => {
        const y = header + k * rowHeight + rowHeight / 2;
        const { column, effect, slope } = row;
        const line = { class: `il-line ${stroke}`, 'stroke-width': 2 };
        return [
          label(shorten(column, Math.floor(room / (0.52 * letter))), {
            ...{ class: 'il-ink', x: 0, y: y + 4.5, 'font-size': letter },
          }),
          ...(slope
            ? [
                element('line', { ...line, x1: at(slope.lower), x2: at(slope.upper), y1: y, y2: y }),
                element('line', { ...line, x1: at(slope.estimate), x2: at(slope.estimate), y1: y - 6, y2: y + 6 }),
              ]
            : []),
          element('circle', { class: fill, cx: at(effect), cy: y, r: 5 }, hover(`${column}: ${describe(row)}`)),
        ];
      }),
      ...horizontalAxis(scale, left, right, bottom, tickText),
      label(`${isBlock ? 'size of the effect' : 'effect of +1 sd'}, in sd of the column`, {
        class: 'il-muted',
        x: (left + right) / 2,
        y: bottom + 36,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

function describe({ effect, slope }: LoadingRow): string {
  const refits = slope
    ? `, slope ${decimals(slope.estimate)} (${decimals(slope.lower)} to ${decimals(slope.upper)})`
    : '';
  return `effect ${decimals(effect)}${refits}`;
}
