// Draws a permutation null: for every pair of modalities and every cause, the p-value of the study among those of
// refits without any association.

import type { PermutationNull } from '../evidence/index.js';
import { horizontalAxis, linearScale } from './axis.js';
import { element, hover, label, short, textWidth } from './svg.js';
import { inset, modalityClass, drawing, type SvgOptions } from './theme.js';

const size = { width: 520, row: 46 };
/** Maximum of −log₁₀ p. Smaller p-values are drawn at the edge. */
const MAX = 12;

/** Draws a stand-alone SVG with one line per pair and per cause. */
export function nullSvg(
  { pairs, causes = [], refits, alpha }: PermutationNull,
  { title = 'Associations of modalities, and chance', theme = 'auto' }: SvgOptions = {},
): string {
  const strength = (p: number): number => Math.min(MAX, -Math.log10(Math.max(p, Number.MIN_VALUE)));
  const lines = [
    ...pairs.map(({ first, second, ...figures }) => ({ ...figures, name: `${first} – ${second}` })),
    ...causes.map(({ cause, ...figures }) => ({ ...figures, name: cause })),
  ];
  const names = Math.max(60, ...lines.map(({ name }) => textWidth(name, 12))) + 12;
  const largest = Math.max(3, ...lines.flatMap((pair) => [pair.observed, ...pair.refits].map(strength)));
  const x = linearScale([0, largest], [0, size.width], 6);
  const height = lines.length * size.row;
  const rows = lines.flatMap(({ name, observed, refits: ps, p }, row) => {
    const y = (row + 0.5) * size.row;
    return [
      label(name, { class: 'il-ink', x: -12, y: y + 4, 'text-anchor': 'end', 'font-size': 12 }),
      ...ps.map((one, i) =>
        element(
          'circle',
          { class: 'il-muted', cx: x.toPixel(strength(one)), cy: y - 6 + 3 * (i % 5), r: 2.5, opacity: 0.5 },
          hover(`refit ${i + 1}: p ${one.toPrecision(2)}`),
        ),
      ),
      element(
        'circle',
        { class: modalityClass(0).fill, cx: x.toPixel(strength(observed)), cy: y, r: 6 },
        hover(`the study: p ${observed.toPrecision(2)}, by permutation ${p.toPrecision(2)}`),
      ),
    ];
  });
  const listed = lines.map(({ name, p }) => `${name}: p ${p.toPrecision(2)}`).join('; ');
  return drawing({
    width: inset.left + names + size.width + inset.right + 10,
    height: inset.top + height + 44 + inset.bottom,
    title,
    description:
      `−log₁₀ p of the cross-fit for every pair of modalities and every cause: the study (large) among ` +
      `${refits} refits with permuted subjects (small). ${listed}.`,
    theme,
    body: [
      element(
        'g',
        { transform: `translate(${short(inset.left + names)} ${short(inset.top)})` },
        ...horizontalAxis(x, 0, size.width, height),
        element('path', {
          class: 'il-axis',
          d: `M${short(x.toPixel(-Math.log10(alpha)))} 0V${height}`,
          'stroke-dasharray': '3 3',
        }),
        ...rows,
        label('−log₁₀ p (dashed: 5 %)', {
          class: 'il-muted',
          x: size.width / 2,
          y: height + 34,
          'text-anchor': 'middle',
          'font-size': 11,
        }),
      ),
    ],
  });
}
