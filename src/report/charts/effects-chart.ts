// A chart of the effects of a latent. Each column or latent has a line for its range as the latent moves from −2 to
// 2 sd, a dot at its current value, the spread of subjects there, and the value as text.

import { horizontalAxis, linearScale } from '../axis.js';
import type { EffectRow } from '../facts/effects.js';
import { decimals, number, signed } from '../../text/numbers.js';
import { element, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface EffectsTexts {
  readonly title: string;
  /** Beginning of the description. */
  readonly state: string;
}

export interface EffectsView extends EffectsTexts {
  /** Position in steps: 0 is the first step. Values between two steps are interpolated. */
  readonly at: number;
  readonly width: number;
}

/** Returns the texts of a chart of decoder effects. @param position position of the latent, such as `+1 sd` */
export function traversalTexts(latent: string, position: string): EffectsTexts {
  return { title: `Effect of ${latent} on the columns of its modality`, state: `With ${latent} at ${position}` };
}

export function interventionTexts(latent: string, position: string): EffectsTexts {
  return { title: `Effect of intervening on ${latent}`, state: `With ${latent} set to ${position}` };
}

const axisHeight = 34;
const letter = 12.5;
/** Maximum reach of a spread in standard deviations, so that one column with a long tail does not shrink the rest. */
const WIDEST = 3;

export function effectsChart(effects: readonly EffectRow[], { title, state, at, width }: EffectsView): string {
  const wide = width >= 560;
  const row = wide ? 27 : 44;
  const values = effects.map((effect) => valueText(effect, at));
  const labelWidth = wide ? Math.min(0.36 * width, longest(effects.map(({ label: name }) => name)) + 14) : 0;
  const valueWidth = wide ? longest(values) + 12 : 0;
  const [left, right] = [labelWidth + 8, width - valueWidth - 8];
  const spreads = effects.flatMap(({ spread = [] }) => spread.flat()).map((end) => Math.min(WIDEST, Math.abs(end)));
  const reach = Math.max(0.2, ...effects.flatMap(({ shift }) => shift.map(Math.abs)), ...spreads);
  const x = linearScale([-reach, reach], [left, right], wide ? 6 : 4);
  const bottom = effects.length * row;
  const rows = effects.flatMap((effect, k) => {
    const { fill, stroke } = modalityClass(effect.m);
    const y = k * row + (wide ? row / 2 : 32);
    const pixel = (value: number) => x.toPixel(value);
    const [low, high] = [Math.min(...effect.shift), Math.max(...effect.shift)];
    const last = effect.shift[effect.shift.length - 1];
    const room = wide ? labelWidth : width - longest([values[k]]) - 16;
    const names = { class: 'il-ink', 'font-size': letter, y: wide ? y + 4 : k * row + 16 };
    return [
      label(shorten(effect.label, Math.floor(room / (letter * 0.56))), { ...names, x: 0 }),
      element('line', {
        class: `il-line ${stroke}`,
        x1: pixel(low),
        x2: pixel(high),
        y1: y,
        y2: y,
        'stroke-width': 6,
        opacity: 0.25,
      }),
      ...spreadLine(effect, { at, y, pixel, reach }),
      element('circle', { class: `il-patch ${stroke}`, cx: pixel(last), cy: y, r: 3.2, 'stroke-width': 1.6 }),
      element('circle', { class: fill, cx: pixel(between(effect.shift, at)), cy: y, r: 5.5 }),
      label(values[k], { ...names, x: width, 'text-anchor': 'end', 'font-variant-numeric': 'tabular-nums' }),
    ];
  });
  const zero = x.toPixel(0);
  return pageChart({
    width,
    height: bottom + axisHeight + 10,
    title,
    description: `${state}: ${effects.map((effect, k) => `${effect.label} ${values[k]}`).join('; ')}.`,
    body: [
      element('line', { class: 'il-grid', x1: zero, x2: zero, y1: 0, y2: bottom }),
      ...rows,
      ...horizontalAxis(x, left, right, bottom + 6),
      label('change, in standard deviations', {
        class: 'il-muted',
        x: (left + right) / 2,
        y: bottom + axisHeight + 6,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

interface Place {
  readonly at: number;
  readonly y: number;
  readonly pixel: (value: number) => number;
  /** Maximum of the axis. Values beyond it are cut off. */
  readonly reach: number;
}

function spreadLine({ spread, m }: EffectRow, { at, y, pixel, reach }: Place): string[] {
  if (spread === undefined) return [];
  const [low, high] = [0, 1].map((side) => {
    const ends = spread.map((one) => one[side]);
    return pixel(Math.max(-reach, Math.min(reach, between(ends, at))));
  });
  return [element('line', { class: `il-line ${modalityClass(m).stroke}`, x1: low, x2: high, y1: y, y2: y })];
}

/** Returns the value at a position, and its difference from the reference value. */
export function valueText({ value, rest }: Pick<EffectRow, 'value' | 'rest'>, at: number): string {
  const here = between(value, at);
  const change = here - rest;
  const rounded = Math.abs(change) < 0.005 * (Math.max(...value) - Math.min(...value)) ? 0 : change;
  return `${number(here)} (${rounded === 0 ? '±0' : signed(rounded, (size) => number(size, 2))})`;
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
