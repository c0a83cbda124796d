// From everybody whom a table knows to those a fit could use: bars, one below the other.

import { count, percent } from '../format.js';
import { element, label } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface SubjectStep {
  readonly title: string;
  readonly subjects: number;
}

export function subjectsChart(steps: readonly SubjectStep[], width: number): string {
  const most = Math.max(1, ...steps.map(({ subjects }) => subjects));
  const row = 46;
  return pageChart({
    width,
    height: steps.length * row,
    title: 'Who remains',
    description: steps.map(({ title, subjects }) => `${title}: ${count(subjects)}`).join('; '),
    body: steps.flatMap(({ title, subjects }, k) => {
      const y = k * row;
      const share = k === 0 ? '' : ` · ${percent(subjects / steps[0].subjects)}`;
      return [
        label(title, { class: 'il-ink', x: 0, y: y + 14, 'font-size': 13 }),
        label(`${count(subjects)}${share}`, {
          class: 'il-muted',
          x: width,
          y: y + 14,
          'text-anchor': 'end',
          'font-size': 12.5,
        }),
        element('rect', { class: 'il-track', x: 0, y: y + 21, width, height: 10, rx: 5 }),
        element('rect', {
          class: modalityClass(0).fill,
          x: 0,
          y: y + 21,
          width: Math.max(3, (subjects / most) * width),
          height: 10,
          rx: 5,
        }),
      ];
    }),
  });
}
