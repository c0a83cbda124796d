// A map of missing data. Each modality has a bar over all subjects, filled for subjects who have it, and a strip of its
// columns, which are darker for more missing cells.

import type { MissingModality, MissingnessMap } from '../facts/missingness.js';
import { counted, percent } from '../../text/numbers.js';
import { element, hover, label, shorten } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

const row = 64;
const bar = { y: 21, height: 14 };
const strip = { y: 39, height: 10 };

export function missingnessChart({ patterns, modalities }: MissingnessMap, width: number): string {
  const subjects = patterns.reduce((sum, one) => sum + one, 0);
  const starts = patterns.map((_, k) => patterns.slice(0, k).reduce((sum, one) => sum + one, 0));
  const places = patterns.map((count, k) => ({
    x: (starts[k] / subjects) * width,
    width: Math.max(1, (count / subjects) * width - 1),
  }));
  return pageChart({
    width,
    height: modalities.length * row - 8,
    title: 'Missing data',
    description: `${modalities.map(described).join('; ')}.`,
    body: modalities.flatMap((modality, m) => {
      const y = m * row;
      const { fill } = modalityClass(m);
      const cell = width / modality.cells.length;
      return [
        label(shorten(modality.name, Math.floor((width - 110) / 6.6)), {
          class: 'il-ink',
          x: 0,
          y: y + 14,
          'font-size': 13,
        }),
        label(`${percent(modality.share)} have it`, {
          class: 'il-muted',
          x: width,
          y: y + 14,
          'text-anchor': 'end',
          'font-size': 12.5,
        }),
        element('rect', { class: 'il-track', x: 0, y: y + bar.y, width, height: bar.height }),
        ...places.map((place, k) =>
          element(
            'rect',
            { class: fill, ...place, y: y + bar.y, height: bar.height, 'fill-opacity': modality.having[k] },
            hover(`${counted(patterns[k], 'subject')}: ${percent(modality.having[k])} have ${modality.name}`),
          ),
        ),
        element('rect', { class: 'il-track', x: 0, y: y + strip.y, width, height: strip.height }),
        ...modality.cells.map(({ share, text }, c) =>
          element(
            'rect',
            {
              class: 'il-ink',
              x: c * cell,
              width: Math.max(0.5, cell - 1),
              y: y + strip.y,
              height: strip.height,
              // The square root keeps a few per cent visible next to a half.
              'fill-opacity': Math.sqrt(share),
            },
            hover(text),
          ),
        ),
      ];
    }),
  });
}

function described({ name, share, cells }: MissingModality): string {
  const emptiest = cells.reduce((a, b) => (b.share > a.share ? b : a));
  return `${percent(share)} have ${name}; its column with the most missing cells: ${emptiest.text}`;
}
