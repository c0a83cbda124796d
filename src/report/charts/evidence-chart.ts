// Which modalities share something: a bar for the corrected p of every pair, which passes the 5 % line where they do.

import { horizontalAxis, type Scale } from '../axis.js';
import { percent, powerOfTen, pText } from '../../format.js';
import type { EvidenceData, EvidencePair } from '../html/page-data.js';
import { element, hover, label, shorten, textWidth } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

/** Beyond 10⁻¹⁰ a bar grows no longer. */
const LARGEST = 10;
const top = 24;
const axisHeight = 40;
/** Two dots, in the colours of the modalities. */
const indent = 28;

export function evidenceChart({ pairs, alpha }: EvidenceData, width: number): string {
  const toPixel = (p: number) => (Math.min(LARGEST, -Math.log10(Math.max(p, Number.MIN_VALUE))) / LARGEST) * width;
  // A phone has no room for names and verdict on one line.
  const isNarrow = pairs.some((pair) => textWidth(titleOf(pair) + verdict(pair), 13) + 2 * indent > width);
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
      `${pairs.map((pair) => `${titleOf(pair)}: ${verdict(pair)}`).join('; ')}.`,
    body: [
      label(`${percent(alpha)} line`, { class: 'il-muted', x: line + 6, y: 12, 'font-size': 11.5 }),
      ...pairs.flatMap((pair, k) => barOf(pair, { y: top + k * row + bar, width, reach: toPixel(pair.p) })),
      element('line', { class: 'il-axis', x1: line, x2: line, y1: 2, y2: bottom - 6, 'stroke-dasharray': '4 3' }),
      ...pairs.flatMap((pair, k) => textOf(pair, { y: top + k * row, width, isNarrow })),
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

/** @param reach length of the bar */
function barOf(pair: EvidencePair, { y, width, reach }: { y: number; width: number; reach: number }): string[] {
  const shape = { x: 0, y, height: 10, rx: 5 };
  return [
    element('rect', { class: 'il-track', ...shape, width }),
    element(
      'rect',
      { class: pair.related ? modalityClass(0).fill : 'il-muted', ...shape, width: Math.max(4, reach) },
      hover(`${titleOf(pair)}: ${verdict(pair)}`),
    ),
  ];
}

/** Names and verdict, on patches that interrupt the line. */
function textOf(pair: EvidencePair, { y, width, isNarrow }: { y: number; width: number; isNarrow: boolean }): string[] {
  const title = shorten(titleOf(pair), Math.floor((width - indent) / 6.6));
  const [names, told] = [indent + textWidth(title, 13) + 4, textWidth(verdict(pair), 12.5) + 4];
  const patch = { class: 'il-patch', x: 0, height: 19 };
  return [
    element('rect', { ...patch, y, width: Math.min(width, names) }),
    ...(isNarrow ? [element('rect', { ...patch, y: y + 19, width: Math.min(width, told) })] : []),
    ...[pair.first, pair.second].map(({ m }, i) =>
      element('circle', { class: modalityClass(m).fill, cx: 5 + 12 * i, cy: y + 9.5, r: 4.5 }),
    ),
    label(title, { class: 'il-ink', x: indent, y: y + 14, 'font-size': 13 }),
    label(verdict(pair), {
      class: pair.related ? 'il-ink' : 'il-muted',
      x: isNarrow ? 0 : width,
      y: y + (isNarrow ? 33 : 14),
      'text-anchor': isNarrow ? 'start' : 'end',
      'font-size': 12.5,
      'font-weight': pair.related ? 600 : undefined,
    }),
  ];
}

function titleOf({ first, second }: EvidencePair): string {
  return `${first.name} and ${second.name}`;
}

function verdict({ related, p }: EvidencePair): string {
  return `${related ? 'share something' : 'nothing found'} · p ${pText(p)}`;
}

function tickText(p: number): string {
  return p >= 0.001 ? String(p) : powerOfTen(Math.round(-Math.log10(p)));
}
