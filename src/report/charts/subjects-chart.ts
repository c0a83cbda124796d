// Bars for the numbers of subjects, from those in any table to those that the fit can use.

import { count, percent } from '../../text/numbers.js';
import { element, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface SubjectStep {
  readonly title: string;
  readonly subjects: number;
}

export function subjectsChart(steps: readonly SubjectStep[], width: number): string {
  const max = Math.max(1, ...steps.map(({ subjects }) => subjects));
  const texts = steps.map(({ subjects }, k) =>
    k === 0 ? count(subjects) : `${count(subjects)} · ${percent(subjects / steps[0].subjects)}`,
  );
  // A phone has no room for title and number on one line.
  const isNarrow = steps.some(({ title }, k) => textWidth(title, 13) + textWidth(texts[k], 12.5) > width);
  const [row, bar] = isNarrow ? [64, 39] : [46, 21];
  return pageChart({
    width,
    height: steps.length * row,
    title: 'Remaining subjects',
    description: steps.map(({ title, subjects }) => `${title}: ${count(subjects)}`).join('; '),
    body: steps.flatMap(({ title, subjects }, k) => {
      const y = k * row;
      return [
        label(shorten(title, Math.floor(width / 6.6)), { class: 'il-ink', x: 0, y: y + 14, 'font-size': 13 }),
        label(texts[k], {
          class: 'il-muted',
          x: isNarrow ? 0 : width,
          y: y + bar - 7,
          'text-anchor': isNarrow ? 'start' : 'end',
          'font-size': 12.5,
        }),
        element('rect', { class: 'il-track', x: 0, y: y + bar, width, height: 10, rx: 5 }),
        element('rect', {
          class: modalityClass(0).fill,
          x: 0,
          y: y + bar,
          width: Math.max(3, (subjects / max) * width),
          height: 10,
          rx: 5,
        }),
      ];
    }),
  });
}
