// The explained variance of every modality as points on one scale: in training subjects, in held-out subjects, and by
// the best linear method. A long line between training and held-out subjects shows overfitting.

import { horizontalAxis, linearScale } from '../axis.js';
import type { ModalityQuality } from '../../quality/index.js';
import { percent } from '../../text/numbers.js';
import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

const rowHeight = 30;
const letter = 13;
/** Width of the dot in the colour of a modality. */
const indent = 18;
/** Shares below this are drawn here, because a bad prediction has no lower bound. */
const LOWEST = -0.2;

interface Row {
  readonly title: string;
  /** Position of the modality, for its colour. */
  readonly m: number;
  readonly train: number;
  readonly heldOut: number;
  readonly linear?: { readonly method: string; readonly heldOut: number };
}

/** Returns a row for its columns and one for other columns, where both shares are known. */
function rowsOf(modalities: readonly ModalityQuality[]): Row[] {
  return modalities.flatMap(({ name, reconstruction, prediction, linear }, m) => {
    const [best] = linear;
    const reached = linear.length === 0 ? null : best.heldOut;
    return [
      { title: `${name}: its columns`, m, ...reconstruction },
      {
        title: `${name}: other columns`,
        m,
        train: prediction.train,
        heldOut: prediction.heldOut,
        ...(reached !== null && { linear: { method: best.method, heldOut: reached } }),
      },
    ].flatMap(({ train, heldOut, ...row }) => (train === null || heldOut === null ? [] : [{ ...row, train, heldOut }]));
  });
}

/** True if there is something to draw. */
export function hasExplained(modalities: readonly ModalityQuality[]): boolean {
  return rowsOf(modalities).length > 0;
}

export function explainedChart(modalities: readonly ModalityQuality[], width: number): string {
  const rows = rowsOf(modalities);
  const room = Math.min(Math.max(...rows.map(({ title }) => textWidth(title, letter))), 0.45 * width - indent);
  const [left, right] = [indent + room + 12, width - 12];
  const shares = rows.flatMap(({ train, heldOut, linear }) => [train, heldOut, linear?.heldOut ?? 0]);
  const lowest = Math.max(LOWEST, Math.min(0, ...shares));
  const scale = linearScale([lowest, 1], [left, right], width < 500 ? 3 : 5);
  const at = (share: number): number => scale.toPixel(Math.max(lowest, share));
  const bottom = rows.length * rowHeight + 4;
  return pageChart({
    width,
    height: bottom + 42,
    title: 'Explained variance',
    description: `${rows.map((row) => `${row.title}: ${describe(row)}`).join('; ')}.`,
    body: [
      element('line', { class: 'il-axis', x1: at(0), x2: at(0), y1: 0, y2: bottom, 'stroke-dasharray': '4 3' }),
      ...rows.flatMap((row, k) => {
        const y = k * rowHeight + rowHeight / 2;
        const { fill, stroke } = modalityClass(row.m);
        const title = shorten(row.title, Math.floor(room / (0.52 * letter)));
        const point = { cy: y, r: 5.5, 'stroke-width': 2 };
        return [
          element('circle', { class: fill, cx: 5, cy: y, r: 4.5 }),
          label(title, { class: 'il-ink', x: indent, y: y + 4.5, 'font-size': letter }),
          element('line', {
            class: `il-line ${stroke}`,
            x1: at(row.train),
            x2: at(row.heldOut),
            y1: y,
            y2: y,
            'stroke-width': 2.5,
          }),
          element('circle', { class: `il-patch ${stroke}`, cx: at(row.train), ...point }),
          element('circle', { class: fill, cx: at(row.heldOut), ...point }, hover(`${row.title}: ${describe(row)}`)),
          ...(row.linear === undefined
            ? []
            : [
                element('line', {
                  class: 'il-line il-axis',
                  'stroke-width': 2.5,
                  x1: at(row.linear.heldOut),
                  x2: at(row.linear.heldOut),
                  y1: y - 9,
                  y2: y + 9,
                }),
              ]),
        ];
      }),
      ...horizontalAxis(scale, left, right, bottom, percent),
      label('explained share of the variance', {
        class: 'il-muted',
        x: (left + right) / 2,
        y: bottom + 36,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

function describe({ train, heldOut, linear }: Row): string {
  const best = linear === undefined ? '' : `, best linear method ${percent(linear.heldOut)} (${linear.method})`;
  return `training ${percent(train)}, held out ${percent(heldOut)}${best}`;
}
