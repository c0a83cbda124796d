// Draws the power to find a link by the number of subjects: simulated studies with their intervals, and the upper bound
// of the formula.

import { ENOUGH_POWER, formulaPower, type PowerCurve } from '../power/index.js';
import { count } from '../text/numbers.js';
import { horizontalAxis, linearScale, verticalAxis } from './axis.js';
import { element, hover, label, polyline, short } from './svg.js';
import { drawing, inset, modalityClass, type SvgOptions } from './theme.js';

const size = { width: 460, height: 260 };
const tickWidth = 34;
/** Number of points of the curve. */
const STEPS = 60;

/** Draws a stand-alone SVG. */
export function powerSvg(curve: PowerCurve, { title = 'How many subjects?', theme = 'auto' }: SvgOptions = {}): string {
  const { points, needed, neededAtLeast, effect } = curve;
  const largest = Math.max(neededAtLeast, ...points.map(({ subjects }) => subjects));
  const x = linearScale([0, 1.05 * largest], [0, size.width], 6);
  const y = linearScale([0, 1], [size.height, 0], 5);
  const sizes = Array.from({ length: STEPS }, (_, i) => (1.05 * largest * (i + 1)) / STEPS);
  const powers = formulaPower(curve, sizes);
  const bound = (i: number) => powers.reduce((sum, pair) => sum + pair.power[i], 0) / powers.length;
  const simulated = points.filter(({ studies }) => studies > 0);
  const enough = needed?.estimate ?? undefined;
  const { fill, stroke } = modalityClass(0);
  const marks = simulated.map(({ subjects, detected, studies, interval: [low, high] }) => {
    const at = x.toPixel(subjects);
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
      `Probability that a fit supports a direct link of ${effect}, by the number of subjects. Points are simulated ` +
      'studies with 95 % intervals. The dashed curve is an upper bound, for latents that are known. ' +
      neededText(needed, neededAtLeast),
    theme,
    body: [
      element(
        'g',
        { transform: `translate(${short(inset.left + tickWidth)} ${short(inset.top + 24)})` },
        label(`probability to find a link of ${effect}`, { class: 'il-muted', x: 0, y: -10, 'font-size': 11 }),
        label('dashed: upper bound, for latents that are known', {
          ...{ class: 'il-muted', x: size.width, y: -10, 'text-anchor': 'end', 'font-size': 11 },
        }),
        ...verticalAxis(y, 0, size.width),
        ...horizontalAxis(x, 0, size.width, size.height),
        label('subjects with both modalities', {
          ...{ class: 'il-muted', x: size.width / 2, y: size.height + 36, 'text-anchor': 'middle', 'font-size': 11 },
        }),
        element('path', {
          class: 'il-axis',
          d:
            `M0 ${short(y.toPixel(ENOUGH_POWER))}H${size.width}` +
            (enough === undefined ? '' : `M${short(x.toPixel(enough))} 0V${size.height}`),
          'stroke-dasharray': '3 3',
        }),
        element('path', {
          ...{ class: `il-line ${stroke}`, 'stroke-dasharray': '5 4' },
          d: polyline(sizes.map((subjects, i) => [x.toPixel(subjects), y.toPixel(bound(i))] as const)),
        }),
        ...(simulated.length > 1
          ? [
              element('path', {
                ...{ class: `il-line ${stroke}`, 'stroke-width': 2 },
                d: polyline(
                  simulated.map(
                    ({ subjects, detected, studies }) => [x.toPixel(subjects), y.toPixel(detected / studies)] as const,
                  ),
                ),
              }),
            ]
          : []),
        ...marks,
      ),
    ],
  });
}

function neededText(needed: PowerCurve['needed'], neededAtLeast: number): string {
  const atLeast = `${ENOUGH_POWER} takes at least ${count(neededAtLeast)} subjects`;
  if (needed === undefined) return `${atLeast}.`;
  if (needed.estimate === null) return `${atLeast}, and more than any simulated study has.`;
  return `${ENOUGH_POWER} takes about ${count(needed.estimate)} subjects.`;
}
