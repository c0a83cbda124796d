// Kaplan–Meier curves: the share of subjects without the event over time, in thirds of a latent, with intervals, last
// observations, and the number of subjects at risk.

import { horizontalAxis, linearScale, verticalAxis } from '../axis.js';
import { percent } from '../../text/numbers.js';
import { element, hover, label, polyline } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

export interface SurvivalFigures {
  readonly title: string;
  /** What the horizontal axis measures. */
  readonly axis: string;
  readonly curves: readonly DrawnSurvival[];
}

export interface DrawnSurvival {
  readonly name: string;
  readonly subjects: number;
  readonly events: number;
  /** Times, ascending, with survival from each of them on, its interval, and subjects last observed at it. */
  readonly steps: readonly (readonly [
    time: number,
    survival: number,
    lower: number | null,
    upper: number | null,
    censored: number,
  ])[];
}

const left = 52;
const height = 260;
const rowHeight = 18;
const axisRoom = 58;
/** Colours of the curves, as positions of modality colours. */
const COLOURS = [0, 5, 3];

export function survivalChart({ title, axis, curves }: SurvivalFigures, width: number): string {
  const last = Math.max(...curves.flatMap(({ steps }) => steps.map(([time]) => time)));
  const names = width < 480 ? 64 : 96;
  const [from, to] = [Math.max(left, names), width - 8];
  const x = linearScale([0, last], [from, to], width < 480 ? 4 : 7);
  const y = linearScale([0, 1], [height, 8], 5);
  const rows = height + axisRoom;
  return pageChart({
    width,
    height: rows + rowHeight * (curves.length + 1),
    title,
    description: curves.map(describe).join('; '),
    body: [
      ...verticalAxis(y, from, to),
      ...curves.map(({ steps }, k) => bandOf(steps, last, x.toPixel, y.toPixel, COLOURS[k])),
      ...curves.flatMap((curve, k) => curveOf(curve, last, x.toPixel, y.toPixel, COLOURS[k])),
      ...horizontalAxis(x, from, to, height),
      label(axis, {
        ...{ class: 'il-muted', x: (from + to) / 2, y: height + 36, 'text-anchor': 'middle', 'font-size': 11.5 },
      }),
      label('at risk', { class: 'il-muted', x: 0, y: rows, 'font-size': 11 }),
      ...curves.flatMap(({ name, steps, subjects }, k) => {
        const at = rows + rowHeight * (k + 1);
        return [
          element('circle', { class: modalityClass(COLOURS[k]).fill, cx: 5, cy: at - 4, r: 4.5 }),
          label(name, { class: 'il-ink', x: 14, y: at, 'font-size': 12 }),
          ...x.ticks.map((tick) =>
            label(String(atRisk(steps, subjects, tick)), {
              ...{ class: 'il-muted', x: x.toPixel(tick), y: at, 'text-anchor': 'middle', 'font-size': 11 },
            }),
          ),
        ];
      }),
    ],
  });
}

function describe({ name, subjects, events, steps }: DrawnSurvival): string {
  const end = steps.at(-1)?.[1] ?? 1;
  return `${name}: ${subjects} subjects, ${events} events, ${percent(end)} without the event at the end`;
}

type Steps = DrawnSurvival['steps'];
type ToPixel = (value: number) => number;

/** Returns the corners of a step function from time 0 on. @param valueOf value from a step on */
function corners(steps: Steps, last: number, valueOf: (step: Steps[number]) => number): [number, number][] {
  const points: [number, number][] = [[0, 1]];
  for (const step of steps) {
    const value = valueOf(step);
    const [, before] = points[points.length - 1];
    if (value === before) continue;
    points.push([step[0], before], [step[0], value]);
  }
  const end = Math.min(last, steps.at(-1)?.[0] ?? last);
  return [...points, [end, points[points.length - 1][1]]];
}

function curveOf(
  { name, steps, ...of }: DrawnSurvival,
  last: number,
  x: ToPixel,
  y: ToPixel,
  colour: number,
): string[] {
  const points = corners(steps, last, ([, survival]) => survival).map(([t, s]): [number, number] => [x(t), y(s)]);
  const { stroke } = modalityClass(colour);
  // Many last observations would hide the curve.
  const marks = steps.filter(([, , , , censored]) => censored > 0);
  const shown = marks.length > 200 ? [] : marks;
  return [
    element(
      'path',
      { class: `il-line ${stroke}`, d: polyline(points), 'stroke-width': 2.2 },
      hover(describe({ name, steps, ...of })),
    ),
    ...shown.map(([time, survival]) =>
      element('line', {
        ...{ class: `il-line ${stroke}`, x1: x(time), x2: x(time), y1: y(survival) - 4, y2: y(survival) + 4 },
        'stroke-width': 1,
      }),
    ),
  ];
}

/** Returns the interval of a curve; it ends where survival is 0. */
function bandOf(steps: Steps, last: number, x: ToPixel, y: ToPixel, colour: number): string {
  const known = steps.filter(([, , lower, upper]) => lower !== null && upper !== null);
  const above = corners(known, last, ([, , , upper]) => upper!);
  const below = corners(known, last, ([, , lower]) => lower!);
  const points = [...above, ...below.reverse()].map(([t, s]): [number, number] => [x(t), y(s)]);
  return element('path', { class: modalityClass(colour).fill, d: `${polyline(points)}Z`, opacity: 0.12 });
}

/** Returns the number of subjects who are observed at a time. */
function atRisk(steps: Steps, subjects: number, time: number): number {
  let count = subjects;
  for (const [i, [at, survival, , , censored]] of steps.entries()) {
    if (at >= time) break;
    const before = i === 0 ? 1 : steps[i - 1][1];
    count -= censored + Math.round(count * (1 - survival / before));
  }
  return count;
}
