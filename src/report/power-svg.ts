// Draws the power to find a link by the number of subjects: the curve of the formula, and simulated studies with their
// intervals.

import { ENOUGH_POWER, formulaPower, type PowerCurve } from '../power/index.js';
import { horizontalAxis, linearScale, verticalAxis } from './axis.js';
import { element, hover, label, polyline, short } from './svg.js';
import { drawing, inset, modalityClass, type SvgOptions } from './theme.js';

const size = { width: 460, height: 260 };
const tickWidth = 34;
/** Number of points of the curve. */
const STEPS = 60;

/** Draws a stand-alone SVG. */
export function powerSvg(curve: PowerCurve, { title = 'How many subjects?', theme = 'auto' }: SvgOptions = {}): string {
  const { points, needed, effect } = curve;
  const largest = Math.max(needed, ...points.map(({ subjects }) => subjects));
  const x = linearScale([0, 1.05 * largest], [0, size.width], 6);
  const y = linearScale([0, 1], [size.height, 0], 5);
  const sizes = Array.from({ length: STEPS }, (_, i) => (1.05 * largest * (i + 1)) / STEPS);
  const powers = formulaPower(curve, sizes);
  const line = (power: (values: readonly number[]) => number) =>
    polyline(
      sizes.map((subjects, i) => [x.toPixel(subjects), y.toPixel(power(powers.map((pair) => pair.power[i])))] as const),
    );
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const { fill, stroke } = modalityClass(0);
  const marks = points.map(({ subjects, detected, studies, interval: [low, high] }) => {
    const at = x.toPixel(subjects);
    if (studies === 0) return '';
    return element(
      'g',
      {},
      hover(`${subjects} subjects: ${detected} of ${studies} studies, ${low.toFixed(2)} to ${high.toFixed(2)}`),
      element('path', {
        class: `il-line ${stroke}`,
        d: `M${short(at)} ${short(y.toPixel(low))}V${short(y.toPixel(high))}`,
      }),
      element('circle', { class: `${fill} il-mark`, cx: at, cy: y.toPixel(detected / studies), r: 5 }),
    );
  });
  return drawing({
    width: inset.left + tickWidth + size.width + inset.right + 12,
    height: inset.top + 24 + size.height + 44 + inset.bottom,
    title,
    description:
      `Probability that a fit supports a direct link of ${effect}, by the number of subjects. The curve is the ` +
      `formula, points are simulated studies with 95 % intervals. ${ENOUGH_POWER} takes ${needed} subjects for the ` +
      'pair of modalities that needs most.',
    theme,
    body: [
      element(
        'g',
        { transform: `translate(${short(inset.left + tickWidth)} ${short(inset.top + 24)})` },
        label(`probability to find a link of ${effect}`, { class: 'il-muted', x: 0, y: -10, 'font-size': 11 }),
        ...verticalAxis(y, 0, size.width),
        ...horizontalAxis(x, 0, size.width, size.height),
        label('subjects with both modalities', {
          ...{ class: 'il-muted', x: size.width / 2, y: size.height + 36, 'text-anchor': 'middle', 'font-size': 11 },
        }),
        element('path', {
          class: 'il-axis',
          d: `M0 ${short(y.toPixel(ENOUGH_POWER))}H${size.width}M${short(x.toPixel(needed))} 0V${size.height}`,
          'stroke-dasharray': '3 3',
        }),
        element('path', { class: `il-line ${stroke}`, 'stroke-width': 2, d: line(mean) }),
        ...(powers.length > 1
          ? [
              element('path', {
                ...{ class: `il-line ${stroke}`, 'stroke-dasharray': '5 4' },
                d: line((values) => Math.min(...values)),
              }),
            ]
          : []),
        ...marks,
      ),
    ],
  });
}
