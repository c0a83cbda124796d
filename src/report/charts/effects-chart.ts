// What a latent does to each column: a line from −2 to 2 sd of the latent, a dot where it stands now, the value beside
// it.

import { horizontalAxis, linearScale } from '../axis.js';
import { range, type ColumnEffect, type LatentEffects } from '../facts/effects.js';
import { decimals, number, signed } from '../format.js';
import { element, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface EffectsView {
  /** In steps of the traversal: 0 is the first one; between two steps values are interpolated. */
  readonly at: number;
  /** Columns shown, from the largest effect on. */
  readonly columns: number;
  readonly width: number;
  /** Position of the modality, for its colour. */
  readonly m: number;
  /** How messages call the position, for example `+1 sd`. */
  readonly position: string;
}

const axisHeight = 34;
const letter = 12.5;

export function effectsChart(
  { name, columns }: LatentEffects,
  { at, columns: count, width, m, position }: EffectsView,
): string {
  const shown = columns.slice(0, count);
  const wide = width >= 560;
  const row = wide ? 27 : 44;
  const values = shown.map((column) => valueText(column, at));
  const labelWidth = wide ? Math.min(0.36 * width, longest(shown.map((column) => column.label)) + 14) : 0;
  const valueWidth = wide ? longest(values) + 12 : 0;
  const [left, right] = [labelWidth + 8, width - valueWidth - 8];
  const reach = Math.max(0.2, ...shown.flatMap(({ shift }) => shift.map(Math.abs)));
  const x = linearScale([-reach, reach], [left, right], wide ? 6 : 4);
  const bottom = shown.length * row;
  const { fill, stroke } = modalityClass(m);
  const rows = shown.flatMap((column, k) => {
    const y = k * row + (wide ? row / 2 : 32);
    const pixel = (value: number) => x.toPixel(value);
    const [low, high] = [Math.min(...column.shift), Math.max(...column.shift)];
    const last = column.shift[column.shift.length - 1];
    const room = wide ? labelWidth : width - longest([values[k]]) - 16;
    const names = { class: 'il-ink', 'font-size': letter, y: wide ? y + 4 : k * row + 16 };
    return [
      label(shorten(column.label, Math.floor(room / (letter * 0.56))), { ...names, x: 0 }),
      element('line', {
        class: `il-line ${stroke}`,
        x1: pixel(low),
        x2: pixel(high),
        y1: y,
        y2: y,
        'stroke-width': 6,
        opacity: 0.25,
      }),
      element('circle', { class: `il-patch ${stroke}`, cx: pixel(last), cy: y, r: 3.2, 'stroke-width': 1.6 }),
      element('circle', { class: fill, cx: pixel(between(column.shift, at)), cy: y, r: 5.5 }),
      label(values[k], { ...names, x: width, 'text-anchor': 'end', 'font-variant-numeric': 'tabular-nums' }),
    ];
  });
  const zero = x.toPixel(0);
  return pageChart({
    width,
    height: bottom + axisHeight + 10,
    title: `What ${name} does to the columns of its modality`,
    description:
      `With ${name} at ${position}: ` + shown.map((column, k) => `${column.label} ${values[k]}`).join('; ') + '.',
    body: [
      element('line', { class: 'il-grid', x1: zero, x2: zero, y1: 0, y2: bottom }),
      ...rows,
      ...horizontalAxis(x, left, right, bottom + 6),
      label('change, in standard deviations of the column', {
        class: 'il-muted',
        x: (left + right) / 2,
        y: bottom + axisHeight + 6,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

/** The value there and its difference from where the latent is at its mean. */
export function valueText({ value }: Pick<ColumnEffect, 'value'>, at: number): string {
  const here = between(value, at);
  const change = here - value[(value.length - 1) / 2];
  const rounded = Math.abs(change) < 0.005 * (Math.max(...value) - Math.min(...value)) ? 0 : change;
  return `${number(here)} (${rounded === 0 ? '±0' : signed(rounded, (size) => number(size, 2))})`;
}

/** Columns that move by more than a tenth of a standard deviation, at least three, at most `max`. */
export function worthShowing({ columns }: LatentEffects, max: number): number {
  return Math.min(max, Math.max(3, columns.filter((column) => range(column) > 0.1).length));
}

export function positionText(sds: number): string {
  return sds === 0
    ? 'its mean'
    : `${signed(sds, (value) => decimals(value, Number.isInteger(value) ? 0 : 2).replace(/(\.\d)0$/, '$1'))} sd`;
}

function between(values: readonly number[], at: number): number {
  const before = Math.min(values.length - 2, Math.floor(at));
  return values[before] + (at - before) * (values[before + 1] - values[before]);
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => textWidth(text, letter)));
}
