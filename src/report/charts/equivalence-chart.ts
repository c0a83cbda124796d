// The links of equally good graphs: for each link, a bar of the graphs that have it, and below it the direction that
// most of them have. The title of a row has no arrow, because the graphs support no direction.

import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

const LETTER = 12;
const ROW = 60;
const SMALL = 11;
const BAR = 9;
const LEGEND = 22;
/** Opacity of the graphs with the link in another or an unknown direction. */
const PALE = 0.3;

export interface EquivalenceRow {
  readonly name: string;
  /** Share of the graphs with the link, and its text. */
  readonly share: number;
  readonly count: string;
  /** Share of the graphs with the direction that most of them have, and its text. */
  readonly directed: number;
  readonly direction: string;
}

export function equivalenceChart({ rows }: { readonly rows: readonly EquivalenceRow[] }, width: number): string {
  const { fill } = modalityClass(0);
  const bottom = rows.length * ROW;
  const entries = [
    { text: 'graphs with the named direction', opacity: 1 },
    { text: 'graphs with another or an unknown direction', opacity: PALE },
  ];
  return pageChart({
    width,
    height: bottom + entries.length * LEGEND,
    title: 'Links in equally good graphs',
    description: rows.map(({ name, count, direction }) => `${name}: ${count}; ${direction}`).join('; '),
    body: [
      ...rows.flatMap(({ name, share, count, directed, direction }, k) => {
        const y = k * ROW;
        const room = width - textWidth(count, LETTER) - 12;
        const bar = { x: 0, y: y + 21, height: BAR, rx: 2 };
        return [
          label(shorten(name, Math.floor(room / (0.52 * LETTER))), {
            class: 'il-ink',
            x: 0,
            y: y + 14,
            'font-size': LETTER,
          }),
          label(count, { class: 'il-muted', x: width, y: y + 14, 'text-anchor': 'end', 'font-size': LETTER }),
          element('rect', { class: 'il-track', ...bar, width }),
          element('rect', { class: fill, ...bar, width: share * width, 'fill-opacity': PALE }, hover(count)),
          element('rect', { class: fill, ...bar, width: directed * width }),
          label(direction, { class: 'il-muted', x: 0, y: y + 44, 'font-size': SMALL }),
        ];
      }),
      ...entries.flatMap(({ text, opacity }, k) => {
        const y = bottom + 14 + k * LEGEND;
        return [
          element('rect', { class: fill, x: 0, y: y - 8, width: 16, height: BAR, rx: 2, 'fill-opacity': opacity }),
          label(text, { class: 'il-muted', x: 24, y, 'font-size': SMALL }),
        ];
      }),
    ],
  });
}
