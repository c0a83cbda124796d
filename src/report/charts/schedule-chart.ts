// The schedule of a fit: learning rate and sparsity weight, each with a separate scale, and the phases.

import { horizontalAxis, linearScale, tickText } from '../axis.js';
import type { LossHistory } from '../facts/losses.js';
import { element, label, polyline } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

const band = 58;

export function scheduleChart(
  { epochs, learningRate, sparsityWeight, phases }: LossHistory,
  { from, to, width }: { from: number; to: number; width: number },
): string {
  const [left, right] = [48, width - 4];
  const x = linearScale(
    from === to ? [from - 1, to + 1] : [from, to],
    [left, right],
    Math.max(3, Math.round((right - left) / 85)),
  );
  const inside = epochs.flatMap((epoch, k) => (epoch >= from && epoch <= to ? [k] : []));
  const line = (values: readonly number[], title: string, k: number): string[] => {
    const max = Math.max(...values, 1e-12);
    const top = 22 + k * (band + 22);
    const y = linearScale([0, max], [top + band, top + 4]);
    return [
      label(title, { class: 'il-ink', x: left, y: top - 8, 'font-size': 12 }),
      ...[0, max].flatMap((value) => [
        element('line', { class: 'il-grid', x1: left, x2: right, y1: y.toPixel(value), y2: y.toPixel(value) }),
        label(tickText(Number(value.toPrecision(2))), {
          class: 'il-muted',
          x: left - 8,
          y: y.toPixel(value) + 4,
          'text-anchor': 'end',
          'font-size': 11,
        }),
      ]),
      element('path', {
        class: `il-line ${modalityClass(k).stroke}`,
        'stroke-width': 2,
        d: polyline(inside.map((at) => [x.toPixel(epochs[at]), y.toPixel(values[at])])),
      }),
    ];
  };
  const bottom = 22 + 2 * (band + 22) - 14;
  const marks = phases
    .filter(({ from: start }) => start > from && start <= to)
    .map(({ from: start }) =>
      element('line', {
        class: 'il-axis',
        x1: x.toPixel(start),
        x2: x.toPixel(start),
        y1: 10,
        y2: bottom,
        'stroke-dasharray': '2 4',
      }),
    );
  const phaseTexts = phases.map(({ name, from: start, to: end }) => `${name}, epochs ${start} to ${end}`);
  return pageChart({
    width,
    height: bottom + 24,
    title: 'Schedule',
    description: `Phases: ${phaseTexts.join('; ')}.`,
    body: [
      ...marks,
      ...line(learningRate, 'Learning rate', 0),
      ...line(sparsityWeight, 'Weight of the sparsity penalty', 1),
      ...horizontalAxis({ ...x, ticks: x.ticks.filter(Number.isInteger) }, left, right, bottom),
    ],
  });
}
