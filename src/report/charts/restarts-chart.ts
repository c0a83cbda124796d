// The restarts of a stage as dots on the scale of the measure that ranks them. It shows how similar the restarts are,
// and which one is the best.

import { horizontalAxis, linearScale } from '../axis.js';
import { number } from '../../text/numbers.js';
import { element, hover, label } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

interface RankedRestarts {
  /** Measure of each restart; lower is better. Null for a restart without a value. */
  readonly values: readonly (number | null)[];
  /** Name of the measure. */
  readonly measure: string;
  /** Number of the best restart. */
  readonly chosen: number;
}

export function restartsChart({ values: all, measure, chosen }: RankedRestarts, width: number): string {
  const finite = all.flatMap((value, restart) => (value === null ? [] : [{ restart, value }]));
  const values = finite.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.06 * (high - low || 1);
  const x = linearScale([low - margin, high + margin], [12, width - 12], Math.max(3, Math.round(width / 110)));
  const y = 36;
  const dots = [...finite]
    .sort((a) => (a.restart === chosen ? 1 : -1))
    .flatMap(({ restart, value }) => {
      const isChosen = restart === chosen;
      const text = `restart ${restart}: ${number(value, 5)}${isChosen ? ', the best' : ''}`;
      return [
        element(
          'circle',
          {
            class: modalityClass(isChosen ? 0 : 1).fill,
            cx: x.toPixel(value),
            cy: y,
            r: isChosen ? 8 : 5.5,
            opacity: isChosen ? 1 : 0.65,
          },
          hover(text),
        ),
        ...(isChosen
          ? [
              label(`restart ${restart}`, {
                class: 'il-ink',
                x: Math.max(24, x.toPixel(value)),
                y: y - 16,
                'text-anchor': 'middle',
                'font-size': 12,
                'font-weight': 600,
              }),
            ]
          : []),
      ];
    });
  return pageChart({
    width,
    height: 92,
    title: `Each restart's ${measure}`,
    description: finite.map(({ restart, value }) => `restart ${restart}: ${number(value, 5)}`).join('; '),
    body: [
      ...dots,
      ...horizontalAxis(x, 0, width, 54),
      label(`${measure}, lower is better`, {
        class: 'il-muted',
        x: width / 2,
        y: 88,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}
