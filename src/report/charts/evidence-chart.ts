// Which modalities share something: a bar for the corrected p of every pair, which passes the 5 % line where they do.

import { horizontalAxis, type Scale } from '../axis.js';
import { percent, powerOfTen, pText } from '../format.js';
import type { EvidenceData, EvidencePair } from '../html/page-data.js';
import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

/** Beyond 10⁻¹⁰ a bar grows no longer. */
const LARGEST = 10;
const top = 24;
const axisHeight = 40;

export function evidenceChart({ pairs, alpha }: EvidenceData, width: number): string {
  const toPixel = (p: number) => (Math.min(LARGEST, -Math.log10(Math.max(p, Number.MIN_VALUE))) / LARGEST) * width;
  const titles = pairs.map(({ first, second }) => `${first.name} and ${second.name}`);
  // A phone has no room for names and verdict on one line.
  const isNarrow = pairs.some((pair, k) => textWidth(titles[k], 13) + textWidth(verdict(pair), 12.5) + 40 > width);
  const [row, bar] = isNarrow ? [66, 41] : [48, 22];
  const bottom = top + pairs.length * row;
  const line = toPixel(alpha);
  const scale: Scale = { kind: 'log', ticks: [1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10], toPixel };
  return pageChart({
    width,
    height: bottom + axisHeight,
    title: 'What the modalities share',
    description:
      `Corrected p of every pair of modalities beside the ${percent(alpha)} line. ` +
      `${pairs.map((pair, k) => `${titles[k]}: ${verdict(pair)}`).join('; ')}.`,
    body: [
      label(`${percent(alpha)} line`, { class: 'il-muted', x: line + 6, y: 12, 'font-size': 11.5 }),
      ...pairs.flatMap((pair, k) => pairRow(pair, { y: top + k * row, bar, width, isNarrow, reach: toPixel(pair.p) })),
      element('line', { class: 'il-axis', x1: line, x2: line, y1: 2, y2: bottom - 6, 'stroke-dasharray': '4 3' }),
      ...horizontalAxis({ ...scale, ticks: scale.ticks.slice(1, -1) }, 0, width, bottom, tickText),
      label('p, corrected: further right is further from chance', {
        class: 'il-muted',
        x: width / 2,
        y: bottom + 36,
        'text-anchor': 'middle',
        'font-size': 11.5,
      }),
    ],
  });
}

interface Place {
  readonly y: number;
  /** Of the bar, below `y`. */
  readonly bar: number;
  readonly width: number;
  readonly isNarrow: boolean;
  /** Length of the bar. */
  readonly reach: number;
}

function pairRow(pair: EvidencePair, { y, bar, width, isNarrow, reach }: Place): string[] {
  const { first, second, related } = pair;
  const title = `${first.name} and ${second.name}`;
  const dots = [first, second].map(({ m }, i) =>
    element('circle', { class: modalityClass(m).fill, cx: 5 + 12 * i, cy: y + 9.5, r: 4.5 }),
  );
  const shape = { x: 0, y: y + bar, height: 10, rx: 5 };
  return [
    ...dots,
    label(shorten(title, Math.floor((width - 28) / 6.6)), { class: 'il-ink', x: 28, y: y + 14, 'font-size': 13 }),
    label(verdict(pair), {
      class: related ? 'il-ink' : 'il-muted',
      x: isNarrow ? 0 : width,
      y: y + (isNarrow ? 33 : 14),
      'text-anchor': isNarrow ? 'start' : 'end',
      'font-size': 12.5,
      'font-weight': related ? 600 : undefined,
    }),
    element('rect', { class: 'il-track', ...shape, width }),
    element(
      'rect',
      { class: related ? modalityClass(0).fill : 'il-muted', ...shape, width: Math.max(4, reach) },
      hover(`${title}: ${verdict(pair)}`),
    ),
  ];
}

function verdict({ related, p }: EvidencePair): string {
  return `${related ? 'share something' : 'nothing found'} · p ${pText(p)}`;
}

function tickText(p: number): string {
  return p >= 0.001 ? String(p) : powerOfTen(Math.round(-Math.log10(p)));
}
