// Numbers of two kinds of things, such as latents and modalities, as a table of squares. Darker squares are larger.

import { element, hover, label, short, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface HeatMapFigures {
  readonly title: string;
  /** What the squares show, for screen readers and the line below the map. */
  readonly measure: string;
  readonly columns: readonly HeatMapColumn[];
  readonly rows: readonly HeatMapRow[];
  /** Value of the darkest colour. */
  readonly max: number;
}

export interface HeatMapColumn {
  readonly name: string;
  /** Position of its modality, for the dot in its colour. Left out without a dot. */
  readonly modality?: number;
}

export interface HeatMapRow extends HeatMapColumn {
  /** True for all rows of a group together, such as all latents of a modality. The row ends the group. */
  readonly isTotal?: boolean;
  /** By column; null if the value is unknown. */
  readonly cells: readonly (HeatMapCell | null)[];
}

export interface HeatMapCell {
  readonly value: number;
  readonly text: string;
  /** Text on hover, and for screen readers. Default: `text`. */
  readonly words?: string;
}

const LETTER = 12;
const SMALL = 11;
const ROW = 27;
const GAP = 8;
/** Room of a dot before a name. */
const DOT = 16;
const MAX_CELL = 150;
/** Room for names, unless all of them are shorter. */
const MIN_NAMES = 200;
/** Opacity from which the letters have the colour that is readable on the darkest square. */
const DARK = 0.55;

/** @param available width of the body. The drawing is wider if the texts of the squares need it */
export function heatMapChart({ title, measure, columns, rows, max }: HeatMapFigures, available: number): string {
  const indent = rows.some(({ modality }) => modality !== undefined) ? DOT : 0;
  const longest = indent + Math.max(...rows.map(({ name }) => widthOf(name))) + 8;
  const squares = columns.length * Math.max(...rows.flatMap(({ cells }) => cells.map(squareOf)));
  const width = Math.max(available, Math.min(longest, MIN_NAMES) + squares);
  const names = Math.min(longest, width - squares);
  const cell = Math.min(MAX_CELL, (width - names) / columns.length);
  const isSteep = columns.some(({ name }) => widthOf(name) + DOT + 6 > cell);
  const top = isSteep ? 14 + 0.72 * Math.min(170, Math.max(...columns.map(({ name }) => widthOf(name)))) : 24;
  const tops = rows.map((_, r) => top + r * ROW + GAP * rows.slice(0, r).filter(({ isTotal }) => isTotal).length);
  const bottom = tops[tops.length - 1] + ROW;
  return pageChart({
    width,
    height: bottom + 24,
    title,
    description: `${measure}. ${rows
      .map(({ name, cells }) => `${name}: ${columns.map((one, c) => `${one.name} ${wordsOf(cells[c])}`).join(', ')}`)
      .join('; ')}.`,
    body: [
      ...columns.flatMap((column, c) => heading(column, [names + (c + 0.5) * cell, top - 9], isSteep)),
      ...rows.flatMap(({ name, modality, isTotal, cells }, r) => {
        const middle = tops[r] + ROW / 2;
        const weight = { 'font-size': LETTER, 'font-weight': isTotal ? 600 : undefined };
        return [
          ...dot(modality, 5, middle),
          label(fitting(name, names - indent - 6), { class: 'il-ink', x: indent, y: middle + 4.5, ...weight }),
          ...cells.flatMap((one, c) => {
            const shade = one ? Math.max(0, Math.min(1, one.value / (max || 1))) : 0;
            const box = { x: names + c * cell + 1, y: tops[r] + 1, width: cell - 2, height: ROW - 2, rx: 2 };
            return [
              element('rect', { class: 'il-track', ...box, 'fill-opacity': 0.5 }),
              element(
                'rect',
                { class: modalityClass(0).fill, ...box, 'fill-opacity': shade },
                hover(`${name}, ${columns[c].name}: ${wordsOf(one)}`),
              ),
              label(one?.text ?? '–', {
                ...{ class: shade > DARK ? modalityClass(0).text : one ? 'il-ink' : 'il-muted', ...weight },
                ...{ x: names + (c + 0.5) * cell, y: middle + 4, 'text-anchor': 'middle', 'font-size': SMALL },
              }),
            ];
          }),
        ];
      }),
      label(measure, { class: 'il-muted', x: 0, y: bottom + 18, 'font-size': SMALL }),
    ],
  });
}

function wordsOf(cell: HeatMapCell | null): string {
  return cell ? (cell.words ?? cell.text) : 'unknown';
}

/** Returns the minimum width of a square. */
function squareOf(cell: HeatMapCell | null): number {
  return textWidth(cell?.text ?? '–', SMALL) + 6;
}

/** Returns the name of a column above its middle. */
function heading({ name, modality }: HeatMapColumn, [x, y]: readonly [number, number], isSteep: boolean): string[] {
  const look = { class: 'il-ink', x, y, 'font-size': LETTER };
  // A steep name begins above the names of the rows, where there is room.
  if (isSteep) {
    return [
      label(shorten(name, 26), { ...look, 'text-anchor': 'end', transform: `rotate(45 ${short(x)} ${short(y)})` }),
    ];
  }
  if (modality === undefined) return [label(name, { ...look, 'text-anchor': 'middle' })];
  const left = x - 0.45 * widthOf(name);
  return [...dot(modality, left - 8, y - 4), label(name, { ...look, x: left })];
}

function dot(modality: number | undefined, x: number, y: number): string[] {
  if (modality === undefined) return [];
  return [element('circle', { class: modalityClass(modality).fill, cx: x, cy: y, r: 4.5 })];
}

/** Returns a generous width, which allows for capitals and thin letters. */
function widthOf(name: string): number {
  const thin = name.match(/[ .,:;|()[\]'ijlrtf1I-]/g)?.length ?? 0;
  const wide = name.match(/[A-Zmw_]/g)?.length ?? 0;
  return textWidth(name, LETTER) + LETTER * (0.1 * wide - 0.2 * thin);
}

/** Returns the text, or its beginning, in a width. */
function fitting(name: string, width: number): string {
  return shorten(name, Math.floor((Array.from(name).length * width) / widthOf(name)));
}
