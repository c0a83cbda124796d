// Shares of two kinds of things, such as latents and modalities, as a table of squares. Darker squares are larger.

import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface HeatMapFigures {
  readonly title: string;
  /** What the squares show, for screen readers and the line below the map. */
  readonly measure: string;
  readonly columns: readonly string[];
  readonly rows: readonly HeatMapRow[];
  /** Value of the darkest colour. */
  readonly max: number;
}

export interface HeatMapRow {
  readonly name: string;
  /** Position of its modality, for the dot in its colour; −1 for none. */
  readonly modality: number;
  /** One value per column; null if it is unknown. */
  readonly values: readonly (number | null)[];
  /** Texts of the values. */
  readonly texts: readonly string[];
}

const LETTER = 12;
const ROW = 26;
const DOT = 16;
/** Opacity from which white letters are readable. */
const DARK = 0.55;

export function heatMapChart({ title, measure, columns, rows, max }: HeatMapFigures, width: number): string {
  const names = Math.min(0.45 * width, DOT + Math.max(...rows.map(({ name }) => textWidth(name, LETTER))) + 8);
  const cell = (width - names) / columns.length;
  const isSteep = columns.some((name) => textWidth(name, LETTER) > cell);
  const top = isSteep ? 12 + 0.75 * Math.min(120, Math.max(...columns.map((name) => textWidth(name, LETTER)))) : 22;
  const bottom = top + rows.length * ROW;
  return pageChart({
    width,
    height: bottom + 26,
    title,
    description: `${measure}. ${rows
      .map(({ name, texts }) => `${name}: ${columns.map((column, c) => `${column} ${texts[c]}`).join(', ')}`)
      .join('; ')}.`,
    body: [
      ...columns.map((name, c) => {
        const [x, y] = [names + (c + 0.5) * cell, top - 8];
        return label(shorten(name, isSteep ? 22 : 30), {
          ...{ class: 'il-ink', x, y, 'font-size': LETTER, 'text-anchor': isSteep ? 'start' : 'middle' },
          ...(isSteep && { transform: `rotate(-45 ${x} ${y})` }),
        });
      }),
      ...rows.flatMap(({ name, modality, values, texts }, r) => {
        const y = top + r * ROW;
        return [
          ...(modality < 0
            ? []
            : [element('circle', { class: modalityClass(modality).fill, cx: 5, cy: y + ROW / 2, r: 4.5 })]),
          label(shorten(name, Math.floor((names - DOT) / (0.52 * LETTER))), {
            ...{ class: 'il-ink', x: DOT, y: y + ROW / 2 + 4.5, 'font-size': LETTER },
          }),
          ...columns.flatMap((column, c) => {
            const value = values[c];
            const shade = value === null ? 0 : Math.max(0, Math.min(1, value / (max || 1)));
            const box = { x: names + c * cell + 1, y: y + 1, width: cell - 2, height: ROW - 2, rx: 2 };
            const place = { x: names + (c + 0.5) * cell, y: y + ROW / 2 + 4, 'text-anchor': 'middle', 'font-size': 11 };
            return [
              element('rect', { class: 'il-track', ...box, 'fill-opacity': 0.5 }),
              element(
                'rect',
                { class: modalityClass(0).fill, ...box, 'fill-opacity': shade },
                hover(`${name}, ${column}: ${texts[c]}`),
              ),
              label(texts[c], { class: shade > DARK ? modalityClass(0).text : 'il-ink', ...place }),
            ];
          }),
        ];
      }),
      label(measure, { class: 'il-muted', x: 0, y: bottom + 18, 'font-size': 11 }),
    ],
  });
}
