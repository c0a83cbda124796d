// The dependence between noises as a triangle of squares. Darker squares are stronger dependences.

import type { Independence } from '../facts/independence.js';
import { decimals } from '../../text/numbers.js';
import { element, hover, label, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export function independenceChart({ names, dependence }: Independence): string {
  const cell = names.length > 24 ? 14 : 22;
  const size = names.length;
  const left = Math.max(...names.map((name) => textWidth(name, 11))) + 8;
  const body = names.flatMap((a, i) => [
    label(a, { class: 'il-muted', x: left - 8, y: i * cell + cell / 2 + 4, 'text-anchor': 'end', 'font-size': 11 }),
    ...names.slice(0, i).map((b, j) => {
      const value = dependence[i * size + j];
      const box = { x: left + j * cell, y: i * cell, width: cell - 2, height: cell - 2, rx: 3 };
      return element(
        'rect',
        { class: modalityClass(0).fill, ...box, 'fill-opacity': 0.05 + 0.95 * value },
        hover(`${a} and ${b}: ${decimals(value)}`),
      );
    }),
  ]);
  const bottom = names.map((name, j) => {
    const [x, y] = [left + j * cell + cell / 2 + 2, size * cell + 6];
    return label(name, {
      class: 'il-muted',
      x,
      y,
      'font-size': 11,
      'text-anchor': 'end',
      transform: `rotate(-60 ${x} ${y})`,
    });
  });
  return pageChart({
    width: left + size * cell,
    height: size * cell + 0.9 * left + 4,
    title: 'Dependence between noises',
    description: 'A square per pair of noises. The table below lists the darkest pairs.',
    body: [...body, ...bottom],
  });
}
