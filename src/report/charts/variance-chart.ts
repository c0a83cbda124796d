// A heat map of explained variance: a row for each latent or block, a column for the columns of each modality. The
// darker a cell, the larger the share. The last row of each modality has all its latents.

import { percent } from '../../text/numbers.js';
import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface VarianceFigures {
  /** Modalities of the columns. */
  readonly modalities: readonly string[];
  readonly rows: readonly VarianceRow[];
}

export interface VarianceRow {
  readonly title: string;
  /** Position of the modality of the latents, for its colour. */
  readonly m: number;
  /** True for all latents of a modality together. */
  readonly isTotal: boolean;
  /** By modality of the columns; null if it is unknown. */
  readonly cells: readonly (VarianceCell | null)[];
}

export interface VarianceCell {
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
}

const rowHeight = 30;
const gap = 12;
const letter = 13;
/** Width of the dot in the colour of a modality. */
const indent = 18;
const MAX_CELL = 150;

export function varianceChart({ modalities, rows }: VarianceFigures, width: number): string {
  const room = Math.min(Math.max(...rows.map(({ title }) => textWidth(title, letter))), 0.4 * width - indent);
  const left = indent + room + 14;
  const cell = Math.min(MAX_CELL, (width - left) / modalities.length);
  const header = 28;
  const tops = rows.map((_, k) => {
    const gaps = rows.slice(0, k).filter(({ isTotal }) => isTotal).length;
    return header + k * rowHeight + gaps * gap;
  });
  return pageChart({
    width,
    height: tops[rows.length - 1] + rowHeight + 4,
    title: 'Variance explained by each latent',
    description: `${rows.map((row) => `${row.title}: ${describe(row, modalities)}`).join('; ')}.`,
    body: [
      ...modalities.flatMap((name, c) => {
        const shown = shorten(name, Math.floor((cell - 24) / (0.52 * letter)));
        const x = left + (c + 0.5) * cell;
        return [
          element('circle', { class: modalityClass(c).fill, cx: x - textWidth(shown, letter) / 2 - 8, cy: 10, r: 4.5 }),
          label(shown, { class: 'il-ink', x, y: 14.5, 'text-anchor': 'middle', 'font-size': letter }),
        ];
      }),
      ...rows.flatMap((row, k) => {
        const y = tops[k];
        const title = shorten(row.title, Math.floor(room / (0.52 * letter)));
        const weight = row.isTotal ? { 'font-weight': 600 } : {};
        return [
          element('circle', { class: modalityClass(row.m).fill, cx: 5, cy: y + rowHeight / 2, r: 4.5 }),
          label(title, { class: 'il-ink', x: indent, y: y + rowHeight / 2 + 4.5, 'font-size': letter, ...weight }),
          ...row.cells.flatMap((one, c) => [
            element(
              'rect',
              {
                class: modalityClass(c).fill,
                'fill-opacity': one ? 0.04 + 0.56 * Math.max(0, Math.min(1, one.share)) : 0,
                ...{ x: left + c * cell + 1, y: y + 1, width: cell - 2, height: rowHeight - 2, rx: 4 },
              },
              hover(`${row.title}, columns of ${modalities[c]}: ${one ? cellText(one) : 'unknown'}`),
            ),
            label(one ? percent(one.share) : '–', {
              class: one ? 'il-ink' : 'il-muted',
              x: left + (c + 0.5) * cell,
              y: y + rowHeight / 2 + 4.5,
              'text-anchor': 'middle',
              'font-size': letter,
              ...weight,
            }),
          ]),
        ];
      }),
    ],
  });
}

function describe({ cells }: VarianceRow, modalities: readonly string[]): string {
  return cells.map((one, c) => `${one ? cellText(one) : 'unknown'} of ${modalities[c]}`).join(', ');
}

function cellText({ share, lower, upper }: VarianceCell): string {
  return `${percent(share)} (${percent(lower)} to ${percent(upper)})`;
}
