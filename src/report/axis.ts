// Axes of charts: scales from values to pixels, round tick values, and their texts.

import { element, label } from './svg.js';

export interface Scale {
  readonly toPixel: (value: number) => number;
  readonly ticks: readonly number[];
  readonly kind: 'linear' | 'log';
}

/** Returns a linear scale from `[low, high]` to `[from, to]` pixels, with about `count` ticks at 1, 2 or 5 · 10ᵏ. */
export function linearScale(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  count = 5,
): Scale {
  const span = high - low || Math.abs(high) || 1;
  const step = niceStep(span / count);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + span * 1e-9; k++) ticks.push(k * step);
  return { kind: 'linear', ticks, toPixel: (value) => from + ((value - low) / span) * (to - from) };
}

/** Returns a logarithmic scale for positive values. Ticks are at 1, 2, 5 · 10ᵏ, or at powers of ten for wide ranges. */
export function logScale([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const decades = Math.max(1, Math.ceil((b - a) / 8));
  const mantissas = b - a > 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let k = Math.floor(a); k <= Math.ceil(b); k += decades) {
    for (const mantissa of mantissas) {
      const tick = mantissa * 10 ** k;
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return { kind: 'log', ticks, toPixel: (value) => from + ((Math.log10(value) - a) / (b - a || 1)) * (to - from) };
}

/** Returns the minimum of 1, 2, 5, 10 · 10ᵏ that is not below `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= step * (1 - 1e-9)) ?? 10);
}

/** Returns the text of a tick's value: few characters, with a real minus sign. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size >= 1e5 || size < 1e-3) ? value.toExponential() : String(Number(value.toPrecision(6)));
  return text.replaceAll('-', '−');
}

/** Returns horizontal grid lines with their values to the left of the frame. */
export function verticalAxis({ ticks, toPixel }: Scale, left: number, right: number): string[] {
  return ticks.flatMap((tick) => {
    const y = toPixel(tick);
    return [
      element('line', { class: 'il-grid', x1: left, y1: y, x2: right, y2: y }),
      label(tickText(tick), { class: 'il-muted', x: left - 8, y: y + 4, 'text-anchor': 'end', 'font-size': 11 }),
    ];
  });
}

/** Returns a base line with tick marks, and their values below. */
export function horizontalAxis(
  { ticks, toPixel }: Scale,
  left: number,
  right: number,
  y: number,
  write: (tick: number) => string = tickText,
): string[] {
  return [
    element('line', { class: 'il-axis', x1: left, y1: y, x2: right, y2: y }),
    ...ticks.flatMap((tick) => {
      const x = toPixel(tick);
      return [
        element('line', { class: 'il-axis', x1: x, y1: y, x2: x, y2: y + 4 }),
        label(write(tick), { class: 'il-muted', x, y: y + 17, 'text-anchor': 'middle', 'font-size': 11 }),
      ];
    }),
  ];
}
